"""Hearing a joint before the episode is made: by number, by place, for its owner alone, and never too many at once."""

import io
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from donecast.core.decisions import StandingChoices
from donecast.core.proposals import Proposal, proposal_key
from donecast.core.span import Span
from donecast.edits import service as edits
from donecast.entry.http import create_app
from donecast.platform.blobs import BlobStore
from donecast.recordings import service as recordings
from tests.support.scene import RECORDING_MS, Scene

RATE = 44_100


@pytest.fixture
def episode_id(scene: Scene) -> str:
    """An episode with two cuts, from 2 s to 3 s and from 6 s to 7.5 s."""
    made: str = scene.new_episode()["id"]
    cuts = [{"kind": "cut", "id": f"cut-{start}", "start_ms": start, "end_ms": end} for start, end in CUTS]
    body = {"version": 0, "operations": cuts}
    assert scene.ann.ask("PUT", f"/api/episodes/{made}/edit-list", json=body).status_code == 200
    return made


CUTS = ((2_000, 3_000), (6_000, 7_500))


def ask(scene: Scene, episode_id: str, what: str, **query: Any) -> Any:
    return scene.ann.ask("GET", f"/api/episodes/{episode_id}/{what}", params=query)


def soon(is_so: Callable[[], bool]) -> bool:
    for _ in range(400):
        if is_so():
            return True
        time.sleep(0.05)
    return False


def sound_of(answer: Any) -> tuple[Any, int]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["cache-control"] == "private, no-store"
    sound, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32", always_2d=True)
    assert rate == RATE
    return sound, int(answer.headers["x-joint-ms"])


def test_joints_come_in_order_with_both_times(scene: Scene, episode_id: str) -> None:
    assert ask(scene, episode_id, "joints").json() == {
        "version": 1,
        "duration_ms": RECORDING_MS - 2_500,
        "joints": [
            {"number": 1, "start_ms": 2_000, "end_ms": 3_000, "finished_ms": 2_000},
            {"number": 2, "start_ms": 6_000, "end_ms": 7_500, "finished_ms": 5_000},
        ],
    }
    bare = scene.new_episode()["id"]
    assert ask(scene, bare, "joints").json() == {"version": 0, "duration_ms": RECORDING_MS, "joints": []}


def test_a_joint_is_heard_with_what_comes_before_and_after(scene: Scene, episode_id: str) -> None:
    first, at_ms = sound_of(ask(scene, episode_id, "joints/1/preview"))
    assert (len(first), at_ms) == (5 * RATE, 2_000)
    second, at_ms = sound_of(ask(scene, episode_id, "joints/2/preview", around_ms=1_000, version=1))
    assert (len(second), at_ms) == (2 * RATE, 1_000)
    assert np.abs(second).max() > 0.05


def test_a_place_that_is_not_cut_yet_is_heard_as_if_it_were(scene: Scene, episode_id: str) -> None:
    wished, at_ms = sound_of(ask(scene, episode_id, "preview", start_ms=9_000, end_ms=9_700, around_ms=1_000))
    assert (len(wished), at_ms) == (2 * RATE, 1_000)
    assert ask(scene, episode_id, "edit-list").json()["version"] == 1
    again, _ = sound_of(ask(scene, episode_id, "preview", start_ms=6_000, end_ms=7_500, around_ms=1_000))
    accepted, _ = sound_of(ask(scene, episode_id, "joints/2/preview", around_ms=1_000))
    assert np.array_equal(again, accepted)


def test_a_word_is_heard_covered_and_everything_keeps_its_time(scene: Scene, episode_id: str) -> None:
    place = {"start_ms": 9_000, "end_ms": 9_700, "around_ms": 1_000}
    beeped, at_ms = sound_of(ask(scene, episode_id, "preview", **place, cover="beep"))
    silent, _ = sound_of(ask(scene, episode_id, "preview", **place, cover="silence"))
    assert (len(beeped), len(silent), at_ms) == (2 * RATE, 2 * RATE, 1_000)
    inside = slice(int(1.05 * RATE), int(1.65 * RATE))
    assert np.abs(silent[inside]).max() < 1e-3
    spectrum = np.abs(np.fft.rfft(beeped[inside, 0]))
    assert np.argmax(spectrum) * RATE / len(beeped[inside]) == pytest.approx(1_000, abs=3)
    outside = slice(0, int(0.95 * RATE))
    assert np.array_equal(beeped[outside], silent[outside])


