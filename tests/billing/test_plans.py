"""Plans: which tier somebody is on after each event, and which allowance it brought."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from donecast.kit.clock import FixedClock
from tests.billing.conftest import NOON
from tests.support.payments import CREATOR_AMOUNT, PRO_AMOUNT, Shop
from tests.support.people import Person
from tests.support.stripe_server import Fault

FREE_MC, CREATOR_MC, PRO_MC = 90_000, 450_000, 1_500_000
NEXT_MONTH = timedelta(days=30, hours=1)
"""From noon of 23 November into the period that begins at noon of 23 December."""


def change(shop: Shop, person: Person, offer_id: str) -> tuple[int, str]:
    """Asks for another plan; the status, and the error's code where there is one."""
    answer = person.ask("POST", "/api/billing/plan", json={"offer_id": offer_id})
    return answer.status_code, answer.json().get("error", {}).get("code", "")


class TestBeginning:
    """From nothing to a plan."""

    def test_a_paid_plan_puts_its_person_on_the_tier_with_its_allowance(self, shop: Shop, ann: Person) -> None:
        assert shop.available_mc(ann) == FREE_MC
        shop.subscribe(ann, shop.creator)
        assert (shop.tier(ann), shop.available_mc(ann)) == ("creator", CREATOR_MC)
        assert (shop.states(ann), shop.alerts(), shop.bought(ann)) == (["paid"], [], [])
        plan = ann.ask("GET", "/api/billing/plan").json()["plan"]
        assert (plan["offer"]["tier"], plan["next_offer"]["tier"], plan["late"]) == ("creator", "creator", False)
        assert plan["offer"]["credits"] == "450.000"
        assert datetime.fromisoformat(plan["period_end"]) == datetime(2026, 12, 23, 12, 0, tzinfo=UTC)

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_the_order_of_its_events_does_not_matter(self, shop: Shop, ann: Person, order: tuple[int, ...]) -> None:
        shop.stripe.account.pay(shop.order(ann, shop.creator))
        events = shop.stripe.account.events
        assert {event["type"] for event in events} == {
            "customer.subscription.created",
            "invoice.paid",
            "checkout.session.completed",
        }
        assert [shop.deliver(events[number]) for number in order] == [204] * 3
        assert (shop.tier(ann), shop.available_mc(ann)) == ("creator", CREATOR_MC)
        assert (shop.states(ann), shop.alerts()) == (["paid"], [])

    @pytest.mark.parametrize(
        ("otherwise", "kind"),
        [({"amount_total": 1}, "wrong_amount"), ({"currency": "huf"}, "wrong_currency")],
    )
    def test_other_money_than_asked_for_begins_nothing(
        self, shop: Shop, ann: Person, otherwise: dict[str, Any], kind: str
    ) -> None:
        shop.stripe.account.pay(shop.order(ann, shop.creator), **otherwise)
        shop.deliver_new()
        assert (shop.tier(ann), shop.alerts(), shop.states(ann)) == ("free", [kind], ["refused"])

    def test_a_stranger_at_stripe_and_a_strange_price_are_told(self, shop: Shop, ann: Person) -> None:
        shop.stripe.account.pay(shop.order(ann, shop.creator))
        (subscription,) = shop.stripe.account.of_kind("subscription")
        subscription["customer"] = "cus_stranger"
        shop.deliver(shop.events("invoice.paid")[0])
        subscription["items"]["data"][0]["price"] = {**subscription["items"]["data"][0]["price"], "id": "price_other"}
        shop.deliver(shop.events("customer.subscription.created")[0])
        assert shop.alerts() == ["unknown_customer", "unknown_price"]
        assert shop.tier(ann) == "free"

    def test_a_second_plan_is_refused_and_one_that_came_anyway_is_told(self, shop: Shop, ann: Person) -> None:
        both = [shop.order(ann, shop.creator), shop.order(ann, shop.pro)]
        for session_id in both:
            shop.stripe.account.pay(session_id)
            shop.deliver_new()
        assert shop.alerts() == ["second_plan"]
        assert (shop.tier(ann), shop.available_mc(ann)) == ("pro", PRO_MC)
        answer = ann.ask("POST", "/api/billing/checkout", json={"offer_id": shop.creator.id})
        assert answer.json()["error"]["code"] == "already_subscribed"


