"""The limit of intake as a job of the sandbox: decode, and let go of what comes out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from donecast.engine.decoding import open_decoding
from donecast.engine.limits import EngineLimits


def decode(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """How many frames came out of ``path``."""
    decoding = open_decoding(Path(arguments["path"]), EngineLimits())
    for _ in decoding.blocks():
        progress(min(99, 100 * decoding.frames // max(decoding.frames_promised or 0, decoding.frames, 1)))
    return {"frames": decoding.frames}
