"""What vendors of voices do to us, each of them over a real socket: what is read, what is asked, and what is paid."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from donecast.core.span import Span
from donecast.kit.errors import DonecastError
from donecast.speech.elevenlabs import ElevenLabs
from donecast.speech.errors import TextTooLong, UnknownVoice
from donecast.speech.google_voice import PIECE_BYTES_MAX, GoogleVoice
from donecast.speech.vendor_errors import (
    SpeechAuth,
    SpeechBadAnswer,
    SpeechRateLimited,
    SpeechResting,
    SpeechTransient,
    SpeechUnsure,
)
from tests.support.resting import BUSY, ISOLATED, RESTING
from tests.support.servers import free_port
from tests.support.voice_services import (
    DIALECTS,
    HASTY,
    KEY,
    MODEL,
    QUICK,
    RUDE_TO,
    TRIES,
    VOICES,
    Dialect,
    Manner,
    Rude,
    VoiceService,
    voice_of,
    voice_service,
)

_TEXT = "Beans. The beans are up, and the rain was kind to us."


@pytest.fixture(params=DIALECTS)
def service(request: pytest.FixtureRequest) -> Iterator[VoiceService]:
    with voice_service(request.param) as running:
        yield running


@pytest.fixture
def elevenlabs() -> Iterator[VoiceService]:
    with voice_service("elevenlabs") as running:
        yield running


@pytest.fixture
def google() -> Iterator[VoiceService]:
    with voice_service("google") as running:
        yield running


@pytest.mark.parametrize(("dialect", "rude"), RUDE_TO, ids=[f"{dialect}: {rude.name}" for dialect, rude in RUDE_TO])
def test_rude_behaviour_ends_in_a_sentence_and_trying_again_works(dialect: Dialect, rude: Rude, tmp_path: Path) -> None:
    with voice_service(dialect) as service:
        service.behave(*rude.manners)
        voice = voice_of(service)
        if rude.outcome is not None:
            with pytest.raises(DonecastError) as failure:
                voice_of(service, pace=rude.pace).synthesize(_TEXT, voice.default_voice, tmp_path / "speech.wav")
            assert type(failure.value) is rude.outcome
            assert "voice" in failure.value.message
            assert failure.value.action
            told = f"{failure.value.message} {failure.value.action} {failure.value.details} {failure.value.__cause__!r}"
            assert KEY not in told
            assert "recording" not in failure.value.message
            assert list(tmp_path.iterdir()) == []
            assert service.asked_for("speak") == rude.asked
            service.behave("polite")
        speech = voice.synthesize(_TEXT, voice.default_voice, tmp_path / "speech.wav")
        assert speech.frames == int(len(_TEXT) * 0.07 * speech.sample_rate)
        assert service.charged == [_TEXT] * rude.charged
        assert service.asked_for("speak") == rude.asked + (rude.outcome is not None)


def test_what_the_service_says_is_passed_on(elevenlabs: VoiceService, tmp_path: Path) -> None:
    sayings: dict[Manner, str] = {
        "quota_spent": "You have 0 credits remaining.",
        "may_not": "missing the permission text_to_speech",
        "refused": "not this text, [key].",
    }
    for manner, said in sayings.items():
        elevenlabs.behave(manner)
        with pytest.raises(DonecastError, match="It says: ") as failure:
            voice_of(elevenlabs).synthesize(_TEXT, VOICES["elevenlabs"][0], tmp_path / "speech.wav")
        assert said in failure.value.message


@pytest.mark.parametrize(
    ("manner", "sentence"),
    [("lose", "may be charged twice"), ("empty", "may be charged twice"), ("rate_limited", "Nothing was paid")],
)
def test_a_person_reads_whether_something_was_paid(
    service: VoiceService, tmp_path: Path, manner: Manner, sentence: str
) -> None:
    service.behave(manner)
    with pytest.raises(DonecastError) as failure:
        voice_of(service).synthesize(_TEXT, VOICES[service.dialect][0], tmp_path / "speech.wav")
    assert sentence in failure.value.action


def test_how_long_to_wait_is_passed_on(service: VoiceService, tmp_path: Path) -> None:
    service.behave("rate_limited")
    with pytest.raises(SpeechRateLimited) as failure:
        voice_of(service).synthesize(_TEXT, VOICES[service.dialect][0], tmp_path / "speech.wav")
    assert failure.value.retry_after_seconds == 3_600


def test_a_service_that_is_left_alone_is_not_asked_and_the_person_reads_when_to_try_again(
    service: VoiceService, tmp_path: Path
) -> None:
    voice = voice_of(service, way=RESTING)
    with pytest.raises(SpeechResting) as failure:
        voice.synthesize(_TEXT, VOICES[service.dialect][0], tmp_path / "speech.wav")
    assert failure.value.message == "The voice service is out of order, so we leave it alone for a while."
    assert "nothing is paid twice. Please press “Try again” in about 4 minutes." in failure.value.action
    (problem,) = voice_of(service, way=ISOLATED).check()
    assert problem.message == "The voice service is switched off for now."
    assert "“Try again” when it is switched on again" in problem.action
    with pytest.raises(SpeechRateLimited) as busy:
        voice_of(service, way=BUSY).synthesize(_TEXT, VOICES[service.dialect][0], tmp_path / "speech.wav")
    assert busy.value.retry_after_seconds == 3_600
    assert service.asked == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_there_costs_nothing_and_is_tried_again(dialect: Dialect, tmp_path: Path) -> None:
    nowhere = VoiceService(dialect, url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SpeechTransient) as failure:
        voice_of(nowhere).synthesize(_TEXT, VOICES[dialect][0], tmp_path / "speech.wav")
    assert not isinstance(failure.value, SpeechUnsure)
    (problem,) = voice_of(nowhere).check()
    assert problem.message == "The voice service cannot be reached just now."


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("unknown_key", "speech_key_refused"),
        ("quota_spent", "speech_quota"),
        ("rate_limited", "speech_rate_limited"),
        ("broken_inside", "speech_unreachable"),
        ("page", "speech_bad_answer"),
        ("another_form", "speech_bad_answer"),
        ("cut", "speech_no_answer"),
        ("hang", "speech_no_answer"),
    ],
)
def test_a_check_never_raises_and_never_speaks(service: VoiceService, manner: Manner, code: str) -> None:
    service.behave(manner, kind="voices")
    (problem,) = voice_of(service, pace=HASTY if manner == "hang" else QUICK).check()
    assert problem.code == code
    assert problem.action
    assert "twice" not in problem.action
    assert service.charged == []


def test_a_wrong_key_is_told_by_the_check_and_by_the_list(service: VoiceService) -> None:
    voice = voice_of(service, key="another")
    assert [problem.code for problem in voice.check()] == ["speech_key_refused"]
    with pytest.raises(SpeechAuth):
        voice.voices()
    assert KEY not in repr(vars(voice_of(service))["_vendor"])


def test_a_default_voice_that_is_not_there_is_a_problem(service: VoiceService) -> None:
    (problem,) = voice_of(service, voice="nobody").check()
    assert problem.code == "voice_unknown"
    assert "nobody" in problem.message


def test_a_refused_voice_costs_nothing(service: VoiceService, tmp_path: Path) -> None:
    unknown = {"elevenlabs": "A" * 20, "google": "en-GB-Neural2-Z"}[service.dialect]
    with pytest.raises(UnknownVoice, match="does not have the chosen voice"):
        voice_of(service).synthesize(_TEXT, unknown, tmp_path / "speech.wav")
    assert (service.charged, service.asked_for("speak")) == ([], 1)


def test_a_list_may_be_asked_for_again(service: VoiceService) -> None:
    service.behave("rate_limited_shortly", "polite", kind="voices")
    assert len(voice_of(service).voices()) == 2
    service.behave("rate_limited_shortly", kind="voices")
    with pytest.raises(SpeechRateLimited):
        voice_of(service).voices()
    assert service.asked_for("voices") == 2 + TRIES


class TestElevenLabs:
    def test_a_text_is_asked_for_as_documented(self, elevenlabs: VoiceService, tmp_path: Path) -> None:
        voice = voice_of(elevenlabs)
        voice.synthesize("Grüße!", "EXAVITQu4vr4xnSDxMaL", tmp_path / "speech.wav")
        voice.synthesize("Hello.", "EXAVITQu4vr4xnSDxMaL", tmp_path / "speech.wav", speed=1.1)
        first, second = elevenlabs.asked
        assert (first.path, first.query) == (
            "/v1/text-to-speech/EXAVITQu4vr4xnSDxMaL/with-timestamps",
            {"output_format": ["pcm_24000"]},
        )
        assert first.headers["xi-api-key"] == KEY
        assert first.body == {"text": "Grüße!", "model_id": MODEL, "seed": 1}
        assert second.body["voice_settings"] == {"speed": 1.1}

    @pytest.mark.parametrize("sound_name", ["audio_base64", "audio_base_64"])
    def test_words_have_the_times_of_their_characters(
        self, elevenlabs: VoiceService, tmp_path: Path, sound_name: str
    ) -> None:
        elevenlabs.sound_name = sound_name
        speech = voice_of(elevenlabs).synthesize("Up,  beans!", VOICES["elevenlabs"][0], tmp_path / "speech.wav")
        assert speech.word_spans == (Span(0, 210), Span(350, 770))

    def test_a_speech_without_usable_times_is_speech_all_the_same(
        self, elevenlabs: VoiceService, tmp_path: Path
    ) -> None:
        elevenlabs.alignment = {"characters": ["x"]}
        speech = voice_of(elevenlabs).synthesize("Beans!", VOICES["elevenlabs"][0], tmp_path / "speech.wav")
        assert (speech.word_spans, speech.duration_ms) == ((), 420)

    def test_another_model_is_another_version(self) -> None:
        made = [ElevenLabs(key=KEY, base_url="http://127.0.0.1:9", voice="x", model=model) for model in ("a", "b")]
        assert made[0].version != made[1].version

    def test_voices_have_labels_and_previews(self, elevenlabs: VoiceService) -> None:
        george, sarah = voice_of(elevenlabs).voices()
        assert (george.label, george.language) == ("George: male, british, warm", "en")
        assert george.preview_url == "https://storage.example.com/george.mp3"
        assert (sarah.label, sarah.language, sarah.preview_url) == ("Sarah", "mul", None)

    def test_a_spent_allowance_is_a_problem_before_anybody_speaks(self, elevenlabs: VoiceService) -> None:
        elevenlabs.account |= {"character_count": 10_000, "next_character_count_reset_unix": 1_796_083_200}
        (problem,) = voice_of(elevenlabs).check()
        assert problem.code == "speech_quota"
        assert "All of the 10,000 characters of this period are spoken; new ones come on" in problem.message
        elevenlabs.account |= {"can_extend_character_limit": True}
        assert voice_of(elevenlabs).check() == []

    def test_a_key_that_may_speak_and_not_ask_for_the_allowance_is_fine(self, elevenlabs: VoiceService) -> None:
        elevenlabs.behave("may_not", kind="account")
        assert voice_of(elevenlabs).check() == []
        elevenlabs.behave("unknown_key", kind="account")
        assert [problem.code for problem in voice_of(elevenlabs).check()] == ["speech_key_refused"]

    @pytest.mark.parametrize("account", [{}, {"character_count": "many", "character_limit": 1}])
    def test_an_account_without_numbers_is_no_answer(
        self, elevenlabs: VoiceService, account: dict[str, object]
    ) -> None:
        elevenlabs.account = account
        assert [problem.code for problem in voice_of(elevenlabs).check()] == ["speech_bad_answer"]


class TestGoogle:
    def test_a_text_is_asked_for_as_documented(self, google: VoiceService, tmp_path: Path) -> None:
        voice_of(google).synthesize("Grüße!", "de-DE-Wavenet-B", tmp_path / "speech.wav", speed=1.5)
        (asked,) = google.asked
        assert (asked.path, asked.query) == ("/v1/text:synthesize", {})
        assert asked.headers["x-goog-api-key"] == KEY
        assert asked.body == {
            "input": {"text": "Grüße!"},
            "voice": {"languageCode": "de-DE", "name": "de-DE-Wavenet-B"},
            "audioConfig": {"audioEncoding": "LINEAR16", "sampleRateHertz": 24_000, "speakingRate": 1.5},
        }

    def test_voices_are_those_with_a_language(self, google: VoiceService) -> None:
        first, second = voice_of(google).voices()
        assert (first.id, first.label, first.language) == ("en-US-Neural2-C", "Neural2 C: a woman, en-US", "en-US")
        assert (second.label, second.language) == ("Wavenet B: a man, de-DE", "de-DE")

    def test_more_than_a_piece_is_not_sent(self, google: VoiceService, tmp_path: Path) -> None:
        text = "語" * (PIECE_BYTES_MAX // 3 + 1)
        with pytest.raises(TextTooLong, match="5,001 bytes"):
            voice_of(google).synthesize(text, "en-US-Neural2-C", tmp_path / "speech.wav")
        assert google.asked == []
        for piece in voice_of(google).pieces(text):
            voice_of(google).synthesize(piece, "en-US-Neural2-C", tmp_path / "speech.wav")
        assert "".join(google.charged) == text

    def test_answers_that_are_no_object_are_no_answer(self, tmp_path: Path) -> None:
        answers: list[object] = [[], "speech", None, {"audioContent": "§§§"}, {"audioContent": 7}]
        for told in answers:
            with voice_service("google") as service:
                voice = GoogleVoice(key=KEY, base_url=service.url, voice="en-US-Neural2-C", pace=QUICK)
                service.says = json.dumps(told)
                with pytest.raises(SpeechBadAnswer):
                    voice.synthesize(_TEXT, "en-US-Neural2-C", tmp_path / "speech.wav")
