"""A folder is a model when everything is in it; else a sentence says what is wrong."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from donecast.speech.model_errors import SpeechModelUnusable
from donecast.speech.model_folder import digest_of, models_in, opened, vocabulary_of
from tests.support.whisper_model import with_older_vocabulary


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy to be spoiled."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_a_whole_model_is_opened(model: Path) -> None:
    found = opened(model)
    assert {path.name for path in found.files} == {"config.json", "model.bin", "vocabulary.json"}
    assert found.weights_bytes == (model / "model.bin").stat().st_size
    assert "<|startoftranscript|>" in vocabulary_of(found)


def test_older_and_newer_vocabularies_say_the_same(model: Path) -> None:
    newer = vocabulary_of(opened(model))
    assert vocabulary_of(opened(with_older_vocabulary(model))) == newer


def _page(model: Path) -> None:
    (model / "model.bin").write_text("<!doctype html>")


def _pointer(model: Path) -> None:
    (model / "model.bin").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")


def _without_alignment(model: Path) -> None:
    (model / "config.json").write_text(json.dumps({"suppress_ids": []}))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda model: (model / "config.json").unlink(), "config.json is missing"),
        (lambda model: (model / "model.bin").unlink(), "model.bin is missing"),
        (lambda model: (model / "vocabulary.json").unlink(), "vocabulary.json is missing"),
        (shutil.rmtree, "there is no such folder"),
        (lambda model: (model / "config.json").write_text("{"), "config.json is not JSON"),
        (lambda model: (model / "config.json").write_bytes(b" " * 2**21), "config.json is much too large"),
        (lambda model: os.truncate(model / "vocabulary.json", 2**25), "vocabulary.json is much too large"),
        (_without_alignment, "alignment_heads"),
        (_page, "model.bin is not a Whisper model"),
        (_pointer, "model.bin is not a Whisper model"),
        (lambda model: (model / "model.bin").write_bytes(b""), "model.bin is not a Whisper model"),
    ],
)
def test_a_spoilt_model_is_refused_with_the_reason(model: Path, spoil: Callable[[Path], object], why: str) -> None:
    spoil(model)
    with pytest.raises(SpeechModelUnusable, match=why) as refusal:
        opened(model)
    assert "donecast speech install" in refusal.value.action


@pytest.mark.parametrize(
    ("content", "why"),
    [("{", "cannot be read"), ("{}", "not a list"), ("[1]", "not a list"), ('["a"]', "lacks <|endoftext|>")],
)
def test_a_spoilt_vocabulary_is_refused_with_the_reason(model: Path, content: str, why: str) -> None:
    (model / "vocabulary.json").write_text(content)
    with pytest.raises(SpeechModelUnusable, match=why):
        vocabulary_of(opened(model))


def test_the_digest_is_that_of_the_content_alone(model: Path, tmp_path: Path) -> None:
    before = digest_of(opened(model))
    (model / "README.md").write_text("nothing of the model")
    os.utime(model / "model.bin", (0, 0))
    assert digest_of(opened(model)) == before
    assert digest_of(opened(Path(shutil.copytree(model, tmp_path / "again")))) == before
    with (model / "model.bin").open("r+b") as weights:
        weights.seek(-1, os.SEEK_END)
        weights.write(b"\x01")
    assert digest_of(opened(model)) != before


def test_models_are_listed_the_largest_first_without_what_is_being_made(model: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    assert models_in(models) == ()
    for name, size in (("small", 10), ("large", 30), ("also-small", 10), (".fetching-x", 99)):
        (models / name).mkdir(parents=True)
        (models / name / "model.bin").write_bytes(bytes(size))
    (models / "empty").mkdir()
    (models / "note.txt").touch()
    assert models_in(models / "note.txt") == ()
    assert [path.name for path in models_in(models)] == ["large", "also-small", "small"]
