"""Which recogniser of this machine is used, and from when on."""

import shutil
from pathlib import Path

import pytest

from donecast.speech.local import LocalTranscriber, chosen_model
from donecast.speech.model_errors import SpeechModelMissing
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import Subject
from donecast.speech.whisper import WhisperTranscriber

_SUBJECT = Subject("acc_ann", "recording", 1_000)


def test_without_a_model_the_built_in_one_hears(tmp_path: Path) -> None:
    local, built_in = LocalTranscriber(tmp_path / "models"), PocketSphinxTranscriber()
    assert (local.name, local.version, local.quality) == (built_in.name, built_in.version, "basic")
    assert local.options_digest == built_in.options_digest
    assert local.check() == built_in.check()
    assert isinstance(local.for_recording(_SUBJECT), PocketSphinxTranscriber)


def test_a_model_is_used_from_the_moment_it_is_there(tiny_model: Path, tmp_path: Path) -> None:
    local = LocalTranscriber(tmp_path / "models")
    before = local.for_recording(_SUBJECT)
    shutil.copytree(tiny_model, tmp_path / "models" / "tiny")
    assert (local.name, local.quality) == ("whisper", "good")
    assert local.options_digest == WhisperTranscriber(tiny_model).options_digest
    assert local.check() == []
    # What was begun goes on with the engine that began it.
    assert (before.name, before.quality) == ("pocketsphinx", "basic")


def test_the_largest_is_taken_unless_one_is_named(tmp_path: Path) -> None:
    for name, size in (("small", 10), ("large", 30)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.bin").write_bytes(bytes(size))
    assert chosen_model(tmp_path, "") == tmp_path / "large"
    assert chosen_model(tmp_path, "small") == tmp_path / "small"
    assert chosen_model(tmp_path, "/elsewhere/mine") == Path("/elsewhere/mine")


def test_a_model_that_is_named_and_not_there_is_an_error_and_not_replaced(tmp_path: Path) -> None:
    local = LocalTranscriber(tmp_path, wanted="whisper-small")
    assert local.name == "whisper"
    (problem,) = local.check()
    assert "no such folder" in problem.message


def test_whisper_by_choice_is_never_replaced_by_the_built_in_one(tmp_path: Path) -> None:
    ear = LocalTranscriber(tmp_path, whisper_alone=True)
    with pytest.raises(SpeechModelMissing):
        ear.for_recording(_SUBJECT)
    (problem,) = ear.check()
    assert (problem.code, problem.message[-1]) == ("speech_model_missing", ".")
