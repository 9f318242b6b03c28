"""Not too often: what one person, and one place, may ask for in a while."""

from typing import Any, Literal, cast

from fastapi import Depends, Request

from donecast.accounts.access import CurrentAccount
from donecast.accounts.errors import TooManyAttempts, TooOften
from donecast.accounts.rules import place_of
from donecast.platform.rate_limits import Allowance, RateLimits
from donecast.platform.web import Ground, GroundHere

Kind = Literal["upload", "ai"]
"""Announcing or sending a file; having an engine write or speak, for which somebody may pay."""


def at_pace(kind: Kind) -> Any:
    """The dependency of a route that a person may only ask so often, and a place too. Raises TooOften."""

    def counted(request: Request, account: CurrentAccount, ground: GroundHere) -> None:
        limits, place = ground.settings.limits, _place(request)
        match kind:
            case "upload":
                allowances = (
                    Allowance.per_hour(limits.uploads_per_account_and_hour, kind, "account", account.id),
                    Allowance.per_hour(limits.uploads_per_place_and_hour, kind, "place", place),
                )
            case "ai":
                allowances = (
                    Allowance.per_minute(limits.ai_calls_per_account_and_minute, kind, "account", account.id),
                    Allowance.per_minute(limits.ai_calls_per_place_and_minute, kind, "place", place),
                )
        seconds = _limits(request).seconds_to_wait(allowances)
        if seconds is not None:
            raise TooOften.after(seconds)

    return Depends(counted)


def count_sign_in(request: Request, ground: Ground, address: str) -> None:
    """Counts attempts from one place: for one person, and for all people together. Raises TooManyAttempts.

    A stranger elsewhere cannot lock anyone out, and one password cannot be tried on everybody.
    """
    limits, place = ground.settings.limits, _place(request)
    _count_attempt(
        request,
        Allowance.per_minute(limits.sign_in_attempts_per_place_and_minute, "sign-in", place),
        Allowance.per_minute(limits.sign_in_attempts_per_minute, "sign-in", place, address),
    )


def count_sign_up(request: Request, ground: Ground) -> None:
    """Counts new accounts from one place. Raises TooManyAttempts."""
    allowed = ground.settings.limits.sign_ups_per_place_and_hour
    _count_attempt(request, Allowance.per_hour(allowed, "sign-up", _place(request)))


def _count_attempt(request: Request, *allowances: Allowance) -> None:
    seconds = _limits(request).seconds_to_wait(allowances)
    if seconds is not None:
        raise TooManyAttempts.after(seconds)


def _limits(request: Request) -> RateLimits:
    return cast(RateLimits, request.app.state.rate_limits)


def _place(request: Request) -> str:
    return place_of(request.client.host if request.client else "unknown")
