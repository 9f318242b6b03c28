"""What each service is told, to the letter where its protocol wants it, and what is read from its answers."""

import json
from typing import get_args

import pytest

from donecast.core.text_draft import DRAFT_KINDS, DraftKind
from donecast.entry.wiring import open_writer, unguarded
from donecast.platform.vendor_settings import AiTextSettings
from donecast.writing.errors import NothingToExtract, WriterRejected
from donecast.writing.gemini import URL, GeminiWriter
from donecast.writing.openai_compatible import OpenAiCompatibleWriter
from tests.support.talks import FINE, wish
from tests.support.text_services import INPUT_TOKENS, KEY, MODEL, OUTPUT_TOKENS, Dialect, text_service


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_gemini_is_asked_for_json_of_the_kinds_form(kind: DraftKind) -> None:
    request = wish(kind)
    with text_service("gemini") as service:
        service.says = FINE[kind]
        open_writer(service.settings(), unguarded).write(request)
        (asked,) = service.asked
    assert asked.headers["x-goog-api-key"] == KEY
    assert KEY not in asked.path
    assert asked.body["systemInstruction"]["parts"] == [{"text": request.prompt.rules}]
    assert asked.body["contents"] == [{"role": "user", "parts": [{"text": request.prompt.material}]}]
    wanted = asked.body["generationConfig"]
    assert wanted["responseMimeType"] == "application/json"
    assert wanted["responseSchema"]["required"] == [kind]
    assert wanted["maxOutputTokens"] == 4_000


def test_thinking_is_paid_like_writing_and_not_read() -> None:
    with text_service("gemini") as service:
        service.says = FINE["titles"]
        answer = open_writer(service.settings(), unguarded).write(wish("titles"))
    assert (answer.input_tokens, answer.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)
    assert answer.text == FINE["titles"]


def test_chat_completions_are_asked_as_every_server_knows_them() -> None:
    request = wish("notes")
    with text_service("openai_compatible") as service:
        service.says = FINE["notes"]
        answer = open_writer(service.settings(), unguarded).write(request)
        (asked,) = service.asked
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": request.prompt.rules},
            {"role": "user", "content": request.prompt.material},
        ],
        "max_tokens": 4_000,
        "stream": False,
        "response_format": {"type": "json_object"},
    }
    assert (answer.input_tokens, answer.output_tokens, answer.cost_micros) == (INPUT_TOKENS, OUTPUT_TOKENS, 560)


def test_a_server_of_ones_own_needs_no_key_and_no_json_mode() -> None:
    with text_service("openai_compatible") as service:
        service.says = FINE["titles"]
        open_writer(service.settings(ai_text_key="", ai_text_json_mode=False), unguarded).write(wish("titles"))
        (asked,) = service.asked
    assert "Authorization" not in asked.headers
    assert "response_format" not in asked.body


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_without_counts_no_cost_is_guessed(dialect: Dialect) -> None:
    with text_service(dialect) as service:
        service.says = FINE["titles"]
        service.behave("counts_nothing")
        answer = open_writer(service.settings(), unguarded).write(wish("titles"))
    assert (answer.input_tokens, answer.output_tokens, answer.cost_micros) == (None, None, None)


def test_a_models_own_refusal_field_is_a_rejection() -> None:
    with text_service("openai_compatible") as service:
        service.behave("declined")
        with pytest.raises(WriterRejected):
            open_writer(service.settings(), unguarded).write(wish("titles"))


def test_the_service_sees_nothing_that_speaks_to_programs() -> None:
    for dialect in get_args(Dialect):
        with text_service(dialect) as service:
            service.says = FINE["titles"]
            open_writer(service.settings(), unguarded).write(wish("titles"))
            assert "ebracorp" not in json.dumps(service.asked[0].body)


def test_what_is_missing_is_told_with_its_remedy() -> None:
    for writer in (GeminiWriter, OpenAiCompatibleWriter):
        (problem,) = writer(AiTextSettings(_env_file=None)).check()  # type: ignore[call-arg]
        assert "DONECAST_AI_TEXT_" in problem.action
    assert URL.startswith("https://")


def test_the_engine_of_our_own_says_when_there_is_nothing() -> None:
    writer = open_writer(AiTextSettings(_env_file=None), unguarded)  # type: ignore[call-arg]
    with pytest.raises(NothingToExtract) as raised:
        writer.write(wish("titles", "So. Well, you know."))
    assert raised.value.details == {"kind": "titles"}
