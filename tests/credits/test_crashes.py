"""Whatever breaks between two statements leaves all or nothing, and the same again has one effect."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from donecast.credits.rules.pricing import Transcription
from tests.support.faults import Broken, at_statement, break_down
from tests.support.ledgers import Ledger

TEN = Transcription(600_000)


@dataclass(frozen=True, slots=True)
class Operation:
    """What comes before, and what is done and breaks."""

    name: str
    before: Callable[[Ledger], object]
    act: Callable[[Ledger], object]


def _nothing(_ledger: Ledger) -> None: ...


def _spend_and_wait(ledger: Ledger) -> None:
    ledger.hold("old", TEN)
    ledger.charge("big", Transcription(2_400_000))
    ledger.wait(days=31)


def _charge_id(ledger: Ledger) -> str:
    return str(ledger.rows("SELECT id FROM credit_entries WHERE act = 'charge'")[0][0])


OPERATIONS = [
    Operation("first charge", _nothing, lambda ledger: ledger.charge()),
    Operation("charge", lambda ledger: ledger.give(5_000), lambda ledger: ledger.charge(work=TEN)),
    Operation("hold", _nothing, lambda ledger: ledger.hold(work=TEN)),
    Operation("renewal", lambda ledger: ledger.hold(work=TEN), lambda ledger: ledger.renew()),
    Operation("capture", lambda ledger: ledger.hold(work=TEN), lambda ledger: ledger.capture()),
    Operation("release", lambda ledger: ledger.hold(work=TEN), lambda ledger: ledger.release()),
    Operation("refund", lambda ledger: ledger.charge(), lambda ledger: ledger.refund(_charge_id(ledger), 500)),
    Operation("grant", _nothing, lambda ledger: ledger.give(1_000)),
    Operation("upgrade", lambda ledger: ledger.charge(), lambda ledger: ledger.tier("creator")),
    Operation("settling", _spend_and_wait, lambda ledger: ledger.settle()),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_break_at_any_statement_leaves_all_or_nothing(ledger: Ledger, operation: Operation) -> None:
    operation.before(ledger)
    untouched = (ledger.digest(), _holds(ledger))
    statement = 1
    while _breaks(ledger, operation, statement):
        assert (ledger.digest(), _holds(ledger)) == untouched
        ledger.require_sound()
        statement += 1
    assert statement > 3
    done = (ledger.digest(), _holds(ledger))
    for _ in range(4):
        operation.act(ledger)
        assert (ledger.digest(), _holds(ledger)) == done
    ledger.require_sound()


def _breaks(ledger: Ledger, operation: Operation, statement: int) -> bool:
    try:
        with at_statement(ledger.database, statement, break_down):
            operation.act(ledger)
    except Broken:
        return True
    return False


def _holds(ledger: Ledger) -> list[tuple[object, ...]]:
    return ledger.rows("SELECT id, state, expires_at FROM credit_holds ORDER BY id")