class TestRenewal:
    """Month after month."""

    def test_each_paid_month_brings_one_allowance(self, shop: Shop, ann: Person, clock: FixedClock) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        for _ in range(3):
            clock.advance(timedelta(days=31))
            shop.stripe.account.renew(subscription_id)
            shop.deliver_new()
            assert (shop.tier(ann), shop.available_mc(ann), shop.next_tier(ann)) == ("creator", CREATOR_MC, None)
        assert shop.alerts() == []
        assert len(shop.rows("payments")) == 4

    def test_events_of_a_renewal_in_the_other_order(self, shop: Shop, ann: Person, clock: FixedClock) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        clock.advance(NEXT_MONTH)
        shop.stripe.account.renew(subscription_id)
        for event in reversed(shop.stripe.account.events):
            shop.deliver(event)
        assert (shop.tier(ann), shop.available_mc(ann), shop.alerts()) == ("creator", CREATOR_MC, [])

    def test_a_month_that_is_not_paid_leads_back_to_the_first_tier(
        self, shop: Shop, ann: Person, clock: FixedClock
    ) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        clock.advance(NEXT_MONTH)
        shop.stripe.account.renew(subscription_id, paid=False)
        shop.deliver_new()
        assert ann.ask("GET", "/api/billing/plan").json()["plan"]["late"] is True
        assert shop.next_tier(ann) == "free"
        assert change(shop, ann, shop.pro.id) == (409, "plan_unpaid")
        shop.stripe.account.cancel(subscription_id, at_period_end=False)
        shop.deliver_new()
        assert shop.tier(ann) == "free"
        assert ann.ask("GET", "/api/billing/plan").json()["plan"] is None

    def test_a_late_payment_keeps_the_plan(self, shop: Shop, ann: Person, clock: FixedClock) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        clock.advance(NEXT_MONTH)
        shop.stripe.account.renew(subscription_id, paid=False)
        shop.deliver_new()
        shop.stripe.account.pay_late(subscription_id)
        shop.deliver_new()
        assert (shop.tier(ann), shop.next_tier(ann)) == ("creator", None)
        assert ann.ask("GET", "/api/billing/plan").json()["plan"]["late"] is False

    def test_a_settled_proration_on_a_renewal_is_not_another_amount(
        self, shop: Shop, ann: Person, clock: FixedClock
    ) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        clock.advance(NEXT_MONTH)
        shop.stripe.account.renew(subscription_id, settled=-300)
        shop.deliver_new()
        assert (shop.alerts(), len(shop.rows("payments"))) == ([], 2)

    def test_a_renewal_at_another_price_is_told(self, shop: Shop, ann: Person, clock: FixedClock) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        clock.advance(NEXT_MONTH)
        shop.stripe.account.renew(subscription_id, discount=100)
        shop.deliver_new()
        assert shop.alerts() == ["wrong_amount"]
        assert len(shop.rows("payments")) == 1


