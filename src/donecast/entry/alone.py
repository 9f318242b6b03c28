"""What may run only once on a data folder: two of a kind would take each other's work, having one name."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.file_locks import LockHeld, held
from donecast.platform.settings import Settings


class AlreadyUp(DonecastError):
    """`donecast up` runs on this data folder already."""

    code = "already_up"
    kind = ErrorKind.CONFLICT
    message = "DoneCast is already running on this data folder."
    action = "Use the one that runs, or stop it first. Another installation needs a folder of its own (DONECAST_DATA)."


class WorkerRuns(DonecastError):
    """A worker of this name runs on this data folder already."""

    code = "worker_runs"
    kind = ErrorKind.CONFLICT
    message = "A worker of this name is already running on this data folder."
    action = "Stop it first, or give this one a name of its own (DONECAST_WORKER_ID)."


@contextmanager
def only_up(settings: Settings) -> Iterator[None]:
    """Held by `donecast up` for as long as it lives. Raises AlreadyUp, WorkerRuns."""
    try:
        with held(settings.data / "locks" / "up.lock"), only_worker(settings):
            yield
    except LockHeld as error:
        raise AlreadyUp(f"DoneCast is already running on the data folder {settings.data}.") from error


@contextmanager
def only_worker(settings: Settings) -> Iterator[None]:
    """Held by a worker of the settings' name for as long as it lives. Raises WorkerRuns."""
    name = settings.worker_id
    try:
        with held(settings.data / "locks" / f"worker-{quote(name, safe='')}.lock"):
            yield
    except LockHeld as error:
        raise WorkerRuns(f"A worker named “{name}” is already running on the data folder {settings.data}.") from error
