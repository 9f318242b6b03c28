"""The only queries of credits. Rows of the ledger are written by plain statements, so none is held in memory twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Row, Table, and_, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from donecast.credits.models import (
    EntryRow,
    GrantRow,
    HoldRow,
    PostingRow,
    PriceChangeRow,
    RateCardRow,
    StorageDueRow,
    StorageSampleRow,
    TierRow,
    UnbilledRow,
    WalletRow,
)

_NextTier = aliased(TierRow)
_ENTRIES = cast(Table, EntryRow.__table__)
_POSTINGS = cast(Table, PostingRow.__table__)
AnyRow = Row[*tuple[Any, ...]]
FoundWallet = Row[WalletRow, TierRow, TierRow | None]
ROWS_AT_ONCE = 5_000


def wallet(session: Session, account_id: str, *, to_change: bool) -> FoundWallet | None:
    """The wallet, its tier and the one from the next period; to change, as it reads now and locked until the end."""
    query = (
        select(WalletRow, TierRow, _NextTier)
        .join(TierRow, TierRow.id == WalletRow.tier_id)
        .outerjoin(_NextTier, _NextTier.id == WalletRow.next_tier_id)
        .where(WalletRow.account_id == account_id)
        .execution_options(populate_existing=True)
    )
    if to_change:
        query = query.with_for_update(of=WalletRow)
    return cast(FoundWallet | None, session.execute(query).one_or_none())


def change_wallet(session: Session, account_id: str, changes: Mapping[str, Any]) -> None:
    """Writes the tier, the period or the anchor of a wallet."""
    _run(session, update(WalletRow).where(WalletRow.account_id == account_id).values(**changes))


def move_balance(
    session: Session, account_id: str, *, sequence: int, digest: str, available_mc: int, held_mc: int
) -> bool:
    """The one conditional write of every entry: false when the balance does not allow it, and then nothing changed.

    ``available_mc`` and ``held_mc`` are added; the entry is the wallet's ``sequence``th.
    """
    statement = (
        update(WalletRow)
        .where(
            WalletRow.account_id == account_id,
            WalletRow.entry_count == sequence - 1,
            WalletRow.available_mc + available_mc >= 0,
            WalletRow.held_mc + held_mc >= 0,
        )
        .values(
            available_mc=WalletRow.available_mc + available_mc,
            held_mc=WalletRow.held_mc + held_mc,
            entry_count=sequence,
            head_digest=digest,
        )
        .returning(WalletRow.account_id)
    )
    return _run(session, statement).scalar() is not None


def wallets_due(session: Session, now: datetime, after: str, limit: int) -> list[str]:
    """People whose period is over, in the order of their ids, from behind one of them."""
    query = (
        select(WalletRow.account_id)
        .where(WalletRow.period_end <= now, WalletRow.account_id > after)
        .order_by(WalletRow.account_id)
        .limit(limit)
    )
    return list(session.scalars(query))


def account_ids(session: Session) -> list[str]:
    """Everybody who has a wallet, sorted."""
    return list(session.scalars(select(WalletRow.account_id).order_by(WalletRow.account_id)))


def tier(session: Session, tier_id: str) -> TierRow | None:
    """The tier, or None."""
    return session.get(TierRow, tier_id, populate_existing=True)


def tiers(session: Session) -> list[TierRow]:
    """All tiers, in the order in which they are shown."""
    return list(session.scalars(select(TierRow).order_by(TierRow.position, TierRow.id)))


def rate_card(session: Session, version: int | None) -> RateCardRow | None:
    """The card of this version; without one, the newest."""
    query = select(RateCardRow).order_by(RateCardRow.version.desc()).limit(1)
    return session.scalar(query if version is None else query.where(RateCardRow.version == version))


def price_changes(session: Session, limit: int) -> list[PriceChangeRow]:
    """What was changed of tiers and rates, newest first."""
    query = select(PriceChangeRow).order_by(PriceChangeRow.changed_at.desc(), PriceChangeRow.id.desc()).limit(limit)
    return list(session.scalars(query))


def grant(session: Session, account_id: str, grant_id: str) -> AnyRow | None:
    """The person's grant as it reads now, or None."""
    columns = select(*GrantRow.__table__.columns)
    return session.execute(columns.where(GrantRow.id == grant_id, GrantRow.account_id == account_id)).one_or_none()


