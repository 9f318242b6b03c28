"""Refunds: all or part of a charge goes back to the grants that paid it, the ones drawn last first."""

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import AmountMissing, NoSuchCharge, ReasonMissing, RefundTooLarge
from donecast.credits.rules.chain import draws_from_text, fingerprint
from donecast.credits.rules.entries import ADJUST, UNLIMITED, Entry, EntryDraft, Posting, spread
from donecast.credits.rules.grants import drawn_mc, given_back, refund_draws
from donecast.credits.rules.settling import refund_grant
from donecast.credits.service.book import SYSTEM, Book, entry_of_row
from donecast.credits.service.opening import open_book
from donecast.kit.clock import Clock


def refund_credits(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    charge_id: str,
    operation_id: str,
    why: str,
    amount_mc: int | None = None,
    actor: str = SYSTEM,
) -> Entry:
    """Gives back a charge, or a part of it, once under the operation's id; without an amount, all that is left of it.

    What was paid from a grant that expired meanwhile comes back as a refund grant of 30 days. Raises NoSuchCharge,
    RefundTooLarge, AmountMissing, ReasonMissing, OperationDiffers.
    """
    notes = " ".join(why.split())[:200]
    if not notes:
        raise ReasonMissing
    if amount_mc is not None and amount_mc <= 0:
        raise AmountMissing
    book = open_book(session, clock, account_id, actor)
    parameters = fingerprint({"charge_id": charge_id, "amount_mc": amount_mc})
    before = book.done_before(operation_id, "refund", parameters)
    if before is not None:
        return before
    row = repository.entry(session, account_id, charge_id)
    if row is None or row.act != "charge":
        raise NoSuchCharge
    charge = entry_of_row(session, row)
    earlier = repository.refunds_of(session, charge_id)
    left_mc = charge.draft.amount_mc - sum(one.amount_mc for one in earlier)
    wanted_mc = left_mc if amount_mc is None else amount_mc
    if wanted_mc > left_mc or not left_mc:
        raise RefundTooLarge
    return book.post(_draft(book, charge, wanted_mc, [one.draws for one in earlier], operation_id, parameters, notes))


def _draft(
    book: Book,
    charge: Entry,
    amount_mc: int,
    earlier_draws: list[str],
    operation_id: str,
    parameters: str,
    notes: str,
) -> EntryDraft:
    refunded = [draw for text in earlier_draws for draw in draws_from_text(text)]
    to_grants_mc = min(amount_mc, drawn_mc(charge.draft.draws) - drawn_mc(refunded))
    draws = refund_draws(charge.draft.draws, refunded, to_grants_mc)
    book.know_grants(draws)
    back = given_back(draws, book.grants, book.now)
    targets = [Posting(f"grant:{draw.grant_id}", draw.amount_mc) for draw in back.draws]
    if back.orphaned:
        new = refund_grant(f"refund:{operation_id}", back.orphaned_mc, book.now)
        targets.append(Posting(f"grant:{book.add_grant(new, notes).id}", back.orphaned_mc))
    elsewhere = ADJUST if charge.draft.reason == "LEGACY_IMPORT" else UNLIMITED
    targets.append(Posting(elsewhere, amount_mc - to_grants_mc))
    return EntryDraft(
        operation_id=operation_id,
        act="refund",
        round=0,
        reason="REFUND",
        amount_mc=amount_mc,
        postings=spread(f"revenue:{charge.draft.reason}", targets),
        happened_at=book.now,
        parameters=parameters,
        draws=draws,
        rate_card_version=charge.draft.rate_card_version,
        notes=notes,
        episode_id=charge.draft.episode_id,
        refers_to=charge.id,
    )
