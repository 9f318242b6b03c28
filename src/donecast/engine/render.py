"""From a render plan and its sources to one finished file, in a process of its own."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from donecast.core.plan import RenderPlan
from donecast.engine.errors import EpisodeTooLong, SourceMissing
from donecast.engine.limits import EngineLimits
from donecast.engine.sandbox import Progress, run_job
from donecast.platform.temporary import folder_among_others


@dataclass(frozen=True, slots=True)
class RenderResult:
    """What the finished file is, measured on the file as it decodes.

    ``frames`` equals the plan's. ``loudness_lufs`` is None below the 400 ms that the standard needs; where the ceiling
    stands in the way of the target loudness, it says what was reached.
    """

    frames: int
    duration_ms: int
    bytes: int
    loudness_lufs: float | None
    true_peak_dbtp: float


def render(
    plan: RenderPlan,
    sources: Mapping[str, Path],
    out: Path,
    *,
    limits: EngineLimits,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RenderResult:
    """Mixes, levels and encodes a plan into ``out``; sources are given by the SHA-256 that the plan names.

    The same plan and sources give the same bytes. The file appears only when all is well; temporary files, some 45 MB
    for a minute of stereo, lie beside it meanwhile. What a killed process left of them goes with the next render into
    the same folder. Raises EpisodeTooLong, SourceMissing, SourceTooShort, OnlySilence, TooQuiet, what a source itself
    is refused for, and EngineFailed in its kinds.
    """
    if plan.duration_ms > limits.episode_ms_max:
        hours = limits.episode_ms_max / 3_600_000
        raise EpisodeTooLong(f"This episode would be longer than {hours:g} hours, which is the most we can make.")
    missing = sorted(key for key in plan.source_hashes if key not in sources or not sources[key].is_file())
    if missing:
        raise SourceMissing(details={"sources": missing})
    out.parent.mkdir(parents=True, exist_ok=True)
    with folder_among_others(out.parent, ".donecast-render-") as scraps:
        answer = run_job(
            "donecast.engine.render_job:render",
            {
                "plan": plan.to_json(),
                "sources": {key: str(sources[key].absolute()) for key in plan.source_hashes},
                "out": str((scraps / "episode").absolute()),
                "limits": asdict(limits),
            },
            readable=[sources[key] for key in plan.source_hashes],
            writable=[scraps],
            deadline_seconds=limits.deadline_seconds,
            memory_bytes_max=limits.memory_bytes_max,
            written_bytes_max=limits.written_bytes_max,
            on_progress=on_progress,
            cancelled=cancelled,
            scratch=scraps,
        )
        result = RenderResult(**answer)
        (scraps / "episode").replace(out)
        return result
