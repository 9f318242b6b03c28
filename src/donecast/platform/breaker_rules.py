"""When a service of others is given a rest: a circuit breaker as pure rules (docs/adr/0032).

A state is a value. Each rule takes one and the present moment, and answers the next one, so that who keeps it, and how
many processes share it, is somebody else's business. Moments are milliseconds of steady clocks that agree within the
window; a moment further ahead, which a clock that was set back leaves behind, counts as now.

Closed, calls go through and are counted. When too many of them fail, or nearly all fail or are slow, it opens: nobody
calls for a while, which doubles each time the service turns out to be still out of order. Then it is half open: a few
probes find out. By hand a service can be isolated; nothing but a hand ends that.

Source of the pattern: M. Nygard, Release It!, "Circuit Breaker"; of shares and windows: resilience4j and Polly.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal

Phase = Literal["closed", "open", "half_open", "isolated"]
Outcome = Literal["well", "slow", "failed", "refused", "abandoned"]
"""How a call ended. ``refused``: the service answered and it is our mistake, or too much of us; ``abandoned``: we broke
it off. Neither says that the service is out of order."""
_BUCKET_MS = 5_000


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When it opens and for how long.

    ``failed_in_row_max``: so many failures with no answer between them open it as well, however long that took.
    ``probe_longest_ms``: a probe's place is never kept for longer, and ``quiet_longest_ms`` bounds a Retry-After.
    ``probe_short_ms``: a call that may take longer, an upload, leaves one place to others.
    """

    window_ms: int = 60_000
    calls_min: int = 5
    failed_percent: int = 50
    slow_percent: int = 80
    failed_in_row_max: int = 5
    break_first_ms: int = 30_000
    break_longest_ms: int = 600_000
    quiet_longest_ms: int = 600_000
    probes_max: int = 2
    probe_longest_ms: int = 3_600_000
    probe_short_ms: int = 60_000


RULES = BreakerRules()


@dataclass(frozen=True, slots=True)
class Bucket:
    """The calls that ended within five seconds from ``start_ms`` on."""

    start_ms: int
    well: int = 0
    slow: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that finds out; its place is free again at ``until_ms``, whatever became of who made it."""

    number: int
    until_ms: int
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class BreakerState:
    """``turn`` counts the changes of phase, so that a call which began before one is known; ``breaks`` in a row."""

    phase: Phase = "closed"
    turn: int = 0
    buckets: tuple[Bucket, ...] = ()
    failed_in_row: int = 0
    opened_at_ms: int = 0
    breaks: int = 0
    probes: tuple[Probe, ...] = ()
    quiet_until_ms: int = 0
    """Before it the service does not want to be asked: it said so."""
    isolated_by: str = ""

    @property
    def failed_count(self) -> int:
        """Failures that are counted at present."""
        return sum(bucket.failed for bucket in self.buckets)


_FIELDS = frozenset(field.name for field in fields(BreakerState))


@dataclass(frozen=True, slots=True)
class Admission:
    """That a call may be made; goes back with its outcome."""

    turn: int
    probe: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """That no call may be made before ``until_ms``; None while the service is isolated."""

    because: Literal["resting", "asked_too_much", "isolated"]
    until_ms: int | None


def admit(
    state: BreakerState, now_ms: int, lease_ms: int, rules: BreakerRules = RULES
) -> tuple[BreakerState, Admission | Refusal]:
    """Whether a call may be made now. A probe's place is kept for ``lease_ms``, so long as the call may take."""
    state = made_present(state, now_ms, rules)
    if state.phase == "isolated":
        return state, Refusal("isolated", None)
    if now_ms < state.quiet_until_ms:
        return state, Refusal("asked_too_much", state.quiet_until_ms)
    if state.phase == "closed":
        return state, Admission(state.turn)
    if state.phase == "open":
        if now_ms < next_probe_at_ms(state, rules):
            return state, Refusal("resting", next_probe_at_ms(state, rules))
        state = replace(state, phase="half_open", turn=state.turn + 1, probes=())
    open_probes = tuple(probe for probe in state.probes if probe.until_ms > now_ms)
    # Uploads of an hour in all places would keep everybody from finding out that the service is well.
    is_long = lease_ms > rules.probe_short_ms
    long_ones = sum(probe.is_long for probe in open_probes)
    if len(open_probes) >= rules.probes_max or (is_long and long_ones >= rules.probes_max - 1):
        # A probe that takes long may tell at any moment, so nobody is sent away for as long as it may take.
        until_ms = min(now_ms + rules.break_first_ms, *(probe.until_ms for probe in open_probes))
        return replace(state, probes=open_probes), Refusal("resting", until_ms)
    number = 1 + max((probe.number for probe in state.probes), default=0)
    probe = Probe(number, now_ms + lease_ms, is_long)
    return replace(state, probes=(*open_probes, probe)), Admission(state.turn, number)


def record(
    state: BreakerState, admission: Admission, outcome: Outcome, now_ms: int, rules: BreakerRules = RULES
) -> BreakerState:
    """The state after a call has ended. One that began before the last change of phase says nothing about now."""
    state = made_present(state, now_ms, rules)
    if admission.turn != state.turn:
        return state
    if state.phase == "half_open":
        probes = tuple(probe for probe in state.probes if probe.number != admission.probe)
        match outcome:
            case "abandoned":
                return replace(state, probes=probes)
            case "failed":
                return _opened(state, now_ms)
            case "well" | "slow" | "refused":  # who answers is there, however slowly
                return _closed(state)
    if state.phase != "closed" or outcome in {"refused", "abandoned"}:
        return state
    state = _counted(state, outcome, now_ms)
    return _opened(state, now_ms) if _is_too_much(state, rules) else state


