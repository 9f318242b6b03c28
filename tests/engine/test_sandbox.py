"""A job may crash, hang, eat memory or fill the disk: the caller gets a sentence and nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from donecast.engine.errors import EngineCancelled, EngineCrashed, EngineOutOfMemory, EngineTimeout, NoRoom, OnlySilence
from donecast.engine.landlock import unavailable_because
from donecast.engine.sandbox import run_job

JOBS = "tests.engine.jobs"


def _gone(process_id: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def _may_make_namespaces() -> bool:
    code = "import ctypes; raise SystemExit(0 if ctypes.CDLL(None).unshare(0x40000000) == 0 else 1)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_job_answers_and_reports_progress_that_never_falls(tmp_path: Path) -> None:
    seen: list[int] = []
    answer = run_job(
        f"{JOBS}:echo", {"words": ["a", 1, None]}, deadline_seconds=20, on_progress=seen.append, scratch=tmp_path
    )
    assert answer["given"] == {"words": ["a", 1, None]}
    assert seen == [0, 50, 100]
    assert Path(answer["folder"]).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_job_does_not_see_the_secrets_of_its_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONECAST_S3_SECRET_ACCESS_KEY", "do-not-tell")
    answer = run_job(f"{JOBS}:echo", {}, deadline_seconds=20, scratch=tmp_path)
    assert "do-not-tell" not in str(answer["environment"])
    assert answer["environment"]["OPENBLAS_NUM_THREADS"] == "1"


def test_an_error_comes_back_as_its_own_class(tmp_path: Path) -> None:
    with pytest.raises(OnlySilence) as caught:
        run_job(f"{JOBS}:refuse", {}, deadline_seconds=20, scratch=tmp_path)
    assert (caught.value.message, caught.value.action) == ("Not a sound.", "Shout.")
    assert caught.value.details == {"where": "here"}


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_killed_job_is_a_sentence_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with pytest.raises(EngineCrashed) as caught:
        run_job(f"{JOBS}:die", {"signal": int(number)}, deadline_seconds=20, scratch=tmp_path)
    assert caught.value.details["exit_code"] == -number
    assert caught.value.message.endswith(".")
    assert list(tmp_path.iterdir()) == []


def test_a_bug_keeps_its_traceback_for_the_log(tmp_path: Path) -> None:
    with pytest.raises(EngineCrashed) as caught:
        run_job(f"{JOBS}:raise_bug", {}, deadline_seconds=20, scratch=tmp_path)
    assert "a bug of ours" in str(caught.value.details["stderr"])
    assert "bug" not in caught.value.message


def test_an_answer_that_is_no_mapping_is_a_crash(tmp_path: Path) -> None:
    with pytest.raises(EngineCrashed):
        run_job(f"{JOBS}:babble", {}, deadline_seconds=20, scratch=tmp_path)


def test_a_hanging_job_ends_at_its_deadline(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(EngineTimeout):
        run_job(f"{JOBS}:hang", {"pid_file": str(note)}, writable=[tmp_path], deadline_seconds=1.5, scratch=tmp_path)
    assert time.monotonic() - started < 10
    assert _gone(int(note.read_text()))
    assert list(tmp_path.iterdir()) == [note]


def test_a_job_can_be_cancelled(tmp_path: Path) -> None:
    note, stop = tmp_path / "pid", threading.Event()
    with pytest.raises(EngineCancelled):
        run_job(
            f"{JOBS}:hang",
            {"pid_file": str(note)},
            writable=[tmp_path],
            deadline_seconds=30,
            scratch=tmp_path,
            on_progress=lambda _: stop.set(),
            cancelled=stop.is_set,
        )
    assert _gone(int(note.read_text()))


def test_too_much_memory_is_refused_and_the_caller_lives(tmp_path: Path) -> None:
    limit = 512 * 1024**2
    with pytest.raises(EngineOutOfMemory):
        run_job(
            f"{JOBS}:eat_memory", {"bytes": 2 * limit}, deadline_seconds=20, memory_bytes_max=limit, scratch=tmp_path
        )
    fine = run_job(f"{JOBS}:eat_memory", {"bytes": 1024}, deadline_seconds=20, memory_bytes_max=limit, scratch=tmp_path)
    assert fine == {"length": 1024}


def test_a_file_larger_than_allowed_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NoRoom):
        run_job(f"{JOBS}:fill_disk", {}, deadline_seconds=20, written_bytes_max=1024**2, scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_job_reaches_no_network(tmp_path: Path) -> None:
    if not _may_make_namespaces():
        pytest.skip("this machine does not let us make network namespaces")
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = run_job(f"{JOBS}:call_home", {"port": server.getsockname()[1]}, deadline_seconds=20, scratch=tmp_path)
    assert answer == {"reached": False}


def test_a_job_opens_no_file_but_what_it_was_given(tmp_path: Path) -> None:
    if unavailable_because():
        pytest.skip(f"no wall around files: {unavailable_because()}")
    places = {name: tmp_path / name for name in ("given", "hidden", "kept")}
    for place in places.values():
        place.mkdir()
        (place / "secret.txt").write_text("sesame")
    (tmp_path / "given" / "link").symlink_to(tmp_path / "hidden" / "secret.txt")
    inside = [str(places["given"] / "secret.txt"), str(places["kept"] / "secret.txt")]
    outside = [str(places["hidden"] / "secret.txt"), str(places["given"] / "link"), "/etc/passwd", str(Path.home())]
    answer = run_job(
        f"{JOBS}:reach",
        {"read": inside + outside, "write": [str(place / "new") for place in places.values()]},
        readable=[places["given"]],
        writable=[places["kept"]],
        deadline_seconds=20,
        scratch=tmp_path,
    )
    assert answer == {"read": inside, "written": [str(places["kept"] / "new")], "ran": False}


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "from pathlib import Path\n"
        "from donecast.engine.sandbox import run_job\n"
        f"note = Path({str(note)!r})\n"
        f"run_job('{JOBS}:hang', {{'pid_file': str(note)}}, writable=[note.parent], deadline_seconds=60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        for _ in range(200):
            if note.exists() and note.read_text():
                break
            time.sleep(0.05)
        child = int(note.read_text())
        parent.kill()
        assert _gone(child)
    finally:
        parent.kill()
        parent.wait()
