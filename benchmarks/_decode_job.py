"""The limit of intake as a job of the sandbox: decode, and let go of what comes out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from donecast.engine.decoding import open_decoding
from donecast.engine.limits import EngineLimits

_BLOCK_FRAMES = 400_000
"""As many as intake asks for; smaller ones would make the limit look further away than it is."""


def decode(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """How many frames came out of ``path``."""
    decoding = open_decoding(Path(arguments["path"]), EngineLimits())
    for _ in decoding.blocks(_BLOCK_FRAMES):
        progress(min(99, 100 * decoding.frames // max(decoding.frames_promised or 0, decoding.frames, 1)))
    return {"frames": decoding.frames}
