"""What a model may say: nothing is bent into shape, and no invented evidence makes it surer."""

import pytest
from pydantic import ValidationError

from donecast.autoops.rules.values import (
    GUESS_CONFIDENCE,
    Analysis,
    Check,
    Evidence,
    Hypothesis,
    Review,
    Validation,
    sobered,
    unknown_evidence,
)


def evidence(name: str, missing: str = "") -> Evidence:
    """Something that was looked at."""
    return Evidence(id=name, source="health", question="how is it", excerpt="well", sha256="0" * 64, missing=missing)


def analysis(*hypotheses: Hypothesis) -> Analysis:
    """What somebody thinks."""
    return Analysis(
        summary="The feed is broken.",
        hypotheses=hypotheses,
        severity="high",
        disposition="code_bug",
        needs_human=False,
        first_step="Look at the feed.",
    )


@pytest.mark.parametrize("said", ['"false"', '"true"', "1", "0", "null", '"yes"', "[true]"])
def test_only_a_real_yes_approves(said: str) -> None:
    with pytest.raises(ValidationError):
        Review.model_validate_json(f'{{"approved": {said}, "findings": [], "risks": []}}')


def test_a_verdict_is_read_as_it_is_written() -> None:
    assert Review.model_validate_json('{"approved": false}').approved is False
    assert Review.model_validate_json('{"approved": true}').approved is True


@pytest.mark.parametrize(
    "said",
    [
        '{"approved": true, "and_push": true}',
        '{"approved": true, "findings": "none"}',
        '{"approved": true',
        "Sure! I approve.",
        "",
    ],
)
def test_more_or_less_than_was_asked_for_is_no_answer(said: str) -> None:
    with pytest.raises(ValidationError):
        Review.model_validate_json(said)


def test_nothing_validated_is_not_verified() -> None:
    assert not Validation(checks=()).is_verified
    assert not Validation(checks=(Check(name="a", passed=True), Check(name="b", passed=False))).is_verified
    assert Validation(checks=(Check(name="a", passed=True),)).is_verified


def test_an_invented_quote_is_found_and_does_not_count() -> None:
    sure = analysis(Hypothesis(claim="The title.", confidence=0.9, evidence_for=("made_up",)))
    assert unknown_evidence(sure, (evidence("health"),)) == ("made_up",)
    sober = sobered(sure, (evidence("health"),))
    assert sober.hypotheses[0].evidence_for == ()
    assert sober.confidence == GUESS_CONFIDENCE
    assert sober.needs_human


def test_where_most_sources_are_silent_everything_is_a_guess() -> None:
    sure = analysis(Hypothesis(claim="The title.", confidence=0.9, evidence_for=("health",)))
    gathered = (evidence("health"), evidence("logs", "does not answer"), evidence("sentry", "does not answer"))
    assert sobered(sure, gathered).confidence == GUESS_CONFIDENCE
    assert sobered(sure, gathered[:2]).confidence == 0.9
    assert not sobered(sure, gathered[:2]).needs_human


def test_a_quote_of_a_silent_source_speaks_for_nothing() -> None:
    sure = analysis(Hypothesis(claim="The title.", confidence=0.9, evidence_for=("logs",)))
    gathered = (evidence("health"), evidence("errors"), evidence("logs", "does not answer"))
    assert sobered(sure, gathered).confidence == GUESS_CONFIDENCE
