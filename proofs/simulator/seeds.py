"""One seed from its beginning to its judgement; the same seed is the same life."""

import atexit
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.orm import Session

from donecast.credits import paying
from donecast.credits.rules.pricing import Work
from donecast.episodes import spoken_clips
from donecast.platform.database import Database
from proofs.publications import count_publications
from proofs.simulator.fate import Fate
from proofs.simulator.installation import prepare, settings_of
from proofs.simulator.judge import judged
from proofs.simulator.known_sounds import known_sounds
from proofs.simulator.mortal import mortal_files
from proofs.simulator.world import make_world

BUGS = ("charged in another transaction", "row before bytes", "remembers too early", "never sweeps")
"""Faults of a product that is not ours, planted in the simulator's own wrappers: each must be found."""
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Real files, but no disk that has to keep up."""


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
        with mortal_files(fate), known_sounds(fate), _planted(bugs):
            world = make_world(prepared, people, Path(place) / "data", fate, bugs)
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
    spoken_clips._LOOK_AGAIN_SECONDS = 0.0
    folder = Path(tempfile.mkdtemp(prefix="donecast-prepared-", dir=_MEMORY))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    people = prepare(folder)
    database = Database(settings_of(folder, "web").database_url)
    count_publications(database)
    database.dispose()
    return folder, people


class _planted:  # noqa: N801  a context manager reads as a verb
    """Work that is charged in a transaction of its own, after that which saved its result, while that bug is wanted."""

    def __init__(self, bugs: Sequence[str]) -> None:
        self._wanted = BUGS[0] in bugs
        self._real = paying.Payment.capture, paying.Payment.__exit__
        self._owed: dict[int, Work] = {}

    def __enter__(self) -> None:
        if not self._wanted:
            return
        capture, leave = self._real

        def capture_later(payment: paying.Payment, _session: Session, work: Work) -> None:
            self._owed[id(payment)] = work

        def leave_and_charge(payment: paying.Payment, *error: Any) -> None:
            work = self._owed.pop(id(payment), None)
            if work is not None and error[0] is None:
                with payment.ground.database.transaction() as session:
                    capture(payment, session, work)
            leave(payment, *error)

        paying.Payment.capture = capture_later  # type: ignore[method-assign, assignment]
        paying.Payment.__exit__ = leave_and_charge  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        paying.Payment.capture, paying.Payment.__exit__ = self._real  # type: ignore[method-assign]
