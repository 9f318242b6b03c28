"""Top-ups: what each event about one does to the ledger, in whatever order and how often it comes."""

import json
import threading
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.orm import Session

from donecast.billing import ledger
from donecast.billing.hook import HOOK_PATH
from donecast.kit.clock import FixedClock
from donecast.platform.database import DatabaseBusy
from tests.billing.conftest import NOON
from tests.support.payments import TOP_UP_AMOUNT, TOP_UP_MC, Shop
from tests.support.people import Person
from tests.support.stripe_server import Fault


def test_a_paid_order_is_credited_and_shown(shop: Shop, ann: Person) -> None:
    before_mc = shop.available_mc(ann)
    session_id = shop.order(ann, shop.top_up)
    assert shop.states(ann) == ["open"]
    shop.stripe.account.pay(session_id)
    assert shop.deliver_new() == [("checkout.session.completed", 204)]
    assert shop.bought(ann) == [TOP_UP_MC]
    assert before_mc is not None
    assert shop.available_mc(ann) == before_mc + TOP_UP_MC
    assert shop.states(ann) == ["paid"]
    assert shop.alerts() == []


def test_nothing_is_credited_before_the_money_came(shop: Shop, ann: Person) -> None:
    session_id = shop.order(ann, shop.top_up)
    shop.stripe.account.pay(session_id, later=True)
    shop.deliver_new()
    assert (shop.states(ann), shop.bought(ann)) == (["waiting"], [])
    shop.stripe.account.settle(session_id, well=True)
    shop.deliver_new()
    assert (shop.states(ann), shop.bought(ann)) == (["paid"], [TOP_UP_MC])


def test_money_that_did_not_come_is_told(shop: Shop, ann: Person) -> None:
    session_id = shop.order(ann, shop.top_up)
    shop.stripe.account.pay(session_id, later=True)
    shop.stripe.account.settle(session_id, well=False)
    shop.deliver_new()
    assert (shop.states(ann), shop.bought(ann)) == (["failed"], [])


def test_an_order_that_nobody_paid_expires(shop: Shop, ann: Person) -> None:
    shop.stripe.account.expire(shop.order(ann, shop.top_up))
    shop.deliver_new()
    assert (shop.states(ann), shop.bought(ann)) == (["expired"], [])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_events_does_not_matter(shop: Shop, ann: Person, order: tuple[int, ...]) -> None:
    session_id = shop.order(ann, shop.top_up)
    shop.stripe.account.pay(session_id, later=True)
    shop.stripe.account.settle(session_id, well=True)
    (intent,) = shop.stripe.account.of_kind("payment_intent")
    shop.stripe.account.refund(intent["id"], TOP_UP_AMOUNT)
    events = shop.stripe.account.events
    assert [shop.deliver(events[number]) for number in order] == [204] * 3
    assert shop.bought(ann) == [TOP_UP_MC]
    assert shop.available_mc(ann) == 90_000
    assert shop.states(ann) == ["refunded"]


def test_an_event_that_comes_again_changes_nothing(shop: Shop, ann: Person) -> None:
    shop.stripe.account.pay(shop.order(ann, shop.top_up))
    (event,) = shop.stripe.account.events
    asked = [shop.deliver(event) for _ in range(5)]
    assert asked == [204] * 5
    assert shop.bought(ann) == [TOP_UP_MC]
    assert len(shop.rows("payment_events")) == 1
    assert shop.stripe.asked_for("GET", "/v1/checkout/sessions") == 1


def test_two_events_about_one_payment_credit_it_once(shop: Shop, ann: Person) -> None:
    session_id = shop.order(ann, shop.top_up)
    shop.stripe.account.pay(session_id)
    shop.stripe.account.settle(session_id, well=True)
    shop.deliver_new()
    assert shop.bought(ann) == [TOP_UP_MC]
    assert [row["outcome"] for row in shop.rows("payment_events")] == ["credited", "credited_before"]


