"""Temporary files leave with their owner, on any exit, and after a crash at the next start."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from donecast.kit.clock import SystemClock
from donecast.platform.disk_room import DiskFull
from donecast.platform.temporary import TemporaryFiles, folder_among_others

NOW = SystemClock().now()


def test_a_folder_lives_as_long_as_its_block(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    with pytest.raises(ZeroDivisionError), files.folder("work") as folder:
        (folder / "half").write_bytes(b"x")
        _ = 1 / 0
    assert list((tmp_path / "t").iterdir()) == []


_OWNER = """
import sys, time
from pathlib import Path
from donecast.platform.temporary import TemporaryFiles

with TemporaryFiles(Path(sys.argv[1]), free_bytes_min=0).folder("work") as folder:
    (folder / "half").write_bytes(b"x")
    print("working", flush=True)
    time.sleep(60)
"""


def test_a_sweep_removes_what_the_dead_left_and_nothing_else(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, str(tmp_path / "t")], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    with owner, files.folder("mine") as mine:
        assert owner.stdout.readline() == b"working\n"
        assert files.sweep(NOW) == 0
        assert len(list((tmp_path / "t").iterdir())) == 2
        owner.kill()
        owner.wait(10)
        assert files.sweep(NOW) == 1
        assert list((tmp_path / "t").iterdir()) == [mine]


def test_a_process_of_another_container_is_not_told_by_its_id(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    left = tmp_path / "t" / f"{os.getpid()}-work-abc"
    left.mkdir()
    (left / ".owner").touch()  # its owner is gone, and this very process has the same number
    assert files.sweep(NOW) == 1
    assert not left.exists()


def test_a_folder_that_is_just_being_made_is_left_alone_and_an_old_one_goes(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    young, old = tmp_path / "t" / "work-young", tmp_path / "t" / "work-old"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (0, 0))
    assert files.sweep(NOW) == 1
    assert list((tmp_path / "t").iterdir()) == [young]


def test_folders_are_made_while_sweepers_sweep(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    stop = threading.Event()

    def sweep() -> None:
        while not stop.is_set():
            files.sweep(NOW)

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    try:
        for number in range(300):
            with files.folder("work") as folder:
                (folder / str(number)).write_bytes(b"x")
                assert (folder / str(number)).exists()
    finally:
        stop.set()
        for sweeper in sweepers:
            sweeper.join()
    assert list((tmp_path / "t").iterdir()) == []


def test_a_disk_that_is_nearly_full_is_noticed_before_the_work(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=2**60)
    with pytest.raises(DiskFull), files.folder("work"):
        pytest.fail("work must not start")
    assert list((tmp_path / "t").iterdir()) == []


_STRANGER = """
import sys, time
from pathlib import Path
from donecast.platform.temporary import folder_among_others

with folder_among_others(Path(sys.argv[1]), ".render-") as folder:
    (folder / "inside").mkdir()
    (folder / "inside" / "half").write_bytes(b"x")
    print("working", flush=True)
    time.sleep(60)
"""


def test_beside_a_persons_files_only_what_a_killed_owner_left_goes(tmp_path: Path) -> None:
    for name in (".render-mine", "render-x", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").touch()
    (tmp_path / ".render-file").touch()
    (tmp_path / ".render-link").symlink_to(tmp_path / "other")
    persons = set(tmp_path.iterdir())
    (tmp_path / ".render-empty").mkdir()  # somebody was killed before there was a lock file
    owner = subprocess.Popen([sys.executable, "-c", _STRANGER, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    with owner:
        assert owner.stdout.readline() == b"working\n"
        with folder_among_others(tmp_path, ".render-") as folder:
            assert len(set(tmp_path.iterdir()) - persons - {folder}) == 1  # the living one's
        owner.kill()
        owner.wait(10)
    with folder_among_others(tmp_path, ".render-") as folder:
        assert set(tmp_path.iterdir()) - persons == {folder}
    assert set(tmp_path.iterdir()) == persons
    assert all((tmp_path / name / "kept").exists() for name in (".render-mine", "render-x", "other"))


def test_folders_among_others_are_made_while_others_are(tmp_path: Path) -> None:
    def work() -> None:
        for number in range(100):
            with folder_among_others(tmp_path, ".render-") as folder:
                (folder / str(number)).write_bytes(b"x")
                assert (folder / str(number)).exists()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    assert list(tmp_path.iterdir()) == []


def test_who_is_stopped_while_it_tidies_up_leaves_what_the_next_sweep_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)

    def stop(_: Path) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError), files.folder("work") as folder:
        (folder / "a").write_bytes(b"x")
        (folder / "b").mkdir()
        monkeypatch.setattr("shutil.rmtree", stop)  # at this point it is killed
    monkeypatch.undo()
    assert folder.exists()
    assert files.sweep(NOW) == 1
    assert list((tmp_path / "t").iterdir()) == []
