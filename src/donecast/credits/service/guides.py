"""The guide to credits, as somebody on their plan reads it."""

from sqlalchemy.orm import Session

from donecast.credits.rules.guide import GuideSection, credits_guide
from donecast.credits.service.opening import look
from donecast.credits.service.storage import KEPT_AT_LEAST, UPLOADS_STOP_AFTER
from donecast.credits.service.tariffs import rate_card
from donecast.kit.clock import Clock


def guide(session: Session, clock: Clock, account_id: str) -> tuple[GuideSection, ...]:
    """Every part of it, with the numbers in force."""
    tier = look(session, clock, account_id).tier
    rates = rate_card(session).rates_for(tier.id)
    return credits_guide(rates, tier, uploads_stop_after=UPLOADS_STOP_AFTER, kept_at_least=KEPT_AT_LEAST)
