"""Storage: a sample of bytes a day, a bill a month, and what happens when it cannot be paid."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.credits.models import StorageDueRow, StorageSampleRow
from donecast.credits.repository import unpaid
from donecast.credits.rules.entries import moved
from donecast.credits.rules.periods import month_at, month_name, month_named
from donecast.credits.rules.pricing import Line, Storage, price
from donecast.credits.service.bills import Charge, charge_of, draft_of_work, funded, work_parameters
from donecast.credits.service.book import SYSTEM
from donecast.credits.service.charges import charge_credits
from donecast.credits.service.opening import look, open_book
from donecast.credits.service.tariffs import rate_card
from donecast.kit.clock import Clock

UPLOADS_STOP_AFTER = timedelta(days=7)
KEPT_AT_LEAST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StorageDebt:
    """What somebody owes for storage: since when, when uploads stop, and before when nothing is deleted."""

    due_mc: int
    since: datetime

    @property
    def uploads_stop_at(self) -> datetime:
        """The first instant without uploads."""
        return self.since + UPLOADS_STOP_AFTER

    @property
    def kept_until(self) -> datetime:
        """Nothing is deleted before."""
        return self.since + KEPT_AT_LEAST


def sample_storage(session: Session, clock: Clock, account_id: str, stored_bytes: int) -> None:
    """Notes how many bytes somebody keeps today (UTC); the day's last sample counts."""
    day = clock.now().date()
    row = unpaid.sample(session, account_id, day)
    if row is not None:
        row.stored_bytes = stored_bytes
        session.flush()
        return
    try:
        with session.begin_nested():
            session.add(StorageSampleRow(account_id=account_id, day=day, stored_bytes=stored_bytes))
    except IntegrityError:
        # Another worker looked at the same moment, which a database with many writers allows; its sample is as good.
        return


def months_to_bill(session: Session, clock: Clock, billed: str | None) -> list[str]:
    """Months that are over and come after the last one that was billed, oldest first; none before the first sample."""
    first = unpaid.first_sampled_day(session)
    if first is None:
        return []
    months: list[str] = []
    period = month_at(datetime.combine(first, time(), UTC) if billed is None else month_named(billed).end)
    while period.end <= clock.now():
        months.append(month_name(period.start))
        period = month_at(period.end)
    return months


def people_to_bill(session: Session, month: str) -> list[str]:
    """Who kept something in a month such as ``2026-03`` and was not billed for it, sorted."""
    first, last = _days_of(month)
    return unpaid.sampled_accounts_without(session, first, last, month)


def charge_for_storage(
    session: Session, clock: Clock, account_id: str, *, month: str, actor: str = SYSTEM
) -> Charge | None:
    """Bills the mean of a month's daily samples, once; None when nothing was sampled.

    What is not there to pay it becomes due. A day without a sample is left out of the mean. On an unlimited tier it is
    only recorded.
    """
    daily = unpaid.samples(session, account_id, *_days_of(month))
    if not daily:
        return None
    book = open_book(session, clock, account_id, actor)
    work = Storage(month, tuple(daily))
    operation_id, parameters = f"storage:{account_id}:{month}", work_parameters(work)
    before = book.done_before(operation_id, "charge", parameters)
    if before is not None:
        return charge_of(before)
    card = rate_card(session)
    line = price(card.rates_for(book.tier.id), work)
    due_mc = 0 if book.tier.unlimited else max(0, line.amount_mc - book.available_mc)
    lines = (line, Line("paid_later", -due_mc)) if due_mc else (line,)
    draws, pots = book.fund(line.amount_mc - due_mc)
    # It counts in the period whose credits pay it, so that used and left agree.
    draft = draft_of_work(book, work, operation_id, lines, parameters, card.version)
    charge = charge_of(book.post(funded(draft, draws, moved(pots, "revenue:STORAGE"))))
    if due_mc:
        session.add(StorageDueRow(account_id=account_id, month=month, due_mc=due_mc, since=book.now))
        session.flush()
    return charge


def pay_storage_dues(session: Session, clock: Clock, account_id: str, *, actor: str = SYSTEM) -> list[Charge]:
    """Pays what is due for storage, each month as a whole, the oldest first, as far as the credits reach."""
    paid: list[Charge] = []
    for row in unpaid.dues(session, account_id):
        settlement = look(session, clock, account_id)
        if not settlement.tier.unlimited and settlement.available_mc < row.due_mc:
            break
        charge = charge_credits(
            session,
            clock,
            account_id,
            operation_id=f"storage:{account_id}:{row.month}:due",
            reason="STORAGE",
            lines=(Line("paid_later", row.due_mc),),
            notes=f"Storage of {row.month}, paid later",
            actor=actor,
        )
        row.settled_at = clock.now()
        session.flush()
        paid.append(charge)
    return paid


def storage_debt(session: Session, account_id: str) -> StorageDebt | None:
    """What somebody owes for storage, or None."""
    rows = unpaid.dues(session, account_id)
    return StorageDebt(sum(row.due_mc for row in rows), min(row.since for row in rows)) if rows else None


def uploads_stopped(session: Session, clock: Clock, account_id: str) -> bool:
    """Whether uploads wait until storage is paid."""
    debt = storage_debt(session, account_id)
    return debt is not None and clock.now() >= debt.uploads_stop_at


def people_with_dues(session: Session) -> list[str]:
    """Who owes something for storage, sorted."""
    return unpaid.accounts_with_dues(session)


def _days_of(month: str) -> tuple[date, date]:
    period = month_named(month)
    return period.start.date(), (period.end - timedelta(days=1)).date()
