"""Grants: credits given for a while, the order in which they are spent, and the way back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

GrantKind = Literal["rollover", "monthly", "promo", "refund", "purchased"]

PRIORITIES: Mapping[GrantKind, int] = {"rollover": 10, "monthly": 20, "promo": 30, "refund": 35, "purchased": 50}
"""The lowest number is spent first."""
REFUND_GRANT_AGE_MAX = timedelta(days=30)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grant:
    """Credits of one origin. ``expires_at`` is the first instant at which they are gone; None is never."""

    id: str
    kind: GrantKind
    remaining_mc: int
    expires_at: datetime | None
    created_at: datetime

    def expired(self, at: datetime) -> bool:
        """Whether they are gone at an instant."""
        return self.expires_at is not None and self.expires_at <= at


@dataclass(frozen=True, slots=True)
class Draw:
    """So much taken from, or given back to, one grant."""

    grant_id: str
    amount_mc: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What goes back to grants that are alive, and what would go to expired ones."""

    draws: tuple[Draw, ...]
    orphaned: tuple[Draw, ...]

    @property
    def orphaned_mc(self) -> int:
        """The sum for which no grant is there any more."""
        return drawn_mc(self.orphaned)


def burn_order(grants: Iterable[Grant]) -> list[Grant]:
    """Lowest priority number first, then earliest expiry, then oldest, then by id."""
    return sorted(
        grants, key=lambda grant: (PRIORITIES[grant.kind], grant.expires_at or _NEVER, grant.created_at, grant.id)
    )


def burn(grants: Iterable[Grant], amount_mc: int) -> tuple[Draw, ...]:
    """From which grants an amount is taken. Raises ValueError when they do not hold it: the wallet said otherwise."""
    draws, missing_mc = [], amount_mc
    for grant in burn_order(grants):
        taken_mc = min(missing_mc, grant.remaining_mc)
        if taken_mc > 0:
            draws.append(Draw(grant.id, taken_mc))
            missing_mc -= taken_mc
    if missing_mc:
        raise ValueError(f"the grants lack {missing_mc} mc of {amount_mc}")
    return tuple(draws)


def first_drawn(draws: Sequence[Draw], amount_mc: int) -> tuple[tuple[Draw, ...], tuple[Draw, ...]]:
    """Splits what was set aside: the first ``amount_mc`` in burn order, which are charged, and the rest."""
    charged, rest, missing_mc = [], [], amount_mc
    for draw in draws:
        taken_mc = min(missing_mc, draw.amount_mc)
        missing_mc -= taken_mc
        charged.append(replace(draw, amount_mc=taken_mc))
        rest.append(replace(draw, amount_mc=draw.amount_mc - taken_mc))
    if missing_mc:
        raise ValueError(f"only {drawn_mc(draws)} mc were set aside of {amount_mc}")
    return _without_zeros(charged), _without_zeros(rest)


def refund_draws(charged: Sequence[Draw], refunded: Iterable[Draw], amount_mc: int) -> tuple[Draw, ...]:
    """To which grants an amount goes back: those drawn last first, each at most what is still owed to it.

    ``refunded`` is what went back before, under the ids of the grants that were charged. Raises ValueError when less
    than ``amount_mc`` is left.
    """
    back: dict[str, int] = {}
    for draw in refunded:
        back[draw.grant_id] = back.get(draw.grant_id, 0) + draw.amount_mc
    draws, missing_mc = [], amount_mc
    for draw in reversed(charged):
        left_mc = draw.amount_mc - back.get(draw.grant_id, 0)
        given_mc = min(missing_mc, left_mc)
        if given_mc > 0:
            draws.append(Draw(draw.grant_id, given_mc))
            missing_mc -= given_mc
    if missing_mc:
        raise ValueError(f"{missing_mc} mc more than were charged")
    return tuple(draws)


def given_back(draws: Iterable[Draw], grants: Mapping[str, Grant], at: datetime) -> GivenBack:
    """What an amount that comes back at an instant finds: its grants, or that they have expired."""
    alive: list[Draw] = []
    orphaned: list[Draw] = []
    for draw in draws:
        (orphaned if grants[draw.grant_id].expired(at) else alive).append(draw)
    return GivenBack(tuple(alive), tuple(orphaned))


def rollover_mc(unused_mc: int, basis_points: int, allowance_mc: int) -> int:
    """What of an unused allowance goes into the next period: a share in ten-thousandths, at most one allowance."""
    return min(unused_mc * basis_points // 10_000, allowance_mc)


def drawn_mc(draws: Iterable[Draw]) -> int:
    """The sum of draws."""
    return sum(draw.amount_mc for draw in draws)


def _without_zeros(draws: Iterable[Draw]) -> tuple[Draw, ...]:
    return tuple(draw for draw in draws if draw.amount_mc)
