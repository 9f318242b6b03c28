"""Temporary files leave with their owner, on any exit, and after a crash at the next start."""

import subprocess
import sys
from pathlib import Path

import pytest

from donecast.platform.database import DiskFull
from donecast.platform.temporary import TemporaryFiles


def test_a_folder_lives_as_long_as_its_block(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    with pytest.raises(ZeroDivisionError), files.folder("work") as folder:
        (folder / "half").write_bytes(b"x")
        _ = 1 / 0
    assert list((tmp_path / "t").iterdir()) == []


def test_a_sweep_removes_what_the_dead_left_and_nothing_else(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "t" / f"{gone.pid}-work-abc").mkdir()
    with files.folder("mine") as mine:
        assert files.sweep() == 1
        assert mine.exists()


def test_a_disk_that_is_nearly_full_is_noticed_before_the_work(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=2**60)
    with pytest.raises(DiskFull), files.folder("work"):
        pytest.fail("work must not start")
    assert list((tmp_path / "t").iterdir()) == []
