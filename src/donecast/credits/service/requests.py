"""Requests for refunds: a person asks for a charge back and says why; an admin gives all, a part, or says why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import (
    NoSuchCharge,
    NoSuchRefundRequest,
    NothingToRefund,
    ReasonMissing,
    RefundDecided,
)
from donecast.credits.models import RefundRequestRow
from donecast.credits.repository import AnyRow, invoices
from donecast.credits.service.refunds import refund_credits
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id

REQUESTS_SHOWN_MAX = 100
RequestState = Literal["waiting", "approved", "declined"]


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A wish to have a charge back, and what came of it. ``refunded_mc`` is what was given back for it."""

    id: str
    account_id: str
    charge_id: str
    charge_reason: str
    charge_mc: int
    charge_notes: str
    charged_at: datetime
    why: str
    asked_at: datetime
    state: RequestState
    refunded_mc: int | None
    words: str | None
    decided_by: str | None
    decided_at: datetime | None


def request_refund(session: Session, clock: Clock, account_id: str, charge_id: str, why: str) -> RefundRequest:
    """Asks for a charge back. While a request about the charge waits, asking again answers that one.

    Raises NoSuchCharge, NothingToRefund, ReasonMissing.
    """
    said = _said(why, 500)
    charge = repository.entry(session, account_id, charge_id)
    if charge is None or charge.act != "charge":
        raise NoSuchCharge
    waiting = invoices.undecided(session, account_id, charge_id)
    if waiting is not None:
        return _request(waiting, charge)
    if charge.amount_mc <= sum(one.amount_mc for one in repository.refunds_of(session, charge_id)):
        raise NothingToRefund
    now = clock.now()
    row = RefundRequestRow(id=new_id("rfr", now), account_id=account_id, charge_id=charge_id, why=said, asked_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # The same was asked between our look and our save, which a database with many writers allows.
        waiting = invoices.undecided(session, account_id, charge_id)
        if waiting is None:
            raise
        row = waiting
    return _request(row, charge)


def decide_refund(
    session: Session,
    clock: Clock,
    request_id: str,
    *,
    approve: bool,
    amount_mc: int | None,
    words: str,
    actor: str,
) -> RefundRequest:
    """Gives a charge back, all that is left of it or an amount, or declines; ``words`` are what the person reads.

    The same decision again answers the first one. Raises NoSuchRefundRequest, RefundDecided, ReasonMissing,
    RefundTooLarge, AmountMissing.
    """
    said = _said(words, 200)
    row = invoices.request_to_decide(session, request_id)
    if row is None:
        raise NoSuchRefundRequest
    charge = repository.entry(session, row.account_id, row.charge_id)
    if charge is None:
        raise NoSuchCharge
    if row.decided_at is not None:
        if row.approved != approve or (approve and amount_mc is not None and amount_mc != row.amount_mc):
            raise RefundDecided
        return _request(row, charge)
    row.approved, row.words = approve, said
    row.decided_by, row.decided_at = actor, clock.now()
    if approve:
        refund = refund_credits(
            session,
            clock,
            row.account_id,
            charge_id=row.charge_id,
            operation_id=f"request:{row.id}",
            why=said,
            amount_mc=amount_mc,
            actor=actor,
        )
        row.amount_mc = refund.draft.amount_mc
    session.flush()
    return _request(row, charge)


def refund_requests(
    session: Session, *, account_id: str | None = None, waiting: bool = False, before: datetime | None = None
) -> list[RefundRequest]:
    """Requests, newest first, of one person or of all, those that wait or all; a page from before an instant."""
    rows = invoices.requests(session, account_id=account_id, waiting=waiting, before=before, limit=REQUESTS_SHOWN_MAX)
    return [_request(row, charge) for row, charge in rows]


def _request(row: RefundRequestRow, charge: AnyRow) -> RefundRequest:
    state: RequestState = "waiting" if row.decided_at is None else "approved" if row.approved else "declined"
    return RefundRequest(
        id=row.id,
        account_id=row.account_id,
        charge_id=row.charge_id,
        charge_reason=charge.reason,
        charge_mc=charge.amount_mc,
        charge_notes=charge.notes,
        charged_at=charge.happened_at,
        why=row.why,
        asked_at=row.asked_at,
        state=state,
        refunded_mc=row.amount_mc,
        words=row.words,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _said(text: str, characters_max: int) -> str:
    said = " ".join(text.split())[:characters_max]
    if not said:
        raise ReasonMissing
    return said
