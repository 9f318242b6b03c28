"""Without a model: what is known by heart is said, and never more."""

import pytest

from donecast.autoops.case import Case
from donecast.autoops.meter import Meter
from donecast.autoops.rule_analyst import RuleAnalyst
from donecast.autoops.rules.reading import own_alert
from donecast.autoops.rules.signs import OWN
from donecast.autoops.rules.values import Evidence, sobered
from donecast.health.alerts.rules import FIRST_STEPS
from tests.support.alerts import alert, breaker_alert, evidence


def test_every_alert_of_our_own_is_known_by_heart() -> None:
    assert OWN.keys() == FIRST_STEPS.keys()


def test_an_open_breaker_that_the_evidence_shows_is_a_provider_and_quite_likely() -> None:
    text = breaker_alert("gemini")
    told = own_alert(text)
    assert told is not None
    case = Case(
        alert(text, name=told[0], subject=told[2]["subject"], severity="high"),
        (
            evidence("breakers", "gemini: open, left alone, 5 failures in its last minute"),
            evidence("runbook", "gemini left alone: open"),
        ),
    )
    analysis = sobered(RuleAnalyst().analyse(case, Meter()), case.evidence)
    assert (analysis.disposition, analysis.severity, analysis.needs_human) == ("provider", "high", False)
    assert analysis.hypotheses[0].evidence_for == ("breakers",)
    assert analysis.confidence == pytest.approx(0.7)
    assert "gemini" in analysis.summary


def test_another_service_speaks_for_nothing() -> None:
    seen = (evidence("breakers", "stripe: open, left alone"),)
    case = Case(alert(breaker_alert("gemini"), name="breaker_open", subject="gemini"), seen)
    analysis = sobered(RuleAnalyst().analyse(case, Meter()), case.evidence)
    assert analysis.hypotheses[0].evidence_for == ()
    assert analysis.confidence <= 0.3
    assert analysis.needs_human


@pytest.mark.parametrize(
    ("text", "seen", "disposition"),
    [
        ("ElevenLabs answers 401, invalid api key", (), "config"),
        ("Brute-force on /login from 12 addresses", (), "security"),
        ("Pool exhausted in GET /feeds", (), "capacity"),
        ("KeyError in POST /webhooks", (evidence("errors", "KeyError: speakers"),), "code_bug"),
        ("Something fails", (evidence("logs", "name resolution of api.example.com"),), "provider"),
        ("Something fails", (evidence("runbook", "out of memory, 401, KeyError"),), "unknown"),
        ("Something fails", (), "unknown"),
    ],
)
def test_others_words_are_read_by_their_signs(text: str, seen: tuple[Evidence, ...], disposition: str) -> None:
    analysis = RuleAnalyst().analyse(Case(alert(text), seen), Meter())
    assert analysis.disposition == disposition
    assert analysis.needs_human or disposition not in {"unknown", "security", "config"}


@pytest.mark.parametrize(
    ("seen", "disposition"),
    [
        (
            (evidence("errors", "KeyError: no bean | 12 times"), evidence("breakers", "gemini: open, left alone")),
            "code_bug",
        ),
        ((evidence("errors", "0 groups"), evidence("breakers", "gemini: open, left alone")), "provider"),
        ((evidence("errors", "0 groups"), evidence("breakers", "all 9 are closed")), "unknown"),
    ],
)
def test_requests_fail_for_the_reason_that_the_evidence_has(seen: tuple[Evidence, ...], disposition: str) -> None:
    case = Case(alert("[donecast] ALERT error_burst opened", name="error_burst"), seen)
    analysis = sobered(RuleAnalyst().analyse(case, Meter()), case.evidence)
    assert (analysis.disposition, analysis.needs_human) == (disposition, disposition == "unknown")


def test_what_is_missing_is_said_and_nothing_is_proposed() -> None:
    case = Case(alert("Something fails"), (evidence("logs", "", missing="No log file is named."),))
    analysis = RuleAnalyst().analyse(case, Meter())
    assert analysis.missing == ("logs: No log file is named.",)
    assert RuleAnalyst().propose(case, analysis, [], Meter()).diff == ""
