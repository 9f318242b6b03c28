"""Opening a person's ledger: locking it and settling what is due, or looking at what that would give."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import NoSuchTier
from donecast.credits.models import WalletRow
from donecast.credits.repository import FoundWallet
from donecast.credits.rules.chain import FIRST_DIGEST, draws_from_text
from donecast.credits.rules.entries import EXPIRED, UNLIMITED, EntryDraft, Posting, moved, reason_of_grant, spread
from donecast.credits.rules.grants import Draw
from donecast.credits.rules.periods import Period, month_at
from donecast.credits.rules.settling import (
    GrantExpired,
    HoldRanOut,
    OpenHold,
    PeriodBegan,
    Purse,
    Settlement,
    refund_grant,
    settle,
)
from donecast.credits.rules.tiers import FIRST_TIER
from donecast.credits.service.book import SYSTEM, Book, grant_id_of, grant_of_row, save_terms, tier_of_row
from donecast.kit.clock import Clock


def open_book(session: Session, clock: Clock, account_id: str, actor: str = SYSTEM) -> Book:
    """The person's ledger, locked until the transaction ends, with everything settled that is due.

    Who never had credits gets a wallet of the first tier.
    """
    now = clock.now()
    found = repository.wallet(session, account_id, to_change=True)
    if found is None:
        _add_wallet(session, account_id, now)
        found = repository.wallet(session, account_id, to_change=True)
        if found is None:
            raise RuntimeError(f"the wallet of {account_id} vanished")
    row, _, _ = found
    purse = purse_of(session, found)
    book = Book(
        session,
        account_id,
        now,
        actor,
        purse.tier,
        purse.next_tier,
        purse.anchor,
        purse.period,
        row.available_mc,
        row.held_mc,
        row.entry_count,
        row.head_digest,
        {grant.id: grant for grant in purse.grants},
        {hold.id: hold for hold in purse.holds},
    )
    _apply(book, settle(purse, now))
    return book


def look(session: Session, clock: Clock, account_id: str) -> Settlement:
    """What the person's ledger would read if it were settled now; changes nothing."""
    now = clock.now()
    found = repository.wallet(session, account_id, to_change=False)
    if found is not None:
        return settle(purse_of(session, found), now)
    first = repository.tier(session, FIRST_TIER)
    if first is None:
        raise NoSuchTier
    start = month_at(now).start
    return settle(Purse(account_id, tier_of_row(first), None, None, Period(start, start)), now)


def settle_what_is_due(session: Session, clock: Clock, account_id: str) -> None:
    """Writes down what looking at the balance settles in thought alone, so that the entries add up to it."""
    open_book(session, clock, account_id)


def people_with_a_period_over(session: Session, clock: Clock, after: str, limit: int) -> list[str]:
    """Whose next period has begun, in the order of their ids, from behind one of them; opening their book begins it."""
    return repository.wallets_due(session, clock.now(), after, limit)


def purse_of(session: Session, found: FoundWallet) -> Purse:
    """The wallet with its live grants and open holds, as a value."""
    row, tier, next_tier = found
    holds = tuple(
        OpenHold(one.id, one.amount_mc, draws_from_text(one.draws), one.expires_at)
        for one in repository.open_holds(session, row.account_id)
    )
    named = [draw.grant_id for hold in holds for draw in hold.draws]
    return Purse(
        row.account_id,
        tier_of_row(tier),
        tier_of_row(next_tier) if next_tier else None,
        row.anchor_at,
        Period(row.period_start, row.period_end),
        tuple(grant_of_row(one) for one in repository.grants(session, row.account_id, named)),
        holds,
    )


def _add_wallet(session: Session, account_id: str, now: datetime) -> None:
    """A wallet whose period is empty, so that settling it brings the first allowance."""
    start = month_at(now).start
    try:
        with session.begin_nested():
            session.add(
                WalletRow(
                    account_id=account_id,
                    tier_id=FIRST_TIER,
                    period_start=start,
                    period_end=start,
                    head_digest=FIRST_DIGEST,
                    opened_at=now,
                )
            )
    except IntegrityError:
        # Somebody opened it between our look and our save, which a database with many writers allows.
        return


def _apply(book: Book, settlement: Settlement) -> None:
    for change in settlement.changes:
        match change:
            case HoldRanOut():
                _end_overdue_hold(book, change)
            case GrantExpired():
                _expire(book, change)
            case PeriodBegan():
                _begin_period(book, change)


def _end_overdue_hold(book: Book, change: HoldRanOut) -> None:
    row = repository.hold(book.session, change.hold.id)
    targets = [Posting(f"grant:{draw.grant_id}", draw.amount_mc) for draw in change.back]
    if change.replaced_mc:
        new = refund_grant(f"back:{row.id}", change.replaced_mc, book.now)
        targets.append(Posting(f"grant:{book.add_grant(new, row.operation_id).id}", change.replaced_mc))
    if not change.hold.draws:
        targets.append(Posting(UNLIMITED, change.hold.amount_mc))
    repository.end_hold(book.session, row.id, "ran_out", change.fell_due_at)
    book.holds.pop(row.id)
    book.post(
        EntryDraft(
            operation_id=row.operation_id,
            act="ran_out",
            round=row.round,
            reason=row.reason,
            amount_mc=row.amount_mc,
            postings=spread(f"hold:{row.id}", targets),
            happened_at=change.fell_due_at,
            draws=change.back,
            episode_id=row.episode_id,
            refers_to=row.entry_id,
        )
    )


def _expire(book: Book, change: GrantExpired) -> None:
    book.post(
        EntryDraft(
            operation_id=f"expire:{change.grant_id}",
            act="expire",
            round=0,
            reason=reason_of_grant(change.kind),
            amount_mc=change.amount_mc,
            postings=moved([Posting(f"grant:{change.grant_id}", change.amount_mc)], EXPIRED),
            happened_at=change.fell_due_at,
            draws=(Draw(change.grant_id, change.amount_mc),),
        )
    )


def _begin_period(book: Book, change: PeriodBegan) -> None:
    book.tier, book.next_tier, book.anchor, book.period = change.tier, None, change.anchor, change.period
    save_terms(book)
    for new in change.grants:
        if repository.grant(book.session, book.account_id, grant_id_of(book.account_id, new.key)) is None:
            book.give(new)
