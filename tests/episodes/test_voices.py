"""Which voices a template may name, how they sound, and which engine it is that has them."""

import io
import shutil
import wave
from collections.abc import Iterator
from typing import Any

import pytest

from donecast.entry.wiring import open_voice_engines, unguarded
from donecast.platform.settings import Settings, load_settings
from tests.support.people import Person
from tests.support.voice_services import KEY, MODEL, VoiceService, voice_service


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed (Debian: apt-get install flite)")
def test_the_local_voices_are_listed_with_their_licence(ann: Person) -> None:
    listed = ann.ask("GET", "/api/voices").json()
    default = next(voice for voice in listed if voice["is_default"])
    assert default["id"] == "flite:slt"
    assert (default["engine"], default["language"], default["preview_url"]) == ("flite", "en-US", None)
    assert "licence of Carnegie Mellon" in default["licence"]


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed (Debian: apt-get install flite)")
def test_a_voice_is_heard_before_it_is_chosen(ann: Person) -> None:
    heard = ann.ask("GET", "/api/voices/preview", params={"voice": "flite:rms"})
    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(heard.content)) as speech:
        assert 2 < speech.getnframes() / speech.getframerate() < 6
    assert ann.ask("GET", "/api/voices/preview", params={"voice": "slt"}).content != heard.content


def test_a_voice_that_is_not_there_is_refused(ann: Person) -> None:
    unknown = ann.ask("GET", "/api/voices/preview", params={"voice": "../slt"})
    assert unknown.json()["error"]["code"] in {"voice_unknown", "voice_missing"}
    assert ann.ask("GET", "/api/voices/preview", params={"voice": ""}).status_code == 422


def settings_with(**wish: str) -> Settings:
    """Settings of an installation without any voices' files, but with keys of the vendors that they name."""
    named = wish.get("synthesizer", "")
    keys = {"elevenlabs": {"elevenlabs_key": KEY}, "google": {"google_voice_key": KEY}}.get(named, {})
    return load_settings({"environment": "test", "data": "/nowhere", **keys, **wish})


class TestOfAService:
    @pytest.fixture
    def service(self) -> Iterator[VoiceService]:
        with voice_service("elevenlabs") as running:
            yield running

    @pytest.fixture
    def overrides(self, service: VoiceService) -> dict[str, Any]:
        return {"synthesizer": "elevenlabs", "elevenlabs_key": KEY, "elevenlabs_url": service.url}

    def test_its_voices_are_listed_and_nothing_is_spoken(self, ann: Person, service: VoiceService) -> None:
        george, sarah = ann.ask("GET", "/api/voices").json()
        assert (george["engine"], george["is_default"], george["language"]) == ("elevenlabs", True, "en")
        assert george["preview_url"] == "https://storage.example.com/george.mp3"
        assert (sarah["label"], sarah["is_default"]) == ("Sarah", False)
        assert (service.asked_for("voices"), service.asked_for("speak")) == (1, 0)

    def test_a_preview_is_paid_once(self, ann: Person, ben: Person, service: VoiceService) -> None:
        heard = [
            person.ask("GET", "/api/voices/preview", params={"voice": "elevenlabs:EXAVITQu4vr4xnSDxMaL"}).content
            for person in (ann, ben, ann)
        ]
        assert heard[0][:4] == b"RIFF"
        assert heard == [heard[0]] * 3
        assert len(service.charged) == 1

    def test_its_refusal_is_shown_and_no_other_voices_are_listed(self, ann: Person, service: VoiceService) -> None:
        service.behave("unknown_key", kind="voices")
        service.behave("unknown_key")
        for path in ("/api/voices", "/api/voices/preview?voice=EXAVITQu4vr4xnSDxMaL"):
            answer = ann.ask("GET", path)
            assert answer.status_code == 503
            assert "does not accept the key" in answer.text
            assert KEY not in answer.text


