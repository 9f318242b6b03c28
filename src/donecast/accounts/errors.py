"""What can go wrong with signing in."""

from math import ceil
from typing import Self

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.moments import soon_in_words


class NotSignedIn(DonecastError):
    """No valid session or token came with the request."""

    code = "not_signed_in"
    kind = ErrorKind.UNAUTHENTICATED
    message = "You are not signed in."
    action = "Please sign in and try again."


class WrongPassword(DonecastError):
    """Address or password do not fit; we do not say which."""

    code = "wrong_password"
    kind = ErrorKind.UNAUTHENTICATED
    message = "This e-mail address and password do not fit together."
    action = (
        "Check both for typing mistakes and try again. If the password is forgotten, the person who runs this DoneCast "
        "can give you a new one."
    )


class TooOften(DonecastError):
    """A person, or a place, asked for something more often than the settings allow."""

    code = "too_often"
    kind = ErrorKind.RATE_LIMITED
    message = "That was a lot in a short time."
    action = "Nothing was lost. Please try again in a few minutes."
    retryable = True

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The error while it may be asked again in so many seconds."""
        action = cls.action.replace("in a few minutes", soon_in_words(seconds))
        return cls(action=action, details={"after_seconds": ceil(seconds)})


class TooManyAttempts(TooOften):
    """Signing in or up was tried too often from one place."""

    code = "too_many_attempts"
    message = "That was tried too often just now."
    action = "Please try again in a few minutes."


class AddressTaken(DonecastError):
    """An account with this address exists."""

    code = "address_taken"
    kind = ErrorKind.CONFLICT
    message = "We could not make an account with this e-mail address."
    action = "If you already have an account, sign in instead."


class AddressInvalid(DonecastError):
    """That is not an e-mail address."""

    code = "address_invalid"
    kind = ErrorKind.INVALID
    message = "This does not look like an e-mail address."
    action = "It should look like name@example.com."


class NoSuchAccount(DonecastError):
    """Nobody has this address."""

    code = "no_such_account"
    kind = ErrorKind.NOT_FOUND
    message = "There is no account with this address."
    action = "Check the address."


class PasswordTooShort(DonecastError):
    """The password is shorter than the setting allows."""

    code = "password_too_short"
    kind = ErrorKind.INVALID
    message = "This password is too short."
    action = "Use a longer one; a few words in a row are easy to remember."

    @classmethod
    def under(cls, length_min: int) -> "PasswordTooShort":
        """The error with the number of characters that are needed."""
        return cls(action=f"Use at least {length_min} characters; a few words in a row are easy to remember.")


class SignUpClosed(DonecastError):
    """The operator does not take new accounts."""

    code = "sign_up_closed"
    kind = ErrorKind.FORBIDDEN
    message = "New accounts are made by the person who runs this DoneCast."
    action = "Ask them for an account."


class AdminsOnly(DonecastError):
    """Only the person who runs this DoneCast may do this; others are not told that it exists."""

    code = "not_found"
    kind = ErrorKind.NOT_FOUND
    message = "There is nothing at this address."
    action = "Check the address."


class ForeignOrigin(DonecastError):
    """A write came from another site, or without the session's CSRF token."""

    code = "foreign_origin"
    kind = ErrorKind.FORBIDDEN
    message = "This request did not come from a DoneCast page."
    action = "Reload the page and try again."


class NoSuchToken(DonecastError):
    """The token is not this person's."""

    code = "no_such_token"
    kind = ErrorKind.NOT_FOUND
    message = "This access token does not exist."
    action = "Look at your list of tokens."
