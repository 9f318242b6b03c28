"""A ledger on paper and the real one agree after each of many random acts; balances, entries and chains are sound.

``./dev prove C1`` takes 2,000 acts on each database, ``./dev prove C1 --steps 500000`` a million in all. After each act
the answer, what can be spent and what is set aside are compared; after every 500 acts all projections with all entries,
and every chain. So entries sum to zero, nothing is overdrawn, a hold ends once and takes at most what it held, and
refunds stay below their charge, or paper and ledger differ.
"""

import argparse
import sys
import time
from collections import Counter

from proofs.harness import table
from proofs.ledgers import ENGINES, makers
from tests.support.ledger_walk import Acts, Disagreement, Walk

DURATION = "about 1 minute; --steps 500000 takes 2 hours, --engines sqlite half of them"
_ACTS_OF_ONE_PERSON = 2_000
_CHECK_EVERY = 500
_PEOPLE_TOGETHER = 10
"""So many share a database: checks look at all of it, and would take ever longer."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove C1")
    parser.add_argument("--steps", type=int, default=2_000, help="random acts on each database (2000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_args(arguments)
    rows: list[tuple[object, ...]] = []
    steps = violations = 0
    outcomes: Counter[str] = Counter()
    with makers(options.engines) as engines:
        for engine, make in engines.items():
            begun = time.monotonic()
            done, wrong = 0, 0
            entries = 0
            while done < options.steps and not wrong:
                person = done // _ACTS_OF_ONE_PERSON
                if person % _PEOPLE_TOGETHER == 0:
                    ledger = make()
                walking = Walk(ledger, f"acc_{person:06d}")
                acts = Acts(options.seed * 1_000_003 + person)
                try:
                    for number in range(1, min(_ACTS_OF_ONE_PERSON, options.steps - done) + 1):
                        walking.step(acts.next())
                        done += 1
                        if number % _CHECK_EVERY == 0:
                            ledger.require_sound()
                except (Disagreement, AssertionError) as error:
                    print(f"{engine}, seed {options.seed}, person {person}: {error}", file=sys.stderr)
                    wrong += 1
                outcomes += walking.outcomes
                if (person + 1) % _PEOPLE_TOGETHER == 0 or done >= options.steps or wrong:
                    entries += ledger.rows("SELECT count(*) FROM credit_entries")[0][0]
                    ledger.database.dispose()
                print(f"{engine}: {done:,d} acts", end="\r", file=sys.stderr)
            seconds = time.monotonic() - begun
            rows.append((engine, f"{done:,d}", f"{entries:,d}", wrong, f"{seconds:.0f} s"))
            steps, violations = steps + done, violations + wrong
    print(table([(name, f"{count:,d}") for name, count in sorted(outcomes.items())], ("act and answer", "times")))
    print("\n" + table(rows, ("database", "acts", "entries", "violations", "took")))
    print(f"C1: {steps:,d} random acts on {len(engines)} databases, {violations} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
