"""Use cases of billing: what is sold, what is ordered, what came of it, and what did not fit."""

from donecast.billing.service.alerts import alerts, settle_alert
from donecast.billing.service.arrivals import is_taken, take_nothing, take_returned, take_session
from donecast.billing.service.offers import make_offer, offers, offers_on_sale, retire_offer
from donecast.billing.service.orders import (
    OpenOrder,
    customer_id_of,
    note_checkout,
    note_customer,
    note_price,
    open_order,
    price_id_of,
    purchase_of,
    purchases_of,
)
from donecast.billing.service.plan_arrivals import StaleLook, take_invoice, take_subscription, version_of
from donecast.billing.service.plans import PlanChange, note_change_failed, open_change
from donecast.billing.service.subscriptions import plan_of

__all__ = [
    "OpenOrder",
    "PlanChange",
    "StaleLook",
    "alerts",
    "customer_id_of",
    "is_taken",
    "make_offer",
    "note_change_failed",
    "note_checkout",
    "note_customer",
    "note_price",
    "offers",
    "offers_on_sale",
    "open_change",
    "open_order",
    "plan_of",
    "price_id_of",
    "purchase_of",
    "purchases_of",
    "retire_offer",
    "settle_alert",
    "take_invoice",
    "take_nothing",
    "take_returned",
    "take_session",
    "take_subscription",
    "version_of",
]
