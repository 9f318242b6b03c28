"""What a payment service can do for us, whichever it is; it answers with frozen values of `rules`, read anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from donecast.billing.rules import (
    Event,
    InvoiceFacts,
    Mode,
    Offer,
    Purchase,
    ReturnedFacts,
    SessionFacts,
    SubscriptionFacts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutWish:
    """An order that shall be paid, and where its payer goes afterwards."""

    purchase: Purchase
    customer_id: str
    price_id: str | None
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """Where an order is paid, until when."""

    session_id: str
    url: str
    expires_at: datetime


class PaymentService(Protocol):
    """A service that takes payments.

    Every question may raise PaymentsUnreachable, PaymentsBusy, PaymentsAnswerBad, PaymentsKeyRefused, PaymentsRejected.
    What makes something has a key: asked again with it, the service does it once and answers the same.
    """

    @property
    def mode(self) -> Mode:
        """Whether real money moves."""
        ...

    def make_customer(self, account_id: str, email: str, name: str) -> str:
        """The id of a customer for an account."""
        ...

    def make_price(self, offer: Offer) -> str:
        """The id of a monthly price for a plan."""
        ...

    def open_checkout(self, wish: CheckoutWish) -> OpenedCheckout:
        """A page on which the order is paid."""
        ...

    def open_portal(self, customer_id: str, return_url: str) -> str:
        """The address of a page on which a customer manages cards, invoices and the end of a plan."""
        ...

    def change_price(
        self, subscription: SubscriptionFacts, price_id: str, *, charged_since: datetime | None, key: str
    ) -> None:
        """Lets a subscription go on at another price.

        With ``charged_since`` the difference since then is charged at once, and nothing changes unless it is paid
        (raises CardRefused); without it the new price is paid from the next period on.
        """
        ...

    def event_of(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """What a call is about. Raises EventRefused unless it is signed with our secret, not too long ago."""
        ...

    def session(self, session_id: str) -> SessionFacts:
        """A checkout session. Raises ObjectUnknown."""
        ...

    def invoice(self, invoice_id: str) -> InvoiceFacts:
        """An invoice. Raises ObjectUnknown."""
        ...

    def subscription(self, subscription_id: str) -> SubscriptionFacts:
        """A subscription. Raises ObjectUnknown."""
        ...

    def returned_of_intent(self, intent_id: str) -> ReturnedFacts:
        """What went back of a payment. Raises ObjectUnknown."""
        ...

    def returned_of_charge(self, charge_id: str) -> ReturnedFacts:
        """The same, by the id of its charge. Raises ObjectUnknown."""
        ...

    def returned_of_dispute(self, dispute_id: str) -> ReturnedFacts:
        """The same, by the id of a dispute about it. Raises ObjectUnknown."""
        ...
