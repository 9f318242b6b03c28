"""Why Sentry tells us nothing: a class per reason, for "no errors" and "we may not look" must never look alike."""

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.left_alone import ServiceLeftAlone


class SentryTrouble(DonecastError):
    """Parent of every reason for which Sentry could not be read or changed."""

    kind = ErrorKind.UNAVAILABLE


class SentryNotAsked(SentryTrouble):
    """The first round has not ended yet."""

    code = "sentry_not_asked"
    message = "Sentry is being asked for the first time."
    action = "Wait a few seconds and load this page again."
    retryable = True


class SentryTokenDead(SentryTrouble):
    """401: nobody knows the token."""

    code = "sentry_token_dead"
    message = "Sentry does not accept our token, so nobody sees new errors here."
    action = "Make a new token in Sentry with the scope event:read, set SENTRY_ORG_TOKEN to it, and restart DoneCast."


class SentryScopeMissing(SentryTrouble):
    """403: the token is known and may not do this."""

    code = "sentry_scope_missing"
    message = "Our Sentry token may not do this."
    action = "Give the token the scope event:read in Sentry, and event:write to the one that changes errors."


class SentryNotFound(SentryTrouble):
    """404: the organisation, or the issue, is not there or is hidden from the token."""

    code = "sentry_not_found"
    message = "Sentry does not know this organisation, or hides it from our token."
    action = "Check SENTRY_ORG and SENTRY_BASE_URL against the address that you see in Sentry."


class SentryIssueGone(DonecastError):
    """No issue of this id, neither in Sentry nor in the mirror."""

    code = "no_such_error"
    kind = ErrorKind.NOT_FOUND
    message = "This error is not there any more."
    action = "Go back to the list and load it again."


class SentryRateLimited(SentryTrouble):
    """429; ``details`` may hold ``after_seconds``."""

    code = "sentry_rate_limited"
    message = "Sentry asks us to slow down."
    action = "Nothing to do: we ask again by ourselves."
    retryable = True


class SentryTooSlow(SentryTrouble):
    """No whole answer within the deadline."""

    code = "sentry_too_slow"
    message = "Sentry did not answer within ten seconds."
    action = "We ask again by ourselves. If it stays, look at Sentry's status page."
    retryable = True


class SentryUnreachable(SentryTrouble):
    """No connection."""

    code = "sentry_unreachable"
    message = "We cannot reach Sentry."
    action = "We ask again by ourselves. If it stays, check SENTRY_BASE_URL and the way from this machine to it."
    retryable = True


class SentryBroken(SentryTrouble):
    """5xx."""

    code = "sentry_broken"
    message = "Sentry has a fault of its own."
    action = "We ask again by ourselves. If it stays, look at Sentry's status page."
    retryable = True


class SentryAnswerBad(SentryTrouble):
    """What came was no answer of Sentry's: a page, half of one, or another form."""

    code = "sentry_answer_bad"
    message = "What answered at Sentry's address was not Sentry, or broke off."
    action = "Check SENTRY_BASE_URL; a proxy in between may have answered in its place."
    retryable = True


class SentryRefused(SentryTrouble):
    """Another 4xx: our question was not understood, or the change was not accepted."""

    code = "sentry_refused"
    kind = ErrorKind.INVALID
    message = "Sentry did not accept this."
    action = "Check what you entered, such as the address of the person it is assigned to."


class SentryResting(ServiceLeftAlone, SentryTrouble):
    """The circuit breaker is open, or somebody isolated the service."""

    code = "sentry_resting"
    message = "Sentry did not answer several times in a row, so we leave it alone for a while."
    action = "We ask again in a few minutes."
    isolated_message = "Sentry is switched off for now."
    isolated_action = "Release it on the monitoring page when it may be asked again."


class SentryReadOnly(SentryTrouble):
    """There is no token to change anything with."""

    code = "sentry_read_only"
    kind = ErrorKind.CONFLICT
    message = "Errors can only be read here, because no token to change them is set."
    action = "Set SENTRY_WRITE_TOKEN to a token with the scope event:write, or change the error in Sentry itself."


TROUBLES = {
    kind.code: kind
    for kind in (
        SentryTokenDead,
        SentryScopeMissing,
        SentryNotFound,
        SentryRateLimited,
        SentryTooSlow,
        SentryUnreachable,
        SentryBroken,
        SentryAnswerBad,
        SentryRefused,
        SentryResting,
    )
}
"""By their codes, as the mirror notes them."""
