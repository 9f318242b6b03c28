"""What went wrong, for whoever looks after the program: told once, with who, where and what happened before.

A request, an attempt at an operation and a round of background work each go inside `ErrorTracker.tracked`, which lays
a trail: facts and breadcrumbs. Whoever works there adds to it with the functions below; an edge that ends an error
tells it with `capture_exception`. Outside of any trail they do nothing. A trail belongs to one request or attempt,
also in the threads that work for it, and ends with it, so nothing of one is ever told of another.

Where reports go, `ErrorSink`s decide: our own store always, Sentry where it is configured.
"""

import linecache
import secrets
import traceback
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Protocol

from donecast.kit.clock import Clock
from donecast.kit.errors import DonecastError
from donecast.platform.error_rules import (
    BREADCRUMBS_MAX,
    FRAMES_MAX,
    OWN_PACKAGE,
    Breadcrumb,
    ErrorReport,
    Frame,
    Level,
    is_ours_to_mend,
)
from donecast.platform.telemetry import logger

FACTS = (
    *("user_id", "user_email", "request_id", "method", "route", "status"),
    *("show_id", "episode_id", "action", "operation_id", "step"),
)
_FACT_CHARACTERS_MAX = 200
_CRUMB_CHARACTERS_MAX = 500
_LOST = "lost: "


class ErrorSink(Protocol):
    """Where reports go. It answers at once, whatever the place behind it does."""

    @property
    def lost(self) -> Mapping[str, int]:
        """How many it could not pass on since the start, by why; the reasons are few."""
        ...

    def take(self, report: ErrorReport) -> None:
        """Takes a report, or counts that it was lost; never waits for a disk or a network."""
        ...

    def flush(self) -> None:
        """Writes down what waits, in a round of background work. Raises DonecastError."""
        ...

    def begin(self, trail: "Trail") -> None:
        """Chooses whether it wants the course of a request or operation that begins."""
        ...

    def trace(self, trail: "Trail", ended_at: datetime) -> None:
        """Takes the course of a request or attempt that was chosen for it, or ignores it."""
        ...


@dataclass(slots=True)
class Trail:
    """What is known of the request, attempt or round that runs."""

    tracker: "ErrorTracker"
    began_at: datetime
    kind: str
    facts: dict[str, str] = field(default_factory=dict)
    breadcrumbs: deque[Breadcrumb] = field(default_factory=lambda: deque(maxlen=BREADCRUMBS_MAX))
    told: list[BaseException] = field(default_factory=list)
    course: Any = None
    """What the sink that follows it keeps of it."""

    def know(self, facts: Mapping[str, object]) -> None:
        """Adds facts; None is left out."""
        for name, value in facts.items():
            if value is not None:
                self.facts[name] = str(value)[:_FACT_CHARACTERS_MAX]


_trail: ContextVar[Trail | None] = ContextVar("donecast_trail", default=None)


@dataclass(frozen=True, slots=True)
class ErrorTracker:
    """Gives each report to every sink. One in each process, in the ground."""

    clock: Clock
    sinks: tuple[ErrorSink, ...] = ()
    standing: str = ""
    """Whether errors are also told to somebody outside, and why not, in one line."""
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def tracked(self, kind: str, **facts: object) -> Iterator[Trail]:
        """Lays a trail for the block: ``kind`` is request, operation, round, thread or command."""
        trail = Trail(self, self.clock.now(), kind)
        trail.know(facts)
        token = _trail.set(trail)
        for sink in self.sinks:
            self._safely(lambda sink=sink: sink.begin(trail), "trace")
        try:
            yield trail
        finally:
            _trail.reset(token)
            for sink in self.sinks:
                self._safely(lambda sink=sink: sink.trace(trail, self.clock.now()), "trace")

    def tell(self, report: ErrorReport) -> None:
        """Gives a finished report to every sink; what a sink cannot take is counted and logged."""
        for sink in self.sinks:
            self._safely(lambda sink=sink: sink.take(report), "report")
        self.count("told")

    def flush(self) -> None:
        """Lets every sink write what waits. Raises DonecastError."""
        for sink in self.sinks:
            sink.flush()

    def count(self, what: str) -> None:
        """Counts one more of something: told, expected, or a way in which a report was lost."""
        with self._lock:
            self._counts[what] += 1

    def counts(self) -> dict[str, int]:
        """How many were told, how many were a person's own to mend, and how many no sink took, since the start."""
        with self._lock:
            return dict(self._counts)

    def losses(self) -> dict[str, int]:
        """How many did not reach where they should have, by why, since the start: here, and by each sink."""
        here = {why.removeprefix(_LOST): count for why, count in self.counts().items() if why.startswith(_LOST)}
        return here | {why: count for sink in self.sinks for why, count in sink.lost.items()}

    def _safely(self, act: Any, what: str) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001  an edge: whoever tells of a failure must not make a second one
            self.count(f"{_LOST}{what}")
            logger().warning("an error could not be told", what=what, exc_info=True)


