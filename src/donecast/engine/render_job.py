"""The child's side of `render`: unpack, mix, find the gain, encode, measure what was encoded, and again if need be.

Everything long lies on disk; memory holds blocks of a second or two.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from donecast.core.loudness import amplitude_of
from donecast.core.plan import RenderPlan, render_plan_from_json
from donecast.engine.decoding import Decoding, open_decoding
from donecast.engine.ducking import SpeechLevel, ducking_curve
from donecast.engine.errors import EngineFailed, OnlySilence, TooQuiet
from donecast.engine.limiter import Limiter
from donecast.engine.limits import EngineLimits
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.mixing import BedMixer, SpeechMixer
from donecast.engine.mp3 import codec_headroom_db, write_mp3
from donecast.engine.raw_audio import RawAudio, blocks_of
from donecast.engine.samples import Samples
from donecast.engine.sources import unpack_source
from donecast.engine.true_peak import TruePeakMeter

_GAIN_DB_MAX = 30.0
_MEASURABLE_MS_MIN = 400
_LOUDNESS_ERROR_LU = 0.02
_DECODED_ERROR_LU = 0.05
_SOLVE_ROUNDS_MAX = 5
_ENCODE_ROUNDS_MAX = 4
_PEAK_MARGIN_DB = 0.1

Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Level:
    """What is done to the mix before it is encoded: a gain, and the ceiling of the limiter."""

    gain_db: float
    ceiling_dbtp: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Sound as it was measured."""

    frames: int
    loudness_lufs: float | None
    true_peak_dbtp: float


