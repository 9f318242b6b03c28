"""Finding the frame at which one run of MP3 frames may give way to another of the same sound, unheard.

A frame's main data may begin in the frames before it, in the bit reservoir, and its sound overlaps with that of its
neighbours. So the new run may take over at a frame only where the old run has room for the reservoir that this frame
reaches back to, and where both shape their neighbouring blocks alike, so that the overlap still cancels its aliasing.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from donecast.engine.mpeg_frames import (
    SideInformation,
    frame_places,
    longer_frame,
    main_data_place,
    read_side_information,
)

Likeness = Literal["exact", "same sound", "same windows"]
"""How alike two runs are at a seam: in the frame before it and in the reservoir; in that frame; in its windows alone.

Runs of constant bit rate that were once exactly alike stay so: the seam is none.
"""
_FRAMES_PER_RESERVOIR_MAX = 12
_BEST_FIRST: tuple[Likeness, ...] = ("exact", "same sound", "same windows")


@dataclass(frozen=True)
class Run:
    """Coded frames in a row, the first of them number ``first`` of the whole stream."""

    content: bytes
    first: int

    @cached_property
    def places(self) -> "array[int]":
        """Where each frame starts, and the end. Raises ValueError for anything else than whole frames."""
        return frame_places(self.content)

    @property
    def end(self) -> int:
        """The number after the last frame's."""
        return self.first + len(self.places) - 1

    def between(self, start: int, end: int) -> bytes:
        """The bytes of the frames from ``start`` to ``end`` (not included)."""
        return self.content[self.places[start - self.first] : self.places[end - self.first]]

    def header(self, number: int) -> bytes:
        """The four bytes that start a frame."""
        place = self.places[number - self.first]
        return self.content[place : place + 4]

    def side(self, number: int) -> SideInformation:
        """The side information of a frame."""
        return read_side_information(self.content, self.places[number - self.first])

    def reservoir(self, number: int, count: int, *, since: int) -> list[tuple[int, int]] | None:
        """Where the last ``count`` bytes of main data before a frame lie, latest first, as starts and ends.

        Looks no further back than frame ``since``; None when there is less.
        """
        stretches = []
        for before in range(number - 1, since - 1, -1):
            if not count:
                break
            place, end = self.places[before - self.first], self.places[before - self.first + 1]
            start = max(place + main_data_place(self.content, place), end - count)
            stretches.append((start, end))
            count -= end - start
        return None if count else stretches

    def main_data(self, number: int) -> int | None:
        """The main data of a frame as one number, without the stuffing after it; None when it reaches too far back."""
        side, place = self.side(number), self.places[number - self.first]
        stretches = self.reservoir(number, side.main_data_begin, since=self.first)
        if stretches is None:
            return None
        own = (place + main_data_place(self.content, place), self.places[number - self.first + 1])
        data = b"".join(self.content[start:end] for start, end in (*reversed(stretches), own))
        return int.from_bytes(data, "big") >> max(8 * len(data) - side.main_data_bits, 0)


@dataclass(frozen=True, slots=True)
class Seam:
    """From frame ``number`` on the new run takes over; the frame before it is ``lacking`` some bytes of room for it."""

    number: int
    likeness: Likeness
    lacking: int = 0


def find_seam(old: Run, new: Run, *, since: int, settled: int, until: int, variable: bool) -> Seam | None:
    """The best seam from frame ``settled`` to before ``until``: the latest of the most alike; None when there is none.

    ``since`` is the first frame of the old run that may still be changed. Where the bit rate is ``variable``, the frame
    before the seam may be made longer to make room.
    """
    found: dict[Likeness, Seam] = {}
    for seam in _seams(old, new, since=since, settled=settled, until=until, variable=variable):
        if seam.likeness == "exact":
            return seam
        found.setdefault(seam.likeness, seam)
    return next((found[likeness] for likeness in _BEST_FIRST if likeness in found), None)


def _seams(old: Run, new: Run, *, since: int, settled: int, until: int, variable: bool) -> Iterator[Seam]:
    """All seams, the latest first."""
    first, last = max(settled, since + 1, new.first + 1), min(until, old.end, new.end) - 1
    for number in range(last, first - 1, -1):
        before, its_before = old.side(number - 1), new.side(number - 1)
        side, its_side = old.side(number), new.side(number)
        if side.windows != its_side.windows or before.windows != its_before.windows:
            continue
        lacking = max(its_side.main_data_begin - side.main_data_begin, 0)
        if lacking and not (variable and longer_frame(old.header(number - 1), lacking)):
            continue
        if old.reservoir(number, its_side.main_data_begin - lacking, since=since) is None:
            continue
        if before.rest != its_before.rest or not _same_main_data(old, new, number - 1):
            yield Seam(number, "same windows", lacking)
        else:
            exact = side.main_data_begin == its_side.main_data_begin
            yield Seam(number, "exact" if exact else "same sound", lacking)


def _same_main_data(old: Run, new: Run, number: int) -> bool:
    data = old.main_data(number)
    return data is not None and data == new.main_data(number)


def sewn(old: Run, new: Run, seam: Seam, *, since: int) -> Iterator[bytes]:
    """The old run's frames from ``since`` up to the seam, with the new run's reservoir laid into the last of them."""
    near = max(since, seam.number - _FRAMES_PER_RESERVOIR_MAX)
    yield old.between(since, near)
    last = old.between(near, seam.number)
    if seam.lacking:
        longer = longer_frame(old.header(seam.number - 1), seam.lacking)
        if longer is None:
            raise ValueError(f"frame {seam.number - 1} cannot be {seam.lacking} bytes longer")
        header, more = longer
        at = old.places[seam.number - 1 - old.first] - old.places[near - old.first]
        last = last[:at] + header + last[at + len(header) :] + bytes(more)
    count = new.side(seam.number).main_data_begin
    its_stretches = new.reservoir(seam.number, count, since=new.first)
    stretches = Run(last, near).reservoir(seam.number, count, since=near)
    if its_stretches is None or stretches is None:
        raise ValueError(f"no room for {count} bytes before frame {seam.number}")
    data = b"".join(new.content[start:end] for start, end in reversed(its_stretches))
    patched = bytearray(last)
    for start, end in stretches:
        patched[start:end] = data[start - end :]
        data = data[: start - end]
    yield bytes(patched)
