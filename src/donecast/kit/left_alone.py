"""What a person is told while a service is left alone: parent of each room's own error, which has its own sentences."""

from typing import ClassVar, Self

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.moments import soon_in_words

_SOME_TIME = "in a few minutes"


class ServiceLeftAlone(DonecastError):
    """Our circuit breaker is open: the service failed again and again; or a person has isolated it.

    ``action`` says "in a few minutes" where it says when; the other two sentences are for a service that is isolated.
    """

    kind = ErrorKind.UNAVAILABLE
    retryable = True
    isolated_message: ClassVar[str]
    isolated_action: ClassVar[str]

    @classmethod
    def after(cls, seconds: float | None) -> Self:
        """The error while the service is asked again in so many seconds; None: while somebody keeps it isolated."""
        if seconds is None:
            return cls(cls.isolated_message, action=cls.isolated_action)
        action = cls.action.replace(_SOME_TIME, soon_in_words(seconds))
        return cls(action=action, details={"after_seconds": seconds})

    @property
    def after_seconds(self) -> float | None:
        """When the service is asked again by itself."""
        seconds = self.details.get("after_seconds")
        return float(seconds) if isinstance(seconds, int | float) else None
