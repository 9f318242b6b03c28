"""What every voice engine promises; each adapter joins by one line in `SYNTHESIZERS`."""

import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from donecast.speech.errors import NothingToSay, TextTooLong, UnknownVoice
from donecast.speech.espeak import EspeakSynthesizer
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.speaking import TEXT_CHARACTERS_MAX
from donecast.speech.synthesizer import SpeechSynthesizer
from tests.support.voice_services import Dialect, voice_of, voice_service

_TEXT = "Welcome to the show. Today we bake bread!"
_VOICES_HEARD_MAX = 5


@contextmanager
def _program(synthesizer: SpeechSynthesizer) -> Iterator[SpeechSynthesizer]:
    if synthesizer.check():
        pytest.skip(f"needs {synthesizer.name} (Debian: {synthesizer.name})")
    yield synthesizer


@contextmanager
def _elsewhere(dialect: Dialect) -> Iterator[SpeechSynthesizer]:
    with voice_service(dialect) as service:
        yield voice_of(service)


SYNTHESIZERS: dict[str, Callable[[], AbstractContextManager[SpeechSynthesizer]]] = {
    "flite": lambda: _program(FliteSynthesizer()),
    "espeak-ng": lambda: _program(EspeakSynthesizer()),
    "elevenlabs": lambda: _elsewhere("elevenlabs"),
    "google": lambda: _elsewhere("google"),
}


@pytest.fixture(params=sorted(SYNTHESIZERS))
def synthesizer(request: pytest.FixtureRequest) -> Iterator[SpeechSynthesizer]:
    with SYNTHESIZERS[request.param]() as engine:
        yield engine


def test_its_default_voice_is_among_its_voices(synthesizer: SpeechSynthesizer) -> None:
    voices = synthesizer.voices()
    assert synthesizer.check() == []
    assert synthesizer.default_voice in {voice.id for voice in voices}
    assert len({voice.id for voice in voices}) == len(voices)
    assert all(voice.label and voice.licence and voice.language for voice in voices)


def test_it_states_its_name_and_version(synthesizer: SpeechSynthesizer) -> None:
    assert synthesizer.name in SYNTHESIZERS
    assert synthesizer.version not in {"", "none"}


def test_its_voices_speak_with_the_stated_length(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    default = [voice for voice in synthesizer.voices() if voice.id == synthesizer.default_voice]
    for voice in [*default, *synthesizer.voices()[:_VOICES_HEARD_MAX]]:
        speech = synthesizer.synthesize("Welcome to the show.", voice.id, tmp_path / f"{voice.id}.wav")
        with wave.open(str(speech.path), "rb") as spoken:
            samples = np.frombuffer(spoken.readframes(spoken.getnframes()), dtype="<i2")
            assert (spoken.getframerate(), spoken.getnchannels()) == (voice.sample_rate, 1)
        assert (speech.voice, speech.frames) == (voice.id, samples.size)
        assert speech.duration_ms == round(samples.size * 1000 / speech.sample_rate)
        assert 800 <= speech.duration_ms <= 3_000
        assert np.abs(samples.astype(np.int32)).max() > 1_000


def test_same_text_gives_the_same_samples(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    first = synthesizer.synthesize(_TEXT, synthesizer.default_voice, tmp_path / "first.wav")
    second = synthesizer.synthesize(_TEXT, synthesizer.default_voice, tmp_path / "second.wav")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_faster_is_shorter(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    slowest, fastest = synthesizer.speeds
    assert slowest < 1.0 < fastest
    lengths = [
        synthesizer.synthesize(_TEXT, synthesizer.default_voice, tmp_path / "speech.wav", speed=speed).duration_ms
        for speed in (slowest, 1.0, fastest)
    ]
    assert lengths[0] > 1.2 * lengths[1] > 1.2 * 1.1 * lengths[2]


@pytest.mark.parametrize("beyond", ["slower", "faster", "none", "negative", "not a number"])
def test_absurd_speed_is_a_mistake_of_the_caller(synthesizer: SpeechSynthesizer, tmp_path: Path, beyond: str) -> None:
    slowest, fastest = synthesizer.speeds
    speeds = {"slower": slowest - 0.01, "faster": fastest + 0.01, "none": 0.0, "negative": -1.0}
    with pytest.raises(ValueError, match="speed"):
        synthesizer.synthesize(
            _TEXT, synthesizer.default_voice, tmp_path / "speech.wav", speed=speeds.get(beyond, float("nan"))
        )


@pytest.mark.parametrize("text", ["", "  \n\t ", "...", "—", "!?"])
def test_nothing_to_say_is_said_so(synthesizer: SpeechSynthesizer, tmp_path: Path, text: str) -> None:
    with pytest.raises(NothingToSay):
        synthesizer.synthesize(text, synthesizer.default_voice, tmp_path / "speech.wav")
    assert list(tmp_path.iterdir()) == []


def test_too_much_text_is_refused_with_the_numbers(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    with pytest.raises(TextTooLong, match="100,000 characters"):
        synthesizer.synthesize("a " * 50_000, synthesizer.default_voice, tmp_path / "speech.wav")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("letter", ["a", "é", "語"])
def test_the_longest_text_is_spoken_in_pieces_that_are_pieces(synthesizer: SpeechSynthesizer, letter: str) -> None:
    text = f"{letter * 9}. " * (TEXT_CHARACTERS_MAX // 11)
    pieces = synthesizer.pieces(text)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert [synthesizer.pieces(piece) for piece in pieces] == [[piece] for piece in pieces]
    assert synthesizer.pieces(_TEXT) == [_TEXT]


@pytest.mark.parametrize("voice", ["nobody", "", "../slt", "http://example.com/x.flitevox", "en-US-Nobody-A"])
def test_unknown_voice_is_refused(synthesizer: SpeechSynthesizer, tmp_path: Path, voice: str) -> None:
    with pytest.raises(UnknownVoice):
        synthesizer.synthesize(_TEXT, voice, tmp_path / "speech.wav")
    assert list(tmp_path.iterdir()) == []
