"""Who waits, waits in the world's time: threads that renew leases, which are actors of their own, and work for a lock.

Each takes turns and dies with its house.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from greenlet import greenlet

from donecast.episodes import spoken_clips
from donecast.production import leases
from proofs.simulator.planted import instead
from proofs.simulator.world import House, World


class _Event:
    """See `threading.Event`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._is_set = False

    def set(self) -> None:
        """Whoever waits goes on at their next turn."""
        self._is_set = True

    def wait(self, seconds: float) -> bool:
        """In the world's time."""
        until = self._world.clock.now() + timedelta(seconds=seconds)
        self._world.wait(lambda: self._is_set or self._world.clock.now() >= until)
        return self._is_set


class _Thread:
    """See `threading.Thread`; of the house whose turn it is."""

    def __init__(
        self, world: World, *, target: Callable[..., None], args: tuple[object, ...], name: str, daemon: bool
    ) -> None:
        del daemon
        self._world = world
        self._name = name
        self._act = partial(target, *args)
        self._house: House = world.house_in_turn()
        self._actor: greenlet | None = None

    def start(self) -> None:
        """Takes its first turn when it is given one."""
        self._actor = self._world.bring_in(self._house, self._name, self._act)

    def join(self) -> None:
        """Waits until it has ended, or all have."""
        actor = self._actor
        if actor is not None and not self._house.life.is_dead:
            self._world.wait(lambda: actor.dead)


class _Time:
    """See `time`: of who looks again and again."""

    def __init__(self, world: World) -> None:
        self._world = world

    def sleep(self, seconds: float) -> None:
        """One turn, however long that is."""
        del seconds
        self._world.pause()


@contextmanager
def waits_are_turns(world: World) -> Iterator[None]:
    """No thread is begun in the block, and nobody waits in real time."""
    threads = instead(leases, Event=partial(_Event, world), Thread=partial(_Thread, world))
    with threads, instead(spoken_clips, time=_Time(world)):
        yield
