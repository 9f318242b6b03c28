"""Figures that stand in rows, for all processes together."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from donecast.credits import service as ledger
from donecast.episodes import service as episodes
from donecast.health import service
from donecast.notices import service as notices
from donecast.platform.breaker_rules import BreakerState
from donecast.platform.pool_uses import PoolUse, fresh_uses
from donecast.platform.web import Ground
from donecast.production import service as production
from donecast.production.housekeeping import AUDIT_CHORE, UNUSED_CHORE
from donecast.recordings import service as recordings


@dataclass(frozen=True, slots=True)
class Rows:
    """One look at all of it; ``steps`` by step and state."""

    workers_alive: int
    order_wait_seconds: float
    operations: dict[str, int]
    steps: dict[tuple[str, str], int]
    breakers: dict[str, BreakerState]
    pool_uses: list[PoolUse]
    ledger_entries: int
    ledger_wallets: int
    audit_age_days: int
    live_episodes: int
    stored_bytes: dict[str, int]
    unused_files_left: int
    notices_waiting: dict[str, int]


def read_rows(ground: Ground) -> Rows:
    """Everything in one transaction that only looks. Raises DatabaseBusy, DatabaseSlow."""
    now = ground.clock.now()
    lease = timedelta(milliseconds=ground.settings.worker.worker_lease_ms)
    breakers = service.breakers(ground.breakers.states())
    with ground.database.snapshot() as session:
        waits_since = production.order_waits_since(session)
        entries, wallets = ledger.size(session)
        return Rows(
            workers_alive=len(production.workers_alive(session, now - lease)),
            order_wait_seconds=0.0 if waits_since is None else (now - waits_since).total_seconds(),
            operations=production.operation_counts(session),
            steps=production.step_counts(session),
            breakers=breakers,
            pool_uses=fresh_uses(session, now),
            ledger_entries=entries,
            ledger_wallets=wallets,
            audit_age_days=_audit_age_days(session, now),
            live_episodes=episodes.live_count(session, now),
            stored_bytes={
                "originals": sum(recordings.stored_bytes(session).values()),
                "renditions": sum(episodes.stored_bytes(session).values()),
            },
            unused_files_left=production.chore_findings(session, UNUSED_CHORE) or 0,
            notices_waiting={standing.channel: standing.waiting for standing in notices.standings(session)},
        )


def _audit_age_days(session: Session, now: datetime) -> int:
    done_for = production.chore_done_for(session, AUDIT_CHORE)
    return -1 if done_for is None else (now.date() - date.fromisoformat(done_for)).days
