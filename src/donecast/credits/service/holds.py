"""Holds: credits set aside before work begins, charged or given back when it ends. A hold ends once.

hold -> renew, again and again -> capture or release; left alone, it runs out after half an hour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import AlreadyCharged, HoldEnded, NoSuchHold, OperationDiffers, TooManyHolds
from donecast.credits.repository import AnyRow
from donecast.credits.rules.chain import derived_id, draws_from_text, draws_to_text
from donecast.credits.rules.entries import EXPIRED, UNLIMITED, Entry, EntryDraft, Posting, moved, reason_of_work, spread
from donecast.credits.rules.grants import Draw, GivenBack, drawn_mc, first_drawn, given_back
from donecast.credits.rules.pricing import Work, capped, price, total_mc
from donecast.credits.rules.settling import OpenHold, refund_grant
from donecast.credits.rules.wording import note_of
from donecast.credits.service.bills import Charge, charge_of, draft_of_work, engine_of, funded, work_parameters
from donecast.credits.service.book import SYSTEM, Book
from donecast.credits.service.opening import open_book
from donecast.credits.service.tariffs import rate_card
from donecast.kit.clock import Clock
from donecast.kit.money import credits_text
from donecast.platform.telemetry import logger

HoldState = Literal["open", "captured", "released", "ran_out"]
HOLD_AGE_MAX = timedelta(minutes=30)
OPEN_HOLDS_MAX = 200


@dataclass(frozen=True, slots=True)
class Hold:
    """Credits set aside for an operation."""

    id: str
    account_id: str
    operation_id: str
    round: int
    amount_mc: int
    state: HoldState
    expires_at: datetime


def hold(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    work: Work,
    episode_id: str | None = None,
    actor: str = SYSTEM,
) -> Hold:
    """Sets aside what work will take at most. The same again answers the same hold, as it is now.

    One that was given back or ran out charged nothing, so the next one may be opened under the same id. Raises
    NotEnoughCredits, OperationDiffers, TooManyHolds, WorkInvalid.
    """
    book = open_book(session, clock, account_id, actor)
    parameters = work_parameters(work)
    latest = repository.latest_hold(session, account_id, operation_id)
    if latest is not None and latest.parameters != parameters:
        raise OperationDiffers
    if latest is not None and latest.state in {"open", "captured"}:
        return _hold(latest)
    if repository.entry_of(session, account_id, operation_id, "charge", 0) is not None:
        raise AlreadyCharged
    if len(book.holds) >= OPEN_HOLDS_MAX:
        raise TooManyHolds
    card = rate_card(session)
    line = price(card.rates_for(book.tier.id), work)
    draws, pots = book.fund(line.amount_mc)
    number = latest.round + 1 if latest else 0
    hold_id = derived_id("hld", account_id, operation_id, number)
    entry = book.post(
        EntryDraft(
            operation_id=operation_id,
            act="hold",
            round=number,
            reason=reason_of_work(work),
            amount_mc=line.amount_mc,
            postings=moved(pots, f"hold:{hold_id}"),
            happened_at=book.now,
            parameters=parameters,
            lines=(line,),
            draws=draws,
            engine=engine_of(work),
            rate_card_version=card.version,
            notes=note_of(work),
            episode_id=episode_id,
        )
    )
    return _open(book, hold_id, entry, card.version)


def renew(session: Session, clock: Clock, account_id: str, *, operation_id: str) -> Hold:
    """Keeps an open hold for another half an hour; called while the work's lease is renewed.

    Raises NoSuchHold, AlreadyCharged, HoldEnded.
    """
    book = open_book(session, clock, account_id)
    latest = _latest(book, operation_id)
    if latest.state == "captured":
        raise AlreadyCharged
    if latest.state != "open":
        raise HoldEnded
    repository.renew_hold(session, latest.id, book.now + HOLD_AGE_MAX)
    return _hold(_latest(book, operation_id))


def capture(
    session: Session, clock: Clock, account_id: str, *, operation_id: str, work: Work, actor: str = SYSTEM
) -> Charge:
    """Charges what the work took, by the prices that it was quoted with, and gives the rest of the hold back.

    Work above the hold is charged as the hold; the difference is ours. A hold that ran out is charged from what is
    there now. The same again answers the first charge. Raises NoSuchHold, HoldEnded, OperationDiffers, and, after a
    hold that ran out, NotEnoughCredits.
    """
    book = open_book(session, clock, account_id, actor)
    parameters = work_parameters(work)
    before = book.done_before(operation_id, "charge", parameters)
    if before is not None:
        return charge_of(before)
    latest = _latest(book, operation_id)
    if latest.state == "released":
        raise HoldEnded
    if latest.reason != reason_of_work(work):
        raise OperationDiffers
    rates = rate_card(session, latest.rate_card_version).rates_for(latest.tier_id)
    line = price(rates, work)
    lines = capped((line,), latest.amount_mc)
    draft = draft_of_work(
        book,
        work,
        operation_id,
        lines,
        parameters,
        latest.rate_card_version,
        episode_id=latest.episode_id,
        refers_to=latest.entry_id,
    )
    absorbed_mc = line.amount_mc - total_mc(lines)
    if absorbed_mc:
        logger().warning(
            "a hold was too small", operation_id=operation_id, reason=latest.reason, absorbed=credits_text(absorbed_mc)
        )
    if latest.state == "ran_out":
        draws, pots = book.fund(draft.amount_mc)
        return charge_of(book.post(funded(draft, draws, moved(pots, f"revenue:{draft.reason}"))))
    draws, postings = _split(book, latest, draft)
    _end(book, latest, "captured", absorbed_mc)
    return charge_of(book.post(funded(draft, draws, postings)))


def release(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    because: Literal["failed", "cancelled"] = "failed",
    actor: str = SYSTEM,
) -> Hold:
    """Gives back what was set aside; of a hold that ended without a charge, answers how it ended.

    Where a grant expired meanwhile, its part becomes a refund grant when the work failed, and is expired when the
    person cancelled. Raises NoSuchHold, AlreadyCharged.
    """
    book = open_book(session, clock, account_id, actor)
    latest = _latest(book, operation_id)
    if latest.state == "captured":
        raise AlreadyCharged
    if latest.state != "open":
        return _hold(latest)
    back = _given_back(book, draws_from_text(latest.draws))
    targets = [Posting(f"grant:{draw.grant_id}", draw.amount_mc) for draw in back.draws]
    if back.orphaned and because == "failed":
        new = refund_grant(f"back:{latest.id}", back.orphaned_mc, book.now)
        targets.append(Posting(f"grant:{book.add_grant(new, latest.operation_id).id}", back.orphaned_mc))
    elif back.orphaned:
        targets.append(Posting(EXPIRED, back.orphaned_mc))
    targets.append(Posting(UNLIMITED, latest.amount_mc - drawn_mc(draws_from_text(latest.draws))))
    _end(book, latest, "released", 0)
    book.post(
        EntryDraft(
            operation_id=operation_id,
            act="release",
            round=latest.round,
            reason=latest.reason,
            amount_mc=latest.amount_mc,
            postings=spread(f"hold:{latest.id}", targets),
            happened_at=book.now,
            draws=back.draws,
            notes=because,
            episode_id=latest.episode_id,
            refers_to=latest.entry_id,
        )
    )
    return _hold(_latest(book, operation_id))


def release_for_episode(session: Session, clock: Clock, account_id: str, episode_id: str) -> int:
    """Gives back everything that is set aside for an episode whose work has failed; answers how many holds."""
    found = repository.open_holds_of_episode(session, account_id, episode_id)
    for operation_id in found:
        release(session, clock, account_id, operation_id=operation_id, because="failed")
    return len(found)


def hold_under(session: Session, account_id: str, operation_id: str) -> Hold | None:
    """The newest hold under an operation's id, or None; changes nothing."""
    row = repository.latest_hold(session, account_id, operation_id)
    return _hold(row) if row else None


