"""What can go wrong with notices."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchNotice(DonecastError):
    """There is none of this id for the person who asks."""

    code = "no_such_notice"
    kind = ErrorKind.NOT_FOUND
    message = "This message is not there any more."
    action = "Go back to the list of your messages."


class NotDelivered(Exception):
    """A channel could not deliver a notice. Never leaves the outbox.

    ``for_good``: trying again cannot help. ``channel_is_down``: others by the same channel fare alike just now.
    ``after_seconds``: when the other side wants to be asked again.
    """

    def __init__(
        self, why: str, *, for_good: bool = False, channel_is_down: bool = False, after_seconds: float | None = None
    ) -> None:
        self.why = why
        self.for_good = for_good
        self.channel_is_down = channel_is_down
        self.after_seconds = after_seconds
        super().__init__(why)
