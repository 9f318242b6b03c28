"""Who is asking: the dependency that every private endpoint has."""

import secrets
from typing import Annotated

from fastapi import Depends, Request

from donecast.accounts import service
from donecast.accounts.errors import AdminsOnly, ForeignOrigin, NotSignedIn
from donecast.accounts.rules import Account, changes_things, same_origin, sent_by_us
from donecast.accounts.service import OpenSession
from donecast.platform.error_tracking import set_user_context
from donecast.platform.telemetry import bind_account
from donecast.platform.web import GroundHere

COOKIE = "donecast_session"
CSRF_HEADER = "X-CSRF-Token"


def session_of(request: Request, ground: GroundHere) -> OpenSession:
    """The browser session of the cookie; a write also needs our Origin and the session's CSRF token."""
    secret = request.cookies.get(COOKIE)
    # Asked and given back at once: a request that held this connection while it waits for a second one could, with
    # enough others like it, wait for ever.
    with ground.database.reading() as session:
        opened = service.resume_session(session, ground.clock, secret) if secret else None
    if opened is None:
        raise NotSignedIn
    if changes_things(request.method):
        offered = request.headers.get(CSRF_HEADER, "")
        ours = same_origin(request.headers.get("Origin"), request.headers.get("Host"), ground.settings.server.base_url)
        if not ours or not secrets.compare_digest(offered.encode(), opened.csrf_token.encode()):
            raise ForeignOrigin
    return opened


def from_our_pages(request: Request, ground: GroundHere) -> None:
    """For the doors before a session, so that no other site signs a browser in. Raises ForeignOrigin."""
    headers = request.headers
    if not sent_by_us(
        headers.get("Origin"), headers.get("Referer"), headers.get("Host"), ground.settings.server.base_url
    ):
        raise ForeignOrigin


def account_of(request: Request, ground: GroundHere) -> Account:
    """The person who asks, by bearer token or by session. Raises NotSignedIn or ForeignOrigin."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        with ground.database.reading() as session:
            account = service.account_of_token(session, secret.strip())
        if account is None:
            raise NotSignedIn
    else:
        account = session_of(request, ground).account
    bind_account(account.id)
    set_user_context(account.id, account.email)
    return account


def account_or_nobody(request: Request, ground: GroundHere) -> Account | None:
    """The person who asks, or nobody: for what everybody may read and some may read more of."""
    try:
        return account_of(request, ground)
    except NotSignedIn:
        return None


CurrentAccount = Annotated[Account, Depends(account_of, scope="function")]


def admin_of(account: CurrentAccount) -> Account:
    """The admin who asks; others learn nothing, not even that there is something to ask for. Raises AdminsOnly."""
    if account.role != "admin":
        raise AdminsOnly
    return account


CurrentAdmin = Annotated[Account, Depends(admin_of, scope="function")]
AnyAccount = Annotated[Account | None, Depends(account_or_nobody, scope="function")]
CurrentSession = Annotated[OpenSession, Depends(session_of, scope="function")]