class TestChanging:
    """More at once, less later."""

    def test_an_upgrade_charges_and_credits_the_difference_at_once(
        self, shop: Shop, ann: Person, clock: FixedClock
    ) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        shop.spend_mc(ann, 100_000)
        clock.advance(timedelta(days=12))
        answer = ann.ask("POST", "/api/billing/plan", json={"offer_id": shop.pro.id})
        assert (answer.status_code, answer.json()["amount"]) == (202, PRO_AMOUNT - CREATOR_AMOUNT)
        assert shop.tier(ann) == "creator"
        shop.deliver_new()
        invoices = shop.stripe.account.of_kind("invoice")
        assert [one["total"] for one in invoices] == [CREATOR_AMOUNT, PRO_AMOUNT - CREATOR_AMOUNT]
        assert (shop.tier(ann), shop.available_mc(ann)) == ("pro", PRO_MC - 100_000)
        assert (shop.states(ann), shop.alerts()) == (["paid", "paid"], [])
        clock.advance(timedelta(days=18, hours=1))
        shop.stripe.account.renew(subscription_id)
        shop.deliver_new()
        assert (shop.tier(ann), shop.available_mc(ann), shop.alerts()) == ("pro", PRO_MC, [])

    def test_the_events_of_an_upgrade_in_the_other_order(self, shop: Shop, ann: Person) -> None:
        shop.subscribe(ann, shop.creator)
        assert change(shop, ann, shop.pro.id)[0] == 202
        for event in reversed(shop.stripe.account.events):
            shop.deliver(event)
        assert (shop.tier(ann), shop.available_mc(ann), shop.alerts()) == ("pro", PRO_MC, [])

    def test_a_declined_upgrade_changes_nothing_and_may_be_tried_again(self, shop: Shop, ann: Person) -> None:
        shop.subscribe(ann, shop.creator)
        shop.stripe.account.card_is_good = False
        assert change(shop, ann, shop.pro.id) == (409, "card_refused")
        shop.stripe.account.card_is_good = True
        assert change(shop, ann, shop.pro.id) == (202, "")
        shop.deliver_new()
        assert (shop.tier(ann), sorted(shop.states(ann))) == ("pro", ["failed", "paid", "paid"])

    def test_an_upgrade_whose_answer_was_lost_is_charged_once(self, shop: Shop, ann: Person) -> None:
        shop.subscribe(ann, shop.creator)
        shop.stripe.faults = [Fault("/v1/subscriptions/", "lose", times=9)]
        assert change(shop, ann, shop.pro.id)[0] == 503
        shop.stripe.faults = []
        assert change(shop, ann, shop.pro.id) == (202, "")
        shop.deliver_new()
        changes = [one for one in shop.stripe.account.of_kind("invoice") if one["total"] != CREATOR_AMOUNT]
        assert [one["total"] for one in changes] == [PRO_AMOUNT - CREATOR_AMOUNT]
        assert (shop.tier(ann), shop.alerts()) == ("pro", [])

    def test_a_change_that_nobody_ordered_is_told_and_not_credited(self, shop: Shop, ann: Person) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        other = shop.sign_up("ben@example.com")
        shop.order(other, shop.pro)
        (_, dearer) = shop.stripe.account.of_kind("price")
        item_id = shop.stripe.account.get("subscription", subscription_id)["items"]["data"][0]["id"]
        wish = {
            "items": [{"id": item_id, "price": dearer["id"]}],
            "proration_behavior": "always_invoice",
            "proration_date": str(int(NOON.timestamp())),
        }
        shop.stripe.account.change_subscription(subscription_id, wish)
        shop.deliver_new()
        assert (shop.tier(ann), shop.alerts()) == ("creator", ["unknown_purchase"])

    def test_a_downgrade_begins_with_the_next_period(self, shop: Shop, ann: Person, clock: FixedClock) -> None:
        subscription_id = shop.subscribe(ann, shop.pro)
        answer = ann.ask("POST", "/api/billing/plan", json={"offer_id": shop.creator.id}).json()
        assert (answer["amount"], answer["begins_at"]) == (0, "2026-12-23T12:00:00Z")
        shop.deliver_new()
        assert (shop.tier(ann), shop.next_tier(ann), shop.available_mc(ann)) == ("pro", "creator", PRO_MC)
        assert change(shop, ann, shop.creator.id) == (409, "same_plan")
        clock.advance(NEXT_MONTH)
        shop.stripe.account.renew(subscription_id)
        shop.deliver_new()
        assert (shop.tier(ann), shop.available_mc(ann), shop.alerts()) == ("creator", CREATOR_MC, [])
        assert [one["total"] for one in shop.stripe.account.of_kind("invoice")] == [PRO_AMOUNT, CREATOR_AMOUNT]

    def test_a_downgrade_taken_back_costs_nothing_and_gives_nothing(self, shop: Shop, ann: Person) -> None:
        shop.subscribe(ann, shop.pro)
        assert change(shop, ann, shop.creator.id)[0] == 202
        shop.deliver_new()
        assert change(shop, ann, shop.pro.id) == (202, "")
        shop.deliver_new()
        assert (shop.tier(ann), shop.next_tier(ann), shop.available_mc(ann)) == ("pro", None, PRO_MC)
        assert len(shop.stripe.account.of_kind("invoice")) == 1

    def test_an_upgrade_beyond_what_was_paid_after_a_downgrade_charges_from_what_was_paid(
        self, shop: Shop, ann: Person
    ) -> None:
        dearest = shop.offer("Studio", 9_000, "pro")
        shop.subscribe(ann, shop.pro)
        assert change(shop, ann, shop.creator.id)[0] == 202
        shop.deliver_new()
        assert change(shop, ann, dearest.id) == (202, "")
        shop.deliver_new()
        assert [one["total"] for one in shop.stripe.account.of_kind("invoice")] == [PRO_AMOUNT, 9_000 - PRO_AMOUNT]
        assert shop.alerts() == []

    def test_what_cannot_be_changed_says_why(self, shop: Shop, ann: Person) -> None:
        assert change(shop, ann, shop.pro.id) == (409, "not_subscribed")
        shop.subscribe(ann, shop.creator)
        assert change(shop, ann, shop.top_up.id) == (404, "no_such_offer")
        assert change(shop, ann, "of_nothing") == (404, "no_such_offer")
        assert change(shop, ann, shop.creator.id) == (409, "same_plan")
        dollars = shop.offer("Pro abroad", 4_500, "pro", currency="usd")
        assert change(shop, ann, dollars.id) == (409, "other_currency")


