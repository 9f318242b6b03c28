"""Each engine against each rude behaviour of a service: one table, and nothing in it is a fallback.

The engine of our own asks no service, so it has one row of its own: it answers whatever the services do.
"""

import time

import pytest

from donecast.core.text_draft import DRAFT_KINDS
from donecast.writing import errors
from donecast.writing.errors import WriterAnswerBad, WriterRateLimited, WriterResting, WriterUnavailable
from donecast.writing.gemini import GeminiWriter
from donecast.writing.openai_compatible import OpenAiCompatibleWriter
from tests.support.resting import BUSY, RESTING
from tests.support.talks import FINE, wish
from tests.support.text_services import (
    ATTEMPTS_MAX,
    KEY,
    MANNERS,
    OUTCOMES,
    Desk,
    Dialect,
    Manner,
    text_service,
)

# Once rude, then polite.
MENDED: tuple[Manner, ...] = ("rate_limited_shortly",)


def test_the_table_holds_every_manner_and_every_error_of_a_service() -> None:
    assert set(OUTCOMES) == set(MANNERS)
    family = {one for one in vars(errors).values() if isinstance(one, type) and one.__name__.startswith("Writer")}
    # The last of the family is nobody's rudeness: then the service is not asked.
    assert {error for error, _ in OUTCOMES.values() if error} == family - {WriterResting}


@pytest.mark.parametrize("dialect", ["gemini", "openai_compatible"])
@pytest.mark.parametrize("manner", MANNERS)
def test_rudeness_has_an_outcome_with_a_sentence(dialect: Dialect, manner: Manner) -> None:
    error, asked = OUTCOMES[manner]
    with text_service(dialect) as service:
        desk = Desk(dialect, service)
        service.says = FINE["titles"]
        service.behave(manner)
        patience = 1 if manner in {"hang", "drip"} else 5
        writer = desk.writer(ai_text_deadline_seconds=patience, ai_text_attempts_max=ATTEMPTS_MAX)
        started = time.monotonic()
        if error is None:
            assert writer.write(wish("titles")).text == FINE["titles"]
        else:
            with pytest.raises(error) as raised:
                writer.write(wish("titles"))
            told = f"{raised.value.message} {raised.value.action} {raised.value.details} {raised.value!r}"
            assert KEY not in told
            assert raised.value.message.endswith(".")
            assert raised.value.__cause__ is None
        assert time.monotonic() - started < patience + 2
        assert len(service.asked) == asked


@pytest.mark.parametrize("dialect", ["gemini", "openai_compatible"])
@pytest.mark.parametrize("manner", MENDED)
def test_what_passes_is_waited_for(dialect: Dialect, manner: Manner) -> None:
    with text_service(dialect) as service:
        service.says = FINE["titles"]
        service.behave(manner, "polite")
        started = time.monotonic()
        answer = Desk(dialect, service).writer(ai_text_deadline_seconds=10).write(wish("titles"))
        assert answer.text == FINE["titles"]
        assert len(service.asked) == 2
        if manner == "rate_limited_shortly":
            assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize("engine", [GeminiWriter, OpenAiCompatibleWriter])
def test_a_service_that_is_left_alone_is_not_asked(engine: type[GeminiWriter | OpenAiCompatibleWriter]) -> None:
    with text_service(engine.name) as service:  # type: ignore[arg-type]
        settings = service.settings()
        with pytest.raises(WriterResting) as resting:
            engine(settings, RESTING).write(wish("titles"))
        with pytest.raises(WriterRateLimited) as busy:
            engine(settings, BUSY).write(wish("titles"))
        assert service.asked == []
    assert resting.value.action == (
        "Nothing was sent, and your episode is as it was. Please try again in about 4 minutes."
    )
    assert busy.value.details["retry_after_seconds"] == 3_600


@pytest.mark.parametrize("dialect", ["gemini", "openai_compatible"])
def test_a_long_wait_is_told_and_not_waited(dialect: Dialect) -> None:
    with text_service(dialect) as service:
        service.behave("rate_limited")
        with pytest.raises(WriterRateLimited) as raised:
            Desk(dialect, service).writer().write(wish("titles"))
    assert raised.value.details["retry_after_seconds"] == 30


@pytest.mark.parametrize("dialect", ["gemini", "openai_compatible"])
def test_nobody_there_is_unavailable(dialect: Dialect) -> None:
    with text_service(dialect) as service:
        writer = Desk(dialect, service).writer(ai_text_attempts_max=1)
    with pytest.raises(WriterUnavailable):
        writer.write(wish("titles"))


@pytest.mark.parametrize("dialect", ["gemini", "openai_compatible"])
def test_a_key_is_never_carried_elsewhere(dialect: Dialect) -> None:
    with text_service(dialect) as service:
        service.behave("elsewhere")
        with pytest.raises(WriterAnswerBad):
            Desk(dialect, service).writer().write(wish("titles"))
        assert not any(asked.path.endswith("elsewhere") for asked in service.asked)


def test_the_engine_of_our_own_answers_whatever_the_services_do() -> None:
    writer = Desk("extractive", None).writer()
    for kind in DRAFT_KINDS:
        assert writer.write(wish(kind)).text == writer.write(wish(kind)).text
