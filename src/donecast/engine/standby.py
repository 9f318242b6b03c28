"""Processes that have loaded a job before anybody asks for it: what takes them most of their time is done by then.

Each does one job, behind walls of its own, and ends; another takes its place. Nothing of one job can reach the next.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from donecast.engine.errors import EngineCrashed, EngineTimeout, NoRoom
from donecast.engine.processes import clean_environment, end, has_ended, listen_to_end, start, walls_for
from donecast.engine.sandbox import Answers, child_command, places_to_json
from donecast.kit.errors import DonecastError
from donecast.platform.disk_room import NO_ROOM

Folder = Callable[[], AbstractContextManager[Path]]
"""Makes a fresh folder, gone when left; raises a DonecastError where there is no room for one."""

_MEMORY_BYTES_MAX = 2 * 1024**3
_WRITTEN_BYTES_MAX = 1024**3


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A process that has no order yet, and its working directory."""

    process: "subprocess.Popen[bytes]"
    folder: ExitStack


class Standby:
    """At most ``waiting_max`` processes that wait for an order to do one job, the same for all.

    They are started when somebody first asks, or by `warm`, and end when nobody asked for ``idle_seconds``, or by
    `close`. Should this process die, they end by themselves. Any thread may ask.
    """

    def __init__(self, name: str, *, waiting_max: int, idle_seconds: float, folder: Folder) -> None:
        """``name`` is that of `sandbox.run_job`; ``folder`` gives each process its working directory and TMPDIR."""
        self._name, self._waiting_max, self._idle_seconds, self._folder = name, waiting_max, idle_seconds, folder
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._busy = 0
        self._asked = False
        self._keeper: threading.Thread | None = None
        self._closed = False
        self._failure: DonecastError | None = None

    @property
    def waiting(self) -> int:
        """How many processes stand ready, or are about to."""
        with self._changed:
            return len(self._waiting)

    def warm(self) -> None:
        """Has the processes started, without waiting for them."""
        with self._changed:
            self._ask()

    def run(
        self,
        arguments: Mapping[str, Any],
        *,
        readable: Sequence[Path] = (),
        writable: Sequence[Path] = (),
        deadline_seconds: float,
    ) -> dict[str, Any]:
        """Does the job in one of the processes; the rest is as in `sandbox.run_job`.

        ``deadline_seconds`` are those of whoever asks: they begin before there is a process, and pass while it loads.
        Raises EngineCrashed once it is closed or when no process can be started, NoRoom, and what ``folder`` raises.
        """
        deadline = time.monotonic() + deadline_seconds
        answers = Answers(self._name, None)
        walls = walls_for(deadline_seconds, _MEMORY_BYTES_MAX, _WRITTEN_BYTES_MAX)
        order = f"{walls.to_json()}\n{places_to_json(readable, writable)}\n{json.dumps(arguments)}".encode()
        taken = self._take(deadline)
        try:
            left_seconds = deadline - time.monotonic()
            ended = listen_to_end(taken.process, deadline_seconds=left_seconds, on_output=answers.take, order=order)
        finally:
            self._leave(taken)
        return answers.result(ended)

    def close(self) -> None:
        """Ends the processes that wait, and those at work. Nobody may ask afterwards."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            keeper = self._keeper
        if keeper:
            keeper.join()

    def _take(self, deadline: float) -> _Waiting:
        """One that lives, as far as can be told: while they waited, some may have died, of want of memory say."""
        for _ in range(self._waiting_max):
            one = self._next(deadline)
            if not has_ended(one.process):
                return one
            self._leave(one)
        return self._next(deadline)  # all that waited were dead; should this one be too, what it said tells why

    def _leave(self, one: _Waiting) -> None:
        try:
            _remove(one)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _next(self, deadline: float) -> _Waiting:
        with self._changed:
            self._ask()
            left_seconds = deadline - time.monotonic()
            if not self._changed.wait_for(lambda: self._waiting or self._failure or not self._keeper, left_seconds):
                raise EngineTimeout
            if not self._waiting:
                raise self._failure or EngineCrashed(details={"job": self._name, "why": "it is closed"})
            self._busy += 1
            self._changed.notify_all()
            return self._waiting.pop(0)

    def _ask(self) -> None:
        self._asked, self._failure = True, None
        if self._keeper is None and not self._closed:
            # A thread of its own starts them, since they die with the thread that did.
            self._keeper = threading.Thread(target=self._keep, name="standby", daemon=True)
            self._keeper.start()
        self._changed.notify_all()

    def _keep(self) -> None:
        left: list[_Waiting] = []
        try:
            while self._one_more_is_wanted(left):
                self._start_one()
        finally:
            with self._changed:
                if self._keeper is threading.current_thread():  # else it has a follower already
                    self._give_up(left)
            for one in left:
                _remove(one)

    def _start_one(self) -> None:
        """A failure, such as a full disk, is kept for whoever waits. The thread stays: those at work die with it."""
        one, failure = None, None
        try:
            one = self._started()
        except DonecastError as error:
            failure = error
        except OSError as error:
            kind = NoRoom if error.errno in NO_ROOM else EngineCrashed
            failure = kind(details={"job": self._name, "why": str(error)})
        with self._changed:
            self._failure = failure
            self._waiting += [one] if one else []
            self._changed.notify_all()

    def _one_more_is_wanted(self, left: list[_Waiting]) -> bool:
        """Waits until it is; False, and all that waited in ``left``, once nothing is wanted any more."""
        with self._changed:
            while not self._closed:
                # While one is at work and others wait still, all processors are left to the work. After a failure
                # the next is tried for when somebody asks again.
                is_short = len(self._waiting) < self._waiting_max and not (self._busy and self._waiting)
                if is_short and not self._failure:
                    return True
                self._asked = False
                is_news = self._changed.wait(self._idle_seconds)
                if not (is_news or self._asked or self._busy):
                    break
            # In the same breath, so that whoever asks next finds no keeper that is about to go.
            self._give_up(left)
            return False

    def _give_up(self, left: list[_Waiting]) -> None:
        left += self._waiting
        self._waiting, self._keeper = [], None
        self._changed.notify_all()

    def _started(self) -> _Waiting:
        with ExitStack() as stack:
            folder = stack.enter_context(self._folder())
            environment = clean_environment(folder)
            process = start(child_command(self._name), stdin=subprocess.PIPE, folder=folder, environment=environment)
            return _Waiting(process, stack.pop_all())


def _remove(one: _Waiting) -> None:
    with one.folder:
        end(one.process)
