"""Orders over HTTP: one at a time for an episode, cancelled, tried again, hidden from others, streamed as they move."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from sqlalchemy import text

from donecast.entry.http import create_app
from donecast.kit.progress import Report
from donecast.platform.web import Ground
from donecast.production import repository
from donecast.production.errors import OperationCancelled
from donecast.production.models import OperationRow
from donecast.production.progress import Progress
from tests.support.library import made, show_wish, upload
from tests.support.people import Person
from tests.support.servers import free_port
from tests.support.sounds import tone


@pytest.fixture
def episode_id(ground: Ground, ann: Person) -> str:
    """Ann's draft of a second of sound."""
    recording = ground.settings.data / "hum.wav"
    recording.write_bytes(tone(1.2))
    show = made(ann, "/api/shows", json=show_wish())
    media = upload(ann, recording)
    return made(ann, "/api/episodes", json={"show_id": show["id"], "recording_id": media["id"]})["id"]


def operation(ann: Person, operation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ann.ask("GET", f"/api/operations/{operation_id}").json()
    return found


def test_a_new_order_waits_with_all_its_steps_in_plain_words(ann: Person, episode_id: str) -> None:
    answer = ann.ask("POST", f"/api/episodes/{episode_id}/produce")
    assert answer.status_code == 202
    found = operation(ann, answer.json()["operation_id"])
    assert (found["state"], found["episode_id"], found["error"]) == ("queued", episode_id, None)
    assert [step["name"] for step in found["steps"]] == [
        "check",
        "transcribe",
        "propose",
        "speak",
        "assemble",
        "tag",
        "publish",
    ]
    assert {step["state"] for step in found["steps"]} == {"waiting"}
    assert found["steps"][1]["title"] == "Writing out the words"
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "working"


def test_an_episode_is_on_the_line_once(ann: Person, episode_id: str) -> None:
    first = made(ann, f"/api/episodes/{episode_id}/produce", json={"publish": "not_yet"})
    second = made(ann, f"/api/episodes/{episode_id}/produce", json={"publish": "now"})
    assert first == second


def test_twenty_clicks_at_once_make_one_order(ann: Person, episode_id: str) -> None:
    answers: list[str] = []

    def click() -> None:
        answers.append(ann.ask("POST", f"/api/episodes/{episode_id}/produce").json().get("operation_id", "none"))

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1


def test_two_who_order_in_the_same_moment_get_the_same_order(
    ann: Person, episode_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(ann, f"/api/episodes/{episode_id}/produce")
    looks = iter([True])
    look = repository.active_operation

    def look_too_early(*arguments: Any) -> OperationRow | None:
        return None if next(looks, False) else look(*arguments)

    monkeypatch.setattr(repository, "active_operation", look_too_early)
    assert made(ann, f"/api/episodes/{episode_id}/produce", json={"publish": "now"}) == first


def test_an_order_for_proposals_is_extended_and_never_shortened(ann: Person, episode_id: str) -> None:
    def steps() -> int:
        return len(operation(ann, operation_id)["steps"])

    operation_id = made(ann, f"/api/episodes/{episode_id}/produce", json={"until": "proposals"})["operation_id"]
    assert steps() == 3
    made(ann, f"/api/episodes/{episode_id}/produce", json={"until": "ready"})
    assert steps() == 7
    made(ann, f"/api/episodes/{episode_id}/produce", json={"until": "proposals"})
    assert steps() == 7


def test_what_has_ended_is_not_brought_back_by_a_worker_that_was_late(
    ground: Ground, ann: Person, episode_id: str
) -> None:
    operation_id = made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]
    late = Progress(ground)

    def work(report: Report) -> str:
        Progress(ground).complete(operation_id, lambda _order: True)
        report(90, "Still at it")
        return "never"

    with pytest.raises(OperationCancelled):
        late.watched(operation_id, "assemble", work)
    late.finish(operation_id, "cancelled", OperationCancelled())
    found = operation(ann, operation_id)
    assert (found["state"], found["error"]) == ("done", None)


def test_what_nobody_has_begun_is_cancelled_at_once(ann: Person, episode_id: str) -> None:
    operation_id = made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]
    answer = ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] != "working"
    again = ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "nothing_to_cancel")


def test_only_what_failed_or_was_cancelled_is_tried_again(ann: Person, episode_id: str) -> None:
    operation_id = made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]
    early = ann.ask("POST", f"/api/operations/{operation_id}/retry")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "nothing_to_retry")
    ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").json()["state"] == "queued"


def test_a_wish_that_makes_no_sense_is_refused(ann: Person, episode_id: str) -> None:
    answer = ann.ask("POST", f"/api/episodes/{episode_id}/produce", json={"publish": "someday"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "malformed")


def test_a_cancelled_step_stops_at_its_next_report(ground: Ground, ann: Person, episode_id: str) -> None:
    operation_id = made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]
    progress = Progress(ground)
    with pytest.raises(OperationCancelled):
        progress.watched(operation_id, "check", lambda report: cancel_then_report(ground, operation_id, report))
    assert operation(ann, operation_id)["steps"][0]["state"] == "waiting"


def cancel_then_report(ground: Ground, operation_id: str, report: Any) -> str:

    with ground.database.transaction() as session:
        session.execute(text("UPDATE operations SET cancel_requested = true WHERE id = :id"), {"id": operation_id})
    report(50, "half")
    return "never"


@contextmanager
def served(ground: Ground) -> Iterator[str]:
    """The app behind a real socket, for what never ends."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(ground), port=port, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        for _ in range(500):
            if server.started:
                break
            threading.Event().wait(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def test_the_stream_tells_each_change_of_ones_own_work_and_nobody_elses(
    ground: Ground, ann: Person, ben: Person, episode_id: str
) -> None:
    operation_id = made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]
    with served(ground) as url:
        seen = listen(f"{url}/api/events", ann, ground, operation_id)
        assert {event["id"] for event in seen} == {operation_id}
        assert seen[-1]["state"] == "done"
        percents = [step["percent"] for event in seen for step in event["steps"] if step["name"] == "check"]
        assert 40 in percents
        another_id = made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]
        with pytest.raises(httpx2.ReadTimeout):
            listen(f"{url}/api/events", ben, ground, another_id)


def listen(url: str, person: Person, ground: Ground, operation_id: str) -> list[dict[str, Any]]:
    """Operation events until one says done, while the operation moves."""
    mover = threading.Thread(target=move, args=(ground, operation_id))
    mover.start()
    seen: list[dict[str, Any]] = []
    try:
        with httpx2.stream("GET", url, headers=person.headers, timeout=3) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line.startswith("data: {"):
                    seen.append(json.loads(line.removeprefix("data: ")))
                    if seen[-1]["state"] == "done":
                        break
    finally:
        mover.join()
    return seen


def move(ground: Ground, operation_id: str) -> None:
    progress = Progress(ground)

    def work(report: Any) -> str:
        threading.Event().wait(0.6)
        report(40, "half-way")
        threading.Event().wait(0.6)
        return "done"

    progress.watched(operation_id, "check", work)
    threading.Event().wait(0.6)
    progress.complete(operation_id, lambda _order: True)
