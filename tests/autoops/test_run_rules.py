"""States, repeats, budgets and loops: what keeps a run from being done twice, for ever, or beyond its means."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.autoops.errors import StepNotAllowed
from donecast.autoops.rules.budget import (
    ANSWER_TOKENS_MAX,
    Budget,
    Price,
    Spent,
    Turn,
    answer_tokens_max,
    forbids_tool_call,
    loop_in,
)
from donecast.autoops.rules.repeats import COOL_DOWN, UPDATE_EVERY, Thread, answer_to, fingerprint, normalised
from donecast.autoops.rules.states import (
    ATTEMPTS_MAX,
    FINAL,
    NEXT,
    State,
    advanced,
    after_failure,
    is_for_rules_alone,
    resumes_at,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


class TestStates:
    def test_a_reply_that_may_stand_in_the_thread_is_never_worked_on_again(self) -> None:
        assert "claimed" not in reachable("reply_pending")
        assert reachable("reply_pending") == {"replied", "failed_final", "needs_human"}

    def test_every_way_ends(self) -> None:
        for state in NEXT:
            assert reachable(state) & FINAL or state in FINAL

    @pytest.mark.parametrize("state", sorted(FINAL))
    def test_what_has_ended_stays_so(self, state: State) -> None:
        for to in NEXT:
            with pytest.raises(StepNotAllowed):
                advanced(state, to)

    def test_work_that_breaks_is_tried_three_times_and_then_by_rules_alone(self) -> None:
        tries = [after_failure("collecting", attempt) for attempt in range(1, ATTEMPTS_MAX + 2)]
        assert tries == ["failed_retryable", "failed_retryable", "failed_retryable", "failed_final"]
        assert [is_for_rules_alone(attempt) for attempt in range(1, ATTEMPTS_MAX + 2)] == [False, False, False, True]

    def test_a_post_whose_answer_was_lost_is_not_a_failure_to_be_tried_again(self) -> None:
        assert {after_failure("reply_pending", attempt) for attempt in range(1, 10)} == {"reply_pending"}

    @pytest.mark.parametrize("state", sorted(NEXT))
    def test_who_takes_over_from_a_dead_worker_never_skips_and_never_posts_again(self, state: State) -> None:
        order = list(NEXT)
        assert order.index(resumes_at(state)) <= order.index(state)


def reachable(state: State) -> set[State]:
    """Every state that can come after one."""
    found: set[State] = set()
    front: list[State] = [state]
    while front:
        for way in NEXT[front.pop()]:
            if way not in found:
                found.add(way)
                front.append(way)
    return found


class TestRepeats:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("12 errors in 60 s on /feeds/abc", "340 errors in 60 s on /feeds/abc"),
            ("Down since 2026-11-30T10:00:00Z", "Down since 2026-12-01 23:59"),
            ("request_id 3f9a1bc2d4e5f607 failed", "request_id 0a1b2c3d4e5f6071 failed"),
            ("Episode ep_01jd8z broke", "Episode ep_9xk2 broke"),
            ("See <https://a.example/1|here>", "See <https://a.example/2|here>"),
            ("Stripe  is DOWN", "stripe is down"),
        ],
    )
    def test_what_differs_between_two_tellings_of_one_trouble_does_not_count(self, one: str, other: str) -> None:
        assert fingerprint(one, "x") == fingerprint(other, "x")

    @pytest.mark.parametrize(
        ("one", "other"), [("stripe is down", "gemini is down"), ("KeyError: 'words'", "KeyError: 'status'")]
    )
    def test_another_trouble_is_another(self, one: str, other: str) -> None:
        assert fingerprint(one, "x") != fingerprint(other, "x")
        assert fingerprint(one, "x") != fingerprint(one, "y")

    def test_the_fingerprint_is_the_same_in_every_process(self) -> None:
        known = "c71eec489fd9467a6731d90103673cc04c1b446bd26720f8a101926198ac5007"
        assert fingerprint("Stripe is down", "stripe") == known

    @given(st.text(max_size=200))
    def test_masking_twice_changes_nothing_more(self, text: str) -> None:
        once = normalised(text)
        assert normalised(once).casefold() == once.casefold()

    def test_a_repeat_is_counted_and_its_thread_hears_of_it_every_quarter_of_an_hour(self) -> None:
        thread = Thread("C:1.0", NOW, NOW, "high")
        assert answer_to(NOW + UPDATE_EVERY - timedelta(seconds=1), "high", thread) == "count"
        assert answer_to(NOW + UPDATE_EVERY, "high", thread) == "count_and_tell"
        assert answer_to(NOW + timedelta(minutes=1), "medium", thread) == "count"

    def test_what_has_grown_worse_or_comes_another_day_is_looked_into(self) -> None:
        thread = Thread("C:1.0", NOW, NOW, "high")
        assert answer_to(NOW + timedelta(seconds=1), "critical", thread) == "run"
        assert answer_to(NOW + COOL_DOWN, "high", thread) == "run"
        assert answer_to(NOW, "high", None) == "run"

    def test_a_thousand_in_ten_minutes_are_one_run_and_no_word_more(self) -> None:
        thread = Thread("C:1.0", NOW, NOW, "high")
        answers = [answer_to(NOW + timedelta(milliseconds=600 * number), "high", thread) for number in range(1_000)]
        assert set(answers) == {"count"}


spent = st.builds(
    Spent,
    tool_calls=st.integers(0, 40),
    model_calls=st.integers(0, 15),
    tokens=st.integers(0, 250_000),
    cost_microdollars=st.integers(0, 1_200_000),
)
prices = st.builds(Price, input_microdollars=st.integers(0, 20_000_000), output_microdollars=st.integers(0, 80_000_000))


class TestBudget:
    @given(spent, prices, st.integers(0, 150_000), st.floats(0, 700))
    def test_no_call_that_is_allowed_can_break_a_limit(
        self, before: Spent, price: Price, input_tokens: int, seconds: float
    ) -> None:
        budget = Budget()
        allowed = answer_tokens_max(budget, before, input_tokens_max=input_tokens, price=price, seconds_gone=seconds)
        if isinstance(allowed, int):
            assert 0 < allowed <= ANSWER_TOKENS_MAX
            after = before.with_model_call(input_tokens + allowed, price.of(input_tokens, allowed))
            assert after.model_calls <= budget.model_calls_max
            assert after.tokens <= budget.tokens_max
            assert after.cost_microdollars <= budget.cost_microdollars_max
            assert seconds < budget.seconds_max

    @pytest.mark.parametrize(
        ("before", "seconds", "limit"),
        [
            (Spent(model_calls=12), 0, "model calls"),
            (Spent(tokens=199_900), 0, "tokens"),
            (Spent(cost_microdollars=999_990), 0, "cost"),
            (Spent(), 600, "time"),
        ],
    )
    def test_the_limit_that_forbids_is_named(self, before: Spent, seconds: float, limit: str) -> None:
        price = Price(300_000, 2_500_000)
        asked = answer_tokens_max(Budget(), before, input_tokens_max=100, price=price, seconds_gone=seconds)
        assert asked == limit

    def test_a_fresh_run_may_ask(self) -> None:
        price = Price(300_000, 2_500_000)
        asked = answer_tokens_max(Budget(), Spent(), input_tokens_max=10_000, price=price, seconds_gone=0)
        assert asked == ANSWER_TOKENS_MAX

    def test_the_thirty_first_question_to_a_tool_is_refused(self) -> None:
        assert forbids_tool_call(Budget(), Spent(tool_calls=29), seconds_gone=0) is None
        assert forbids_tool_call(Budget(), Spent(tool_calls=30), seconds_gone=0) == "tool calls"
        assert forbids_tool_call(Budget(), Spent(), seconds_gone=600) == "time"


class TestLoops:
    @pytest.mark.parametrize(
        "turns",
        [
            [Turn("logs", "a", "x")] * 4,
            [Turn("logs", f"{number}", "no such file", is_error=True) for number in range(3)],
            [Turn("logs", "a", "x"), *[Turn(result="Let me think.")] * 3],
            [Turn("logs", "a", "x"), Turn("repo", "b", "y")] * 3,
        ],
    )
    def test_turning_in_circles_is_seen(self, turns: list[Turn]) -> None:
        assert loop_in(turns)
        assert loop_in(turns[:-1]) is None

    @given(st.lists(st.integers(0, 10_000), unique=True, max_size=30))
    def test_asking_on_and_on_for_new_things_is_no_loop(self, asked: list[int]) -> None:
        assert loop_in([Turn("logs", str(number), str(number)) for number in asked]) is None
