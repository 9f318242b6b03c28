"""The line's steps on real sound: each may be repeated or interrupted, and nothing is done or kept twice."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from donecast.core.errors import MissingAsset, NothingLeft
from donecast.core.operations import HOUSE_BEEP
from donecast.core.plan import Treatment
from donecast.engine.analysis import analyse
from donecast.engine.limits import EngineLimits
from donecast.engine.mpeg_frames import id3_length
from donecast.episodes import service, steps
from donecast.episodes.errors import NotAssembled, NoTranscriptYet
from donecast.speech.errors import VoiceEngineNotOffered
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.synthesizer import Speech
from donecast.speech.vendor_errors import SpeechQuota, SpeechUnsure
from donecast.speech.voice_engines import VoiceEngines
from tests.support.scene import NOON, Scene
from tests.support.spoken import spoken
from tests.support.voice_services import KEY, VoiceService, voice_of, voice_service
from tests.support.voices import HummingVoice


class Stopped(Exception):
    """The person pressed stop."""


def quietly(_percent: int | None, _detail: str | None) -> None:
    """Nobody is watching."""


def stopping_at(detail: str) -> Callable[[int | None, str | None], None]:
    def report(_percent: int | None, told: str | None) -> None:
        if told and told.startswith(detail):
            raise Stopped

    return report


def count(scene: Scene, table: str) -> int:
    with scene.ground.database.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def blobs(scene: Scene) -> set[str]:
    return {path.name for path in (scene.ground.settings.data / "blobs").rglob("*") if path.is_file()}


def temporary(scene: Scene) -> list[Path]:
    return list((scene.ground.settings.data / "temporary").iterdir())


def use_template(scene: Scene, segments: list[dict[str, Any]], music: list[dict[str, Any]] | None = None) -> None:
    """Gives the show's first template other parts around the recording."""
    template = scene.ann.ask("GET", f"/api/shows/{scene.show_id}/templates").json()[0]
    content = {"id": "content", "kind": "content", "title": "The episode", "source": {"type": "recording"}}
    definition = {**template["definition"], "segments": [*segments, content], "music": music or []}
    answer = scene.ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": definition})
    assert answer.status_code == 200, answer.text


BEEP = {"asset": HOUSE_BEEP, "duration_ms": None}
INTRO = {"id": "intro", "kind": "intro", "title": "Intro", "source": {"type": "speech", "text": "{title} on {show}."}}


@pytest.fixture
def episode_id(scene: Scene) -> str:
    """An episode with a spoken intro and words that were heard."""
    use_template(scene, [INTRO])
    made: str = scene.new_episode(title="Peas")["id"]
    scene.give_words(made)
    return made


def run_all(scene: Scene, episode_id: str, voice: HummingVoice) -> str:
    steps.propose(scene.ground, episode_id, quietly)
    steps.speak(scene.ground, VoiceEngines(voice), episode_id, quietly)
    steps.assemble(scene.ground, episode_id, quietly)
    return steps.tag(scene.ground, episode_id, quietly)


def test_the_steps_make_one_rendition_however_often_they_run(scene: Scene, episode_id: str, tmp_path: Path) -> None:
    voice = HummingVoice()
    first = run_all(scene, episode_id, voice)
    kept = blobs(scene)
    episode = scene.episode(episode_id)
    assert run_all(scene, episode_id, voice) == first
    assert blobs(scene) == kept
    assert scene.episode(episode_id) == episode
    assert voice.spoken == 1
    assert [count(scene, table) for table in ("renditions", "rendered_audio", "spoken_clips", "edit_lists")] == [1] * 4
    assert temporary(scene) == []
    rendition = scene.facts(episode_id).rendition
    assert rendition is not None
    finished = scene.ground.blobs.local_path(rendition.content_hash, tmp_path)
    heard = analyse(finished, tmp_path / "heard", limits=EngineLimits()).facts
    assert heard.duration_ms == rendition.duration_ms == episode["rendition"]["duration_ms"]
    assert finished.stat().st_size == episode["rendition"]["length_bytes"]
    head = finished.read_bytes()[:400_000]
    assert id3_length(head) > 0
    for part in (b"Peas", b"Beans", b"Intro", b"The episode", b"APIC", b"CHAP"):
        assert part in head, part


