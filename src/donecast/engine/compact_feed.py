"""A speech feed as FLAC: half the bytes and the same samples, for whoever must send it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import soundfile

from donecast.engine.sandbox import run_job

_BLOCK_FRAMES = 1 << 18
_DEADLINE_SECONDS = 900.0
"""Six hours of feed take some 30 s."""


def compact_feed(feed: Path, out: Path, *, cancelled: Callable[[], bool] | None = None) -> Path:
    """Writes ``out``, a FLAC file with every sample of a 16-bit WAV ``feed``, and answers it.

    Memory does not grow with the length. Raises EngineFailed in its kinds.
    """
    run_job(
        "donecast.engine.compact_feed:compact",
        {"feed": str(feed.absolute()), "out": str(out.absolute())},
        readable=[feed],
        writable=[out.parent],
        deadline_seconds=_DEADLINE_SECONDS,
        cancelled=cancelled,
        scratch=out.parent,
    )
    return out


def compact(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `compact_feed`."""
    with soundfile.SoundFile(arguments["feed"]) as feed:
        shape = (feed.samplerate, feed.channels, "PCM_16")
        with soundfile.SoundFile(arguments["out"], "w", *shape, format="FLAC") as out:
            for block in feed.blocks(_BLOCK_FRAMES, dtype="int16"):
                out.write(block)
                progress(99 * feed.tell() // max(1, feed.frames))
            return {"frames": feed.frames}
