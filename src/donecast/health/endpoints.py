"""Whether the program lives and is ready, and how it fares with services by others, for whoever watches it."""

import secrets

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from donecast.accounts.access import CurrentAdmin
from donecast.accounts.errors import NotSignedIn
from donecast.health import service
from donecast.health.metrics import metrics_text
from donecast.health.schemas import (
    BreakerOut,
    BreakersOut,
    ErrorRateOut,
    LivezOut,
    ReadyzOut,
    breaker_out,
    error_rate_in_full_out,
    error_rate_out,
)
from donecast.health.vital_schemas import (
    DeepOut,
    PoolOut,
    ResourcesOut,
    StatementLimitOut,
    deep_out,
    pool_in_full_out,
    pool_out,
    resources_out,
    statement_limit_in_full_out,
    statement_limit_out,
)
from donecast.health.vital_signs import AdminAsks, VitalSignsHere
from donecast.platform.breaker_rules import is_left_alone
from donecast.platform.web import GroundHere

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> LivezOut:
    """Answers without touching anything."""
    return LivezOut()


@router.get("/readyz")
async def readyz(signs: VitalSignsHere, response: Response) -> ReadyzOut:
    """503 while database, migrations, disk or storage do not answer; always within half a second.

    What to do stands beside it for everybody: while the database does not answer, no admin can be told from a stranger.
    """
    checks = await signs.readiness()
    well = service.all_ok(checks)
    response.status_code = 200 if well else 503
    return ReadyzOut(
        status="ok" if well else "fail",
        checks={check.name: "ok" if check.ok else "fail" for check in checks},
        advice={check.name: check.action for check in checks if not check.ok},
    )


@router.get("/metrics", response_class=Response)
async def show_metrics(request: Request, signs: VitalSignsHere) -> Response:
    """Figures for a collector such as Prometheus, by the token of the settings or by an admin's.

    They hold nothing about any person, but how much business there is; so they are not for everybody. The token of the
    settings is known without the database. Raises NotSignedIn.
    """
    token = signs.ground.settings.server.metrics_token
    offered = request.headers.get("Authorization", "").partition(" ")[2].strip()
    if not (token and secrets.compare_digest(offered.encode(), token.encode())) and not await signs.is_admin(request):
        raise NotSignedIn
    return Response(metrics_text(await signs.measured()), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/health/pool", response_model_exclude_none=True)
async def show_pool(signs: VitalSignsHere, in_full: AdminAsks) -> PoolOut:
    """How many of the database connections for requests are in use; answers also when all are."""
    told = pool_out(signs.ground.database, in_full=in_full)
    return pool_in_full_out(told, await signs.pool_uses(), signs.ground.clock.now()) if in_full else told


@router.get("/api/health/deep", response_model_exclude_none=True)
async def look_deep(signs: VitalSignsHere, in_full: AdminAsks) -> DeepOut:
    """Whether database, storage and the durable queue (broker) do their work; within two seconds and a half."""
    return deep_out(await signs.deep(), in_full=in_full)


@router.get("/api/health/db-timeout", response_model_exclude_none=True)
async def show_statement_limit(signs: VitalSignsHere, in_full: AdminAsks) -> StatementLimitOut:
    """Whether a statement that was slow on purpose, at the start of this process, was really ended.

    An admin also sees the same of each worker.
    """
    proof, limit_ms = signs.limit(), signs.ground.database.limits.statement_ms
    return (
        statement_limit_in_full_out(proof, limit_ms, await signs.workers_limits())
        if in_full
        else statement_limit_out(proof)
    )


@router.get("/api/health/resources", response_model_exclude_none=True)
async def show_resources(signs: VitalSignsHere, in_full: AdminAsks) -> ResourcesOut:
    """Memory, processor, files, threads and disk of this process; the processor since the last look."""
    reserve_bytes = signs.ground.settings.limits.disk_free_bytes_min
    return resources_out(await signs.resources(), reserve_bytes, in_full=in_full)


@router.get("/api/health/circuit-breakers", response_model_exclude_none=True)
async def list_circuit_breakers(signs: VitalSignsHere, in_full: AdminAsks) -> BreakersOut:
    """Which outside services are left alone at present; an admin also sees since when, until when and why."""
    states = service.breakers(await signs.breakers())
    now_ms = signs.ground.breakers.now_ms()
    return BreakersOut(
        status="degraded" if any(is_left_alone(state, now_ms) for state in states.values()) else "healthy",
        open_count=sum(state.phase != "closed" for state in states.values()),
        breakers={name: breaker_out(state, now_ms, in_full=in_full) for name, state in states.items()},
    )


@router.get("/api/health/error-rate", response_model_exclude_none=True)
async def read_error_rate(signs: VitalSignsHere, in_full: AdminAsks) -> ErrorRateOut:
    """How many requests of the last five minutes we failed, over all processes; an admin also sees where.

    Errors are answers of 5xx, timeouts and errors that nobody expected. 4xx and callers who left stand apart: they are
    no errors of ours.
    """
    traffic = await signs.traffic()
    return error_rate_in_full_out(traffic) if in_full else error_rate_out(traffic)


@router.post("/api/admin/circuit-breakers/{service_name}/isolate", response_model_exclude_none=True)
def isolate_service(service_name: str, admin: CurrentAdmin, ground: GroundHere) -> BreakerOut:
    """Nobody asks this service any more, until it is released; what needs it ends with a sentence that says so."""
    return breaker_out(service.isolate(ground, service_name, admin.id), ground.breakers.now_ms(), in_full=True)


@router.post("/api/admin/circuit-breakers/{service_name}/release", response_model_exclude_none=True)
def release_service(service_name: str, admin: CurrentAdmin, ground: GroundHere) -> BreakerOut:
    """The service is asked again at once, whatever was before."""
    return breaker_out(service.release(ground, service_name, admin.id), ground.breakers.now_ms(), in_full=True)
