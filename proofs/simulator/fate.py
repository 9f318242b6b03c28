"""What happens at a boundary, by seeded chance: mostly nothing; else somebody else's turn, a fault, or a crash."""

import hashlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CRASH_PERCENT = 0.8
FAULT_PERCENT = 0.8
TURN_PERCENT = 12.0


class Crashed(BaseException):
    """The process has ended as if the machine had lost its power. Nobody may catch this but the world."""


@dataclass(slots=True, eq=False)
class Life:
    """One process from its start to its end; ``pen``: its connection that holds the database's writing lock."""

    name: str
    is_dead: bool = False
    pen: sqlite3.Connection | None = None
    after_commit: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Fate:
    """The chance of one seed and what it did. Calm, nothing happens any more."""

    seed: int
    calm: bool = False
    crashes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    chance: random.Random = field(init=False)
    living: Life | None = None
    """Whose turn it is; None: nobody's, such as while the world is made or judged."""
    yield_turn: Callable[[], None] = lambda: None
    _trace: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def trace(self) -> str:
        """Stands for everything that happened, in its order."""
        return self._trace.hexdigest()[:16]

    def note(self, what: str) -> None:
        """Adds to the trace."""
        self._trace.update(f"{what}\n".encode())

    def at(self, kind: str, fault: Callable[[], BaseException] | None = None) -> None:
        """A boundary. Raises Crashed, or the fault that this boundary may have."""
        life = self.living
        if life is None:
            return
        if life.is_dead:
            raise Crashed
        self.passed[kind] += 1
        draw = 100.0 if self.calm else self.chance.random() * 100.0
        if draw < CRASH_PERCENT:
            self.crashes[kind] += 1
            self._fall(life, kind)
        if fault is not None and draw < CRASH_PERCENT + FAULT_PERCENT:
            error = fault()
            self.faults[f"{kind}: {type(error).__name__}"] += 1
            self.note(f"{life.name} {kind} fault")
            raise error
        self.note(f"{life.name} {kind}")
        if life.pen is None and self.chance.random() * 100.0 < TURN_PERCENT:
            self.yield_turn()
            if life.is_dead:
                raise Crashed

    def _fall(self, life: Life, kind: str) -> None:
        self.note(f"{life.name} {kind} crash")
        life.is_dead = True
        raise Crashed

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Nothing happens in the block, and it leaves no trace: for what is done once and remembered."""
        living, self.living = self.living, None
        try:
            yield
        finally:
            self.living = living
