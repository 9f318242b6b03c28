"""An outbox for tests: notices of all kinds, and a sender that does as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from donecast.notices import service
from donecast.notices.models import NoticeRow
from donecast.notices.rules import Channel, Notice
from donecast.platform.web import Ground


@dataclass
class ToldSender:
    """Delivers into a list, or does what ``then`` does before."""

    channel: Channel = "slack"
    off: str | None = None
    then: Callable[[Notice], None] = lambda _: None
    delivered: list[Notice] = field(default_factory=list)

    def off_because(self) -> str | None:
        """See `service.Sender`."""
        return self.off

    def send(self, notice: Notice, at: datetime) -> None:
        """See `service.Sender`."""
        self.then(notice)
        self.delivered.append(notice)


def put(ground: Ground, key: str, channel: Channel = "slack", **facts: Any) -> bool:
    """Puts one into the outbox, in a transaction of its own."""
    notice = Notice(**{"key": key, "channel": channel, "subject": f"About {key}", "body": "Words.", **facts})
    with ground.database.transaction() as session:
        return service.put(session, ground.clock, notice)


def rows(ground: Ground) -> list[NoticeRow]:
    """All that is in the outbox, oldest first."""
    with ground.database.reading() as session:
        return list(session.scalars(select(NoticeRow).order_by(NoticeRow.id)))
