"""Circuit breakers that all processes share: the rules' states in rows, and a clock that never jumps.

While a service is well, a call costs one look and one short write; while it rests, one look in a second. Two who write
at once wait for each other, so no outcome is lost and no third probe slips through.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from donecast.kit.clock import Clock
from donecast.kit.errors import DonecastError
from donecast.platform import breaker_rules
from donecast.platform.breaker_rules import RULES, Admission, BreakerRules, BreakerState, Outcome, Refusal
from donecast.platform.database import Database
from donecast.platform.models import BreakerRow
from donecast.platform.outgoing import Rest
from donecast.platform.telemetry import logger

_REFUSAL_KEPT_MS = 1_000
"""For so long a process sends its own calls away without another look; who was released is called that much later."""
# Goes on while the machine sleeps; what has no such clock has one that stands still meanwhile.
_STEADY_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SteadyClock:
    """Milliseconds since 1970 that only go forward: the machine's clock at the start, and what has passed since."""

    def __init__(self, clock: Clock) -> None:
        self._start_ms = int(clock.now().timestamp() * 1_000)
        self._started_ns = time.clock_gettime_ns(_STEADY_CLOCK)

    def now_ms(self) -> int:
        """The present."""
        return self._start_ms + (time.clock_gettime_ns(_STEADY_CLOCK) - self._started_ns) // 1_000_000


