"""Prices are exact: worked examples, and random work of 0 to 24 hours against exact fractions; lines sum to the entry.

``--samples`` says how many random prices (a million by default).
"""

import argparse
import sys
from fractions import Fraction
from random import Random

from donecast.credits.rules.entries import EntryDraft, Posting, reason_of_work
from donecast.credits.rules.pricing import (
    Assembly,
    Pipeline,
    Provider,
    Speech,
    Transcription,
    Work,
    capped,
    price,
    total_mc,
)
from donecast.credits.rules.pricing import quote as quote_of
from donecast.credits.rules.rates import DEFAULT_CARD, Rates
from tests.support.ledgers import NOON
from tests.support.worked_examples import EXAMPLES

DURATION = "about a minute"
_DAY_MS = 24 * 3_600_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove C4")
    parser.add_argument("--samples", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    examples = sum(quote_of(DEFAULT_CARD, "free", one.work).total_mc == one.total_mc for one in EXAMPLES)
    chance = Random(4)
    wrong_price = wrong_sum = 0
    for _ in range(options.samples):
        rates, work = _rates(chance), _work(chance)
        line = price(rates, work)
        difference = _exact(rates, work) - line.amount_mc
        wrong_price += not Fraction(-1, 2) <= difference < Fraction(1, 2)
        lines = capped((line,), chance.choice((line.amount_mc, max(0, line.amount_mc - 7), 0)))
        amount_mc = total_mc(lines)
        entry = EntryDraft(
            "op",
            "charge",
            0,
            reason_of_work(work),
            amount_mc,
            (Posting("grant:a", -amount_mc), Posting("revenue:X", amount_mc)),
            NOON,
            lines=lines,
        )
        wrong_sum += sum(one.amount_mc for one in entry.lines) != entry.amount_mc
    print(f"{examples} of {len(EXAMPLES)} worked examples; {options.samples:,d} random prices, cards and durations")
    print(
        f"C4: {examples} of {len(EXAMPLES)} worked examples exact; of {options.samples:,d} random prices {wrong_price} "
        f"differ from the exact fraction rounded once, {wrong_sum} from the sum of their lines"
    )
    return 0 if examples == len(EXAMPLES) and not wrong_price and not wrong_sum else 1


def _rates(chance: Random) -> Rates:
    if chance.random() < 0.5:
        return Rates()
    return Rates(
        transcription_mc_per_minute=chance.randrange(10**5),
        speech_mc_per_minute=chance.randrange(10**5),
        assembly_mc=chance.randrange(10**5),
        assembly_mc_per_minute=chance.randrange(10**5),
        auphonic_thousandths=chance.randrange(10**4),
        elevenlabs_thousandths=chance.randrange(10**4),
        local_thousandths=chance.randrange(10**4),
    )


def _work(chance: Random) -> Work:
    duration_ms = chance.choice(
        (0, 1, 999, 1_000, 1_001, _DAY_MS, chance.randrange(_DAY_MS + 1), chance.randrange(60_000))
    )
    pipelines: tuple[Pipeline, ...] = ("standard", "auphonic", "local")
    providers: tuple[Provider, ...] = ("standard", "elevenlabs", "local")
    match chance.randrange(3):
        case 0:
            return Transcription(duration_ms, chance.choice(pipelines))
        case 1:
            return Assembly(duration_ms, chance.choice(pipelines))
    return Speech(duration_ms, chance.choice(providers))


def _exact(rates: Rates, work: Work) -> Fraction:
    """The price list once more, written as a person would say it."""
    assert isinstance(work, Transcription | Assembly | Speech)
    minutes = Fraction(max(1_000, work.duration_ms), 60_000)
    match work:
        case Transcription(pipeline=by):
            base = minutes * rates.transcription_mc_per_minute
        case Speech(provider=by):
            base = minutes * rates.speech_mc_per_minute
        case Assembly(pipeline=by):
            base = rates.assembly_mc + minutes * rates.assembly_mc_per_minute
            by = "auphonic" if by == "auphonic" else "standard"
    times = {
        "standard": 1_000,
        "auphonic": rates.auphonic_thousandths,
        "elevenlabs": rates.elevenlabs_thousandths,
        "local": rates.local_thousandths,
    }
    return base * Fraction(times[by], 1_000)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
