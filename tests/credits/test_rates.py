"""Rate cards: defaults, changes as new versions, and numbers that no rate can have."""

from dataclasses import asdict
from typing import Any

import pytest

from donecast.credits.errors import RateInvalid, TierInvalid
from donecast.credits.rules.rates import (
    DEFAULT_CARD,
    MULTIPLIER_THOUSANDTHS_MAX,
    RATE_MC_MAX,
    RATE_NAMES,
    RateCard,
    Rates,
    card_from_json,
    card_to_json,
)
from donecast.credits.rules.tiers import DEFAULT_TIERS, Tier, is_upgrade, upgrade_mc

FREE, CREATOR, PRO, UNLIMITED = DEFAULT_TIERS


def test_a_fresh_install_has_the_price_list() -> None:
    assert asdict(DEFAULT_CARD.rates) == {
        "transcription_mc_per_minute": 1_500,
        "speech_mc_per_minute": 1_500,
        "assembly_mc": 5_000,
        "assembly_mc_per_minute": 500,
        "storage_mc_per_gb_month": 2_000,
        "auphonic_mc_per_minute": 1_500,
        "legacy_mc_per_minute": 1_500,
        "auphonic_thousandths": 2_000,
        "elevenlabs_thousandths": 3_000,
        "local_thousandths": 1_000,
    }
    assert [(tier.id, tier.monthly_mc) for tier in DEFAULT_TIERS] == [
        ("free", 90_000),
        ("creator", 450_000),
        ("pro", 1_500_000),
        ("unlimited", None),
    ]
    assert all(tier.rollover_basis_points == 0 for tier in DEFAULT_TIERS)


def test_a_change_is_a_new_card_and_leaves_the_old_one_alone() -> None:
    changed = DEFAULT_CARD.changed(2, {"assembly_mc": 4_000})
    assert (changed.version, changed.rates.assembly_mc) == (2, 4_000)
    assert (DEFAULT_CARD.version, DEFAULT_CARD.rates.assembly_mc) == (1, 5_000)


def test_a_tiers_own_rates_survive_a_change_for_everybody() -> None:
    card = DEFAULT_CARD.changed(2, {"assembly_mc": 1}, tier_id="pro").changed(3, {"assembly_mc": 2})
    assert (card.rates_for("pro").assembly_mc, card.rates_for("free").assembly_mc) == (1, 2)
    both = card.changed(4, {"speech_mc_per_minute": 3}, tier_id="pro").rates_for("pro")
    assert (both.assembly_mc, both.speech_mc_per_minute) == (1, 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"assembly_mc": -1},
        {"assembly_mc": RATE_MC_MAX + 1},
        {"auphonic_thousandths": MULTIPLIER_THOUSANDTHS_MAX + 1},
        {"assembly_mc": 1.5},
        {"assembly_mc": True},
        {"assembly_mc": "5000"},
        {"assembly": 5_000},
    ],
)
@pytest.mark.parametrize("tier_id", [None, "pro"])
def test_a_rate_that_cannot_be_is_refused_with_its_name(changes: dict[str, Any], tier_id: str | None) -> None:
    with pytest.raises(RateInvalid) as refused:
        DEFAULT_CARD.changed(2, changes, tier_id)
    assert next(iter(changes)) in refused.value.message


def test_zero_and_the_highest_are_rates() -> None:
    assert Rates(local_thousandths=0, assembly_mc=RATE_MC_MAX, auphonic_thousandths=MULTIPLIER_THOUSANDTHS_MAX)


def test_a_card_is_read_again_and_an_old_one_gets_new_rates_by_default() -> None:
    card = RateCard(7, Rates(assembly_mc=1), {"pro": {"assembly_mc": 2}})
    assert card_from_json(7, card_to_json(card)) == card
    older = card_to_json(card)
    del older["rates"]["local_thousandths"]
    assert card_from_json(7, older) == card


def test_every_rate_says_its_unit_last() -> None:
    assert all(name.endswith(("_mc", "_per_minute", "_per_gb_month", "_thousandths")) for name in RATE_NAMES)


@pytest.mark.parametrize(
    ("now", "wanted", "upgrade", "added_mc"),
    [
        (FREE, CREATOR, True, 360_000),
        (FREE, PRO, True, 1_410_000),
        (CREATOR, PRO, True, 1_050_000),
        (PRO, CREATOR, False, 0),
        (FREE, FREE, False, 0),
        (FREE, UNLIMITED, True, 0),
        (UNLIMITED, PRO, False, 0),
        (UNLIMITED, UNLIMITED, False, 0),
    ],
)
def test_an_upgrade_adds_the_difference(now: Tier, wanted: Tier, upgrade: bool, added_mc: int) -> None:
    assert (is_upgrade(now, wanted), upgrade_mc(now, wanted)) == (upgrade, added_mc)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "n" * 101},
        {"monthly_mc": -1},
        {"monthly_mc": 10**16},
        {"monthly_mc": 1.5},
        {"rollover_basis_points": -1},
        {"rollover_basis_points": 10_001},
    ],
)
def test_a_tier_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TierInvalid):
        Tier(**{"id": "x", "name": "X", "monthly_mc": 1, **wrong})