class TestEnding:
    """Cancelled at the period's end, at once, or taken back."""

    def test_a_cancelled_plan_runs_to_its_end(self, shop: Shop, ann: Person, clock: FixedClock) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        shop.stripe.account.cancel(subscription_id, at_period_end=True)
        shop.deliver_new()
        assert (shop.tier(ann), shop.next_tier(ann), shop.available_mc(ann)) == ("creator", "free", CREATOR_MC)
        assert ann.ask("GET", "/api/billing/plan").json()["plan"]["ends_at"] == "2026-12-23T12:00:00Z"
        assert change(shop, ann, shop.pro.id) == (409, "plan_ending")
        clock.advance(NEXT_MONTH)
        assert (shop.tier(ann), shop.available_mc(ann)) == ("free", FREE_MC)
        shop.stripe.account.cancel(subscription_id, at_period_end=False)
        shop.deliver_new()
        assert (shop.tier(ann), shop.available_mc(ann)) == ("free", FREE_MC)

    def test_a_cancellation_taken_back(self, shop: Shop, ann: Person) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        shop.stripe.account.cancel(subscription_id, at_period_end=True)
        shop.deliver_new()
        shop.stripe.account.keep_going(subscription_id)
        shop.deliver_new()
        assert (shop.tier(ann), shop.next_tier(ann)) == ("creator", None)

    def test_events_about_a_cancellation_in_the_other_order(self, shop: Shop, ann: Person) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        shop.stripe.account.cancel(subscription_id, at_period_end=True)
        shop.stripe.account.keep_going(subscription_id)
        for event in reversed(shop.stripe.account.events):
            shop.deliver(event)
        assert (shop.tier(ann), shop.next_tier(ann)) == ("creator", None)

    def test_an_end_at_once_leaves_what_was_given(self, shop: Shop, ann: Person) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        shop.stripe.account.cancel(subscription_id, at_period_end=False)
        for event in reversed(shop.stripe.account.events):
            shop.deliver(event)
        assert (shop.tier(ann), shop.available_mc(ann)) == ("free", CREATOR_MC)
        assert shop.subscribe(ann, shop.creator)
        assert shop.tier(ann) == "creator"

    def test_an_end_that_an_invoice_saw_first_is_an_end(self, shop: Shop, ann: Person) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        (invoice,) = shop.stripe.account.of_kind("invoice")
        shop.stripe.account.cancel(subscription_id, at_period_end=False)
        deleted = shop.stripe.account.events[-1]
        again = shop.stripe.account.tell("invoice.paid", invoice)
        for event in (again, deleted):
            assert shop.deliver(event) == 204
        assert shop.outcome(again) == "credited_before"
        assert (shop.tier(ann), shop.alerts()) == ("free", [])

    def test_what_an_operator_did_by_hand_stays(self, shop: Shop, ann: Person) -> None:
        subscription_id = shop.subscribe(ann, shop.creator)
        shop.put_on(ann, "pro")
        subscription = shop.stripe.account.get("subscription", subscription_id)
        assert shop.deliver(shop.stripe.account.tell("customer.subscription.updated", subscription)) == 204
        assert (shop.tier(ann), shop.next_tier(ann)) == ("pro", None)

    def test_a_refunded_month_is_told_and_the_plan_goes_on(self, shop: Shop, ann: Person) -> None:
        shop.subscribe(ann, shop.creator)
        (intent,) = shop.stripe.account.of_kind("payment_intent")
        shop.stripe.account.refund(intent["id"], CREATOR_AMOUNT)
        shop.deliver_new()
        assert (shop.tier(ann), shop.alerts(), shop.states(ann)) == ("creator", ["plan_refunded"], ["refunded"])


