"""Every worked example of the price list, charged on both databases, exact to the thousandth of a credit."""

import sys

from donecast.credits import service
from donecast.credits.rules.rates import DEFAULT_CARD
from donecast.kit.money import credits_text
from proofs.harness import table
from proofs.ledgers import makers
from tests.support.ledgers import ANN
from tests.support.worked_examples import EXAMPLES

DURATION = "about half a minute"


def main(arguments: list[str]) -> int:
    del arguments
    rows: list[tuple[object, ...]] = []
    right = 0
    with makers() as engines:
        for example in EXAMPLES:
            charged = {}
            for engine, make in engines.items():
                ledger = make()
                ledger.tier("creator")
                given_mc = ledger.available() or 0
                for number, work in enumerate(example.work):
                    ledger.charge(f"op{number}", work)
                with ledger.database.reading() as session:
                    quoted_mc = service.quote(session, ledger.clock, ANN, example.work).total_mc
                    used_mc = service.usage(session, ledger.clock, ANN).used_mc
                ledger.require_sound()
                left_mc = ledger.available() or 0
                charged[engine] = {quoted_mc, used_mc, given_mc - left_mc}
                ledger.database.dispose()
            well = all(amounts == {example.total_mc} for amounts in charged.values())
            right += well
            shown = [" ".join(credits_text(mc) for mc in sorted(amounts)) for amounts in charged.values()]
            rows.append((example.name, credits_text(example.total_mc), *shown, "right" if well else "WRONG"))
    print(table(rows, ("example", "must cost", *engines, "")))
    print(f"\nPrices of version {DEFAULT_CARD.version}. Quoted, charged and left are compared each time.")
    print(f"B1: {right} of {len(EXAMPLES)} worked examples exact to the thousandth on {len(engines)} databases")
    return 0 if right == len(EXAMPLES) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
