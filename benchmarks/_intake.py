"""What intake's benchmark runs as commands: ``python -m benchmarks._intake analyse|decode FILE FOLDER``.

Nothing is imported here that the product would not import, so that start and memory are the product's own.
"""

import json
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path

from donecast.engine.analysis import analyse
from donecast.engine.limits import EngineLimits
from donecast.engine.sandbox import run_job


def main(arguments: list[str]) -> int:
    """``analyse`` is intake as the product does it, in its confined process; prints the facts as JSON.

    ``decode`` is the limit: such a process too, which only decodes. ``cpu_s`` in the answer is what the work took, with
    the start of its process; that of the worker who asks, which runs for weeks, is not in it.
    """
    what, path, folder = arguments[0], Path(arguments[1]), Path(arguments[2])
    before = time.process_time()
    if what == "analyse":
        answer = asdict(analyse(path, folder, limits=EngineLimits()).facts)
    else:
        given, limits = {"path": str(path.absolute())}, EngineLimits()
        answer = run_job(
            "benchmarks._decode_job:decode", given, readable=[path], deadline_seconds=limits.deadline_seconds
        )
    of_child = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer["cpu_s"] = time.process_time() - before + of_child.ru_utime + of_child.ru_stime
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
