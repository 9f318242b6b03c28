"""The only queries of edits."""

from collections.abc import Collection

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from donecast.edits.models import EditListRow, ProposalRow


def proposals(session: Session, episode_id: str) -> list[ProposalRow]:
    """An episode's proposals in order of time."""
    query = select(ProposalRow).where(ProposalRow.episode_id == episode_id)
    return list(session.scalars(query.order_by(ProposalRow.start_ms, ProposalRow.end_ms, ProposalRow.id)))


def proposal(session: Session, episode_id: str, proposal_id: str) -> ProposalRow | None:
    """One of an episode's proposals, or None."""
    return session.get(ProposalRow, (episode_id, proposal_id))


def delete_proposals(session: Session, episode_id: str, proposal_ids: Collection[str]) -> None:
    """Forgets some of an episode's proposals."""
    session.execute(delete(ProposalRow).where(ProposalRow.episode_id == episode_id, ProposalRow.id.in_(proposal_ids)))


def newest_edit_list(session: Session, episode_id: str) -> EditListRow | None:
    """The newest version, or None while nothing was ever edited."""
    query = select(EditListRow).where(EditListRow.episode_id == episode_id)
    return session.scalar(query.order_by(EditListRow.version.desc()).limit(1))


def edit_list_of_version(session: Session, episode_id: str, version: int) -> EditListRow | None:
    """One version; None for version 0 and for those that do not exist."""
    return session.get(EditListRow, (episode_id, version))


def origins(session: Session, episode_id: str) -> list[tuple[int, int | None, str]]:
    """Of every version from the first: its number, which one it restores, and who made it."""
    query = select(EditListRow.version, EditListRow.restores, EditListRow.created_by)
    rows = session.execute(query.where(EditListRow.episode_id == episode_id).order_by(EditListRow.version))
    return [(version, restores, author) for version, restores, author in rows]


def newest_versions(session: Session, episode_ids: Collection[str]) -> dict[str, int]:
    """The newest version number of each episode that has one."""
    query = (
        select(EditListRow.episode_id, func.max(EditListRow.version))
        .where(EditListRow.episode_id.in_(episode_ids))
        .group_by(EditListRow.episode_id)
    )
    return dict(iter(session.execute(query)))


def heard_digests(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The digest of what is heard of each episode's version; those that do not exist, as version 0, are left out."""
    query = select(EditListRow.episode_id, EditListRow.version, EditListRow.heard_digest)
    rows = session.execute(query.where(tuple_(EditListRow.episode_id, EditListRow.version).in_(versions)))
    return {(episode_id, version): digest for episode_id, version, digest in rows}


def undecided_counts(session: Session, episode_ids: Collection[str]) -> dict[str, int]:
    """How many proposals of each episode nobody decided about; episodes without any are left out."""
    query = (
        select(ProposalRow.episode_id, func.count())
        .where(ProposalRow.episode_id.in_(episode_ids), ProposalRow.decision.is_(None))
        .group_by(ProposalRow.episode_id)
    )
    return dict(iter(session.execute(query)))
