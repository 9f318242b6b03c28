"""The only queries of credits. Rows of the ledger are written by plain statements, so none is held in memory twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, Row, Table, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from donecast.credits.models import (
    EntryRow,
    GrantRow,
    HoldRow,
    PostingRow,
    PriceChangeRow,
    RateCardRow,
    TierRow,
    WalletRow,
)

_NextTier = aliased(TierRow)
_ENTRIES = cast(Table, EntryRow.__table__)
_POSTINGS = cast(Table, PostingRow.__table__)
_WALLETS = cast(Table, WalletRow.__table__)
_GRANTS_TABLE = cast(Table, GrantRow.__table__)
AnyRow = Row[*tuple[Any, ...]]
FoundWallet = Row[WalletRow, TierRow, TierRow | None]
ROWS_AT_ONCE = 5_000

# Every charge asks these; built once, they cost a charge half as much.
_ACCOUNT: BindParameter[str] = bindparam("of")
_WALLET = (
    select(WalletRow, TierRow, _NextTier)
    .join(TierRow, TierRow.id == WalletRow.tier_id)
    .outerjoin(_NextTier, _NextTier.id == WalletRow.next_tier_id)
    .where(WalletRow.account_id == bindparam("account_id"))
    .execution_options(populate_existing=True)
)
_WALLET_TO_CHANGE = _WALLET.with_for_update(of=WalletRow)
_MOVE_BALANCE = (
    update(_WALLETS)
    .where(
        _WALLETS.c.account_id == _ACCOUNT,
        _WALLETS.c.entry_count == bindparam("before"),
        _WALLETS.c.available_mc + bindparam("available_change") >= 0,
        _WALLETS.c.held_mc + bindparam("held_change") >= 0,
    )
    .values(
        available_mc=_WALLETS.c.available_mc + bindparam("available_change"),
        held_mc=_WALLETS.c.held_mc + bindparam("held_change"),
        entry_count=bindparam("number"),
        head_digest=bindparam("seal"),
    )
    .returning(_WALLETS.c.account_id)
)
_MOVE_GRANT = (
    update(_GRANTS_TABLE)
    .where(_GRANTS_TABLE.c.id == _ACCOUNT, _GRANTS_TABLE.c.remaining_mc + bindparam("change") >= 0)
    .values(remaining_mc=_GRANTS_TABLE.c.remaining_mc + bindparam("change"))
    .returning(_GRANTS_TABLE.c.id)
)
_LEFT = and_(GrantRow.account_id == _ACCOUNT, GrantRow.remaining_mc > 0)
_GRANT_COLUMNS = select(GrantRow.id, GrantRow.kind, GrantRow.remaining_mc, GrantRow.expires_at, GrantRow.created_at)
_GRANTS = _GRANT_COLUMNS.where(_LEFT).order_by(GrantRow.id)
_GRANTS_AND = _GRANT_COLUMNS.where(or_(_LEFT, GrantRow.id.in_(bindparam("names", expanding=True)))).order_by(
    GrantRow.id
)
_OPEN_HOLDS = (
    select(HoldRow.id, HoldRow.amount_mc, HoldRow.draws, HoldRow.expires_at)
    .where(HoldRow.account_id == _ACCOUNT, HoldRow.state == "open")
    .order_by(HoldRow.created_at, HoldRow.id)
)
_LATEST_HOLD = (
    select(*HoldRow.__table__.columns)
    .where(HoldRow.account_id == _ACCOUNT, HoldRow.operation_id == bindparam("operation"))
    .order_by(HoldRow.round.desc())
    .limit(1)
)
_ENTRY_OF = select(*EntryRow.__table__.columns).where(
    EntryRow.account_id == _ACCOUNT,
    EntryRow.operation_id == bindparam("operation"),
    EntryRow.act == bindparam("what"),
    EntryRow.round == bindparam("number"),
)
_ADD_ENTRY = insert(_ENTRIES)
_ADD_POSTINGS = insert(_POSTINGS)
_CARDS = select(RateCardRow.version, RateCardRow.rates)
_CARD = _CARDS.where(RateCardRow.version == bindparam("wanted"))
_NEWEST_CARD = _CARDS.order_by(RateCardRow.version.desc()).limit(1)


def wallet(session: Session, account_id: str, *, to_change: bool) -> FoundWallet | None:
    """The wallet, its tier and the one from the next period; to change, as it reads now and locked until the end."""
    query = _WALLET_TO_CHANGE if to_change else _WALLET
    return cast(FoundWallet | None, session.execute(query, {"account_id": account_id}).one_or_none())


def change_wallet(session: Session, account_id: str, changes: Mapping[str, Any]) -> None:
    """Writes the tier, the period or the anchor of a wallet."""
    _run(session, update(WalletRow).where(WalletRow.account_id == account_id).values(**changes))


def move_balance(
    session: Session, account_id: str, *, sequence: int, digest: str, available_mc: int, held_mc: int
) -> bool:
    """The one conditional write of every entry: false when the balance does not allow it, and then nothing changed.

    ``available_mc`` and ``held_mc`` are added; the entry is the wallet's ``sequence``th.
    """
    values = {
        "of": account_id,
        "before": sequence - 1,
        "number": sequence,
        "seal": digest,
        "available_change": available_mc,
        "held_change": held_mc,
    }
    return session.connection().execute(_MOVE_BALANCE, values).scalar() is not None


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


def rate_card(session: Session, version: int | None) -> AnyRow | None:
    """Version and rates of the card of this version; without one, of the newest."""
    if version is None:
        return session.connection().execute(_NEWEST_CARD).one_or_none()
    return session.connection().execute(_CARD, {"wanted": version}).one_or_none()


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
    query, values = (_GRANTS_AND, {"of": account_id, "names": names}) if names else (_GRANTS, {"of": account_id})
    return session.connection().execute(query, values).all()


def add_grant(session: Session, facts: Mapping[str, Any]) -> None:
    """A grant with nothing in it yet; the entry puts it in."""
    _run(session, insert(GrantRow).values(**facts))


def move_grant(session: Session, grant_id: str, amount_mc: int) -> bool:
    """Adds to what is left of a grant; false when that would be less than nothing."""
    return session.connection().execute(_MOVE_GRANT, {"of": grant_id, "change": amount_mc}).scalar() is not None


def open_holds(session: Session, account_id: str) -> Sequence[AnyRow]:
    """The person's open holds, oldest first."""
    return session.connection().execute(_OPEN_HOLDS, {"of": account_id}).all()


