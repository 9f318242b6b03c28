"""Tables of billing. Amounts are in the currency's smallest unit, credits in milli-credits; both are whole numbers."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class OfferRow(Base):
    """What can be bought. A row never changes but for being taken off sale: a new price is a new row."""

    __tablename__ = "billing_offers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    credits_mc: Mapped[int | None] = mapped_column(BigInteger)
    tier: Mapped[str | None] = mapped_column(String(40))
    on_sale: Mapped[bool] = mapped_column(Boolean)
    made_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Instant)


class PriceRow(Base):
    """Under which id the payment service knows a plan's price, for test and for real money."""

    __tablename__ = "billing_prices"

    offer_id: Mapped[str] = mapped_column(ForeignKey("billing_offers.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10), primary_key=True)
    price_id: Mapped[str] = mapped_column(String(255), unique=True)


class CustomerRow(Base):
    """Under which id the payment service knows a person, for test and for real money."""

    __tablename__ = "billing_customers"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(255), unique=True)


class PurchaseRow(Base):
    """An order of ours: what was asked for, before the payment service hears of it."""

    __tablename__ = "purchases"
    __table_args__ = (
        UniqueConstraint("account_id", "request_key"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("billing_offers.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    credits_mc: Mapped[int | None] = mapped_column(BigInteger)
    tier: Mapped[str | None] = mapped_column(String(40))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    mode: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    request_key: Mapped[str | None] = mapped_column(String(100))
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    checkout_url: Mapped[str | None] = mapped_column(String(2000))
    checkout_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    subscription_id: Mapped[str | None] = mapped_column(String(255), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class PaymentRow(Base):
    """Money that came and was credited, once: its key is the payment object (payment intent, or invoice of a plan)."""

    __tablename__ = "payments"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    purchase_id: Mapped[str | None] = mapped_column(ForeignKey("purchases.id"))
    subscription_id: Mapped[str | None] = mapped_column(String(255))
    intent_id: Mapped[str | None] = mapped_column(String(255), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    credits_mc: Mapped[int] = mapped_column(BigInteger)
    grant_key: Mapped[str | None] = mapped_column(String(300))
    """The ledger's operation under which what is left of them was given; none for a plan, whose tier gives them."""
    taken_back_mc: Mapped[int] = mapped_column(BigInteger)
    due_mc: Mapped[int] = mapped_column(BigInteger)
    """What should have been taken back and was spent already."""
    refunded: Mapped[int] = mapped_column(BigInteger)
    is_disputed: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(Instant)


class SubscriptionRow(Base):
    """A plan that somebody pays each month, as it was when it was last looked at."""

    __tablename__ = "subscriptions"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    mode: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(30))
    offer_id: Mapped[str] = mapped_column(ForeignKey("billing_offers.id"))
    """What will be paid next."""
    paid_offer_id: Mapped[str | None] = mapped_column(ForeignKey("billing_offers.id"))
    """What is paid for now; none before the first payment."""
    paid_start: Mapped[datetime | None] = mapped_column(Instant)
    paid_end: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer)
    """Counts the looks: who looked before another one wrote looks again."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class EventRow(Base):
    """An event of the payment service that was taken, so that it is taken once."""

    __tablename__ = "payment_events"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(100))
    object_id: Mapped[str] = mapped_column(String(255))
    mode: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(40))
    happened_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)


class AlertRow(Base):
    """A payment that did not fit, for the person who runs this DoneCast."""

    __tablename__ = "billing_alerts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    said: Mapped[str] = mapped_column(String(1000))
    event_id: Mapped[str] = mapped_column(String(255))
    object_id: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[str | None] = mapped_column(String(40))
    purchase_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
