"""Tables of credits. Entries, postings, rate cards and price changes are append-only: the database refuses the rest.

Amounts are milli-credits (``_mc``) in 64 bits. People and episodes are named without foreign keys, for the ledger
outlives them. A migration that copies one of the append-only tables must make its triggers again.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.credits.rules.entries import OPERATION_ID_LENGTH_MAX
from donecast.platform.database import Base, Instant

APPEND_ONLY = ("credit_entries", "credit_postings", "credit_rate_cards", "credit_price_changes")
_LEFT = text("remaining_mc > 0")
_OPEN = text("state = 'open'")
_UNBILLED = text("billed_at IS NULL")
_UNDECIDED = text("decided_at IS NULL")


class TierRow(Base):
    """A plan; ``monthly_mc`` NULL is unlimited."""

    __tablename__ = "credit_tiers"
    __table_args__ = (CheckConstraint("monthly_mc >= 0", name="monthly"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    monthly_mc: Mapped[int | None] = mapped_column(BigInteger)
    months: Mapped[str] = mapped_column(String(20))
    rollover_basis_points: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)


class RateCardRow(Base):
    """All rates under one version."""

    __tablename__ = "credit_rate_cards"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rates: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)


class PriceChangeRow(Base):
    """Who changed which rate or tier, when, why, from what to what."""

    __tablename__ = "credit_price_changes"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    old: Mapped[Any | None] = mapped_column(JSON)
    new: Mapped[Any | None] = mapped_column(JSON)
    rate_card_version: Mapped[int | None]
    changed_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(500))


class WalletRow(Base):
    """A person's credits: their tier, the period, and balances as projections of their entries."""

    __tablename__ = "credit_wallets"
    __table_args__ = (
        CheckConstraint("available_mc >= 0", name="available"),
        CheckConstraint("held_mc >= 0", name="held"),
    )

    account_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tier_id: Mapped[str] = mapped_column(ForeignKey("credit_tiers.id"))
    next_tier_id: Mapped[str | None] = mapped_column(ForeignKey("credit_tiers.id"))
    anchor_at: Mapped[datetime | None] = mapped_column(Instant)
    period_start: Mapped[datetime] = mapped_column(Instant)
    period_end: Mapped[datetime] = mapped_column(Instant, index=True)
    available_mc: Mapped[int] = mapped_column(BigInteger, default=0)
    held_mc: Mapped[int] = mapped_column(BigInteger, default=0)
    entry_count: Mapped[int] = mapped_column(BigInteger, default=0)
    head_digest: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(Instant)


