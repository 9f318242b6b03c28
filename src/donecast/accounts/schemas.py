"""Accounts on the wire."""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel, Field

from donecast.accounts.rules import Role
from donecast.notices.rules import Told


class SignUpIn(BaseModel):
    """What a new person tells us."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1_000)
    name: str = Field(default="", max_length=200)


class SignInIn(BaseModel):
    """What a known person tells us."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1_000)


class AccountOut(BaseModel):
    """A person as they see themselves."""

    id: str
    email: str
    name: str
    role: Role


class MeOut(BaseModel):
    """The signed-in person and the token that each write of the browser must carry as X-CSRF-Token."""

    account: AccountOut
    csrf_token: str | None


class TokenIn(BaseModel):
    """A name to tell tokens apart."""

    name: str = Field(min_length=1, max_length=100)


class TokenOut(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    created_at: datetime


class NewTokenOut(BaseModel):
    """A token just made; `token` is shown this once."""

    id: str
    name: str
    token: str


class NoticeOut(BaseModel):
    """Something that a person is told in the studio."""

    id: str
    subject: str
    body: str
    request_id: str | None
    created_at: datetime
    read_at: datetime | None


class NoticesOut(BaseModel):
    """What a person was told, newest first, and how much of it is unread."""

    unread_count: int
    notices: list[NoticeOut]


def notice_out(told: Told) -> NoticeOut:
    """One notice on the wire."""
    return NoticeOut(**asdict(told))
