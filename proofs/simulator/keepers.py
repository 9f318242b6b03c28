"""The threads that renew leases, as actors of the world: they wait in its time, take turns, die with their house."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from greenlet import greenlet

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


@contextmanager
def keepers_take_turns(world: World) -> Iterator[None]:
    """No thread is begun in the block."""
    with instead(leases, Event=partial(_Event, world), Thread=partial(_Thread, world)):
        yield
