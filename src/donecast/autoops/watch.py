"""The watch: reads the channel, looks into what it finds, and answers, one thing after the other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from donecast.autoops import service
from donecast.autoops.changes.making import Making
from donecast.autoops.errors import ChannelNotRead, RunTaken, SlackAskedTooMuch, SlackRefused, SlackTrouble
from donecast.autoops.intake import Intake
from donecast.autoops.posting import Posting, pause_after
from donecast.autoops.rules.states import ATTEMPTS_MAX, is_for_rules_alone
from donecast.autoops.run import Bench, Run
from donecast.autoops.service import Claim
from donecast.kit.errors import DonecastError
from donecast.platform.database import DatabaseBusy, DatabaseSlow
from donecast.platform.disk_room import DiskFull
from donecast.platform.telemetry import bound_to, logger

ONCE_MAX = timedelta(minutes=30)
"""So long `once` may wait for Slack's pace and for doubts to clear; what is left then is for the next time."""
WORTH_WAITING = timedelta(minutes=5)
"""What can be gone on with no sooner than this does not keep `once` and `answer`."""
_BREATH_SECONDS, _AWAY_SECONDS_MAX = 1.0, 60.0
_DATABASE_AWAY = (DatabaseBusy, DatabaseSlow, DiskFull, OperationalError, InterfaceError)


def _unheard() -> None:
    """For who has nobody to tell that it goes on."""


@dataclass(slots=True)
class Watch:
    """One process's. ``wait`` sleeps for so many seconds, or less."""

    bench: Bench
    intake: Intake
    posting: Posting
    poll: timedelta
    wait: Callable[[float], object]
    beat: Callable[[], None] = _unheard
    """Called with each turn."""
    making: Making | None = None
    """Who makes more of a verified change than a report; None: nobody."""
    read_at: datetime | None = None
    """Not before this is the channel read again; None: it never was."""
    has_more: bool = True
    """Whether the channel has, or may have, what was not read yet."""
    pages: int = 0
    """So many were read."""
    unread: SlackTrouble | None = None
    """Why the last page was not."""
    tell_at: datetime | None = None
    """Not before this do threads hear of repeats; None: at any time."""
    told_in_vain: int = 0
    """So often in a row Slack did not answer when they were to."""

    def once(self, told: Event) -> None:
        """Reads the channel to its end and answers what there is.

        Raises SlackRefused where Slack will not have us, and ChannelNotRead.
        """
        until, pages_before = self._now() + ONCE_MAX, self.pages
        while self._now() < until and not told.is_set():
            self._read()
            if self._work() or (self.has_more and self._may_read()):
                continue
            if not self.has_more and not self._unfinished():
                self._look_back()
                return
            self.wait(_BREATH_SECONDS)
        is_only_slow = isinstance(self.unread, SlackAskedTooMuch) and self.pages > pages_before
        if self.unread is not None and not is_only_slow and not told.is_set():
            raise ChannelNotRead(details=self.unread.details) from self.unread

    def until(self, told: Event) -> None:
        """Watches until it is told to stop; a database that is away is waited for.

        Raises SlackRefused where Slack will not have us.
        """
        pause = _BREATH_SECONDS
        while not told.is_set():
            self.beat()
            try:
                self._read()
                if not self._work():
                    self._look_back()
                    self.wait(_BREATH_SECONDS)
            except _DATABASE_AWAY as error:
                logger().error("the database is away; it is waited for", reason=_reason(error), again_seconds=pause)
                self.wait(pause)
                pause = min(2 * pause, _AWAY_SECONDS_MAX)
            else:
                pause = _BREATH_SECONDS

    def answer(self, alert_id: str, told: Event) -> None:
        """Looks into one alert that was taken in, and answers it; all others are left to who watches."""
        until = self._now() + ONCE_MAX
        while self._now() < until and not told.is_set() and self._unfinished(alert_id):
            if not self._work(alert_id):
                self.wait(_BREATH_SECONDS)

    def _look_back(self) -> None:
        """Where nothing waits: repeats are told, and changes that have leave are made."""
        if self.tell_at is None or self._now() >= self.tell_at:
            self._tell_repeats()
        if self.making is not None:
            self.making.step()

    def _tell_repeats(self) -> None:
        try:
            self.posting.tell_repeats()
        except SlackTrouble as trouble:
            pause = pause_after(trouble, self.told_in_vain)
            logger().warning("repeats not told", code=trouble.code, again_seconds=pause.total_seconds())
            self.tell_at, self.told_in_vain = self._now() + pause, self.told_in_vain + 1
        else:
            self.tell_at, self.told_in_vain = None, 0

    def _may_read(self) -> bool:
        return self.read_at is None or self._now() >= self.read_at

    def _read(self) -> None:
        """Reads a page if it is time."""
        if not self._may_read():
            return
        now = self._now()
        try:
            self.has_more = self.intake.read_page()
        except SlackRefused:
            raise
        except SlackTrouble as trouble:
            pause = self.poll if trouble.after_seconds is None else timedelta(seconds=trouble.after_seconds)
            logger().warning("the alert channel was not read", code=trouble.code, again_seconds=pause.total_seconds())
            self.read_at, self.unread = now + pause, trouble
        else:
            self.pages, self.unread = self.pages + 1, None
            self.read_at = now if self.has_more else now + self.poll

    def _work(self, alert_id: str | None = None) -> bool:
        """Brings one alert, or this one, a step further; False: there is none that waits."""
        with self.bench.ground.database.transaction() as session:
            claim = service.claim_next(session, self._now(), alert_id)
        if claim is None:
            return False
        with bound_to(alert_id=claim.alert.id, run_id=claim.run_id):
            try:
                ready = self._with_reply(claim)
                if ready is not None:
                    self.posting.bring(ready)
            except RunTaken:
                logger().warning("another process has taken the alert over")
        return True

    def _with_reply(self, claim: Claim) -> Claim | None:
        """The claim with its reply kept; None: the run failed, and may be tried again later. Raises RunTaken."""
        if claim.state == "reply_pending":
            return claim
        try:
            bench = by_rules_alone(self.bench) if is_for_rules_alone(claim.attempt) else self.bench
            return Run(bench, claim).to_reply()
        except RunTaken:
            raise
        except DonecastError as error:
            self._fail(claim, f"{error.code}: {error.message}")
            return None
        except Exception as error:
            logger().error("the run broke", exc_info=True)
            self._fail(claim, type(error).__name__)
            raise

    def _fail(self, claim: Claim, words: str) -> None:
        logger().error("the run failed", error=words)
        with self.bench.ground.database.transaction() as session:
            service.fail(session, claim, words, self._now())

    def _unfinished(self, alert_id: str | None = None) -> bool:
        with self.bench.ground.database.reading() as session:
            return service.is_unfinished(session, alert_id, due_by=self._now() + WORTH_WAITING)

    def _now(self) -> datetime:
        return self.bench.ground.clock.now()


def _reason(error: Exception) -> str:
    """What the driver said, without the statement and its values."""
    cause = error.__cause__ or error
    return f"{type(error).__name__}: {cause.orig if isinstance(cause, DBAPIError) else cause}"


def by_rules_alone(bench: Bench) -> Bench:
    """The same without what may have ended a process: no model, no gate."""
    why = f"this run broke off {ATTEMPTS_MAX} times in the middle, so rules ended it"
    return replace(bench, analyst=bench.plain, gate=None, never_checked=(why, *bench.never_checked))
