"""Work that was delivered while the ledger could not be reached: noted durably, billed later, once.

The sound is in the person's hands, so it is not taken back; it is not forgotten either.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits.models import UnbilledRow
from donecast.credits.repository import unpaid
from donecast.credits.rules.pricing import Work, work_from_json, work_to_json
from donecast.credits.service.bills import Charge
from donecast.credits.service.charges import charge_for_work
from donecast.kit.clock import Clock

AT_ONCE = 500


def note_unbilled(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    work: Work,
    happened_at: datetime,
    episode_id: str | None = None,
) -> None:
    """Notes work to be billed under its operation's id; the same again changes nothing."""
    if unpaid.unbilled(session, account_id, operation_id) is not None:
        return
    session.add(
        UnbilledRow(
            account_id=account_id,
            operation_id=operation_id,
            work=work_to_json(work),
            episode_id=episode_id,
            happened_at=happened_at,
            noted_at=clock.now(),
        )
    )
    session.flush()


def bill_noted(session: Session, clock: Clock, account_id: str, operation_id: str) -> Charge | None:
    """Bills one noted work; None when it was billed before. Raises NotEnoughCredits, and then it goes on waiting."""
    row = unpaid.unbilled(session, account_id, operation_id)
    if row is None or row.billed_at is not None:
        return None
    charge = charge_for_work(
        session,
        clock,
        account_id,
        work_from_json(row.work),
        operation_id=operation_id,
        episode_id=row.episode_id,
    )
    row.billed_at = clock.now()
    session.flush()
    return charge


def waiting_to_be_billed(
    session: Session, after: tuple[datetime, str, str] | None = None
) -> list[tuple[datetime, str, str]]:
    """When work was noted that waits, whose it is, and its operation's id; oldest first, from behind one of them."""
    return unpaid.unbilled_waiting(session, after, AT_ONCE)
