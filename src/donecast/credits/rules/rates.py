"""Rates: what a unit of work costs. A card is a version that never changes; a tier may have rates of its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from donecast.credits.errors import RateInvalid

RATE_MC_MAX = 10**9
"""A million credits for a minute: a slip of the finger, not a price."""
MULTIPLIER_THOUSANDTHS_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Milli-credits for each unit, and multipliers in thousandths; the defaults are those of a fresh install."""

    transcription_mc_per_minute: int = 1_500
    speech_mc_per_minute: int = 1_500
    assembly_mc: int = 5_000
    assembly_mc_per_minute: int = 500
    storage_mc_per_gb_month: int = 2_000
    auphonic_mc_per_minute: int = 1_500
    legacy_mc_per_minute: int = 1_500
    auphonic_thousandths: int = 2_000
    elevenlabs_thousandths: int = 3_000
    local_thousandths: int = 1_000

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            highest = MULTIPLIER_THOUSANDTHS_MAX if name.endswith("_thousandths") else RATE_MC_MAX
            if type(value) is not int or not 0 <= value <= highest:
                raise RateInvalid(
                    f"The rate {name} cannot be {value!r}.", action=f"Use a whole number from 0 to {highest}."
                )

    def named(self) -> dict[str, int]:
        """Each rate by its name."""
        return asdict(self)


RATE_NAMES: tuple[str, ...] = tuple(one.name for one in fields(Rates))


@dataclass(frozen=True, slots=True)
class RateCard:
    """All rates under one version number; what a tier names in ``by_tier`` it has for itself."""

    version: int
    rates: Rates = Rates()
    by_tier: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for tier_id in self.by_tier:
            self.rates_for(tier_id)

    def rates_for(self, tier_id: str) -> Rates:
        """The rates that a person of this tier pays. Raises RateInvalid for a name that is no rate."""
        return _changed(self.rates, self.by_tier.get(tier_id, {}))

    def changed(self, version: int, changes: Mapping[str, int], tier_id: str | None = None) -> "RateCard":
        """The next card, with some rates changed, for everybody or for one tier. Raises RateInvalid."""
        if tier_id is None:
            return RateCard(version, _changed(self.rates, changes), self.by_tier)
        own = {**self.by_tier.get(tier_id, {}), **changes}
        return RateCard(version, self.rates, {**self.by_tier, tier_id: own})


DEFAULT_CARD = RateCard(1)


def card_to_json(card: RateCard) -> dict[str, Any]:
    """The card's rates as a document; the version stands beside it."""
    return {"rates": asdict(card.rates), "by_tier": {tier_id: dict(own) for tier_id, own in card.by_tier.items()}}


def card_from_json(version: int, document: Mapping[str, Any]) -> RateCard:
    """The card of a stored document; a rate that it does not know yet keeps its default. Raises RateInvalid."""
    return RateCard(version, _changed(Rates(), document["rates"]), document["by_tier"])


def _changed(rates: Rates, changes: Mapping[str, int]) -> Rates:
    unknown = sorted(set(changes) - set(RATE_NAMES))
    if unknown:
        raise RateInvalid(f"There is no rate named {unknown[0]}.", action=f"The rates are: {', '.join(RATE_NAMES)}.")
    return Rates(**{**asdict(rates), **changes})
