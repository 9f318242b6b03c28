"""The other side of `sandbox.run_job`: ``python -m donecast.engine.child MODULE:FUNCTION WALLS PLACES``.

Loads the job first and puts up the walls then, so that what stands inside them need not hold every place where code
may lie. For `standby.Standby` walls and places come later, as two lines on stdin; where none come any more, it ends.
Only after that it reads the arguments as JSON from stdin, and answers on stdout, one JSON document a line. Whatever
libraries print goes to stderr. An error that is not a DonecastError ends the process with its traceback, which the
parent keeps for the log.
"""

import importlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from donecast.engine.confinement import Walls, confine
from donecast.engine.errors import EngineOutOfMemory, NoRoom
from donecast.engine.landlock import installation, wall_off
from donecast.kit.errors import DonecastError
from donecast.platform.disk_room import NO_ROOM, is_full


def main(arguments: list[str]) -> int:
    """Runs one job behind walls; the exit code is 0 when an answer was given, be it an error."""
    name, *given_walls = arguments
    module, _, function = name.partition(":")
    job = getattr(importlib.import_module(module), function)
    walls, places_json = given_walls or (sys.stdin.readline(), sys.stdin.readline())
    if not places_json:
        return 0
    places = json.loads(places_json)
    confine(Walls(**json.loads(walls)))
    wall_off(readable=[*installation(), *map(Path, places["readable"])], writable=map(Path, [".", *places["writable"]]))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    given: dict[str, Any] = json.load(sys.stdin)

    def say(message: Mapping[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")

    try:
        say({"result": job(given, lambda percent: say({"progress": int(percent)}))})
    except DonecastError as error:
        say({"error": _description(error)})
    except MemoryError:
        say({"error": _description(EngineOutOfMemory(details={"job": name}))})
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        say({"error": _description(NoRoom(details={"job": name}))})
    except RuntimeError:  # in which libraries that write files hide a full disk
        if not is_full(Path()):
            raise
        say({"error": _description(NoRoom(details={"job": name}))})
    return 0


def _description(error: DonecastError) -> dict[str, Any]:
    kind = type(error)
    return {
        "class": f"{kind.__module__}:{kind.__qualname__}",
        "message": error.message,
        "action": error.action,
        "details": json.loads(json.dumps(error.details, default=str)),
    }


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(exit_code)  # the answer is given; what Python would tidy up now takes longer than many a job
