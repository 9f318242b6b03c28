"""What admins do with credits: plans and prices with their history, refunds, and one person's credits."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from donecast.accounts import service as accounts
from donecast.accounts.access import CurrentAdmin
from donecast.accounts.audit import service as audit
from donecast.accounts.rules import Account
from donecast.credits import service
from donecast.credits.admin_schemas import (
    AdjustmentIn,
    AskedRefundOut,
    AwardIn,
    PersonCreditsOut,
    PersonOut,
    PriceChangeOut,
    RateCardOut,
    RateChangesIn,
    RefundDecisionIn,
    RefundIn,
    TierChoiceIn,
    TierIn,
    TierOut,
    asked_refund_out,
    person_out,
    price_change_out,
    rate_card_out,
    tier_out,
)
from donecast.credits.errors import ExpiryPast, NoSuchPerson, PricesChanged
from donecast.credits.rules.tiers import Tier
from donecast.credits.schemas import (
    NUMBER_MAX,
    InvoicePageOut,
    invoice_page_out,
    standing_out,
)
from donecast.kit.clock import Clock
from donecast.kit.money import amount_of, credits_text
from donecast.platform.telemetry import current_request_id
from donecast.platform.web import GroundHere, InstantIn, ReadingSession, UnitRoute, WritingSession

router = APIRouter(prefix="/api/admin/credits", tags=["credits"], route_class=UnitRoute)


@router.get("/tiers")
def list_tiers(_admin: CurrentAdmin, session: ReadingSession) -> list[TierOut]:
    """Every plan, in its order."""
    return [tier_out(tier) for tier in service.all_tiers(session)]


@router.put("/tiers/{tier_id}")
def save_tier(tier_id: str, body: TierIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession) -> TierOut:
    """Changes a plan, or makes one. What was given for a running period stays; the next one is as saved here."""
    monthly_mc = None if body.monthly_credits is None else amount_of(body.monthly_credits)
    tier = Tier(tier_id, body.name, monthly_mc, body.months, body.rollover_basis_points)
    return tier_out(service.save_tier(session, ground.clock, tier, actor=admin.id, why=body.why, is_new=body.is_new))


@router.get("/rates")
def read_rate_card(_admin: CurrentAdmin, session: ReadingSession) -> RateCardOut:
    """The list of prices in force."""
    return rate_card_out(service.rate_card(session))


@router.post("/rates")
def change_rates(body: RateChangesIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession) -> RateCardOut:
    """Puts the next list in force, at once; work that is going on is paid by the list it was quoted with."""
    if body.version != service.rate_card(session).version:
        raise PricesChanged
    card = service.change_rates(session, ground.clock, body.changes, tier_id=body.tier_id, actor=admin.id, why=body.why)
    return rate_card_out(card)


@router.get("/history")
def read_price_history(_admin: CurrentAdmin, session: ReadingSession) -> list[PriceChangeOut]:
    """What was changed of plans and prices, newest first; the last five hundred changes."""
    changes = service.price_history(session)
    names = _emails(session, {change.changed_by for change in changes})
    return [price_change_out(change, names[change.changed_by]) for change in changes]


@router.get("/refund-requests")
def list_all_refund_requests(
    _admin: CurrentAdmin,
    session: ReadingSession,
    waiting: bool = True,
    before: Annotated[InstantIn | None, Query(description="Only what was asked before this instant")] = None,
) -> list[AskedRefundOut]:
    """Requests for refunds, newest first; a hundred at once."""
    found = service.refund_requests(session, waiting=waiting, before=before)
    emails = _emails(session, {one.account_id for one in found})
    return [asked_refund_out(one, emails[one.account_id]) for one in found]


@router.post("/refund-requests/{request_id}/decision")
def decide_refund(
    request_id: str, body: RefundDecisionIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> AskedRefundOut:
    """Gives back all or a part, or declines in words. The same again changes nothing."""
    decided = service.decide_refund(
        session,
        ground.clock,
        request_id,
        approve=body.approve,
        amount_mc=_amount(body.amount),
        words=body.words,
        actor=admin.id,
    )
    return asked_refund_out(decided, _emails(session, {decided.account_id})[decided.account_id])


@router.get("/accounts")
def find_person(
    _admin: CurrentAdmin, session: ReadingSession, email: Annotated[str, Query(max_length=254)]
) -> PersonOut:
    """Whose address this is."""
    account = accounts.account_by_email(session, email)
    if account is None:
        raise NoSuchPerson("There is no account with this e-mail address.", action="Check it for typing mistakes.")
    return person_out(account)


@router.get("/accounts/{account_id}")
def read_persons_credits(
    account_id: str, _admin: CurrentAdmin, ground: GroundHere, session: ReadingSession
) -> PersonCreditsOut:
    """What somebody has and used, and what they ask back."""
    return _person_credits(session, ground.clock, _person(session, account_id))


@router.get("/accounts/{account_id}/ledger")
def read_persons_ledger(
    account_id: str,
    _admin: CurrentAdmin,
    session: ReadingSession,
    before: Annotated[int | None, Query(ge=1, le=NUMBER_MAX)] = None,
    limit: Annotated[int, Query(ge=1, le=service.GROUPS_PER_PAGE_MAX)] = 20,
) -> InvoicePageOut:
    """Somebody's ledger, as they see it."""
    person = _person(session, account_id)
    return invoice_page_out(service.invoice_page(session, person.id, before=before, limit=limit))


