"""What a file is, found out before it enters the library: its kind, its facts, its waveforms. No rows here."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from donecast.engine.analysis import analyse
from donecast.engine.cover import check_cover
from donecast.engine.limits import EngineLimits
from donecast.engine.sniff import sniff_format
from donecast.kit.progress import Report
from donecast.platform.form_files import too_large
from donecast.platform.settings import LimitSettings
from donecast.platform.web import Ground
from donecast.recordings.rules import Category

_CUT_OFF = "This file is damaged or ends before it should, so part of it is missing. What could be read can be used."


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """Facts of a good file, as in `MediaFacts`; ``peaks`` are gzipped waveforms by steps per second.

    ``silences_ms``: start and end of each stretch in which nobody speaks.
    """

    container: str
    codec: str
    sample_rate: int = 0
    channels: int = 0
    duration_ms: int = 0
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    noise_floor_db: float | None = None
    silences_ms: Sequence[tuple[int, int]] = ()
    problem: str | None = None
    peaks: Mapping[int, bytes] = field(default_factory=dict)


def engine_limits(limits: LimitSettings, *, deadline_seconds: float | None = None) -> EngineLimits:
    """The settings' limits as the engine room reads them, or with a shorter deadline."""
    return EngineLimits(
        deadline_seconds=deadline_seconds or limits.engine_deadline_seconds,
        memory_bytes_max=limits.engine_memory_bytes_max,
        file_bytes_max=limits.upload_bytes_max,
        duration_ms_max=limits.recording_ms_max,
    )


def glance(path: Path, limits: LimitSettings) -> None:
    """Refuses at once what is not audio of a kind we take, by its first bytes. Raises EngineRefused, FileTooLarge."""
    if path.stat().st_size > limits.upload_bytes_max:
        raise too_large(limits.upload_bytes_max)
    sniff_format(path)


def examine(ground: Ground, path: Path, category: Category, report: Report) -> Examined:
    """Reads the whole file, in a process of its own. Raises EngineRefused (the file cannot be used), EngineFailed."""
    if category == "cover":
        picture = check_cover(path).format
        return Examined(container=picture, codec=picture)
    limits = ground.settings.limits
    glance(path, limits)
    with ground.temporary.folder("examine") as folder:
        analysis = analyse(
            path,
            folder,
            limits=engine_limits(limits),
            on_progress=lambda percent: report(percent, "Checking your recording"),
        )
        facts = analysis.facts
        return Examined(
            container=facts.container,
            codec=facts.codec,
            sample_rate=facts.sample_rate,
            channels=facts.channels,
            duration_ms=facts.duration_ms,
            loudness_lufs=facts.loudness_lufs,
            true_peak_dbtp=facts.true_peak_dbtp,
            noise_floor_db=facts.noise_floor_db,
            silences_ms=facts.silences_ms,
            problem=_CUT_OFF if facts.cut_off else None,
            peaks={
                per_second: gzip.compress(file.read_bytes(), compresslevel=9, mtime=0)
                for per_second, file in analysis.peaks.items()
            },
        )
