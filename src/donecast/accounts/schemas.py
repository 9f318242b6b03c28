"""Accounts on the wire."""

from datetime import datetime

from pydantic import BaseModel, Field

from donecast.accounts.rules import Role


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