def test_cut_words_are_gone_and_the_rest_is_found_behind_the_intro(scene: Scene, episode_id: str) -> None:
    run_all(scene, episode_id, HummingVoice())
    text_of = scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.txt").text
    assert " ".join(text_of.split()) == "Peas on Beans. we talk about peas and then we eat them."
    rendition = scene.episode(episode_id)["rendition"]
    cuts = scene.ann.ask("GET", f"/api/episodes/{episode_id}/edit-list").json()["operations"]
    cut_ms = sum(cut["end_ms"] - cut["start_ms"] for cut in cuts)
    assert rendition["duration_ms"] == 500 + 12_000 - cut_ms
    assert rendition["loudness_lufs"] == pytest.approx(-19.0, abs=0.5)
    assert rendition["true_peak_dbtp"] <= -1.0


def test_what_is_covered_inserted_and_moved_is_heard_and_the_words_follow(scene: Scene, tmp_path: Path) -> None:
    use_template(scene, [])
    episode_id = scene.new_episode()["id"]
    scene.give_words(episode_id, "one _1000 two _1000 three _1000 four _1000 five")
    one, two, three, four = (word.span for word in spoken("one _1000 two _1000 three _1000 four").words)
    operations = [
        {"kind": "replace", "id": "a", "start_ms": two.start_ms, "end_ms": two.end_ms, **BEEP},
        {
            "kind": "insert",
            "id": "b",
            "at_ms": one.end_ms + 500,
            "asset": scene.music_id,
            "duration_ms": 600,
            "gap_ms": 200,
        },
        {
            "kind": "move",
            "id": "c",
            "start_ms": four.start_ms - 100,
            "end_ms": four.end_ms + 100,
            "to_ms": three.start_ms,
        },
        {"kind": "gain", "id": "d", "start_ms": 8_000, "end_ms": 12_000, "gain_db": -12.0},
    ]
    answer = scene.ann.ask(
        "PUT", f"/api/episodes/{episode_id}/edit-list", json={"version": 0, "operations": operations}
    )
    assert answer.status_code == 200, answer.text
    steps.speak(scene.ground, VoiceEngines(HummingVoice()), episode_id, quietly)
    steps.assemble(scene.ground, episode_id, quietly)
    steps.tag(scene.ground, episode_id, quietly)
    rendition = scene.facts(episode_id).rendition
    assert rendition is not None
    assert rendition.duration_ms == 12_000 + 1_000
    said = scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.txt").text
    assert said.split() == ["one", "four", "three", "five"]
    finished = scene.ground.blobs.local_path(rendition.content_hash, tmp_path)
    sound, rate = soundfile.read(finished, dtype="float32", always_2d=True)
    beep = sound[int((two.start_ms + 1_050) * rate / 1000) : int((two.end_ms + 950) * rate / 1000), 0]
    assert np.argmax(np.abs(np.fft.rfft(beep))) * rate / len(beep) == pytest.approx(1_000, abs=8)
    loud, quiet = (
        float(np.sqrt(np.mean(sound[int(start * rate) : int((start + 1) * rate)] ** 2))) for start in (7.5, 10.5)
    )
    assert 20 * np.log10(quiet / loud) == pytest.approx(-12, abs=0.5)


def test_a_new_title_is_a_new_tag_on_the_same_sound(scene: Scene) -> None:
    use_template(scene, [])
    episode_id = scene.new_episode(title="Working title")["id"]
    scene.give_words(episode_id)
    voice = HummingVoice()
    first = run_all(scene, episode_id, voice)
    scene.ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"title": "Forty pounds"})
    second = run_all(scene, episode_id, voice)
    assert first != second
    assert count(scene, "rendered_audio") == 1
    assert voice.spoken == 0
    scene.ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"title": "Working title"})
    assert run_all(scene, episode_id, voice) == first


def test_better_words_need_no_new_file(scene: Scene) -> None:
    use_template(scene, [])
    episode_id = scene.new_episode()["id"]
    scene.give_words(episode_id, "nothing to cut here")
    first = run_all(scene, episode_id, HummingVoice())
    scene.give_words(episode_id, "nothing to trim here")
    assert run_all(scene, episode_id, HummingVoice()) == first
    assert "trim" in scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.txt").text