def grants(session: Session, account_id: str, named: Iterable[str] = ()) -> Sequence[AnyRow]:
    """The person's grants with something left, and those that are named."""
    names = sorted(set(named))
    left = and_(GrantRow.account_id == account_id, GrantRow.remaining_mc > 0)
    wanted = or_(left, GrantRow.id.in_(names)) if names else left
    return session.execute(
        select(GrantRow.id, GrantRow.kind, GrantRow.remaining_mc, GrantRow.expires_at, GrantRow.created_at)
        .where(wanted)
        .order_by(GrantRow.id)
    ).all()


def add_grant(session: Session, facts: Mapping[str, Any]) -> None:
    """A grant with nothing in it yet; the entry puts it in."""
    _run(session, insert(GrantRow).values(**facts))


def move_grant(session: Session, grant_id: str, amount_mc: int) -> bool:
    """Adds to what is left of a grant; false when that would be less than nothing."""
    statement = (
        update(GrantRow)
        .where(GrantRow.id == grant_id, GrantRow.remaining_mc + amount_mc >= 0)
        .values(remaining_mc=GrantRow.remaining_mc + amount_mc)
        .returning(GrantRow.id)
    )
    return _run(session, statement).scalar() is not None


def open_holds(session: Session, account_id: str) -> Sequence[AnyRow]:
    """The person's open holds, oldest first."""
    return session.execute(
        select(HoldRow.id, HoldRow.amount_mc, HoldRow.draws, HoldRow.expires_at)
        .where(HoldRow.account_id == account_id, HoldRow.state == "open")
        .order_by(HoldRow.created_at, HoldRow.id)
    ).all()


def hold(session: Session, hold_id: str) -> AnyRow:
    """The hold as it reads now."""
    return session.execute(select(*HoldRow.__table__.columns).where(HoldRow.id == hold_id)).one()


def latest_hold(session: Session, account_id: str, operation_id: str) -> AnyRow | None:
    """The newest round of an operation's hold, as it reads now, or None."""
    return session.execute(
        select(*HoldRow.__table__.columns)
        .where(HoldRow.account_id == account_id, HoldRow.operation_id == operation_id)
        .order_by(HoldRow.round.desc())
        .limit(1)
    ).one_or_none()


def add_hold(session: Session, facts: Mapping[str, Any]) -> None:
    """An open hold."""
    _run(session, insert(HoldRow).values(**facts))


def renew_hold(session: Session, hold_id: str, expires_at: datetime) -> None:
    """Moves the end of an open hold."""
    _run(session, update(HoldRow).where(HoldRow.id == hold_id, HoldRow.state == "open").values(expires_at=expires_at))


def end_hold(session: Session, hold_id: str, state: str, at: datetime, absorbed_mc: int = 0) -> bool:
    """Ends an open hold; false when somebody ended it before."""
    statement = (
        update(HoldRow)
        .where(HoldRow.id == hold_id, HoldRow.state == "open")
        .values(state=state, ended_at=at, absorbed_mc=absorbed_mc)
        .returning(HoldRow.id)
    )
    return _run(session, statement).scalar() is not None


def accounts_with_overdue_holds(session: Session, now: datetime, limit: int) -> list[str]:
    """People of whom a hold has run out and is still open, whoever's ran out first before the others."""
    query = (
        select(HoldRow.account_id)
        .where(HoldRow.state == "open", HoldRow.expires_at <= now)
        .group_by(HoldRow.account_id)
        .order_by(func.min(HoldRow.expires_at))
        .limit(limit)
    )
    return list(session.scalars(query))


