"""Faults of a product that is not ours, planted around the shipped code: the simulator is worth what it finds."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from donecast.credits import paying
from donecast.credits.rules.pricing import Work
from donecast.episodes import service as episodes
from donecast.platform import work_unit

ROW_BEFORE_BYTES, NEVER_SWEEPS = "row before bytes", "never sweeps"
"""Planted where the simulator wraps storage, and where it starts a process."""


@contextmanager
def _charged_in_another_transaction() -> Iterator[None]:
    """Work is charged after the transaction that saved its result: who is killed in between is never charged."""
    owed: dict[int, Work] = {}
    capture, leave = paying.Payment.capture, paying.Payment.__exit__

    def capture_later(payment: paying.Payment, _session: Session, work: Work) -> None:
        owed[id(payment)] = work

    def leave_and_charge(payment: paying.Payment, *error: Any) -> None:
        work = owed.pop(id(payment), None)
        if work is not None and error[0] is None:
            with payment.ground.database.transaction() as session:
                capture(payment, session, work)
        leave(payment, *error)

    with instead(paying.Payment, capture=capture_later, __exit__=leave_and_charge):
        yield


@contextmanager
def _charged_at_each_beginning() -> Iterator[None]:
    """Work is paid in advance, under a key of each beginning: what begins again after a crash is paid again."""
    enter, capture, numbers = paying.Payment.__enter__, paying.Payment.capture, count()

    def enter_and_charge(payment: paying.Payment) -> paying.Payment:
        payment.operation_id += f" {next(numbers)}"
        enter(payment)
        with payment.ground.database.transaction() as session:
            capture(payment, session, payment.at_most)
        return payment

    with instead(paying.Payment, __enter__=enter_and_charge, capture=lambda *_: None):
        yield


@contextmanager
def _published_at_each_beginning() -> Iterator[None]:
    """An episode that is out already goes out once more."""
    publish = episodes.publish_by_order

    def publish_anew(session: Session, clock: Any, episode_id: str, when: Any) -> Any:
        session.execute(text("UPDATE episodes SET published_at = NULL WHERE id = :id"), {"id": episode_id})
        return publish(session, clock, episode_id, when)

    with instead(episodes, publish_by_order=publish_anew):
        yield


@contextmanager
def _lease_without_fence() -> Iterator[None]:
    """A worker that lost its lease, and whose work another one does, goes on writing."""
    with instead(work_unit, _ask_fence=lambda _session: None):
        yield


_PLANTED = {
    "charged in another transaction": _charged_in_another_transaction,
    "charged at each beginning": _charged_at_each_beginning,
    "published at each beginning": _published_at_each_beginning,
    "lease without fence": _lease_without_fence,
}
BUGS = (*_PLANTED, ROW_BEFORE_BYTES, NEVER_SWEEPS)


@contextmanager
def planted(bugs: Collection[str]) -> Iterator[None]:
    """These bugs are in the product while the block lasts."""
    with ExitStack() as stack:
        for bug in bugs:
            if bug in _PLANTED:
                stack.enter_context(_PLANTED[bug]())
        yield


@contextmanager
def instead(owner: Any, **others: Any) -> Iterator[None]:
    """Something else under these names of a module or a class."""
    before = {name: getattr(owner, name) for name in others}
    for name, other in others.items():
        setattr(owner, name, other)
    try:
        yield
    finally:
        for name, one in before.items():
            setattr(owner, name, one)
