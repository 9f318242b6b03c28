"""Tiers: how many credits a month somebody gets. A tier never opens or closes a feature."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from donecast.credits.errors import TierInvalid
from donecast.kit.money import AMOUNT_MC_MAX

Months = Literal["calendar", "anniversary"]
FIRST_TIER = "free"
"""What everybody begins with."""
OPERATORS_TIER = "unlimited"
"""What the first admin of an install has."""


def _within(number: int, highest: int) -> bool:
    return type(number) is int and 0 <= number <= highest


@dataclass(frozen=True, slots=True)
class Tier:
    """A plan. ``monthly_mc`` None is unlimited: charges are written and nothing is refused.

    ``months`` says when its periods begin; ``rollover_basis_points`` is the share of an unused allowance that goes into
    the next period, in ten-thousandths.
    """

    id: str
    name: str
    monthly_mc: int | None
    months: Months = "anniversary"
    rollover_basis_points: int = 0

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > 100:
            raise TierInvalid("A plan needs a name of at most 100 characters.")
        if self.monthly_mc is not None and not _within(self.monthly_mc, AMOUNT_MC_MAX):
            raise TierInvalid("A plan's monthly credits cannot be negative, nor beyond counting.")
        if not _within(self.rollover_basis_points, 10_000):
            raise TierInvalid("The share that goes into the next month is between 0 and 100 percent.")

    @property
    def unlimited(self) -> bool:
        """Whether nothing is ever refused."""
        return self.monthly_mc is None


DEFAULT_TIERS: tuple[Tier, ...] = (
    Tier("free", "Free", 90_000, "calendar"),
    Tier("creator", "Creator", 450_000),
    Tier("pro", "Pro", 1_500_000),
    Tier("unlimited", "Unlimited", None, "calendar"),
)


def is_upgrade(now: Tier, wanted: Tier) -> bool:
    """Whether a tier gives more than another; unlimited is more than any amount."""
    if now.monthly_mc is None:
        return False
    return wanted.monthly_mc is None or wanted.monthly_mc > now.monthly_mc


def upgrade_mc(now: Tier, wanted: Tier) -> int:
    """What an upgrade adds at once: the difference of the allowances; nothing where there is no allowance."""
    if now.monthly_mc is None or wanted.monthly_mc is None:
        return 0
    return max(0, wanted.monthly_mc - now.monthly_mc)


def allowance_key(account_id: str, period_start: datetime, tier_id: str) -> str:
    """The operation id of a period's allowance: it is given once."""
    return f"alloc:{account_id}:{period_start:%Y-%m-%dT%H:%M:%S.%fZ}:{tier_id}"
