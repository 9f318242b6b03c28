"""Sources of a plan at the rate and channels of its output, read as the mix needs them.

A source that the plan walks through from its beginning to its end is decoded while it is read, a little ahead and in a
thread of its own, and never stored. Any other is unpacked to disk first.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr

from donecast.core.plan import RenderPlan, Treatment
from donecast.engine.decoding import Decoding, open_decoding
from donecast.engine.limits import EngineLimits
from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Samples, with_channels

HISTORY_FRAMES = 32_768
"""How far back a source that is decoded while it is read can be read again."""
_BLOCKS_AHEAD = 3


class Source(Protocol):
    """Sound that a mix reads. Frame n is the instant n / rate of the source."""

    channels: int

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included); silence where the source has none."""
        ...

    def frames_until(self, end: int) -> int:
        """How many of the first ``end`` frames there are."""
        ...


SourceKey = tuple[str, Treatment]
"""The source's hash and what is done to it."""


def bed_keys(plan: RenderPlan) -> list[SourceKey]:
    """The sources of the plan's beds, sorted; they are never treated."""
    return sorted({(bed.source_hash, Treatment()) for bed in plan.beds}, key=repr)


def spoken_keys(plan: RenderPlan) -> set[SourceKey]:
    """The sources of the plan's tracks, each with its treatment."""
    return {(clip.source_hash, track.treatment) for track in plan.tracks for clip in track.clips}


def is_walked_through(plan: RenderPlan, key: SourceKey) -> bool:
    """Whether the mix reads this source once from front to back, so that it need not be stored."""
    if any(bed.source_hash == key[0] for bed in plan.beds) or not key[1].is_none:
        return False
    tracks = [[clip for clip in track.clips if (clip.source_hash, track.treatment) == key] for track in plan.tracks]
    used = [clips for clips in tracks if clips]
    return len(used) == 1 and all(
        before.source_end_ms <= after.source_start_ms for before, after in zip(used[0], used[0][1:], strict=False)
    )


class WalkedSource:
    """A file decoded while it is read from front to back. Its `read` raises what decoding raises."""

    def __init__(self, path: Path, *, sample_rate: int, channels: int, limits: EngineLimits) -> None:
        decoding = open_decoding(path, limits)
        self.channels = min(decoding.channels, channels)
        self._blocks = at_rate(decoding, sample_rate, self.channels)
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="decode")
        self._coming = deque(self._decoder.submit(self._next_block) for _ in range(_BLOCKS_AHEAD))
        self._held: deque[Samples] = deque()
        self._first = self._end = 0

    def _next_block(self) -> Samples | None:
        return next(self._blocks, None)

    def read(self, start: int, end: int) -> Samples:
        """As in `Source`. Raises ValueError for what lies further back than `HISTORY_FRAMES`."""
        self._reach(end, start)
        if max(start, 0) < min(self._first, end):
            raise ValueError(f"frame {start} has been let go; the first one held is {self._first}")
        result = np.zeros((end - start, self.channels), np.float32)
        place = self._first
        for block in self._held:
            first, last = max(start, place), min(end, place + len(block))
            if first < last:
                result[first - start : last - start] = block[first - place : last - place]
            place += len(block)
        return result

    def frames_until(self, end: int) -> int:
        """As in `Source`."""
        self._reach(end, end)
        return min(self._end, end)

    def _reach(self, end: int, start: int) -> None:
        while self._end < end and self._coming:
            block = self._coming.popleft().result()
            if block is None:
                self._coming.clear()
                return
            self._coming.append(self._decoder.submit(self._next_block))
            self._held.append(block)
            self._end += len(block)
            while self._held and self._first + len(self._held[0]) < start - HISTORY_FRAMES:
                self._first += len(self._held.popleft())

    def close(self) -> None:
        """Ends the decoding, wherever it is."""
        self._decoder.shutdown(cancel_futures=True)


def at_rate(decoding: Decoding, sample_rate: int, channels: int) -> Iterator[Samples]:
    """The sound of a decoding with so many channels, resampled where its rate differs, without delay."""
    if decoding.sample_rate == sample_rate:
        for block in decoding.blocks():
            yield with_channels(block, channels)
        return
    resampler = soxr.ResampleStream(decoding.sample_rate, sample_rate, channels, dtype="float32", quality="HQ")
    for block in decoding.blocks():
        yield resampler.resample_chunk(with_channels(block, channels), last=False)
    yield resampler.resample_chunk(np.zeros((0, channels), np.float32), last=True)


def unpack_source(
    path: Path,
    out: Path,
    *,
    sample_rate: int,
    channels: int,
    limits: EngineLimits,
    on_frames: Callable[[Decoding], None],
) -> RawAudio:
    """Decodes a file once into ``out``, resampled where its rate differs.

    Frame n of the result is the instant n / sample_rate of the source: the resampler's delay is taken out. A mono
    source stays mono (it goes to both sides when it is mixed); stereo is averaged for a mono output.
    """
    decoding = open_decoding(path, limits)
    return unpacked(decoding, out, sample_rate=sample_rate, channels=channels, on_frames=on_frames)


def unpacked(
    decoding: Decoding, out: Path, *, sample_rate: int, channels: int, on_frames: Callable[[Decoding], None]
) -> RawAudio:
    """As `unpack_source`, of a file that has been opened."""
    kept = min(decoding.channels, channels)
    raw = RawAudio(out, kept)
    for block in at_rate(decoding, sample_rate, kept):
        raw.append(block)
        on_frames(decoding)
    return raw