def hold(session: Session, hold_id: str) -> AnyRow:
    """The hold as it reads now."""
    return session.execute(select(*HoldRow.__table__.columns).where(HoldRow.id == hold_id)).one()


def latest_hold(session: Session, account_id: str, operation_id: str) -> AnyRow | None:
    """The newest round of an operation's hold, as it reads now, or None."""
    values = {"of": account_id, "operation": operation_id}
    return session.connection().execute(_LATEST_HOLD, values).one_or_none()


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


def open_holds_of_episode(session: Session, account_id: str, episode_id: str) -> list[str]:
    """The operations for which credits are set aside that an episode pays, oldest first."""
    query = (
        select(HoldRow.operation_id)
        .where(HoldRow.account_id == account_id, HoldRow.episode_id == episode_id, HoldRow.state == "open")
        .order_by(HoldRow.created_at)
    )
    return list(session.scalars(query))


def absorbed(session: Session) -> tuple[int, int]:
    """How many holds were smaller than what the work took, and by how many milli-credits together."""
    query = select(func.count(), func.coalesce(func.sum(HoldRow.absorbed_mc), 0)).where(HoldRow.absorbed_mc > 0)
    count, absorbed_mc = session.execute(query).one()
    return int(count), int(absorbed_mc)


def add_entry(session: Session, facts: Mapping[str, Any], postings: Sequence[Mapping[str, Any]]) -> None:
    """An entry and its postings."""
    session.connection().execute(_ADD_ENTRY, [facts])
    if postings:
        session.connection().execute(_ADD_POSTINGS, postings)


def entry(session: Session, account_id: str, entry_id: str) -> AnyRow | None:
    """The person's entry, or None."""
    columns = select(*EntryRow.__table__.columns)
    return session.execute(columns.where(EntryRow.id == entry_id, EntryRow.account_id == account_id)).one_or_none()


def entry_of(session: Session, account_id: str, operation_id: str, act: str, round_: int) -> AnyRow | None:
    """What an operation did, or None."""
    values = {"of": account_id, "operation": operation_id, "what": act, "number": round_}
    return session.connection().execute(_ENTRY_OF, values).one_or_none()


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


def _run(session: Session, statement: Any) -> Any:
    return session.execute(statement, execution_options={"synchronize_session": False})
