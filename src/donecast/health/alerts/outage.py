"""Tells that the database is away, and that it is back, without the database: no outbox, no row, no breaker.

Who tells is settled by a file in the data folder, so that of several processes on a machine one does; it holds the
alert's id and beginning, so that a process which starts afterwards still tells the end.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from donecast.health.alerts.rules import Alert, Told, first_line, runbook_of, words
from donecast.kit.errors import DonecastError
from donecast.kit.ids import new_id
from donecast.notices.errors import NotDelivered
from donecast.notices.rules import Notice
from donecast.notices.service import Sender
from donecast.platform.database import DatabaseSlow, NoConnectionFree
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground

LOOK_EVERY = timedelta(seconds=20)
AWAY_LOOKS = 3
"""So many looks in a row in vain are an outage; a restart of the database is none."""
_NAME = "database_away"


class KnownAddresses:
    """The operators' addresses as they were when they could last be asked for."""

    def __init__(self, ask: Callable[[], Sequence[str]]) -> None:
        self._ask = ask
        self._known: tuple[str, ...] = ()

    def refresh(self) -> None:
        """Asks for them again. Raises what the database raises."""
        self._known = tuple(self._ask())

    def __call__(self) -> Sequence[str]:
        """Those that are known."""
        return self._known


class OutageWatch:
    """One in each process that keeps watch. ``senders`` need no database."""

    def __init__(self, ground: Ground, senders: Sequence[Sender], addresses: KnownAddresses) -> None:
        self._ground, self._senders, self._addresses = ground, senders, addresses
        self._mark = ground.settings.data / _NAME
        self._failed_looks = 0
        self._untold: list[tuple[Sender, Notice]] = []

    def look(self) -> None:
        """Asks the database for a sign of life, tells what there is to tell, and tries again what did not go out."""
        try:
            self._ground.database.ping()
            self._addresses.refresh()
        except (NoConnectionFree, DatabaseSlow):  # it is there; alerts of their own tell of that
            return
        except (DonecastError, SQLAlchemyError, OSError) as error:
            self._failed_looks += 1
            logger().error("database away", looks=self._failed_looks, why=type(error).__name__)
            if self._failed_looks == AWAY_LOOKS:
                self._begin()
        else:
            self._failed_looks = 0
            self._end()
        self._send()

    def _begin(self) -> None:
        now = self._ground.clock.now()
        alert_id = new_id("al", now)
        try:
            with self._mark.open("x", encoding="utf-8") as file:
                file.write(f"{alert_id} {now.isoformat()}")
        except FileExistsError:  # another process tells it, or told it
            return
        self._tell(alert_id, now, "opened")

    def _end(self) -> None:
        try:
            alert_id, _, begun = self._mark.read_text("utf-8").partition(" ")
            self._mark.unlink()
        except FileNotFoundError:  # there is no outage, or another process tells its end
            return
        self._tell(alert_id, datetime.fromisoformat(begun), "closed")

    def _tell(self, alert_id: str, begun_at: datetime, told: Told) -> None:
        now = self._ground.clock.now()
        alert = Alert(alert_id, _NAME, "", "page", "The database does not answer.", begun_at, closed_at=None)
        runbook = runbook_of(_NAME, self._ground.settings.notices.runbooks_url)
        for sender in self._senders:
            notice = Notice(
                key=f"alert:{alert_id}:{told}:{sender.channel}",
                channel=sender.channel,
                subject=first_line(alert, told),
                body=words(alert, told, now, runbook),
            )
            self._untold.append((sender, notice))

    def _send(self) -> None:
        waiting, self._untold = self._untold, []
        for sender, notice in waiting:
            if sender.off_because() is not None:
                continue
            try:
                sender.send(notice, self._ground.clock.now())
            except NotDelivered as failure:
                logger().error("alert not delivered", alert=_NAME, channel=sender.channel, why=failure.why)
                if not failure.for_good:
                    self._untold.append((sender, notice))
