"""What can go wrong with credits."""

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.money import credits_text


class NotEnoughCredits(DonecastError):
    """The work costs more than is there; ``details`` say required, available and shortfall in credits."""

    code = "not_enough_credits"
    kind = ErrorKind.PAYMENT_REQUIRED
    message = "There are not enough credits for this."
    action = (
        "Buy more credits, or wait for your next monthly allowance; then go on. Nothing was charged for this, and what "
        "was finished before is kept."
    )

    @classmethod
    def lacking(cls, required_mc: int, available_mc: int) -> "NotEnoughCredits":
        """The error with its figures."""
        short_mc = required_mc - available_mc
        figures = {"required": required_mc, "available": available_mc, "shortfall": short_mc}
        return cls(
            f"This takes {credits_text(required_mc)} credits, and you have {credits_text(available_mc)}: "
            f"{credits_text(short_mc)} are missing.",
            details={name: credits_text(amount_mc) for name, amount_mc in figures.items()},
        )


class OperationDiffers(DonecastError):
    """An operation's id came a second time, for something else than the first time."""

    code = "operation_differs"
    kind = ErrorKind.CONFLICT
    message = "This was already asked for with other details."
    action = "Reload the page and look at what was charged before you try again."


class NoSuchHold(DonecastError):
    """Nothing is set aside under this operation's id."""

    code = "no_such_hold"
    kind = ErrorKind.NOT_FOUND
    message = "No credits are set aside for this."
    action = "Start the work again; it sets them aside anew."


class HoldEnded(DonecastError):
    """What was set aside has been given back, so it cannot be charged or kept for longer."""

    code = "hold_ended"
    kind = ErrorKind.CONFLICT
    message = "The credits set aside for this were given back."
    action = "Start the work again; it sets them aside anew."


class AlreadyCharged(DonecastError):
    """What was set aside has been charged, so it cannot be given back as if it had not."""

    code = "already_charged"
    kind = ErrorKind.CONFLICT
    message = "This was charged already."
    action = "Ask for a refund if the charge was wrong."


class TooManyHolds(DonecastError):
    """More work is going on at once than one person may have."""

    code = "too_many_holds"
    kind = ErrorKind.RATE_LIMITED
    message = "You have a lot of work going on already."
    action = "Wait until some of it is finished, then try again."
    retryable = True


class NoSuchCharge(DonecastError):
    """The charge is not there, or is not this person's."""

    code = "no_such_charge"
    kind = ErrorKind.NOT_FOUND
    message = "This charge does not exist."
    action = "Look at the list of charges."


class RefundTooLarge(DonecastError):
    """More would be given back than is left of the charge."""

    code = "refund_too_large"
    kind = ErrorKind.CONFLICT
    message = "That is more than was charged."
    action = "Give back at most what is left of the charge."


class NoSuchTier(DonecastError):
    """There is no such plan."""

    code = "no_such_tier"
    kind = ErrorKind.NOT_FOUND
    message = "This plan does not exist."
    action = "Choose one of the list of plans."


class TierExists(DonecastError):
    """A new plan has the short name of one that is there."""

    code = "tier_exists"
    kind = ErrorKind.CONFLICT
    message = "There is a plan with this short name already."
    action = "Choose another short name, or change that plan."


class TierInvalid(DonecastError):
    """Something said about a plan cannot be."""

    code = "tier_invalid"
    kind = ErrorKind.INVALID
    message = "Something about this plan is not right yet."
    action = "Correct it and save again."


class RateInvalid(DonecastError):
    """A rate is not a whole number in its range, or has a name that no rate has."""

    code = "rate_invalid"
    kind = ErrorKind.INVALID
    message = "This rate cannot be used."
    action = "Use a whole number of milli-credits."


class WorkInvalid(DonecastError):
    """A quantity of work that cannot be, such as a negative duration."""

    code = "work_invalid"
    kind = ErrorKind.INVALID
    message = "This amount of work cannot be."
    action = "Check the length of the recording."


class ReasonMissing(DonecastError):
    """Somebody changes credits or prices by hand without saying why."""

    code = "reason_missing"
    kind = ErrorKind.INVALID
    message = "Please say why, so that it can be understood later."
    action = "Write a few words and try again."


class LegacyInvalid(DonecastError):
    """A file of minutes from an earlier program cannot be read; the message names the line."""

    code = "legacy_invalid"
    kind = ErrorKind.INVALID
    message = "This list of minutes cannot be read."
    action = "Correct the line named above. Nothing was imported."


class PricesChanged(DonecastError):
    """Somebody changed the prices at the same moment."""

    code = "prices_changed"
    kind = ErrorKind.CONFLICT
    message = "Somebody else changed the prices just now."
    action = "Reload the page, look at them, and make your change again."
    retryable = True


class AmountMissing(DonecastError):
    """An amount to give, take or give back is nothing, or less than nothing where that cannot be."""

    code = "amount_missing"
    kind = ErrorKind.INVALID
    message = "This needs an amount of credits greater than zero."
    action = "Write an amount such as 12 or 0.75."


class NoSuchPerson(DonecastError):
    """There is no account of this id."""

    code = "no_such_person"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such account."
    action = "Check the address of the page."


class NoSuchRefundRequest(DonecastError):
    """There is no such wish for a refund."""

    code = "no_such_refund_request"
    kind = ErrorKind.NOT_FOUND
    message = "This request for a refund does not exist."
    action = "Look at the list of requests."


class NothingToRefund(DonecastError):
    """All of the charge was given back before."""

    code = "nothing_to_refund"
    kind = ErrorKind.CONFLICT
    message = "All of this charge was given back already."
    action = "Look at the list of charges."


class RefundDecided(DonecastError):
    """Somebody decided about the request before, and otherwise."""

    code = "refund_decided"
    kind = ErrorKind.CONFLICT
    message = "This request was decided before, and otherwise."
    action = "Reload the page to see how. More can be given back from the person's list of charges."


class ExpiryPast(DonecastError):
    """Credits that are given would have expired before they come."""

    code = "expiry_past"
    kind = ErrorKind.INVALID
    message = "The day on which these credits would end is over already."
    action = "Choose a day that is still to come, or let them never end."