def record_wells(state: BreakerState, turn: int, calls: int, now_ms: int, rules: BreakerRules = RULES) -> BreakerState:
    """The state after so many calls of a turn went well, of which somebody tells later."""
    state = made_present(state, now_ms, rules)
    if not calls or turn != state.turn or state.phase != "closed":
        return state
    return _counted(state, "well", now_ms, calls)


def keep_quiet(state: BreakerState, until_ms: int) -> BreakerState:
    """The service says that it is asked too much, and until when."""
    return replace(state, quiet_until_ms=max(state.quiet_until_ms, until_ms))


def isolate(state: BreakerState, by: str) -> BreakerState:
    """Nobody calls it until somebody releases it."""
    return BreakerState(phase="isolated", turn=state.turn + 1, isolated_by=by)


def release(state: BreakerState) -> BreakerState:
    """Calls go through again, as if nothing had been."""
    return BreakerState(turn=state.turn + 1)


def next_probe_at_ms(state: BreakerState, rules: BreakerRules = RULES) -> int:
    """When an open breaker lets the first call through again."""
    return state.opened_at_ms + min(rules.break_longest_ms, rules.break_first_ms << max(0, state.breaks - 1))


def made_present(state: BreakerState, now_ms: int, rules: BreakerRules = RULES) -> BreakerState:
    """Without what is past the window, and without moments that no clock of ours can have reached."""
    tolerated_ms = now_ms + rules.window_ms
    moved = tuple(
        bucket if bucket.start_ms <= tolerated_ms else replace(bucket, start_ms=_bucket_start(now_ms))
        for bucket in state.buckets
        if bucket.start_ms + _BUCKET_MS > now_ms - rules.window_ms
    )
    return replace(
        state,
        buckets=_merged(moved) if state.phase == "closed" else state.buckets,
        opened_at_ms=state.opened_at_ms if state.opened_at_ms <= tolerated_ms else now_ms,
        probes=tuple(
            replace(probe, until_ms=min(probe.until_ms, now_ms + rules.probe_longest_ms)) for probe in state.probes
        ),
        quiet_until_ms=min(state.quiet_until_ms, now_ms + rules.quiet_longest_ms),
    )


def is_left_alone(state: BreakerState, now_ms: int) -> bool:
    """Whether calls do not simply go through."""
    return state.phase != "closed" or now_ms < state.quiet_until_ms


def is_settled(state: BreakerState, now_ms: int) -> bool:
    """Whether who is refused now stays so until the moment they are told, unless a person's hand changes it.

    Half open, any answer to a probe may end it.
    """
    return state.phase != "half_open" or now_ms < state.quiet_until_ms


def to_text(state: BreakerState) -> str:
    """The state as JSON."""
    return json.dumps(asdict(state), separators=(",", ":"))


def from_text(text: str) -> BreakerState:
    """The state that `to_text` wrote; what a newer version wrote besides is left out."""
    found = {name: value for name, value in json.loads(text).items() if name in _FIELDS}
    found["buckets"] = tuple(Bucket(**bucket) for bucket in found["buckets"])
    found["probes"] = tuple(Probe(**probe) for probe in found["probes"])
    return BreakerState(**found)


def _is_too_much(state: BreakerState, rules: BreakerRules) -> bool:
    calls = sum(bucket.well + bucket.slow + bucket.failed for bucket in state.buckets)
    slow = sum(bucket.slow for bucket in state.buckets)
    if state.failed_in_row >= rules.failed_in_row_max:
        return True
    # Of a service on its last legs some calls are slow and the others fail, so neither alone is too many.
    out_of_order = slow + state.failed_count
    return calls >= rules.calls_min and (
        100 * state.failed_count >= rules.failed_percent * calls or 100 * out_of_order >= rules.slow_percent * calls
    )


def _counted(state: BreakerState, outcome: Outcome, now_ms: int, calls: int = 1) -> BreakerState:
    call = Bucket(
        _bucket_start(now_ms),
        well=calls * (outcome == "well"),
        slow=calls * (outcome == "slow"),
        failed=calls * (outcome == "failed"),
    )
    return replace(
        state,
        buckets=_merged((*state.buckets, call)),
        failed_in_row=state.failed_in_row + 1 if outcome == "failed" else 0,
    )


def _opened(state: BreakerState, now_ms: int) -> BreakerState:
    """What is counted stays to be seen; it is too old when the breaker closes."""
    return replace(state, phase="open", turn=state.turn + 1, opened_at_ms=now_ms, breaks=state.breaks + 1, probes=())


def _closed(state: BreakerState) -> BreakerState:
    return BreakerState(turn=state.turn + 1, quiet_until_ms=state.quiet_until_ms)


def _bucket_start(at_ms: int) -> int:
    return at_ms - at_ms % _BUCKET_MS


def _merged(buckets: tuple[Bucket, ...]) -> tuple[Bucket, ...]:
    """One bucket for each start, the earliest first."""
    found: dict[int, Bucket] = {}
    for bucket in buckets:
        sofar = found.get(bucket.start_ms, Bucket(bucket.start_ms))
        found[bucket.start_ms] = Bucket(
            bucket.start_ms, sofar.well + bucket.well, sofar.slow + bucket.slow, sofar.failed + bucket.failed
        )
    return tuple(found[start] for start in sorted(found))