def capture_exception(error: BaseException, *, level: Level = "error", **facts: object) -> str | None:
    """Tells of an error that ends here; answers the report's id, or None for what is a person's own to mend.

    The same error again, on its way out through further edges, is not told twice.
    """
    trail = _trail.get()
    if trail is None:
        return None
    trail.know(facts)
    if not is_ours_to_mend(error):
        trail.tracker.count("expected")
        return None
    if any(told is error for told in trail.told):
        return None
    trail.told.append(error)
    known = error if isinstance(error, DonecastError) else None
    report = _report(
        trail,
        level,
        type_name=f"{type(error).__name__}" if known is None else f"{type(error).__name__} ({known.code})",
        message=_words_of(error),
        frames=frames_of(error),
        error=error,
    )
    trail.tracker.tell(report)
    return report.id


def capture_message(message: str, level: Level = "info", tags: Mapping[str, str] | None = None) -> str | None:
    """Tells of something that is no error but must be known; answers the report's id."""
    trail = _trail.get()
    if trail is None:
        return None
    report = _report(trail, level, type_name="Message", message=message, frames=(), tags=tags)
    trail.tracker.tell(report)
    return report.id


def set_user_context(user_id: str, email: str | None = None) -> None:
    """Whose request it is. The address leaves the process only where the operator allows it."""
    _know(user_id=user_id, user_email=email)


def clear_user_context() -> None:
    """Nobody's request any more."""
    trail = _trail.get()
    if trail is not None:
        trail.facts.pop("user_id", None)
        trail.facts.pop("user_email", None)


def set_request_context(
    *,
    request_id: str | None = None,
    method: str | None = None,
    route: str | None = None,
    status: int | None = None,
) -> None:
    """Which request it is; ``route`` is the template, such as ``/api/episodes/{episode_id}``."""
    _know(request_id=request_id, method=method, route=route, status=status)


def set_business_context(
    *,
    show_id: str | None = None,
    episode_id: str | None = None,
    action: str | None = None,
    operation_id: str | None = None,
    step: str | None = None,
) -> None:
    """What it is about, in words of the product."""
    _know(show_id=show_id, episode_id=episode_id, action=action, operation_id=operation_id, step=step)


def add_breadcrumb(
    category: str,
    message: str,
    *,
    level: Level = "info",
    data: Mapping[str, Any] | None = None,
    milliseconds: float | None = None,
) -> None:
    """Notes a thing that happened, for whoever reads of an error afterwards; the last 100 are kept."""
    trail = _trail.get()
    if trail is not None:
        at = trail.tracker.clock.now()
        words = message[:_CRUMB_CHARACTERS_MAX]
        trail.breadcrumbs.append(Breadcrumb(at, category, words, level, data or {}, milliseconds))


def frames_of(error: BaseException) -> tuple[Frame, ...]:
    """The places the error came through, the last one last; without variables."""
    found = []
    for frame, line in list(traceback.walk_tb(error.__traceback__))[-FRAMES_MAX:]:
        place = str(frame.f_globals.get("__name__", frame.f_code.co_filename))
        found.append(
            Frame(
                place=place,
                function=frame.f_code.co_qualname,
                line=line,
                code=linecache.getline(frame.f_code.co_filename, line).strip(),
                is_ours=place.partition(".")[0] == OWN_PACKAGE,
            )
        )
    return tuple(found)


def _know(**facts: object) -> None:
    trail = _trail.get()
    if trail is not None:
        trail.know(facts)


def _report(
    trail: Trail,
    level: Level,
    *,
    type_name: str,
    message: str,
    frames: Sequence[Frame],
    tags: Mapping[str, str] | None = None,
    error: BaseException | None = None,
) -> ErrorReport:
    return ErrorReport(
        id=secrets.token_hex(16),
        at=trail.tracker.clock.now(),
        level=level,
        source="server",
        type=type_name,
        message=message,
        frames=frames,
        facts=dict(trail.facts),
        breadcrumbs=tuple(trail.breadcrumbs),
        tags=tags or {},
        error=error,
    )


def _words_of(error: BaseException) -> str:
    """What the error says, and what the errors behind it say."""
    words, seen = [str(error)], {id(error)}
    behind = error.__cause__ or error.__context__
    while behind is not None and id(behind) not in seen and len(words) < 5:
        seen.add(id(behind))
        words.append(f"because of {type(behind).__name__}: {behind}")
        behind = behind.__cause__ or behind.__context__
    return "\n".join(words)
