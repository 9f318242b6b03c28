"""Processes that stand by: each does one job behind its walls, and none is left behind."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from donecast.engine.errors import EngineCrashed, EngineTimeout, NoRoom, OnlySilence
from donecast.engine.landlock import unavailable_because
from donecast.engine.standby import Standby
from donecast.kit.errors import DonecastError

JOBS = "tests.engine.jobs"


@contextmanager
def fresh_folder(inside: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=inside) as name:
        yield Path(name)


@pytest.fixture
def standby(tmp_path: Path) -> Iterator[Callable[..., Standby]]:
    made: list[Standby] = []

    def one(job: str, *, waiting_max: int = 1, idle_seconds: float = 60) -> Standby:
        made.append(
            Standby(
                f"{JOBS}:{job}",
                waiting_max=waiting_max,
                idle_seconds=idle_seconds,
                folder=lambda: fresh_folder(tmp_path),
            )
        )
        return made[-1]

    yield one
    for each in made:
        each.close()
    assert list(tmp_path.iterdir()) == []


def _soon(is_so: Callable[[], bool]) -> bool:
    for _ in range(400):
        if is_so():
            return True
        time.sleep(0.05)
    return False


def _children() -> set[int]:
    listed = Path("/proc/self/task").glob("*/children")
    return {int(number) for path in listed for number in path.read_text().split()}


def test_each_job_has_a_process_and_a_folder_of_its_own(standby: Callable[..., Standby]) -> None:
    echoes = standby("echo")
    first = echoes.run({"words": ["a", 1]}, deadline_seconds=20)
    second = echoes.run({"words": ["b"]}, deadline_seconds=20)
    assert (first["given"], second["given"]) == ({"words": ["a", 1]}, {"words": ["b"]})
    assert first["folder"] != second["folder"]
    assert not Path(first["folder"]).exists()


def test_no_more_wait_than_were_asked_for(standby: Callable[..., Standby]) -> None:
    echoes = standby("echo", waiting_max=2)
    assert echoes.waiting == 0
    echoes.warm()
    assert _soon(lambda: echoes.waiting == 2)
    echoes.warm()
    time.sleep(0.3)
    assert echoes.waiting == 2
    echoes.run({}, deadline_seconds=20)
    assert _soon(lambda: echoes.waiting == 2)


def test_more_at_once_than_wait_are_all_served(standby: Callable[..., Standby]) -> None:
    echoes, answers = standby("echo"), []
    threads = [
        threading.Thread(
            target=lambda n=number: answers.append(echoes.run({"n": n}, deadline_seconds=30)["given"]["n"])
        )
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [0, 1, 2, 3]


def test_a_job_opens_only_what_it_was_given(
    standby: Callable[..., Standby], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if reason := unavailable_because():
        pytest.skip(reason)
    place = tmp_path_factory.mktemp("files")
    (place / "mine.txt").write_text("mine")
    (place / "other.txt").write_text("other")
    wanted = {"read": [str(place / "mine.txt"), str(place / "other.txt")], "write": [str(place / "other.txt")]}
    reached = standby("reach").run(wanted, readable=[place / "mine.txt"], deadline_seconds=20)
    assert reached == {"read": [str(place / "mine.txt")], "written": [], "ran": False}


def test_what_goes_wrong_comes_back_as_its_own_class_and_the_next_job_is_done(
    standby: Callable[..., Standby], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(OnlySilence):
        standby("refuse").run({}, deadline_seconds=20)
    dying = standby("die")
    for _ in range(2):
        with pytest.raises(EngineCrashed):
            dying.run({"signal": 9}, deadline_seconds=20)
    with pytest.raises(EngineTimeout):
        standby("hang").run(
            {"pid_file": str(tmp_path_factory.mktemp("hang") / "pid")},
            writable=[tmp_path_factory.getbasetemp()],
            deadline_seconds=1,
        )


@pytest.mark.parametrize("order_bytes", [10, 1_000_000])
def test_the_deadline_passes_while_a_process_loads_however_long_the_order_is(tmp_path: Path, order_bytes: int) -> None:
    slow = Standby(
        f"{JOBS}_that_load_long:answer", waiting_max=1, idle_seconds=60, folder=lambda: fresh_folder(tmp_path)
    )
    begun = time.monotonic()
    try:
        with pytest.raises(EngineTimeout):
            slow.run({"words": "x" * order_bytes}, deadline_seconds=1)
        assert time.monotonic() - begun < 10
    finally:
        slow.close()


def test_the_deadline_passes_while_no_process_can_be_had(tmp_path: Path) -> None:
    @contextmanager
    def late() -> Iterator[Path]:
        time.sleep(4)
        with fresh_folder(tmp_path) as folder:
            yield folder

    slow = Standby(f"{JOBS}:echo", waiting_max=1, idle_seconds=60, folder=late)
    begun = time.monotonic()
    try:
        with pytest.raises(EngineTimeout):
            slow.run({}, deadline_seconds=0.5)
        assert time.monotonic() - begun < 3
    finally:
        slow.close()


def test_an_order_of_megabytes_arrives_whole(standby: Callable[..., Standby]) -> None:
    words = "many words " * 300_000
    assert standby("echo").run({"words": words}, deadline_seconds=60)["given"] == {"words": words}


def test_who_died_while_waiting_is_passed_over(standby: Callable[..., Standby]) -> None:
    before = _children()
    echoes = standby("echo", waiting_max=2)
    echoes.warm()
    assert _soon(lambda: echoes.waiting == 2)
    killed = _children() - before
    for process_id in killed:
        os.kill(process_id, signal.SIGKILL)
    assert len(killed) == 2
    assert _soon(lambda: not any(map(_lives, killed)))
    assert echoes.run({"words": 1}, deadline_seconds=20)["given"] == {"words": 1}


def test_a_process_is_signalled_only_while_its_number_is_its_own(
    standby: Callable[..., Standby], monkeypatch: pytest.MonkeyPatch
) -> None:
    signalled: list[bool] = []
    kill_group = os.killpg

    def recorded(process_id: int, number: int) -> None:
        signalled.append(Path(f"/proc/{process_id}").exists())
        kill_group(process_id, number)

    monkeypatch.setattr(os, "killpg", recorded)
    standby("echo").run({}, deadline_seconds=20)
    assert signalled == [True]


def test_a_job_that_cannot_be_loaded_is_a_crash_with_its_reason(standby: Callable[..., Standby]) -> None:
    with pytest.raises(EngineCrashed) as caught:
        standby("no_such_job").run({}, deadline_seconds=20)
    assert "no_such_job" in str(caught.value.details["stderr"])


def test_they_end_when_nobody_asks_and_come_back_when_somebody_does(standby: Callable[..., Standby]) -> None:
    before = _children()
    echoes = standby("echo", idle_seconds=0.2)
    assert echoes.run({}, deadline_seconds=20)["given"] == {}
    assert _soon(lambda: echoes.waiting == 0 and _children() <= before)
    assert echoes.run({"again": 1}, deadline_seconds=20)["given"] == {"again": 1}


def test_closing_ends_them_and_nobody_may_ask_any_more(standby: Callable[..., Standby]) -> None:
    before = _children()
    echoes = standby("echo", waiting_max=2)
    echoes.warm()
    assert _soon(lambda: echoes.waiting == 2)
    echoes.close()
    assert _children() <= before
    with pytest.raises(EngineCrashed):
        echoes.run({}, deadline_seconds=20)
    echoes.warm()
    assert echoes.waiting == 0


def test_they_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom donecast.engine.standby import Standby\n"
        "from tests.engine.test_standby import fresh_folder\n"
        "place = Path(sys.argv[1])\n"
        f"one = Standby('{JOBS}:echo', waiting_max=2, idle_seconds=60, folder=lambda: fresh_folder(place))\n"
        "one.warm()\nwhile one.waiting < 2: time.sleep(0.02)\n"
        "print(*(each.process.pid for each in one._waiting), flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        waiting = [int(number) for number in owner.stdout.readline().split()]
        owner.kill()
    assert len(waiting) == 2
    assert _soon(lambda: not any(map(_lives, waiting)))


def _lives(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_no_room_for_a_folder_is_told_to_whoever_asks(tmp_path: Path) -> None:
    @contextmanager
    def full() -> Iterator[Path]:
        if tmp_path.exists():
            raise NoRoom
        yield tmp_path

    crowded = Standby(f"{JOBS}:echo", waiting_max=1, idle_seconds=60, folder=full)
    for _ in range(2):
        with pytest.raises(NoRoom):
            crowded.run({}, deadline_seconds=20)
    crowded.close()


def test_work_goes_on_where_there_is_no_room_for_the_next(tmp_path: Path) -> None:
    full = threading.Event()

    @contextmanager
    def folder() -> Iterator[Path]:
        if full.is_set():
            time.sleep(1)  # until the other is at work
            raise NoRoom
        with fresh_folder(tmp_path) as path:
            yield path

    resting = Standby(f"{JOBS}:rest", waiting_max=1, idle_seconds=0.2, folder=folder)
    resting.warm()
    assert _soon(lambda: resting.waiting == 1)
    full.set()
    assert resting.run({"seconds": 2}, deadline_seconds=20) == {"rested": True}
    with pytest.raises(NoRoom):
        resting.run({"seconds": 0}, deadline_seconds=20)
    full.clear()
    assert resting.run({"seconds": 0}, deadline_seconds=20) == {"rested": True}
    resting.close()


@pytest.mark.parametrize(("number", "told"), [(errno.ENOSPC, NoRoom), (errno.EMFILE, EngineCrashed)])
def test_what_the_system_refuses_is_told_to_whoever_asks(number: int, told: type[DonecastError]) -> None:
    @contextmanager
    def refused() -> Iterator[Path]:
        raise OSError(number, os.strerror(number))
        yield  # type: ignore[unreachable]  # it makes this a generator

    refusing = Standby(f"{JOBS}:echo", waiting_max=1, idle_seconds=60, folder=refused)
    for _ in range(2):
        with pytest.raises(told):
            refusing.run({}, deadline_seconds=20)
    refusing.close()
    with pytest.raises(EngineCrashed, match="broke off") as caught:
        refusing.run({}, deadline_seconds=20)
    assert caught.value.details["why"] == "it is closed"
