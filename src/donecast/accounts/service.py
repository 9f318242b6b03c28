"""Use cases of accounts. Passwords are hashed with argon2id outside any transaction, for that takes a while."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.accounts import repository
from donecast.accounts.errors import (
    AddressInvalid,
    AddressTaken,
    NoSuchAccount,
    NoSuchToken,
    PasswordTooShort,
    WrongPassword,
)
from donecast.accounts.models import AccountRow, ApiTokenRow, SessionRow
from donecast.accounts.rules import TOKEN_PREFIX, Account, Role, fingerprint, normal_address
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.database import Database
from donecast.platform.settings import AccountSettings
from donecast.platform.work_unit import run_unit


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its browser gets it: the cookie's secret once, and the token that each write must carry."""

    account: Account
    secret: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; its secret is never shown again."""

    id: str
    name: str
    secret: str


def password_hasher(settings: AccountSettings) -> PasswordHash:
    """argon2id with the library's recommended cost, or a low one for tests."""
    if settings.hash_cost == "low":
        return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    return PasswordHash.recommended()


def register(
    database: Database, settings: AccountSettings, clock: Clock, *, email: str, password: str, name: str, role: Role
) -> Account:
    """Makes an account. Raises AddressInvalid, AddressTaken, PasswordTooShort."""
    address = normal_address(email)
    if address is None:
        raise AddressInvalid
    hashed = _hashed(settings, password)
    now = clock.now()

    def made(session: Session) -> Account:
        if repository.account_by_email(session, address) is not None:
            raise AddressTaken
        row = AccountRow(
            id=new_id("acc", now),
            email=address,
            name=name.strip() or address.partition("@")[0],
            role=role,
            password_hash=hashed,
            created_at=now,
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:  # somebody took the address between our look and our save
            raise AddressTaken from error
        return _account(row)

    return run_unit(database, made)


def check_password(database: Database, settings: AccountSettings, email: str, password: str) -> Account:
    """The account that address and password open. Raises WrongPassword, after the same time in every case."""
    hasher = password_hasher(settings)
    address = normal_address(email)
    with database.reading() as session:
        row = repository.account_by_email(session, address) if address else None
    if row is None:
        hasher.hash(password)  # as long as a real check takes, so that time says nothing about who exists
        raise WrongPassword
    if not hasher.verify(password, row.password_hash):
        raise WrongPassword
    return _account(row)


def set_password(database: Database, settings: AccountSettings, email: str, password: str) -> None:
    """Gives an account another password and ends its sessions; its tokens stay.

    Raises NoSuchAccount, PasswordTooShort.
    """
    hashed = _hashed(settings, password)

    def change(session: Session) -> None:
        row = _row_called(session, email)
        row.password_hash = hashed
        repository.delete_sessions(session, row.id)

    run_unit(database, change)


def _hashed(settings: AccountSettings, password: str) -> str:
    if len(password) < settings.password_length_min:
        raise PasswordTooShort.under(settings.password_length_min)
    return password_hasher(settings).hash(password)


def open_session(session: Session, settings: AccountSettings, clock: Clock, account: Account) -> OpenSession:
    """Starts a browser session."""
    now = clock.now()
    repository.delete_expired_sessions(session, now)
    opened = OpenSession(account, secrets.token_urlsafe(32), secrets.token_urlsafe(24))
    session.add(
        SessionRow(
            fingerprint=fingerprint(opened.secret),
            account_id=account.id,
            csrf_token=opened.csrf_token,
            created_at=now,
            expires_at=now + timedelta(days=settings.session_days),
        )
    )
    return opened


def resume_session(session: Session, clock: Clock, secret: str) -> OpenSession | None:
    """The session that a cookie's secret opens, or None."""
    row = repository.live_session(session, fingerprint(secret), clock.now())
    account = repository.account_by_id(session, row.account_id) if row else None
    return OpenSession(_account(account), secret, row.csrf_token) if row and account else None


def close_session(session: Session, secret: str) -> None:
    """Ends a session for good."""
    repository.delete_session(session, fingerprint(secret))


def account_of_token(session: Session, secret: str) -> Account | None:
    """Whose token this is, or None."""
    row = repository.token_by_fingerprint(session, fingerprint(secret))
    account = repository.account_by_id(session, row.account_id) if row else None
    return _account(account) if account else None


def make_token(session: Session, clock: Clock, account_id: str, name: str) -> NewToken:
    """A new personal token."""
    now = clock.now()
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiTokenRow(
        id=new_id("tok", now), account_id=account_id, name=name, fingerprint=fingerprint(secret), created_at=now
    )
    session.add(row)
    return NewToken(row.id, name, secret)


def tokens_of(session: Session, account_id: str) -> list[ApiTokenRow]:
    """A person's tokens, without their secrets, which nobody has."""
    return repository.tokens_of(session, account_id)


def revoke_token(session: Session, account_id: str, token_id: str) -> None:
    """Ends a token. Raises NoSuchToken."""
    row = repository.token_of(session, account_id, token_id)
    if row is None:
        raise NoSuchToken
    session.delete(row)


def account_by_email(session: Session, email: str) -> Account | None:
    """The account with this address, or None."""
    row = repository.account_by_email(session, normal_address(email) or "")
    return _account(row) if row else None


def account_called(session: Session, email: str) -> Account:
    """The account with this address. Raises NoSuchAccount."""
    return _account(_row_called(session, email))


def _row_called(session: Session, email: str) -> AccountRow:
    row = repository.account_by_email(session, normal_address(email) or "")
    if row is None:
        raise NoSuchAccount(f"There is no account with the address {email}.")
    return row


def account_by_id(session: Session, account_id: str) -> Account | None:
    """The account with this id, or None."""
    row = repository.account_by_id(session, account_id)
    return _account(row) if row else None


def account_ids(session: Session) -> list[str]:
    """Everybody's id, sorted."""
    return repository.account_ids(session)


def admin_addresses(session: Session) -> list[str]:
    """Where those who run this installation get mail."""
    return repository.admin_addresses(session)


def no_accounts_yet(session: Session) -> bool:
    """True on a fresh install."""
    return repository.account_count(session) == 0


def _account(row: AccountRow) -> Account:
    return Account(row.id, row.email, row.name, cast(Role, row.role))
