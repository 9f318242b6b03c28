"""Queries that look at the whole ledger: does every projection say what the entries say?"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    Update,
    and_,
    case,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from donecast.credits.models import EntryRow, GrantRow, HoldRow, PostingRow, WalletRow

_NONE = literal(0)
Disagreements = Sequence[tuple[str, int, int]]
"""Where, what the entries say, what stands there."""
Comparison = Select[*tuple[Any, ...]]


def stop_writers(session: Session) -> None:
    """Nobody opens a ledger until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite there is one writer anyway
        session.execute(text("LOCK TABLE credit_wallets IN EXCLUSIVE MODE"))


def disagreements(session: Session, limit: int) -> Iterator[tuple[str, Disagreements]]:
    """Every sort of disagreement, with at most so many places each."""
    for kind, query in _comparisons():
        rows = session.execute(query.limit(limit)).all()
        yield kind, [(str(where), int(said), int(stands)) for where, said, stands in rows]


def counts(session: Session) -> tuple[int, int]:
    """How many entries and how many wallets there are."""
    entries = session.scalar(select(func.count()).select_from(EntryRow)) or 0
    wallets = session.scalar(select(func.count()).select_from(WalletRow)) or 0
    return entries, wallets


def heads(session: Session) -> dict[str, tuple[int, str]]:
    """How long each person's chain is and with which seal it ends, as their wallet says."""
    rows = session.execute(select(WalletRow.account_id, WalletRow.entry_count, WalletRow.head_digest))
    return {account_id: (count, digest) for account_id, count, digest in rows}


def digest_of_heads(session: Session) -> str:
    """A digest over the ends of all chains."""
    whole = sha256()
    for account_id, (count, digest) in sorted(heads(session).items()):
        whole.update(f"{account_id} {count} {digest}\n".encode())
    return whole.hexdigest()


def rebuild(session: Session) -> None:
    """Writes every projection as the entries say it."""
    own = and_(PostingRow.account_id == GrantRow.account_id, PostingRow.pot == "grant:" + GrantRow.id)
    _write(session, update(GrantRow).values(remaining_mc=_sum_where(own)))
    mine = PostingRow.account_id == WalletRow.account_id
    newest = (
        select(EntryRow.digest)
        .where(EntryRow.account_id == WalletRow.account_id)
        .order_by(EntryRow.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
    _write(
        session,
        update(WalletRow)
        .where(select(EntryRow.id).where(EntryRow.account_id == WalletRow.account_id).exists())
        .values(
            available_mc=_sum_where(and_(mine, PostingRow.pot.startswith("grant:"))),
            held_mc=_sum_where(and_(mine, PostingRow.pot.startswith("hold:"))),
            entry_count=select(func.count()).where(EntryRow.account_id == WalletRow.account_id).scalar_subquery(),
            head_digest=newest,
        ),
    )


def _comparisons() -> Iterator[tuple[str, Comparison]]:
    yield "entry_not_zero", _zero_sums()
    yield "grant_remaining", _grant_projections()
    yield "hold_open", _hold_projections()
    yield "hold_elsewhere", _pots_without_rows("hold:", HoldRow.id)
    yield "grant_elsewhere", _pots_without_rows("grant:", GrantRow.id)
    yield "wallet_available", _wallet_projections(WalletRow.available_mc, "grant:")
    yield "wallet_held", _wallet_projections(WalletRow.held_mc, "hold:")
    yield "entry_available", _entry_columns(EntryRow.available_change_mc, "grant:")
    yield "entry_held", _entry_columns(EntryRow.held_change_mc, "hold:")
    yield "wallet_entries", _chain_lengths()
    yield "refunds_over_charge", _refunds()


def _zero_sums() -> Comparison:
    total = func.sum(PostingRow.amount_mc)
    return select(PostingRow.entry_id, _NONE, total).group_by(PostingRow.entry_id).having(total != 0)


def _grant_projections() -> Comparison:
    pots = _pots("grant:")
    said = func.coalesce(pots.c.total_mc, 0)
    joined = select(GrantRow.id, said, GrantRow.remaining_mc).outerjoin(pots, pots.c.pot == "grant:" + GrantRow.id)
    return joined.where(said != GrantRow.remaining_mc)


def _hold_projections() -> Comparison:
    pots = _pots("hold:")
    said = func.coalesce(pots.c.total_mc, 0)
    stands = case((HoldRow.state == "open", HoldRow.amount_mc), else_=0)
    return select(HoldRow.id, said, stands).outerjoin(pots, pots.c.pot == "hold:" + HoldRow.id).where(said != stands)


def _pots_without_rows(prefix: str, row_id: InstrumentedAttribute[str]) -> Comparison:
    pots = _pots(prefix)
    return (
        select(pots.c.pot, pots.c.total_mc, _NONE)
        .outerjoin_from(pots, row_id.table, pots.c.pot == prefix + row_id)
        .where(row_id.is_(None), pots.c.total_mc != 0)
    )


def _wallet_projections(column: InstrumentedAttribute[int], prefix: str) -> Comparison:
    totals = (
        select(PostingRow.account_id, func.sum(PostingRow.amount_mc).label("total_mc"))
        .where(PostingRow.pot.startswith(prefix))
        .group_by(PostingRow.account_id)
        .subquery()
    )
    said = func.coalesce(totals.c.total_mc, 0)
    joined = select(WalletRow.account_id, said, column).outerjoin(totals, totals.c.account_id == WalletRow.account_id)
    return joined.where(said != column)


def _entry_columns(column: InstrumentedAttribute[int], prefix: str) -> Comparison:
    totals = (
        select(PostingRow.entry_id, func.sum(PostingRow.amount_mc).label("total_mc"))
        .where(PostingRow.pot.startswith(prefix))
        .group_by(PostingRow.entry_id)
        .subquery()
    )
    said = func.coalesce(totals.c.total_mc, 0)
    return select(EntryRow.id, said, column).outerjoin(totals, totals.c.entry_id == EntryRow.id).where(said != column)


def _chain_lengths() -> Comparison:
    lengths = select(EntryRow.account_id, func.count().label("length")).group_by(EntryRow.account_id).subquery()
    said = func.coalesce(lengths.c.length, 0)
    joined = select(WalletRow.account_id, said, WalletRow.entry_count).outerjoin(
        lengths, lengths.c.account_id == WalletRow.account_id
    )
    return joined.where(said != WalletRow.entry_count)


def _refunds() -> Comparison:
    back = (
        select(EntryRow.refers_to, func.sum(EntryRow.amount_mc).label("total_mc"))
        .where(EntryRow.act == "refund")
        .group_by(EntryRow.refers_to)
        .subquery()
    )
    joined = select(EntryRow.id, EntryRow.amount_mc, back.c.total_mc).join(back, back.c.refers_to == EntryRow.id)
    return joined.where(and_(EntryRow.act == "charge", back.c.total_mc > EntryRow.amount_mc))


def _pots(prefix: str) -> Subquery:
    return (
        select(PostingRow.pot, func.sum(PostingRow.amount_mc).label("total_mc"))
        .where(PostingRow.pot.startswith(prefix))
        .group_by(PostingRow.pot)
        .subquery()
    )


def _sum_where(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.coalesce(func.sum(PostingRow.amount_mc), 0)).where(condition).scalar_subquery()


def _write(session: Session, statement: Update) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
