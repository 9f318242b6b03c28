"""The web side of DoneCast as a process, with routes that fail in every way: ``python -m proofs.frail_api PORT``."""

import sys

import anyio
import uvicorn
from fastapi import APIRouter, Query

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.database import DatabaseBusy
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs

router = APIRouter(prefix="/proof")


@router.get("/well")
async def well() -> dict[str, bool]:
    """Answers."""
    return {"well": True}


@router.get("/strict")
async def strict(number: int = Query()) -> int:
    """Wants a number."""
    return number


@router.get("/broken")
async def broken() -> None:
    """Fails unexpectedly."""
    raise RuntimeError("unexpected")


@router.get("/late")
async def late() -> None:
    """Runs out of time."""
    raise TimeoutError


@router.get("/busy")
async def busy() -> None:
    """Refuses for a while."""
    raise DatabaseBusy


@router.get("/patient")
async def patient() -> dict[str, bool]:
    """Answers after a while, for callers who do not wait."""
    await anyio.sleep(0.05)
    return {"well": True}


def main(port: int) -> None:
    """Serves until it is told to stop."""
    settings = load_settings()
    configure_logs(settings.server)
    app = create_app(lay_ground(settings))
    app.include_router(router)
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
