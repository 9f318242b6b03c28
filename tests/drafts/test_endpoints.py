"""Asking for texts, looking at them, accepting and dismissing: a person's words are never overwritten unasked."""

from datetime import timedelta
from typing import Any

import pytest

from donecast.core.text_draft import DRAFT_KINDS, DraftKind
from donecast.episodes import service as episodes
from donecast.episodes import steps
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.voice_engines import VoiceEngines
from tests.support.drafting import accept, ask, change, code_of, decide, draft, drafts
from tests.support.scene import Scene
from tests.support.talks import SENTENCES


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_a_draft_says_who_wrote_it_and_what_it_cost_and_leaves_the_episode_alone(
    scene: Scene, episode_id: str, kind: DraftKind
) -> None:
    before = scene.episode(episode_id)
    made = draft(scene, episode_id, kind)
    assert made["status"] == "proposed"
    assert made["source"] == "Found in your own words, without AI"
    assert (made["engine"], made["model"], made["cost_micros"], made["currency"]) == ("extractive", "", 0, "USD")
    assert bool(made["texts"]) != bool(made["chapters"])
    assert (made["reason"], made["decided_at"], made["accepted_text"]) == (None, None, None)
    assert scene.episode(episode_id) == before
    assert drafts(scene, episode_id) == [made]


def test_drafts_are_listed_newest_first(scene: Scene, episode_id: str) -> None:
    kinds: tuple[DraftKind, ...] = ("titles", "notes", "tags")
    for kind in kinds:
        draft(scene, episode_id, kind)
        scene.clock.advance(timedelta(seconds=1))
    assert [one["kind"] for one in drafts(scene, episode_id)] == ["tags", "notes", "titles"]


def test_an_accepted_title_is_the_episodes_and_its_address_follows(scene: Scene, episode_id: str) -> None:
    made = draft(scene, episode_id, "titles")
    accepted = accept(scene, made, episode_id, choice=1)
    episode = scene.episode(episode_id)
    assert episode["title"] == made["texts"][1] == accepted["accepted_text"]
    assert episode["slug"] != "recording-one"
    assert (accepted["status"], accepted["decided_at"] is None) == ("accepted", False)


def test_accepted_notes_are_the_episodes(scene: Scene, episode_id: str) -> None:
    made = draft(scene, episode_id, "notes")
    accept(scene, made, episode_id)
    assert scene.episode(episode_id)["notes"] == made["texts"][0]


@pytest.mark.parametrize(("kind", "field"), [("titles", "title"), ("notes", "notes")])
@pytest.mark.parametrize("typed", ["before the draft", "after the draft"])
def test_what_a_person_wrote_stays_until_they_say_otherwise(
    scene: Scene, episode_id: str, kind: DraftKind, field: str, typed: str
) -> None:
    if typed == "before the draft":
        change(scene, episode_id, **{field: "My own words"})
    made = draft(scene, episode_id, kind)
    if typed == "after the draft":
        change(scene, episode_id, **{field: "My own words"})
    refused = decide(scene, made, episode_id, "accept")
    assert code_of(refused) == (409, "own_words_there")
    assert refused.json()["error"]["details"] == {"field": field}
    assert scene.episode(episode_id)[field] == "My own words"
    assert drafts(scene, episode_id)[0]["status"] == "proposed"
    accept(scene, made, episode_id, replace=True)
    assert scene.episode(episode_id)[field] == made["texts"][0]


def test_what_a_draft_wrote_another_may_replace_until_a_person_changes_it(scene: Scene, episode_id: str) -> None:
    first, second = draft(scene, episode_id, "titles"), draft(scene, episode_id, "titles")
    accept(scene, first, episode_id, choice=0)
    accept(scene, second, episode_id, choice=1)
    assert scene.episode(episode_id)["title"] == second["texts"][1]
    change(scene, episode_id, title=second["texts"][1] + "!")
    assert code_of(decide(scene, first, episode_id, "accept")) == (409, "own_words_there")


def test_accepting_again_changes_nothing(scene: Scene, episode_id: str) -> None:
    made = draft(scene, episode_id, "notes")
    accept(scene, made, episode_id)
    before = scene.episode(episode_id)
    accept(scene, made, episode_id)
    assert scene.episode(episode_id) == before


def test_a_title_of_no_number_is_refused(scene: Scene, episode_id: str) -> None:
    made = draft(scene, episode_id, "titles")
    for choice in (-1, len(made["texts"])):
        assert code_of(decide(scene, made, episode_id, "accept", choice=choice)) == (400, "no_such_choice")


@pytest.mark.parametrize("kind", ["tags", "summary", "answer"])
def test_what_has_no_place_in_an_episode_is_there_to_be_copied(scene: Scene, episode_id: str, kind: DraftKind) -> None:
    made = draft(scene, episode_id, kind)
    assert code_of(decide(scene, made, episode_id, "accept")) == (409, "draft_not_for_episode")


def test_a_dismissed_draft_is_aside_and_may_still_be_wanted(scene: Scene, episode_id: str) -> None:
    made = draft(scene, episode_id, "notes")
    dismissed = decide(scene, made, episode_id, "dismiss").json()
    assert dismissed["status"] == "dismissed"
    assert decide(scene, made, episode_id, "dismiss").json() == dismissed
    assert scene.episode(episode_id)["notes"] == ""
    assert accept(scene, made, episode_id)["status"] == "accepted"
    assert code_of(decide(scene, made, episode_id, "dismiss")) == (409, "draft_decided")


