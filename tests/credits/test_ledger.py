"""The ledger on both engines: what each use case writes, what it refuses, and that the tables refuse the rest."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from donecast.credits import service
from donecast.credits.errors import (
    AmountMissing,
    NoSuchCharge,
    NoSuchTier,
    NotEnoughCredits,
    OperationDiffers,
    ReasonMissing,
    RefundTooLarge,
    WorkInvalid,
)
from donecast.credits.models import APPEND_ONLY
from donecast.credits.rules.pricing import Assembly, Line, Speech, Storage, Transcription, quote
from donecast.credits.rules.rates import DEFAULT_CARD
from donecast.credits.rules.tiers import DEFAULT_TIERS
from tests.support.ledgers import ANN, BEN, MINUTE, Ledger
from tests.support.worked_examples import EXAMPLES, Example


def test_a_fresh_install_has_the_tiers_and_the_price_list(ledger: Ledger) -> None:
    with ledger.database.reading() as session:
        assert tuple(service.all_tiers(session)) == DEFAULT_TIERS
        assert service.rate_card(session) == DEFAULT_CARD


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_worked_example_on_the_ledger(ledger: Ledger, example: Example) -> None:
    ledger.tier("pro")
    charges = [ledger.charge(f"op:{number}", work) for number, work in enumerate(example.work)]
    assert sum(charge.amount_mc for charge in charges) == example.total_mc
    assert ledger.available() == 1_500_000 - example.total_mc
    with ledger.database.reading() as session:
        assert service.quote(session, ledger.clock, ANN, example.work).total_mc == example.total_mc
        assert service.usage(session, ledger.clock, ANN).used_mc == example.total_mc
    ledger.require_sound()


def test_who_never_had_credits_has_the_first_tiers_allowance_and_looking_writes_nothing(ledger: Ledger) -> None:
    balance = ledger.balance()
    assert (balance.tier.id, balance.available_mc, balance.held_mc) == ("free", 90_000, 0)
    assert ledger.rows("SELECT count(*) FROM credit_wallets") == [(0,)]
    ledger.charge()
    assert ledger.entries() == [("grant", "GRANT_MONTHLY", 90_000), ("charge", "TRANSCRIPTION", 1_500)]
    assert ledger.available() == 88_500
    assert ledger.available(BEN) == 90_000


def test_the_first_charge_answers_its_entry_and_how_it_came_about(ledger: Ledger) -> None:
    with ledger.database.transaction() as session:
        charge = service.charge_for_assembly(
            session,
            ledger.clock,
            ANN,
            operation_id="op",
            duration_ms=630_000,
            pipeline="auphonic",
            episode_id="ep_1",
            actor="acc_x",
        )
    entry, draft, breakdown = charge.entry, charge.entry.draft, charge.breakdown
    assert (breakdown.total_credits, breakdown.pipeline, breakdown.provider) == ("20.500", "auphonic", None)
    assert breakdown.lines == quote(DEFAULT_CARD, "free", [Assembly(630_000, "auphonic")]).lines
    assert (draft.reason, draft.amount_mc, draft.rate_card_version) == ("ASSEMBLY", 20_500, 1)
    assert draft.notes == "Episode assembly (10.5 min, Auphonic)"
    assert (draft.episode_id, entry.actor, entry.sequence) == ("ep_1", "acc_x", 2)
    assert sum(posting.amount_mc for posting in draft.postings) == 0


def test_each_kind_of_work_has_its_service(ledger: Ledger) -> None:
    ledger.tier("pro")
    with ledger.database.transaction() as session:
        spoken = service.charge_for_tts_generation(
            session, ledger.clock, ANN, operation_id="a", duration_ms=30_000, text="Hello", provider="elevenlabs"
        )
        heard = service.charge_for_transcription(session, ledger.clock, ANN, operation_id="b", duration_ms=600_000)
        other = service.charge_credits(
            session,
            ledger.clock,
            ANN,
            operation_id="c",
            reason="AUPHONIC_PROCESSING",
            lines=[Line("other", 7), Line("other", 5)],
            notes="By hand",
        )
    assert (spoken.breakdown.total_credits, spoken.breakdown.provider) == ("2.250", "elevenlabs")
    assert (heard.breakdown.total_credits, heard.breakdown.pipeline) == ("15.000", "standard")
    assert (other.breakdown.total_mc, len(other.breakdown.lines)) == (12, 2)
    ledger.require_sound()


def test_the_same_operation_answers_the_first_result_and_charges_once(ledger: Ledger) -> None:
    first = ledger.charge()
    ledger.wait(days=3)
    assert ledger.charge() == first
    assert ledger.available() == 88_500
    with pytest.raises(OperationDiffers):
        ledger.charge(work=Transcription(60_001))
    with pytest.raises(OperationDiffers):
        ledger.charge(work=Assembly(60_000))
    assert ledger.charge(who=BEN).entry.id != first.entry.id
    ledger.require_sound()


def test_too_little_refuses_with_figures_and_stores_nothing(ledger: Ledger) -> None:
    ledger.charge("most", Transcription(3_500_000))
    before = ledger.digest()
    with pytest.raises(NotEnoughCredits) as refused:
        ledger.charge("more", Transcription(600_000))
    assert refused.value.details == {"required": "15.000", "available": "2.500", "shortfall": "12.500"}
    assert ledger.digest() == before
    ledger.give(20_000)
    assert ledger.charge("more", Transcription(600_000)).amount_mc == 15_000
    ledger.require_sound()


def test_a_charge_takes_the_allowance_first_and_what_was_bought_last(ledger: Ledger) -> None:
    ledger.give(50_000)
    charge = ledger.charge(work=Transcription(4_000_000))
    amounts = [draw.amount_mc for draw in charge.entry.draft.draws]
    assert amounts == [90_000, 10_000]
    assert ledger.available() == 40_000


def test_unlimited_writes_every_charge_and_touches_no_grant(ledger: Ledger) -> None:
    ledger.give(50_000)
    assert ledger.tier("unlimited") == "unlimited"
    ledger.hold("held", Transcription(600_000_000))
    ledger.capture("held", Transcription(60_000_000))
    ledger.charge("op", Transcription(600_000_000))
    balance = ledger.balance()
    assert (balance.available_mc, balance.unlimited, balance.held_mc) == (None, True, 0)
    with ledger.database.reading() as session:
        usage = service.usage(session, ledger.clock, ANN)
        assert (usage.used_mc, usage.max_mc, usage.remaining_mc) == (16_500_000, None, None)
        assert service.check_sufficient_credits(session, ledger.clock, ANN, 10**12).sufficient
    ledger.tier("free", at_once=True)
    assert ledger.available() == 140_000
    ledger.require_sound()


def test_asking_whether_there_is_enough_says_what_is_missing(ledger: Ledger) -> None:
    with ledger.database.reading() as session:
        enough = service.check_sufficient_credits(session, ledger.clock, ANN, 90_000)
        short = service.check_sufficient_credits(session, ledger.clock, ANN, 90_001)
    assert (enough.sufficient, enough.shortfall_mc) == (True, 0)
    assert (short.sufficient, short.available_mc, short.shortfall_mc) == (False, 90_000, 1)


def test_a_refund_goes_to_what_was_drawn_last_and_never_above_the_charge(ledger: Ledger) -> None:
    ledger.give(50_000)
    charge = ledger.charge(work=Transcription(4_000_000)).entry
    ledger.refund(charge.id, 12_000, "one")
    assert ledger.available() == 52_000
    assert ledger.rows("SELECT kind, remaining_mc FROM credit_grants ORDER BY kind") == [
        ("monthly", 2_000),
        ("purchased", 50_000),
    ]
    again = ledger.refund(charge.id, 12_000, "one")
    assert again.draft.amount_mc == 12_000
    with pytest.raises(OperationDiffers):
        ledger.refund(charge.id, 12_001, "one")
    with pytest.raises(RefundTooLarge):
        ledger.refund(charge.id, 88_001, "two")
    assert ledger.refund(charge.id, None, "two").draft.amount_mc == 88_000
    with pytest.raises(RefundTooLarge):
        ledger.refund(charge.id, None, "three")
    assert ledger.available() == 140_000
    with ledger.database.reading() as session:
        assert service.usage(session, ledger.clock, ANN).by_action["TRANSCRIPTION"] == 0
    ledger.require_sound()


def test_a_refund_into_an_expired_grant_is_a_grant_of_thirty_days(ledger: Ledger) -> None:
    charge = ledger.charge(work=Transcription(2_000_000)).entry
    ledger.wait(days=25)
    ledger.refund(charge.id)
    assert ledger.available() == 90_000 + 50_000
    ledger.wait(days=29)
    assert ledger.available() == 90_000 + 50_000
    ledger.wait(days=1)
    assert ledger.available() == 90_000
    ledger.require_sound()


@pytest.mark.parametrize("wrong", [0, -1])
def test_nothing_is_given_back_or_given_in_amounts_that_are_none(ledger: Ledger, wrong: int) -> None:
    charge = ledger.charge().entry
    with pytest.raises(AmountMissing):
        ledger.refund(charge.id, wrong)
    with pytest.raises(AmountMissing):
        ledger.give(wrong)


def test_nobody_gets_another_ones_charge_back(ledger: Ledger) -> None:
    charge = ledger.charge().entry
    with pytest.raises(NoSuchCharge):
        ledger.refund(charge.id, who=BEN)
    with pytest.raises(NoSuchCharge):
        ledger.refund(ledger.rows("SELECT id FROM credit_entries WHERE act = 'grant'")[0][0])
    with ledger.database.transaction() as session, pytest.raises(ReasonMissing):
        service.refund_credits(session, ledger.clock, ANN, charge_id=charge.id, operation_id="x", why=" ")


def test_the_hand_of_an_admin_gives_and_takes_and_says_why(ledger: Ledger) -> None:
    def adjust(amount_mc: int, operation_id: str, why: str = "Sorry") -> int:
        with ledger.database.transaction() as session:
            return service.adjust_credits(
                session,
                ledger.clock,
                ANN,
                operation_id=operation_id,
                amount_mc=amount_mc,
                why=why,
                actor="acc_admin",
            ).draft.amount_mc

    assert adjust(10_000, "a") == adjust(10_000, "a") == 10_000
    assert ledger.available() == 100_000
    assert adjust(-40_000, "b") == adjust(-40_000, "b") == -40_000
    assert ledger.available() == 60_000
    with pytest.raises(NotEnoughCredits):
        adjust(-60_001, "c")
    with pytest.raises(ReasonMissing):
        adjust(1, "d", " ")
    with pytest.raises(AmountMissing):
        adjust(0, "e")
    with pytest.raises(OperationDiffers):
        adjust(11_000, "a")
    ledger.require_sound()


def test_what_is_unspent_of_a_purchase_can_be_taken_back_and_no_more(ledger: Ledger) -> None:
    ledger.give(50_000, "payment")
    ledger.charge(work=Transcription(4_000_000))
    with ledger.database.transaction() as session:
        taken = service.withdraw_grant(
            session, ledger.clock, ANN, granted_by="payment", operation_id="back", why="Charged back"
        )
        again = service.withdraw_grant(
            session, ledger.clock, ANN, granted_by="payment", operation_id="back", why="Charged back"
        )
    assert (taken, taken.draft.amount_mc) == (again, 40_000)
    assert ledger.available() == 0
    with ledger.database.transaction() as session, pytest.raises(NoSuchCharge):
        service.withdraw_grant(session, ledger.clock, ANN, granted_by="other", operation_id="b", why="x")
    ledger.require_sound()


def test_an_upgrade_gives_the_difference_at_once_and_a_downgrade_waits(ledger: Ledger) -> None:
    ledger.charge()
    assert ledger.tier("creator") == "creator"
    assert ledger.available() == 88_500 + 360_000
    assert ledger.tier("creator") == "creator"
    assert ledger.tier("pro") == "pro"
    assert ledger.available() == 88_500 + 360_000 + 1_050_000
    assert ledger.tier("free") == "pro"
    assert ledger.tier("pro") == "pro"
    assert ledger.tier("creator") == "pro"
    ledger.wait(days=31)
    assert ledger.balance().tier.id == "creator"
    assert ledger.available() == 450_000
    with pytest.raises(NoSuchTier):
        ledger.tier("gold")
    ledger.require_sound()


def test_going_up_and_down_and_up_gives_an_allowance_once(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.tier("creator")
        ledger.tier("free", at_once=True)
    ledger.tier("creator")
    assert ledger.available() == 450_000
    ledger.require_sound()


def test_a_month_without_anybody_looking_ends_all_the_same(ledger: Ledger) -> None:
    ledger.give(10_000)
    ledger.charge()
    ledger.wait(days=200)
    assert ledger.available() == 100_000
    ledger.settle()
    assert ledger.available() == 100_000
    assert [act for act, _, _ in ledger.entries()] == ["grant", "grant", "charge", "expire", "grant"]
    ledger.require_sound()


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_the_database_refuses_to_change_or_delete_what_was_written(ledger: Ledger, table: str, statement: str) -> None:
    ledger.charge()
    with ledger.database.transaction() as session:
        service.change_rates(session, ledger.clock, {"assembly_mc": 1}, actor="acc_admin", why="Sale")
    column = {"credit_postings": "amount_mc", "credit_rate_cards": "version"}.get(table, "id")
    with pytest.raises(DatabaseError, match="append-only"), ledger.database.transaction() as session:
        session.execute(text(statement.format(table, column, column)))
    assert ledger.rows(f"SELECT count(*) FROM {table}")[0][0] > 0


@pytest.mark.postgres
def test_postgres_refuses_to_empty_the_tables(ledger: Ledger) -> None:
    if ledger.database.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    for table in APPEND_ONLY:
        with pytest.raises(DatabaseError, match="append-only"), ledger.database.transaction() as session:
            session.execute(text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize("column", ["available_mc", "held_mc"])
def test_the_database_refuses_a_negative_balance(ledger: Ledger, column: str) -> None:
    ledger.charge()
    with pytest.raises(DatabaseError), ledger.database.transaction() as session:
        session.execute(text(f"UPDATE credit_wallets SET {column} = -1"))


def test_an_operations_id_has_a_length(ledger: Ledger) -> None:
    for wrong in ("", "x" * 121):
        with pytest.raises(WorkInvalid):
            ledger.charge(wrong)
    assert ledger.charge("x" * 120).amount_mc == 1_500


def test_a_transaction_that_fails_afterwards_leaves_nothing(ledger: Ledger) -> None:
    ledger.charge("first")
    before = ledger.digest()
    with pytest.raises(ZeroDivisionError), ledger.database.transaction() as session:
        service.charge_for_work(session, ledger.clock, ANN, MINUTE, operation_id="op")
        _ = 1 / 0
    assert ledger.digest() == before
    assert ledger.available() == 88_500
    ledger.require_sound()


def test_notes_and_quotes_know_storage_and_speech(ledger: Ledger) -> None:
    ledger.charge("s", Speech(1_000, "standard", "Hello there"))
    ledger.charge("b", Storage("2026-02", (10**9,) * 28))
    with ledger.database.reading() as session:
        recent = service.usage(session, ledger.clock, ANN).recent
    assert [one.notes for one in recent] == ["Monthly storage: 1.00 GB", "TTS: Hello there"]
