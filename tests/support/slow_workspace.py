"""A workspace of Slack's at its smallest pace: one question of a kind a minute, by the clock of whoever asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from donecast.kit.clock import FixedClock
from tests.support.slack_workspace import Workspace

PAGE_MESSAGES = 15
PAGE_EVERY = timedelta(minutes=1)
_READING = ("conversations.history", "conversations.replies")


@dataclass(slots=True, kw_only=True)
class SlowWorkspace(Workspace):
    """What comes too soon is answered 429 and counted in ``refused``; ``updated_at``: when replies were changed."""

    clock: FixedClock
    page_messages_max: int = PAGE_MESSAGES
    retry_after_seconds: int = int(PAGE_EVERY.total_seconds())
    asked_at: dict[str, datetime] = field(default_factory=dict)
    refused: int = 0
    updated_at: list[datetime] = field(default_factory=list)

    def manner_of(self, method: str) -> Any:
        """See `Workspace.manner_of`."""
        now = self.clock.now()
        if method == "chat.update":
            self.updated_at.append(now)
        if method in _READING:
            if now - self.asked_at.get(method, now - PAGE_EVERY) < PAGE_EVERY:
                self.refused += 1
                return "limited"
            self.asked_at[method] = now
        return Workspace.manner_of(self, method)


def word_of(number: int) -> str:
    """A name without digits, for numbers are all the same trouble."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
