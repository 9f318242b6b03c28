"""The only queries of accounts."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from donecast.accounts.models import AccountRow, ApiTokenRow, SessionRow


def account_by_id(session: Session, account_id: str) -> AccountRow | None:
    """The account, or None."""
    return session.get(AccountRow, account_id)


def account_by_email(session: Session, email: str) -> AccountRow | None:
    """The account with this normalised address, or None."""
    return session.scalar(select(AccountRow).where(AccountRow.email == email))


def account_count(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(AccountRow)) or 0


def account_ids(session: Session) -> list[str]:
    """Everybody's id, sorted."""
    return list(session.scalars(select(AccountRow.id).order_by(AccountRow.id)))


def admin_addresses(session: Session) -> list[str]:
    """The addresses of all admins, sorted."""
    return list(session.scalars(select(AccountRow.email).where(AccountRow.role == "admin").order_by(AccountRow.email)))


def live_session(session: Session, fingerprint: str, now: datetime) -> SessionRow | None:
    """The session with this fingerprint unless it has expired."""
    return session.scalar(select(SessionRow).where(SessionRow.fingerprint == fingerprint, SessionRow.expires_at > now))


def delete_session(session: Session, fingerprint: str) -> None:
    """Forgets a session."""
    session.execute(delete(SessionRow).where(SessionRow.fingerprint == fingerprint))


def delete_sessions(session: Session, account_id: str) -> None:
    """Forgets all sessions of an account."""
    session.execute(delete(SessionRow).where(SessionRow.account_id == account_id))


def delete_expired_sessions(session: Session, now: datetime) -> None:
    """Forgets sessions whose time is over."""
    session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))


def token_by_fingerprint(session: Session, fingerprint: str) -> ApiTokenRow | None:
    """The token with this fingerprint, or None."""
    return session.scalar(select(ApiTokenRow).where(ApiTokenRow.fingerprint == fingerprint))


def token_of(session: Session, account_id: str, token_id: str) -> ApiTokenRow | None:
    """The person's own token, or None."""
    return session.scalar(select(ApiTokenRow).where(ApiTokenRow.id == token_id, ApiTokenRow.account_id == account_id))


def tokens_of(session: Session, account_id: str) -> list[ApiTokenRow]:
    """All tokens of a person, oldest first."""
    query = select(ApiTokenRow).where(ApiTokenRow.account_id == account_id).order_by(ApiTokenRow.id)
    return list(session.scalars(query))
