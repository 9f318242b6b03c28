"""Whether the program lives and is ready, for whoever watches it."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from donecast.health import service
from donecast.platform.web import GroundHere

router = APIRouter(tags=["health"])


class LivezOut(BaseModel):
    """It answers."""

    status: Literal["ok"] = "ok"


class ReadyzOut(BaseModel):
    """Whether it can do its work, and which part cannot."""

    status: Literal["ok", "fail"]
    checks: dict[str, Literal["ok", "fail"]]


@router.get("/livez")
async def livez() -> LivezOut:
    """Answers without touching anything."""
    return LivezOut()


@router.get("/readyz")
def readyz(ground: GroundHere, response: Response) -> ReadyzOut:
    """503 while database, tables, disk or storage do not answer."""
    checks = service.readiness(ground)
    well = service.all_ok(checks)
    response.status_code = 200 if well else 503
    return ReadyzOut(
        status="ok" if well else "fail", checks={check.name: "ok" if check.ok else "fail" for check in checks}
    )
