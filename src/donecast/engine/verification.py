"""Measuring a finished file as it decodes, where it matters.

Coding changes peaks a little and loudness hardly at all. So the places are decoded that are near the ceiling: there a
peak may have passed it, and there most of what loudness counts is to be heard. What lies between is known from the mix,
corrected by what coding did to the places that were decoded.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of
from donecast.core.plan import RenderPlan
from donecast.engine.codecs import codec_of
from donecast.engine.errors import EngineAtItsEnd
from donecast.engine.limiter import PEAKS_HZ, Level
from donecast.engine.loudness import LoudnessMeter, gated_lufs
from donecast.engine.mix_levels import TENTHS, MixLevels
from donecast.engine.samples import Samples, decibels
from donecast.engine.true_peak import REACH, Oversampler

_PER_TENTH = PEAKS_HZ // TENTHS
_LEAD_TENTHS = 1
_NEAR_DB = 1.2
"""With the headroom that the codec is given, a peak further below the highest would have to be raised by 1.6 to 2.4 dB
to pass the ceiling, which has not been seen."""
_MEASURED_TENTHS_MIN = 100
_LANES = 4
"""More would each look for their beginning from the file's."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the timeline in whole tenths of a second."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def lead_in(self) -> int:
        """The tenth from which it must be heard, so that the weighting has settled where it begins."""
        return max(self.first - _LEAD_TENTHS, 0)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A finished file as it decodes. ``overs`` are frames whose true peak is above the ceiling, with that peak."""

    frames: int
    loudness_lufs: float | None
    true_peak_dbtp: float
    overs: tuple[tuple[int, float], ...]


def stretches_near_ceiling(levels: MixLevels, level: Level) -> list[Stretch]:
    """Where the levelled mix comes within reach of its highest peaks; never less than ten seconds of a file."""
    peaks = np.minimum(levels.peaks * np.float32(level.gain), np.float32(level.ceiling))
    count = -(-len(peaks) // _PER_TENTH)
    padded = np.zeros(count * _PER_TENTH, np.float32)
    padded[: len(peaks)] = peaks
    tenths = padded.reshape(count, _PER_TENTH).max(axis=1)
    near = tenths >= tenths.max(initial=0.0) * 10 ** (-_NEAR_DB / 20)
    near[np.argsort(-tenths, kind="stable")[:_MEASURED_TENTHS_MIN]] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]])))
    return [Stretch(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


class StretchMeter:
    """Weighted energies of the tenths of one stretch after the other, by one meter.

    Each is heard with a little of what comes before it, after which the weighting has forgotten the one before.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._meter = LoudnessMeter(sample_rate, channels)
        self._hop = sample_rate // TENTHS
        self._places: list[tuple[int, int, int]] = []
        self._heard = 0

    def add(self, stretch: Stretch, block: Samples, start: int) -> None:
        """The sound of a stretch, which begins at the frame ``start``, the begin of a tenth."""
        whole = len(block) // self._hop
        self._meter.add(block[: whole * self._hop])
        lead = stretch.first - start // self._hop
        self._places.append((stretch.first, self._heard + lead, self._heard + min(whole, lead + len(stretch))))
        self._heard += whole

    def tenths(self) -> dict[int, NDArray[np.float64]]:
        """What was found, by the first tenth of each stretch. Ends the metering."""
        all_ = self._meter.tenths()
        return {first: all_[begin:end] for first, begin, end in self._places}