@router.post("/accounts/{account_id}/adjustments")
def adjust_credits(
    account_id: str, body: AdjustmentIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> PersonCreditsOut:
    """Gives or takes credits by hand."""
    person = _person(session, account_id)
    service.adjust_credits(
        session,
        ground.clock,
        person.id,
        operation_id=f"hand:{body.key}",
        amount_mc=amount_of(body.amount),
        why=body.why,
        actor=admin.id,
    )
    return _person_credits(session, ground.clock, person)


@router.post("/accounts/{account_id}/awards")
def award_credits(
    account_id: str, body: AwardIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> PersonCreditsOut:
    """Gives credits as a present."""
    person = _person(session, account_id)
    if body.expires_at is not None and body.expires_at <= ground.clock.now():
        raise ExpiryPast
    service.award_credits(
        session,
        ground.clock,
        person.id,
        operation_id=f"award:{body.key}",
        amount_mc=amount_of(body.amount),
        why=body.why,
        expires_at=body.expires_at,
        actor=admin.id,
    )
    return _person_credits(session, ground.clock, person)


@router.post("/accounts/{account_id}/refunds")
def refund_charge(
    account_id: str, body: RefundIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> PersonCreditsOut:
    """Gives back a charge, or a part, that nobody asked back."""
    person = _person(session, account_id)
    service.refund_credits(
        session,
        ground.clock,
        person.id,
        charge_id=body.charge_id,
        operation_id=f"hand:{body.key}",
        why=body.why,
        amount_mc=_amount(body.amount),
        actor=admin.id,
    )
    return _person_credits(session, ground.clock, person)


@router.put("/accounts/{account_id}/tier")
def assign_tier(
    account_id: str, body: TierChoiceIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> PersonCreditsOut:
    """Puts somebody on a plan: a higher one at once, a lower one with the next period."""
    person = _person(session, account_id)
    before = service.usage(session, ground.clock, person.id).tier.id
    service.assign_tier(session, ground.clock, person.id, body.tier_id, actor=admin.id)
    # A plan that changes with the next period writes no entry of the ledger.
    audit.note(
        session,
        actor_id=admin.id,
        act="assign_tier",
        subject=person.id,
        details={"from": before, "to": body.tier_id},
        at=ground.clock.now(),
        request_id=current_request_id(),
    )
    return _person_credits(session, ground.clock, person)


def _emails(session: Session, account_ids: Collection[str]) -> dict[str, str]:
    """The address of each account; its id where there is none, such as for what the installation does itself."""
    found = {account_id: accounts.account_by_id(session, account_id) for account_id in account_ids}
    return {account_id: account.email if account else account_id for account_id, account in found.items()}


def _person(session: Session, account_id: str) -> Account:
    account = accounts.account_by_id(session, account_id)
    if account is None:
        raise NoSuchPerson
    return account


def _person_credits(session: Session, clock: Clock, person: Account) -> PersonCreditsOut:
    usage = service.usage(session, clock, person.id)
    standing = standing_out(
        usage,
        service.get_user_credit_balance(session, clock, person.id),
        service.storage_debt(session, person.id),
        uploads_stopped=service.uploads_stopped(session, clock, person.id),
    )
    return PersonCreditsOut(
        person=person_out(person),
        standing=standing,
        used=credits_text(usage.used_mc),
        breakdown_by_action={reason: credits_text(amount_mc) for reason, amount_mc in usage.by_action.items()},
        requests=[
            asked_refund_out(one, person.email) for one in service.refund_requests(session, account_id=person.id)
        ],
    )


def _amount(text: str | None) -> int | None:
    return None if text is None else amount_of(text)
