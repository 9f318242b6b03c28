"""Finding the frame at which one run of MP3 frames may give way to another of the same sound, unheard.

A frame's main data may begin in the frames before it, in the bit reservoir, and its sound overlaps with that of its
neighbours. So the new run may take over at a frame only where the old run has room for the reservoir that this frame
reaches back to, and where both shape their neighbouring blocks alike, so that the overlap still cancels its aliasing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from donecast.engine.mp3_run import Run
from donecast.engine.mpeg_frames import longer_frame

Likeness = Literal["exact", "same sound", "same windows"]
"""How alike two runs are at a seam: in all of several frames before it; in the frame before it; in its windows alone.

Runs of constant bit rate that are exactly alike once their encoders have settled stay so: the seam is none.
"""
_AGREEING_FRAMES = 20
"""LAME compares a frame's energies with those of up to 19 before it."""


@dataclass(frozen=True, slots=True)
class Seam:
    """From frame ``number`` on the new run takes over; the frame before it is ``lacking`` some bytes of room for it."""

    number: int
    likeness: Likeness
    lacking: int = 0


def agreed_seam(old: Run, new: Run) -> Seam | None:
    """A seam at the end of what both have, if the last frames of both are alike in every bit that is decoded."""
    end = min(old.end, new.end)
    start = end - _AGREEING_FRAMES
    if start <= max(old.first, new.first):
        return None
    for number in range(end - 1, start - 1, -1):
        if old.side(number) != new.side(number) or not _same_main_data(old, new, number):
            return None
    return Seam(end - 1, "exact")


def loose_seam(old: Run, new: Run, *, since: int, settled: int) -> Seam | None:
    """The latest seam from frame ``settled`` on where a frame is the same sound, or else the windows are the same.

    ``since`` is the first frame of the old run that may still be changed. This is for a variable bit rate: the frame
    before the seam may be made longer to make room. None when there is no seam.
    """
    best: Seam | None = None
    for seam in _seams(old, new, since=since, settled=settled):
        if seam.likeness == "same sound":
            return seam
        best = best or seam
    return best


def _seams(old: Run, new: Run, *, since: int, settled: int) -> Iterator[Seam]:
    """All seams, the latest first."""
    first, last = max(settled, since + 1, new.first + 1), min(old.end, new.end) - 1
    for number in range(last, first - 1, -1):
        before, its_before = old.side(number - 1), new.side(number - 1)
        side, its_side = old.side(number), new.side(number)
        if side.windows != its_side.windows or before.windows != its_before.windows:
            continue
        lacking = max(its_side.main_data_begin - side.main_data_begin, 0)
        if lacking and not longer_frame(old.header(number - 1), lacking):
            continue
        if old.reservoir(number, its_side.main_data_begin - lacking, since=since) is None:
            continue
        same_sound = before.rest == its_before.rest and _same_main_data(old, new, number - 1)
        yield Seam(number, "same sound" if same_sound else "same windows", lacking)


def _same_main_data(old: Run, new: Run, number: int) -> bool:
    data = old.main_data(number)
    return data is not None and data == new.main_data(number)


def sewn(old: Run, new: Run, seam: Seam, *, since: int) -> bytes:
    """The old run's frames from ``since`` up to the seam, with the new run's reservoir laid into the last of them.

    Raises ValueError where there is no room for it.
    """
    last = old.between(since, seam.number)
    if seam.lacking:
        longer = longer_frame(old.header(seam.number - 1), seam.lacking)
        if longer is None:
            raise ValueError(f"frame {seam.number - 1} cannot be {seam.lacking} bytes longer")
        header, more = longer
        at = old.place(seam.number - 1) - old.place(since)
        last = last[:at] + header + last[at + len(header) :] + bytes(more)
    count = new.side(seam.number).main_data_begin
    data = new.reservoir_bytes(seam.number, count)
    stretches = Run(since, last).reservoir(seam.number, count, since=since)
    if data is None or stretches is None:
        raise ValueError(f"no room for {count} bytes before frame {seam.number}")
    patched = bytearray(last)
    for start, end in stretches:
        patched[start:end] = data[start - end :]
        data = data[: start - end]
    return bytes(patched)
