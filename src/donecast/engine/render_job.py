"""The child's side of `render`: mix, find the gain, encode, measure what was encoded, and again if need be.

Everything long lies on disk; memory holds blocks of a second or two. Each pass is divided among all cores, and the
result is the same for any number of them.
"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from donecast.core.loudness import amplitude_of, decibels_of
from donecast.core.plan import RenderPlan, render_plan_from_json
from donecast.engine.codecs import codec_of
from donecast.engine.errors import EngineAtItsEnd, OnlySilence, TooQuiet
from donecast.engine.limiter import Level, Limiter
from donecast.engine.limits import LEVEL_GAIN_DB_MAX, EngineLimits
from donecast.engine.mix import Mix, mix_down
from donecast.engine.mix_levels import MixLevels, joined, levels_of, sample_peak_db, solved_gain
from donecast.engine.samples import Samples
from donecast.engine.verification import Decoded, decoded_file

_GAIN_DB_FREE = 20.0
_NOISE_DB_MAX = -35.0
"""How loud a gain of more than 20 dB may make what lies under the speech (dBFS, RMS): with more, noise is what is heard
of a quiet recording."""
_MEASURABLE_MS_MIN = 400
_LOUDNESS_ERROR_LU = 0.05
_ROUNDS_MAX = 4
_PEAK_MARGIN_DB = 0.1
_RANGE_SECONDS = 60
_WORKERS_MAX = 16
"""Each has buffers of its own, some 80 MB of address space, of which there is a limit."""

Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Levelled:
    """The mix at a level; any block, by any thread."""

    mix: Mix
    limiter: Limiter
    level: Level

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included)."""
        return self.limiter.block(self.mix, start, end, self.level)


def render(arguments: Mapping[str, Any], progress: Report) -> dict[str, Any]:
    """Job of `render.render`."""
    plan = render_plan_from_json(arguments["plan"])
    sources = {key: Path(path) for key, path in arguments["sources"].items()}
    limits = EngineLimits(**arguments["limits"])
    workers = min(len(os.sched_getaffinity(0)), _WORKERS_MAX)
    mix = mix_down(plan, sources, Path.cwd(), limits, lambda part: progress(int(10 * part)))
    levels = _levels(plan, mix, workers)
    progress(13)
    decoded, length = _encode_to_target(plan, mix, levels, Path(arguments["out"]), workers, progress)
    mix.close()
    rate = plan.output.sample_rate
    lufs = decoded.loudness_lufs
    return {
        "frames": decoded.frames,
        "duration_ms": (decoded.frames * 1000 + rate // 2) // rate,
        "bytes": length,
        "loudness_lufs": None if lufs is None else round(lufs, 2),
        "true_peak_dbtp": round(decoded.true_peak_dbtp, 2),
    }


def _levels(plan: RenderPlan, mix: Mix, workers: int) -> MixLevels:
    rate, channels = plan.output.sample_rate, plan.output.channels
    starts = range(0, plan.frames, _RANGE_SECONDS * rate)

    def measured(start: int) -> MixLevels:
        end = min(start + _RANGE_SECONDS * rate, plan.frames)
        return levels_of(mix, start, end, sample_rate=rate, channels=channels)

    with ThreadPoolExecutor(workers, "measure") as pool:
        return joined(list(pool.map(measured, starts)))


def _encode_to_target(
    plan: RenderPlan, mix: Mix, levels: MixLevels, out: Path, workers: int, progress: Report
) -> tuple[Decoded, int]:
    """Encodes until the decoded file is as loud as asked and no peak is above the ceiling. Each round starts anew."""
    target, codec = plan.loudness, codec_of(plan.output)
    limiter = Limiter(plan.output.sample_rate, levels.peaks)
    ceiling = amplitude_of(target.true_peak_dbtp - codec.headroom_db(plan.output))
    aim_lufs: float = target.lufs
    dips: tuple[tuple[int, float], ...] = ()
    made: tuple[Level, Decoded, int] | None = None
    for turn in range(1, _ROUNDS_MAX + 1):
        level = Level(amplitude_of(_gain_db(plan, levels, mix.noise_db, ceiling, aim_lufs)), ceiling, dips)
        if made and made[0] == level and not made[1].overs:
            return made[1:]  # more is not to be had: the gain is at its end, or the ceiling stands in the way
        levelled = Levelled(mix, limiter, level)
        progress(15)
        length = codec.write(
            out,
            plan.output,
            plan.frames,
            levelled.read,
            workers=workers,
            progress=lambda frames: progress(15 + 80 * frames // plan.frames),
        )
        decoded = decoded_file(out, plan, levels=levels, level=levelled.level, workers=workers)
        progress(98)
        off = 0.0 if decoded.loudness_lufs is None else decoded.loudness_lufs - target.lufs
        if not decoded.overs and (abs(off) <= _LOUDNESS_ERROR_LU or turn == _ROUNDS_MAX):
            return decoded, length
        dips = tuple(sorted({*dips, *_dips(levelled, decoded, target.true_peak_dbtp - _PEAK_MARGIN_DB * turn)}))
        if abs(off) > _LOUDNESS_ERROR_LU:
            aim_lufs -= off
        made = level, decoded, length
    raise EngineAtItsEnd(details={"why": "peaks stay above the ceiling", "true_peak_dbtp": decoded.true_peak_dbtp})


def _dips(levelled: Levelled, decoded: Decoded, wanted_dbtp: float) -> list[tuple[int, float]]:
    """What brings each peak above the ceiling down to what is wanted."""
    return [
        (
            frame,
            levelled.limiter.gain_at(levelled.mix, frame, levelled.level) * amplitude_of(wanted_dbtp - peak_dbtp),
        )
        for frame, peak_dbtp in decoded.overs
    ]


def _gain_db(plan: RenderPlan, levels: MixLevels, noise_db: float, ceiling: float, aim_lufs: float) -> float:
    """Raises OnlySilence, and TooQuiet for what would have to be raised so far that mostly noise would be heard."""
    rate = plan.output.sample_rate
    peak_db = sample_peak_db(levels)
    if peak_db is None:
        raise OnlySilence("There is only silence in this episode.", action="Check its cuts and its recordings.")
    lufs = levels.loudness_lufs(rate)
    if lufs is None and plan.duration_ms >= _MEASURABLE_MS_MIN:
        raise TooQuiet(details={"loudness_lufs": None})
    if lufs is None:  # too short for a loudness: bring its peak to the ceiling
        return min(decibels_of(ceiling) - peak_db, LEVEL_GAIN_DB_MAX)
    wanted_db = plan.loudness.lufs - lufs
    if wanted_db > LEVEL_GAIN_DB_MAX or (wanted_db > _GAIN_DB_FREE and noise_db + wanted_db > _NOISE_DB_MAX):
        raise TooQuiet(details={"gain_db": round(wanted_db, 1), "noise_db": round(max(noise_db, -200.0), 1)})
    return solved_gain(levels, rate, target_lufs=aim_lufs, ceiling=ceiling, gain_db_max=LEVEL_GAIN_DB_MAX)
