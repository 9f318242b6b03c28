"""Acts that are repeated in the background for as long as the process lives, whatever one of them meets."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event, Thread

from donecast.kit.errors import DonecastError
from donecast.platform.error_tracking import ErrorTracker, capture_exception
from donecast.platform.telemetry import logger


class Rounds:
    """Threads that repeat acts until they are stopped."""

    def __init__(self, errors: ErrorTracker) -> None:
        self._errors = errors
        self._stop = Event()
        self._threads: list[Thread] = []

    def begin(
        self, name: str, acts: Sequence[Callable[[], object]], every: timedelta, first_after: timedelta | None = None
    ) -> None:
        """Does the acts one after the other, and again after each pause; the first time after one, or as said."""
        first = (first_after or every).total_seconds()
        thread = Thread(
            target=self._repeat, args=(name, acts, first, every.total_seconds()), name=f"donecast-{name}", daemon=True
        )
        thread.start()
        self._threads.append(thread)

    def end(self) -> None:
        """Ends the background work; waits a little for what is being done."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _repeat(
        self, name: str, acts: Sequence[Callable[[], object]], first_seconds: float, pause_seconds: float
    ) -> None:
        seconds = first_seconds
        while not self._stop.wait(seconds):
            for act in acts:
                with self._errors.tracked("round", action=name):
                    do_once(act)
            seconds = pause_seconds


def do_once(act: Callable[[], object]) -> None:
    """Does an act; what goes wrong is logged and never raised, for the next round tries again."""
    try:
        act()
    except DonecastError as error:  # a busy or full database
        logger().warning("background work waits", code=error.code, message=error.message)
        capture_exception(error)
    except Exception as error:  # noqa: BLE001  an edge: whatever it was is logged, and the next round tries again
        # A thread that ended here would leave a worker that looks alive and does nothing, or one that works and
        # looks dead, so that others take its work over while it goes on.
        logger().error("background work stumbled", act=getattr(act, "__name__", ""), exc_info=True)
        capture_exception(error)
