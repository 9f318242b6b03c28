"""Jobs that misbehave on purpose, run by `run_job` in the tests."""

import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from donecast.engine import render_job
from donecast.engine.errors import OnlySilence


def echo(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    for percent in (0, 50, 40, 100):
        progress(percent)
    sys.stdout.write("a library that talks\n")
    os.write(1, b"and one that talks past Python\n")
    return {"given": dict(arguments), "folder": str(Path.cwd()), "environment": dict(os.environ)}


def refuse(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    raise OnlySilence("Not a sound.", action="Shout.", details={"where": Path("here")})


def die(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    Path("half-written").write_bytes(b"x" * 1000)
    os.kill(os.getpid(), int(arguments["signal"]))
    return {}


def raise_bug(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    raise ZeroDivisionError("a bug of ours")


def hang(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    Path(arguments["pid_file"]).write_text(str(os.getpid()))
    progress(1)
    time.sleep(60)
    return {}


def rest(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    time.sleep(float(arguments["seconds"]))
    return {"rested": True}


def eat_memory(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    return {"length": len(bytearray(int(arguments["bytes"])))}


def fill_disk(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    with Path("large").open("wb") as file:
        for _ in range(64):
            file.write(b"x" * 1024**2)
    return {}


def call_home(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    try:
        with socket.create_connection(("127.0.0.1", int(arguments["port"])), timeout=2):
            return {"reached": True}
    except OSError:
        return {"reached": False}


def reach(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    def opens(path: str, mode: str) -> bool:
        try:
            with Path(path).open(mode):
                return True
        except PermissionError:
            return False

    try:
        os.execv("/bin/true", ["true"])
    except PermissionError:
        ran = False
    return {
        "read": [path for path in arguments["read"] if opens(path, "rb")],
        "written": [path for path in arguments["write"] if opens(path, "wb")],
        "ran": ran,
    }


def babble(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> Any:
    return "not a mapping"


def render_and_weigh(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    result = render_job.render(arguments, progress)
    return {**result, "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
