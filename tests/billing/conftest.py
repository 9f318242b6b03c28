"""A shop whose clock stands still, on both databases where that matters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI

from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from tests.support.payments import Shop
from tests.support.payments import shop as open_shop
from tests.support.people import Person
from tests.support.stripe_account import Account
from tests.support.stripe_server import StandIn, stripe_service

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    """Noon of Monday, 23 November 2026, until a test moves it."""
    return FixedClock(NOON)


@pytest.fixture
def stripe(clock: FixedClock) -> Iterator[StandIn]:
    """A stand-in for Stripe with the same clock."""
    account = Account()
    account.now = clock.now
    with stripe_service(account) as stand_in:
        yield stand_in


@pytest.fixture
def overrides(stripe: StandIn) -> dict[str, Any]:
    """Settings that take payments there."""
    return stripe.settings()


@pytest.fixture
def shop(ground: Ground, app_on: Callable[[Ground], FastAPI], stripe: StandIn, clock: FixedClock) -> Iterator[Shop]:
    """The shop on SQLite; whatever a test does to it, its ledger must be sound at the end."""
    here = replace(ground, clock=clock)
    with open_shop(here, app_on(here), stripe) as opened:
        yield opened
        assert opened.ledger_is_sound()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop_anywhere(
    request: pytest.FixtureRequest, app_on: Callable[[Ground], FastAPI], stripe: StandIn, clock: FixedClock
) -> Iterator[Shop]:
    """The shop on each database."""
    ground: Ground = request.getfixturevalue("ground" if request.param == "sqlite" else "postgres_ground")
    here = replace(ground, clock=clock)
    with open_shop(here, app_on(here), stripe) as opened:
        yield opened
        assert opened.ledger_is_sound()


@pytest.fixture
def ann(shop: Shop) -> Person:
    """A podcaster who buys."""
    return shop.sign_up("ann@example.com")