def absorbed(session: Session) -> tuple[int, int]:
    """How many holds were smaller than what the work took, and by how many milli-credits together."""
    query = select(func.count(), func.coalesce(func.sum(HoldRow.absorbed_mc), 0)).where(HoldRow.absorbed_mc > 0)
    count, absorbed_mc = session.execute(query).one()
    return int(count), int(absorbed_mc)


def add_entry(session: Session, facts: Mapping[str, Any], postings: Sequence[Mapping[str, Any]]) -> None:
    """An entry and its postings."""
    session.execute(insert(_ENTRIES), [facts])
    if postings:
        session.execute(insert(_POSTINGS), postings)


def entry(session: Session, account_id: str, entry_id: str) -> AnyRow | None:
    """The person's entry, or None."""
    columns = select(*EntryRow.__table__.columns)
    return session.execute(columns.where(EntryRow.id == entry_id, EntryRow.account_id == account_id)).one_or_none()


def entry_of(session: Session, account_id: str, operation_id: str, act: str, round_: int) -> AnyRow | None:
    """What an operation did, or None."""
    return session.execute(
        select(*EntryRow.__table__.columns).where(
            EntryRow.account_id == account_id,
            EntryRow.operation_id == operation_id,
            EntryRow.act == act,
            EntryRow.round == round_,
        )
    ).one_or_none()


def refunds_of(session: Session, entry_id: str) -> Sequence[AnyRow]:
    """Amount and draws of every refund of a charge."""
    query = select(EntryRow.amount_mc, EntryRow.draws).where(EntryRow.refers_to == entry_id, EntryRow.act == "refund")
    return session.execute(query).all()


def postings_of(session: Session, entry_ids: Sequence[str]) -> Sequence[AnyRow]:
    """Postings of entries, in their order."""
    return session.execute(
        select(PostingRow.entry_id, PostingRow.pot, PostingRow.amount_mc)
        .where(PostingRow.entry_id.in_(entry_ids))
        .order_by(PostingRow.entry_id, PostingRow.position)
    ).all()


def entries(session: Session, account_id: str, *, after: int = 0, limit: int = ROWS_AT_ONCE) -> Sequence[AnyRow]:
    """A person's entries in their order, from behind one of them."""
    return session.execute(
        select(*EntryRow.__table__.columns)
        .where(EntryRow.account_id == account_id, EntryRow.sequence > after)
        .order_by(EntryRow.sequence)
        .limit(limit)
    ).all()


def all_entries(session: Session) -> Iterator[AnyRow]:
    """Every entry of everybody, each person's in order."""
    query = select(*EntryRow.__table__.columns).order_by(EntryRow.account_id, EntryRow.sequence)
    yield from session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def all_postings(session: Session) -> Iterator[AnyRow]:
    """Every posting of everybody, in the order of `all_entries`."""
    query = (
        select(PostingRow.entry_id, PostingRow.pot, PostingRow.amount_mc)
        .join(EntryRow, EntryRow.id == PostingRow.entry_id)
        .order_by(EntryRow.account_id, EntryRow.sequence, PostingRow.position)
    )
    yield from session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})


def charged_by_reason(session: Session, account_id: str, start: datetime, end: datetime) -> dict[str, int]:
    """What was charged in a period for each reason, without what was given back of it since."""
    charges = (
        select(EntryRow.id, EntryRow.reason, EntryRow.amount_mc)
        .where(
            EntryRow.account_id == account_id,
            EntryRow.act == "charge",
            EntryRow.happened_at >= start,
            EntryRow.happened_at < end,
        )
        .subquery()
    )
    back = (
        select(EntryRow.refers_to.label("charge_id"), func.sum(EntryRow.amount_mc).label("refunded_mc"))
        .where(EntryRow.refers_to.in_(select(charges.c.id)), EntryRow.act == "refund")
        .group_by(EntryRow.refers_to)
        .subquery()
    )
    net = func.sum(charges.c.amount_mc - func.coalesce(back.c.refunded_mc, 0))
    query = (
        select(charges.c.reason, net)
        .outerjoin(back, back.c.charge_id == charges.c.id)
        .group_by(charges.c.reason)
        .order_by(charges.c.reason)
    )
    return {reason: int(amount) for reason, amount in session.execute(query)}