@pytest.mark.parametrize("moment", ["Speaking part 1", "Laying out", "Putting the episode", "Adding title"])
def test_a_step_that_is_stopped_leaves_nothing_and_goes_on_later(scene: Scene, episode_id: str, moment: str) -> None:
    report = stopping_at(moment)
    voice = HummingVoice()

    def run() -> None:
        steps.propose(scene.ground, episode_id, report)
        steps.speak(scene.ground, VoiceEngines(voice), episode_id, report)
        steps.assemble(scene.ground, episode_id, report)
        steps.tag(scene.ground, episode_id, report)

    with pytest.raises(Stopped):
        run()
    assert temporary(scene) == []
    assert scene.episode(episode_id)["rendition"] is None
    run_all(scene, episode_id, voice)
    assert scene.episode(episode_id)["state"] == "ready"
    assert voice.spoken == 1


def test_what_was_made_and_cannot_be_saved_is_not_left_in_the_storage(scene: Scene, episode_id: str) -> None:
    ground = scene.ground
    steps.propose(ground, episode_id, quietly)
    savings: list[tuple[str, Callable[[], str]]] = [
        ("spoken_clips", lambda: steps.speak(ground, VoiceEngines(HummingVoice()), episode_id, quietly)),
        ("rendered_audio", lambda: steps.assemble(ground, episode_id, quietly)),
        ("renditions", lambda: steps.tag(ground, episode_id, quietly)),
    ]
    for table, step in savings:
        before = blobs(scene)
        with ground.database.transaction() as session:
            refuse = f"BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'not now'); END"
            session.execute(text(f"CREATE TRIGGER refuse {refuse}"))
        with pytest.raises(IntegrityError, match="not now"):
            step()
        assert blobs(scene) == before
        with ground.database.transaction() as session:
            session.execute(text("DROP TRIGGER refuse"))
        step()
        assert len(blobs(scene)) == len(before) + 1
    assert scene.episode(episode_id)["state"] == "ready"


def test_what_the_show_chose_for_its_sound_is_in_the_plan_and_makes_another_rendition(
    scene: Scene, episode_id: str
) -> None:
    voice = HummingVoice()
    run_all(scene, episode_id, voice)
    scene.ann.ask("PATCH", f"/api/shows/{scene.show_id}", json={"noise_reduction": True, "de_essing": True})
    digest = steps.assemble(scene.ground, episode_id, quietly)
    with scene.ground.database.reading() as session:
        plan = service.render_plan(session, digest)
    chosen = Treatment(noise_reduction=True, de_essing=True)
    assert {track.role: track.treatment for track in plan.tracks} == {"content": chosen, "segment": Treatment()}
    assert count(scene, "rendered_audio") == 2


def test_steps_out_of_order_are_refused(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]
    with pytest.raises(NoTranscriptYet):
        steps.propose(scene.ground, episode_id, quietly)
    with pytest.raises(NotAssembled):
        steps.assemble(scene.ground, episode_id, quietly)
    with pytest.raises(NotAssembled):
        steps.tag(scene.ground, episode_id, quietly)


def test_a_file_that_turned_out_bad_is_named(scene: Scene) -> None:
    jingle = {"type": "media", "asset": scene.music_id, "name": "jingle.wav"}
    use_template(scene, [{"id": "jingle", "kind": "intro", "title": "Jingle", "source": jingle}])
    episode_id = scene.new_episode()["id"]
    steps.speak(scene.ground, VoiceEngines(HummingVoice()), episode_id, quietly)
    with scene.ground.database.transaction() as session:
        session.execute(text("UPDATE media_items SET state = 'refused' WHERE id = :id"), {"id": scene.music_id})
    with pytest.raises(MissingAsset, match=r'"jingle\.wav"'):
        steps.assemble(scene.ground, episode_id, quietly)


def test_cutting_everything_is_refused(scene: Scene) -> None:
    use_template(scene, [])
    episode_id = scene.new_episode()["id"]
    whole = {"kind": "cut", "id": "all", "start_ms": 0, "end_ms": 12_000}
    path = f"/api/episodes/{episode_id}/edit-list"
    assert scene.ann.ask("PUT", path, json={"version": 0, "operations": [whole]}).status_code == 200
    steps.speak(scene.ground, VoiceEngines(HummingVoice()), episode_id, quietly)
    with pytest.raises(NothingLeft):
        steps.assemble(scene.ground, episode_id, quietly)