@pytest.mark.parametrize("same", [True, False], ids=["one event", "two events"])
def test_at_the_same_moment_it_is_credited_once(shop_anywhere: Shop, same: bool) -> None:
    shop = shop_anywhere
    ann = shop.sign_up("ann@example.com")
    session_id = shop.order(ann, shop.top_up)
    shop.stripe.account.pay(session_id)
    shop.stripe.account.settle(session_id, well=True)
    first, second = shop.stripe.account.events
    codes: list[int] = []
    barrier = threading.Barrier(8)

    def deliver(number: int) -> None:
        barrier.wait()
        codes.append(shop.deliver(first if same or number % 2 else second))

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [204] * 8
    assert shop.bought(ann) == [TOP_UP_MC]
    assert len(shop.rows("payment_events")) == (1 if same else 2)


class TestMoneyThatDoesNotFit:
    """It is never credited, always told, and Stripe is not asked to send it again."""

    @pytest.mark.parametrize(
        ("otherwise", "kind"),
        [
            ({"amount_total": TOP_UP_AMOUNT - 1}, "wrong_amount"),
            ({"amount_total": TOP_UP_AMOUNT * 100}, "wrong_amount"),
            ({"amount_total": 0}, "wrong_amount"),
            ({"currency": "huf"}, "wrong_currency"),
        ],
    )
    def test_another_amount_or_currency(self, shop: Shop, ann: Person, otherwise: dict[str, Any], kind: str) -> None:
        shop.stripe.account.pay(shop.order(ann, shop.top_up), **otherwise)
        assert shop.deliver_new() == [("checkout.session.completed", 204)]
        assert (shop.bought(ann), shop.alerts(), shop.states(ann)) == ([], [kind], ["refused"])

    def test_an_unknown_customer_is_kept_and_told(self, shop: Shop, ann: Person) -> None:
        session = shop.stripe.account.pay(shop.order(ann, shop.top_up))
        session |= {"customer": "cus_stranger", "metadata": {}}
        shop.deliver_new()
        assert (shop.bought(ann), shop.alerts()) == ([], ["unknown_customer"])
        (event,) = shop.rows("payment_events")
        assert (event["outcome"], event["object_id"]) == ("unknown_customer", session["id"])

    def test_a_known_customer_without_an_order(self, shop: Shop, ann: Person) -> None:
        session = shop.stripe.account.pay(shop.order(ann, shop.top_up))
        session["metadata"] = {"donecast_purchase": "pur_of_nobody"}
        shop.deliver_new()
        assert (shop.bought(ann), shop.alerts()) == ([], ["unknown_purchase"])

    def test_another_persons_order(self, shop: Shop, ann: Person) -> None:
        ben = shop.sign_up("ben@example.com")
        of_ben = shop.stripe.account.get("checkout.session", shop.order(ben, shop.top_up))
        session = shop.stripe.account.pay(shop.order(ann, shop.top_up))
        session["metadata"] = of_ben["metadata"]
        shop.deliver_new()
        assert (shop.bought(ann), shop.bought(ben), shop.alerts()) == ([], [], ["wrong_customer"])

    def test_an_order_that_is_paid_twice(self, shop: Shop, ann: Person) -> None:
        first = shop.stripe.account.pay(shop.order(ann, shop.top_up))
        second = shop.stripe.account.pay(shop.order(ann, shop.top_up))
        second["metadata"] = first["metadata"]
        shop.deliver_new()
        assert (shop.bought(ann), shop.alerts()) == ([TOP_UP_MC], ["paid_twice"])
        assert "paid" in shop.states(ann)

    def test_an_object_that_stripe_does_not_know(self, shop: Shop) -> None:
        event = shop.stripe.account.tell("checkout.session.completed", {"id": "cs_gone", "object": "checkout.session"})
        assert shop.deliver(event) == 204
        assert shop.alerts() == ["unknown_object"]

    def test_an_event_without_an_object_asks_nobody(self, shop: Shop) -> None:
        event = shop.stripe.account.tell("checkout.session.completed", {"object": "checkout.session"})
        asked = len(shop.stripe.asked)
        assert shop.deliver(event) == 204
        assert shop.alerts() == ["unknown_object"]
        assert len(shop.stripe.asked) == asked

    def test_an_event_of_the_other_mode(self, shop: Shop, ann: Person) -> None:
        shop.stripe.account.pay(shop.order(ann, shop.top_up))
        (event,) = shop.stripe.account.events
        assert shop.deliver({**event, "livemode": True}) == 204
        assert (shop.bought(ann), shop.alerts()) == ([], ["other_mode"])

    def test_an_event_that_nobody_asked_for_is_kept_and_nothing_else(self, shop: Shop) -> None:
        event = shop.stripe.account.tell("customer.updated", {"id": "cus_1", "object": "customer"})
        assert shop.deliver(event) == 204
        assert (shop.outcome(event), shop.alerts()) == ("ignored", [])

    def test_what_the_event_itself_says_is_never_believed(self, shop: Shop, ann: Person) -> None:
        session_id = shop.order(ann, shop.top_up)
        paid = {"id": session_id, "object": "checkout.session", "payment_status": "paid", "amount_total": TOP_UP_AMOUNT}
        shop.deliver(shop.stripe.account.tell("checkout.session.completed", paid))
        assert (shop.bought(ann), shop.states(ann)) == ([], ["open"])


