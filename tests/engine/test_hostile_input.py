"""Each hostile file gets its own outcome; the processes around it are seen by `proofs/a8_hostile_input.py`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from donecast.engine import analysis_job
from donecast.engine.limits import EngineLimits
from donecast.kit.errors import DonecastError
from tests.support.hostile_files import HOSTILE_FILES, HostileFile

QUICK = [file for file in HOSTILE_FILES if not file.slow]
SLOW = [file for file in HOSTILE_FILES if file.slow]


def _analysed(file: HostileFile, folder: Path, limits: EngineLimits) -> dict[str, Any]:
    (folder / "file").mkdir()
    path = folder / "file" / file.name
    file.make(path)
    arguments = {"path": str(path), "folder": str(folder), "limits": asdict(limits)}
    facts: dict[str, Any] = analysis_job.analyse(arguments, lambda _: None)["facts"]
    return facts


@pytest.mark.parametrize("file", [file for file in QUICK if file.refused is None], ids=lambda file: file.what)
def test_what_is_odd_but_good_is_taken(tmp_path: Path, file: HostileFile) -> None:
    facts = _analysed(file, tmp_path, EngineLimits())
    assert {name: facts[name] for name in file.facts} == dict(file.facts)
    assert file.seconds[0] <= facts["duration_ms"] / 1000 <= file.seconds[1]


@pytest.mark.parametrize("file", [file for file in QUICK if file.refused], ids=lambda file: file.what)
def test_what_is_bad_says_what_is_wrong_and_what_to_do(tmp_path: Path, file: HostileFile) -> None:
    assert file.refused
    with pytest.raises(file.refused, match=file.says or None) as caught:
        _analysed(file, tmp_path, EngineLimits())
    assert caught.value.message.endswith(".")
    assert caught.value.action.endswith(".")


@pytest.mark.parametrize("file", SLOW, ids=lambda file: file.what)
def test_an_endless_one_is_stopped_where_the_limit_is(tmp_path: Path, file: HostileFile) -> None:
    with pytest.raises(DonecastError, match=r"longer than 0\.02 hours"):
        _analysed(file, tmp_path, EngineLimits(duration_ms_max=72_000))
