"""One seed from its beginning to its judgement; the same seed is the same life."""

import atexit
import gc
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog

from donecast.platform import work_unit
from donecast.platform.database import Database
from proofs.publications import count_publications
from proofs.simulator.fate import Fate
from proofs.simulator.installation import prepare, settings_of
from proofs.simulator.judge import judged
from proofs.simulator.known_sounds import known_sounds
from proofs.simulator.mortal import mortal_files
from proofs.simulator.onlookers import note_late_writers
from proofs.simulator.planted import planted
from proofs.simulator.waits import waits_are_turns
from proofs.simulator.world import make_world

_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Real files, but no disk that has to keep up."""
_GARBAGE_AT = 20_000


@dataclass(slots=True)
class Lived:
    """What became of a seed."""

    seed: int
    trace: str
    wrong: list[str]
    seconds: float
    boots: int
    episodes: int
    crashes: Counter[str]
    faults: Counter[str]
    passed: Counter[str]


def live(seed: int, bugs: Sequence[str] = ()) -> Lived:
    """A whole life."""
    prepared, people = _prepared()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="donecast-simulator-", dir=_MEMORY) as place:
        fate = Fate(seed)
        with mortal_files(fate), known_sounds(fate), planted(bugs):
            world = make_world(prepared, people, Path(place) / "data", fate, bugs)
            with waits_are_turns(world):
                world.live()
                world.calm_down()
            wrong = judged(world)
    return Lived(
        seed,
        fate.trace,
        wrong,
        time.monotonic() - begun,
        world.boots,
        sum(len(person.episode_ids) for person in world.people),
        fate.crashes,
        fate.faults,
        fate.passed,
    )


@cache
def _prepared() -> tuple[Path, list[tuple[str, str]]]:
    """Once for each process that lives seeds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    work_unit._PAUSE_SECONDS = 0.0
    folder = Path(tempfile.mkdtemp(prefix="donecast-prepared-", dir=_MEMORY))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    people = prepare(folder)
    database = Database(settings_of(folder, "web").database_url)
    count_publications(database)
    note_late_writers(database)
    database.dispose()
    # What is there now stays until the end, and what seeds leave behind is looked through less often.
    gc.freeze()
    gc.set_threshold(_GARBAGE_AT)
    return folder, people
