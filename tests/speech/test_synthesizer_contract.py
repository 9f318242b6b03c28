"""What every voice engine promises; each adapter joins by one line in `SYNTHESIZERS`."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from donecast.speech.errors import NothingToSay, TextTooLong, UnknownVoice
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.synthesizer import SpeechSynthesizer

SYNTHESIZERS: dict[str, Callable[[], SpeechSynthesizer]] = {"flite": FliteSynthesizer}
_TEXT = "Welcome to the show. Today we bake bread!"


@pytest.fixture(params=sorted(SYNTHESIZERS))
def synthesizer(request: pytest.FixtureRequest, flite: FliteSynthesizer) -> SpeechSynthesizer:
    return SYNTHESIZERS[request.param]()


def test_its_default_voice_is_among_its_voices(synthesizer: SpeechSynthesizer) -> None:
    voices = synthesizer.voices()
    assert synthesizer.check() == []
    assert synthesizer.default_voice in {voice.id for voice in voices}
    assert len({voice.id for voice in voices}) == len(voices)
    assert all(voice.label and voice.licence and voice.language for voice in voices)


def test_it_states_its_version(synthesizer: SpeechSynthesizer) -> None:
    assert synthesizer.version not in {"", "none"}


def test_each_voice_speaks_with_the_stated_length(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    for voice in synthesizer.voices():
        speech = synthesizer.synthesize("Welcome to the show.", voice.id, tmp_path / f"{voice.id}.wav")
        with wave.open(str(speech.path), "rb") as spoken:
            samples = np.frombuffer(spoken.readframes(spoken.getnframes()), dtype="<i2")
            assert (spoken.getframerate(), spoken.getnchannels()) == (voice.sample_rate, 1)
        assert speech.frames == samples.size
        assert speech.duration_ms == round(samples.size * 1000 / speech.sample_rate)
        assert 800 <= speech.duration_ms <= 3_000
        assert np.abs(samples.astype(np.int32)).max() > 1_000


def test_same_text_gives_the_same_samples(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    first = synthesizer.synthesize(_TEXT, synthesizer.default_voice, tmp_path / "first.wav")
    second = synthesizer.synthesize(_TEXT, synthesizer.default_voice, tmp_path / "second.wav")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_faster_is_shorter(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    lengths = [
        synthesizer.synthesize(_TEXT, synthesizer.default_voice, tmp_path / "speech.wav", speed=speed).duration_ms
        for speed in (0.5, 1.0, 2.0)
    ]
    assert lengths[0] > 1.3 * lengths[1] > 1.5 * lengths[2]


@pytest.mark.parametrize("speed", [0.0, -1.0, 0.49, 2.01, float("nan")])
def test_absurd_speed_is_a_mistake_of_the_caller(synthesizer: SpeechSynthesizer, tmp_path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        synthesizer.synthesize(_TEXT, synthesizer.default_voice, tmp_path / "speech.wav", speed=speed)


@pytest.mark.parametrize("text", ["", "  \n\t ", "...", "—", "!?"])
def test_nothing_to_say_is_said_so(synthesizer: SpeechSynthesizer, tmp_path: Path, text: str) -> None:
    with pytest.raises(NothingToSay):
        synthesizer.synthesize(text, synthesizer.default_voice, tmp_path / "speech.wav")
    assert list(tmp_path.iterdir()) == []


def test_too_much_text_is_refused_with_the_numbers(synthesizer: SpeechSynthesizer, tmp_path: Path) -> None:
    with pytest.raises(TextTooLong, match="100,000 characters"):
        synthesizer.synthesize("a " * 50_000, synthesizer.default_voice, tmp_path / "speech.wav")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("voice", ["nobody", "", "../slt", "http://example.com/x.flitevox"])
def test_unknown_voice_is_refused(synthesizer: SpeechSynthesizer, tmp_path: Path, voice: str) -> None:
    with pytest.raises(UnknownVoice):
        synthesizer.synthesize(_TEXT, voice, tmp_path / "speech.wav")
    assert list(tmp_path.iterdir()) == []
