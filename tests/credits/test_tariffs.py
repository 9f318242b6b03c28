"""Tiers and rates as data: changed with a reason, remembered, in force at once."""

import threading
from dataclasses import replace

import pytest

from donecast.credits import service
from donecast.credits.errors import NoSuchTier, PricesChanged, RateInvalid, ReasonMissing, TierInvalid
from donecast.credits.rules.pricing import Transcription
from donecast.credits.rules.rates import RateCard
from donecast.credits.rules.tiers import Tier
from tests.support.ledgers import ANN, BEN, MINUTE, Ledger


def change(ledger: Ledger, why: str = "Sale", tier_id: str | None = None, **changes: int) -> RateCard:
    with ledger.database.transaction() as session:
        return service.change_rates(session, ledger.clock, changes, tier_id=tier_id, actor="acc_admin", why=why)


def save(ledger: Ledger, tier: Tier, why: str = "Offer") -> Tier:
    with ledger.database.transaction() as session:
        return service.save_tier(session, ledger.clock, tier, actor="acc_admin", why=why)


def test_a_new_rate_is_in_force_at_once_and_old_charges_keep_their_card(ledger: Ledger) -> None:
    before = ledger.charge("before", MINUTE)
    assert change(ledger, transcription_mc_per_minute=1_000).version == 2
    after = ledger.charge("after", MINUTE)
    assert (before.amount_mc, before.entry.draft.rate_card_version) == (1_500, 1)
    assert (after.amount_mc, after.entry.draft.rate_card_version) == (1_000, 2)
    assert ledger.charge("before", MINUTE) == before
    with ledger.database.reading() as session:
        assert service.rate_card(session, 1).rates.transcription_mc_per_minute == 1_500
        with pytest.raises(RateInvalid):
            service.rate_card(session, 9)


def test_a_tiers_own_rate_holds_for_it_alone(ledger: Ledger) -> None:
    change(ledger, tier_id="pro", transcription_mc_per_minute=500)
    ledger.tier("pro", BEN)
    assert ledger.charge(work=MINUTE).amount_mc == 1_500
    assert ledger.charge(work=MINUTE, who=BEN).amount_mc == 500


def test_the_history_says_who_when_why_old_and_new(ledger: Ledger) -> None:
    change(ledger, assembly_mc=4_000, speech_mc_per_minute=1_500)
    ledger.wait(minutes=1)
    change(ledger, why="For professionals", tier_id="pro", assembly_mc=3_000)
    ledger.wait(minutes=1)
    save(ledger, Tier("free", "Free", 120_000, "calendar"))
    with ledger.database.reading() as session:
        history = service.price_history(session)
    assert [(one.subject, one.rate_card_version, one.why) for one in history] == [
        ("tier:free", None, "Offer"),
        ("rate:assembly_mc:pro", 3, "For professionals"),
        ("rate:assembly_mc", 2, "Sale"),
    ]
    assert [(one.old, one.new) for one in history[1:]] == [(None, 3_000), (5_000, 4_000)]
    assert (history[0].old["monthly_mc"], history[0].new["monthly_mc"]) == (90_000, 120_000)
    assert all(one.changed_by == "acc_admin" for one in history)
    assert history[0].changed_at == ledger.clock.now()


def test_a_change_that_changes_nothing_writes_nothing(ledger: Ledger) -> None:
    assert change(ledger, assembly_mc=5_000).version == 1
    with ledger.database.reading() as session:
        tier = service.tier_named(session, "pro")
    save(ledger, tier)
    with ledger.database.reading() as session:
        assert service.price_history(session) == []


def test_a_new_allowance_comes_with_the_next_period_and_no_limit_at_once(ledger: Ledger) -> None:
    ledger.charge()
    save(ledger, Tier("free", "Free", 120_000, "calendar"))
    assert ledger.available() == 88_500
    ledger.wait(days=31)
    assert ledger.available() == 120_000
    save(ledger, Tier("free", "Free", None, "calendar"))
    assert ledger.available() is None
    ledger.charge("much", Transcription(600_000_000))
    ledger.require_sound()


def test_a_plan_of_ones_own(ledger: Ledger) -> None:
    save(ledger, Tier("studio-2", "Studio", 10_000_000))
    assert ledger.tier("studio-2") == "studio-2"
    assert ledger.available() == 10_000_000
    with ledger.database.reading() as session:
        assert [tier.id for tier in service.all_tiers(session)][-1] == "studio-2"


def test_rollover_that_is_switched_on_keeps_a_share(ledger: Ledger) -> None:
    ledger.charge()
    with ledger.database.reading() as session:
        free = service.tier_named(session, "free")
    save(ledger, replace(free, rollover_basis_points=1_000))
    ledger.wait(days=31)
    assert ledger.available() == 90_000 + 8_850
    ledger.settle()
    ledger.wait(days=31)
    assert ledger.available() == 90_000 + 9_000
    ledger.require_sound()


@pytest.mark.parametrize("why", ["", "  \n "])
def test_nobody_changes_prices_without_a_reason(ledger: Ledger, why: str) -> None:
    with pytest.raises(ReasonMissing):
        change(ledger, why=why, assembly_mc=1)
    with pytest.raises(ReasonMissing):
        save(ledger, Tier("free", "Free", 1, "calendar"), why=why)


def test_prices_that_cannot_be_are_refused(ledger: Ledger) -> None:
    with pytest.raises(RateInvalid):
        change(ledger, assembly_mc=-1)
    with pytest.raises(NoSuchTier):
        change(ledger, tier_id="gold", assembly_mc=1)
    for wrong in ("a b", "", "x" * 41):
        with pytest.raises(TierInvalid):
            save(ledger, Tier(wrong, "Name", 1))


def test_two_admins_who_change_prices_at_once_make_two_cards_or_one_is_told(ledger: Ledger) -> None:
    outcomes: list[object] = []
    barrier = threading.Barrier(4)

    def work(number: int) -> None:
        barrier.wait()
        try:
            outcomes.append(change(ledger, assembly_mc=1_000 + number).version)
        except PricesChanged as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [one for one in outcomes if isinstance(one, int)]
    assert len(outcomes) == 4
    assert sorted(versions) == list(range(2, 2 + len(versions)))
    with ledger.database.reading() as session:
        assert service.rate_card(session).version == 1 + len(versions)
        assert len(service.price_history(session)) == len(versions)


def test_a_quote_is_by_the_persons_tier(ledger: Ledger) -> None:
    change(ledger, tier_id="free", transcription_mc_per_minute=100)
    with ledger.database.reading() as session:
        asked = service.quote(session, ledger.clock, ANN, (MINUTE, MINUTE))
    assert (asked.total_mc, asked.rate_card_version, len(asked.lines)) == (200, 2, 2)
