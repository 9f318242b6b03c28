"""64 workers charge one account at once and cannot overdraw it; the naive way, look then charge, must.

``./dev prove C2`` makes 100 attempts each, ``./dev prove C2 --attempts 10000`` those of the promise.
"""

import argparse
import sys
import time

from donecast.credits.errors import NotEnoughCredits
from donecast.credits.rules.pricing import Transcription
from proofs.harness import table
from proofs.ledgers import ENGINES, makers
from tests.support.ledgers import Ledger
from tests.support.naive_ledger import run_threads, sold_by_naive

DURATION = "about 2 minutes; --attempts 10000 takes an hour"
_SECOND = Transcription(1_000)
_PRICE_MC = 25


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove C2")
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--attempts", type=int, default=100, help="attempts of each worker (100)")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_args(arguments)
    rows: list[tuple[object, ...]] = []
    well = True
    with makers(options.engines, pool_size=options.workers // 2) as engines:
        for engine, make in engines.items():
            begun = time.monotonic()
            affordable, accepted, left_mc, wrong = _race(make(), options.workers, options.attempts)
            seconds = time.monotonic() - begun
            naive = sold_by_naive(make().database, affordable=200, workers=options.workers, attempts=20)
            overdraft = max(0, accepted - affordable)
            well = well and not overdraft and accepted == affordable and not left_mc and not wrong and naive > 200
            attempts = options.workers * options.attempts
            rate = f"{attempts / seconds:.0f}/s"
            rows.append(
                (engine, f"{attempts:,d}", f"{affordable:,d}", f"{accepted:,d}", overdraft, rate, f"{naive} of 200")
            )
    print(table(rows, ("database", "attempts", "affordable", "accepted", "overdraft", "attempts", "naive sold")))
    overdrafts = sum(int(str(row[4])) for row in rows)
    print(
        f"C2: {options.workers} workers x {options.attempts:,d} attempts on one account: {overdrafts} overdrafts on "
        f"{' and '.join(engines)}; the naive way sold {', '.join(str(row[6]) for row in rows)}"
    )
    return 0 if well else 1


def _race(ledger: Ledger, workers: int, attempts: int) -> tuple[int, int, int, int]:
    """Affordable charges, accepted ones, what is left, and how many audits fail."""
    # A quarter of the attempts can be paid for, so that every worker meets both answers.
    affordable = max(workers, workers * attempts // 4)
    ledger.give(_PRICE_MC * affordable)
    ledger.charge("allowance", Transcription(3_600_000))
    accepted = [0] * workers

    def work(number: int) -> None:
        for attempt in range(attempts):
            try:
                ledger.charge(f"op:{number}:{attempt}", _SECOND)
            except NotEnoughCredits:
                continue
            accepted[number] += 1

    run_threads(work, workers)
    try:
        ledger.require_sound()
        wrong = 0
    except AssertionError as error:
        print(error, file=sys.stderr)
        wrong = 1
    return affordable, sum(accepted), ledger.available() or 0, wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
