"""Audits find what somebody changed beside the program, and say where; balances can be set right, the chain cannot."""

import pytest
from sqlalchemy import text

from donecast.credits import service
from donecast.credits.rules.pricing import Transcription
from donecast.credits.service import Audit
from tests.support.ledgers import ANN, BEN, Ledger


def busy(ledger: Ledger) -> None:
    ledger.give(50_000)
    charge = ledger.charge("a", Transcription(4_000_000)).entry
    ledger.refund(charge.id, 5_000)
    ledger.hold("b")
    ledger.hold("c")
    ledger.capture("c", Transcription(30_000))
    ledger.charge("d", who=BEN)


def reconcile(ledger: Ledger) -> Audit:
    with ledger.database.reading() as session:
        return service.reconcile(session)


def verify(ledger: Ledger) -> Audit:
    with ledger.database.snapshot() as session:
        return service.verify_chain(session)


def test_a_sound_ledger_is_sound(ledger: Ledger) -> None:
    assert reconcile(ledger) == Audit(0, 0, ())
    busy(ledger)
    assert reconcile(ledger) == Audit(9, 2, ())
    assert verify(ledger) == Audit(9, 2, ())


# What an intruder does, and what sort of finding tells it.
_FALSE_BALANCES = [
    ("UPDATE credit_wallets SET available_mc = available_mc + 1 WHERE account_id = 'acc_ann'", "wallet_available"),
    ("UPDATE credit_wallets SET held_mc = held_mc + 1", "wallet_held"),
    ("UPDATE credit_wallets SET entry_count = entry_count + 1", "wallet_entries"),
    ("UPDATE credit_grants SET remaining_mc = remaining_mc + 1 WHERE kind = 'monthly'", "grant_remaining"),
]
_FALSE_ENTRIES = [
    ("UPDATE credit_holds SET amount_mc = amount_mc + 1 WHERE state = 'open'", "hold_open"),
    ("UPDATE credit_holds SET state = 'released' WHERE state = 'open'", "hold_open"),
    ("DELETE FROM credit_holds WHERE state = 'open'", "hold_elsewhere"),
    ("DELETE FROM credit_grants WHERE kind = 'purchased'", "grant_elsewhere"),
    ("UPDATE credit_postings SET amount_mc = amount_mc + 1 WHERE pot LIKE 'revenue:%'", "entry_not_zero"),
    ("UPDATE credit_entries SET available_change_mc = available_change_mc + 1 WHERE act = 'charge'", "entry_available"),
    ("UPDATE credit_entries SET held_change_mc = held_change_mc + 1 WHERE act = 'hold'", "entry_held"),
    ("UPDATE credit_entries SET amount_mc = 10000000 WHERE act = 'refund'", "refunds_over_charge"),
]


@pytest.mark.parametrize(("crime", "kind"), [*_FALSE_BALANCES, *_FALSE_ENTRIES])
def test_a_false_balance_is_found(ledger: Ledger, crime: str, kind: str) -> None:
    busy(ledger)
    with ledger.tampering() as session:
        session.execute(text(crime))
    audit = reconcile(ledger)
    assert not audit.well
    assert kind in {finding.kind for finding in audit.findings}
    assert all(finding.where for finding in audit.findings)


@pytest.mark.parametrize(("crime", "kind"), _FALSE_BALANCES)
def test_false_balances_are_set_right_from_the_entries(ledger: Ledger, crime: str, kind: str) -> None:
    busy(ledger)
    before = ledger.rows("SELECT account_id, available_mc, held_mc, entry_count, head_digest FROM credit_wallets")
    with ledger.tampering() as session:
        session.execute(text(crime))
    with ledger.database.transaction() as session:
        assert kind in {finding.kind for finding in service.rebuild(session).findings}
    after = ledger.rows("SELECT account_id, available_mc, held_mc, entry_count, head_digest FROM credit_wallets")
    assert sorted(after) == sorted(before)
    ledger.require_sound()
    ledger.charge("afterwards")
    ledger.require_sound()


_BROKEN_CHAINS = [
    "UPDATE credit_entries SET amount_mc = amount_mc + 1, lines = '[]' WHERE act = 'charge'",
    "UPDATE credit_entries SET notes = 'Nothing' WHERE act = 'charge'",
    "UPDATE credit_entries SET actor = 'somebody'",
    "UPDATE credit_entries SET digest = previous_digest WHERE act = 'refund'",
    "UPDATE credit_postings SET pot = 'revenue:OTHER' WHERE pot LIKE 'revenue:%'",
    "UPDATE credit_postings SET amount_mc = 0",
    "UPDATE credit_postings SET amount_mc = amount_mc + 1 WHERE position = 0",
    "DELETE FROM credit_postings WHERE pot LIKE 'hold:%'",
    "UPDATE credit_entries SET sequence = sequence + 100 WHERE act = 'refund'",
    "UPDATE credit_wallets SET head_digest = 'x'",
    "DELETE FROM credit_wallets",
    'UPDATE credit_entries SET lines = \'[{"kind":"other","amount_mc": 1}]\' WHERE act = \'charge\'',
]


@pytest.mark.parametrize("crime", _BROKEN_CHAINS)
def test_a_changed_entry_breaks_the_chain(ledger: Ledger, crime: str) -> None:
    busy(ledger)
    with ledger.tampering() as session:
        session.execute(text(crime))
    assert not verify(ledger).well


@pytest.mark.parametrize("which", ["max", "min"])
def test_a_missing_entry_breaks_the_chain(ledger: Ledger, which: str) -> None:
    busy(ledger)
    with ledger.tampering() as session:
        entry = f"SELECT id FROM credit_entries WHERE account_id = '{ANN}' AND sequence = "
        entry += f"(SELECT {which}(sequence) FROM credit_entries WHERE account_id = '{ANN}')"
        session.execute(text(f"DELETE FROM credit_postings WHERE entry_id IN ({entry})"))
        session.execute(text(f"DELETE FROM credit_entries WHERE id IN ({entry})"))
    assert {"chain_end", "chain_gap"} & {finding.kind for finding in verify(ledger).findings}


def test_equal_histories_have_equal_digests(ledger: Ledger) -> None:
    empty = ledger.digest()
    busy(ledger)
    assert ledger.digest() != empty
    before = ledger.digest()
    ledger.charge("a", Transcription(4_000_000))
    assert ledger.digest() == before
