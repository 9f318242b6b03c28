"""The one file that knows Stripe: its SDK, its names for things, and its errors, turned into ours.

The SDK asks through ``platform.outgoing``, so that time and bytes are bounded and the key goes nowhere else; when to
try again is the SDK's own rule, always under the same idempotency key. Objects come in the version of Stripe's API that
the SDK is pinned to; an event's content comes in the version of the webhook's endpoint, so it is never used.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import stripe

from donecast.billing.errors import (
    CardRefused,
    EventRefused,
    ObjectUnknown,
    PaymentsAnswerBad,
    PaymentsBusy,
    PaymentsKeyRefused,
    PaymentsRejected,
    PaymentsResting,
    PaymentsUnreachable,
)
from donecast.billing.payment_service import CheckoutWish, OpenedCheckout
from donecast.billing.rules import (
    Event,
    InvoiceFacts,
    InvoiceLine,
    Mode,
    Offer,
    ReturnedFacts,
    SessionFacts,
    SubscriptionFacts,
    is_fresh,
    signed_at,
)
from donecast.billing.stripe_document import Document
from donecast.kit.errors import DonecastError
from donecast.platform.outgoing import UNGUARDED, NoAnswer, Outgoing, OutgoingLimits, Question, looks_like_json
from donecast.platform.telemetry import logger
from donecast.platform.vendor_settings import PaymentSettings

SIGNATURE_HEADER = "stripe-signature"
_PURCHASE = "donecast_purchase"
_ACCOUNT = "donecast_account"
_OFFER = "donecast_offer"


class StripePayments:
    """A Stripe account; see `PaymentService`."""

    def __init__(self, settings: PaymentSettings, way: Outgoing = UNGUARDED) -> None:
        # It would send what machine this is, and keep an id of its own in the home folder.
        stripe.enable_telemetry = False
        self._secret = settings.stripe_webhook_secret
        self._portal = settings.stripe_portal_configuration
        self._mode: Mode = "live" if "_live_" in settings.stripe_key[:8] else "test"
        limits = OutgoingLimits(settings.stripe_deadline_seconds, 1, settings.stripe_answer_bytes_max)
        self._client = stripe.StripeClient(
            settings.stripe_key,
            base_addresses={"api": settings.stripe_url.rstrip("/")},
            max_network_retries=settings.stripe_retries_max,
            http_client=_HttpClient(way, limits),
        )

    @property
    def mode(self) -> Mode:
        """Whether real money moves: the key says so."""
        return self._mode

    def make_customer(self, account_id: str, email: str, name: str) -> str:
        """The id of a customer for an account."""
        made = self._make(
            lambda: self._client.v1.customers.create(
                {"email": email, "name": name, "metadata": {_ACCOUNT: account_id}},
                # Another address within a day would be another request under the same key, which is refused.
                {"idempotency_key": f"customer:{account_id}:{_digest(email, name)}"},
            )
        )
        return made.text("id")

    def make_price(self, offer: Offer) -> str:
        """The id of a monthly price for a plan."""
        made = self._make(
            lambda: self._client.v1.prices.create(
                {
                    "currency": offer.currency,
                    "unit_amount": offer.amount,
                    "recurring": {"interval": "month"},
                    "product_data": {"name": offer.name},
                    "metadata": {_OFFER: offer.id},
                },
                {"idempotency_key": f"price:{offer.id}"},
            )
        )
        return made.text("id")

    def open_checkout(self, wish: CheckoutWish) -> OpenedCheckout:
        """A page on which the order is paid."""
        purchase, mark = wish.purchase, {_PURCHASE: wish.purchase.id}
        asked: dict[str, Any] = {
            "customer": wish.customer_id,
            "client_reference_id": purchase.id,
            "metadata": mark,
            "success_url": wish.success_url,
            "cancel_url": wish.cancel_url,
        }
        if wish.price_id is not None:
            line: dict[str, Any] = {"price": wish.price_id, "quantity": 1}
            asked |= {"mode": "subscription", "line_items": [line], "subscription_data": {"metadata": mark}}
        else:
            price = {
                "currency": purchase.currency,
                "unit_amount": purchase.amount,
                "product_data": {"name": purchase.name},
            }
            line = {"price_data": price, "quantity": 1}
            asked |= {"mode": "payment", "line_items": [line], "payment_intent_data": {"metadata": mark}}
            # The payer's own currency would be another amount than the one we asked for.
            asked["adaptive_pricing"] = {"enabled": False}
        made = self._make(
            lambda: self._client.v1.checkout.sessions.create(
                cast(Any, asked), {"idempotency_key": f"checkout:{purchase.id}"}
            )
        )
        return OpenedCheckout(made.text("id"), made.text("url"), _instant(made.number("expires_at")))

    def open_portal(self, customer_id: str, return_url: str) -> str:
        """The address of Stripe's customer portal for this customer."""
        asked: dict[str, Any] = {"customer": customer_id, "return_url": return_url}
        if self._portal:
            asked["configuration"] = self._portal
        return self._make(lambda: self._client.v1.billing_portal.sessions.create(cast(Any, asked))).text("url")

    def change_price(
        self, subscription: SubscriptionFacts, price_id: str, *, charged_since: datetime | None, key: str
    ) -> None:
        """Lets a subscription go on at another price; see `PaymentService`."""
        asked: dict[str, Any] = {
            "items": [{"id": subscription.item_id, "price": price_id}],
            "proration_behavior": "none",
        }
        if charged_since is not None:
            # Reckoned from there, the difference is the whole difference, as the credits for it are.
            asked |= {
                "proration_behavior": "always_invoice",
                "proration_date": int(charged_since.timestamp()),
                "payment_behavior": "error_if_incomplete",
            }
        self._make(
            lambda: self._client.v1.subscriptions.update(subscription.id, cast(Any, asked), {"idempotency_key": key})
        )

    def event_of(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """What a call is about. Raises EventRefused."""
        header = headers.get(SIGNATURE_HEADER, "")
        second = signed_at(header)
        # The SDK compares signatures as ASCII, and knows the machine's clock alone, so the age is looked at here.
        if not header.isascii() or second is None or not is_fresh(second, now):
            raise EventRefused
        try:
            stripe.WebhookSignature.verify_header(body, header, self._secret, tolerance=None)
            document = Document(json.loads(body))
            if document.text("object") != "event":
                raise EventRefused
            return Event(
                id=document.text("id"),
                type=document.text("type"),
                object_id=document.inner("data").inner("object").text_or_none("id") or "",
                mode="live" if document.flag("livemode") else "test",
                happened_at=_instant(document.number("created")),
            )
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError, RecursionError, PaymentsAnswerBad):
            raise EventRefused from None

    def session(self, session_id: str) -> SessionFacts:
        """A checkout session. Raises ObjectUnknown."""
        found = self._ask(lambda: self._client.v1.checkout.sessions.retrieve(session_id))
        return SessionFacts(
            id=found.text("id"),
            mode=found.text("mode"),
            status=found.text_or_none("status") or "",
            payment_status=found.text("payment_status"),
            amount=found.number_or_none("amount_total"),
            currency=found.text_or_none("currency"),
            customer_id=found.id_or_none("customer"),
            purchase_id=found.inner_or_empty("metadata").text_or_none(_PURCHASE),
            intent_id=found.id_or_none("payment_intent"),
            subscription_id=found.id_or_none("subscription"),
        )

    def invoice(self, invoice_id: str) -> InvoiceFacts:
        """An invoice with the payment that paid it. Raises ObjectUnknown."""
        found = self._ask(lambda: self._client.v1.invoices.retrieve(invoice_id, {"expand": ["payments"]}))
        payments = found.inner_or_empty("payments").documents_or_none("data") or ()
        intents = [intent for one in payments if (intent := one.inner_or_empty("payment").id_or_none("payment_intent"))]
        details = found.inner_or_empty("parent").inner_or_empty("subscription_details")
        return InvoiceFacts(
            id=found.text("id"),
            status=found.text_or_none("status") or "",
            reason=found.text_or_none("billing_reason") or "",
            total=found.number("total"),
            currency=found.text("currency"),
            customer_id=found.id_or_none("customer"),
            subscription_id=details.id_or_none("subscription"),
            intent_id=intents[0] if intents else None,
            lines=tuple(_line(one) for one in found.inner("lines").documents("data")),
        )

    def subscription(self, subscription_id: str) -> SubscriptionFacts:
        """A subscription. Raises ObjectUnknown."""
        found = self._ask(lambda: self._client.v1.subscriptions.retrieve(subscription_id))
        items = found.inner("items").documents("data")
        if not items:
            raise PaymentsAnswerBad
        item, period_end = items[0], _instant(items[0].number("current_period_end"))
        cancel_at = found.number_or_none("cancel_at")
        at_period_end = period_end if found.flag("cancel_at_period_end") else None
        return SubscriptionFacts(
            id=found.text("id"),
            status=found.text("status"),
            customer_id=found.id_or_none("customer") or "",
            price_id=item.inner("price").text("id"),
            item_id=item.text("id"),
            purchase_id=found.inner_or_empty("metadata").text_or_none(_PURCHASE),
            period_start=_instant(item.number("current_period_start")),
            period_end=period_end,
            ends_at=_instant(cancel_at) if cancel_at is not None else at_period_end,
        )

    def returned_of_intent(self, intent_id: str) -> ReturnedFacts:
        """What went back of a payment. Raises ObjectUnknown."""
        found = self._ask(lambda: self._client.v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]}))
        return _returned(found.text("id"), found.inner_or_empty("latest_charge"))

    def returned_of_charge(self, charge_id: str) -> ReturnedFacts:
        """What went back of a charge. Raises ObjectUnknown."""
        found = self._ask(lambda: self._client.v1.charges.retrieve(charge_id))
        return _returned(found.id_or_none("payment_intent"), found)

    def returned_of_dispute(self, dispute_id: str) -> ReturnedFacts:
        """What went back of a payment that is disputed. Raises ObjectUnknown."""
        found = self._ask(lambda: self._client.v1.disputes.retrieve(dispute_id, {"expand": ["charge"]}))
        charge = found.inner_or_empty("charge")
        returned = _returned(found.id_or_none("payment_intent"), charge)
        return ReturnedFacts(intent_id=returned.intent_id, refunded=returned.refunded, disputed=True)

    def _make(self, wish: Callable[[], stripe.StripeObject]) -> Document:
        try:
            return self._ask(wish)
        except ObjectUnknown:
            # A customer or a price that somebody deleted there: no person here can mend that.
            raise PaymentsRejected from None

    def _ask(self, question: Callable[[], stripe.StripeObject]) -> Document:
        try:
            found = question()
        except stripe.StripeError as error:
            # Not chained: the SDK's errors carry whole answers, which do not belong in a log.
            raise _ours(error) from None
        if not isinstance(found, stripe.StripeObject):
            raise PaymentsAnswerBad
        return Document(found.to_dict())


