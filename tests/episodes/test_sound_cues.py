"""Words that call a sound, in an episode: found, heard in their place, taken back, never cut without their sound."""

import io
from dataclasses import dataclass
from typing import Any

import pytest
import soundfile
from sqlalchemy import text

from donecast.core.errors import MissingAsset
from donecast.core.span import Span
from donecast.episodes import steps
from donecast.speech.voice_engines import VoiceEngines
from tests.support.scene import Scene, span_of
from tests.support.sounds import tone
from tests.support.voices import HummingVoice

SCRIPT = "we talk about beans. _700 Applause, please. _700 then we {um} eat them."
CLIP_MS = 1_500


def quietly(_percent: int | None, _detail: str | None) -> None:
    """Nobody is watching."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An episode in which a sound is called."""

    scene: Scene
    episode_id: str
    clip_id: str
    cue_id: str

    def get(self, what: str) -> Any:
        answer = self.scene.ann.ask("GET", f"/api/episodes/{self.episode_id}/{what}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def cue(self) -> dict[str, Any]:
        (found,) = [one for one in self.get("proposals") if one["kind"] == "sound_cue"]
        return dict(found)

    @property
    def replaced(self) -> list[dict[str, Any]]:
        return [one for one in self.get("edit-list")["operations"] if one["kind"] == "replace"]

    def look(self, script: str = SCRIPT) -> None:
        """As the line does when the episode is produced."""
        self.scene.give_words(self.episode_id, script)
        steps.propose(self.scene.ground, self.episode_id, quietly)

    def decide(self, version: int, **decisions: str) -> Any:
        body = {"edit_list_version": version, "decisions": decisions}
        return self.scene.ann.ask("POST", f"/api/episodes/{self.episode_id}/decisions", json=body)

    def move_edges(self, version: int, start_ms: int, end_ms: int) -> Any:
        body = {"edit_list_version": version, "start_ms": start_ms, "end_ms": end_ms}
        path = f"/api/episodes/{self.episode_id}/proposals/{self.cue['id']}/edges"
        return self.scene.ann.ask("PUT", path, json=body)

    def hear(self, **query: int) -> Any:
        path = f"/api/episodes/{self.episode_id}/proposals/{self.cue['id']}/preview"
        return self.scene.ann.ask("GET", path, params=query)

    def change(self, **more: Any) -> None:
        wish = {"words": "applause please", "clip_id": self.clip_id, **more}
        path = f"/api/shows/{self.scene.show_id}/sound-cues/{self.cue_id}"
        assert self.scene.ann.ask("PUT", path, json=wish).status_code == 200

    def assemble(self) -> None:
        steps.speak(self.scene.ground, VoiceEngines(HummingVoice()), self.episode_id, quietly)
        steps.assemble(self.scene.ground, self.episode_id, quietly)
        steps.tag(self.scene.ground, self.episode_id, quietly)

    def captions(self) -> str:
        answer = self.scene.ann.ask("GET", f"/api/episodes/{self.episode_id}/transcript.txt")
        return " ".join(answer.text.split())

    def lose_the_sound(self) -> None:
        """What the library would refuse."""
        with self.scene.ground.database.transaction() as session:
            session.execute(text("DELETE FROM media_peaks WHERE media_id = :id"), {"id": self.clip_id})
            session.execute(text("DELETE FROM media_items WHERE id = :id"), {"id": self.clip_id})


@pytest.fixture
def stage(scene: Scene) -> Stage:
    """Looked through already."""
    return stage_with(scene, CLIP_MS)


def stage_with(scene: Scene, clip_ms: int) -> Stage:
    sound = {"file": ("clap.wav", tone(clip_ms / 1000))}
    clip = scene.ann.ask("POST", "/api/media", files=sound, data={"category": "sound_effect"}).json()
    wish = {"words": "applause please", "clip_id": clip["id"], "gain_db": -6}
    cue = scene.ann.ask("POST", f"/api/shows/{scene.show_id}/sound-cues", json=wish)
    assert cue.status_code == 201, cue.text
    stage = Stage(scene, scene.new_episode()["id"], clip["id"], cue.json()["id"])
    stage.look()
    return stage


def test_the_sound_is_in_the_edit_list_and_says_why(stage: Stage) -> None:
    cue = stage.cue
    assert cue["reason"] == 'You said "applause please". We put "clap" there instead.'
    assert (cue["cut"], cue["decision"], cue["decided_by"]) == (True, "cut", "standing_choice")
    assert cue["sound"] == {"asset": stage.clip_id, "duration_ms": CLIP_MS, "gain_db": -6.0}
    (put,) = stage.replaced
    assert span_of(put) == span_of(cue)
    assert (put["asset"], put["duration_ms"], put["gain_db"]) == (stage.clip_id, CLIP_MS, -6.0)
    before = stage.get("edit-list")
    stage.look()
    assert stage.get("edit-list") == before


def test_the_episode_is_longer_by_it_and_its_captions_lack_the_words(stage: Stage) -> None:
    stage.assemble()
    cue = stage.cue
    cuts_ms = sum(
        one["end_ms"] - one["start_ms"] for one in stage.get("proposals") if one["cut"] and one["sound"] is None
    )
    with_it = stage.scene.episode(stage.episode_id)["rendition"]["duration_ms"]
    assert "pplause" not in stage.captions()
    assert "beans. then we eat them" in stage.captions()
    stage.decide(1, **{cue["id"]: "keep"})
    stage.assemble()
    without = stage.scene.episode(stage.episode_id)["rendition"]["duration_ms"]
    assert with_it - without == CLIP_MS - (cue["end_ms"] - cue["start_ms"])
    assert "beans. Applause, please. then we eat them" in stage.captions()
    assert cuts_ms > 0


def test_it_is_heard_in_its_place_before_the_episode_is_made(stage: Stage) -> None:
    for version, decision in ((1, "keep"), (2, "cut")):
        stage.decide(version, **{stage.cue["id"]: decision})
        answer = stage.hear(around_ms=1_000)
        assert answer.status_code == 200, answer.text
        heard, rate = soundfile.read(io.BytesIO(answer.content))
        assert len(heard) / rate == pytest.approx((2_000 + CLIP_MS) / 1000, abs=0.01)


@pytest.mark.parametrize("clip_ms", [25_000, 30_000])
def test_a_long_sound_is_heard_with_less_around_it(scene: Scene, clip_ms: int) -> None:
    answer = stage_with(scene, clip_ms).hear(around_ms=10_000)
    assert answer.status_code == 200, answer.text
    heard, rate = soundfile.read(io.BytesIO(answer.content))
    assert 29.5 < len(heard) / rate <= 30.01


def test_it_takes_the_place_of_what_lies_between_new_edges(stage: Stage) -> None:
    start_ms, end_ms = stage.cue["start_ms"], stage.cue["end_ms"]
    wider = Span(start_ms - 300, end_ms + 200)
    moved = stage.move_edges(1, wider.start_ms, wider.end_ms)
    assert moved.status_code == 200, moved.text
    (put,) = stage.replaced
    assert span_of(put) == wider == span_of(stage.cue)
    assert (put["asset"], put["duration_ms"], put["gain_db"]) == (stage.clip_id, CLIP_MS, -6.0)
    assert (put["decided_by"], stage.cue["found_start_ms"]) == (stage.scene.ann.account.id, start_ms)
    stage.look()
    assert stage.replaced == [put]
    back = stage.scene.ann.ask("POST", f"/api/episodes/{stage.episode_id}/edit-list/undo", json={"version": 2})
    assert back.status_code == 200, back.text
    assert span_of(stage.replaced[0]) == Span(start_ms, end_ms)


def test_new_edges_are_heard_with_the_sound_before_they_are_saved(stage: Stage) -> None:
    wider = {"start_ms": stage.cue["start_ms"] - 300, "end_ms": stage.cue["end_ms"] + 200}
    as_it_is = stage.hear(around_ms=1_000).content
    unsaved = stage.hear(around_ms=1_000, **wider)
    assert unsaved.status_code == 200, unsaved.text
    assert unsaved.content != as_it_is
    heard, rate = soundfile.read(io.BytesIO(unsaved.content))
    assert len(heard) / rate == pytest.approx((2_000 + CLIP_MS) / 1000, abs=0.01)
    assert stage.hear(around_ms=1_000).content == as_it_is
    stage.move_edges(1, **wider)
    assert stage.hear(around_ms=1_000).content == unsaved.content
    for start_ms, end_ms in ((500, 500), (-1, 500), (500, 10_000_000)):
        refused = stage.hear(start_ms=start_ms, end_ms=end_ms)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "place_invalid")