def test_two_episodes_share_what_is_the_same(scene: Scene) -> None:
    use_template(scene, [INTRO])
    voice = HummingVoice()
    ids = []
    for _ in range(2):
        episode_id = scene.new_episode(title="Peas")["id"]
        scene.give_words(episode_id)
        ids.append(run_all(scene, episode_id, voice))
    assert ids[0] != ids[1]
    assert voice.spoken == 1
    assert [count(scene, table) for table in ("rendered_audio", "spoken_clips", "renditions")] == [1, 1, 2]


def test_publishing_is_the_last_step_and_may_be_repeated(scene: Scene, episode_id: str) -> None:
    run_all(scene, episode_id, HummingVoice())
    assert steps.publish(scene.ground, episode_id, "not_yet", quietly) == ""
    assert scene.episode(episode_id)["state"] == "ready"
    for _ in range(2):
        assert steps.publish(scene.ground, episode_id, "now", quietly) == NOON.isoformat()
    assert scene.episode(episode_id)["state"] == "live"


class NotedVoice(HummingVoice):
    """Remembers as whom it spoke."""

    def __init__(self) -> None:
        super().__init__()
        self.spoke_as: list[str] = []

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        self.spoke_as.append(voice)
        return super().synthesize(text, voice, out_path, speed=speed)


def test_the_part_names_the_voice_else_the_episode_else_the_show(scene: Scene) -> None:
    named = {**INTRO, "source": {"type": "speech", "text": "{title} on {show}.", "voice": "of the part"}}
    voice = NotedVoice()
    scene.ann.ask("PATCH", f"/api/shows/{scene.show_id}", json={"voice": "of the show"})
    for parts, wish in (([INTRO], {}), ([INTRO], {"voice": "of the episode"}), ([named], {"voice": "of the episode"})):
        use_template(scene, parts)
        steps.speak(scene.ground, VoiceEngines(voice), scene.new_episode(title="Peas", **wish)["id"], quietly)
    assert voice.spoke_as == ["of the show", "of the episode", "of the part"]


def test_guests_are_named_once_it_is_known_who_they_are(scene: Scene) -> None:
    greeting = {**INTRO, "source": {"type": "speech", "text": "Welcome[, with {guests}]."}}
    use_template(scene, [greeting])
    voice, episode_id = HummingVoice(), scene.new_episode()["id"]
    for names in ({}, {"A": "Ann", "B": "Ben", "C": "Carla"}):
        scene.ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"speaker_names": names})
        steps.speak(scene.ground, VoiceEngines(voice), episode_id, quietly)
    with scene.ground.database.reading() as session:
        said = {row.text for row in session.execute(text("SELECT text FROM spoken_clips"))}
    assert said == {"Welcome.", "Welcome, with Ben and Carla."}


def test_two_engines_speak_in_one_episode_each_what_is_its_own(scene: Scene) -> None:
    outro = {
        "id": "outro",
        "kind": "outro",
        "title": "Outro",
        "source": {"type": "speech", "text": "That was {show}.", "voice": "choir:high"},
    }
    use_template(scene, [INTRO, outro])
    hum, choir = NotedVoice(), NotedVoice()
    choir.name = "choir"
    episode_id = scene.new_episode(title="Peas", voice="hum:deep")["id"]
    assert steps.speak(scene.ground, VoiceEngines(hum, (choir,)), episode_id, quietly) == "2 spoken"
    assert (hum.spoke_as, choir.spoke_as) == (["deep"], ["high"])
    with pytest.raises(VoiceEngineNotOffered):
        steps.speak(scene.ground, VoiceEngines(hum), episode_id, quietly)


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed (Debian: apt-get install flite)")
def test_the_ready_template_with_the_local_voice_and_the_house_music(scene: Scene) -> None:
    episode_id = scene.new_episode(title="A greenhouse for forty pounds")["id"]
    scene.give_words(episode_id)
    steps.propose(scene.ground, episode_id, quietly)
    assert steps.speak(scene.ground, VoiceEngines(FliteSynthesizer()), episode_id, quietly) == "2 spoken"
    steps.assemble(scene.ground, episode_id, quietly)
    steps.tag(scene.ground, episode_id, quietly)
    rendition = scene.episode(episode_id)["rendition"]
    assert rendition["loudness_lufs"] == pytest.approx(-16.0, abs=0.5)
    assert rendition["true_peak_dbtp"] <= -1.0
    said = scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.txt").text
    assert said.startswith("Welcome to Beans, with Ann. Today: A greenhouse for forty pounds.")


