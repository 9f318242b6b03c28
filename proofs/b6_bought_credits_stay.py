"""Bought credits outlive months, tiers and refunds; an instant belongs to one period; leap days and clocks that jump.

Three tables: a story told on both databases, instants around the end of a month, and months of zones whose clocks jump.
"""

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from donecast.credits import service
from donecast.credits.rules.periods import month_name, month_named, period_at
from donecast.credits.rules.pricing import Transcription
from donecast.kit.money import credits_text
from proofs.harness import table
from proofs.ledgers import makers
from tests.support.ledgers import ANN, MINUTE, Ledger

DURATION = "about half a minute"
_BOUGHT_MC = 50_000
_JUMPS = (
    ("America/New_York", "2026-03-08T01:59:59.999", "2026-03-08T03:00:00", "2026-03"),
    ("Europe/Berlin", "2026-03-29T01:59:59.999", "2026-03-29T03:00:00", "2026-03"),
    ("Europe/Berlin", "2026-10-25T02:59:59.999", "2026-10-25T03:00:00", "2026-10"),
    ("Pacific/Auckland", "2026-04-01T12:59:59.999", "2026-04-01T13:00:00", "2026-03 2026-04"),
    ("America/Los_Angeles", "2026-10-31T16:59:59.999", "2026-10-31T17:00:00", "2026-10 2026-11"),
)
_LEAPS = (
    ("2028-01-31", "2028-02-29", "2028-03-31"),
    ("2027-01-31", "2027-02-28", "2027-03-31"),
    ("2028-02-29", "2029-02-28", "2029-03-29"),
    ("2028-02-29", "2032-02-29", "2032-03-29"),
)


def main(arguments: list[str]) -> int:
    del arguments
    checks = wrong = 0
    with makers() as engines:
        for engine, make in engines.items():
            rows, bad = _story(make())
            print(f"{engine}\n{table(rows, ('what happened', 'available', 'of it bought', ''))}\n")
            rows, worse = _edge(make())
            print(f"{table(rows, ('charged at', 'used in March', 'used in April', ''))}\n")
            checks, wrong = checks + 2, wrong + bad + worse
    rows, bad = _calendar()
    print(table(rows, ("where", "before", "after", "period", "")))
    wrong += bad
    print(
        f"B6: bought credits whole after three month ends, two tier changes and a refund on {' and '.join(engines)}; "
        f"{len(rows)} lines of leap days and jumping clocks; {wrong} wrong"
    )
    return 1 if wrong else 0


def _story(ledger: Ledger) -> tuple[list[tuple[object, ...]], int]:
    rows: list[tuple[object, ...]] = []

    def note(what: str, expected_mc: int, bought_mc: int = _BOUGHT_MC) -> None:
        left = ledger.rows("SELECT remaining_mc FROM credit_grants WHERE kind = 'purchased'")[0][0]
        well = (ledger.available(), left) == (expected_mc, bought_mc)
        rows.append((what, credits_text(ledger.available() or 0), credits_text(left), "right" if well else "WRONG"))

    ledger.give(_BOUGHT_MC, "payment")
    note("50 bought, 90 of the month", 140_000)
    ledger.tier("creator")
    note("creator instead of free: the difference at once", 500_000)
    charge = ledger.charge("big", Transcription(18_800_000)).entry
    note("470 charged", 30_000, 30_000)
    ledger.refund(charge.id)
    note("given back", 500_000)
    ledger.tier("free")
    note("free from the next period", 500_000)
    for expected_mc, what in ((140_000, "first"), (140_000, "second"), (140_000, "third")):
        ledger.wait(days=31)
        ledger.settle()
        note(f"{what} month end", expected_mc)
    ledger.require_sound()
    return rows, sum(row[-1] == "WRONG" for row in rows)


def _edge(ledger: Ledger) -> tuple[list[tuple[object, ...]], int]:
    rows: list[tuple[object, ...]] = []
    end = datetime(2026, 4, 1, tzinfo=UTC)
    used = {}
    for number, instant in enumerate((end - timedelta(milliseconds=1), end - timedelta(microseconds=1), end)):
        ledger.clock.advance(instant - ledger.clock.now())
        ledger.charge(f"edge:{number}", MINUTE)
        with ledger.database.reading() as session:
            used[instant] = service.usage(session, ledger.clock, ANN)
        march = used[instant].used_mc if used[instant].period == month_named("2026-03") else 0
        april = used[instant].used_mc if used[instant].period == month_named("2026-04") else 0
        well = (march, april) == ((1_500 * (number + 1), 0) if number < 2 else (0, 1_500))
        rows.append(
            (
                instant.isoformat(timespec="microseconds"),
                credits_text(march),
                credits_text(april),
                "right" if well else "WRONG",
            )
        )
    return rows, sum(row[-1] == "WRONG" for row in rows)


def _calendar() -> tuple[list[tuple[object, ...]], int]:
    rows: list[tuple[object, ...]] = []
    for zone, before, after, months in _JUMPS:
        names = [month_name(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))) for text in (before, after)]
        well = " ".join(dict.fromkeys(names)) == months
        rows.append((zone, before, after, months, "right" if well else "WRONG"))
    for anchor, start, end in _LEAPS:
        first, here, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (anchor, start, end))
        period = period_at(here, first)
        instant_before = period_at(here - timedelta(microseconds=1), first)
        well = (period.start, period.end, instant_before.end) == (here, last, here)
        rows.append(
            (f"subscribed {anchor}", f"to {start}", f"from {start}", f"{start} {end}", "right" if well else "WRONG")
        )
    return rows, sum(row[-1] == "WRONG" for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