def test_any_proposal_can_be_heard_so(stage: Stage) -> None:
    um = next(one for one in stage.get("proposals") if one["kind"] == "filler")
    path = f"/api/episodes/{stage.episode_id}/proposals"
    assert stage.scene.ann.ask("GET", f"{path}/{um['id']}/preview").status_code == 200
    assert stage.scene.ann.ask("GET", f"{path}/prop_x/preview").json()["error"]["code"] == "no_such_proposal"


def test_it_is_taken_out_put_back_and_undone_like_any_other(stage: Stage) -> None:
    cue, um = stage.cue, next(one for one in stage.get("proposals") if one["kind"] == "filler")
    both = stage.decide(1, **{cue["id"]: "keep", um["id"]: "keep"})
    assert (both.status_code, both.json()["operations"]) == (200, [])
    undone = stage.scene.ann.ask("POST", f"/api/episodes/{stage.episode_id}/edit-list/undo", json={"version": 2}).json()
    assert [one["proposal_id"] for one in undone["operations"]] == [cue["id"], um["id"]]
    stage.decide(3, **{cue["id"]: "keep"})
    back = stage.decide(4, **{cue["id"]: "cut"}).json()
    (put,) = [one for one in back["operations"] if one["kind"] == "replace"]
    assert (put["asset"], put["decided_by"]) == (stage.clip_id, stage.scene.ann.account.id)
    later = {**put, "start_ms": put["start_ms"] - 50, "gain_db": 3.0}
    body = {"version": 5, "operations": [later]}
    changed = stage.scene.ann.ask("PUT", f"/api/episodes/{stage.episode_id}/edit-list", json=body)
    assert changed.status_code == 200, changed.text
    stage.look()
    assert stage.replaced == changed.json()["operations"]


