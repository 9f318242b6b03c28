"""What a recording is: facts, waveform peaks and the recognisers' feed, from one decoding in a process of its own."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from donecast.engine.limits import EngineLimits
from donecast.engine.sandbox import Progress, run_job


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """A recording, as it really decodes.

    ``duration_ms`` is rounded to the nearest; ``frames`` are at ``sample_rate``; ``channels`` is 1 or 2 (a file with
    more is averaged to one, ``channels_in_file`` tells). Loudness as in `LoudnessMeter`: None where there is too little
    to measure, 400 ms for the whole and the momentary, 3 s for short-term and range. ``noise_floor_db`` is the level in
    dBFS (RMS of 100 ms) that a tenth of the recording stays under. ``silences_ms`` as in `levels.silences_ms`.
    ``cut_off``: the file promised more than it holds.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    channels_in_file: int
    frames: int
    duration_ms: int
    loudness_lufs: float | None
    loudness_range_lu: float | None
    momentary_lufs_max: float | None
    short_term_lufs_max: float | None
    true_peak_dbtp: float
    noise_floor_db: float
    silences_ms: list[tuple[int, int]]
    cut_off: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """Facts, the peaks files by pixels per second (2, 20, 100), and the 16 kHz mono feed as 16-bit WAV."""

    facts: AudioFacts
    peaks: dict[int, Path]
    feed: Path


def analyse(
    path: Path,
    folder: Path,
    *,
    limits: EngineLimits,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Analysis:
    """Decodes a file once and writes ``peaks-*.dat`` and ``feed.wav`` into ``folder`` (made when missing).

    The files appear only when all is well. Raises EngineRefused in its kinds for a file that cannot be used, and
    EngineFailed in its kinds when the work itself fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scraps = Path(tempfile.mkdtemp(prefix="analyse-", dir=folder))
    try:
        answer = run_job(
            "donecast.engine.analysis_job:analyse",
            {"path": str(path.absolute()), "folder": str(scraps.absolute()), "limits": asdict(limits)},
            readable=[path],
            writable=[scraps],
            deadline_seconds=limits.deadline_seconds,
            memory_bytes_max=limits.memory_bytes_max,
            written_bytes_max=limits.written_bytes_max,
            on_progress=on_progress,
            cancelled=cancelled,
            scratch=scraps,
        )
        peaks = {int(key): _moved(scraps / name, folder) for key, name in answer["peaks"].items()}
        facts = answer["facts"]
        silences = [(start, end) for start, end in facts.pop("silences_ms")]
        feed = _moved(scraps / answer["feed"], folder)
        return Analysis(AudioFacts(**facts, silences_ms=silences), peaks, feed)
    finally:
        shutil.rmtree(scraps, ignore_errors=True)


def speech_feed(
    path: Path,
    out: Path,
    *,
    limits: EngineLimits,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Path:
    """Writes the recogniser's feed of a file alone: 16 kHz, mono, 16-bit WAV. Raises what `analyse` raises."""
    out.parent.mkdir(parents=True, exist_ok=True)
    scraps = Path(tempfile.mkdtemp(prefix="feed-", dir=out.parent))
    try:
        run_job(
            "donecast.engine.analysis_job:speech_feed",
            {"path": str(path.absolute()), "out": str((scraps / "feed.wav").absolute()), "limits": asdict(limits)},
            readable=[path],
            writable=[scraps],
            deadline_seconds=limits.deadline_seconds,
            memory_bytes_max=limits.memory_bytes_max,
            written_bytes_max=limits.written_bytes_max,
            on_progress=on_progress,
            cancelled=cancelled,
            scratch=scraps,
        )
        return (scraps / "feed.wav").replace(out)
    finally:
        shutil.rmtree(scraps, ignore_errors=True)


def _moved(path: Path, folder: Path) -> Path:
    return path.replace(folder / path.name)