def _lanes(stretches: Sequence[Stretch]) -> list[Sequence[Stretch]]:
    """Stretches in order, divided among a few lanes, each of which one decoder reads from its beginning to its end.

    A decoder rounds by what it read before, so lanes depend on nothing else, least of all on who works on them.
    """
    length = max(-(-len(stretches) // _LANES), 1)
    return [stretches[at : at + length] for at in range(0, len(stretches), length)]


def decoded_file(path: Path, plan: RenderPlan, *, levels: MixLevels, level: Level, workers: int) -> Decoded:
    """Measures a finished file that was encoded from a mix with these levels, at this level.

    Raises EngineAtItsEnd when the file does not have the plan's length.
    """
    rate = plan.output.sample_rate
    found: dict[int, NDArray[np.float64]] = {}
    highest, overs = 0.0, []
    look = _Look(path, plan)
    with ThreadPoolExecutor(workers, "verify") as pool:
        for energies, peak, above in pool.map(look.at, _lanes(stretches_near_ceiling(levels, level))):
            found |= energies
            highest = max(highest, peak)
            overs += above
    with codec_of(plan.output).open(path) as reader:
        begin = max(reader.frames - rate, 0)
        frames = begin + len(reader.read(begin, reader.frames + rate))
    if frames != plan.frames:
        raise EngineAtItsEnd(details={"why": "wrong length", "frames": frames, "wanted": plan.frames})
    lufs = gated_lufs(_put_together(levels, level, found), rate)
    return Decoded(frames, lufs, decibels(highest), tuple(overs))


class _Look:
    """Decodes and measures stretches of a file."""

    def __init__(self, path: Path, plan: RenderPlan) -> None:
        self._path, self._output = path, plan.output
        self._hop = plan.output.sample_rate // TENTHS
        self._ceiling = amplitude_of(plan.loudness.true_peak_dbtp)
        self._oversampler = Oversampler(plan.output.sample_rate)

    def at(self, lane: Sequence[Stretch]) -> tuple[dict[int, NDArray[np.float64]], float, list[tuple[int, float]]]:
        """Energies by the first tenth of each stretch, the highest peak, and the peaks above the ceiling."""
        meter, highest, overs = StretchMeter(self._output.sample_rate, self._output.channels), 0.0, []
        with codec_of(self._output).open(self._path) as reader:
            for stretch in lane:
                start = stretch.lead_in * self._hop
                block = reader.read(start, stretch.last * self._hop + REACH)
                meter.add(stretch, block, start)
                sound = _with_reach(block, start, stretch, self._hop)
                peak = self._oversampler.highest(sound, above=highest)
                if peak > self._ceiling:
                    overs += self._overs(sound, stretch.first * self._hop)
                highest = max(highest, peak)
        return meter.tenths(), highest, overs

    def _overs(self, sound: Samples, start: int) -> list[tuple[int, float]]:
        """The highest peak of each hundredth of a second that has one above the ceiling."""
        peaks, hundredth = self._oversampler.peaks(sound, above=self._ceiling), self._output.sample_rate // PEAKS_HZ
        result = []
        for begin in range(0, len(peaks), hundredth):
            piece = peaks[begin : begin + hundredth]
            at = int(piece.argmax())
            if piece[at] > self._ceiling:
                result.append((start + begin + at, decibels(float(piece[at]))))
        return result


def _put_together(levels: MixLevels, level: Level, found: Mapping[int, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Energies of all tenths: as found, and elsewhere as calculated, changed as coding changed what was found."""
    tenths, untouched = levels.limited(level.gain, level.ceiling)
    result = tenths.copy()
    seen = np.zeros(len(tenths), np.bool_)
    for first, energies in found.items():
        last = min(first + len(energies), len(tenths))
        result[first:last] = energies[: last - first]
        seen[first:last] = True
    comparable = seen & untouched
    before = float(tenths[comparable].sum())
    if before > 0:
        result[~seen] *= float(result[comparable].sum()) / before
    return result


def _with_reach(block: Samples, start: int, stretch: Stretch, hop: int) -> Samples:
    """The stretch's frames with REACH more on either side; silence where the file has none."""
    first = stretch.first * hop - start
    last = min(first + len(stretch) * hop, len(block))
    sound = np.zeros((last - first + 2 * REACH, block.shape[1]), np.float32)
    begin, end = max(first - REACH, 0), min(last + REACH, len(block))
    sound[begin - first + REACH : end - first + REACH] = block[begin:end]
    return sound
