"""What keeps watch in every process that lives long: errors, the outbox, alerts, the mirror of Sentry.

A worker does it, and so does `donecast api`, so that a dead worker is told by somebody who is not dead. It has
connections of its own, so that it can tell that all others are in use.
"""

from datetime import timedelta
from functools import partial

from donecast.entry.wiring import guarded, open_outage_watch, open_senders, open_sentry
from donecast.health.alerts import service as alerts
from donecast.health.alerts.looking import Lookout
from donecast.health.alerts.outage import LOOK_EVERY
from donecast.health.bug_reports import service as bug_reports
from donecast.health.error_groups.store import WRITE_EVERY
from donecast.health.history import service as history
from donecast.health.sentry import service as mirror
from donecast.notices import service as notices
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.production.rounds import Rounds, do_once

DELIVER_EVERY = timedelta(seconds=2)
FORGET_EVERY = timedelta(hours=1)
SAMPLE_EVERY = timedelta(minutes=1)
"""To find whether the five minutes' sample is due."""
SAMPLE_FIRST_AFTER = timedelta(seconds=10)
FIRST_LOOK_AFTER = timedelta(seconds=20)
"""By then a worker that starts beside this process has given a sign of life."""


class Watch:
    """Lives as long as its process; ``ground`` is one aside (`wiring.open_aside`), which it closes."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._rounds = Rounds(ground.errors)

    def start(self) -> None:
        """Begins in the background; each channel by itself, so that a slow one keeps no other waiting."""
        logger().info(self._ground.errors.standing)
        for sender in open_senders(self._ground):
            deliver = partial(notices.deliver_due, self._ground, sender, notices.Unnoted())
            self._rounds.begin(f"deliver-{sender.channel}", [deliver], DELIVER_EVERY)
        self._rounds.begin("forget-notices", [partial(notices.forget_old, self._ground)], FORGET_EVERY)

        forget_reports = partial(bug_reports.forget_old, self._ground)
        self._rounds.begin("forget-reports", [forget_reports], FORGET_EVERY)

        sentry = open_sentry(self._ground.settings.sentry, self._ground.clock, guarded(self._ground))
        if sentry is not None:
            # A little less than the pause between rounds, so that none is left out for coming a moment early.
            refresh = partial(mirror.refresh, self._ground, sentry, after=mirror.ROUND_EVERY - mirror.AT_ONCE)
            self._rounds.begin("sentry-mirror", [refresh], mirror.ROUND_EVERY, mirror.AT_ONCE)
        self._rounds.begin("samples", [partial(history.sample, self._ground)], SAMPLE_EVERY, SAMPLE_FIRST_AFTER)
        self._rounds.begin("alerts", [Lookout(self._ground, sentry).look], alerts.ROUND_EVERY, FIRST_LOOK_AFTER)
        self._rounds.begin("database-away", [open_outage_watch(self._ground).look], LOOK_EVERY, timedelta(seconds=1))
        self._rounds.begin("errors", [self._ground.errors.flush], WRITE_EVERY)

    def stop(self) -> None:
        """Ends; what is in the outbox waits, and the last errors are written down."""
        self._rounds.end()
        do_once(self._ground.errors.flush)
        self._ground.database.dispose()
