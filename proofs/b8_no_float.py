"""No float touches an amount: not in the code, not in the tables, not in what the ledger answers.

The rule float-money of ./dev check reads every file that handles amounts; here it must also find each of many planted
floats. Then the tables' columns are looked at, and every value that a busy ledger answers.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger

from donecast.credits import service
from donecast.credits.rules.pricing import Assembly, Speech, Transcription
from donecast.platform.database import Base
from proofs.harness import ROOT
from proofs.ledgers import makers
from tests.support.ledgers import ANN, Ledger
from tools.tidy import tracked_places
from tools.tidy_rules import FloatMoney, PythonFile

DURATION = "a few seconds"
_PLANTED = (
    "RATE = 1.5",
    "RATE = 1e3",
    "half = amount_mc / 2",
    "amount_mc /= 2",
    "amount_mc = float(text)",
    "amount_mc = round(amount_mc * rate)",
    "def f(amount_mc: float) -> None: ...",
    "text = f'{amount_mc:.3f}'",
    "text = '%.3f' % amount_mc",
    "text = '{:.3f}'.format(amount_mc)",
    "from math import floor",
    "from decimal import Decimal",
    "from fractions import Fraction",
    "import statistics",
    "column = mapped_column(Numeric(20, 6))",
    "column = sa.Float()",
    "mean = func.avg(EntryRow.amount_mc)",
    "total = func.total(EntryRow.amount_mc)",
)


def main(arguments: list[str]) -> int:
    del arguments
    rule = FloatMoney()
    places = [place for place in tracked_places(ROOT) if place.endswith(".py") and rule.applies(place)]
    found = [finding for place in places for finding in rule.find(_parsed(place, (ROOT / place).read_text("utf-8")))]
    missed = [text for text in _PLANTED if not list(rule.find(_parsed(places[0], text)))]
    columns = [
        column
        for one in Base.metadata.sorted_tables
        for column in one.columns
        if column.name.endswith(("_mc", "_thousandths")) and one.name.startswith("credit_")
    ]
    inexact = [column for column in columns if not isinstance(column.type, BigInteger)]
    with makers(("sqlite",)) as engines:
        values = list(_values(_answers(engines["sqlite"]())))
    floats = [value for value in values if isinstance(value, float)]
    for finding in found:
        print(f"{finding.place}:{finding.line}: {finding.what}")
    for text in missed:
        print(f"not found: {text}")
    print(f"{len(places)} files: {', '.join(sorted({str(Path(place).parent) for place in places}))}")
    planted = f"{len(_PLANTED) - len(missed)} of {len(_PLANTED)} planted ones found"
    print(
        f"B8: {len(found)} floats in {len(places)} files, {planted}, {len(inexact)} of {len(columns)} columns inexact, "
        f"{len(floats)} floats among {len(values)} answered values"
    )
    return 1 if found or missed or inexact or floats or not values else 0


def _parsed(place: str, text: str) -> PythonFile:
    return PythonFile(place, ast.parse(text))


def _answers(ledger: Ledger) -> list[object]:
    """What a busy ledger answers."""
    answers: list[object] = [ledger.give(12_345)]
    answers += [ledger.charge("a", Transcription(61_234)), ledger.charge("b", Speech(30_000, "elevenlabs", "Hello"))]
    answers += [ledger.hold("c", Assembly(600_000)), ledger.capture("c", Assembly(543_210, "auphonic"))]
    answers.append(ledger.refund(ledger.charge("d").entry.id, 7))
    with ledger.database.reading() as session:
        answers += [
            service.usage(session, ledger.clock, ANN),
            service.get_user_credit_balance(session, ledger.clock, ANN),
            service.check_sufficient_credits(session, ledger.clock, ANN, 10),
            service.quote(session, ledger.clock, ANN, (Transcription(1),)),
            service.rate_card(session),
            *service.all_tiers(session),
            *service.statement(session, ANN),
        ]
    answers += ledger.rows("SELECT available_mc, held_mc FROM credit_wallets")
    return answers


def _values(thing: object) -> Iterator[Any]:
    """Every leaf of a value."""
    if is_dataclass(thing) and not isinstance(thing, type):
        for one in fields(thing):
            yield from _values(getattr(thing, one.name))
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from _values(value)
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from _values(value)
    else:
        yield thing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
