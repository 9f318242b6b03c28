"""What a Stripe account holds, as far as DoneCast needs it: objects in Stripe's shapes, and what payers do there.

Shapes are those of the API version that the SDK is pinned to: a period stands at the items of a subscription, and an
invoice names its subscription under ``parent``, its payments are left out unless they are asked for.
"""

import itertools
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from donecast.credits.rules.periods import period_at

Thing = dict[str, Any]


class Refused(Exception):
    """An error in Stripe's shape."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message, **more}


def missing(kind: str, identity: str) -> Refused:
    """That there is no such thing."""
    return Refused(404, f"No such {kind}: '{identity}'", code="resource_missing", param="id")


class Account:
    """Objects by id, and the events that told of their changes. ``now`` is the account's clock."""

    def __init__(self, *, livemode: bool = False) -> None:
        self.livemode = livemode
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.things: dict[str, Thing] = {}
        self.events: list[Thing] = []
        self.card_is_good = True
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)

    # -- what the API does ------------------------------------------------------------------------------------------

    def of_kind(self, kind: str) -> list[Thing]:
        """All objects of a kind, oldest first."""
        return [thing for thing in self.things.values() if thing["object"] == kind]

    def get(self, kind: str, identity: str) -> Thing:
        """An object. Raises Refused."""
        thing = self.things.get(identity)
        if thing is None or thing["object"] != kind:
            raise missing(kind.replace(".", " "), identity)
        return thing

    def make_customer(self, asked: Mapping[str, Any]) -> Thing:
        """POST /v1/customers."""
        fields = {name: asked.get(name) for name in ("email", "name")}
        return self._keep("cus", "customer", **fields, metadata=dict(asked.get("metadata", {})))

    def make_price(self, asked: Mapping[str, Any]) -> Thing:
        """POST /v1/prices."""
        product = self._keep("prod", "product", name=_needed(asked, "product_data")["name"])
        return self._keep(
            "price",
            "price",
            currency=_needed(asked, "currency"),
            unit_amount=int(_needed(asked, "unit_amount")),
            recurring=dict(asked.get("recurring", {})) or None,
            product=product["id"],
            metadata=dict(asked.get("metadata", {})),
        )

    def make_session(self, asked: Mapping[str, Any]) -> Thing:
        """POST /v1/checkout/sessions."""
        mode, (line,) = _needed(asked, "mode"), _needed(asked, "line_items")
        if "customer" in asked:
            self.get("customer", asked["customer"])
        if mode == "subscription":
            price = self.get("price", _needed(line, "price"))
            amount, currency = price["unit_amount"], price["currency"]
        else:
            price = None
            amount, currency = int(_needed(line, "price_data")["unit_amount"]), line["price_data"]["currency"]
        for name in ("success_url", "cancel_url"):
            if not str(asked.get(name, "")).startswith(("http://", "https://")):
                raise Refused(400, "Not a valid URL", code="url_invalid", param=name)
        made = self._keep(
            "cs_live" if self.livemode else "cs_test",
            "checkout.session",
            mode=mode,
            status="open",
            payment_status="unpaid",
            amount_total=amount,
            currency=currency,
            customer=asked.get("customer"),
            client_reference_id=asked.get("client_reference_id"),
            metadata=dict(asked.get("metadata", {})),
            payment_intent=None,
            subscription=None,
            invoice=None,
            expires_at=self._second() + 86_400,
        )
        made["url"] = f"https://checkout.stripe.com/c/pay/{made['id']}"
        made["_price"] = price["id"] if price else None
        made["_marks"] = dict(asked.get("subscription_data", {}).get("metadata", {}))
        return made

    def make_portal(self, asked: Mapping[str, Any]) -> Thing:
        """POST /v1/billing_portal/sessions."""
        customer = self.get("customer", _needed(asked, "customer"))
        url = f"https://billing.stripe.com/p/session/{customer['id']}"
        return self._keep("bps", "billing_portal.session", customer=customer["id"], url=url)

    def change_subscription(self, identity: str, asked: Mapping[str, Any]) -> Thing:
        """POST /v1/subscriptions/ID with another price."""
        subscription = self.get("subscription", identity)
        (item,), (wanted,) = subscription["items"]["data"], _needed(asked, "items")
        if wanted.get("id") != item["id"]:
            raise missing("subscription item", str(wanted.get("id")))
        old, new = item["price"], self.get("price", wanted["price"])
        if old["currency"] != new["currency"]:
            raise Refused(400, "The price specified supports another currency.", param="items")
        behaviour = asked.get("proration_behavior", "create_prorations")
        if behaviour == "none":
            item["price"] = new
        elif behaviour == "always_invoice":
            self._charge_difference(subscription, item, new, asked)
        else:
            raise Refused(400, "The stand-in knows no such proration_behavior.", param="proration_behavior")
        self.tell("customer.subscription.updated", subscription)
        return subscription

    def _charge_difference(self, subscription: Thing, item: Thing, new: Thing, asked: Mapping[str, Any]) -> None:
        since, start, end = int(asked["proration_date"]), item["current_period_start"], item["current_period_end"]
        if not max(start, subscription["start_date"]) <= since < end:
            raise Refused(400, "Cannot specify proration date outside of the current period.", param="proration_date")
        if not self.card_is_good and asked.get("payment_behavior") == "error_if_incomplete":
            raise Refused(402, "Your card was declined.", type="card_error", code="card_declined")
        old, item["price"] = item["price"], new
        lines = [
            _line(price, sign * price["unit_amount"] * (end - since) // (end - start), (since, end), proration=True)
            for sign, price in ((-1, old), (1, new))
        ]
        self._invoice(subscription, "subscription_update", lines)

    # -- what payers and the account's owner do ---------------------------------------------------------------------

    def pay(self, session_id: str, *, later: bool = False, **otherwise: Any) -> Thing:
        """Somebody pays a checkout; ``later``: by a way whose money takes days. ``otherwise`` changes what was paid."""
        with self._lock:
            session = self.get("checkout.session", session_id)
            assert session["status"] == "open", session
            session |= {"status": "complete", "url": None, **otherwise}
            if session["mode"] == "subscription":
                self._subscribe(session)
            else:
                intent = self._intent(session["amount_total"], session["currency"], session["customer"])
                session["payment_intent"] = intent["id"]
                session["payment_status"] = "unpaid" if later else "paid"
            self.tell("checkout.session.completed", session)
            return session

    def settle(self, session_id: str, *, well: bool) -> None:
        """The money of a payment that took days has come, or will not."""
        session = self.get("checkout.session", session_id)
        session["payment_status"] = "paid" if well else "unpaid"
        self.tell(f"checkout.session.async_payment_{'succeeded' if well else 'failed'}", session)

    def expire(self, session_id: str) -> None:
        """Nobody paid in time."""
        session = self.get("checkout.session", session_id)
        session["status"] = "expired"
        self.tell("checkout.session.expired", session)

    def renew(self, subscription_id: str, *, paid: bool = True, settled: int = 0, discount: int = 0) -> None:
        """The next period begins; the card is charged for it, or refuses. ``settled`` is left of an earlier change."""
        subscription = self.get("subscription", subscription_id)
        (item,) = subscription["items"]["data"]
        self._begin_period(item, item["current_period_end"], subscription["billing_cycle_anchor"])
        period = (item["current_period_start"], item["current_period_end"])
        price = item["price"]
        subscription["status"] = "active" if paid else "past_due"
        self.tell("customer.subscription.updated", subscription)
        lines = [_line(price, settled, period, proration=True)] if settled else []
        lines.append(_line(price, price["unit_amount"] - discount, period))
        self._invoice(subscription, "subscription_cycle", lines, paid=paid)

    def pay_late(self, subscription_id: str) -> None:
        """The card is charged at last for the invoice that is open."""
        subscription = self.get("subscription", subscription_id)
        (invoice,) = (one for one in self.of_kind("invoice") if one["status"] == "open")
        self._pay_invoice(invoice)
        subscription["status"] = "active"
        self.tell("customer.subscription.updated", subscription)

    def cancel(self, subscription_id: str, *, at_period_end: bool) -> None:
        """Somebody cancels in the portal; or the subscription ends now."""
        subscription = self.get("subscription", subscription_id)
        if at_period_end:
            subscription["cancel_at_period_end"] = True
            subscription["cancel_at"] = subscription["items"]["data"][0]["current_period_end"]
            self.tell("customer.subscription.updated", subscription)
        else:
            subscription |= {"status": "canceled", "canceled_at": self._second(), "ended_at": self._second()}
            self.tell("customer.subscription.deleted", subscription)

    def keep_going(self, subscription_id: str) -> None:
        """Somebody takes a cancellation back."""
        subscription = self.get("subscription", subscription_id)
        subscription |= {"cancel_at_period_end": False, "cancel_at": None}
        self.tell("customer.subscription.updated", subscription)

    def refund(self, intent_id: str, amount: int) -> Thing:
        """The account's owner gives so much back."""
        charge = self.get("charge", self.get("payment_intent", intent_id)["latest_charge"])
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
        self.tell("charge.refunded", charge)
        return charge

    def dispute(self, intent_id: str) -> Thing:
        """A payer tells their bank that they did not buy this."""
        charge = self.get("charge", self.get("payment_intent", intent_id)["latest_charge"])
        charge["disputed"] = True
        fields = {name: charge[name] for name in ("amount", "currency")}
        made = self._keep(
            "dp", "dispute", **fields, charge=charge["id"], payment_intent=intent_id, status="needs_response"
        )
        self.tell("charge.dispute.created", made)
        return made

    def tell(self, kind: str, thing: Mapping[str, Any]) -> Thing:
        """An event with the object as it is now, in the version that the webhook's endpoint was made with."""
        with self._lock:
            event = {
                "id": f"evt_{next(self._numbers):06d}",
                "object": "event",
                "api_version": "2022-11-15",
                "created": self._second(),
                "livemode": self.livemode,
                "type": kind,
                "data": {"object": shown(thing, ())},
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
            }
            self.events.append(event)
            return event

    # -- inside -----------------------------------------------------------------------------------------------------

    def _subscribe(self, session: Thing) -> None:
        price = self.get("price", session["_price"])
        item: Thing = {"id": f"si_{next(self._numbers):06d}", "object": "subscription_item", "price": price}
        now = self._second()
        self._begin_period(item, now, now)
        subscription = self._keep(
            "sub",
            "subscription",
            status="active",
            customer=session["customer"],
            currency=price["currency"],
            items={"object": "list", "data": [item], "has_more": False},
            metadata=session["_marks"],
            start_date=now,
            billing_cycle_anchor=now,
            cancel_at_period_end=False,
            cancel_at=None,
            canceled_at=None,
            ended_at=None,
        )
        session |= {"subscription": subscription["id"], "payment_status": "paid"}
        self.tell("customer.subscription.created", subscription)
        amount = session["amount_total"]
        line = _line(price, amount, (item["current_period_start"], item["current_period_end"]))
        session["invoice"] = self._invoice(subscription, "subscription_create", [line], session["currency"])["id"]

    def _invoice(
        self, subscription: Thing, reason: str, lines: list[Thing], currency: str | None = None, *, paid: bool = True
    ) -> Thing:
        total, currency = sum(line["amount"] for line in lines), currency or subscription["currency"]
        invoice = self._keep(
            "in",
            "invoice",
            status="paid" if paid else "open",
            billing_reason=reason,
            total=total,
            amount_paid=total if paid else 0,
            currency=currency,
            customer=subscription["customer"],
            parent={
                "type": "subscription_details",
                "subscription_details": {"subscription": subscription["id"], "metadata": subscription["metadata"]},
            },
            lines={"object": "list", "data": lines, "has_more": False},
        )
        if paid:
            self._pay_invoice(invoice)
        return invoice

    def _pay_invoice(self, invoice: Thing) -> None:
        intent = self._intent(invoice["total"], invoice["currency"], invoice["customer"])
        payment = {"type": "payment_intent", "payment_intent": intent["id"]}
        invoice["payments"] = {"object": "list", "data": [{"object": "invoice_payment", "payment": payment}]}
        invoice |= {"status": "paid", "amount_paid": invoice["total"]}
        self.tell("invoice.paid", invoice)

    def _intent(self, amount: int, currency: str, customer: str | None) -> Thing:
        fields = {"amount": amount, "currency": currency, "customer": customer}
        intent = self._keep("pi", "payment_intent", **fields, status="succeeded")
        charge = self._keep(
            "ch", "charge", **fields, payment_intent=intent["id"], amount_refunded=0, refunded=False, disputed=False
        )
        intent["latest_charge"] = charge["id"]
        return intent

    def _begin_period(self, item: Thing, start: int, anchor: int) -> None:
        instant, first = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(anchor, UTC)
        item |= {"current_period_start": start, "current_period_end": int(period_at(instant, first).end.timestamp())}

    def _keep(self, prefix: str, kind: str, **fields: Any) -> Thing:
        with self._lock:
            identity = f"{prefix}_{next(self._numbers):06d}"
            thing = {"id": identity, "object": kind, "created": self._second(), "livemode": self.livemode, **fields}
            self.things[identity] = thing
            return thing

    def _second(self) -> int:
        return int(self.now().timestamp())


def shown(thing: Mapping[str, Any], expanded: tuple[Thing, ...]) -> Thing:
    """An object as the API shows it: without our own notes, and with payments only where they were asked for."""
    document = deepcopy({name: value for name, value in thing.items() if not name.startswith("_")})
    if thing["object"] == "invoice" and not expanded:
        document.pop("payments", None)
    return document


def _line(price: Thing, amount: int, period: tuple[int, int], *, proration: bool = False) -> Thing:
    return {
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "period": {"start": period[0], "end": period[1]},
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {"proration": proration},
            "invoice_item_details": None,
        },
        "pricing": {"type": "price_details", "price_details": {"price": price["id"], "product": price["product"]}},
    }


def _needed(asked: Mapping[str, Any], name: str) -> Any:
    if name not in asked:
        raise Refused(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    return asked[name]