def test_another_loudness_or_sound_counts_from_the_next_time(stage: Stage) -> None:
    stage.change(gain_db=6)
    assert stage.replaced[0]["gain_db"] == -6.0
    stage.look()
    assert stage.replaced[0]["gain_db"] == 6.0
    stage.change(by_itself=False)
    stage.look()
    assert (stage.replaced, stage.cue["decision"]) == ([], None)
    assert stage.cue["reason"] == 'You said "applause please". Shall "clap" be heard instead?'


def test_inside_a_cut_mistake_it_is_not_heard_and_comes_back_with_it(stage: Stage) -> None:
    stage.look("we clap now applause please _700 <flubber> _700 we clap now. _700 good")
    flubber = next(one for one in stage.get("proposals") if one["kind"] == "flubber")
    stage.assemble()
    cut = stage.scene.episode(stage.episode_id)["rendition"]["duration_ms"]
    version = stage.get("edit-list")["version"]
    if not stage.cue["cut"]:
        version = stage.decide(version, **{stage.cue["id"]: "cut"}).json()["version"]
        stage.assemble()
        assert stage.scene.episode(stage.episode_id)["rendition"]["duration_ms"] == cut
    stage.decide(version, **{flubber["id"]: "keep"})
    stage.assemble()
    kept = stage.scene.episode(stage.episode_id)["rendition"]["duration_ms"]
    word_ms = stage.cue["end_ms"] - stage.cue["start_ms"]
    assert kept - cut == flubber["end_ms"] - flubber["start_ms"] + CLIP_MS - word_ms


def test_without_its_sound_the_words_stay_in_and_that_is_said(stage: Stage) -> None:
    stage.lose_the_sound()
    stage.look()
    assert stage.replaced == []
    assert (stage.cue["cut"], stage.cue["decision"], stage.cue["sound"]) == (False, None, None)
    assert "not in your library any more, so the words stay in" in stage.cue["reason"]
    version = stage.get("edit-list")["version"]
    refused = stage.decide(version, **{stage.cue["id"]: "cut"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "sound_missing")
    moved = stage.move_edges(version, stage.cue["start_ms"] - 100, stage.cue["end_ms"])
    assert (moved.status_code, moved.json()["error"]["code"]) == (409, "sound_missing")
    silent = stage.hear()
    assert (silent.status_code, silent.json()["error"]["code"]) == (409, "sound_missing")
    assert stage.decide(version, **{stage.cue["id"]: "keep"}).status_code == 200
    stage.assemble()
    assert "Applause, please." in stage.captions()


def test_a_sound_that_goes_after_it_was_proposed_is_not_put_in(stage: Stage) -> None:
    stage.decide(1, **{stage.cue["id"]: "keep"})
    stage.lose_the_sound()
    moved = stage.move_edges(2, stage.cue["start_ms"] - 100, stage.cue["end_ms"])
    for refused in (stage.decide(2, **{stage.cue["id"]: "cut"}), moved):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "sound_missing")
    assert stage.replaced == []


def test_what_a_person_put_in_is_refused_and_not_left_out_when_its_sound_goes(stage: Stage) -> None:
    stage.decide(1, **{stage.cue["id"]: "keep"})
    stage.decide(2, **{stage.cue["id"]: "cut"})
    stage.lose_the_sound()
    stage.look()
    with pytest.raises(MissingAsset, match="not in your library any more"):
        stage.assemble()
