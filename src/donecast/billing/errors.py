"""What can go wrong with plans and payments."""

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.left_alone import ServiceLeftAlone


class PaymentsOff(DonecastError):
    """No key of a payment service is set; nothing else depends on one."""

    code = "payments_off"
    kind = ErrorKind.CONFLICT
    message = "Payments are switched off on this DoneCast."
    action = "Everything else works. Ask the person who runs this DoneCast if you need more credits."


class NoSuchOffer(DonecastError):
    """The offer does not exist, or is no longer on sale."""

    code = "no_such_offer"
    kind = ErrorKind.NOT_FOUND
    message = "This is not on sale any more."
    action = "Reload the page and choose from what is there."


class OfferInvalid(DonecastError):
    """Something about a new offer cannot be; the message says what."""

    code = "offer_invalid"
    kind = ErrorKind.INVALID
    message = "Something about this offer is not right yet."
    action = "Correct it and save again."


class NoSuchPurchase(DonecastError):
    """The order does not exist, or is another person's."""

    code = "no_such_purchase"
    kind = ErrorKind.NOT_FOUND
    message = "This purchase does not exist."
    action = "Look at your list of purchases."


class NoSuchAlert(DonecastError):
    """The alert does not exist."""

    code = "no_such_alert"
    kind = ErrorKind.NOT_FOUND
    message = "This alert does not exist."
    action = "Look at the list of alerts."


class PurchaseDiffers(DonecastError):
    """The same request came a second time, for something else."""

    code = "purchase_differs"
    kind = ErrorKind.CONFLICT
    message = "This purchase was already begun, for something else."
    action = "Reload the page and choose again."


class NothingToBuy(DonecastError):
    """The account has no limit, so that credits would be of no use."""

    code = "nothing_to_buy"
    kind = ErrorKind.CONFLICT
    message = "Your account has no limit, so there is nothing for you to buy."
    action = "Just go on."


class AlreadySubscribed(DonecastError):
    """A second plan would be paid beside the first one."""

    code = "already_subscribed"
    kind = ErrorKind.CONFLICT
    message = "You already have a plan."
    action = "Change your plan instead of buying a second one."


class NotSubscribed(DonecastError):
    """There is no plan to change."""

    code = "not_subscribed"
    kind = ErrorKind.CONFLICT
    message = "You have no plan yet."
    action = "Choose one of the plans on offer."


class PlanUnpaid(DonecastError):
    """The plan's last payment failed, so that nothing can be changed about it now."""

    code = "plan_unpaid"
    kind = ErrorKind.CONFLICT
    message = "The last payment for your plan did not go through."
    action = "Press “Card, invoices, ending it” on the page “Credits” and give another card; then change your plan."


class PlanEnding(DonecastError):
    """The plan was cancelled and runs until the end of its period."""

    code = "plan_ending"
    kind = ErrorKind.CONFLICT
    message = "Your plan was cancelled and ends by itself."
    action = "Press “Card, invoices, ending it” on the page “Credits” and keep your plan; then change it."


class SamePlan(DonecastError):
    """The wanted plan is the one that will be paid next anyway."""

    code = "same_plan"
    kind = ErrorKind.CONFLICT
    message = "This is the plan that you have already."
    action = "Choose another one."


class ChangeUnderWay(DonecastError):
    """An upgrade was begun and its payment has not been heard of yet."""

    code = "change_under_way"
    kind = ErrorKind.CONFLICT
    message = "A change of your plan is being paid at this moment."
    action = "Wait a minute, then look at your plan again."
    retryable = True


class OtherCurrency(DonecastError):
    """A plan is paid in one currency for as long as it runs."""

    code = "other_currency"
    kind = ErrorKind.CONFLICT
    message = "This plan is sold in another currency than yours."
    action = "Choose a plan in your own currency, or cancel your plan first."


class CardRefused(DonecastError):
    """The bank did not let the money go."""

    code = "card_refused"
    kind = ErrorKind.CONFLICT
    message = "The payment was not accepted by your bank."
    action = "Nothing was charged. Try another card: “Card, invoices, ending it” on the page “Credits”."


class NoPaymentsYet(DonecastError):
    """Somebody wants to manage payments who has never made one."""

    code = "no_payments_yet"
    kind = ErrorKind.CONFLICT
    message = "There is nothing to manage yet, because you have not bought anything."
    action = "Choose what you would like to buy first."


class PaymentsUnreachable(DonecastError):
    """The payment service did not answer, or not in time, or is broken inside."""

    code = "payments_unreachable"
    kind = ErrorKind.UNAVAILABLE
    message = "The payment service cannot be reached at this moment."
    action = "Nothing was charged. Please try again in a minute."
    retryable = True


class PaymentsResting(ServiceLeftAlone):
    """The payment service is left alone."""

    code = "payments_resting"
    message = "The payment service is out of order, so we leave it alone for a while."
    action = "Nothing is charged twice. Please try again in a few minutes."
    isolated_message = "Payments are switched off for now."
    isolated_action = "Everything else works. Ask the person who runs this DoneCast when they are back."


class PaymentsBusy(DonecastError):
    """The payment service takes no more questions for a while."""

    code = "payments_busy"
    kind = ErrorKind.UNAVAILABLE
    message = "The payment service is very busy at this moment."
    action = "Nothing was charged. Please try again in a minute."
    retryable = True


class PaymentsAnswerBad(DonecastError):
    """The payment service said something that cannot be understood."""

    code = "payments_answer_bad"
    kind = ErrorKind.UNAVAILABLE
    message = "The payment service gave an answer that we do not understand."
    action = "Please try again in a minute. If it stays, tell the person who runs this DoneCast."
    retryable = True


class PaymentsKeyRefused(DonecastError):
    """The payment service does not know the key, or the key may not do this."""

    code = "payments_key_refused"
    kind = ErrorKind.UNAVAILABLE
    message = "The payment service does not accept this DoneCast at the moment."
    action = "Nothing was charged. Tell the person who runs this DoneCast that the payment key is refused."


class PaymentsRejected(DonecastError):
    """The payment service understood the request and will not do it."""

    code = "payments_rejected"
    kind = ErrorKind.UNAVAILABLE
    message = "The payment service did not accept this request."
    action = "Nothing was charged. If it happens again, tell the person who runs this DoneCast."


class ObjectUnknown(DonecastError):
    """The payment service has nothing under the id that its own event named."""

    code = "payment_object_unknown"
    kind = ErrorKind.NOT_FOUND
    message = "The payment service does not know this payment."
    action = "Check that its key and its webhook belong to the same account and mode."


class EventRefused(DonecastError):
    """An event is not signed with our secret, is signed too long ago, or is none."""

    code = "event_refused"
    kind = ErrorKind.INVALID
    message = "This is not an event of the payment service, or it was signed too long ago."
    action = "Check the webhook's signing secret and this machine's clock."


class EventUnsettled(DonecastError):
    """The same subscription changed again and again while it was looked at."""

    code = "event_unsettled"
    kind = ErrorKind.UNAVAILABLE
    message = "This subscription is changing at this moment."
    action = "Send the event again."
    retryable = True