class TestWhichEngine:
    """The one that the settings name; without any, what the machine has."""

    @pytest.mark.parametrize("engine", ["flite", "espeak-ng", "piper", "kokoro", "elevenlabs", "google"])
    def test_the_named_one_speaks_whatever_is_installed(self, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        settings = settings_with(synthesizer=engine)
        assert open_voice_engines(settings, unguarded).first.name == engine

    @pytest.mark.parametrize(
        ("installed", "engine"),
        [({"flite", "espeak-ng"}, "flite"), ({"espeak-ng"}, "espeak-ng"), ({"flite"}, "flite"), (set(), "flite")],
    )
    def test_without_one_it_is_what_the_machine_has(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        monkeypatch: pytest.MonkeyPatch,
        installed: set[str],
        engine: str,
    ) -> None:
        folder = tmp_path_factory.mktemp("programs")
        for name in installed:
            (folder / name).write_text("#!/bin/sh\nexit 1\n")
            (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        assert open_voice_engines(settings_with(), unguarded).first.name == engine

    def test_with_nothing_it_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        voice = open_voice_engines(settings_with(), unguarded).first
        assert voice.voices() == []
        (problem,) = voice.check()
        assert "No voice is installed" in problem.message
        assert "install a voice" in problem.action
        assert "./dev up" in problem.action

    def test_the_settings_reach_the_vendor(self) -> None:
        settings = settings_with(synthesizer="google", google_voice_name="de-DE-Wavenet-B")
        assert open_voice_engines(settings, unguarded).first.default_voice == "de-DE-Wavenet-B"
        settings = settings_with(synthesizer="elevenlabs", elevenlabs_voice="abc")
        voice = open_voice_engines(settings, unguarded).first
        assert (voice.default_voice, voice.version.split()[0]) == ("abc", MODEL)


class TestWhoElse:
    """A vendor's key is the host's permission; a program speaks where it is installed."""

    @pytest.fixture
    def service(self) -> Iterator[VoiceService]:
        with voice_service("elevenlabs") as running:
            yield running

    @pytest.fixture
    def overrides(self, service: VoiceService) -> dict[str, Any]:
        return {"elevenlabs_key": KEY, "elevenlabs_url": service.url}

    def test_a_key_lets_a_vendors_voice_be_chosen_beside_the_local_ones(
        self, ann: Person, service: VoiceService
    ) -> None:
        assert {voice["engine"] for voice in ann.ask("GET", "/api/voices").json()} <= {"flite"}
        assert service.asked_for("voices") == 0
        george, _ = ann.ask("GET", "/api/voices", params={"engine": "elevenlabs"}).json()
        assert (george["id"], george["engine"]) == ("elevenlabs:JBFqnCBsd6RMkjVDRZzb", "elevenlabs")
        heard = ann.ask("GET", "/api/voices/preview", params={"voice": george["id"]})
        assert (heard.status_code, len(service.charged)) == (200, 1)

    def test_who_has_no_key_here_is_not_asked(self, ann: Person) -> None:
        for path in ("/api/voices?engine=google", "/api/voices/preview?voice=google:en-US-Neural2-C"):
            answer = ann.ask("GET", path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "voice_engine_not_offered")

    def test_only_what_is_there_speaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        settings = settings_with(synthesizer="google", google_voice_key=KEY, elevenlabs_key=KEY)
        assert [engine.name for engine in open_voice_engines(settings, unguarded)] == ["google", "elevenlabs"]
        assert [engine.name for engine in open_voice_engines(settings_with(), unguarded)] == ["flite"]


class TestWhoIsOffered:
    def test_a_person_sees_what_is_ready_and_what_is_missing(self, ann: Person) -> None:
        listed = ann.ask("GET", "/api/engines").json()
        assert [one["id"] for one in listed["transcribers"]] == ["pocketsphinx", "whisper", "assemblyai", "auphonic"]
        built_in, whisper, *vendors = listed["transcribers"]
        assert (built_in["state"], built_in["is_default"], built_in["is_elsewhere"]) == ("ready", True, False)
        assert whisper["command"] == "donecast speech install whisper-small"
        assert [(one["state"], one["is_elsewhere"]) for one in vendors] == [("needs_key", True)] * 2
        assert [one["id"] for one in listed["synthesizers"]] == [
            *("flite", "espeak-ng", "piper", "kokoro"),
            *("elevenlabs", "google"),
        ]

    class TestWithKeys:
        @pytest.fixture
        def overrides(self) -> dict[str, Any]:
            return {"assemblyai_key": "k" * 32, "google_voice_key": KEY, "synthesizer": "google"}

        def test_a_key_makes_a_service_ready_and_is_never_told(self, ann: Person) -> None:
            answer = ann.ask("GET", "/api/engines")
            listed = answer.json()
            assert [one["state"] for one in listed["transcribers"]][2:] == ["ready", "needs_key"]
            assert [one["is_default"] for one in listed["transcribers"]] == [True, False, False, False]
            google = listed["synthesizers"][-1]
            assert (google["state"], google["is_default"]) == ("ready", True)
            assert "k" * 32 not in answer.text
            assert KEY not in answer.text
