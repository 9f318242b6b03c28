"""What the adapter says to Auphonic and what it makes of the answers, over a real socket."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from donecast.core.given_transcript import GivenCue
from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.auphonic import Auphonic
from donecast.speech.errors import TranscriptionCancelled
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.remote import Hook, HookCall, RemoteJob
from donecast.speech.transcriber import Subject
from donecast.speech.vendor_errors import (
    HookRefused,
    HookUnreadable,
    SpeechBadAnswer,
    SpeechNoWords,
    SpeechRejected,
    SpeechTransient,
    SpeechUnsure,
)
from donecast.speech.vendor_http import VendorHttp
from tests.support.auphonic_server import AuphonicStandIn, auphonic
from tests.support.servers import free_port
from tests.support.sounds import tone
from tests.support.spoken_scene import SpokenScene
from tests.support.vendor import auphonic_of, elsewhere_of
from tests.support.vendor_server import KEY, Fault

_HOOK = Hook("http://127.0.0.1:9/api/hooks/auphonic", "s3cr3ts3cr3ts3cr3t")


@pytest.fixture
def vendor() -> Iterator[AuphonicStandIn]:
    with auphonic(seconds=0.0, calls="never") as stand_in:
        yield stand_in


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    path = tmp_path / "sound.flac"
    path.write_bytes(tone(3.0))
    return path


def silently(_share: float) -> None:
    """Nobody is watching."""


def started(vendor: AuphonicStandIn, audio: Path) -> str:
    remote = auphonic_of(vendor)
    return remote.submit(remote.upload(audio, silently))


def test_a_file_is_sent_as_a_field_of_a_form_a_mebibyte_at_a_time(vendor: AuphonicStandIn, tmp_path: Path) -> None:
    shares: list[float] = []
    (tmp_path / "long.flac").write_bytes(bytes(range(256)) * (10 * 1024))
    upload = auphonic_of(vendor).upload(tmp_path / "long.flac", shares.append)
    assert vendor.uploads[upload] == (tmp_path / "long.flac").read_bytes()
    assert shares == [0.4, 0.8, 1.0]


def test_what_is_uploaded_costs_nothing_until_it_is_started_and_is_started_once(
    vendor: AuphonicStandIn, audio: Path
) -> None:
    remote = auphonic_of(vendor)
    upload = remote.upload(audio, silently)
    assert (remote.find(upload), vendor.jobs) == (None, [])
    assert remote.submit(upload) == upload
    assert remote.submit(upload) == upload
    assert remote.find(upload) == upload
    assert len(vendor.jobs) == 1
    assert remote.find("unknown") is None


def test_a_production_asks_for_captions_of_the_sound_as_it_is(vendor: AuphonicStandIn, audio: Path) -> None:
    remote = auphonic_of(vendor, hook=_HOOK)
    wish = vendor.productions[remote.upload(audio, silently)]
    assert wish["output_files"] == [{"format": "subtitle", "ending": "vtt"}]
    assert wish["speech_recognition"] == {"language": "en"}
    assert not any(wish["algorithms"].values())
    assert {"silence_cutter", "filler_cutter", "cough_cutter"} <= set(wish["algorithms"])
    assert wish["webhook"] == f"{_HOOK.url}?secret={_HOOK.secret}"


def test_what_stands_for_webvtt_is_looked_up(vendor: AuphonicStandIn, audio: Path) -> None:
    vendor.endings = ["srt", "webvtt"]
    job_id = started(vendor, audio)
    assert vendor.productions[job_id]["output_files"] == [{"format": "subtitle", "ending": "webvtt"}]
    assert auphonic_of(vendor).fetch(job_id, 3_000).cues
    vendor.endings = ["srt"]
    with pytest.raises(SpeechBadAnswer):
        auphonic_of(vendor).upload(audio, silently)


def test_options_that_change_the_words_are_another_key_and_the_hook_is_not(vendor: AuphonicStandIn) -> None:
    plain = auphonic_of(vendor)
    assert plain.options_digest == auphonic_of(vendor, hook=_HOOK, key="another").options_digest
    assert plain.options_digest == auphonic_of(vendor, language="en_uk").options_digest
    assert plain.options_digest != auphonic_of(vendor, language="auto").options_digest


def test_captions_come_in_the_recordings_milliseconds_with_their_speakers(vendor: AuphonicStandIn, audio: Path) -> None:
    vendor.script = [
        {"text": "Up", "start": 100, "end": 300, "speaker": "A"},
        {"text": "beans.", "start": 350, "end": 800, "speaker": "A"},
        {"text": "Yes.", "start": 900, "end": 1_300, "speaker": "B"},
    ]
    job_id, remote = started(vendor, audio), auphonic_of(vendor)
    assert remote.poll(job_id) == RemoteJob("done")
    found = remote.fetch(job_id, 3_000)
    assert found.language == "en"
    assert found.cues == (GivenCue("Up beans.", 100, 800, "Speaker A"), GivenCue("Yes.", 900, 1_300, "Speaker B"))
    with pytest.raises(SpeechBadAnswer, match="cannot be used"):
        remote.fetch(job_id, 60_000)


def test_a_language_that_is_found_out_is_told(vendor: AuphonicStandIn, audio: Path) -> None:
    remote = auphonic_of(vendor, language="auto")
    job_id = remote.submit(remote.upload(audio, silently))
    assert remote.fetch(job_id, 3_000).language == "und"
    vendor.faults.append(Fault("poll", "document", words={"speech_recognition": {"language": "de"}}))
    assert remote.fetch(job_id, 3_000).language == "de"


def test_a_file_is_for_who_has_the_key_and_the_key_goes_to_nobody_else(vendor: AuphonicStandIn, audio: Path) -> None:
    job_id = started(vendor, audio)
    address = vendor.production(job_id)["output_files"][0]["download_url"]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(address)
    with auphonic() as other:
        vendor.leads_to = f"{other.url}/api/download/audio-result/x/recording.vtt"
        with pytest.raises(SpeechBadAnswer):
            auphonic_of(vendor).fetch(job_id, 3_000)
        assert other.requests == []


def test_a_file_that_leads_on_is_followed_and_not_for_ever(vendor: AuphonicStandIn, audio: Path) -> None:
    job_id = started(vendor, audio)
    vendor.leads_to = f"/api/download/audio-result/{job_id}/recording.elsewhere"
    assert auphonic_of(vendor).fetch(job_id, 3_000).cues
    round_and_round = {"Location": f"/api/download/audio-result/{job_id}/recording.vtt"}
    vendor.faults.append(Fault("fetch", "status", 302, "", round_and_round, times=20))
    with pytest.raises(SpeechBadAnswer):
        auphonic_of(vendor).fetch(job_id, 3_000)
    assert vendor.faults[0].times == 16


def test_a_key_is_sent_as_a_bearers_and_never_shown(vendor: AuphonicStandIn, audio: Path) -> None:
    assert auphonic_of(vendor).check() == []
    (problem,) = auphonic_of(vendor, key="another").check()
    assert (problem.code, "check the key" in problem.action) == ("speech_key_refused", True)
    vendor.faults.append(Fault("upload", "status", 422, f"the key {KEY} may not do that, nor {_HOOK.secret}"))
    with pytest.raises(SpeechRejected) as refused:
        auphonic_of(vendor, hook=_HOOK).upload(audio, silently)
    assert "the key [key] may not do that, nor [key]." in refused.value.message
    assert KEY not in repr((refused.value.details, VendorHttp("https://x", {"authorization": KEY})))


def test_an_account_without_credit_is_told_before_anything_is_sent(vendor: AuphonicStandIn) -> None:
    vendor.credit_hours = 0.0
    assert [problem.code for problem in auphonic_of(vendor).check()] == ["speech_quota"]


def test_a_form_that_it_does_not_take_is_told_field_by_field(vendor: AuphonicStandIn, audio: Path) -> None:
    vendor.faults.append(Fault("formats", "document", words={"subtitle": {"endings": ["vtt"]}}))
    vendor.endings = ["srt"]
    with pytest.raises(SpeechRejected, match="output_files: Select a valid choice"):
        auphonic_of(vendor).upload(audio, silently)


def test_nobody_there_is_told_apart_from_an_answer_that_was_lost(vendor: AuphonicStandIn, audio: Path) -> None:
    nobody = Auphonic(key=KEY, base_url=f"http://127.0.0.1:{free_port()}", language="en_us")
    with pytest.raises(SpeechTransient) as unreachable:
        nobody.submit("x")
    assert not isinstance(unreachable.value, SpeechUnsure)
    assert [problem.code for problem in nobody.check()] == ["speech_unreachable"]
    remote = auphonic_of(vendor)
    upload = remote.upload(audio, silently)
    vendor.faults.append(Fault("submit", "lose"))
    with pytest.raises(SpeechUnsure):
        remote.submit(upload)


def test_a_start_that_started_nothing_is_not_believed(vendor: AuphonicStandIn, audio: Path) -> None:
    remote = auphonic_of(vendor)
    upload = remote.upload(audio, silently)
    vendor.faults.append(Fault("submit", "document", words={"status_string": "Production Not Started Yet"}))
    with pytest.raises(SpeechUnsure):
        remote.submit(upload)


def test_a_call_counts_with_the_secret_of_its_address_alone_and_names_a_production() -> None:
    remote = Auphonic(key=KEY, base_url="https://x", language="en_us", hook=_HOOK)
    good, query = b"status=3&status_string=Done&uuid=a1", {"secret": _HOOK.secret}
    assert remote.parse_webhook(HookCall({}, query, good)) == "a1"
    for wrong in ({}, {"secret": ""}, {"secret": "wrong"}, {"secret": f"{_HOOK.secret}x"}, {"secret": "ü"}):
        with pytest.raises(HookRefused):
            remote.parse_webhook(HookCall(query, wrong, good))
    for body in (b"", b'{"uuid": "a1"}', b"uuid=", b"uuid=a/b", b"uuid=a&uuid=b", b"\xff"):
        with pytest.raises(HookUnreadable):
            remote.parse_webhook(HookCall({}, query, body))
    with pytest.raises(HookRefused):
        Auphonic(key=KEY, base_url="https://x", language="en_us").parse_webhook(HookCall({}, {"secret": ""}, good))


@dataclass(frozen=True)
class Told:
    """A hesitation and a sentence, and where the sentence is."""

    feed: Path
    duration_ms: int
    sentence: Span


@pytest.fixture(scope="module")
def told(flite: FliteSynthesizer, tmp_path_factory: pytest.TempPathFactory) -> Told:
    scene = SpokenScene(tmp_path_factory.mktemp("captions"), voice="rms")
    scene.rest(500)
    scene.say("Um.")
    scene.rest(700)
    sentence = scene.say("The river was very high after the storm.")
    scene.rest(900)
    return Told(scene.write(), scene.duration_ms, sentence)


class TestWords:
    """Captions made into words where the recording is heard."""

    def test_each_word_has_its_own_time_and_hesitations_are_fillers(self, vendor: AuphonicStandIn, told: Told) -> None:
        text = "Um, the river was very high after the storm."
        vendor.script = [{"text": text, "start": 0, "end": told.duration_ms, "speaker": "A"}]
        heard = self._hear(vendor, told)
        assert " ".join(word.text for word in heard) == text
        assert [word.kind for word in heard] == ["filler", *["word"] * 8]
        assert {word.timing for word in heard} == {"aligned"}
        assert abs(heard[1].start_ms - told.sentence.start_ms) < 120

    def test_in_a_language_that_nobody_here_aligns_words_are_guessed_within_their_captions(
        self, vendor: AuphonicStandIn, told: Told
    ) -> None:
        start_ms, end_ms = told.sentence.start_ms, told.sentence.end_ms
        vendor.script = [
            {"text": "Ähm.", "start": 400, "end": 1_000, "speaker": "A"},
            {"text": "Der Fluss war sehr hoch.", "start": start_ms, "end": end_ms, "speaker": "A"},
        ]
        heard = self._hear(vendor, told, "de")
        assert {word.timing for word in heard} == {"interpolated"}
        assert [word.text for word in heard] == ["Ähm.", "Der", "Fluss", "war", "sehr", "hoch."]
        assert heard[0].end_ms <= 1_000
        assert heard[1].start_ms >= start_ms
        assert {word.kind for word in heard} == {"word"}

    @pytest.mark.parametrize("recognises", [True, False])
    def test_no_word_where_somebody_speaks_is_an_error_and_no_transcript(
        self, vendor: AuphonicStandIn, told: Told, recognises: bool
    ) -> None:
        vendor.recognises, vendor.script = recognises, []
        with pytest.raises(SpeechNoWords, match="not a single word") as refused:
            self._hear(vendor, told)
        assert "speech recognition is on" in refused.value.action

    def test_finding_the_words_can_be_stopped(self, vendor: AuphonicStandIn, told: Told) -> None:
        ear = elsewhere_of(vendor).for_recording(Subject("acc_ann", "stopped", 1_000))
        with pytest.raises(TranscriptionCancelled):
            ear.transcribe(told.feed, duration_ms=told.duration_ms, cancelled=lambda: vendor.asked("fetch") > 0)

    def test_that_fillers_are_left_out_is_told(self, vendor: AuphonicStandIn, told: Told) -> None:
        ear = elsewhere_of(vendor, language="de").for_recording(Subject("acc_ann", "told", 1_000))
        assert ear.transcribe(told.feed, duration_ms=told.duration_ms).fillers == "left_out"

    def _hear(self, vendor: AuphonicStandIn, told: Told, language: str = "en_us") -> tuple[Word, ...]:
        ear = elsewhere_of(vendor, language=language).for_recording(Subject("acc_ann", "told", 1_000))
        return ear.transcribe(told.feed, duration_ms=told.duration_ms).words
