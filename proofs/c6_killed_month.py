"""The monthly run, allowances and storage, for 10,000 people: killed at 50 random points and resumed, the same ledger.

One copy of the people gets its month in one go, another in processes that are killed (SIGKILL) at random statements and
begun again. The digests of both ledgers must be equal, to the character. ``--people`` makes it smaller.
"""

import argparse
import sys
import time
from functools import partial
from random import Random

from donecast.credits import service, steps
from donecast.credits.service.opening import open_book
from donecast.kit.clock import FixedClock
from donecast.platform.database import Database
from proofs.harness import ProofFailed, table
from proofs.ledgers import ENGINES, makers
from tests.support.faults import at_statement, dies_at
from tests.support.ledgers import Ledger

DURATION = "about 15 minutes"
_MONTH = "2026-03"
_PEOPLE_AT_ONCE = 500


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove C6")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_args(arguments)
    rows: list[tuple[object, ...]] = []
    well = True
    with makers(options.engines) as engines:
        for engine, make in engines.items():
            begun = time.monotonic()
            whole, torn = make(), make()
            for ledger in (whole, torn):
                _people(ledger, options.people)
            with at_statement(whole.database, 0, _nothing) as seen:
                _month(whole.database, now=whole.clock)
            kills = _killed_month(torn, seen[0], options.kills)
            for ledger in (whole, torn):
                ledger.require_sound()
            same = whole.digest() == torn.digest()
            well = well and same and kills == options.kills
            seconds = f"{time.monotonic() - begun:.0f} s"
            rows.append(
                (engine, f"{options.people:,d}", f"{seen[0]:,d}", kills, "the same" if same else "ANOTHER", seconds)
            )
            print(f"{engine}: {whole.digest()}\n{engine}: {torn.digest()}")
    print(table(rows, ("database", "people", "statements", "kills", "ledger", "took")))
    ledgers = " and ".join(f"{row[4]} on {row[0]}" for row in rows)
    print(f"C6: monthly run of {options.people:,d} people, killed {options.kills} times and resumed: ledger {ledgers}")
    return 0 if well else 1


def _nothing() -> None: ...


def _people(ledger: Ledger, count: int) -> None:
    """People with a wallet, different balances, and bytes of which some cannot be paid."""
    chance = Random(6)
    for first in range(0, count, _PEOPLE_AT_ONCE):
        with ledger.database.transaction() as session:
            for number in range(first, min(count, first + _PEOPLE_AT_ONCE)):
                who = f"acc_{number:06d}"
                open_book(session, ledger.clock, who)
                service.sample_storage(session, ledger.clock, who, chance.randrange(60) * 10**9)
                if number % 10 == 0:
                    service.assign_tier(session, ledger.clock, who, "unlimited", actor="proof")
    ledger.wait(days=31)


def _month(database: Database, *, now: FixedClock) -> None:
    steps.begin_periods(database, now)
    steps.bill_storage(database, now, _MONTH)
    steps.pay_dues(database, now)


def _killed_month(ledger: Ledger, statements: int, wanted: int) -> int:
    """Kills the run so many times, spread over all of it, and lets it end; answers how often it was killed."""
    chance, kills = Random(7), 0
    ledger.database.dispose()  # a child must not inherit an open connection
    work = partial(_month, now=ledger.clock)
    while kills < wanted:
        # What was done is found and skipped with few statements, so each process comes further than the one before.
        if dies_at(ledger.database.url, 1 + chance.randrange(max(2, 2 * statements // (wanted + 10))), work):
            kills += 1
        elif kills < wanted:
            raise ProofFailed(f"the month was over after {kills} kills; take fewer kills or more people")
    _month(ledger.database, now=ledger.clock)
    return kills


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
