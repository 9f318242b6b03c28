"""Several tracks of one talk (host, guest) become one recording: lined up, levelled, each quiet while others speak."""

import filecmp
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

from donecast.core.speakers import SpeakerSpan
from donecast.engine.errors import TrackCount, TrackTwice
from donecast.engine.limits import EngineLimits
from donecast.engine.sandbox import Progress, run_job
from donecast.engine.track_alignment import TrackAlignment

TRACKS_MIN = 2
TRACKS_MAX = 6


@dataclass(frozen=True, slots=True)
class JoinedTrack:
    """What became of one track.

    ``alignment`` is against the first track. ``loudness_lufs`` is measured over the stretches in which its own person
    speaks, before and, by ``gain_db``, after levelling; None where nobody speaks into it, and then it is left out.
    """

    name: str
    alignment: TrackAlignment
    loudness_lufs: float | None
    loudness_after_lufs: float | None
    gain_db: float
    speaking_ms: int


@dataclass(frozen=True, slots=True)
class JoinedTracks:
    """One recording made of several: FLAC of 24 bits, from the first track's beginning to the last one's end.

    ``spans`` are sorted by their start and overlap where people do. ``kept`` are the single tracks as they went into
    it, each as long as the whole; empty when not asked for.
    """

    path: Path
    sample_rate: int
    frames: int
    tracks: tuple[JoinedTrack, ...]
    spans: tuple[SpeakerSpan, ...]
    kept: tuple[Path, ...] = ()

    @property
    def duration_ms(self) -> int:
        """Rounded to the nearest."""
        return (self.frames * 1000 + self.sample_rate // 2) // self.sample_rate


def join_tracks(
    paths: Sequence[Path],
    out: Path,
    *,
    limits: EngineLimits,
    names: Sequence[str] = (),
    together: bool = False,
    stereo: bool = False,
    keep_tracks: bool = False,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> JoinedTracks:
    """Joins tracks into ``out``, a FLAC file; the first gives the clock. ``names`` stand in sentences (file names).

    ``together`` says that one program started and ended them all, so that nothing is looked for: their beginnings and
    their clocks are taken as the same. ``stereo`` puts the voices a little apart. With ``keep_tracks`` each track is
    also written by itself, as ``STEM-1.flac`` and so on, to be edited elsewhere. Files appear only when all is well;
    temporary files, some 12 MB for a minute of each track, lie beside them meanwhile.

    Raises TrackCount, TrackTwice, TracksUnrelated, what a single file is refused for (with its name), and
    EngineFailed in its kinds.
    """
    names = names or [path.name for path in paths]
    _refuse_early(paths, names)
    out.parent.mkdir(parents=True, exist_ok=True)
    scraps = Path(tempfile.mkdtemp(prefix="tracks-", dir=out.parent))
    try:
        answer = run_job(
            "donecast.engine.tracks_job:join",
            {
                "paths": [str(path.absolute()) for path in paths],
                "names": list(names),
                "folder": str(scraps.absolute()),
                "together": together,
                "stereo": stereo,
                "keep_tracks": keep_tracks,
                "limits": asdict(limits),
            },
            deadline_seconds=limits.deadline_seconds,
            memory_bytes_max=limits.memory_bytes_max,
            written_bytes_max=limits.written_bytes_max,
            readable=paths,
            writable=[scraps],
            on_progress=on_progress,
            cancelled=cancelled,
            scratch=scraps,
        )
        kept = [out.with_name(f"{out.stem}-{number}.flac") for number, _ in enumerate(answer["kept"], 1)]
        for name, path in zip(answer["kept"], kept, strict=True):
            (scraps / name).replace(path)
        (scraps / answer["joined"]).replace(out)
    finally:
        shutil.rmtree(scraps, ignore_errors=True)
    return JoinedTracks(
        path=out,
        sample_rate=answer["sample_rate"],
        frames=answer["frames"],
        tracks=tuple(
            JoinedTrack(**{**track, "alignment": TrackAlignment(**track["alignment"])}) for track in answer["tracks"]
        ),
        spans=tuple(SpeakerSpan(*span) for span in answer["spans"]),
        kept=tuple(kept),
    )


def _refuse_early(paths: Sequence[Path], names: Sequence[str]) -> None:
    if not TRACKS_MIN <= len(paths) <= TRACKS_MAX:
        raise TrackCount(
            f"{len(paths)} tracks cannot be put together; "
            f"{TRACKS_MIN} to {TRACKS_MAX} tracks of one talk can become one recording."
        )
    for (first, name), (second, other) in combinations(zip(paths, names, strict=True), 2):
        if first.samefile(second) or filecmp.cmp(first, second, shallow=False):
            raise TrackTwice(f"{name} and {other} are the same track.")
