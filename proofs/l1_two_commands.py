"""A fresh clone answers after ./dev up and is green after ./dev test; nothing else is typed.

"Cold" is a fresh clone with an empty home and empty caches of pip, uv and npm; "warm" is the same clone started again
on the same data. Only settings that say where packages come from are handed on. With ``--no-test`` the tests are left
out, and the last line says so.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.sizes import ROOT

DURATION = "about 5 minutes, or 1 with --no-test"
_COLD_SECONDS_MAX = 300
_WARM_SECONDS_MAX = 30
_TEST_SECONDS_MAX = 3600
_HANDED_ON = re.compile(r"^(PATH|LANG|TERM|TZ|(https?|no|all)_proxy|(PIP|UV|NPM_CONFIG|SSL|NODE|REQUESTS)_.*)$", re.I)
_CACHE_NAMES = re.compile(r"^(PIP_CACHE_DIR|UV_CACHE_DIR|NPM_CONFIG_CACHE)$", re.I)


class FellShort(Exception):
    """The promise was not kept; the text says how."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """What ``./dev test`` ended with."""

    passed: int
    closing_line: str
    seconds: float


def main(arguments: list[str]) -> int:
    """Clones, starts twice, runs the tests, and prints the figures."""
    if set(arguments) - {"--no-test"}:
        print("L1 takes --no-test or nothing.")
        return 2
    # Not tempfile's context manager: a failing server may still be writing while the folder goes.
    folder = Path(tempfile.mkdtemp(prefix="donecast-l1-"))
    try:
        return _prove(folder, with_tests="--no-test" not in arguments)
    except FellShort as trouble:
        print(f"L1: falls short: {trouble}")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prove(folder: Path, *, with_tests: bool) -> int:
    clone = folder / "donecast"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    variables = _bare_variables(folder)
    _refuse_spoilt_python(variables)
    cold = _seconds_to_first_page(clone, variables, folder / "cold.log", limit_seconds=_COLD_SECONDS_MAX)
    print(f"cold start: first page after {cold:.1f} s", flush=True)
    warm = _seconds_to_first_page(clone, variables, folder / "warm.log", limit_seconds=_WARM_SECONDS_MAX)
    print(f"warm start: first page after {warm:.1f} s", flush=True)
    if not with_tests:
        print(f"L1: first page cold {cold:.1f} s, warm {warm:.1f} s, tests not run (--no-test)")
        return 0
    run = _run_tests(clone, variables)
    print(
        f"L1: first page cold {cold:.1f} s, warm {warm:.1f} s, "
        f"tests {run.passed} passed in {run.seconds:.0f} s ({run.closing_line})"
    )
    return 0


def _bare_variables(folder: Path) -> dict[str, str]:
    """What a newcomer's shell holds: a path, a home, a language, and where packages come from."""
    home = folder / "home"
    home.mkdir()
    # The address of a mirror stands in files of the home as well; they say where from, not what.
    for place in (".npmrc", ".config/pip/pip.conf", ".config/uv/uv.toml"):
        source = Path.home() / place
        if source.is_file():
            (home / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, home / place)
    kept = {
        name: value for name, value in os.environ.items() if _HANDED_ON.match(name) and not _CACHE_NAMES.match(name)
    }
    own = {str(ROOT / ".venv" / "bin"), str(Path(sys.executable).parent)}
    path = os.pathsep.join(part for part in kept.get("PATH", os.defpath).split(os.pathsep) if part not in own)
    return kept | {"PATH": path, "HOME": str(home)}


def _refuse_spoilt_python(variables: Mapping[str, str]) -> None:
    python = shutil.which("python3", path=variables["PATH"])
    if python is None or Path(python).is_relative_to(ROOT):
        raise FellShort("there is no python3 on the path besides this project's own")


def _seconds_to_first_page(clone: Path, variables: Mapping[str, str], log: Path, *, limit_seconds: float) -> float:
    """Seconds from typing ``./dev up`` to the first page with status 200."""
    port = _free_port()
    started = time.monotonic()
    with _server(clone, {**variables, "DONECAST_PORT": str(port)}, log) as process:
        while time.monotonic() - started < limit_seconds:
            if process.poll() is not None:
                raise FellShort(f"./dev up ended with code {process.returncode}:\n{_tail(log)}")
            if _answers(f"http://127.0.0.1:{port}/"):
                return time.monotonic() - started
            time.sleep(0.05)
        raise FellShort(f"no page within {limit_seconds:.0f} s:\n{_tail(log)}")


@contextlib.contextmanager
def _server(clone: Path, variables: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``./dev up`` in the clone; ended by its group, first kindly."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["./dev", "up"],
            cwd=clone,
            env=dict(variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            # The whole group, because the script may still be waiting for an installer of its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200 and b"<html" in answer.read().lower())
    except (urllib.error.URLError, OSError):
        return False


def _run_tests(clone: Path, variables: Mapping[str, str]) -> TestRun:
    """``./dev test`` in the clone; its closing line must speak of passes and of no failure."""
    started = time.monotonic()
    done = subprocess.run(
        ["./dev", "test"],
        cwd=clone,
        env=dict(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TEST_SECONDS_MAX,
        check=False,
    )
    seconds = time.monotonic() - started
    lines = done.stdout.rstrip().splitlines() or [""]
    passed = re.search(r"(\d+) passed", lines[-1])
    if done.returncode or not passed:
        raise FellShort("./dev test is not green:\n" + "\n".join(lines[-60:]))
    return TestRun(int(passed[1]), lines[-1].strip("= "), seconds)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-40:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
