"""Alive, ready, and what the operator's daily look says, with things well and with things broken."""

import shutil
from typing import Any

import pytest
from fastapi.testclient import TestClient

from donecast.engine import landlock
from donecast.health import service
from donecast.health.rules import Check, verdict
from donecast.platform.web import Ground
from donecast.production.models import WorkerRow
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.voice_engines import VoiceEngines
from donecast.writing.extractive import ExtractiveWriter
from tests.support.voice_services import voice_of, voice_service


def test_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert set(answer.json()["checks"]) == {"database", "tables", "disk", "storage"}


class TestNearlyFullDisk:
    """With a reserve that no disk has."""

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"disk_free_bytes_min": 2**60}

    def test_it_is_not_ready_and_says_which_part(self, client: TestClient) -> None:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["disk"]) == (503, "fail")
        assert client.get("/livez").status_code == 200


def test_without_its_storage_it_is_not_ready(client: TestClient, ground: Ground) -> None:
    shutil.rmtree(ground.settings.data / "blobs")
    (ground.settings.data / "blobs").write_text("in the way")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["storage"]) == (503, "fail")


def test_the_daily_look_misses_a_worker_and_then_sees_it(ground: Ground) -> None:
    workers = service.work(ground)[0]
    assert (workers.ok, workers.finding) == (False, "none is alive, so no episode moves")
    assert "donecast up" in workers.action
    now = ground.clock.now()
    with ground.database.transaction() as session:
        session.add(WorkerRow(id="one", started_at=now, heartbeat_at=now))
    assert service.work(ground)[0].finding == "1 alive"


def test_a_missing_voice_is_named_with_its_remedy() -> None:
    ear, voice, pen = service.engines(
        PocketSphinxTranscriber(), VoiceEngines(FliteSynthesizer(program="no-such-voice")), ExtractiveWriter()
    )
    assert ear.ok
    assert pen.ok
    assert not voice.ok
    assert voice.finding.startswith("No voice is installed")
    assert "apt install flite" in voice.action


def test_a_voice_service_is_asked_for_its_state_and_not_to_speak() -> None:
    with voice_service("elevenlabs") as vendor:
        vendor.account |= {"character_count": 10_000}
        _, voice, _ = service.engines(PocketSphinxTranscriber(), VoiceEngines(voice_of(vendor)), ExtractiveWriter())
        assert (voice.name, voice.ok) == ("voice elevenlabs", False)
        assert voice.finding == "All of the 10,000 characters of this period are spoken."
        assert "top up" in voice.action
        vendor.account |= {"character_count": 9_999}
        assert service.engines(PocketSphinxTranscriber(), VoiceEngines(voice_of(vendor)), ExtractiveWriter())[1].ok
        assert vendor.charged == []


def test_the_verdict_is_one_sentence_with_the_worst_thing() -> None:
    fine, broken = Check("a", ok=True, finding="ready"), Check("b", ok=False, finding="is gone")
    assert verdict((fine,)) == "All working."
    assert verdict((fine, broken)) == "1 of 2 things need a look; first: b: is gone"


def test_a_missing_wall_around_files_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "unavailable_because", lambda: None)
    assert service.file_wall().ok
    monkeypatch.setattr(landlock, "unavailable_because", lambda: "only Linux has such a wall")
    missing = service.file_wall()
    assert (missing.ok, missing.finding) == (False, "none: only Linux has such a wall")
