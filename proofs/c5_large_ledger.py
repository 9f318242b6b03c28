"""A ledger of a million entries: how long a charge, a balance, a hold with its capture, and a full audit take.

The promise is PostgreSQL's: charge p99 at most 20 ms, balance p99 at most 5 ms, reconciliation at most 60 s. SQLite is
shown beside it. ``--entries`` makes it smaller.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from random import Random

from donecast.credits import service
from proofs.harness import table
from proofs.ledgers import ENGINES, fill, makers
from tests.support.ledgers import MINUTE, Ledger

DURATION = "about 10 minutes"
_PEOPLE = 2_000
_SAMPLES = 1_000
_CHARGE_MS_MAX, _BALANCE_MS_MAX, _RECONCILE_SECONDS_MAX = 20, 5, 60


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove C5")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_args(arguments)
    rows: list[tuple[object, ...]] = []
    well = True
    figures = ""
    with makers(options.engines) as engines:
        for engine, make in engines.items():
            ledger = make()
            people = min(_PEOPLE, max(1, options.entries // 10))
            begun = time.monotonic()
            entries = fill(ledger, people, options.entries)
            if engine == "postgres":
                ledger.rows("SELECT 1")
                with ledger.database.writing_engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
            filled = time.monotonic() - begun
            charge = _times(ledger, people, lambda one, who, name: one.charge(name, MINUTE, who))
            balance = _times(ledger, people, lambda one, who, _name: one.balance(who))
            job = _times(ledger, people, _hold_and_capture)
            reconcile, agrees = _timed(ledger, service.reconcile)
            chain, holds = _timed(ledger, service.verify_chain)
            rows.append(
                (
                    engine,
                    f"{entries:,d}",
                    f"{filled:.0f} s",
                    *(f"{p50:.1f} / {p99:.1f}" for p50, p99 in (charge, balance, job)),
                    f"{reconcile:.1f} s",
                    f"{chain:.1f} s",
                )
            )
            figures += f"; {engine}: charge p99 {charge[1]:.1f} ms, balance p99 {balance[1]:.1f} ms, "
            figures += f"reconcile {reconcile:.1f} s"
            well = well and agrees and holds
            if engine == "postgres":
                within = charge[1] <= _CHARGE_MS_MAX and balance[1] <= _BALANCE_MS_MAX
                well = well and within and reconcile <= _RECONCILE_SECONDS_MAX
    heads = ("database", "entries", "filled in", "charge p50/p99 ms", "balance p50/p99 ms", "hold+capture p50/p99 ms")
    print(table(rows, (*heads, "reconcile", "chain")))
    print(f"C5: {options.entries:,d} entries{figures}")
    return 0 if well else 1


def _hold_and_capture(ledger: Ledger, who: str, name: str) -> None:
    ledger.hold(f"job:{name}", MINUTE, who)
    ledger.capture(f"job:{name}", MINUTE, who)


def _times(ledger: Ledger, people: int, act: Callable[[Ledger, str, str], object]) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds, after a few that are not counted."""
    chance, taken = Random(5), []
    for number in range(_SAMPLES + 50):
        who = f"acc_{chance.randrange(people):06d}"
        begun = time.perf_counter()
        act(ledger, who, f"sample:{number}")
        taken.append((time.perf_counter() - begun) * 1_000)
    counted = taken[50:]
    return statistics.median(counted), statistics.quantiles(counted, n=100)[98]


def _timed(ledger: Ledger, audit: Callable[..., service.Audit]) -> tuple[float, bool]:
    begun = time.monotonic()
    with ledger.database.snapshot() as session:
        found = audit(session)
    for finding in found.findings[:5]:
        print(finding, file=sys.stderr)
    return time.monotonic() - begun, found.well


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
