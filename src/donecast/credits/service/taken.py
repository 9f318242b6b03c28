"""What was taken for a piece of work that failed, for a sentence that must be true."""

from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits.repository import invoices, unpaid
from donecast.kit.money import credits_text


def charged_in_words(
    session: Session, account_id: str, *, episode_id: str | None, since: datetime, request_id: str | None
) -> str | None:
    """The credits charged for an episode since an instant, or under a request; "" for none, None where it is not sure.

    It is not sure while delivered work of this person waits to be billed.
    """
    if unpaid.has_unbilled(session, account_id):
        return None
    charged_mc = invoices.charged_for(session, account_id, episode_id, since, request_id)
    return credits_text(charged_mc) if charged_mc else ""
