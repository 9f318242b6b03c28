"""Gathers the facts that the rules of alerts ask for, and does one round. What cannot be looked at is not known."""

import shutil
import time
from datetime import timedelta

from sqlalchemy.orm import Session

from donecast.health.alerts import service
from donecast.health.alerts.rules import WINDOW_MINUTES, Facts, WaitingOutbox, Window
from donecast.health.sentry import service as sentry_service
from donecast.health.sentry.client import Sentry
from donecast.notices import service as notices
from donecast.platform import traffic_rows
from donecast.platform.breaker_rules import is_left_alone
from donecast.platform.web import Ground
from donecast.production import recovery
from donecast.production import service as production
from donecast.production.housekeeping import AUDIT_CHORE


class Lookout:
    """One in each process that keeps watch; whoever is first does the round of a minute."""

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
        """What is known now."""
        ground = self._ground
        begun = time.monotonic()
        ground.database.ping()
        database_ms = 1_000 * (time.monotonic() - begun)
        disk = shutil.disk_usage(ground.settings.data)
        pools = [pool.facts() for pool in ground.database.pools]
        fullest = max(pools, key=lambda pool: pool.utilization_percent)
        now_ms = ground.breakers.now_ms()
        alone = tuple(name for name, state in ground.breakers.states().items() if is_left_alone(state, now_ms))
        with ground.database.reading() as session:
            lease = timedelta(milliseconds=ground.settings.worker.worker_lease_ms)
            alive, silent = production.workers_by_sign(session, ground.clock.now() - lease)
            counts = production.operation_counts(session)
            burst = traffic_rows.burst(session)
            outbox = tuple(
                WaitingOutbox(one.channel, one.waiting, one.oldest_at, one.given_up)
                for one in notices.standings(session)
            )
            return Facts(
                now=ground.clock.now(),
                breakers_left_alone=alone,
                stuck_work=tuple(one.operation_id for one in recovery.stuck_work(ground, session)),
                workers_alive=len(alive),
                workers_silent=tuple(silent),
                windows={minutes: self._window(session, minutes) for minutes in WINDOW_MINUTES},
                errors_in_burst=burst.errors if burst else 0,
                work_waiting=counts.get("queued", 0) + counts.get("running", 0),
                disk_free_bytes=disk.free,
                disk_total_bytes=disk.total,
                disk_reserve_bytes=ground.settings.limits.disk_free_bytes_min,
                pool_percent=fullest.utilization_percent,
                pool_waiting=fullest.wait.waiting,
                ledger_findings=production.chore_findings(session, AUDIT_CHORE),
                sentry_failure=self._sentry_failure(session),
                outbox=outbox,
                database_ms=database_ms,
            )

    def _window(self, session: Session, minutes: int) -> Window:
        told = traffic_rows.tally_over(session, self._ground.clock.now(), timedelta(minutes=minutes))
        # A scanner's 4xx hide no outage, so they are not among the requests that could have gone well.
        return Window(told.errors, told.total - told.client_errors)

    def _sentry_failure(self, session: Session) -> str | None:
        return sentry_service.standing_of(session, self._sentry).failure if self._sentry else None