class TestPaidVoices:
    """What a vendor has spoken is kept, and asked for once."""

    @pytest.fixture
    def elevenlabs(self) -> Iterator[VoiceService]:
        with voice_service("elevenlabs") as service:
            yield service

    def test_a_failing_voice_stops_the_step_and_no_other_speaks_in_its_place(
        self, scene: Scene, episode_id: str, elevenlabs: VoiceService
    ) -> None:
        elevenlabs.behave("quota_spent")
        with pytest.raises(SpeechQuota, match="It says: This request exceeds your quota"):
            steps.speak(scene.ground, VoiceEngines(voice_of(elevenlabs)), episode_id, quietly)
        assert count(scene, "spoken_clips") == 0
        assert temporary(scene) == []

    def test_trying_again_and_another_episode_pay_nothing_twice(
        self, scene: Scene, episode_id: str, elevenlabs: VoiceService
    ) -> None:
        voice = voice_of(elevenlabs)
        for _ in range(2):
            assert steps.speak(scene.ground, VoiceEngines(voice), episode_id, quietly) == "1 spoken"
        another = scene.new_episode(title="Peas")["id"]
        assert steps.speak(scene.ground, VoiceEngines(voice), another, quietly) == "1 spoken"
        assert elevenlabs.charged == ["Peas on Beans."]

    def test_another_model_or_another_voice_is_another_clip(
        self, scene: Scene, episode_id: str, elevenlabs: VoiceService
    ) -> None:
        steps.speak(scene.ground, VoiceEngines(voice_of(elevenlabs)), episode_id, quietly)
        steps.speak(scene.ground, VoiceEngines(voice_of(elevenlabs, voice="EXAVITQu4vr4xnSDxMaL")), episode_id, quietly)
        steps.speak(scene.ground, VoiceEngines(HummingVoice()), episode_id, quietly)
        steps.speak(scene.ground, VoiceEngines(HummingVoice(version="2")), episode_id, quietly)
        assert count(scene, "spoken_clips") == 4

    def test_two_episodes_at_once_pay_the_same_text_once(self, scene: Scene, elevenlabs: VoiceService) -> None:
        use_template(scene, [INTRO])
        elevenlabs.behave("slow")
        episodes = [scene.new_episode(title="Peas")["id"] for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            ended = [
                pool.submit(steps.speak, scene.ground, VoiceEngines(voice_of(elevenlabs)), episode_id, quietly)
                for episode_id in episodes
            ]
            assert [one.result(60) for one in ended] == ["1 spoken"] * 2
        assert elevenlabs.charged == ["Peas on Beans."]

    def test_of_a_text_in_pieces_only_what_failed_is_paid_again(self, scene: Scene) -> None:
        said = "語語語語語語語語語。" * 200  # 6,000 bytes, of which a request takes 5,000
        use_template(scene, [{**INTRO, "source": {"type": "speech", "text": said}}])
        episode_id = scene.new_episode()["id"]
        with voice_service("google") as google:
            google.behave("polite", "broken_inside", "polite")
            with pytest.raises(SpeechUnsure):
                steps.speak(scene.ground, VoiceEngines(voice_of(google)), episode_id, quietly)
            assert steps.speak(scene.ground, VoiceEngines(voice_of(google)), episode_id, quietly) == "1 spoken"
        assert [len(text) for text in google.charged] == [1_660, 340]
        assert "".join(google.charged) == said
        with scene.ground.database.reading() as session:
            found = session.execute(text("SELECT duration_ms FROM spoken_clips ORDER BY duration_ms"))
            first, second, whole = found.scalars()
        assert whole == first + second + 200

    def test_the_key_is_kept_nowhere(self, scene: Scene, episode_id: str, elevenlabs: VoiceService) -> None:
        steps.speak(scene.ground, VoiceEngines(voice_of(elevenlabs)), episode_id, quietly)
        kept = [path for path in scene.ground.settings.data.rglob("*") if path.is_file()]
        assert kept
        assert not any(KEY.encode() in path.read_bytes() for path in kept)
