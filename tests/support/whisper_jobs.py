"""Jobs for tests of what a process that runs a model may do."""

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from donecast.speech import whisper_job


def call_home(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Opens the model, then tries to reach ``port`` on this machine and to read ``secret``; what came of it."""
    whisper_job.look(arguments, progress)
    try:
        socket.create_connection(("127.0.0.1", arguments["port"]), timeout=2).close()
        reached = "reached"
    except OSError as error:
        reached = type(error).__name__
    try:
        read = Path(arguments["secret"]).read_text()
    except OSError as error:
        read = type(error).__name__
    return {"reached": reached, "read": read}
