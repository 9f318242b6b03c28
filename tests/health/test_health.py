"""Alive, ready, and what the operator's daily look says, with things well and with things broken."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from donecast.billing.errors import PaymentsResting
from donecast.engine import landlock
from donecast.entry.auto_ops import open_analyst, open_github, open_slack
from donecast.entry.http import create_app
from donecast.entry.wiring import (
    open_payments,
    open_remotes,
    open_senders,
    open_sentry,
    open_voice_engines,
    open_workshop,
    open_writer,
)
from donecast.health import service
from donecast.health.rules import SERVICES, Check, verdict
from donecast.health.sentry.errors import SentryResting
from donecast.platform.breaker_rules import Admission, BreakerState, keep_quiet
from donecast.platform.outgoing import UNGUARDED, Outgoing
from donecast.platform.sentry_settings import SentrySettings
from donecast.platform.settings import load_settings
from donecast.platform.storage_door import SERVICE as STORAGE
from donecast.platform.storage_errors import StorageResting
from donecast.platform.vendor_settings import AiTextSettings, PaymentSettings
from donecast.platform.web import Ground
from donecast.production.models import WorkerRow
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.voice_engines import VoiceEngines
from donecast.writing.errors import WriterResting
from donecast.writing.extractive import ExtractiveWriter
from tests.support.people import Person
from tests.support.talks import wish
from tests.support.voice_services import voice_of, voice_service


def test_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    answers = (client.get("/readyz") for _ in range(20))  # a busy machine is given time
    answer = next(answer for answer in answers if answer.status_code == 200)
    assert answer.json()["status"] == "ok"
    assert set(answer.json()["checks"]) == {"database", "migrations", "disk", "storage"}


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


class TestOutsideServices:
    """Circuit breakers, as everybody, a person and an admin see them."""

    PATH = "/api/health/circuit-breakers"

    def test_all_are_listed_and_well_at_first(self, client: TestClient) -> None:
        answer = client.get(self.PATH).json()
        assert (answer["status"], answer["open_count"]) == ("healthy", 0)
        assert answer["breakers"] == {name: {"state": "closed"} for name in SERVICES}

    def test_the_names_are_those_that_are_asked(self, ground: Ground) -> None:
        asked: set[str] = set()

        def way_to(service: str) -> Outgoing:
            asked.add(service)
            return UNGUARDED

        keys = dict.fromkeys(("assemblyai_key", "auphonic_key", "elevenlabs_key", "google_voice_key"), "key")
        settings = load_settings({"environment": "test", "data": ground.settings.data, **keys})
        open_remotes(settings, way_to)
        open_voice_engines(settings, way_to)
        open_payments(PaymentSettings(stripe_key="sk_test_1", stripe_webhook_secret="w"), way_to)
        open_senders(replace(ground, settings=settings), way_to)
        for engine in ("gemini", "openai_compatible"):
            open_writer(AiTextSettings(ai_text_engine=engine, ai_text_model="m"), way_to)
        open_sentry(SentrySettings(sentry_org_token="t"), ground.clock, way_to)
        open_slack(ground, "t", way_to)
        open_github(settings.auto_ops, way_to)
        with_a_model = settings.auto_ops.model_copy(update={"auto_ops_openai_url": "http://127.0.0.1:1/v1"})
        open_analyst(replace(ground, settings=replace(settings, auto_ops=with_a_model)), None, way_to)
        assert asked | {STORAGE} == set(SERVICES)

    def test_an_admin_isolates_one_and_everybody_sees_it_and_only_admins_see_more(
        self, client: TestClient, ann: Person, admin: Person
    ) -> None:
        isolated = admin.ask("POST", "/api/admin/circuit-breakers/elevenlabs/isolate").json()
        assert isolated == {"state": "isolated", "failure_count": 0, "isolated_by": admin.account.id}
        for answer in (client.get(self.PATH).json(), ann.ask("GET", self.PATH).json()):
            assert (answer["status"], answer["open_count"]) == ("degraded", 1)
            assert answer["breakers"]["elevenlabs"] == {"state": "isolated"}
        assert admin.ask("GET", self.PATH).json()["breakers"]["elevenlabs"] == isolated
        assert admin.ask("POST", "/api/admin/circuit-breakers/elevenlabs/release").json()["state"] == "closed"
        assert client.get(self.PATH).json()["status"] == "healthy"

    def test_an_open_one_says_since_when_and_when_it_is_tried_again(self, ground: Ground, admin: Person) -> None:
        breaker = ground.breakers.of("gemini")
        for _ in range(5):
            admission = breaker.admit(1.0)
            assert isinstance(admission, Admission)
            breaker.record(admission, "failed")
        told = admin.ask("GET", self.PATH).json()["breakers"]["gemini"]
        assert (told["state"], told["failure_count"]) == ("open", 5)
        opened, next_probe = (datetime.fromisoformat(told[name]) for name in ("opened_at", "next_probe_at"))
        assert next_probe - opened == timedelta(seconds=30)
        assert abs(opened - ground.clock.now()) < timedelta(seconds=10)
        look = service.services(ground)
        since, again = f"{opened:%Y-%m-%d %H:%M}", f"{next_probe:%H:%M:%S}"
        assert not look.ok
        assert look.finding == f"left alone at present: gemini (since {since} UTC, tried again from {again} UTC on)"

    def test_one_that_nobody_asked_since_its_break_says_what_ends_it(self, ground: Ground, admin: Person) -> None:
        now_ms = ground.breakers.now_ms()
        left = BreakerState(phase="open", opened_at_ms=now_ms - 40_000, breaks=1)
        ground.breakers.change("gemini", lambda _state, _now_ms: left)
        finding = service.services(ground).finding
        assert finding.startswith("left alone at present: gemini (since ")
        assert finding.endswith(" UTC, the next call tries it again)")
        assert admin.ask("POST", "/api/admin/circuit-breakers/gemini/isolate").status_code == 200
        assert service.services(ground).finding == "left alone at present: gemini (switched off by hand)"

    def test_one_that_asks_for_quiet_is_degraded_until_then(self, ground: Ground, admin: Person) -> None:
        ground.breakers.change("google", lambda state, now_ms: keep_quiet(state, now_ms + 60_000))
        answer = admin.ask("GET", self.PATH).json()
        assert (answer["status"], answer["open_count"]) == ("degraded", 0)
        assert answer["breakers"]["google"]["state"] == "closed"
        until = datetime.fromisoformat(answer["breakers"]["google"]["quiet_until"])
        assert timedelta(seconds=50) < until - ground.clock.now() <= timedelta(seconds=60)
        assert (
            service.services(ground).finding
            == f"left alone at present: google (wants quiet until {until:%H:%M:%S} UTC)"
        )
        admin.ask("POST", "/api/admin/circuit-breakers/google/release")
        assert service.services(ground).ok

    def test_with_tables_of_another_version_it_is_not_known(self, ground: Ground) -> None:
        with ground.database.transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        look = service.services(ground)
        assert not look.ok
        assert look.finding.startswith("not known: The database belongs to another version")

    def test_a_name_that_is_none_is_refused_and_others_may_not(self, ann: Person, admin: Person) -> None:
        answer = admin.ask("POST", "/api/admin/circuit-breakers/nobody/isolate")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_service")
        assert ann.ask("POST", "/api/admin/circuit-breakers/gemini/isolate").status_code == 404
        assert admin.ask("GET", self.PATH).json()["status"] == "healthy"


class TestEveryServiceHasABreaker:
    """With a key for each, and all of them isolated: nobody is asked, wherever the question comes from."""

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        nowhere = "http://127.0.0.1:9"
        return {
            **dict.fromkeys(("assemblyai_key", "auphonic_key", "elevenlabs_key", "google_voice_key"), "k" * 32),
            **dict.fromkeys(("assemblyai_url", "auphonic_url", "elevenlabs_url", "google_voice_url"), nowhere),
            "ai_text_engine": "gemini",
            "ai_text_key": "k" * 32,
            "ai_text_model": "m",
            "ai_text_url": nowhere,
            "stripe_key": "sk_test_1",
            "stripe_webhook_secret": "w",
            "stripe_url": nowhere,
            "sentry_org_token": "t",
            "sentry_base_url": nowhere,
            "storage_url": "s3://bucket",
            "s3_endpoint": nowhere,
        }

    def test_the_line_and_the_web_go_through_it(self, ground: Ground) -> None:
        for name in SERVICES:
            ground.breakers.isolate(name, "acc_admin")
        workshop, state = open_workshop(ground), create_app(ground).state
        vendors: list[Any] = [workshop.ears["assemblyai"], workshop.ears["auphonic"]]
        for voices in (workshop.voices, state.voice_engines):
            vendors += [voice for voice in voices if voice.name in SERVICES]
        assert len(vendors) == 6
        told = [vendor.check()[0].message for vendor in vendors]
        with pytest.raises(PaymentsResting) as payments:
            state.payments.session("cs_1")
        with pytest.raises(WriterResting) as writer:
            state.writing_desk.writer.write(wish("titles"))
        with pytest.raises(SentryResting) as errors:
            state.error_source.look_at(ground, "1")
        with pytest.raises(StorageResting) as storage:
            ground.blobs.read("ab" * 32)
        told += [payments.value.message, writer.value.message, errors.value.message, storage.value.message]
        assert all(message.endswith("switched off for now.") for message in told), told
