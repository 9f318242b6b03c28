"""Our side of `side_by_side`, as commands: ``python -m benchmarks._polishing JOB OPTIONS``; the answer is JSON.

What is called is what `donecast polish` and the intake of recordings call, with the same confined child processes. The
start of Python and of those children is part of what is measured.
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.delivery import Delivery
from donecast.engine.analysis import analyse
from donecast.engine.limits import EngineLimits
from donecast.entry.bar import Bar
from donecast.entry.polish import PolishWish, polish


def polished(options: dict[str, Any]) -> dict[str, Any]:
    """A recording as `donecast polish` makes it; without ``shorten`` its pauses stay."""
    rules = CleanupRules(pause_ms_max=options["long_ms"], pause_ms_target=options["becomes_ms"])
    wish = PolishWish(
        recording=Path(options["source"]),
        out=Path(options["out"]),
        rules=rules if options["shorten"] else None,
        lufs=options["lufs"],
    )
    return polish(wish, EngineLimits(), Delivery(), Bar(sys.stderr))


def analysed(options: dict[str, Any]) -> dict[str, Any]:
    """All that the intake finds out about a recording, loudness and true peak among it."""
    facts = dataclasses.asdict(analyse(Path(options["source"]), Path(options["folder"]), limits=EngineLimits()).facts)
    facts.pop("silences_ms")
    return facts


JOBS = {job.__name__: job for job in (polished, analysed)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](json.loads(sys.argv[2]))))