@dataclass(frozen=True, slots=True)
class Breakers:
    """All circuit breakers of an installation. ``now_ms`` is a steady clock's.

    ``lock_wait_ms``: somebody who writes, and has stopped maybe, must not stop everybody who calls a service.
    """

    database: Database
    now_ms: Callable[[], int]
    rules: BreakerRules = RULES
    lock_wait_ms: int = 2_000
    _refusals: dict[str, tuple[int, Refusal]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By service, with the moment at which this process read it."""

    def of(self, service: str) -> "SharedBreaker":
        """The breaker of one service."""
        return SharedBreaker(self, service)

    def states(self) -> dict[str, BreakerState]:
        """Of each service that was ever asked, by name, as they are at this moment."""
        with self.database.reading() as session:
            rows = session.execute(select(BreakerRow.service, BreakerRow.state).order_by(BreakerRow.service))
            return {service: self._present(breaker_rules.from_text(state)) for service, state in rows}

    def isolate(self, service: str, by: str, beside: Callable[[Session], object] | None = None) -> None:
        """Nobody calls the service until `release`. ``beside`` writes in the same transaction."""
        self.change(service, lambda state, _now_ms: breaker_rules.isolate(state, by), beside)
        logger().warning("service isolated", service=service, by=by)

    def release(self, service: str, beside: Callable[[Session], object] | None = None) -> None:
        """Calls go through again, and what was counted or asked for is forgotten; ``beside`` as with `isolate`."""
        self.change(service, lambda state, _now_ms: breaker_rules.release(state), beside)
        logger().info("service released", service=service)

    def state(self, service: str) -> BreakerState:
        """How one service's breaker stands at this moment."""
        return self._present(self.as_written(service))

    def as_written(self, service: str) -> BreakerState:
        """The same as the last change left it: with what is too old by now, which no rule counts."""
        with self.database.reading() as session:
            found = session.scalar(select(BreakerRow.state).where(BreakerRow.service == service))
        return BreakerState() if found is None else breaker_rules.from_text(found)

    def kept_refusal(self, service: str, now_ms: int) -> Refusal | None:
        """What this process was told a moment ago, while it stands; only a person's hand would have changed it."""
        read_ms, refusal = self._refusals.get(service, (0, None))
        if refusal is None or not 0 <= now_ms - read_ms < _REFUSAL_KEPT_MS:
            return None
        return refusal if refusal.until_ms is None or now_ms < refusal.until_ms else None

    def keep_refusal(self, service: str, now_ms: int, refusal: Refusal) -> None:
        """For the next who want to call it."""
        self._refusals[service] = now_ms, refusal

    def change(
        self,
        service: str,
        rule: Callable[[BreakerState, int], BreakerState],
        beside: Callable[[Session], object] | None = None,
    ) -> None:
        """Applies a rule to the newest state and the present moment, while nobody else does. Raises DatabaseBusy."""
        with self.database.transaction(self.lock_wait_ms) as session:
            before = self._locked(session, service)
            after = rule(before, self.now_ms())
            if after != before:
                written = breaker_rules.to_text(after)
                session.execute(update(BreakerRow).where(BreakerRow.service == service).values(state=written))
            if beside:
                beside(session)
        self._refusals.pop(service, None)
        if (after.phase, after.turn) != (before.phase, before.turn):
            tell = logger().info if after.phase == "closed" else logger().warning
            tell("circuit breaker", service=service, was=before.phase, now=after.phase, failures=after.failed_count)

    def _present(self, written: BreakerState) -> BreakerState:
        return breaker_rules.made_present(written, self.now_ms(), self.rules)

    def _locked(self, session: Session, service: str) -> BreakerState:
        dialect = sqlite if self.database.is_sqlite else postgresql
        fresh = breaker_rules.to_text(BreakerState())
        session.execute(dialect.insert(BreakerRow).values(service=service, state=fresh).on_conflict_do_nothing())
        row = session.scalar(select(BreakerRow.state).where(BreakerRow.service == service).with_for_update())
        return breaker_rules.from_text(row or fresh)


@dataclass(frozen=True, slots=True)
class SharedBreaker:
    """One service's breaker, see `outgoing.Breaker`."""

    breakers: Breakers
    service: str

    def admit(self, seconds_max: float) -> Admission | Rest:
        """See `outgoing.Breaker`. Raises DatabaseBusy."""
        rules, lease_ms = self.breakers.rules, int(seconds_max * 1_000)
        now_ms = self.breakers.now_ms()
        kept = self.breakers.kept_refusal(self.service, now_ms)
        if kept is not None:
            return _rest(kept, now_ms)
        state = self.breakers.as_written(self.service)
        after, verdict = breaker_rules.admit(state, now_ms, lease_ms, rules)
        # Counts that grew too old are no news. Everything else, a probe above all, is for everybody to know.
        if after != state and breaker_rules.is_left_alone(after, now_ms):
            verdicts: list[Admission | Refusal] = []

            def admitted(newest: BreakerState, now_ms: int) -> BreakerState:
                newer, found = breaker_rules.admit(newest, now_ms, lease_ms, rules)
                verdicts.append(found)
                return newer

            self.breakers.change(self.service, admitted)
            verdict = verdicts[0]
        elif isinstance(verdict, Refusal) and breaker_rules.is_settled(state, now_ms):
            self.breakers.keep_refusal(self.service, now_ms, verdict)
        return verdict if isinstance(verdict, Admission) else _rest(verdict, self.breakers.now_ms())

    def record(self, admission: Admission, outcome: Outcome, quiet_seconds: float = 0.0) -> None:
        """See `outgoing.Breaker`. What cannot be written down is logged: the call has its answer, which may be paid."""
        if outcome in {"refused", "abandoned"} and admission.probe is None and not quiet_seconds:
            return
        rules = self.breakers.rules

        def recorded(state: BreakerState, now_ms: int) -> BreakerState:
            after = breaker_rules.record(state, admission, outcome, now_ms, rules)
            return breaker_rules.keep_quiet(after, now_ms + int(quiet_seconds * 1_000)) if quiet_seconds else after

        try:
            self.breakers.change(self.service, recorded)
        except (DonecastError, SQLAlchemyError) as error:
            logger().warning("outcome of a call not counted", service=self.service, outcome=outcome, why=repr(error))

    def record_together(self, wells_turn: int, wells: int, others: Sequence[tuple[Admission, Outcome]]) -> None:
        """How many calls of a turn went well, and how calls ended since. Raises DatabaseBusy; then nothing counts."""
        rules = self.breakers.rules

        def recorded(state: BreakerState, now_ms: int) -> BreakerState:
            state = breaker_rules.record_wells(state, wells_turn, wells, now_ms, rules)
            for admission, outcome in others:
                state = breaker_rules.record(state, admission, outcome, now_ms, rules)
            return state

        self.breakers.change(self.service, recorded)


def _rest(refusal: Refusal, now_ms: int) -> Rest:
    seconds = None if refusal.until_ms is None else max(0.0, (refusal.until_ms - now_ms) / 1_000)
    return Rest(refusal.because, seconds)
