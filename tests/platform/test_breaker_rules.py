"""When a service is given a rest, for how long, and who finds out whether it is well again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.platform.breaker_rules import (
    Admission,
    BreakerRules,
    BreakerState,
    Outcome,
    Refusal,
    admit,
    from_text,
    isolate,
    keep_quiet,
    next_probe_at_ms,
    record,
    release,
    to_text,
)

RULES = BreakerRules()
NOW = 1_000_000_000


def call(state: BreakerState, outcome: Outcome, now_ms: int) -> BreakerState:
    """A call that is let through and ends at once."""
    state, admission = admit(state, now_ms, 60_000)
    assert isinstance(admission, Admission)
    return record(state, admission, outcome, now_ms)


def calls(outcomes: list[Outcome], *, apart_ms: int = 100) -> BreakerState:
    """The state after calls one after another; ends at the one that opens it."""
    state = BreakerState()
    for number, outcome in enumerate(outcomes):
        state = call(state, outcome, NOW + number * apart_ms)
        if state.phase != "closed":
            break
    return state


def broken(now_ms: int = NOW) -> BreakerState:
    """Five failures at one moment."""
    state = BreakerState()
    for _ in range(5):
        state = call(state, "failed", now_ms)
    assert state.phase == "open"
    return state


@pytest.mark.parametrize(
    ("outcomes", "opens"),
    [
        (["failed"] * 4, False),
        (["slow", "failed", "slow", "slow", "failed"], True),
        (["slow", "failed", "slow", "well", "well"], False),
        (["failed"] * 5, True),
        (["well"] * 2 + ["failed"] * 2, False),
        (["well", "failed", "well", "failed", "failed"], True),
        (["well"] * 3 + ["failed"] * 2, False),
        (["slow"] * 4, False),
        (["slow"] * 4 + ["well"], True),
        (["slow"] * 3 + ["well"] * 2, False),
        (["well"] * 100 + ["failed"] * 4, False),
        (["well"] * 100 + ["failed"] * 5, True),
        (["refused"] * 50, False),
        (["abandoned"] * 50, False),
        (["failed"] * 4 + ["refused"] * 50 + ["abandoned"] * 50, False),
    ],
)
def test_it_opens_when_half_fail_or_nearly_all_are_slow(outcomes: list[Outcome], opens: bool) -> None:
    assert (calls(outcomes).phase == "open") is opens


def test_what_is_older_than_a_minute_no_longer_counts() -> None:
    state = calls(["well", "well", "failed", "failed"])
    later = call(state, "failed", NOW + 66_000)
    assert (later.phase, later.failed_count) == ("closed", 1)
    assert call(state, "failed", NOW + 50_000).phase == "open"


@pytest.mark.parametrize("apart_ms", [61_000, 240_000, 86_400_000])
def test_five_failures_in_a_row_open_it_however_far_apart_they_are(apart_ms: int) -> None:
    state = calls(["failed"] * 5, apart_ms=apart_ms)
    assert state.phase == "open"
    answered: list[Outcome] = ["failed", "failed", "failed", "failed", "well", "failed"]
    assert calls(answered, apart_ms=apart_ms).phase == "closed"


@pytest.mark.parametrize("ahead_ms", [1, 40_000, 70_000, 86_400_000])
def test_processes_whose_clocks_differ_open_it_together(ahead_ms: int) -> None:
    state = BreakerState()
    for number in range(6):
        state, admission = admit(state, NOW + ahead_ms * (number % 2), 1_000)
        if isinstance(admission, Admission):
            state = record(state, admission, "failed", NOW + ahead_ms * (number % 2))
    assert state.phase == "open"


def test_a_clock_that_is_a_little_behind_does_not_cut_a_break_short() -> None:
    opened = broken(NOW + 40_000)
    for now in range(NOW, NOW + 70_000, 10_000):
        same, refused = admit(opened, now, 1)
        assert (same, refused) == (opened, Refusal("resting", NOW + 70_000))


def test_who_waited_for_its_turn_and_is_late_loses_no_counts() -> None:
    state = BreakerState()
    for _ in range(4):
        state = call(state, "failed", NOW + 5_000)
    assert call(state, "failed", NOW + 4_999).phase == "open"


def test_while_open_nobody_calls_and_the_breaks_double_up_to_ten_minutes() -> None:
    state, now, breaks = broken(), NOW, []
    for _ in range(7):
        until = next_probe_at_ms(state)
        breaks.append((until - now) // 1_000)
        same, refused = admit(state, until - 1, 1_000)
        assert (same, refused) == (state, Refusal("resting", until))
        state = call(state, "failed", until)
        now = until
    assert breaks == [30, 60, 120, 240, 480, 600, 600]


def test_two_probes_find_out_and_no_third() -> None:
    until = next_probe_at_ms(broken())
    state, first = admit(broken(), until, 20_000)
    state, second = admit(state, until + 5_000, 20_000)
    assert isinstance(first, Admission)
    assert isinstance(second, Admission)
    _, third = admit(state, until + 6_000, 20_000)
    assert third == Refusal("resting", until + 20_000)
    assert record(state, second, "well", until + 7_000).phase == "closed"
    assert record(state, first, "failed", until + 7_000).phase == "open"


def test_calls_that_may_take_an_hour_leave_one_place_to_others_and_send_nobody_away_for_an_hour() -> None:
    hour_ms = 3_600_000
    until = next_probe_at_ms(broken())
    state, upload = admit(broken(), until, hour_ms)
    assert isinstance(upload, Admission)
    state, second_upload = admit(state, until, hour_ms)
    assert second_upload == Refusal("resting", until + RULES.break_first_ms)
    state, short = admit(state, until, 60_000)
    assert isinstance(short, Admission)
    assert from_text(to_text(state)) == state
    _, third = admit(state, until, 5_000)
    assert isinstance(third, Refusal)
    assert record(state, short, "well", until + 1).phase == "closed"


def test_a_service_that_answers_slowly_by_nature_is_let_in_again() -> None:
    until = next_probe_at_ms(broken())
    state, probe = admit(broken(), until, 120_000)
    assert isinstance(probe, Admission)
    assert record(state, probe, "slow", until + 45_000).phase == "closed"


def test_who_was_killed_while_probing_gives_its_place_back() -> None:
    until = next_probe_at_ms(broken())
    state, _ = admit(broken(), until, 20_000)
    state, _ = admit(state, until, 30_000)
    state, third = admit(state, until + 20_001, 5_000)
    assert isinstance(third, Admission)
    _, fourth = admit(state, until + 20_001, 5_000)
    assert isinstance(fourth, Refusal)


def test_a_probe_that_is_broken_off_says_nothing_and_one_that_is_refused_says_that_somebody_is_there() -> None:
    until = next_probe_at_ms(broken())
    state, probe = admit(broken(), until, 20_000)
    assert isinstance(probe, Admission)
    freed = record(state, probe, "abandoned", until + 1)
    assert (freed.phase, freed.probes) == ("half_open", ())
    assert record(state, probe, "refused", until + 1).phase == "closed"


def test_once_closed_it_begins_anew() -> None:
    until = next_probe_at_ms(broken())
    closed = call(broken(), "well", until)
    assert (closed.failed_count, closed.breaks, closed.failed_in_row) == (0, 0, 0)
    again = closed
    for _ in range(5):
        again = call(again, "failed", until + 1)
    assert next_probe_at_ms(again) == until + 1 + 30_000


def test_a_call_from_before_says_nothing_about_now() -> None:
    _, early = admit(BreakerState(), NOW, 60_000)
    assert isinstance(early, Admission)
    opened = broken()
    assert record(opened, early, "well", NOW + 1_000) == opened
    until = next_probe_at_ms(opened)
    half_open, _ = admit(opened, until, 60_000)
    assert record(half_open, early, "well", until) == half_open
    assert record(half_open, early, "failed", until) == half_open


def test_a_service_that_is_asked_too_much_is_left_alone_as_long_as_it_says_within_limits() -> None:
    quiet = keep_quiet(BreakerState(), NOW + 7_000)
    assert admit(quiet, NOW + 6_999, 1)[1] == Refusal("asked_too_much", NOW + 7_000)
    assert isinstance(admit(quiet, NOW + 7_000, 1)[1], Admission)
    for_ever = keep_quiet(BreakerState(), NOW + 10**9)
    state, refused = admit(for_ever, NOW, 1)
    assert refused == Refusal("asked_too_much", NOW + 600_000)
    assert isinstance(admit(state, NOW + 600_000, 1)[1], Admission)


def test_by_hand_it_is_isolated_until_a_hand_releases_it() -> None:
    state = isolate(calls(["failed"] * 3), "acc_1")
    assert (state.phase, state.isolated_by) == ("isolated", "acc_1")
    assert admit(state, NOW + 10**9, 1)[1] == Refusal("isolated", None)
    assert isinstance(admit(release(state), NOW, 1)[1], Admission)
    assert release(state).isolated_by == ""
    assert isinstance(admit(release(keep_quiet(state, NOW + 7_000)), NOW, 1)[1], Admission)


def test_a_clock_that_is_set_back_leaves_no_break_that_never_ends() -> None:
    day = 86_400_000
    opened = broken(NOW + day)
    state, refused = admit(opened, NOW, 1)
    assert refused == Refusal("resting", NOW + 30_000)
    assert isinstance(admit(state, NOW + 30_000, 1)[1], Admission)
    half_open, _ = admit(opened, next_probe_at_ms(opened), 5)
    half_open, _ = admit(half_open, next_probe_at_ms(opened), 5)
    state, refused = admit(half_open, NOW, 1)
    assert isinstance(refused, Refusal)
    assert isinstance(admit(state, NOW + 3_600_000, 1)[1], Admission)


def test_what_a_newer_version_wrote_can_be_read() -> None:
    written = to_text(broken()).replace('{"phase"', '{"weather":"fine","phase"', 1)
    assert "weather" in written
    assert from_text(written) == broken()


@given(st.lists(st.tuples(st.sampled_from(["well", "slow", "failed", "refused", "abandoned"]), st.integers(0, 40_000))))
def test_whatever_happens_it_can_be_written_down_stays_small_and_is_well_again_in_the_end(
    events: list[tuple[Outcome, int]],
) -> None:
    state, now = BreakerState(), NOW
    running: list[Admission] = []
    for outcome, passed_ms in events:
        now += passed_ms
        state, admission = admit(state, now, 10_000)
        if isinstance(admission, Admission):
            running.append(admission)
        if running and passed_ms % 2:
            state = record(state, running.pop(0), outcome, now)
        assert from_text(to_text(state)) == state
        assert len(state.probes) <= RULES.probes_max
        assert len(state.buckets) <= RULES.window_ms // 5_000 + 1
    now += RULES.break_longest_ms + RULES.probe_longest_ms
    state, admission = admit(state, now, 10_000)
    assert isinstance(admission, Admission)
    assert record(state, admission, "well", now).phase == "closed"
