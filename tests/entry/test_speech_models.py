"""``donecast speech`` as people type it."""

import json
import shutil
from pathlib import Path

import pytest

from donecast.entry import speech_models
from donecast.entry.cli import main
from donecast.speech import whisper
from donecast.speech.flite import FliteSynthesizer
from tests.support.model_server import model_server
from tests.support.whisper_model import catalogue_of, make_model


@pytest.fixture(autouse=True)
def _own_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database_file: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DONECAST_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    shutil.copyfile(empty_database_file, tmp_path / "data" / "donecast.sqlite")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model in a folder of a person's own."""
    return make_model(tmp_path / "my-model")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_list_says_what_is_used_and_what_each_engine_needs(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(capsys, "speech", "list")
    assert code == 0
    assert said.startswith("The built-in recogniser, pocketsphinx, writes out the words")
    for part in ("Speech models here", "none", "whisper-small", "484 MB", "3.1 GB", "ctranslate2"):
        assert part in said
    for vendor in ("assemblyai", "auphonic"):
        assert f"DONECAST_TRANSCRIBER={vendor} and a key" in said


def test_a_folder_is_taken_and_used_from_then_on(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, progress = run(capsys, "speech", "install", "./my-model")
    assert (code, "Copying my-model" in progress) == (0, True), progress
    assert "Trying it out my-model" in progress
    assert said.splitlines()[1] == "Whisper writes out the words, with the model my-model."
    assert Path("data/speech/models/my-model/model.bin").exists()
    _, listed, _ = run(capsys, "speech", "list")
    assert listed.startswith("Whisper writes out the words, with the model my-model.")
    code, doctor, _ = run(capsys, "doctor")
    assert "transcriber whisper" in doctor


def test_a_name_is_fetched_with_a_bar_and_can_be_set_aside(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalogue_of(model, "whisper-tiny-test")
    monkeypatch.setattr(speech_models, "named", lambda name: known if name == known.name else None)
    with model_server() as server:
        server.keep(known, model)
        monkeypatch.setenv("DONECAST_SPEECH_MODEL_URL", server.url)
        code, said, progress = run(capsys, "speech", "install", "whisper-tiny-test")
    assert code == 0, progress
    assert "Fetching whisper-tiny-test" in progress
    assert "with the model whisper-tiny-test" in said
    monkeypatch.setenv("DONECAST_TRANSCRIBER", "pocketsphinx")
    assert run(capsys, "speech", "list")[1].startswith("The built-in recogniser")


def test_a_place_that_has_no_such_file_is_said_in_a_sentence_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server() as server:
        monkeypatch.setenv("DONECAST_SPEECH_MODEL_URL", server.url)
        code, _, said = run(capsys, "speech", "install", "whisper-base")
    assert code == 1
    assert "asked for config.json, the place where it is kept answers 404." in said
    assert "DONECAST_SPEECH_MODEL_URL" in said
    assert list(Path("data/speech/models").iterdir()) == []


def test_produce_hears_with_the_installed_model(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = FliteSynthesizer()
    if voice.check():
        pytest.skip("flite is not installed (Debian: apt-get install flite)")
    recording = voice.synthesize("The beans are up and the rain was kind to us.", "slt", tmp_path / "Beans.wav").path
    assert run(capsys, "speech", "install", "./my-model")[0] == 0
    code, said, progress = run(capsys, "produce", str(recording), "-o", "e.mp3", "--json")
    assert code == 0, progress
    assert json.loads(said)["transcript"] == {"engine": "whisper", "quality": "good", "fillers": "left_out"}
    assert "café." in Path("e.txt").read_text("utf-8")


def test_an_unknown_name_leads_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys, "speech", "install", "whisper-huge")
    assert code == 1
    assert "There is no speech model “whisper-huge”, and no such folder.\n“donecast speech list” shows" in said


def test_a_folder_that_is_no_model_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    code, _, said = run(capsys, "speech", "install", "./empty")
    assert (code, "are missing" in said) == (1, True)


def test_without_the_package_a_model_is_kept_and_the_rest_is_said(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper, "ENGINE_PACKAGE", "a-package-that-nobody-has")
    code, said, _ = run(capsys, "speech", "install", "./my-model")
    assert code == 0
    assert "the package that runs it, ctranslate2, is not installed" in said
    assert "not installed:" in run(capsys, "speech", "list")[1]


def test_a_plain_address_for_models_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONECAST_SPEECH_MODEL_URL", "http://models.example.com")
    code, _, said = run(capsys, "speech", "list")
    assert (code, "SPEECH_MODEL_URL: must be an https:// address" in said) == (1, True)
