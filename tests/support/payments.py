"""A shop for tests and proofs: an installation that takes payments from a stand-in for Stripe, and people who buy."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from donecast.accounts import service as accounts
from donecast.billing import service as billing
from donecast.billing.hook import HOOK_PATH
from donecast.billing.rules import Offer
from donecast.credits import service as credit_service
from donecast.platform.web import Ground
from tests.support.people import PASSWORD, Person, sign_up
from tests.support.stripe_server import SECRET, StandIn

TOP_UP_AMOUNT, TOP_UP_MC = 900, 100_000
CREATOR_AMOUNT, PRO_AMOUNT = 1_500, 4_000


@dataclass(frozen=True, slots=True)
class Shop:
    """The installation, the service, and what is on sale."""

    ground: Ground
    client: TestClient
    stripe: StandIn
    admin: Person
    top_up: Offer
    creator: Offer
    pro: Offer

    def sign_up(self, email: str) -> Person:
        """A new person."""
        return sign_up(self.ground, self.client, email)

    def order(self, person: Person, offer: Offer, **more: Any) -> str:
        """The id of a checkout session for an order of this person."""
        answer = person.ask("POST", "/api/billing/checkout", json={"offer_id": offer.id, **more})
        assert answer.status_code == 201, answer.text
        (session,) = (
            one
            for one in self.stripe.account.of_kind("checkout.session")
            if one["client_reference_id"] == answer.json()["purchase_id"]
        )
        return str(session["id"])

    def deliver(self, event: Mapping[str, Any], *, age_seconds: int = 0, secret: str = SECRET) -> int:
        """Sends an event to the shop; the status that it answers."""
        body = json.dumps(event).encode()
        headers = {"Stripe-Signature": self.stripe.signature(body, age_seconds=age_seconds, secret=secret)}
        return self.client.post(HOOK_PATH, content=body, headers=headers).status_code

    def deliver_new(self) -> list[tuple[str, int]]:
        """Sends every event that was not taken yet, in order; their kinds and the statuses that came back."""
        taken = {row["id"] for row in self.rows("payment_events")}
        new = [event for event in self.stripe.account.events if event["id"] not in taken]
        return [(event["type"], self.deliver(event)) for event in new]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Events of a kind, oldest first."""
        return [event for event in self.stripe.account.events if event["type"] == kind]

    def outcome(self, event: Mapping[str, Any]) -> str | None:
        """What came of an event; None when it is kept nowhere."""
        return next((str(row["outcome"]) for row in self.rows("payment_events") if row["id"] == event["id"]), None)

    def subscribe(self, person: Person, offer: Offer) -> str:
        """The id of a subscription that this person ordered and paid, and that the shop has heard of."""
        session = self.stripe.account.pay(self.order(person, offer))
        self.deliver_new()
        return str(session["subscription"])

    def available_mc(self, person: Person) -> int | None:
        """What the person can spend."""
        with self.ground.database.reading() as session:
            balance = credit_service.get_user_credit_balance(session, self.ground.clock, person.account.id)
        return balance.available_mc

    def spend_mc(self, person: Person, amount_mc: int) -> None:
        """Takes so much from the person's credits by hand, in the order in which they are spent."""
        with self.ground.database.transaction() as session:
            credit_service.adjust_credits(
                session,
                self.ground.clock,
                person.account.id,
                operation_id=f"spend:{amount_mc}",
                amount_mc=-amount_mc,
                why="Spent",
                actor="tests",
            )

    def put_on(self, person: Person, tier: str) -> None:
        """Puts the person on a tier by hand."""
        with self.ground.database.transaction() as session:
            credit_service.assign_tier(session, self.ground.clock, person.account.id, tier, actor="tests")

    def offer(self, name: str, amount: int, tier: str, currency: str = "eur") -> Offer:
        """One more plan on sale."""
        wish = {**_wish("plan", name, amount, tier=tier), "currency": currency}
        with self.ground.database.transaction() as session:
            return billing.make_offer(session, self.ground.clock, self.admin.account.id, **wish)

    def tier(self, person: Person) -> str:
        """The tier that the person is on."""
        with self.ground.database.reading() as session:
            balance = credit_service.get_user_credit_balance(session, self.ground.clock, person.account.id)
        return balance.tier.id

    def next_tier(self, person: Person) -> str | None:
        """The tier that comes after it; None for the same."""
        (row,) = [row for row in self.rows("credit_wallets") if row["account_id"] == person.account.id]
        return row["next_tier_id"]  # type: ignore[no-any-return]

    def bought(self, person: Person) -> list[int]:
        """The milli-credits of each grant of bought credits, in the ledger."""
        return [
            int(row["amount_mc"])
            for row in self.rows("credit_entries")
            if row["account_id"] == person.account.id and row["act"] == "grant" and row["reason"] == "GRANT_PURCHASED"
        ]

    def alerts(self) -> list[str]:
        """The kinds of all alerts, in the order of the alphabet."""
        return sorted(str(row["kind"]) for row in self.rows("billing_alerts"))

    def states(self, person: Person) -> list[str]:
        """The states of the person's orders, oldest first."""
        answer = person.ask("GET", "/api/billing/purchases")
        return [str(one["state"]) for one in reversed(answer.json())]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self.ground.database.reading() as session:
            return [dict(row._mapping) for row in session.execute(text(f"SELECT * FROM {table}"))]

    def ledger_is_sound(self) -> bool:
        """Whether every balance agrees with the entries, and every chain holds."""
        with self.ground.database.snapshot() as session:
            return credit_service.reconcile(session).well and credit_service.verify_chain(session).well


@contextmanager
def shop(ground: Ground, app: FastAPI, stripe: StandIn) -> Iterator[Shop]:
    """A shop on this ground, which is that of the app, with a top-up and two plans on sale."""
    with TestClient(app, base_url=ground.settings.server.base_url) as client:
        admin = _admin(ground, client)
        with ground.database.transaction() as session:
            offers = [
                billing.make_offer(session, ground.clock, admin.account.id, **wish)
                for wish in (
                    _wish("top_up", "100 credits", TOP_UP_AMOUNT, credits_mc=TOP_UP_MC),
                    _wish("plan", "Creator", CREATOR_AMOUNT, tier="creator"),
                    _wish("plan", "Pro", PRO_AMOUNT, tier="pro"),
                )
            ]
        yield Shop(ground, client, stripe, admin, *offers)


def _wish(kind: str, name: str, amount: int, *, credits_mc: int | None = None, tier: str | None = None) -> Any:
    return {
        "kind": kind,
        "name": name,
        "amount": amount,
        "currency": "eur",
        "credits_mc": credits_mc,
        "tier": tier,
    }


def _admin(ground: Ground, client: TestClient) -> Person:
    account = accounts.register(
        ground.database,
        ground.settings.accounts,
        ground.clock,
        email="admin@example.com",
        password=PASSWORD,
        name="Admin",
        role="admin",
    )
    with ground.database.transaction() as session:
        token = accounts.make_token(session, ground.clock, account.id, "tests")
    return Person(account, token.secret, client)
