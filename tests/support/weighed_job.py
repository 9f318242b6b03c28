"""The product's job on a scale: what its process took travels with its answer, or with its refusal."""

import resource
import time
from collections.abc import Callable, Mapping
from typing import Any

from donecast.engine import analysis_job
from donecast.engine.errors import EngineRefused


def analyse(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `analysis.analyse`, weighed."""
    try:
        answer = analysis_job.analyse(arguments, progress)
    except EngineRefused as error:
        error.details = {**error.details, "weighed": _weight()}
        raise
    return {**answer, "weighed": _weight()}


def _weight() -> dict[str, float]:
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"mib": mib, "cpu_seconds": time.process_time()}
