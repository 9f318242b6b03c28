"""What the adapter says to AssemblyAI and what it makes of the answers, over a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from donecast.speech.assemblyai import AssemblyAI
from donecast.speech.remote import Hook, HookCall, RemoteJob
from donecast.speech.vendor_errors import (
    HookRefused,
    HookUnreadable,
    SpeechAuth,
    SpeechBadAnswer,
    SpeechRateLimited,
    SpeechRejected,
    SpeechTransient,
    SpeechUnsure,
)
from donecast.speech.vendor_http import VendorHttp
from tests.support.assemblyai_server import KEY, Fault, StandIn, assemblyai
from tests.support.servers import free_port
from tests.support.sounds import tone
from tests.support.vendor import remote_of

_HOOK = Hook("http://127.0.0.1:9/api/hooks/assemblyai", "s3cr3ts3cr3ts3cr3t")


@pytest.fixture
def vendor() -> Iterator[StandIn]:
    with assemblyai(seconds=0.0, calls="never") as stand_in:
        yield stand_in


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    path.write_bytes(tone(3.0))
    return path


def silently(_share: float) -> None:
    """Nobody is watching."""


def test_a_file_is_sent_a_mebibyte_at_a_time(vendor: StandIn, tmp_path: Path) -> None:
    shares: list[float] = []
    (tmp_path / "long.flac").write_bytes(bytes(range(256)) * (10 * 1024))
    upload = remote_of(vendor).upload(tmp_path / "long.flac", shares.append)
    assert vendor.uploads[upload] == (tmp_path / "long.flac").read_bytes()
    assert shares == [0.4, 0.8, 1.0]


def test_a_job_asks_for_what_editing_needs(vendor: StandIn, audio: Path) -> None:
    remote = remote_of(vendor, hook=_HOOK)
    upload = remote.upload(audio, silently)
    assert vendor.uploads[upload] == audio.read_bytes()
    job_id = remote.submit(upload)
    (job,) = vendor.jobs
    assert job.id == job_id
    assert job.wish == {
        "audio_url": upload,
        "punctuate": True,
        "format_text": True,
        "speaker_labels": True,
        "disfluencies": True,
        "language_code": "en_us",
        "webhook_url": _HOOK.url,
        "webhook_auth_header_name": "x-donecast-webhook-secret",
        "webhook_auth_header_value": _HOOK.secret,
    }


def test_the_language_may_be_found_out_and_models_may_be_chosen(vendor: StandIn, audio: Path) -> None:
    def wish(language: str, models: tuple[str, ...]) -> dict[str, object]:
        remote = AssemblyAI(key=KEY, base_url=vendor.url, language=language, models=models)
        remote.submit(remote.upload(audio, silently))
        made = vendor.jobs[-1].wish
        return {
            name: made.get(name) for name in ("language_code", "language_detection", "disfluencies", "speech_models")
        }

    assert list(wish("auto", ()).values()) == [None, True, True, None]
    assert list(wish("de", ("universal-2",)).values()) == ["de", None, None, ["universal-2"]]


def test_options_that_change_the_words_are_another_key_and_the_hook_is_not(vendor: StandIn) -> None:
    plain = remote_of(vendor)
    assert plain.options_digest == remote_of(vendor, hook=_HOOK, key="another").options_digest
    assert plain.options_digest != remote_of(vendor, language="auto").options_digest
    chosen = AssemblyAI(key=KEY, base_url=vendor.url, language="en_us", models=("universal-2",))
    assert plain.options_digest != chosen.options_digest


def test_words_come_in_the_recordings_milliseconds_with_their_speakers(vendor: StandIn, audio: Path) -> None:
    vendor.script = [
        {"text": "Um,", "start": 100, "end": 300, "confidence": 0.7, "speaker": "A"},
        {"text": "beans.", "start": 400, "end": 900, "confidence": 0.95, "speaker": "B"},
    ]
    remote = remote_of(vendor)
    job_id = remote.submit(remote.upload(audio, silently))
    assert remote.poll(job_id) == RemoteJob("done")
    heard = remote.fetch(job_id, 3_000)
    assert (heard.engine, heard.quality, heard.language, heard.duration_ms) == (
        "assemblyai",
        "provider",
        "en-US",
        3_000,
    )
    assert [(word.text, word.start_ms, word.end_ms, word.speaker, word.kind) for word in heard.words] == [
        ("Um,", 100, 300, "Speaker A", "filler"),
        ("beans.", 400, 900, "Speaker B", "word"),
    ]
    assert heard.fillers == "reported"
    assert remote_of(vendor, language="de").fetch(job_id, 3_000).fillers == "left_out"
    with pytest.raises(SpeechBadAnswer, match="cannot be used"):
        remote.fetch(job_id, 60_000)


def test_a_job_is_found_by_its_upload_however_many_came_after_it(vendor: StandIn, audio: Path) -> None:
    remote = remote_of(vendor)
    first, later = remote.upload(audio, silently), remote.upload(audio, silently)
    assert remote.find(first) is None
    job_id = remote.submit(first)
    for _ in range(450):
        vendor.make_job({"audio_url": later})
    before = vendor.asked("list")
    assert remote.find(first) == job_id
    assert vendor.asked("list") - before == 3
    assert remote.find(later) == vendor.jobs[-1].id


def test_a_key_is_sent_as_it_is_and_never_shown(vendor: StandIn, audio: Path) -> None:
    assert remote_of(vendor).check() == []
    wrong = remote_of(vendor, key=f"Bearer {KEY}")
    (problem,) = wrong.check()
    assert (problem.code, "check the key" in problem.action) == ("speech_key_refused", True)
    vendor.faults.append(Fault("upload", "status", 422, f"the key {KEY} may not do that, nor {_HOOK.secret}"))
    with pytest.raises(SpeechRejected) as refused:
        remote_of(vendor, hook=_HOOK).upload(audio, silently)
    assert "the key [key] may not do that, nor [key]." in refused.value.message
    assert KEY not in repr((refused.value.details, VendorHttp("https://x", {"authorization": KEY})))
    assert _HOOK.secret not in repr(_HOOK)
    with pytest.raises(SpeechAuth):
        wrong.upload(audio, silently)


def test_nobody_there_is_told_apart_from_an_answer_that_was_lost(vendor: StandIn, audio: Path) -> None:
    nobody = AssemblyAI(key=KEY, base_url=f"http://127.0.0.1:{free_port()}", language="en_us")
    with pytest.raises(SpeechTransient) as unreachable:
        nobody.submit("x")
    assert not isinstance(unreachable.value, SpeechUnsure)
    assert [problem.code for problem in nobody.check()] == ["speech_unreachable"]
    remote = remote_of(vendor)
    upload = remote.upload(audio, silently)
    vendor.faults.append(Fault("submit", "lose"))
    with pytest.raises(SpeechUnsure):
        remote.submit(upload)


def test_when_to_come_back_is_what_the_vendor_says(vendor: StandIn) -> None:
    for header, seconds in (({"Retry-After": "7"}, 7.0), ({}, None), ({"Retry-After": "soon"}, None)):
        vendor.faults.append(Fault("list", "status", 429, "Slow down", dict(header)))
        with pytest.raises(SpeechRateLimited) as limited:
            remote_of(vendor).find("x")
        assert limited.value.retry_after_seconds == seconds


def test_an_answer_longer_than_any_transcript_is_not_read_to_its_end(vendor: StandIn) -> None:
    small = VendorHttp(vendor.url, {"authorization": KEY}, answer_bytes_max=1_000)
    assert small.ask("GET", "/v2/transcript").status == 200
    upload = vendor.keep_upload(tone(0.5))["upload_url"]
    for _ in range(20):
        vendor.make_job({"audio_url": upload})
    with pytest.raises(SpeechBadAnswer):
        small.ask("GET", "/v2/transcript", params={"limit": "20"})


def test_an_answer_that_drips_is_given_up(vendor: StandIn) -> None:
    vendor.faults.append(Fault("list", "slow", seconds=30.0))
    http = VendorHttp(vendor.url, {"authorization": KEY})
    with pytest.raises(SpeechUnsure):
        http.ask("GET", "/v2/transcript", seconds_max=1.0)


def test_a_call_counts_with_its_secret_alone_and_names_a_job() -> None:
    remote = AssemblyAI(key=KEY, base_url="https://x", language="en_us", hook=_HOOK)
    good = json.dumps({"transcript_id": "a-1", "status": "completed"}).encode()
    header = "x-donecast-webhook-secret"
    assert remote.parse_webhook(HookCall({header: _HOOK.secret}, {}, good)) == "a-1"
    for headers in ({}, {header: ""}, {header: "wrong"}, {header: _HOOK.secret + "x"}, {header: "ü"}):
        with pytest.raises(HookRefused):
            remote.parse_webhook(HookCall(headers, {}, good))
    for body in (
        b"",
        b"transcript_id=a-1&status=completed",
        b"[]",
        b'{"transcript_id": 5}',
        b'{"transcript_id": "a/b"}',
    ):
        with pytest.raises(HookUnreadable):
            remote.parse_webhook(HookCall({header: _HOOK.secret}, {}, body))
    with pytest.raises(HookRefused):
        AssemblyAI(key=KEY, base_url="https://x", language="en_us").parse_webhook(HookCall({header: ""}, {}, good))
