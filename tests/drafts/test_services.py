"""Drafts by a service on the network: nothing nasty reaches an episode, and trouble leaves nothing behind."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from donecast.core.text_draft import DraftKind
from donecast.drafts.asking import WritingDesk
from donecast.drafts.errors import WritersBusy
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.writing.extractive import ExtractiveWriter
from tests.support.drafting import accept, ask, change, code_of, decide, draft, drafts
from tests.support.scene import Scene
from tests.support.talks import FINE, NASTY, said
from tests.support.text_services import KEY, MODEL, Manner, TextService, text_service


@pytest.fixture
def service() -> Iterator[TextService]:
    """A server that speaks OpenAI's chat completions."""
    with text_service("openai_compatible") as running:
        yield running


@pytest.fixture
def overrides(service: TextService) -> dict[str, Any]:
    """Settings that lead to it."""
    return {
        "ai_text_engine": "openai_compatible",
        "ai_text_url": service.url,
        "ai_text_model": MODEL,
        "ai_text_key": KEY,
        "ai_text_attempts_max": 1,
        "ai_text_price_input": "0.30",
        "ai_text_price_output": "2.50",
        "ai_text_currency": "EUR",
        # More than a person would ask for in a minute.
        "ai_calls_per_account_and_minute": 1_000,
        "ai_calls_per_place_and_minute": 1_000,
    }


def test_a_draft_by_a_service_names_its_model_and_its_cost(scene: Scene, episode_id: str, service: TextService) -> None:
    service.says = FINE["titles"]
    made = draft(scene, episode_id, "titles", instructions="Be kind.")
    assert made["texts"][0] == "Runner beans on a small plot"
    assert (made["source"], made["model"]) == (f"AI, {MODEL}", MODEL)
    assert (made["input_tokens"], made["output_tokens"]) == (1_200, 80)
    assert (made["cost_micros"], made["currency"]) == (560, "EUR")
    assert "Be kind." in service.asked[0].body["messages"][1]["content"]
    assert "ebracorp" not in json.dumps(service.asked[0].body)


def test_nothing_nasty_reaches_an_episode(scene: Scene, episode_id: str, service: TextService) -> None:
    before = scene.episode(episode_id)
    for nasty in NASTY:
        service.says = nasty.raw
        made = draft(scene, episode_id, nasty.kind)
        assert (made["status"], made["reason"]) == ("refused", nasty.reason), nasty.name
        assert made["texts"] == made["chapters"] == []
        assert made["reason_message"].endswith(".")
        assert made["cost_micros"] == 560
        for wish in ({}, {"replace": True}):
            assert code_of(decide(scene, made, episode_id, "accept", **wish)) == (409, "draft_decided")
        assert code_of(decide(scene, made, episode_id, "dismiss")) == (409, "draft_decided")
    assert scene.episode(episode_id) == before


def test_words_typed_while_the_engine_thinks_stay(scene: Scene, episode_id: str, service: TextService) -> None:
    service.says = FINE["notes"]
    made = draft(scene, episode_id, "notes")
    change(scene, episode_id, notes="Typed meanwhile")
    assert code_of(decide(scene, made, episode_id, "accept")) == (409, "own_words_there")
    accept(scene, made, episode_id, replace=True)
    assert scene.episode(episode_id)["notes"].startswith("Margaret built")


def test_fine_chapters_stand_in_the_recordings_time(scene: Scene, episode_id: str, service: TextService) -> None:
    service.says = said("chapters", [{"passage": 1, "title": "Beans"}, {"passage": 8, "title": "Slugs"}])
    made = draft(scene, episode_id, "chapters")
    words = scene.ann.ask("GET", f"/api/episodes/{episode_id}/words").json()["words"]
    slugs = next(word["start_ms"] for word in words if word["text"] == "Slugs")
    assert [chapter["start_ms"] for chapter in made["chapters"]] == [0, slugs]


@pytest.mark.parametrize(
    ("manner", "status", "code"),
    [
        ("unknown_key", 503, "writer_key_refused"),
        ("quota_spent", 503, "writer_quota_spent"),
        ("rate_limited", 429, "writer_rate_limited"),
        ("broken_inside", 503, "writer_failed"),
        ("garbage", 503, "writer_answer_bad"),
        ("declined", 409, "writer_rejected"),
        ("too_long_for_it", 503, "writer_request_refused"),
        ("unknown_model", 503, "writer_model_unknown"),
    ],
)
def test_trouble_is_told_and_leaves_nothing_behind(
    scene: Scene, episode_id: str, service: TextService, manner: Manner, status: int, code: str
) -> None:
    service.behave(manner)
    answer = ask(scene, episode_id, "notes")
    assert code_of(answer) == (status, code)
    assert KEY not in answer.text
    assert drafts(scene, episode_id) == []
    assert scene.episode(episode_id)["notes"] == ""


@pytest.mark.parametrize("log_format", ["json", "pretty"])
def test_the_key_is_in_no_answer_and_in_no_log(
    scene: Scene, episode_id: str, service: TextService, capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logs(load_settings({"log_format": log_format}).server)
    kinds: tuple[tuple[DraftKind, Manner], ...] = (
        ("titles", "polite"),
        ("notes", "unknown_key"),
        ("tags", "broken_inside"),
    )
    for kind, manner in kinds:
        service.says = FINE[kind]
        service.behave(manner)
        assert KEY not in ask(scene, episode_id, kind).text
    written = capfd.readouterr()
    assert "writer_key_refused" in written.err
    assert KEY not in written.out + written.err
    assert KEY not in repr(scene.ground.settings)


def test_only_so_many_texts_are_written_at_one_moment() -> None:
    desk = WritingDesk(ExtractiveWriter(), at_once_max=1)
    with desk.turn(), pytest.raises(WritersBusy), desk.turn():
        pass
    with desk.turn() as writer:
        assert writer is desk.writer
