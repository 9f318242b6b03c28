"""Durable work: remembered steps, a killed process, a dead worker's work taken over, on both databases."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

_PROGRAM = """
import sys, time
from pathlib import Path
from donecast.platform.durable import DurableEngine

url, worker_id, folder, act = sys.argv[1:5]
notes = Path(folder)

def note(name):
    with (notes / "steps").open("a") as book:
        book.write(name + "\\n")
    return name

def slow(worker_id):
    note("begin-slow " + worker_id)
    if not (notes / "go").exists():
        time.sleep(60)
    return note("end-slow")

def flow(run, argument):
    run.step("first", lambda: note("first"))
    run.step("slow", lambda: slow(worker_id))
    run.step("last", lambda: note("last " + argument))

engine = DurableEngine(url=url, worker_id=worker_id, concurrency=2)
engine.register("flow", flow)
engine.launch()
if act == "start":
    engine.start("flow", "flow-1", "argument")
    engine.start("flow", "flow-1", "argument")
if act.startswith("take:"):
    note("taken " + ",".join(engine.take_over(act.removeprefix("take:"))))
for _ in range(200):
    if (notes / "steps").exists() and "last" in (notes / "steps").read_text():
        break
    time.sleep(0.1)
time.sleep(0.5)
note("ended " + str(engine.is_lost("flow-1", [worker_id])) + " " + str(engine.is_lost("never", [worker_id])))
engine.stop()
"""


def steps(folder: Path) -> list[str]:
    book = folder / "steps"
    return book.read_text().splitlines() if book.exists() else []


def run(url: str, worker_id: str, folder: Path, act: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _PROGRAM, url, worker_id, str(folder), act])


def kill_in_slow_step(process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, "the worker ended by itself"
        if any(line.startswith("begin-slow") for line in steps(folder)):
            break
        time.sleep(0.1)
    process.kill()
    process.wait()


def test_after_a_kill_finished_steps_are_not_repeated_and_the_rest_is_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/durable.sqlite"
    kill_in_slow_step(run(url, "one", tmp_path, "start"), tmp_path)
    (tmp_path / "go").touch()
    assert run(url, "one", tmp_path, "resume").wait(60) == 0
    assert steps(tmp_path) == [
        "first",
        "begin-slow one",
        "begin-slow one",
        "end-slow",
        "last argument",
        "ended True True",
    ]


@pytest.mark.postgres
def test_another_worker_takes_over_from_a_dead_one(tmp_path: Path, postgres_url: str) -> None:
    kill_in_slow_step(run(postgres_url, "one", tmp_path, "start"), tmp_path)
    (tmp_path / "go").touch()
    assert run(postgres_url, "two", tmp_path, "take:one").wait(60) == 0
    assert steps(tmp_path) == [
        "first",
        "begin-slow one",
        "taken flow-1",
        "begin-slow two",
        "end-slow",
        "last argument",
        "ended True True",
    ]