class _HttpClient(stripe.HTTPClient):
    """The SDK's way out: one attempt by ``platform.outgoing``."""

    name = "donecast"

    def __init__(self, way: Outgoing, limits: OutgoingLimits) -> None:
        super().__init__()
        self._way = way
        self._limits = limits

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Body, status and headers of the answer. Raises APIConnectionError, which the SDK tries again."""
        content = post_data.encode() if isinstance(post_data, str) else b""
        question = Question(cast(Any, method.upper()), url, headers or {}, content=content, is_answer=looks_like_json)
        found = self._way.ask(question, self._limits)
        if isinstance(found, NoAnswer):
            if found.is_left_alone:
                raise _LeftAlone(found)
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                f"no answer: {found.lack}", should_retry=found.lack not in {"too_large", "garbled"}
            )
        return found.body, found.status, found.headers

    def close(self) -> None:
        """Nothing is kept open."""


class _LeftAlone(stripe.APIConnectionError):
    """The service is given a rest, so nothing was sent."""

    def __init__(self, found: NoAnswer) -> None:
        super().__init__("left alone", should_retry=False)  # type: ignore[no-untyped-call]
        self.found = found


def _ours(error: stripe.StripeError) -> DonecastError:
    """What Stripe's error means for a person; its own words go to the log, shortened."""
    if isinstance(error, _LeftAlone):
        return PaymentsResting.after(error.found.after_seconds)
    logger().warning(
        "payment service refused",
        error=type(error).__name__,
        status=error.http_status,
        stripe_code=error.code,
        stripe_request_id=error.request_id,
        said=str(error.user_message or "")[:200] if error.http_status in {400, 402, 404, 409} else "",
    )
    return next(ours for means, ours in _MEANINGS if means(error))()