def test_all_events_of_a_plan_at_the_same_moment(shop_anywhere: Shop) -> None:
    shop = shop_anywhere
    ann = shop.sign_up("ann@example.com")
    subscription = shop.stripe.account.pay(shop.order(ann, shop.creator))["subscription"]
    shop.stripe.account.cancel(subscription, at_period_end=True)
    shop.stripe.account.keep_going(subscription)
    events = shop.stripe.account.events * 2
    answers: dict[str, int] = {}
    barrier = threading.Barrier(len(events))

    def deliver(event: dict[str, Any]) -> None:
        barrier.wait()
        answers[event["id"]] = max(answers.get(event["id"], 0), shop.deliver(event))

    threads = [threading.Thread(target=deliver, args=(event,)) for event in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever met too many others is sent again, as Stripe does.
    assert set(answers.values()) <= {204, 503}
    shop.deliver_new()
    assert (shop.tier(ann), shop.next_tier(ann), shop.available_mc(ann)) == ("creator", None, CREATOR_MC)
    assert (shop.alerts(), len(shop.rows("payments")), shop.states(ann)) == ([], 1, ["paid"])


def test_somebody_without_limit_has_nothing_to_buy(shop: Shop, ann: Person) -> None:
    shop.put_on(ann, "unlimited")
    for offer in (shop.top_up, shop.creator):
        answer = ann.ask("POST", "/api/billing/checkout", json={"offer_id": offer.id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "nothing_to_buy")


def test_a_subscription_that_changes_while_it_is_looked_at_is_looked_at_again(shop: Shop, ann: Person) -> None:
    subscription_id = shop.subscribe(ann, shop.creator)
    shop.stripe.account.cancel(subscription_id, at_period_end=True)
    first = shop.stripe.account.events[-1]
    shop.stripe.account.keep_going(subscription_id)
    second = shop.stripe.account.events[-1]
    waiting = [second]

    def meanwhile(path: str) -> None:
        # Before the first look is written, a whole other event is taken.
        if path.startswith("/v1/subscriptions/") and waiting:
            shop.deliver(waiting.pop())

    shop.stripe.on_done = meanwhile
    assert shop.deliver(first) == 204
    assert (shop.tier(ann), shop.next_tier(ann)) == ("creator", None)
    (row,) = shop.rows("subscriptions")
    assert row["ends_at"] is None
