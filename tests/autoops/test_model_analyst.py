"""Asking a model: budgets hold, circles end, and nothing counts as an answer that is not one."""

from typing import Any

import pytest

from donecast.autoops.case import Case, Tool
from donecast.autoops.errors import AnalystFailed, BudgetSpent, GoingInCircles
from donecast.autoops.meter import Meter
from donecast.autoops.rules.budget import Budget, Price
from donecast.autoops.rules.values import Validation
from tests.support.alerts import alert, evidence, scripted

GOOD = {
    "summary": "The feed is broken.",
    "hypotheses": [{"claim": "A title.", "confidence": 0.8, "evidence_for": ["errors"]}],
    "severity": "high",
    "disposition": "code_bug",
    "needs_human": False,
    "first_step": "Look at the feed.",
}
CASE = Case(alert("ValueError in GET /feeds"), (evidence("errors", "ValueError"),))


def test_a_good_answer_is_read() -> None:
    analyst, shown = scripted(("answer", GOOD))
    meter = Meter(price=Price(1_000_000, 2_000_000))
    assert analyst.analyse(CASE, meter).disposition == "code_bug"
    assert "ValueError in GET /feeds" in shown[0]
    assert (meter.spent.model_calls, meter.spent.tokens, meter.spent.cost_microdollars) == (1, 150, 200)


@pytest.mark.parametrize(
    "answers",
    [
        [("answer", {**GOOD, "needs_human": "false"})],
        [("answer", {**GOOD, "disposition": "all fine"})],
        [("answer", {**GOOD, "and": "rm -rf"})],
        [("answer", '{"summary": "cut')],
        [("answer", {})],
        ["The feed is broken because of a title."],
        [("answer", {**GOOD, "summary": "x" * 2_000_000})],
        [("delete_everything", {})],
    ],
)
def test_a_model_that_never_answers_as_asked_is_stopped_after_three_tries(answers: list[Any]) -> None:
    analyst, shown = scripted(*answers)
    with pytest.raises(AnalystFailed):
        analyst.analyse(CASE, Meter())
    assert len(shown) <= 3


def test_a_false_in_quotes_is_not_an_approval() -> None:
    analyst, _ = scripted(("answer", {"approved": "true", "findings": []}))
    with pytest.raises(AnalystFailed):
        analyst.review(CASE, "", Validation(checks=()), Meter())


def test_an_answer_in_the_second_try_counts() -> None:
    analyst, shown = scripted("Let me think.", ("answer", GOOD))
    assert analyst.analyse(CASE, Meter()).severity == "high"
    assert len(shown) == 2


def counting(calls: list[str]) -> Tool:
    """A tool that notes what it was asked."""

    def look(arguments: Any) -> str:
        calls.append(arguments["what"])
        return f"seen {len(calls)}"

    return Tool("look", "Looks.", {"what": "at what"}, look)


def test_no_more_than_its_budget_is_asked_of_tools_and_model() -> None:
    calls: list[str] = []
    steps = [("look", {"what": str(number)}) for number in range(50)]
    analyst, shown = scripted(*steps, tools=[counting(calls)])
    with pytest.raises(BudgetSpent) as caught:
        analyst.analyse(CASE, Meter(Budget(tool_calls_max=30, model_calls_max=12)))
    assert caught.value.details == {"limit": "model calls"}
    assert (len(calls), len(shown)) == (12, 12)
    calls.clear()
    analyst, _ = scripted(*steps, tools=[counting(calls)])
    with pytest.raises(BudgetSpent) as caught:
        analyst.analyse(CASE, Meter(Budget(tool_calls_max=5, model_calls_max=12)))
    assert caught.value.details == {"limit": "tool calls"}
    assert len(calls) == 5


def test_going_in_circles_ends_before_the_budget_does() -> None:
    tool = Tool("look", "Looks.", {"what": "at what"}, lambda _: "the same")
    analyst, shown = scripted(("look", {"what": "logs"}), tools=[tool])
    with pytest.raises(GoingInCircles):
        analyst.analyse(CASE, Meter())
    assert len(shown) == 4


def test_a_run_without_money_or_time_asks_nobody() -> None:
    analyst, shown = scripted(("answer", GOOD))
    with pytest.raises(BudgetSpent):
        analyst.analyse(CASE, Meter(Budget(cost_microdollars_max=10), Price(1_000_000, 1_000_000)))
    seconds = iter([0.0, 601.0, 601.0])
    with pytest.raises(BudgetSpent):
        analyst.analyse(CASE, Meter(steady_seconds=lambda: next(seconds)))
    assert shown == []


def test_the_reviewer_sees_the_diff_and_never_how_it_was_argued_for() -> None:
    analyst, shown = scripted(("answer", {"approved": True}))
    assert analyst.review(CASE, "diff --git a/src/a.py b/src/a.py", Validation(checks=()), Meter()).approved
    assert "diff --git a/src/a.py" in shown[0]


def test_secrets_of_alerts_and_tools_do_not_reach_the_model() -> None:
    canary = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
    tool = Tool("look", "Looks.", {"what": "at what"}, lambda _: f"STRIPE_KEY={canary}")
    analyst, shown = scripted(("look", {"what": "x"}), ("answer", GOOD), tools=[tool])
    analyst.analyse(Case(alert(f"ValueError with key {canary}"), CASE.evidence), Meter())
    assert len(shown) == 2
    assert canary not in "".join(shown)


def test_a_budget_is_not_a_new_one_after_a_crash() -> None:
    book: list[dict[str, Any]] = []
    first = Meter(Budget(model_calls_max=3), book=book.append)
    analyst, _ = scripted(("look", {"what": "a"}), ("look", {"what": "b"}), ("answer", GOOD), tools=[counting([])])
    analyst.analyse(CASE, first)
    assert (first.spent.model_calls, first.spent.tool_calls) == (3, 2)
    again = Meter(Budget(model_calls_max=3))
    again.go_on_from(book[-1])
    with pytest.raises(BudgetSpent):
        analyst.analyse(CASE, again)


def test_the_book_has_what_a_call_can_take_before_it_is_made() -> None:
    book: list[dict[str, Any]] = []
    meter = Meter(book=book.append)
    allowed = meter.before_model_call(1_000)
    assert book[-1]["spent"]["tokens"] == 1_000 + allowed
    meter.after_model_call(900, 10)
    assert book[-1]["spent"] == {"tool_calls": 0, "model_calls": 1, "tokens": 910, "cost_microdollars": 0}


def test_what_a_call_may_have_taken_stays_spent_where_nobody_says_what_it_took() -> None:
    meter = Meter(price=Price(1_000_000, 1_000_000))
    allowed = meter.before_model_call(1_000)
    meter.after_model_call(0, 0)
    assert (meter.spent.tokens, meter.spent.cost_microdollars) == (1_000 + allowed, 1_000 + allowed)
    allowed_then = meter.before_model_call(2_000)  # and this one fails
    assert (meter.spent.model_calls, meter.spent.tokens) == (2, 3_000 + allowed + allowed_then)
