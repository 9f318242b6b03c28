"""Many at once: nobody spends what is not there, nothing happens twice. And the naive way, which must fail."""

from collections import Counter
from collections.abc import Callable

import pytest

from donecast.credits.errors import NotEnoughCredits
from donecast.credits.rules.pricing import Transcription
from donecast.kit.errors import DonecastError
from tests.support.ledgers import MINUTE, NOON, Ledger
from tests.support.naive_ledger import run_threads, sold_by_naive

WORKERS = 12


def outcomes(act: Callable[[int], object], workers: int = WORKERS) -> list[str]:
    """What each of many who begin in the same moment got: its text, or an error's code."""
    seen: list[str] = [""] * workers

    def work(number: int) -> None:
        try:
            seen[number] = str(act(number))
        except DonecastError as error:
            seen[number] = error.code

    run_threads(work, workers)
    return seen


def test_many_who_charge_at_once_cannot_overdraw(ledger: Ledger) -> None:
    def work(number: int) -> str:
        accepted = 0
        for attempt in range(10):
            try:
                ledger.charge(f"op:{number}:{attempt}", MINUTE)
            except NotEnoughCredits:
                continue
            accepted += 1
        return str(accepted)

    accepted = sum(int(one) for one in outcomes(work))
    assert accepted == 60
    assert ledger.available() == 0
    ledger.require_sound()


def test_the_naive_way_overdraws(ledger: Ledger) -> None:
    assert sold_by_naive(ledger.database, affordable=20, workers=WORKERS, attempts=20) > 20


@pytest.mark.parametrize("kind", ["charge", "hold", "gift"])
def test_the_same_from_many_at_once_happens_once(ledger: Ledger, kind: str) -> None:
    acts: dict[str, Callable[[int], object]] = {
        "charge": lambda _: ledger.charge().entry.id,
        "hold": lambda _: ledger.hold().id,
        "gift": lambda _: ledger.give(1_000).id,
    }
    assert len(set(outcomes(acts[kind]))) == 1
    assert Counter(act for act, _, _ in ledger.entries())[{"gift": "grant"}.get(kind, kind)] == (
        2 if kind == "gift" else 1
    )
    ledger.require_sound()


@pytest.mark.parametrize("kind", ["capture", "release", "refund"])
def test_what_ends_from_many_at_once_ends_once(ledger: Ledger, kind: str) -> None:
    ledger.hold(work=Transcription(600_000))
    charge_id = ledger.charge("other").entry.id
    acts: dict[str, Callable[[int], object]] = {
        "capture": lambda _: ledger.capture(work=Transcription(60_000)).entry.id,
        "release": lambda _: ledger.release().state,
        "refund": lambda _: ledger.refund(charge_id, 500).id,
    }
    assert len(set(outcomes(acts[kind]))) == 1
    ledger.require_sound()


def test_capture_release_and_running_out_at_once_end_a_hold_once(ledger: Ledger) -> None:
    for turn in range(4):
        name = f"op{turn}"
        ledger.hold(name, Transcription(600_000))

        def end(number: int, name: str = name) -> object:
            return ledger.capture(name).amount_mc if number % 2 else ledger.release(name).state

        seen = set(outcomes(end, 6))
        assert seen in ({"1500", "already_charged"}, {"released", "hold_ended"})
    assert ledger.balance().held_mc == 0
    ledger.require_sound()


def test_two_parts_of_one_charge_given_back_at_once_stay_below_it(ledger: Ledger) -> None:
    charge_id = ledger.charge(work=Transcription(600_000)).entry.id
    seen = outcomes(lambda number: ledger.refund(charge_id, 6_000, f"back{number}").draft.amount_mc)
    assert Counter(seen) == {"6000": 2, "refund_too_large": WORKERS - 2}
    ledger.require_sound()


def test_the_first_look_from_many_opens_one_wallet(ledger: Ledger) -> None:
    outcomes(lambda number: ledger.charge(f"op{number}").entry.id)
    assert ledger.rows("SELECT count(*) FROM credit_wallets") == [(1,)]
    assert ledger.available() == 90_000 - WORKERS * 1_500
    ledger.require_sound()


def test_a_month_that_ends_under_many_ends_once(ledger: Ledger) -> None:
    ledger.charge("before")
    ledger.wait(days=31)
    outcomes(lambda number: ledger.charge(f"op{number}").entry.id)
    assert Counter(act for act, _, _ in ledger.entries())["grant"] == 2
    assert ledger.clock.now() > NOON
    assert ledger.available() == 90_000 - WORKERS * 1_500
    ledger.require_sound()
