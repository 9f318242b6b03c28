"""Gathers the facts that the rules of alerts ask for, and does one round. What cannot be looked at is not known."""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from donecast.health.alerts import service
from donecast.health.alerts.rules import WINDOW_MINUTES, Facts, WaitingOutbox, Window
from donecast.health.sentry import service as sentry_service
from donecast.health.sentry.client import Sentry
from donecast.notices import service as notices
from donecast.platform import traffic_rows
from donecast.platform.error_tracking import capture_exception
from donecast.platform.pool_uses import fresh_uses
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.production import recovery
from donecast.production import service as production
from donecast.production.housekeeping import AUDIT_CHORE


class Lookout:
    """One in each process that keeps watch; whoever is first does the round of a minute.

    Its ground is one aside (`wiring.open_aside`): a round that needed a pool that is used up would tell of nothing.
    """

    def __init__(self, ground: Ground, sentry: Sentry | None) -> None:
        self._ground = ground
        self._sentry = sentry

    def look(self) -> bool:
        """Does a round unless another process does it; answers whether it did. Raises DatabaseBusy."""
        if not service.take_round(self._ground):
            return False
        facts = self.facts()
        runbooks_url = self._ground.settings.notices.runbooks_url
        with self._ground.database.transaction() as session:
            service.judge(session, self._ground.clock, facts, runbooks_url=runbooks_url)
        return True

    def facts(self) -> Facts:
        """What is known now. A look that fails leaves its facts not known, and every other as it is."""
        known: dict[str, Any] = {}
        not_known = []
        for name, look in self._looks().items():
            try:
                known |= look()
            except Exception as error:  # noqa: BLE001  an edge: what one look meets must not blind all the others
                not_known.append(name)
                logger().error("not looked at", fact=name, exc_info=True)
                capture_exception(error, action=f"look at {name}")
        return Facts(now=self._ground.clock.now(), not_known=tuple(not_known), **known)

    def _looks(self) -> dict[str, Callable[[], dict[str, Any]]]:
        return {
            "database": self._database,
            "disk": self._disk,
            "pool": partial(self._asked, self._pool),
            "breakers": self._breakers,
            "stuck work": partial(self._asked, self._stuck_work),
            "workers": partial(self._asked, self._workers),
            "errors": partial(self._asked, self._errors),
            "ledger": partial(self._asked, self._ledger),
            "sentry": partial(self._asked, self._sentry_failure),
            "outbox": partial(self._asked, self._outbox),
        }

    def _asked(self, look: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
        # Each in a session of its own: PostgreSQL answers nothing more in one that met an error.
        with self._ground.database.reading() as session:
            return look(session)

    def _database(self) -> dict[str, Any]:
        begun = time.monotonic()
        self._ground.database.ping()
        return {"database_ms": 1_000 * (time.monotonic() - begun)}

    def _disk(self) -> dict[str, Any]:
        disk = shutil.disk_usage(self._ground.settings.data)
        reserve = self._ground.settings.limits.disk_free_bytes_min
        return {"disk_free_bytes": disk.free, "disk_total_bytes": disk.total, "disk_reserve_bytes": reserve}

    def _pool(self, session: Session) -> dict[str, Any]:
        uses = fresh_uses(session, self._ground.clock.now())
        return {"pool_percent": uses[0].utilization_percent, "pool_waiting": uses[0].waiting} if uses else {}

    def _breakers(self) -> dict[str, Any]:
        phases = {name: state.phase for name, state in self._ground.breakers.states().items()}
        return {
            "breakers_failing": tuple(name for name, phase in phases.items() if phase in {"open", "half_open"}),
            "breakers_isolated": tuple(name for name, phase in phases.items() if phase == "isolated"),
        }

    def _stuck_work(self, session: Session) -> dict[str, Any]:
        return {"stuck_work": tuple(one.operation_id for one in recovery.stuck_work(self._ground, session))}

    def _workers(self, session: Session) -> dict[str, Any]:
        lease = timedelta(milliseconds=self._ground.settings.worker.worker_lease_ms)
        alive, silent = production.workers_by_sign(session, self._ground.clock.now() - lease)
        counts = production.operation_counts(session)
        waiting = counts.get("queued", 0) + counts.get("running", 0)
        return {"workers_alive": len(alive), "workers_silent": tuple(silent), "work_waiting": waiting}

    def _errors(self, session: Session) -> dict[str, Any]:
        burst = traffic_rows.burst(session, self._ground.clock.now())
        windows = {minutes: self._window(session, minutes) for minutes in WINDOW_MINUTES}
        return {"errors_in_burst": burst.errors if burst else 0, "windows": windows}

    def _ledger(self, session: Session) -> dict[str, Any]:
        return {"ledger_findings": production.chore_findings(session, AUDIT_CHORE)}

    def _outbox(self, session: Session) -> dict[str, Any]:
        standings = notices.standings(session)
        return {
            "outbox": tuple(WaitingOutbox(one.channel, one.waiting, one.oldest_at, one.given_up) for one in standings)
        }

    def _window(self, session: Session, minutes: int) -> Window:
        told = traffic_rows.tally_over(session, self._ground.clock.now(), timedelta(minutes=minutes))
        # A scanner's 4xx hide no outage, so they are not among the requests that could have gone well.
        return Window(told.errors, told.total - told.client_errors)

    def _sentry_failure(self, session: Session) -> dict[str, Any]:
        failure = sentry_service.standing_of(session, self._sentry).failure if self._sentry else None
        return {"sentry_failure": failure}
