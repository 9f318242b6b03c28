"""What a person sees: usage of the period, the statement that adds up, earlier minutes, and time that misbehaves."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from donecast.credits import service
from donecast.credits.errors import LegacyInvalid
from donecast.credits.rules.entries import CHARGE_REASONS
from donecast.credits.rules.legacy import LegacyRow
from donecast.credits.rules.pricing import Assembly, Speech, Transcription
from donecast.credits.service import Usage
from tests.support.ledgers import ANN, BEN, NOON, Ledger


def usage(ledger: Ledger, who: str = ANN) -> Usage:
    with ledger.database.reading() as session:
        return service.usage(session, ledger.clock, who)


def bring(ledger: Ledger, *rows: LegacyRow) -> tuple[int, int]:
    with ledger.database.transaction() as session:
        accounts = {"ann@example.com": ANN, ANN: ANN, "ben@example.com": BEN}
        return service.import_legacy(session, ledger.clock, rows, accounts, actor="tests")


def test_usage_adds_up_and_names_every_action(ledger: Ledger) -> None:
    ledger.tier("creator")
    ledger.charge("a", Transcription(600_000))
    ledger.charge("b", Speech(30_000, "elevenlabs", "Hello"))
    refunded = ledger.charge("c", Assembly(600_000)).entry
    ledger.refund(refunded.id, 4_000)
    seen = usage(ledger)
    assert set(CHARGE_REASONS) <= set(seen.by_action)
    assert dict(seen.by_action) == {
        "TTS_GENERATION": 2_250,
        "TRANSCRIPTION": 15_000,
        "ASSEMBLY": 6_000,
        "STORAGE": 0,
        "AUPHONIC_PROCESSING": 0,
    }
    assert seen.used_mc == 23_250
    assert seen.remaining_mc == 450_000 - 23_250
    assert seen.max_mc == 450_000
    assert [one.reason for one in seen.recent] == ["ASSEMBLY", "TTS_GENERATION", "TRANSCRIPTION"]


def test_used_is_what_was_charged_and_not_allowance_less_balance(ledger: Ledger) -> None:
    ledger.give(1_000_000)
    ledger.charge(work=Transcription(600_000))
    seen = usage(ledger)
    assert (seen.used_mc, seen.max_mc, seen.remaining_mc) == (15_000, 90_000, 1_075_000)
    empty = usage(ledger, BEN)
    assert (empty.used_mc, empty.remaining_mc, empty.recent) == (0, 90_000, ())


def test_the_last_ten_charges_are_shown_newest_first(ledger: Ledger) -> None:
    for number in range(12):
        ledger.charge(f"op{number:02d}", Speech(1_000, "standard", f"Text {number}"))
    assert [one.notes for one in usage(ledger).recent] == [f"TTS: Text {number}" for number in range(11, 1, -1)]


def test_a_refund_counts_where_its_charge_counted(ledger: Ledger) -> None:
    charge = ledger.charge(work=Transcription(600_000)).entry
    ledger.wait(days=25)
    ledger.refund(charge.id)
    assert usage(ledger).used_mc == 0


def test_no_note_of_the_statement_is_a_formula(ledger: Ledger) -> None:
    link = '=HYPERLINK("http://evil.example","Episode 3")'
    bring(ledger, LegacyRow("1", ANN, 1_000, NOON + timedelta(minutes=1), link))
    with ledger.database.reading() as session:
        cells = [service.statement_cells(row) for row in service.statement(session, ANN)]
    notes = service.STATEMENT_COLUMNS.index("notes")
    assert f"'{link}" in [row[notes] for row in cells]
    assert not any(row[notes].startswith(("=", "+", "-", "@")) for row in cells)


def test_forty_five_earlier_minutes_leave_what_the_price_list_says(ledger: Ledger) -> None:
    ledger.tier("creator")
    ledger.charge("spend the free month", Transcription(3_600_000))
    ledger.give(90_000)
    assert bring(ledger, LegacyRow("1", ANN, 45_000, NOON + timedelta(minutes=1), "Episode 3")) == (1, 0)
    seen = usage(ledger)
    assert seen.by_action["LEGACY_IMPORT"] == 67_500
    assert seen.remaining_mc == 450_000 - 67_500
    assert seen.max_minutes_thousandths == 300_000
    assert seen.remaining_minutes_thousandths == 255_000
    assert ledger.rows("SELECT minutes_thousandths FROM credit_entries WHERE reason = 'LEGACY_IMPORT'") == [(45_000,)]
    ledger.require_sound()


def test_a_second_import_changes_nothing_and_a_changed_line_is_refused(ledger: Ledger) -> None:
    rows = [LegacyRow(str(number), "ann@example.com", 1_500, NOON, "") for number in range(3)]
    assert bring(ledger, *rows) == (3, 0)
    before = ledger.digest()
    assert bring(ledger, *rows) == (0, 3)
    assert ledger.digest() == before
    with pytest.raises(Exception, match="other details"):
        bring(ledger, LegacyRow("0", "ann@example.com", 1_501, NOON, ""))


def test_minutes_of_past_periods_take_nothing_from_this_one(ledger: Ledger) -> None:
    long_ago = datetime(2025, 11, 3, tzinfo=UTC)
    bring(ledger, LegacyRow("1", ANN, 100_000, long_ago), LegacyRow("2", ANN, 100_000, NOON))
    assert ledger.available() == 0
    assert usage(ledger).used_mc == 150_000
    pots = dict(ledger.rows("SELECT pot, sum(amount_mc) FROM credit_postings GROUP BY pot"))
    assert int(pots["adjust"]) == -210_000
    ledger.require_sound()


def test_earlier_minutes_can_be_given_back(ledger: Ledger) -> None:
    bring(ledger, LegacyRow("2", ANN, 100_000, NOON))
    charge = ledger.rows("SELECT id FROM credit_entries WHERE act = 'charge'")[0][0]
    ledger.refund(charge, 100_000, "a")
    assert ledger.available() == 90_000
    ledger.refund(charge, None, "b")
    assert ledger.available() == 90_000
    assert usage(ledger).used_mc == 0
    ledger.require_sound()


def test_an_unknown_account_stops_the_import_and_keeps_nothing(ledger: Ledger) -> None:
    with pytest.raises(LegacyInvalid, match="'eve'"):
        bring(ledger, LegacyRow("1", ANN, 1_000, NOON), LegacyRow("2", "eve", 1_000, NOON))
    assert ledger.rows("SELECT count(*) FROM credit_entries") == [(0,)]


def test_the_statement_adds_up_to_the_balance_shown(ledger: Ledger) -> None:
    ledger.give(20_000)
    charge = ledger.charge("a", Transcription(4_000_000)).entry
    ledger.refund(charge.id, 1_234)
    ledger.hold("b", Assembly(60_000))
    ledger.wait(minutes=40)
    ledger.hold("c", Assembly(60_000))
    ledger.wait(days=40)
    ledger.settle()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(service.STATEMENT_COLUMNS)
    with ledger.database.reading() as session:
        for row in service.statement(session, ANN):
            writer.writerow(service.statement_cells(row))
    rows = list(csv.DictReader(io.StringIO(text.getvalue())))
    available = sum(int(row["change"].replace(".", "")) for row in rows)
    assert available == ledger.available()
    assert rows[-1]["balance"] == f"{available // 1000}.{available % 1000:03d}"
    assert rows[-1]["set_aside"] == "0.000"
    assert [int(row["number"]) for row in rows] == list(range(1, len(rows) + 1))
    assert any("66.667 min × 1.500 = 100.000" in row["formula"] for row in rows)


def test_a_clock_that_goes_back_moves_no_amount_and_no_period(ledger: Ledger) -> None:
    ledger.wait(days=30)
    ledger.charge("april")
    before = ledger.balance()
    ledger.clock.advance(timedelta(days=-60))
    ledger.charge("earlier")
    assert ledger.balance().period == before.period
    assert ledger.available() == 87_000
    ledger.wait(days=60)
    assert ledger.available() == 87_000
    ledger.require_sound()


def test_a_clock_that_jumps_ahead_ends_what_is_due_once(ledger: Ledger) -> None:
    ledger.hold("op", Transcription(600_000))
    ledger.wait(days=4_000)
    ledger.settle()
    assert ledger.available() == 90_000
    ledger.require_sound()


@pytest.mark.parametrize("moment", ["2026-03-31T23:59:59.999000", "2026-03-31T23:59:59.999999"])
def test_the_last_instant_of_a_month_is_charged_to_it_alone(ledger: Ledger, moment: str) -> None:
    last = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    ledger.clock.advance(last - ledger.clock.now())
    ledger.charge("last", Transcription(600_000))
    assert usage(ledger).used_mc == 15_000
    ledger.clock.advance(datetime(2026, 4, 1, tzinfo=UTC) - last)
    assert usage(ledger).used_mc == 0
    ledger.charge("first")
    assert usage(ledger).used_mc == 1_500
    assert ledger.available() == 88_500
    ledger.require_sound()


def test_what_was_bought_survives_months_tiers_and_refunds(ledger: Ledger) -> None:
    ledger.give(50_000, "bought")
    ledger.tier("creator")
    charge = ledger.charge("big", Transcription(19_200_000)).entry
    assert ledger.available() == 20_000
    assert ledger.rows("SELECT remaining_mc FROM credit_grants WHERE kind = 'purchased'") == [(20_000,)]
    ledger.refund(charge.id)
    ledger.tier("free")
    for _ in range(3):
        ledger.wait(days=31)
        ledger.settle()
        left = ledger.rows("SELECT remaining_mc FROM credit_grants WHERE kind = 'purchased'")
        assert left == [(50_000,)]
    assert ledger.available() == 140_000
    ledger.require_sound()