_MEANINGS: tuple[tuple[Callable[[Any], bool], type[DonecastError]], ...] = (
    (lambda error: isinstance(error, stripe.APIConnectionError) and error.should_retry, PaymentsUnreachable),
    (lambda error: isinstance(error, stripe.APIConnectionError), PaymentsAnswerBad),
    (lambda error: isinstance(error, stripe.RateLimitError), PaymentsBusy),
    (lambda error: isinstance(error, stripe.AuthenticationError | stripe.PermissionError), PaymentsKeyRefused),
    (lambda error: isinstance(error, stripe.CardError), CardRefused),
    (lambda error: error.code == "resource_missing", ObjectUnknown),
    # Two requests under one key at the same moment: the first one is still at it.
    (lambda error: (error.http_status or 0) >= 500 or error.http_status == 409, PaymentsUnreachable),
    (lambda error: isinstance(error, stripe.APIError), PaymentsAnswerBad),
    (lambda _error: True, PaymentsRejected),
)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _line(line: Document) -> InvoiceLine:
    parent, period = line.inner_or_empty("parent"), line.inner("period")
    details = [parent.inner_or_empty(name) for name in ("subscription_item_details", "invoice_item_details")]
    return InvoiceLine(
        price_id=line.inner_or_empty("pricing").inner_or_empty("price_details").id_or_none("price"),
        amount=line.number("amount"),
        is_proration=any(one.flag("proration") for one in details),
        period_start=_instant(period.number("start")),
        period_end=_instant(period.number("end")),
    )


def _returned(intent_id: str | None, charge: Document) -> ReturnedFacts:
    return ReturnedFacts(
        intent_id=intent_id,
        refunded=charge.number_or_none("amount_refunded") or 0,
        disputed=charge.flag("disputed"),
    )


def _instant(second: int) -> datetime:
    try:
        return datetime.fromtimestamp(second, UTC)
    except (OverflowError, ValueError, OSError):
        raise PaymentsAnswerBad from None
