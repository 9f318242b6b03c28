"""Sign up, sign in, sign out, tokens."""

from dataclasses import asdict

from fastapi import APIRouter, Depends, Request, Response

from donecast.accounts import service
from donecast.accounts.access import COOKIE, CurrentAccount, CurrentSession, from_our_pages
from donecast.accounts.errors import SignUpClosed
from donecast.accounts.pace import count_sign_in, count_sign_up
from donecast.accounts.rules import normal_address
from donecast.accounts.schemas import AccountOut, MeOut, NewTokenOut, SignInIn, SignUpIn, TokenIn, TokenOut
from donecast.accounts.service import OpenSession
from donecast.platform.web import Ground, GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.platform.work_unit import run_unit

router = APIRouter(prefix="/api", tags=["accounts"], route_class=UnitRoute)


@router.post("/auth/sign-up", status_code=201, dependencies=[Depends(from_our_pages)])
def sign_up(body: SignUpIn, request: Request, response: Response, ground: GroundHere) -> MeOut:
    """Makes an account and signs it in."""
    settings = ground.settings.accounts
    if not settings.sign_up_open:
        raise SignUpClosed
    count_sign_up(request, ground)
    account = service.register(
        ground.database, settings, ground.clock, email=body.email, password=body.password, name=body.name, role="user"
    )
    opened = run_unit(ground.database, lambda session: service.open_session(session, settings, ground.clock, account))
    return _signed_in(response, ground, opened)


@router.post("/auth/sign-in", dependencies=[Depends(from_our_pages)])
def sign_in(body: SignInIn, request: Request, response: Response, ground: GroundHere) -> MeOut:
    """Signs in with e-mail address and password."""
    count_sign_in(request, ground, normal_address(body.email) or "")
    settings = ground.settings.accounts
    account = service.check_password(ground.database, settings, body.email, body.password)
    opened = run_unit(ground.database, lambda session: service.open_session(session, settings, ground.clock, account))
    return _signed_in(response, ground, opened)


@router.post("/auth/sign-out", status_code=204)
def sign_out(opened: CurrentSession, response: Response, session: WritingSession) -> None:
    """Ends this browser's session."""
    service.close_session(session, opened.secret)
    response.delete_cookie(COOKIE)


@router.get("/auth/me")
def me(request: Request, account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> MeOut:
    """Who is signed in."""
    secret = request.cookies.get(COOKIE)
    opened = service.resume_session(session, ground.clock, secret) if secret else None
    return MeOut(account=AccountOut(**asdict(account)), csrf_token=opened.csrf_token if opened else None)


@router.get("/tokens")
def list_tokens(account: CurrentAccount, session: ReadingSession) -> list[TokenOut]:
    """The person's tokens."""
    return [
        TokenOut(id=row.id, name=row.name, created_at=row.created_at) for row in service.tokens_of(session, account.id)
    ]


@router.post("/tokens", status_code=201)
def make_token(body: TokenIn, account: CurrentAccount, ground: GroundHere, session: WritingSession) -> NewTokenOut:
    """A new token for programs; it is shown this once."""
    made = service.make_token(session, ground.clock, account.id, body.name)
    return NewTokenOut(id=made.id, name=made.name, token=made.secret)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: str, account: CurrentAccount, session: WritingSession) -> None:
    """Ends a token."""
    service.revoke_token(session, account.id, token_id)


def _signed_in(response: Response, ground: Ground, opened: OpenSession) -> MeOut:
    response.set_cookie(
        COOKIE,
        opened.secret,
        max_age=ground.settings.accounts.session_days * 86_400,
        httponly=True,
        samesite="lax",
        secure=ground.settings.server.base_url.startswith("https://"),
    )
    return MeOut(account=AccountOut(**asdict(opened.account)), csrf_token=opened.csrf_token)
