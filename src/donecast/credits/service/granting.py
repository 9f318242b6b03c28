"""Giving credits, taking them by hand, and the tier that somebody is on."""

from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import AmountMissing, NoSuchCharge, NotEnoughCredits, ReasonMissing
from donecast.credits.rules.chain import fingerprint, instant_text
from donecast.credits.rules.entries import ADJUST, Entry, EntryDraft, Posting, moved, of_grants, reason_of_grant
from donecast.credits.rules.grants import Draw, GrantKind, burn
from donecast.credits.rules.periods import period_at
from donecast.credits.rules.settling import NewGrant
from donecast.credits.rules.tiers import Tier, allowance_key, is_upgrade, upgrade_mc
from donecast.credits.service.book import SYSTEM, entry_of_row, grant_id_of, save_terms
from donecast.credits.service.opening import open_book
from donecast.credits.service.tariffs import tier_named
from donecast.kit.clock import Clock


def grant_credits(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    kind: GrantKind,
    amount_mc: int,
    expires_at: datetime | None = None,
    notes: str = "",
    actor: str = SYSTEM,
) -> Entry:
    """Gives credits, once under the operation's id. Bought credits never expire; say when the others do.

    Raises AmountMissing, OperationDiffers.
    """
    if amount_mc <= 0:
        raise AmountMissing
    book = open_book(session, clock, account_id, actor)
    parameters = _grant_parameters(kind, amount_mc, expires_at)
    before = book.done_before(operation_id, "grant", parameters)
    if before is not None:
        return before
    new = NewGrant(operation_id, kind, amount_mc, book.now, expires_at)
    return book.give(new, notes=notes, parameters=parameters)


def award_credits(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    amount_mc: int,
    why: str,
    actor: str,
    expires_at: datetime | None = None,
) -> Entry:
    """Gives credits as a present, once under the operation's id; ``why`` is what the person reads.

    Raises AmountMissing, ReasonMissing, OperationDiffers.
    """
    return grant_credits(
        session,
        clock,
        account_id,
        operation_id=operation_id,
        kind="promo",
        amount_mc=amount_mc,
        expires_at=expires_at,
        notes=_said(why),
        actor=actor,
    )


def adjust_credits(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    amount_mc: int,
    why: str,
    actor: str,
    expires_at: datetime | None = None,
) -> Entry:
    """Gives credits by hand, or takes some where the amount is negative. ``why`` is what the person reads.

    Raises AmountMissing, ReasonMissing, NotEnoughCredits, OperationDiffers.
    """
    notes = _said(why)
    if not amount_mc:
        raise AmountMissing
    book = open_book(session, clock, account_id, actor)
    parameters = _grant_parameters("promo", amount_mc, expires_at)
    before = book.done_before(operation_id, "adjust", parameters)
    if before is not None:
        return before
    if amount_mc > 0:
        new = NewGrant(f"adjust:{operation_id}", "promo", amount_mc, book.now, expires_at)
        return book.give(
            new,
            notes=notes,
            parameters=parameters,
            source=ADJUST,
            reason="MANUAL_ADJUST",
            act="adjust",
            operation_id=operation_id,
        )
    taken_mc = -amount_mc
    if taken_mc > book.available_mc:
        raise NotEnoughCredits.lacking(taken_mc, book.available_mc)
    draws = burn(book.grants.values(), taken_mc)
    draft = EntryDraft(
        operation_id=operation_id,
        act="adjust",
        round=0,
        reason="MANUAL_ADJUST",
        amount_mc=amount_mc,
        postings=moved(of_grants(draws, ADJUST, taken_mc), ADJUST),
        happened_at=book.now,
        parameters=parameters,
        draws=draws,
        notes=notes,
    )
    return book.post(draft)


def withdraw_grant(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    granted_by: str,
    operation_id: str,
    why: str,
    actor: str = SYSTEM,
) -> Entry:
    """Takes back what is unspent of a grant, for instance when its payment was taken back.

    ``granted_by`` is the operation id of the grant. The entry's amount is what was taken; it may be less than was
    given, and never makes the balance negative. Raises NoSuchCharge, ReasonMissing, OperationDiffers.
    """
    notes = _said(why)
    book = open_book(session, clock, account_id, actor)
    parameters = fingerprint({"granted_by": granted_by})
    before = book.done_before(operation_id, "withdraw", parameters)
    if before is not None:
        return before
    grant_id = grant_id_of(account_id, granted_by)
    given = repository.grant(session, account_id, grant_id)
    if given is None:
        raise NoSuchCharge("These credits were never given.", action="Look at the list of entries.")
    draft = EntryDraft(
        operation_id=operation_id,
        act="withdraw",
        round=0,
        reason=reason_of_grant(given.kind),
        amount_mc=given.remaining_mc,
        postings=moved([Posting(f"grant:{grant_id}", given.remaining_mc)], f"issued:{given.kind}"),
        happened_at=book.now,
        parameters=parameters,
        draws=(Draw(grant_id, given.remaining_mc),) if given.remaining_mc else (),
        notes=notes,
    )
    return book.post(draft)


def assign_tier(
    session: Session,
    clock: Clock,
    account_id: str,
    tier_id: str,
    *,
    actor: str,
    anchor_at: datetime | None = None,
    at_once: bool = False,
) -> Tier:
    """Puts somebody on a tier and answers the one in force now.

    A higher tier comes at once, with the difference of the allowances; a lower one with the next period, unless
    ``at_once``. ``anchor_at`` is the first instant of a subscription, where that is not now. Raises NoSuchTier.
    """
    book = open_book(session, clock, account_id, actor)
    wanted = tier_named(session, tier_id)
    if wanted.id == book.tier.id:
        book.next_tier = None
        save_terms(book)
        return book.tier
    if not at_once and not is_upgrade(book.tier, wanted):
        book.next_tier = wanted
        save_terms(book)
        return book.tier
    added_mc = upgrade_mc(book.tier, wanted)
    book.tier, book.next_tier = wanted, None
    book.anchor = None if wanted.months == "calendar" else anchor_at or book.anchor or book.now
    book.period = period_at(book.now, book.anchor)
    save_terms(book)
    key = allowance_key(account_id, book.period.start, wanted.id)
    if added_mc and repository.grant(session, account_id, grant_id_of(account_id, key)) is None:
        book.give(NewGrant(key, "monthly", added_mc, book.now, book.period.end), notes=f"Change to {wanted.name}")
    return wanted


def grant_under(session: Session, account_id: str, operation_id: str) -> Entry | None:
    """What was given under an operation's id, or None; changes nothing."""
    row = repository.entry_of(session, account_id, operation_id, "grant", 0)
    return entry_of_row(session, row) if row else None


def _said(why: str) -> str:
    said = " ".join(why.split())[:200]
    if not said:
        raise ReasonMissing
    return said


def _grant_parameters(kind: GrantKind, amount_mc: int, expires_at: datetime | None) -> str:
    return fingerprint(
        {"kind": kind, "amount_mc": amount_mc, "expires_at": instant_text(expires_at) if expires_at else None}
    )
