"""The local voice's own manners: how it cuts text, and what it says when it is not there or broken."""

from pathlib import Path

import pytest

from donecast.speech.errors import NothingToSay, NoVoice, SpeakingFailed
from donecast.speech.flite import SENTENCE_CHARACTERS_MAX, FliteSynthesizer, split_sentences
from donecast.speech.speaking import TEXT_CHARACTERS_MAX


def _program(folder: Path, body: str) -> str:
    path = folder / "flite"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


_LISTS_VOICES = 'if [ "$1" = "-lv" ]; then echo "Voices available: kal slt"; exit 0; fi'


def test_sentences_are_split_but_titles_are_not() -> None:
    assert split_sentences("Here is Dr. Smith. He said “hello!” And left…\n\nThe end") == [
        ("Here is Dr. Smith.", False),
        ('He said "hello!"', False),
        ("And left...", True),
        ("The end", True),
    ]


def test_typography_and_accents_become_plain_letters() -> None:
    assert split_sentences("Naïve café — it’s “fine” & cheap: £5") == [
        ('Naive cafe, it\'s "fine" and cheap: pounds 5', True)
    ]


def test_long_sentences_are_split_at_commas_then_spaces() -> None:
    long = "word " * 60 + "end, " + "word " * 60 + "end."
    pieces = [sentence for sentence, _ in split_sentences(long)]
    assert len(pieces) == 2
    assert pieces[0].endswith("end,")
    assert all(len(piece) <= SENTENCE_CHARACTERS_MAX for piece in pieces)
    unbroken = [sentence for sentence, _ in split_sentences("a" * 1_000)]
    assert [len(piece) for piece in unbroken] == [400, 400, 200]


def test_a_text_at_the_limit_is_spoken_and_one_more_is_not(tmp_path: Path, flite: FliteSynthesizer) -> None:
    text = ("Yes. " * (TEXT_CHARACTERS_MAX // 5))[: TEXT_CHARACTERS_MAX - 4_990] + " " * 4_990
    assert len(text) == TEXT_CHARACTERS_MAX
    assert flite.synthesize(text, "slt", tmp_path / "limit.wav").duration_ms > 300


def test_other_scripts_are_refused_with_the_reason(flite: FliteSynthesizer, tmp_path: Path) -> None:
    with pytest.raises(NothingToSay, match="English letters"):
        flite.synthesize("Добрый день", "slt", tmp_path / "speech.wav")


def test_markup_is_read_as_text_and_does_not_hang(flite: FliteSynthesizer, tmp_path: Path) -> None:
    speech = flite.synthesize('<speak><break time="9000s"/>Hello</speak>', "slt", tmp_path / "speech.wav")
    assert speech.duration_ms < 20_000


def test_missing_program_says_how_to_install_it(tmp_path: Path) -> None:
    missing = FliteSynthesizer("flite-that-is-not-here")
    assert missing.voices() == []
    assert missing.version == "none"
    (problem,) = missing.check()
    assert "sudo apt install flite" in problem.action
    assert "./dev up" in problem.action
    with pytest.raises(NoVoice) as refusal:
        missing.synthesize("Hello.", "slt", tmp_path / "speech.wav")
    assert "sudo apt install flite" in refusal.value.action


def test_program_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = FliteSynthesizer(_program(tmp_path, f"{_LISTS_VOICES}\nexit 3"))
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(SpeakingFailed) as failure:
        broken.synthesize("Hello.", "slt", out / "speech.wav")
    assert failure.value.retryable
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("writes", [":", 'shift 5; echo "not sound" > "$2"'])
def test_program_that_writes_no_sound_is_noticed(tmp_path: Path, writes: str) -> None:
    silent = FliteSynthesizer(_program(tmp_path, f"{_LISTS_VOICES}\n{writes}"))
    with pytest.raises(SpeakingFailed):
        silent.synthesize("Hello.", "slt", tmp_path / "speech.wav")
    assert not (tmp_path / "speech.wav").exists()


def test_program_without_the_default_voice_is_a_problem(tmp_path: Path) -> None:
    other = FliteSynthesizer(_program(tmp_path, 'echo "Voices available: kal kal16"'))
    assert [voice.id for voice in other.voices()] == ["kal16"]
    assert [problem.code for problem in other.check()] == ["voice_missing"]
