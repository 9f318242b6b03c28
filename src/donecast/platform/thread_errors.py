"""Threads that end by an error which nobody caught are told of like a request that does, and named by their thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from donecast.platform.error_tracking import ErrorTracker, capture_exception
from donecast.platform.telemetry import logger


@contextmanager
def told_of_threads(errors: ErrorTracker) -> Iterator[None]:
    """Within the block every thread of this process is watched, also those of libraries."""
    before = threading.excepthook

    def tell(ended: threading.ExceptHookArgs) -> None:
        error = ended.exc_value
        if error is None or isinstance(error, SystemExit):
            return
        name = ended.thread.name if ended.thread is not None else "unknown"
        logger().error("a thread ended by an error", thread=name, exc_info=error)
        with errors.tracked("thread", action=name):
            capture_exception(error)

    threading.excepthook = tell
    try:
        yield
    finally:
        threading.excepthook = before