def render(arguments: Mapping[str, Any], progress: Report) -> dict[str, Any]:
    """Job of `render.render`."""
    plan = render_plan_from_json(arguments["plan"])
    sources = {key: Path(path) for key, path in arguments["sources"].items()}
    limits = EngineLimits(**arguments["limits"])
    mix = mix_down(plan, sources, Path.cwd(), limits, progress)
    out = Path(arguments["out"])
    measured, length = _encode_to_target(plan, mix, out, limits, progress)
    mix.close()
    rate = plan.output.sample_rate
    lufs = measured.loudness_lufs
    return {
        "frames": measured.frames,
        "duration_ms": (measured.frames * 1000 + rate // 2) // rate,
        "bytes": length,
        "loudness_lufs": None if lufs is None else round(lufs, 2),
        "true_peak_dbtp": round(measured.true_peak_dbtp, 2),
    }


def mix_down(
    plan: RenderPlan, paths: Mapping[str, Path], folder: Path, limits: EngineLimits, progress: Report
) -> RawAudio:
    """The whole mix as floats on disk, at the level at which the plan puts its parts together."""
    sources = _unpacked(plan, paths, folder, limits, progress)
    mix = RawAudio(folder / "mix.raw", plan.output.channels)
    speech, level = SpeechMixer(plan, sources), SpeechLevel(plan.output.sample_rate)
    for start, end in blocks_of(plan.frames):
        block = speech.block(start, end)
        level.add(block)
        mix.write(start, block)
        progress(20 + 10 * end // plan.frames)
    if plan.beds:
        active = level.active()
        curves = [ducking_curve(active, bed.ducking) if bed.ducking else None for bed in plan.beds]
        beds = BedMixer(plan, sources, curves)
        for start, end in mix.blocks():
            block = mix.read(start, end)
            beds.add_to(block, start)
            mix.write(start, block)
            progress(30 + 5 * end // plan.frames)
    for source in sources.values():
        source.close()
    return mix


def _unpacked(
    plan: RenderPlan, paths: Mapping[str, Path], folder: Path, limits: EngineLimits, progress: Report
) -> dict[str, RawAudio]:
    sources = {}
    for index, key in enumerate(sorted(plan.source_hashes)):

        def report(decoding: Decoding, index: int = index) -> None:
            part = decoding.frames / max(decoding.frames_promised or 0, decoding.frames, 1)
            progress(int(20 * (index + part) / len(plan.source_hashes)))

        sources[key] = unpack_source(
            paths[key],
            folder / f"source-{index}.raw",
            sample_rate=plan.output.sample_rate,
            channels=plan.output.channels,
            limits=limits,
            on_frames=report,
        )
    return sources


def _encode_to_target(
    plan: RenderPlan, mix: RawAudio, out: Path, limits: EngineLimits, progress: Report
) -> tuple[Measured, int]:
    """Encodes until the decoded file is as loud as asked and no peak is above the ceiling. Each round starts anew."""
    target = plan.loudness
    limiter = Limiter(plan.output.sample_rate)
    aim, ceiling = target.lufs, target.true_peak_dbtp - codec_headroom_db(plan.output)
    level = _first_level(plan, mix, ceiling)
    progress(40)
    for turn in range(1, _ENCODE_ROUNDS_MAX + 1):
        level = _solved(plan, mix, limiter, Level(level.gain_db, ceiling), aim)
        progress(50)
        length = _encode(plan, mix, limiter, level, out, lambda percent: progress(50 + 40 * percent // 100))
        measured = _measure_file(out, limits)
        progress(95)
        if measured.frames != plan.frames:
            raise EngineFailed(details={"why": "wrong length", "frames": measured.frames, "wanted": plan.frames})
        over = measured.true_peak_dbtp - target.true_peak_dbtp
        off = 0.0 if measured.loudness_lufs is None else measured.loudness_lufs - target.lufs
        if over <= 0 and (abs(off) <= _DECODED_ERROR_LU or turn == _ENCODE_ROUNDS_MAX):
            return measured, length
        if over > 0:
            ceiling -= over + _PEAK_MARGIN_DB * turn
        aim -= off
    raise EngineFailed(details={"why": "peaks stay above the ceiling", "true_peak_dbtp": measured.true_peak_dbtp})


def _first_level(plan: RenderPlan, mix: RawAudio, ceiling: float) -> Level:
    """The gain that ordinary arithmetic gives, before any limiting. Raises OnlySilence and TooQuiet."""
    blocks = (mix.read(start, end) for start, end in mix.blocks())
    measured = _measure(plan.output.sample_rate, plan.output.channels, blocks)
    if measured.true_peak_dbtp == -math.inf:
        raise OnlySilence("There is only silence in this episode.", action="Check its cuts and its recordings.")
    if measured.loudness_lufs is not None:
        gain = plan.loudness.lufs - measured.loudness_lufs
    elif plan.duration_ms < _MEASURABLE_MS_MIN:  # too short for a loudness: bring its peak to the ceiling
        gain = ceiling - measured.true_peak_dbtp
    else:
        raise TooQuiet(details={"loudness_lufs": None})
    if gain > _GAIN_DB_MAX:
        raise TooQuiet(details={"gain_db": round(gain, 1), "gain_db_max": _GAIN_DB_MAX})
    return Level(round(gain, 3), ceiling)


def _solved(plan: RenderPlan, mix: RawAudio, limiter: Limiter, level: Level, aim: float) -> Level:
    """Gain and limiter together: limiting makes quieter, so the gain is raised until the limited mix is right."""
    for _ in range(_SOLVE_ROUNDS_MAX):
        lufs = _loudness(plan, _Levelled(limiter, mix, level))
        if lufs is None or abs(lufs - aim) <= _LOUDNESS_ERROR_LU:
            break
        gain = min(level.gain_db + aim - lufs, _GAIN_DB_MAX)
        level = Level(round(gain, 3), level.ceiling_dbtp)
    return level


class _Levelled:
    """The mix at a level, readable anywhere."""

    def __init__(self, limiter: Limiter, mix: RawAudio, level: Level) -> None:
        self._limiter, self._mix = limiter, mix
        self._gain, self._ceiling = amplitude_of(level.gain_db), amplitude_of(level.ceiling_dbtp)

    def read(self, start: int, end: int) -> Samples:
        return self._limiter.block(self._mix, start, end, gain=self._gain, ceiling=self._ceiling)


def _loudness(plan: RenderPlan, levelled: _Levelled) -> float | None:
    meter = LoudnessMeter(plan.output.sample_rate, plan.output.channels)
    for start, end in blocks_of(plan.frames):
        meter.add(levelled.read(start, end))
    return meter.integrated_lufs()


def _encode(plan: RenderPlan, mix: RawAudio, limiter: Limiter, level: Level, out: Path, progress: Report) -> int:
    levelled = _Levelled(limiter, mix, level)
    return write_mp3(
        out, plan.output, plan.frames, levelled.read, progress=lambda frames: progress(100 * frames // plan.frames)
    )


def _measure_file(path: Path, limits: EngineLimits) -> Measured:
    decoding = open_decoding(path, limits)
    return _measure(decoding.sample_rate, decoding.channels, decoding.blocks())


def _measure(sample_rate: int, channels: int, blocks: Iterable[Samples]) -> Measured:
    loudness, peak, frames = LoudnessMeter(sample_rate, channels), TruePeakMeter(sample_rate, channels), 0
    for block in blocks:
        loudness.add(block)
        peak.add(block)
        frames += len(block)
    return Measured(frames, loudness.integrated_lufs(), peak.highest_dbtp())
