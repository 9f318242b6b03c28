"""Every operation of the ledger, sent 5 times at once, and killed before every one of its statements, has one effect.

For the second half a process does the operation and is killed (SIGKILL) before its nth statement, for every n up to the
commit; the ledger must then be as it was. At last it is let through, sent four more times, and must not change again.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from donecast.kit.clock import FixedClock
from donecast.kit.errors import DonecastError
from donecast.platform.database import Database
from proofs.harness import table
from proofs.ledgers import makers
from tests.credits.test_crashes import OPERATIONS, Operation
from tests.support.faults import dies_at
from tests.support.ledgers import Ledger
from tests.support.naive_ledger import run_threads

DURATION = "about 3 minutes"
_TIMES = 5


def main(arguments: list[str]) -> int:
    del arguments
    rows: list[tuple[object, ...]] = []
    kills = failures = 0
    with makers() as engines:
        for engine, make in engines.items():
            for operation in OPERATIONS:
                at_once = _at_once(make(), operation)
                killed, wrong = _killed(make(), operation)
                kills += killed
                failures += (at_once != 1) + wrong
                rows.append((engine, operation.name, f"{_TIMES} at once: {at_once} effect", f"{killed} kills", wrong))
    print(table(rows, ("database", "operation", "sent", "killed before each statement", "wrong states")))
    print(
        f"C3: {len(OPERATIONS)} operations on {len(engines)} databases, each sent {_TIMES} times at once and killed at "
        f"every statement ({kills} kills): {failures} times anything but one effect"
    )
    return 1 if failures else 0


def _state(ledger: Ledger) -> Any:
    holds = ledger.rows("SELECT id, state, expires_at FROM credit_holds ORDER BY id")
    return ledger.digest(), holds


def _at_once(ledger: Ledger, operation: Operation) -> int:
    """How many different states there were: after one of them, and after all."""
    operation.before(ledger)

    def act(number: int) -> None:
        del number
        try:
            operation.act(ledger)
        except DonecastError as error:
            print(f"{operation.name}: {error.code}", file=sys.stderr)
            raise

    run_threads(act, _TIMES)
    after = _state(ledger)
    operation.act(ledger)
    ledger.require_sound()
    return len({str(after), str(_state(ledger))})


def _killed(ledger: Ledger, operation: Operation) -> tuple[int, int]:
    """How many processes were killed, and how many left anything but what was there before."""
    operation.before(ledger)
    untouched = _state(ledger)
    ledger.database.dispose()  # a child must not inherit an open connection
    work: Callable[[Database], object] = partial(_act_on, operation=operation, now=ledger.clock)
    wrong, statement = 0, 1
    while dies_at(_url(ledger), statement, work):
        wrong += _state(ledger) != untouched
        ledger.require_sound()
        ledger.database.dispose()
        statement += 1
    done = _state(ledger)
    wrong += done == untouched and operation.name != "renewal"
    for _ in range(_TIMES - 1):
        operation.act(ledger)
    wrong += _state(ledger) != done
    ledger.require_sound()
    return statement - 1, wrong


def _act_on(database: Database, *, operation: Operation, now: FixedClock) -> None:
    operation.act(Ledger(database, now))


def _url(ledger: Ledger) -> str:
    return ledger.database.url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
