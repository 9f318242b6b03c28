"""The whole line with its real tools: what becomes of a recording, of a repeat, of a failure."""

from pathlib import Path

import pytest
from sqlalchemy import text

from donecast.platform.durable import InlineRunner
from donecast.platform.web import Ground
from donecast.production.line import Line, Workshop
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.synthesizer import Speech
from donecast.speech.voice_engines import VoiceEngines
from tests.support.orders import Remembering, begun, order, states
from tests.support.people import Person
from tests.support.watching import at_step


@pytest.fixture
def ground(housed_ground: Ground) -> Ground:
    return housed_ground


def count(ground: Ground, table: str) -> int:
    with ground.database.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_recording_becomes_a_published_episode_and_a_repeat_changes_nothing(
    ground: Ground, line: Line, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id)
    line.produce(InlineRunner(), operation_id)
    assert set(states(ann, operation_id).values()) == {"done"}

    episode = ann.ask("GET", f"/api/episodes/{episode_id}").json()
    rendition = episode["rendition"]
    assert episode["state"] == "live"
    assert episode["transcript"]["quality"] == "basic"
    assert abs(rendition["loudness_lufs"] + 16) <= 0.5
    assert rendition["true_peak_dbtp"] <= -1.0
    assert len(ann.client.get(rendition["url"]).content) == rendition["length_bytes"]
    assert "Beans and rain" in ann.client.get("/shows/the-garden-hour/feed.xml").text

    counts = {table: count(ground, table) for table in ("renditions", "rendered_audio", "transcripts", "spoken_clips")}
    line.produce(InlineRunner(), operation_id)
    assert {table: count(ground, table) for table in counts} == counts
    again = ann.ask("GET", f"/api/episodes/{episode_id}").json()
    assert (again["rendition"], again["published_at"]) == (rendition, episode["published_at"])
    assert list((ground.settings.data / "temporary").iterdir()) == []


def test_it_can_stop_where_a_person_looks_at_the_cuts(ground: Ground, line: Line, ann: Person, episode_id: str) -> None:
    operation_id = order(ground, ann, episode_id, until="proposals")
    line.produce(InlineRunner(), operation_id)
    assert states(ann, operation_id) == {"check": "done", "transcribe": "done", "propose": "done", "": "done"}
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "needs_you"
    assert ann.ask("GET", f"/api/episodes/{episode_id}/words").json()["words"]


def test_whoever_orders_again_after_cancelling_is_heard(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id, when="not_yet")

    def change_ones_mind() -> None:
        assert ann.ask("POST", f"/api/operations/{operation_id}/cancel").status_code == 202
        assert order(ground, ann, episode_id, when="now") == operation_id

    begun(ground, operation_id)
    Line(workshop, on_change=at_step("transcribe", change_ones_mind)).produce(InlineRunner(), operation_id)
    assert set(states(ann, operation_id).values()) == {"done"}
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "live"


def test_cancelling_stops_at_the_next_breath_and_a_retry_goes_on(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id)
    stop = at_step("transcribe", lambda: ann.ask("POST", f"/api/operations/{operation_id}/cancel"))
    Line(workshop, on_change=stop).produce(InlineRunner(), operation_id)
    seen = states(ann, operation_id)
    assert (seen[""], seen["check"], seen["transcribe"], seen["assemble"]) == (
        "cancelled",
        "done",
        "waiting",
        "waiting",
    )
    assert list((ground.settings.data / "temporary").iterdir()) == []
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 202
    Line(workshop).produce(InlineRunner(), operation_id)
    assert states(ann, operation_id)[""] == "done"


def test_a_step_that_cannot_run_stops_the_work_with_a_reason_and_a_remedy(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    voiceless = Workshop(ground, workshop.transcriber, VoiceEngines(FliteSynthesizer(program="no-such-voice")))
    operation_id = order(ground, ann, episode_id)
    Line(voiceless).produce(InlineRunner(), operation_id)
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert (operation["state"], states(ann, operation_id)["speak"]) == ("failed", "failed")
    assert "flite" in operation["error"]["action"]
    episode = ann.ask("GET", f"/api/episodes/{episode_id}").json()
    assert (episode["state"], episode["rendition"]) == ("needs_you", None)


def test_work_that_kills_whoever_does_it_ends_as_failed_and_can_be_tried_again(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    class Killed(BaseException):
        """As when the machine takes the process away: nobody catches it."""

    class Deadly(FliteSynthesizer):
        def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
            raise Killed

    operation_id, remembering = order(ground, ann, episode_id), Remembering()
    deadly = Line(Workshop(ground, workshop.transcriber, VoiceEngines(Deadly())))
    for _ in range(ground.settings.worker.work_attempts_max):  # the first one finishes the steps before
        with pytest.raises(Killed):
            deadly.attempt(remembering, f"{operation_id}.1")
        assert states(ann, operation_id)[""] == "running"
    deadly.attempt(remembering, f"{operation_id}.1")

    ended = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert (ended["state"], ended["error"]["code"]) == ("failed", "work_keeps_stopping")
    assert states(ann, operation_id)["speak"] == "failed"
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "needs_you"
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 202
    Line(workshop).attempt(Remembering(), f"{operation_id}.2")
    assert states(ann, operation_id)[""] == "done"


def test_a_fault_of_ours_is_marked_and_not_hidden(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    class Careless(FliteSynthesizer):
        def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
            raise RuntimeError("inner words")

    operation_id = order(ground, ann, episode_id)
    with pytest.raises(RuntimeError, match="inner words"):
        Line(Workshop(ground, workshop.transcriber, VoiceEngines(Careless()))).produce(InlineRunner(), operation_id)
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert operation["state"] == "failed"
    assert "inner words" not in str(operation)


def test_who_was_chosen_writes_out_the_words_or_the_work_stops(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    for chosen, code in (("whisper", "speech_model_missing"), ("assemblyai", "engine_not_offered")):
        ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"transcriber": chosen})
        operation_id = order(ground, ann, episode_id)
        Line(workshop).produce(InlineRunner(), operation_id)
        operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
        assert (states(ann, operation_id)["transcribe"], operation["error"]["code"]) == ("failed", code)
        assert "Words and voice" in operation["error"]["action"]
    ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"transcriber": "pocketsphinx"})
    operation_id = order(ground, ann, episode_id, until="proposals")
    Line(workshop).produce(InlineRunner(), operation_id)
    assert states(ann, operation_id)["transcribe"] == "done"
