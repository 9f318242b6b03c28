"""The child's side of `preview`: a stretch of the mix at a level, as a WAV file."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of
from donecast.core.plan import RenderPlan, frame_at, render_plan_from_json
from donecast.engine.beds import BedMixer
from donecast.engine.ducking import DUCKING_HZ, SpeechLevel, ducking_curve
from donecast.engine.limiter import PEAKS_HZ, Level, Limiter
from donecast.engine.limits import EngineLimits
from donecast.engine.mixing import SpeechMixer
from donecast.engine.samples import Samples, with_channels
from donecast.engine.sought_source import SoughtSource
from donecast.engine.sources import SourceKey, bed_keys, spoken_keys

_LEAD_HUNDREDTHS, _TRAIL_HUNDREDTHS = 150, 50
"""Music comes back up long after speech, and steps back a little before it; the limiter looks around less far."""


class MixStretch:
    """What of a mix lies around a stretch of its timeline; silence elsewhere.

    The same as `mix.Mix` there but for how far music steps back: who speaks is judged by the level of the speech in
    this stretch, and not by that of the whole.
    """

    def __init__(self, plan: RenderPlan, sources: Mapping[SourceKey, SoughtSource], start: int, end: int) -> None:
        """``start`` and ``end`` are frames of the timeline."""
        rate = plan.output.sample_rate
        hop = rate // DUCKING_HZ
        first = max(start // hop - _LEAD_HUNDREDTHS, 0)
        self._start = first * hop
        last = min(end + _TRAIL_HUNDREDTHS * hop, plan.frames)
        speech = SpeechMixer(plan, sources).block(self._start, last)
        level = SpeechLevel(rate)
        level.add(speech)
        active = level.active()
        curves = [ducking_curve(active, bed.ducking) if bed.ducking else None for bed in plan.beds]
        placed = [None if curve is None else _later(curve, first) for curve in curves]
        self._sound = with_channels(speech, plan.output.channels)
        BedMixer(plan, sources, placed).add_to(self._sound, self._start)

    def read(self, start: int, end: int) -> Samples:
        """Frames of the timeline from ``start`` to ``end`` (not included)."""
        result = np.zeros((end - start, self._sound.shape[1]), np.float32)
        first, last = max(start, self._start), min(end, self._start + len(self._sound))
        if first < last:
            result[first - start : last - start] = self._sound[first - self._start : last - self._start]
        return result


def _later(curve: NDArray[np.float32], points: int) -> NDArray[np.float32]:
    """The curve with so many points before it, where nobody looks."""
    return np.concatenate([np.ones(points, np.float32), curve])


def preview(arguments: Mapping[str, Any], _progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `preview.preview`."""
    begun = time.monotonic()
    plan = render_plan_from_json(arguments["plan"])
    limits = EngineLimits(**arguments["limits"])
    rate, channels = plan.output.sample_rate, plan.output.channels
    start, end = frame_at(arguments["start_ms"], rate), frame_at(arguments["end_ms"], rate)
    with ExitStack() as stack:
        by_hash = {
            key: stack.enter_context(
                SoughtSource(
                    Path(source["path"]),
                    sample_rate=rate,
                    channels=channels,
                    limits=limits,
                    duration_ms=source["duration_ms"],
                    mp3_places=source["mp3_places"],
                )
            )
            for key, source in arguments["sources"].items()
        }
        mix = MixStretch(plan, {key: by_hash[key[0]] for key in (*spoken_keys(plan), *bed_keys(plan))}, start, end)
        places = {key: source.mp3_places for key, source in by_hash.items()}
    level = Level(amplitude_of(arguments["gain_db"]), amplitude_of(plan.loudness.true_peak_dbtp))
    # How loud the rest is does not matter here, so the limiter is told to look at all of it.
    limiter = Limiter(rate, np.full(-(-plan.frames * PEAKS_HZ // rate) + PEAKS_HZ, math.inf, np.float32))
    sound = limiter.block(mix, start, end, level)
    soundfile.write(arguments["out"], np.clip(sound, -1.0, 1.0), rate, "PCM_16", format="WAV")
    known = {key: len(source["mp3_places"]) for key, source in arguments["sources"].items()}
    return {
        "frames": end - start,
        "mp3_places": {key: found for key, found in places.items() if len(found) > known[key]},
        "work_ms": round(1000 * (time.monotonic() - begun)),
    }
