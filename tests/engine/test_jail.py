"""The jail from inside: what is seen, what may be taken, and that nothing runs where a wall is missing."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from donecast.engine.jail import NO_WALLS, Cell
from donecast.engine.processes import clean_environment

_LOOK = """
import os, socket, sys
def tried(act):
    try:
        return act() or "done"
    except OSError as error:
        return error.strerror or str(error)
print("network", tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)))
print("outside", tried(lambda: open(sys.argv[2]).read()))
print("given", tried(lambda: open("/given/a.txt").read()))
print("change", tried(lambda: open("/given/a.txt", "w")))
print("system", tried(lambda: open("/usr/x", "w")))
print("scraps", tried(lambda: open("/tmp/x", "w").close()))
print("root", os.getuid() == 0)
print("others", [name for name in os.listdir("/proc") if name.isdigit() and int(name) > 2])
print("environment", sorted(os.environ))
children = 0
try:
    while os.fork():
        children += 1
    __import__("time").sleep(60)
except BlockingIOError:
    print("children", 0 < children < 20)
"""


def jailed(folder: Path, *arguments: str, door: Path | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Our Python in a jail."""
    (folder / "door").mkdir(exist_ok=True)
    cell = Cell(
        parent_id=os.getpid(),
        door=str(door or folder / "door"),
        readable=["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", sys.prefix, sys.base_prefix],
        placed=[(str(folder / "given"), "/given")],
        writable=[],
        folder="/given",
        command=[sys.executable, "-I", "-c", *arguments],
        memory_bytes_max=2**32,
        written_bytes_max=2**20,
        scraps_bytes_max=2**22,
        cpu_seconds_max=20,
        processes_max=20,
    )
    command = [sys.executable, "-m", "donecast.engine.jail", cell.to_json()]
    environment = clean_environment(folder) | {"SECRET": "x"}
    return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a file that is given, and one that is not."""
    (tmp_path / "given").mkdir(mode=0o755)
    (tmp_path / "given/a.txt").write_text("a")
    (tmp_path / "secret.txt").write_text("s")
    return tmp_path


def test_a_program_sees_what_it_was_given_and_takes_what_it_may(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = jailed(folder, _LOOK, str(server.getsockname()[1]), str(folder / "secret.txt"))
    assert done.returncode == 0, done.stderr
    assert dict(line.split(" ", 1) for line in done.stdout.decode().splitlines()) == {
        "network": "Network is unreachable",
        "outside": "No such file or directory",
        "given": "a",
        "change": "Read-only file system",
        "system": "Read-only file system",
        "scraps": "done",
        "root": "False",
        "others": "[]",
        "environment": "['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ']",
        "children": "True",
    }
    assert (folder / "given/a.txt").read_text() == "a"


def test_how_it_ends_is_told(folder: Path) -> None:
    assert jailed(folder, "raise SystemExit(7)").returncode == 7
    assert jailed(folder, "import os; os.kill(os.getpid(), 9)").returncode == 137


def test_where_a_wall_cannot_be_put_up_nothing_is_run(folder: Path) -> None:
    done = jailed(folder, "print('ran')", door=folder / "missing")
    assert (done.returncode, done.stdout) == (NO_WALLS, b"")
    assert b"missing" in done.stderr
