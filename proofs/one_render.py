"""One render in a process that may be killed: ``python -m proofs.one_render FOLDER MINUTES OUT``."""

import sys
from pathlib import Path

from benchmarks._episode import Job, standard_job
from donecast.core.plan import OutputFormat
from donecast.engine.limits import EngineLimits
from donecast.engine.render import render

BEGUN = "begun"


def job_in(folder: Path, minutes: int) -> Job:
    """The same plan and sources each time."""
    return standard_job(folder, minutes, output=OutputFormat())


def main(arguments: list[str]) -> int:
    """Says when it begins, renders, and ends with an error's traceback if there is one."""
    folder, minutes, out = Path(arguments[0]), int(arguments[1]), Path(arguments[2])
    job = job_in(folder, minutes)
    print(BEGUN, flush=True)
    render(job.plan, job.sources, out, limits=EngineLimits())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