class TestCalls:
    """What is refused at the door leaves nothing behind."""

    @pytest.mark.parametrize(
        ("options", "status"),
        [({"age_seconds": 300}, 204), ({"age_seconds": 301}, 400), ({"secret": "whsec_another"}, 400)],
    )
    def test_old_and_forged_signatures(self, shop: Shop, ann: Person, options: dict[str, Any], status: int) -> None:
        shop.stripe.account.pay(shop.order(ann, shop.top_up))
        (event,) = shop.stripe.account.events
        assert shop.deliver(event, **options) == status
        assert len(shop.rows("payment_events")) == len(shop.bought(ann)) == (status == 204)

    def test_a_body_of_50_megabytes_is_not_read(self, shop: Shop) -> None:
        body = b"x" * (50 * 1024**2)
        answer = shop.client.post(HOOK_PATH, content=body, headers={"Stripe-Signature": "t=1,v1=a"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
        assert shop.rows("payment_events") == []

    def test_the_largest_body_is_read_and_one_byte_more_is_not(self, shop: Shop) -> None:
        limit = shop.ground.settings.payments.stripe_hook_bytes_max
        for size, status in ((limit, 400), (limit + 1, 413)):
            answer = shop.client.post(HOOK_PATH, content=b"x" * size, headers={"Stripe-Signature": "t=1,v1=a"})
            assert answer.status_code == status

    def test_without_a_signature(self, shop: Shop) -> None:
        assert shop.client.post(HOOK_PATH, content=json.dumps({"object": "event"})).status_code == 400

    @pytest.mark.parametrize("what", ["status", "drop", "html", "list"])
    def test_when_stripe_cannot_be_asked_it_shall_send_the_event_again(
        self, shop: Shop, ann: Person, what: Any
    ) -> None:
        shop.stripe.account.pay(shop.order(ann, shop.top_up))
        (event,) = shop.stripe.account.events
        shop.stripe.faults = [Fault("/v1/checkout/sessions", what, 500, times=9)]
        assert shop.deliver(event) == 503
        assert (shop.rows("payment_events"), shop.bought(ann)) == ([], [])
        shop.stripe.faults = []
        assert shop.deliver(event) == 204
        assert shop.bought(ann) == [TOP_UP_MC]


@pytest.mark.parametrize("until", ["top_up", "commit"])
def test_what_fails_in_the_middle_leaves_nothing_and_comes_again(
    shop: Shop, ann: Person, monkeypatch: pytest.MonkeyPatch, until: str
) -> None:
    shop.stripe.account.pay(shop.order(ann, shop.top_up))
    (event,) = shop.stripe.account.events

    def fail(*_: object, **__: object) -> None:
        raise DatabaseBusy

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "top_up", fail) if until == "top_up" else patch.setattr(Session, "commit", fail)
        assert shop.deliver(event) == 503
    assert [shop.rows(name) for name in ("payment_events", "payments")] == [[], []]
    assert (shop.bought(ann), shop.states(ann)) == ([], ["open"])
    assert shop.deliver(event) == 204
    assert shop.bought(ann) == [TOP_UP_MC]


class TestMoneyThatGoesBack:
    """Refunds and disputes take back what is unspent; the balance never falls below zero."""

    @pytest.fixture
    def intent_id(self, shop: Shop, ann: Person) -> str:
        """A top-up that Ann has paid."""
        session = shop.stripe.account.pay(shop.order(ann, shop.top_up))
        shop.deliver_new()
        return str(session["payment_intent"])

    def test_a_part_takes_its_share(self, shop: Shop, ann: Person, intent_id: str) -> None:
        shop.stripe.account.refund(intent_id, TOP_UP_AMOUNT // 3)
        shop.deliver_new()
        assert shop.available_mc(ann) == 90_000 + TOP_UP_MC - TOP_UP_MC // 3
        assert (shop.states(ann), shop.alerts()) == (["paid"], [])
        shop.stripe.account.refund(intent_id, TOP_UP_AMOUNT - TOP_UP_AMOUNT // 3)
        shop.deliver_new()
        assert (shop.available_mc(ann), shop.states(ann)) == (90_000, ["refunded"])

    def test_each_refund_counts_once_in_any_order(self, shop: Shop, ann: Person, intent_id: str) -> None:
        for _ in range(3):
            shop.stripe.account.refund(intent_id, 100)
        for event in reversed(shop.events("charge.refunded")):
            shop.deliver(event)
        assert shop.available_mc(ann) == 90_000 + TOP_UP_MC - TOP_UP_MC * 300 // TOP_UP_AMOUNT

    def test_a_dispute_takes_all_of_it_and_is_told(self, shop: Shop, ann: Person, intent_id: str) -> None:
        shop.stripe.account.dispute(intent_id)
        shop.deliver_new()
        assert (shop.available_mc(ann), shop.states(ann), shop.alerts()) == (90_000, ["disputed"], ["disputed"])

    def test_what_was_spent_is_due_and_told_and_the_balance_stays_above_zero(
        self, shop: Shop, ann: Person, intent_id: str
    ) -> None:
        shop.spend_mc(ann, 90_000 + 40_000)
        shop.stripe.account.refund(intent_id, TOP_UP_AMOUNT)
        shop.deliver_new()
        assert shop.available_mc(ann) == 0
        (payment,) = shop.rows("payments")
        assert (payment["taken_back_mc"], payment["due_mc"]) == (60_000, 40_000)
        assert shop.alerts() == ["credits_spent"]

    def test_a_payment_that_is_not_ours(self, shop: Shop) -> None:
        intent = shop.stripe.account._intent(500, "eur", None)
        shop.stripe.account.refund(intent["id"], 500)
        shop.deliver_new()
        assert shop.alerts() == ["unknown_payment"]


def test_a_request_that_comes_twice_is_one_order(shop: Shop, ann: Person, clock: FixedClock) -> None:
    key = "my-very-own-key"
    wish = {"offer_id": shop.top_up.id, "request_key": key}
    first, second = (ann.ask("POST", "/api/billing/checkout", json=wish).json() for _ in range(2))
    assert first == second
    assert len(shop.rows("purchases")) == 1
    other = {**wish, "offer_id": shop.creator.id}
    assert ann.ask("POST", "/api/billing/checkout", json=other).json()["error"]["code"] == "purchase_differs"
    clock.advance(timedelta(hours=25))
    assert clock.now() > NOON
    assert ann.ask("POST", "/api/billing/checkout", json=wish).status_code == 201
