"""The operations of an edit list: what a person or a standing choice does to a recording, in its own time.

``cut`` leaves a stretch out, ``replace`` puts another sound, a beep or silence in its place, ``insert`` puts a sound
between, ``gain`` makes a stretch louder or quieter, ``move`` lets it be heard elsewhere. Each says who decided it and
when.
"""

from dataclasses import dataclass, field
from typing import Literal

from donecast.core.span import Span

HOUSE_BEEP = "house:beep"
"""The asset id of the tone that covers a word: 1 kHz, as long as the stretch that it covers."""
GAIN_DB_MAX = 24.0
GAP_MS_MAX = 10_000
SOUND_MS_MAX = 6 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """Who decided it, and when. ``proposal_id`` is None when a person made it by hand."""

    id: str
    decided_by: str
    decided_at: str
    reason: str = ""
    proposal_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(_Decided):
    """A stretch of the recording that is not heard."""

    kind: Literal["cut"] = field(default="cut", init=False)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(_Decided):
    """A stretch of the recording in whose place something else is heard.

    Silence (``asset`` None) and `HOUSE_BEEP` last exactly as long as what they cover, and ``duration_ms`` is None; any
    other asset is heard once, for ``duration_ms``, louder or quieter than the talk by ``gain_db``. What is cut as well
    is not heard at all.
    """

    kind: Literal["replace"] = field(default="replace", init=False)
    span: Span
    asset: str | None = None
    duration_ms: int | None = None
    gain_db: float = 0.0

    @property
    def fills(self) -> bool:
        """Whether it is as long as the stretch that it covers."""
        return self.asset is None or self.asset == HOUSE_BEEP

    def __post_init__(self) -> None:
        if self.fills != (self.duration_ms is None):
            raise ValueError(f"{self.asset or 'silence'} does not last {self.duration_ms} ms")
        if self.fills and self.gain_db:
            raise ValueError(f"{self.asset or 'silence'} is as loud as it is, not {self.gain_db} dB louder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(_Decided):
    """A sound that is heard before the instant ``at_ms`` of the recording, with ``gap_ms`` of silence on both sides."""

    kind: Literal["insert"] = field(default="insert", init=False)
    at_ms: int
    asset: str
    duration_ms: int
    gap_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain(_Decided):
    """A stretch of the recording that is louder or quieter by ``gain_db``; where two overlap, they add up."""

    kind: Literal["gain"] = field(default="gain", init=False)
    span: Span
    gain_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(_Decided):
    """A stretch of the recording that is heard before the instant ``to_ms`` and not where it was said."""

    kind: Literal["move"] = field(default="move", init=False)
    span: Span
    to_ms: int


Operation = Cut | Replace | Insert | Gain | Move


def place_of(operation: Operation) -> tuple[int, int, str]:
    """Where an operation stands in its list: by the recording's time, then by id."""
    if isinstance(operation, Insert):
        return operation.at_ms, operation.at_ms, operation.id
    return operation.span.start_ms, operation.span.end_ms, operation.id