def recent_charges(session: Session, account_id: str, limit: int) -> Sequence[AnyRow]:
    """A person's newest charges, newest first."""
    return session.execute(
        select(*EntryRow.__table__.columns)
        .where(EntryRow.account_id == account_id, EntryRow.act == "charge")
        .order_by(EntryRow.sequence.desc())
        .limit(limit)
    ).all()


def unbilled(session: Session, account_id: str, operation_id: str) -> UnbilledRow | None:
    """Work that waits to be billed, or was, or None."""
    return session.get(UnbilledRow, (account_id, operation_id), populate_existing=True)


def unbilled_waiting(
    session: Session, after: tuple[datetime, str, str] | None, limit: int
) -> list[tuple[datetime, str, str]]:
    """Work that waits to be billed: when it was noted, whose it is, its operation. Oldest first, from behind one."""
    columns = (UnbilledRow.noted_at, UnbilledRow.account_id, UnbilledRow.operation_id)
    query = select(*columns).where(UnbilledRow.billed_at.is_(None)).order_by(*columns).limit(limit)
    if after is not None:
        behind = (literal(value, column.type) for value, column in zip(after, columns, strict=True))
        query = query.where(tuple_(*columns) > tuple_(*behind))
    return [(noted_at, account_id, operation_id) for noted_at, account_id, operation_id in session.execute(query)]


def sample(session: Session, account_id: str, day: date) -> StorageSampleRow | None:
    """A day's sample, or None."""
    return session.get(StorageSampleRow, (account_id, day), populate_existing=True)


def samples(session: Session, account_id: str, first: date, last: date) -> list[int]:
    """Bytes of each sampled day from the first to the last, both included."""
    query = (
        select(StorageSampleRow.stored_bytes)
        .where(StorageSampleRow.account_id == account_id, StorageSampleRow.day >= first, StorageSampleRow.day <= last)
        .order_by(StorageSampleRow.day)
    )
    return list(session.scalars(query))


def sampled_accounts_without(session: Session, first: date, last: date, month: str) -> list[str]:
    """Who kept something on one of these days and was not billed for the month yet, sorted."""
    billed = (
        select(EntryRow.id)
        .where(
            EntryRow.account_id == StorageSampleRow.account_id,
            EntryRow.operation_id == "storage:" + StorageSampleRow.account_id + f":{month}",
        )
        .exists()
    )
    query = (
        select(StorageSampleRow.account_id)
        .where(StorageSampleRow.day >= first, StorageSampleRow.day <= last, StorageSampleRow.stored_bytes > 0, ~billed)
        .distinct()
        .order_by(StorageSampleRow.account_id)
    )
    return list(session.scalars(query))


def first_sampled_day(session: Session) -> date | None:
    """The first day on which anybody kept something, or None."""
    return session.scalar(select(func.min(StorageSampleRow.day)).where(StorageSampleRow.stored_bytes > 0))


def dues(session: Session, account_id: str) -> list[StorageDueRow]:
    """What a person still owes for storage, oldest first."""
    query = (
        select(StorageDueRow)
        .where(StorageDueRow.account_id == account_id, StorageDueRow.settled_at.is_(None))
        .order_by(StorageDueRow.month)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def accounts_with_dues(session: Session) -> list[str]:
    """Who owes something for storage, sorted."""
    query = (
        select(StorageDueRow.account_id)
        .where(StorageDueRow.settled_at.is_(None))
        .distinct()
        .order_by(StorageDueRow.account_id)
    )
    return list(session.scalars(query))


def _run(session: Session, statement: Any) -> Any:
    return session.execute(statement, execution_options={"synchronize_session": False})
