"""Use cases of the history: take the sample of the present five minutes, and read the lines of a day."""

from datetime import datetime

from sqlalchemy.orm import Session

from donecast.health import service as health
from donecast.health.history import repository
from donecast.health.history.rules import FIGURES, KEPT, SHOWN, slot_of
from donecast.health.machine import Machine
from donecast.platform.breaker_rules import is_left_alone
from donecast.platform.pool_uses import fresh_uses
from donecast.platform.web import Ground
from donecast.production import service as production

_OPEN = ("queued", "running")


def sample(ground: Ground) -> bool:
    """Takes the sample of these five minutes unless somebody has; answers whether it did.

    Services, requests, pools and work are those of all processes; memory is that of the machine.
    """
    now = ground.clock.now()
    slot = slot_of(now)
    with ground.database.reading() as session:
        if repository.is_sampled(session, slot):
            return False
    values = _measured(ground)
    with ground.database.transaction() as session:
        repository.add(session, slot, values)
        repository.forget_before(session, now - KEPT)
    return True


def lines(session: Session, now: datetime) -> dict[str, list[tuple[datetime, float]]]:
    """The samples of the last day, by figure, the oldest first; a gap is a time when nobody looked."""
    found: dict[str, list[tuple[datetime, float]]] = {figure: [] for figure in FIGURES}
    for figure, at, value in repository.samples(session, now - SHOWN):
        found.setdefault(figure, []).append((at, value))
    return found


def _measured(ground: Ground) -> dict[str, float]:
    requests = health.traffic(ground).sums
    now_ms = ground.breakers.now_ms()
    machine = Machine(ground.settings.data).resources()
    with ground.database.reading() as session:
        counts = production.operation_counts(session)
        pools = fresh_uses(session, ground.clock.now())
    values = {
        "error_rate_percent": requests.error_rate_percent,
        "requests": requests.total,
        "services_left_alone": sum(is_left_alone(state, now_ms) for state in ground.breakers.states().values()),
        "work_open": sum(counts.get(state, 0) for state in _OPEN),
        "memory_percent": machine.machine_memory_percent,
        "disk_percent": machine.disk.used_percent,
    }
    return {**values, "pool_percent": pools[0].utilization_percent} if pools else values
