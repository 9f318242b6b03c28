"""Pieces of music that would click where a lap follows a lap, and what is heard there in a finished file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, sosfilt

from benchmarks._material import music_file
from donecast.core.plan import Bed, LoudnessTarget, OutputFormat, RenderPlan
from proofs.pilot_tone import Line, Sound, bursts, kept

LAPS = 20
_CLICK_DB_MAX = 3.0
_DIP_DB_MAX = 1.0
_HARD_DB_MIN = 6.0
_CLICK_MS, _LEVEL_MS, _EDGE_SECONDS = 5, 20, 0.06
_TARGET = LoudnessTarget(-20.0, -1.0)

Finish = Callable[[RenderPlan, dict[str, Path]], Sound]


@dataclass(frozen=True, slots=True)
class LoopPiece:
    """One lap of music at a rate of its own, which has nothing of its own above ``quiet_above_hz``.

    ``clicks``: whether laps put one after the other without care would click.
    """

    name: str
    make: Callable[[int, Path], Sound]
    quiet_above_hz: int
    rate: int = 44_100
    clicks: bool = True


@dataclass(frozen=True, slots=True)
class LoopRow:
    """What was heard in one finished file, in decibels beyond what the first lap, which has no seam, has of its own.

    ``hard_db`` is what a click would be without any care, by the same measure.
    """

    piece: LoopPiece
    output: OutputFormat
    click_db: float
    hard_db: float
    dip_db: float

    @property
    def holds(self) -> bool:
        """Whether nothing is heard, and the measure could have heard it."""
        quiet = self.click_db <= _CLICK_DB_MAX and self.dip_db <= _DIP_DB_MAX
        return quiet and (not self.piece.clicks or self.hard_db >= _HARD_DB_MIN)

    @property
    def heads(self) -> tuple[str, ...]:
        """Over `cells`."""
        return "music", "click dB", "without care", "dip dB", "holds"

    @property
    def cells(self) -> tuple[object, ...]:
        """For a table."""
        figures = (f"{self.click_db:+.1f}", f"{self.hard_db:+.1f}", f"{self.dip_db:.2f}")
        return self.piece.name, *figures, self.holds


def loop_row(piece: LoopPiece, output: OutputFormat, finish: Finish, place: Path) -> LoopRow:
    """Renders twenty laps and listens."""
    lap = piece.make(piece.rate, place)
    duration_ms = LAPS * len(lap) * 1000 // piece.rate
    plan = RenderPlan(duration_ms, (), (Bed("music", 0, duration_ms, 0.0, 0, 0),), _TARGET, output)
    sound = finish(plan, {"music": kept(place / "lap.wav", lap, piece.rate)}).astype(np.float64)
    own, rest = _parted(sound, output.sample_rate, len(lap) / piece.rate)
    high, own_high = (_high_db(part, output.sample_rate, piece.quiet_above_hz) for part in (rest, own))
    hard_own, hard = _parted(np.tile(lap, (3, 1)).astype(np.float64), piece.rate, len(lap) / piece.rate)
    scale = np.sqrt(np.mean(np.square(own)) / np.mean(np.square(hard_own)))
    loud, own_loud = (_levels_db(part, output.sample_rate, _LEVEL_MS) for part in (rest, own))
    return LoopRow(
        piece,
        output,
        click_db=float(high.max() - own_high.max()),
        hard_db=float(_high_db(hard * scale, piece.rate, piece.quiet_above_hz).max() - own_high.max()),
        dip_db=float(max(own_loud.min() - loud.min(), loud.max() - own_loud.max(), 0.0)),
    )


def _parted(sound: Line, rate: int, lap_seconds: float) -> tuple[Line, Line]:
    """The inside of the first lap, and from before the first seam to the end, without the file's own edges."""
    edge, lap = round(_EDGE_SECONDS * rate), round(lap_seconds * rate)
    return sound[edge : lap - edge], sound[lap - 2 * edge : len(sound) - edge]


def _high_db(sound: Line, rate: int, above_hz: int) -> Line:
    heard = sosfilt(butter(8, above_hz, "highpass", fs=rate, output="sos"), sound, axis=0)
    return _levels_db(heard[rate // 50 :], rate, _CLICK_MS)  # when the filter has settled


def _levels_db(sound: Line, rate: int, milliseconds: int) -> Line:
    """The level of each so many milliseconds, in steps of half as much."""
    half = rate * milliseconds // 2000
    powers = np.square(sound[: len(sound) // half * half]).reshape(-1, half * sound.shape[1]).mean(axis=1)
    levels: Line = 10 * np.log10((powers[1:] + powers[:-1]) / 2 + 1e-15)
    return levels


def _stereo(line: Line) -> Sound:
    return np.stack([line, line], axis=1).astype(np.float32)


def _tones(seconds: float, *hertz: float, peak: float = 0.2) -> Callable[[int, Path], Sound]:
    def make(rate: int, _: Path) -> Sound:
        turns = 2 * np.pi * np.arange(round(seconds * rate)) / rate
        return _stereo(peak / len(hertz) * np.sum([np.sin(one * turns + one) for one in hertz], axis=0))

    return make


def _folded(rate: int, _: Path) -> Sound:
    frames = round(1.37 * rate)  # half a turn too many: from nought rising to nought falling
    return _stereo(0.2 * np.sin(2 * np.pi * 206.5 * np.arange(frames) / frames))


def _murmur(rate: int, _: Path) -> Sound:
    murmur = bursts([(-10, 2_010)], 2_000, rate)[: round(1.5 * rate)]  # its noise would be a loop, were it whole
    return np.repeat(murmur, 2, axis=1)


def _cut_in_a_chord(rate: int, place: Path) -> Sound:
    sound: Sound = soundfile.read(music_file(place, 3, rate=rate), dtype="float32")[0][: round(1.83 * rate)]
    return sound


def _endless(rate: int, _: Path) -> Sound:
    frames = round(1.5 * rate) + 7
    turns = 2 * np.pi * np.arange(frames) / frames
    return _stereo(np.sum([0.05 * np.cos(count * turns + count) for count in (165, 330, 495, 742, 1_321)], axis=0))


LOOPS = (
    LoopPiece("a tone", _tones(1.37, 997.3), 5_000),
    LoopPiece("a fold", _folded, 1_000),
    LoopPiece("a held chord", _tones(1.37, 110, 138.6, 164.8, 220, 329.6, 440.2, 659.1, peak=0.4), 4_000),
    LoopPiece("a murmur", _murmur, 5_000),
    LoopPiece("chords, cut in one", _cut_in_a_chord, 5_000, clicks=False),
    LoopPiece("a true loop, 44.1 kHz", _endless, 4_000, clicks=False),
    LoopPiece("a true loop, 48 kHz", _endless, 4_000, rate=48_000, clicks=False),
    LoopPiece("a high tone, 48 kHz", _tones(1.111, 3_300.7), 9_000, rate=48_000),
)
