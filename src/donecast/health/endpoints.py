"""Whether the program lives and is ready, and how it fares with services by others, for whoever watches it."""

from fastapi import APIRouter, Response

from donecast.accounts.access import AnyAccount, CurrentAdmin
from donecast.health import service
from donecast.health.schemas import BreakerOut, BreakersOut, LivezOut, ReadyzOut, breaker_out
from donecast.platform.breaker_rules import is_left_alone
from donecast.platform.web import GroundHere

router = APIRouter(tags=["health"])


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


@router.get("/api/health/circuit-breakers", response_model_exclude_none=True)
def list_circuit_breakers(ground: GroundHere, account: AnyAccount) -> BreakersOut:
    """Which outside services are left alone at present; an admin also sees since when, until when and why."""
    in_full = account is not None and account.role == "admin"
    states = service.breakers(ground)
    now_ms = ground.breakers.now_ms()
    return BreakersOut(
        status="degraded" if any(is_left_alone(state, now_ms) for state in states.values()) else "healthy",
        open_count=sum(state.phase != "closed" for state in states.values()),
        breakers={name: breaker_out(state, now_ms, in_full=in_full) for name, state in states.items()},
    )


@router.post("/api/admin/circuit-breakers/{service_name}/isolate", response_model_exclude_none=True)
def isolate_service(service_name: str, admin: CurrentAdmin, ground: GroundHere) -> BreakerOut:
    """Nobody asks this service any more, until it is released; what needs it ends with a sentence that says so."""
    return breaker_out(service.isolate(ground, service_name, admin.id), ground.breakers.now_ms(), in_full=True)


@router.post("/api/admin/circuit-breakers/{service_name}/release", response_model_exclude_none=True)
def release_service(service_name: str, admin: CurrentAdmin, ground: GroundHere) -> BreakerOut:
    """The service is asked again at once, whatever was before."""
    return breaker_out(service.release(ground, service_name, admin.id), ground.breakers.now_ms(), in_full=True)