def has_open_hold(session: Session, account_id: str, operation_id: str) -> bool:
    """Whether credits are set aside for an operation."""
    row = repository.latest_hold(session, account_id, operation_id)
    return row is not None and row.state == "open"


def absorbed(session: Session) -> tuple[int, int]:
    """How often work took more than its hold, and what we bore of it in milli-credits: the estimates are too low."""
    return repository.absorbed(session)


def overdue(session: Session, clock: Clock, limit: int) -> list[str]:
    """People of whom a hold has run out; opening their book gives it back."""
    return repository.accounts_with_overdue_holds(session, clock.now(), limit)


def _open(book: Book, hold_id: str, entry: Entry, rate_card_version: int) -> Hold:
    draft, expires_at = entry.draft, book.now + HOLD_AGE_MAX
    repository.add_hold(
        book.session,
        {
            "id": hold_id,
            "account_id": book.account_id,
            "operation_id": draft.operation_id,
            "round": draft.round,
            "reason": draft.reason,
            "amount_mc": draft.amount_mc,
            "draws": draws_to_text(draft.draws),
            "parameters": draft.parameters,
            "rate_card_version": rate_card_version,
            "tier_id": book.tier.id,
            "episode_id": draft.episode_id,
            "entry_id": entry.id,
            "absorbed_mc": 0,
            "state": "open",
            "created_at": book.now,
            "expires_at": expires_at,
        },
    )
    book.holds[hold_id] = OpenHold(hold_id, draft.amount_mc, draft.draws, expires_at)
    return Hold(hold_id, book.account_id, draft.operation_id, draft.round, draft.amount_mc, "open", expires_at)


def _latest(book: Book, operation_id: str) -> AnyRow:
    row = repository.latest_hold(book.session, book.account_id, operation_id)
    if row is None:
        raise NoSuchHold
    return row


def _split(book: Book, row: AnyRow, draft: EntryDraft) -> tuple[tuple[Draw, ...], tuple[Posting, ...]]:
    """Who pays the charge, and where the whole hold goes."""
    held = draws_from_text(row.draws)
    revenue = Posting(f"revenue:{draft.reason}", draft.amount_mc)
    if not held:
        rest = Posting(UNLIMITED, row.amount_mc - draft.amount_mc)
        return (), spread(f"hold:{row.id}", [revenue, rest])
    charged, unused = first_drawn(held, draft.amount_mc)
    back = _given_back(book, unused)
    targets = [revenue, *(Posting(f"grant:{draw.grant_id}", draw.amount_mc) for draw in back.draws)]
    return charged, spread(f"hold:{row.id}", [*targets, Posting(EXPIRED, back.orphaned_mc)])


def _given_back(book: Book, draws: tuple[Draw, ...]) -> GivenBack:
    book.know_grants(draws)
    return given_back(draws, book.grants, book.now)


def _end(book: Book, row: AnyRow, state: HoldState, absorbed_mc: int) -> None:
    if not repository.end_hold(book.session, row.id, state, book.now, absorbed_mc):
        raise RuntimeError(f"hold {row.id} ended twice")
    book.holds.pop(row.id, None)


def _hold(row: AnyRow) -> Hold:
    return Hold(
        row.id,
        row.account_id,
        row.operation_id,
        row.round,
        row.amount_mc,
        cast(HoldState, row.state),
        row.expires_at,
    )