def test_accepted_chapters_are_heard_where_their_words_are(scene: Scene, episode_id: str) -> None:
    use_template_without_speech(scene)
    made = draft(scene, episode_id, "chapters")
    accept(scene, made, episode_id)
    with scene.ground.database.reading() as session:
        (kept,) = episodes.own_chapters(session, episode_id)
    assert (kept.start_ms, kept.title) == (made["chapters"][0]["start_ms"], made["chapters"][0]["title"])
    steps.speak(scene.ground, VoiceEngines(FliteSynthesizer()), episode_id, _quietly)
    steps.assemble(scene.ground, episode_id, _quietly)
    with scene.ground.database.reading() as session:
        assembly = episodes.assembly_of(session, episode_id)
    assert assembly is not None
    named = {chapter.title: chapter.start_ms for chapter in assembly.chapters}
    assert named[kept.title] == assembly.layout.content_start_ms


def test_accepted_chapters_can_be_taken_back_and_others_stay(scene: Scene, episode_id: str) -> None:
    first, second = draft(scene, episode_id, "chapters"), draft(scene, episode_id, "chapters")

    def kept() -> list[str]:
        with scene.ground.database.reading() as session:
            return [chapter.title for chapter in episodes.own_chapters(session, episode_id)]

    titles = [chapter["title"] for chapter in first["chapters"]]
    accept(scene, first, episode_id)
    assert kept() == titles
    assert decide(scene, first, episode_id, "dismiss").json()["status"] == "dismissed"
    assert kept() == []
    accept(scene, second, episode_id)
    decide(scene, first, episode_id, "dismiss")
    assert kept() == titles


def test_only_words_that_are_not_cut_are_told(scene: Scene, episode_id: str) -> None:
    words = scene.ann.ask("GET", f"/api/episodes/{episode_id}/words").json()["words"]
    sentence = SENTENCES[8].split()
    first = next(n for n in range(len(words)) if [word["text"] for word in words[n : n + len(sentence)]] == sentence)
    cut = {"kind": "cut", "id": "one", "start_ms": words[first]["start_ms"], "end_ms": words[first + 12]["start_ms"]}
    body = {"version": 0, "operations": [cut]}
    assert scene.ann.ask("PUT", f"/api/episodes/{episode_id}/edit-list", json=body).status_code == 200
    tags = draft(scene, episode_id, "tags")["texts"]
    assert "Copper tape" not in tags
    assert "Rainwater" in tags


def test_without_words_nothing_is_written(scene: Scene, episode_id: str) -> None:
    bare = scene.new_episode()["id"]
    assert code_of(ask(scene, bare, "titles")) == (409, "no_transcript_yet")
    everything = {"kind": "cut", "id": "one", "start_ms": 0, "end_ms": 12_000}
    body = {"version": 0, "operations": [everything]}
    scene.ann.ask("PUT", f"/api/episodes/{episode_id}/edit-list", json=body)
    assert code_of(ask(scene, episode_id, "titles")) == (409, "nothing_to_write_about")
    assert drafts(scene, episode_id) == []


@pytest.mark.parametrize(("kind", "question"), [("titles", "Why?"), ("answer", " ")])
def test_only_an_answer_has_a_question(scene: Scene, episode_id: str, kind: DraftKind, question: str) -> None:
    assert code_of(ask(scene, episode_id, kind, question=question)) == (400, "draft_wish_invalid")


def test_a_wish_has_limits(scene: Scene, episode_id: str) -> None:
    assert ask(scene, episode_id, "titles", instructions="x" * 1_000).status_code == 201
    assert ask(scene, episode_id, "titles", instructions="x" * 1_001).status_code == 422
    assert ask(scene, episode_id, "answer", question="x" * 1_001).status_code == 422


def test_a_draft_is_its_own_episodes(scene: Scene, episode_id: str) -> None:
    made = draft(scene, episode_id, "titles")
    other = scene.new_episode()["id"]
    for act in ("accept", "dismiss"):
        assert code_of(decide(scene, made, other, act)) == (404, "no_such_draft")


class TestFewDrafts:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"ai_text_drafts_per_episode_max": 2}

    def test_an_episode_has_so_many_drafts_and_no_more(self, scene: Scene, episode_id: str) -> None:
        draft(scene, episode_id, "titles")
        draft(scene, episode_id, "tags")
        assert code_of(ask(scene, episode_id, "titles")) == (409, "too_many_drafts")
        assert len(drafts(scene, episode_id)) == 2


def _quietly(_percent: int | None, _detail: str | None) -> None:
    """Nobody is watching."""


def use_template_without_speech(scene: Scene) -> None:
    """Gives the show a template that is the recording alone."""
    template = scene.ann.ask("GET", f"/api/shows/{scene.show_id}/templates").json()[0]
    content = {"id": "content", "kind": "content", "title": "The episode", "source": {"type": "recording"}}
    definition = {**template["definition"], "segments": [content], "music": []}
    answer = scene.ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": definition})
    assert answer.status_code == 200, answer.text
