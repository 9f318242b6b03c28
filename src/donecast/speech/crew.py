"""Many jobs of one kind, one child process per core, and their answers in order."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from donecast.engine.errors import EngineCancelled, EngineFailed
from donecast.engine.sandbox import run_job
from donecast.speech.errors import TranscriptionCancelled, TranscriptionFailed

_POLL_SECONDS = 0.2
_MEMORY_BYTES_MAX = 1536 * 1024**2
_DEADLINE_SECONDS_MIN = 120.0
_DEADLINE_SECONDS_PER_SECOND = 20.0  # a quiet machine needs 0.3; this is for one that is overrun

OnProgress = Callable[[float], None]
Cancelled = Callable[[], bool]


def run_crew(
    name: str,
    jobs: Sequence[Mapping[str, Any]],
    weights_ms: Sequence[int],
    *,
    readable: Sequence[Path] = (),
    processes: int | None = None,
    memory_bytes_max: int = _MEMORY_BYTES_MAX,
    on_progress: OnProgress | None = None,
    cancelled: Cancelled | None = None,
) -> list[dict[str, Any]]:
    """Runs the job ``name`` once for each of ``jobs``; answers stand in the order of the jobs.

    The jobs open no other files than ``readable``, and each takes ``memory_bytes_max`` at most. ``weights_ms`` says how
    much sound each job handles: progress, 0 to 1, counts finished sound. ``on_progress`` and ``cancelled`` are called
    in the caller's own thread. When one job fails or is cancelled, or a callback raises, the others are ended too.
    Raises what a job raised, TranscriptionFailed, or TranscriptionCancelled.
    """
    if not jobs:
        return []
    stop = threading.Event()
    done_ms = [0.0] * len(jobs)

    def run(index: int) -> dict[str, Any]:
        def note(percent: int) -> None:
            done_ms[index] = weights_ms[index] * percent / 100

        return run_job(
            name,
            jobs[index],
            readable=readable,
            deadline_seconds=_DEADLINE_SECONDS_MIN + _DEADLINE_SECONDS_PER_SECOND * weights_ms[index] / 1000,
            memory_bytes_max=memory_bytes_max,
            on_progress=note,
            cancelled=stop.is_set,
        )

    count = min(len(jobs), processes or os.cpu_count() or 1)
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="speech") as pool:
        futures = [pool.submit(run, index) for index in range(len(jobs))]
        try:
            _watch(futures, done_ms, max(1, sum(weights_ms)), on_progress, cancelled)
            return [future.result() for future in futures]
        except EngineCancelled as error:
            raise TranscriptionCancelled from error
        except EngineFailed as error:
            raise TranscriptionFailed(details={"reason": error.message, **error.details}) from error
        finally:
            stop.set()
            for future in futures:
                future.cancel()


def _watch(
    futures: Sequence[Future[dict[str, Any]]],
    done_ms: Sequence[float],
    total_ms: int,
    on_progress: OnProgress | None,
    cancelled: Cancelled | None,
) -> None:
    """Reports until all are done; raises the first failure. Asked to stop before the start, it waits for nothing."""
    reported = -1.0
    while True:
        if cancelled is not None and cancelled():
            raise TranscriptionCancelled
        ended, waiting = wait(futures, timeout=_POLL_SECONDS, return_when=FIRST_EXCEPTION)
        share = 1.0 if not waiting else min(1.0, sum(done_ms) / total_ms)
        if on_progress is not None and share > reported:
            on_progress(share)
            reported = share
        for future in ended:
            future.result()
        if not waiting:
            return