def test_a_cut_is_heard_between_new_edges_in_place_of_its_own(scene: Scene) -> None:
    made = scene.new_episode()["id"]
    scene.give_words(made)
    pause = Proposal("long_pause", Span(4_000, 6_000), "A pause", 0.95, automatic=True)
    with scene.ground.database.transaction() as session:
        edits.take_proposals(
            session,
            scene.clock,
            episode_id=made,
            source_duration_ms=RECORDING_MS,
            proposals=[pause],
            choices=StandingChoices(),
        )
    narrower = {"start_ms": 4_500, "end_ms": 5_000, "around_ms": 1_000}
    beside, at_ms = sound_of(ask(scene, made, "preview", **narrower, instead_of=proposal_key(pause)))
    assert (len(beside), at_ms) == (2 * RATE, 1_000)
    wide, _ = sound_of(ask(scene, made, "preview", **narrower))
    assert not np.array_equal(beside, wide)
    bare = scene.new_episode()["id"]
    alone, _ = sound_of(ask(scene, bare, "preview", **narrower))
    assert np.array_equal(beside, alone)


def test_the_end_of_the_recording_can_be_heard(scene: Scene, episode_id: str) -> None:
    ending, at_ms = sound_of(ask(scene, episode_id, "preview", start_ms=11_000, end_ms=RECORDING_MS))
    assert (len(ending), at_ms) == (3 * RATE, 3_000)


@pytest.mark.parametrize(
    ("what", "query", "status", "code"),
    [
        ("joints/0/preview", {}, 404, "no_such_joint"),
        ("joints/3/preview", {}, 404, "no_such_joint"),
        ("joints/1/preview", {"version": 0}, 409, "edit_list_stale"),
        ("joints/1/preview", {"around_ms": 499}, 422, "malformed"),
        ("joints/1/preview", {"around_ms": 10_001}, 422, "malformed"),
        ("preview", {"start_ms": 500, "end_ms": 500}, 400, "place_invalid"),
        ("preview", {"start_ms": -1, "end_ms": 500}, 400, "place_invalid"),
        ("preview", {"start_ms": 0, "end_ms": RECORDING_MS + 1}, 400, "place_invalid"),
        ("preview", {"start_ms": 0, "end_ms": RECORDING_MS}, 409, "nothing_left"),
        ("preview", {"start_ms": 0}, 422, "malformed"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_a_sentence(
    scene: Scene, episode_id: str, what: str, query: dict[str, Any], status: int, code: str
) -> None:
    answer = ask(scene, episode_id, what, **query)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"].endswith(".")
    assert error["action"].endswith(".")


def test_the_least_and_the_most_around_a_joint(scene: Scene, episode_id: str) -> None:
    assert len(sound_of(ask(scene, episode_id, "joints/2/preview", around_ms=500))[0]) == RATE
    longest, at_ms = sound_of(ask(scene, episode_id, "joints/2/preview", around_ms=10_000))
    assert (len(longest), at_ms) == ((RECORDING_MS - 2_500) * RATE // 1000, 5_000)


def test_a_recording_that_is_not_checked_cannot_be_heard(
    scene: Scene, episode_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = recordings.media_by_id

    def unchecked(session: Any, media_id: str) -> Any:
        return replace(ready(session, media_id), state="checking")

    monkeypatch.setattr(recordings, "media_by_id", unchecked)
    answer = ask(scene, episode_id, "joints/1/preview")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "recording_not_ready")


def test_too_many_at_once_are_refused_with_a_sentence(
    scene: Scene, episode_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: Any = scene.ann.client.app
    fetched = []
    monkeypatch.setattr(BlobStore, "local_path", lambda _, key, __: fetched.append(key))
    with ExitStack() as others:
        for _ in range(scene.ground.settings.limits.previews_at_once_max):
            others.enter_context(app.state.previewer.turn())
        answer = ask(scene, episode_id, "joints/1/preview")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["retryable"]) == (503, "too_many_previews", True)
    assert answer.headers["retry-after"]
    assert fetched == []
    monkeypatch.undo()
    assert ask(scene, episode_id, "joints/1/preview").status_code == 200


def test_nobody_else_hears_it(scene: Scene, episode_id: str) -> None:
    for what in ("joints", "joints/1/preview", "preview?start_ms=0&end_ms=500"):
        assert scene.ben.ask("GET", f"/api/episodes/{episode_id}/{what}").status_code == 404


@pytest.mark.parametrize("what", ["proposals", "joints"])
def test_processes_stand_by_while_somebody_edits_and_end_with_the_app(scene: Scene, episode_id: str, what: str) -> None:
    app = create_app(scene.ground)
    previewer = app.state.previewer
    with TestClient(app, base_url=scene.ground.settings.server.base_url) as client:
        assert previewer.waiting == 0
        client.get(f"/api/episodes/{episode_id}/{what}", headers=scene.ann.headers)
        assert soon(lambda: previewer.waiting == scene.ground.settings.limits.preview_processes_waiting_max)
    assert previewer.waiting == 0
    assert list((scene.ground.settings.data / "temporary").glob("standby-*")) == []
