"""Leases: a running operation belongs to one worker, who renews its lease; a late writer is refused by its token.

Each beginning takes the next token. Whatever the line saves, be it progress, a note on the episode, a rendition or a
charge, is saved in units that ask first whether the token is still the newest, under the operation's lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from donecast.kit.errors import DonecastError
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import fenced, run_unit
from donecast.production import repository
from donecast.production.errors import LeaseLost, NoSuchOperation
from donecast.production.rules import ACTIVE


class Leases:
    """Of one worker."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._worker = ground.settings.worker

    @contextmanager
    def held(self, operation_id: str) -> Iterator[None]:
        """Takes the lease and keeps it for the block, in which this thread may save nothing once it is lost.

        Raises NoSuchOperation; within the block units raise LeaseLost.
        """
        token = run_unit(self._ground.database, lambda session: self._take(session, operation_id))
        over = Event()
        keeper = Thread(target=self._keep, args=(operation_id, token, over), name="donecast-lease", daemon=True)
        keeper.start()
        try:
            with fenced(lambda session: require_lease(session, operation_id, token)):
                yield
        finally:
            over.set()
            keeper.join()

    def _take(self, session: Session, operation_id: str) -> int:
        row = repository.operation_to_change(session, operation_id)
        if row is None:
            raise NoSuchOperation
        row.lease_token += 1
        if row.state in ACTIVE:
            row.lease_holder = self._ground.settings.worker_id
            row.lease_renewed_at = row.begun_at = self._ground.clock.now()
            row.stuck_ignored = False
        return row.lease_token

    def _keep(self, operation_id: str, token: int, over: Event) -> None:
        while not over.wait(self._worker.step_lease_renew_ms / 1_000):
            renew = partial(
                repository.renew_lease, operation_id=operation_id, token=token, now=self._ground.clock.now()
            )
            try:
                kept = run_unit(self._ground.database, renew)
            except (DonecastError, SQLAlchemyError) as error:
                # The database is away, or answers what no driver should: next time, while the lease lasts. A keeper
                # that ended here would let work that goes on be begun elsewhere.
                code = error.code if isinstance(error, DonecastError) else type(error).__name__
                logger().warning("a lease was not renewed", operation_id=operation_id, code=code)
                continue
            if not kept:
                return


def require_lease(session: Session, operation_id: str, token: int) -> None:
    """Raises LeaseLost unless the token is the newest; nobody takes the next one before this transaction ends."""
    row = repository.operation_to_change(session, operation_id)
    if row is None:
        raise NoSuchOperation
    if row.lease_token != token:
        raise LeaseLost
