"""MP3 frames that follow each other, as an encoder gives them: grown at the end, forgotten at the beginning."""

from array import array

from donecast.engine.mpeg_frames import SideInformation, main_data_place, more_frame_places, read_side_information


class Run:
    """Whole coded frames in a row, the first of them number ``first`` of the whole stream.

    What comes in may end within a frame; that frame is there when its rest has come.
    """

    def __init__(self, first: int, content: bytes = b"") -> None:
        self.first = first
        self._content = bytearray()
        self._places = array("q", [0])
        self.add(content)

    def add(self, content: bytes) -> None:
        """What follows. Raises ValueError for anything else than frames."""
        self._content += content
        more_frame_places(self._content, self._places)

    def forget(self, number: int) -> None:
        """Lets go of all frames before this one."""
        gone = self._places[number - self.first]
        del self._content[:gone]
        self._places = array("q", (place - gone for place in self._places[number - self.first :]))
        self.first = number

    @property
    def end(self) -> int:
        """The number after the last frame's."""
        return self.first + len(self._places) - 1

    def place(self, number: int) -> int:
        """Where a frame starts; that of ``end`` is where the last one ends."""
        return self._places[number - self.first]

    def between(self, start: int, end: int) -> bytes:
        """The bytes of the frames from ``start`` to ``end`` (not included)."""
        return bytes(self._content[self.place(start) : self.place(end)])

    def header(self, number: int) -> bytes:
        """The four bytes that start a frame."""
        place = self.place(number)
        return bytes(self._content[place : place + 4])

    def side(self, number: int) -> SideInformation:
        """The side information of a frame."""
        return read_side_information(self._content, self.place(number))

    def reservoir(self, number: int, count: int, *, since: int) -> list[tuple[int, int]] | None:
        """Where the last ``count`` bytes of main data before a frame lie, latest first, as starts and ends.

        Looks no further back than frame ``since``; None when there is less.
        """
        stretches = []
        for before in range(number - 1, since - 1, -1):
            if not count:
                break
            place, end = self.place(before), self.place(before + 1)
            start = max(place + main_data_place(self._content, place), end - count)
            stretches.append((start, end))
            count -= end - start
        return None if count else stretches

    def reservoir_bytes(self, number: int, count: int) -> bytes | None:
        """The last ``count`` bytes of main data before a frame; None when there is less."""
        stretches = self.reservoir(number, count, since=self.first)
        return None if stretches is None else b"".join(self._content[start:end] for start, end in reversed(stretches))

    def main_data(self, number: int) -> int | None:
        """The main data of a frame as one number, without the stuffing after it; None when it reaches too far back."""
        side, place = self.side(number), self.place(number)
        before = self.reservoir_bytes(number, side.main_data_begin)
        if before is None:
            return None
        data = before + self._content[place + main_data_place(self._content, place) : self.place(number + 1)]
        return int.from_bytes(data, "big") >> max(8 * len(data) - side.main_data_bits, 0)
