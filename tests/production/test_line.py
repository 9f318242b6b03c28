"""The whole line with its real tools: what becomes of a recording, of a repeat, of a failure, of a change of mind."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from donecast.platform.durable import InlineRunner
from donecast.platform.web import Ground
from donecast.production import service
from donecast.production.line import Line, Workshop
from donecast.production.rules import PublishWhen, StepView, Until
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.synthesizer import Speech
from tests.support.people import Person


def order(ground: Ground, ann: Person, episode_id: str, until: Until = "ready", when: PublishWhen = "now") -> str:
    with ground.database.transaction() as session:
        return service.order(
            session,
            ground.clock,
            account_id=ann.account.id,
            episode_id=episode_id,
            until=until,
            publish_when=when,
            request_id="req-1",
        )


def count(ground: Ground, table: str) -> int:
    with ground.database.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def states(ann: Person, operation_id: str) -> dict[str, str]:
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    return {step["name"]: step["state"] for step in operation["steps"]} | {"": operation["state"]}


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


def test_without_a_wish_to_publish_it_stays_private(ground: Ground, line: Line, ann: Person, episode_id: str) -> None:
    operation_id = order(ground, ann, episode_id, when="not_yet")
    line.produce(InlineRunner(), operation_id)
    assert states(ann, operation_id)["publish"] == "skipped"
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "ready"
    assert "<item>" not in ann.client.get("/shows/the-garden-hour/feed.xml").text


def test_a_wish_to_publish_that_comes_while_it_works_is_heard(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id, when="not_yet")
    wish_at = at_step("assemble", lambda: order(ground, ann, episode_id, when="now"))
    Line(workshop, on_change=wish_at).produce(InlineRunner(), operation_id)
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


def test_an_older_attempt_gives_way_to_a_newer_one(ground: Ground, line: Line, ann: Person, episode_id: str) -> None:
    operation_id = order(ground, ann, episode_id)
    ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    ann.ask("POST", f"/api/operations/{operation_id}/retry")
    line.attempt(InlineRunner(), f"{operation_id}.1")
    assert set(states(ann, operation_id).values()) == {"queued", "waiting"}
    line.attempt(InlineRunner(), f"{operation_id}.2")
    assert set(states(ann, operation_id).values()) == {"done"}


def test_a_step_that_cannot_run_stops_the_work_with_a_reason_and_a_remedy(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    voiceless = Workshop(ground, workshop.transcriber, FliteSynthesizer(program="no-such-voice"))
    operation_id = order(ground, ann, episode_id)
    Line(voiceless).produce(InlineRunner(), operation_id)
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert (operation["state"], states(ann, operation_id)["speak"]) == ("failed", "failed")
    assert "flite" in operation["error"]["action"]
    episode = ann.ask("GET", f"/api/episodes/{episode_id}").json()
    assert (episode["state"], episode["rendition"]) == ("needs_you", None)


def test_a_fault_of_ours_is_marked_and_not_hidden(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    class Careless(FliteSynthesizer):
        def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
            raise RuntimeError("inner words")

    operation_id = order(ground, ann, episode_id)
    with pytest.raises(RuntimeError, match="inner words"):
        Line(Workshop(ground, workshop.transcriber, Careless())).produce(InlineRunner(), operation_id)
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert operation["state"] == "failed"
    assert "inner words" not in str(operation)


def at_step(name: str, act: Callable[[], object]) -> Callable[[StepView], None]:
    """Does something once, when a step has begun."""
    done: list[bool] = []

    def watch(step: StepView) -> None:
        if step.name == name and step.state == "running" and not done:
            done.append(True)
            act()

    return watch