class GrantRow(Base):
    """Credits given; ``remaining_mc`` is a projection."""

    __tablename__ = "credit_grants"
    __table_args__ = (
        CheckConstraint("remaining_mc >= 0 AND remaining_mc <= amount_mc", name="remaining"),
        Index("ix_credit_grants_left", "account_id", sqlite_where=_LEFT, postgresql_where=_LEFT),
        Index("ix_credit_grants_account_id", "account_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    amount_mc: Mapped[int] = mapped_column(BigInteger)
    remaining_mc: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    notes: Mapped[str] = mapped_column(String(200), default="")


class HoldRow(Base):
    """Credits set aside for an operation, its ``round``th time; ends once."""

    __tablename__ = "credit_holds"
    __table_args__ = (
        UniqueConstraint("account_id", "operation_id", "round"),
        Index("ix_credit_holds_open", "account_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_credit_holds_due", "expires_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(40))
    operation_id: Mapped[str] = mapped_column(String(OPERATION_ID_LENGTH_MAX))
    round: Mapped[int]
    reason: Mapped[str] = mapped_column(String(40))
    amount_mc: Mapped[int] = mapped_column(BigInteger)
    draws: Mapped[str] = mapped_column(Text)
    parameters: Mapped[str] = mapped_column(String(64))
    rate_card_version: Mapped[int]
    tier_id: Mapped[str] = mapped_column(String(40))
    episode_id: Mapped[str | None] = mapped_column(String(40))
    entry_id: Mapped[str] = mapped_column(String(40))
    absorbed_mc: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class EntryRow(Base):
    """One entry of a person's ledger, sealed together with the one before it."""

    __tablename__ = "credit_entries"
    __table_args__ = (
        UniqueConstraint("account_id", "sequence"),
        UniqueConstraint("account_id", "operation_id", "act", "round"),
        Index("ix_credit_entries_account_happened", "account_id", "happened_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(40))
    sequence: Mapped[int] = mapped_column(BigInteger)
    operation_id: Mapped[str] = mapped_column(String(OPERATION_ID_LENGTH_MAX))
    act: Mapped[str] = mapped_column(String(20))
    round: Mapped[int]
    reason: Mapped[str] = mapped_column(String(40))
    amount_mc: Mapped[int] = mapped_column(BigInteger)
    available_change_mc: Mapped[int] = mapped_column(BigInteger)
    held_change_mc: Mapped[int] = mapped_column(BigInteger)
    parameters: Mapped[str] = mapped_column(String(64))
    lines: Mapped[str] = mapped_column(Text)
    draws: Mapped[str] = mapped_column(Text)
    engine: Mapped[str | None] = mapped_column(String(40))
    rate_card_version: Mapped[int | None]
    notes: Mapped[str] = mapped_column(String(500))
    episode_id: Mapped[str | None] = mapped_column(String(40), index=True)
    refers_to: Mapped[str | None] = mapped_column(String(40), index=True)
    minutes_thousandths: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(100))
    request_id: Mapped[str | None] = mapped_column(String(64))
    happened_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    previous_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class PostingRow(Base):
    """So much that an entry puts into a pot; negative is taken out. Those of an entry sum to zero."""

    __tablename__ = "credit_postings"
    __table_args__ = (Index("ix_credit_postings_account_pot", "account_id", "pot"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("credit_entries.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(String(40))
    pot: Mapped[str] = mapped_column(String(80))
    amount_mc: Mapped[int] = mapped_column(BigInteger)


class UnbilledRow(Base):
    """Work that was delivered while the ledger could not be reached; billed later under the same operation id."""

    __tablename__ = "credit_unbilled"
    __table_args__ = (Index("ix_credit_unbilled_open", "noted_at", sqlite_where=_UNBILLED, postgresql_where=_UNBILLED),)

    account_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    operation_id: Mapped[str] = mapped_column(String(OPERATION_ID_LENGTH_MAX), primary_key=True)
    work: Mapped[dict[str, Any]] = mapped_column(JSON)
    episode_id: Mapped[str | None] = mapped_column(String(40))
    happened_at: Mapped[datetime] = mapped_column(Instant)
    noted_at: Mapped[datetime] = mapped_column(Instant)
    billed_at: Mapped[datetime | None] = mapped_column(Instant)


class StorageSampleRow(Base):
    """How many bytes somebody kept on one day (UTC)."""

    __tablename__ = "credit_storage_samples"

    account_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    stored_bytes: Mapped[int] = mapped_column(BigInteger)


class StorageDueRow(Base):
    """What of a month's storage could not be paid when it was billed."""

    __tablename__ = "credit_storage_dues"
    __table_args__ = (CheckConstraint("due_mc > 0", name="due"),)

    account_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    due_mc: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class RefundRequestRow(Base):
    """Somebody asks for a charge back; ``decided_at`` NULL waits for an admin. At most one of a charge waits.

    ``approved`` and ``amount_mc`` say what was decided, ``words`` what the person reads about it.
    """

    __tablename__ = "credit_refund_requests"
    __table_args__ = (
        Index(
            "uq_credit_refund_requests_undecided",
            "account_id",
            "charge_id",
            unique=True,
            sqlite_where=_UNDECIDED,
            postgresql_where=_UNDECIDED,
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(40), index=True)
    charge_id: Mapped[str] = mapped_column(ForeignKey("credit_entries.id"), index=True)
    why: Mapped[str] = mapped_column(String(500))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    approved: Mapped[bool | None]
    amount_mc: Mapped[int | None] = mapped_column(BigInteger)
    words: Mapped[str | None] = mapped_column(String(200))
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
