"""A stretch of an episode as it will sound, within a fraction of a second: nothing but the stretch is decoded.

Cuts, joints and their places, fades, gains and music are those of the finished episode; so is the limiter. Three
things are near rather than the same. The level is one gain for all, from the recording's loudness to the target, where
the finished episode is measured as a whole. How far music steps back is judged by the speech that is near. And sound is
heard as it was recorded, without the treatment (noise reduction and the like) that a track may have in the episode.
"""

import contextlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Final

from donecast.core.excerpt import excerpt
from donecast.core.plan import RenderPlan, Treatment
from donecast.engine.errors import SourceMissing, TooManyPreviews
from donecast.engine.limits import LEVEL_GAIN_DB_MAX, EngineLimits
from donecast.engine.standby import Folder, Standby

JOB: Final = "donecast.engine.preview_job:preview"
PREVIEW_MS_MAX = 30_000
"""Longer stretches are for the finished episode."""
_LEAD_MS, _TRAIL_MS = 2_000, 1_000
_FILES_KNOWN_MAX = 64
_PLACES_MAX = 1 << 15
"""One in 64 frames: of six hours they are not half as many, whatever the rate."""


@dataclass(frozen=True, slots=True)
class PreviewSource:
    """A file of a plan, and how long it was (ms) when all of it was decoded."""

    path: Path
    duration_ms: int


class Previewer:
    """Makes previews in processes that stand by for it. Any thread may ask."""

    def __init__(self, *, at_once_max: int, waiting_max: int, idle_seconds: float, folder: Folder) -> None:
        """No more than ``at_once_max`` hold a `turn` at one moment; the rest is as in `standby.Standby`."""
        self._standby = Standby(JOB, waiting_max=waiting_max, idle_seconds=idle_seconds, folder=folder)
        self._free = BoundedSemaphore(at_once_max)
        self._lock = Lock()
        self._places: OrderedDict[str, list[int]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many processes stand by."""
        return self._standby.waiting

    def warm(self) -> None:
        """Gets ready, without waiting until it is."""
        self._standby.warm()

    def close(self) -> None:
        """Ends all its processes."""
        self._standby.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A place among those that are made at one moment: taken before anything is fetched for a preview.

        Raises TooManyPreviews at once when none is free.
        """
        if not self._free.acquire(blocking=False):
            raise TooManyPreviews
        try:
            yield
        finally:
            self._free.release()

    def preview(
        self,
        plan: RenderPlan,
        sources: Mapping[str, PreviewSource],
        out: Path,
        *,
        start_ms: int,
        end_ms: int,
        gain_db: float,
        limits: EngineLimits,
    ) -> None:
        """Writes what sounds from ``start_ms`` to ``end_ms`` of the plan's timeline to ``out``.

        It is a WAV file of 16 bits: every browser plays it at once, no time goes by for encoding, and no encoder's
        delay moves the joint. ``gain_db`` brings the recording to the target; more than `LEVEL_GAIN_DB_MAX` are not
        given. Whoever shares the machine with others asks within `turn`. Raises ValueError for a stretch outside the
        plan or longer than `PREVIEW_MS_MAX`, and what `render.render` raises.
        """
        if not 0 <= start_ms < end_ms <= plan.duration_ms or end_ms - start_ms > PREVIEW_MS_MAX:
            raise ValueError(f"no stretch of {plan.duration_ms} ms: {start_ms} to {end_ms} ms")
        part = excerpt(plan, start_ms - _LEAD_MS, end_ms + _TRAIL_MS)
        part = replace(part, tracks=tuple(replace(track, treatment=Treatment()) for track in part.tracks))
        missing = sorted(key for key in part.source_hashes if key not in sources or not sources[key].path.is_file())
        if missing:
            raise SourceMissing(details={"sources": missing})
        answer = self._standby.run(
            {
                "plan": part.to_json(),
                "sources": {key: self._source(key, sources[key]) for key in part.source_hashes},
                "out": str(out.absolute()),
                "start_ms": start_ms,
                "end_ms": end_ms,
                "gain_db": max(-LEVEL_GAIN_DB_MAX, min(LEVEL_GAIN_DB_MAX, gain_db)),
                "limits": asdict(limits),
            },
            readable=[sources[key].path for key in part.source_hashes],
            writable=[out.parent],
            deadline_seconds=limits.deadline_seconds,
        )
        self._keep(answer.get("mp3_places"), {key: sources[key].path for key in part.source_hashes})

    def _source(self, key: str, source: PreviewSource) -> dict[str, object]:
        with self._lock:
            places = self._places.get(key, [])
        return {"path": str(source.path.absolute()), "duration_ms": source.duration_ms, "mp3_places": places}

    def _keep(self, found: object, paths: Mapping[str, Path]) -> None:
        """Where an MP3's frames lie takes some tenths of a second to find out in a long one, so it is kept.

        Who tells has read somebody's file, and is believed for the files it was given alone, where it can be true.
        """
        told = found if isinstance(found, dict) else {}
        believed = {key: told[key] for key, path in paths.items() if key in told and _are_places(told[key], path)}
        with self._lock:
            for key, places in believed.items():
                self._places[key] = places
                self._places.move_to_end(key)
            while len(self._places) > _FILES_KNOWN_MAX:
                self._places.popitem(last=False)


def _are_places(told: object, path: Path) -> bool:
    """Whether these are rising places inside a file, and no more than a file has."""
    if not isinstance(told, list) or len(told) > _PLACES_MAX or any(type(place) is not int for place in told):
        return False
    with contextlib.suppress(OSError):  # the file may be gone by now
        return all(before < after for before, after in pairwise([-1, *told, path.stat().st_size]))
    return False
