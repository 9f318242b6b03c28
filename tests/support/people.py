"""People for tests."""

from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from donecast.accounts import service
from donecast.accounts.rules import Account, Role
from donecast.platform.web import Ground

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Person:
    """An account with a token, who asks through a client."""

    account: Account
    token: str
    client: TestClient

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends to be known."""
        return {"Authorization": f"Bearer {self.token}"}

    def ask(self, method: str, path: str, **options: Any) -> Response:
        """One request under this person's token."""
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)


def account_on(ground: Ground, email: str, role: Role = "user") -> Account:
    """A fresh account."""
    return service.register(
        ground.database,
        ground.settings.accounts,
        ground.clock,
        email=email,
        password=PASSWORD,
        name=email.partition("@")[0].title(),
        role=role,
    )


def sign_up(ground: Ground, client: TestClient, email: str, role: Role = "user") -> Person:
    """A fresh account with a token."""
    account = account_on(ground, email, role)
    with ground.database.transaction() as session:
        token = service.make_token(session, ground.clock, account.id, "tests")
    return Person(account, token.secret, client)
