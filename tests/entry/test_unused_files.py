"""`donecast admin unused-files`: what nothing names is listed, and deleted when told so; everything else stays."""

import os
from pathlib import Path

import pytest

from donecast.entry.cli import main
from tests.support.scene import Scene


@pytest.fixture(autouse=True)
def _own_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DONECAST_DATA", str(tmp_path / "data"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["admin", "unused-files", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_only_files_that_nothing_names_are_listed_and_deleted(
    tmp_path: Path, scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    episode_id = scene.new_episode()["id"]
    scene.give_words(episode_id)
    scene.give_audio(episode_id)
    named = {path.name for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()}
    assert len(named) > 5
    old, young = (scene.ground.blobs.put_bytes(content).content_hash for content in (b"old", b"young"))
    for path in (tmp_path / "data" / "blobs").rglob("*"):
        if path.name not in {young, "blobs"}:
            os.utime(path, (0, 0))

    code, said, _ = run(capsys)
    assert (code, old in said, young in said) == (0, True, False)
    assert "1 files that nothing names, 3 bytes. Nothing was deleted" in said
    assert run(capsys, "--delete")[1].endswith("Deleted: 1 files that nothing names, 3 bytes.\n")
    left = {path.name for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()}
    assert left - {"probe"} == named | {young}


def test_files_are_not_judged_by_another_versions_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONECAST_DATA", str(tmp_path / "elsewhere"))
    code, said, problem = run(capsys, "--delete")
    assert (code, said) == (1, "")
    assert problem.startswith("The database belongs to another version")
