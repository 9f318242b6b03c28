"""The circuit breaker of what is asked many times a second: the shared one, looked at and told more seldom.

A look at a closed breaker holds for a second, for all threads of the process, so that a page of sounds does not ask
the database for each of its pieces. What went well is told together with the next that did not, or after five seconds.
Failures and probes are told at once.

Bytes are also stored and forgotten inside transactions. On SQLite nothing can be told from there: it is kept, and told
next time.
"""

from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from donecast.kit.errors import DonecastError
from donecast.platform.breaker_rules import Admission, Outcome
from donecast.platform.breakers import SharedBreaker
from donecast.platform.outgoing import Rest

LOOK_HOLDS_MS = 1_000
TELL_EVERY_MS = 5_000
LOCK_WAIT_MS = 200
UNTOLD_MAX = 20
"""Failures that are kept; more than open a breaker say nothing new."""
_UNKNOWN = Admission(-1)
"""While nothing is known a call goes through; how it ends says nothing of any turn."""


@dataclass(slots=True)
class _Untold:
    """What went well in one turn, and what else ended since, in the order of its end."""

    wells: int = 0
    wells_turn: int = 0
    others: list[tuple[Admission, Outcome]] = field(default_factory=list)


@dataclass(slots=True)
class FrequentBreaker:
    """See `outgoing.Breaker`."""

    shared: SharedBreaker
    _seen: tuple[Admission, int] | None = None
    """That it was closed, and at which moment."""
    _told_at_ms: int = 0
    _untold: _Untold = field(default_factory=_Untold)
    _looking: Lock = field(default_factory=Lock)
    _lock: Lock = field(default_factory=Lock)

    def admit(self, seconds_max: float) -> Admission | Rest:
        """See `outgoing.Breaker`. A database that is busy stops nobody: what was seen last holds on."""
        now_ms, seen = self.shared.breakers.now_ms(), self._seen
        if seen is None:
            return self._look(seconds_max, now_ms, _UNKNOWN)
        # One looks, and the others go on meanwhile.
        if now_ms - seen[1] < LOOK_HOLDS_MS or not self._looking.acquire(blocking=False):
            return seen[0]
        try:
            return self._look(seconds_max, now_ms, seen[0])
        finally:
            self._looking.release()

    def _look(self, seconds_max: float, now_ms: int, otherwise: Admission) -> Admission | Rest:
        try:
            found = self.shared.admit(seconds_max)
        except (DonecastError, SQLAlchemyError):
            found = otherwise
        self._seen = (found, now_ms) if isinstance(found, Admission) and found.probe is None else None
        return found

    def record(self, admission: Admission, outcome: Outcome, quiet_seconds: float = 0.0) -> None:  # noqa: ARG002
        """See `outgoing.Breaker`; a bucket asks for no quiet."""
        if outcome in {"refused", "abandoned"} and admission.probe is None:
            return
        now_ms = self.shared.breakers.now_ms()
        with self._lock:
            untold = self._untold
            if outcome == "well" and admission.probe is None:
                untold.wells = untold.wells + 1 if admission.turn == untold.wells_turn else 1
                untold.wells_turn = admission.turn
            else:
                untold.others.append((admission, outcome))
            if not untold.others and now_ms - self._told_at_ms < TELL_EVERY_MS:
                return
            self._untold, self._told_at_ms = _Untold(), now_ms
        try:
            self.shared.record_together(untold.wells_turn, untold.wells, untold.others)
        except (DonecastError, SQLAlchemyError):
            self._keep(untold)
        else:
            if untold.others:
                self._seen = None

    def _keep(self, untold: _Untold) -> None:
        with self._lock:
            newer = self._untold
            if newer.wells_turn == untold.wells_turn or not newer.wells:
                newer.wells, newer.wells_turn = newer.wells + untold.wells, untold.wells_turn
            newer.others = [*untold.others, *newer.others][:UNTOLD_MAX]
