"""The shipped SDK against a stand-in over a real socket: what is asked, what is understood, and what goes wrong."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from donecast.billing.errors import (
    CardRefused,
    EventRefused,
    ObjectUnknown,
    PaymentsAnswerBad,
    PaymentsBusy,
    PaymentsKeyRefused,
    PaymentsRejected,
    PaymentsResting,
    PaymentsUnreachable,
)
from donecast.billing.payment_service import CheckoutWish
from donecast.billing.rules import Offer, Purchase
from donecast.billing.stripe_client import StripePayments
from donecast.kit.errors import DonecastError
from donecast.platform.outgoing import Outgoing, Rest
from donecast.platform.vendor_settings import PaymentSettings
from tests.support.resting import ISOLATED, Napping
from tests.support.stripe_account import Account
from tests.support.stripe_server import KEY, SECRET, Fault, StandIn, read_form, stripe_service

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PLAN = Offer(
    id="of_1", kind="plan", name="Creator", amount=900, currency="eur", credits_mc=None, tier="creator", on_sale=True
)
ORDER = Purchase(
    id="pur_1",
    account_id="acc_1",
    kind="top_up",
    offer_id="of_2",
    name="100 crédits",
    credits_mc=100_000,
    tier=None,
    amount=1_250,
    currency="eur",
    state="open",
    created_at=NOW,
)


@pytest.fixture
def stripe() -> Iterator[StandIn]:
    """A stand-in whose clock stands still."""
    account = Account()
    account.now = lambda: NOW
    with stripe_service(account) as stand_in:
        yield stand_in


@pytest.fixture
def payments(stripe: StandIn) -> StripePayments:
    """What is shipped, pointed at it."""
    return StripePayments(PaymentSettings(**stripe.settings()))


def wish(customer_id: str, price_id: str | None = None, purchase: Purchase = ORDER) -> CheckoutWish:
    """An order that shall be paid."""
    back = "https://pods.example.com/studio/credits"
    return CheckoutWish(
        purchase=purchase, customer_id=customer_id, price_id=price_id, success_url=back, cancel_url=back
    )


class TestWhatIsAsked:
    """Forms, keys and marks as Stripe gets them."""

    def test_a_top_up_is_asked_for_exactly_with_our_mark_and_key(
        self, stripe: StandIn, payments: StripePayments
    ) -> None:
        customer_id = payments.make_customer("acc_1", "ann@example.com", "Ann Ærø")
        opened = payments.open_checkout(wish(customer_id))
        asked = stripe.asked[-1]
        assert asked.path == "/v1/checkout/sessions"
        assert asked.form["mode"] == "payment"
        assert asked.form["line_items"] == [
            {
                "price_data": {
                    "currency": "eur",
                    "unit_amount": "1250",
                    "product_data": {"name": "100 crédits"},
                },
                "quantity": "1",
            }
        ]
        assert asked.form["metadata"] == asked.form["payment_intent_data"]["metadata"] == {"donecast_purchase": "pur_1"}
        assert asked.form["adaptive_pricing"] == {"enabled": "false"}
        assert asked.headers["idempotency-key"] == "checkout:pur_1"
        assert asked.headers["stripe-version"]
        assert opened.url.startswith("https://checkout.stripe.com/")
        assert (opened.expires_at - NOW).total_seconds() == 86_400

    def test_a_plan_is_a_subscription_at_a_monthly_price_that_carries_our_mark(
        self, stripe: StandIn, payments: StripePayments
    ) -> None:
        customer_id, price_id = payments.make_customer("acc_1", "a@example.com", "A"), payments.make_price(PLAN)
        payments.open_checkout(wish(customer_id, price_id, replace(ORDER, kind="plan")))
        (price,) = stripe.account.of_kind("price")
        assert (price["unit_amount"], price["currency"], price["recurring"]) == (900, "eur", {"interval": "month"})
        asked = stripe.asked[-1].form
        assert (asked["mode"], asked["line_items"]) == ("subscription", [{"price": price_id, "quantity": "1"}])
        assert asked["subscription_data"] == {"metadata": {"donecast_purchase": "pur_1"}}

    def test_the_same_again_makes_nothing_new(self, stripe: StandIn, payments: StripePayments) -> None:
        customers = {payments.make_customer("acc_1", "a@example.com", "A") for _ in range(3)}
        prices = {payments.make_price(PLAN) for _ in range(3)}
        sessions = {payments.open_checkout(wish(next(iter(customers)))).session_id for _ in range(3)}
        assert (len(customers), len(prices), len(sessions)) == (1, 1, 1)
        assert len(stripe.account.of_kind("checkout.session")) == 1

    def test_another_address_makes_another_customer_instead_of_a_conflict(self, payments: StripePayments) -> None:
        assert payments.make_customer("acc_1", "a@example.com", "A") != payments.make_customer(
            "acc_1", "b@example.com", "A"
        )

    def test_nothing_of_this_machine_is_told_and_nothing_is_kept_on_it(
        self, stripe: StandIn, payments: StripePayments, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        for _ in range(2):
            payments.make_customer("acc_1", "a@example.com", "A")
        headers = stripe.asked[-1].headers
        assert "platform" not in headers["x-stripe-client-user-agent"]
        assert "x-stripe-client-telemetry" not in headers
        assert list(tmp_path.iterdir()) == []

    def test_proxies_and_netrc_are_not_looked_for(
        self, stripe: StandIn, payments: StripePayments, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login eve password eve\n")
        (tmp_path / ".netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        payments.make_customer("acc_1", "a@example.com", "A")
        assert stripe.asked[-1].headers["authorization"] == f"Bearer {KEY}"


class TestWhatIsUnderstood:
    """Objects as they are now."""

    def test_a_paid_top_up(self, stripe: StandIn, payments: StripePayments) -> None:
        customer_id = payments.make_customer("acc_1", "a@example.com", "A")
        session_id = payments.open_checkout(wish(customer_id)).session_id
        before = payments.session(session_id)
        assert (before.status, before.payment_status, before.intent_id) == ("open", "unpaid", None)
        stripe.account.pay(session_id)
        after = payments.session(session_id)
        assert (after.status, after.payment_status, after.amount, after.currency) == ("complete", "paid", 1_250, "eur")
        assert (after.customer_id, after.purchase_id) == (customer_id, "pur_1")
        assert after.intent_id is not None
        assert payments.returned_of_intent(after.intent_id).refunded == 0
        charge = stripe.account.refund(after.intent_id, 250)
        dispute = stripe.account.dispute(after.intent_id)
        for returned in (payments.returned_of_charge(charge["id"]), payments.returned_of_dispute(dispute["id"])):
            assert (returned.intent_id, returned.refunded, returned.disputed) == (after.intent_id, 250, True)

    def test_a_plan_its_invoice_and_its_change(self, stripe: StandIn, payments: StripePayments) -> None:
        customer_id, price_id = payments.make_customer("acc_1", "a@example.com", "A"), payments.make_price(PLAN)
        session_id = payments.open_checkout(wish(customer_id, price_id)).session_id
        stripe.account.pay(session_id)
        subscription_id = payments.session(session_id).subscription_id
        assert subscription_id is not None
        found = payments.subscription(subscription_id)
        assert (found.status, found.price_id, found.purchase_id, found.ends_at) == ("active", price_id, "pur_1", None)
        assert (found.period_start, found.period_end) == (NOW, NOW.replace(month=12))
        (made,) = stripe.account.of_kind("invoice")
        invoice = payments.invoice(made["id"])
        assert (invoice.reason, invoice.total, invoice.currency) == ("subscription_create", 900, "eur")
        assert (invoice.subscription_id, invoice.settled) == (subscription_id, 0)
        assert invoice.intent_id is not None
        line = invoice.plan_line(price_id)
        assert line is not None
        assert (line.amount, line.period_start, line.period_end) == (900, found.period_start, found.period_end)

        dearer = payments.make_price(replace(PLAN, id="of_9", amount=2_900))
        payments.change_price(found, dearer, charged_since=found.period_start, key="up")
        payments.change_price(found, dearer, charged_since=found.period_start, key="up")
        assert payments.subscription(subscription_id).price_id == dearer
        changes = [one for one in stripe.account.of_kind("invoice") if one["billing_reason"] == "subscription_update"]
        assert [one["total"] for one in changes] == [2_000]
        stripe.account.cancel(subscription_id, at_period_end=True)
        assert payments.subscription(subscription_id).ends_at == found.period_end

    def test_a_declined_card_changes_nothing(self, stripe: StandIn, payments: StripePayments) -> None:
        customer_id, price_id = payments.make_customer("acc_1", "a@example.com", "A"), payments.make_price(PLAN)
        session_id = payments.open_checkout(wish(customer_id, price_id)).session_id
        stripe.account.pay(session_id)
        found = payments.subscription(payments.session(session_id).subscription_id or "")
        dearer = payments.make_price(replace(PLAN, id="of_9", amount=2_900))
        stripe.account.card_is_good = False
        with pytest.raises(CardRefused):
            payments.change_price(found, dearer, charged_since=found.period_start, key="up")
        assert payments.subscription(found.id) == found

    def test_the_portal_opens_for_a_customer_in_the_set_up_that_is_named(
        self, stripe: StandIn, payments: StripePayments
    ) -> None:
        customer_id = payments.make_customer("acc_1", "a@example.com", "A")
        assert payments.open_portal(customer_id, "https://pods.example.com").startswith("https://billing.stripe.com/")
        assert "configuration" not in stripe.asked[-1].form
        named = StripePayments(PaymentSettings(**stripe.settings(stripe_portal_configuration="bpc_1")))
        named.open_portal(customer_id, "https://pods.example.com")
        assert stripe.asked[-1].form["configuration"] == "bpc_1"

    def test_what_is_not_there(self, payments: StripePayments) -> None:
        for look in (payments.session, payments.invoice, payments.subscription, payments.returned_of_charge):
            with pytest.raises(ObjectUnknown):
                look("nothing_1")
        with pytest.raises(PaymentsRejected):
            payments.open_checkout(wish("cus_nobody"))

    def test_the_key_says_whether_real_money_moves(self) -> None:
        for key, mode in (("sk_live_1", "live"), ("rk_live_1", "live"), ("sk_test_1", "test"), ("rk_test_1", "test")):
            assert StripePayments(PaymentSettings(stripe_key=key, stripe_webhook_secret="w")).mode == mode
        assert "sk_live_1" not in repr(PaymentSettings(stripe_key="sk_live_1", stripe_webhook_secret="w"))


_RUDE: list[tuple[Fault, type[DonecastError] | None, int]] = [
    (Fault("/v1/customers", "status", 500, times=9), PaymentsUnreachable, 2),
    (Fault("/v1/customers", "status", 503, times=1), None, 2),
    (Fault("/v1/customers", "status", 409, times=1), None, 2),
    (Fault("/v1/customers", "status", 429, times=9), PaymentsBusy, 1),
    (Fault("/v1/customers", "status", 403, times=9), PaymentsKeyRefused, 1),
    (Fault("/v1/customers", "status", 402, times=9), CardRefused, 1),
    (Fault("/v1/customers", "status", 400, times=9), PaymentsRejected, 1),
    (Fault("/v1/customers", "drop", times=1), None, 2),
    (Fault("/v1/customers", "drop", times=9), PaymentsUnreachable, 2),
    (Fault("/v1/customers", "lose", times=1), None, 2),
    (Fault("/v1/customers", "cut", times=1), None, 2),
    (Fault("/v1/customers", "cut", times=9), PaymentsUnreachable, 2),
    (Fault("/v1/customers", "slow", seconds=8, times=9), PaymentsUnreachable, 2),
    (Fault("/v1/customers", "html", times=9), PaymentsAnswerBad, 1),
    (Fault("/v1/customers", "html_500", times=9), PaymentsUnreachable, 2),
    (Fault("/v1/customers", "other_form", times=9), PaymentsAnswerBad, 1),
    (Fault("/v1/customers", "list", times=9), PaymentsAnswerBad, 1),
    (Fault("/v1/customers", "huge", times=9), PaymentsAnswerBad, 1),
    (Fault("/v1/customers", "elsewhere", times=9), PaymentsAnswerBad, 1),
]


@pytest.mark.parametrize(
    ("fault", "outcome", "asked"), _RUDE, ids=[f"{one.what}-{one.status}-{one.times}" for one, _, _ in _RUDE]
)
def test_a_rude_service_ends_in_a_sentence_and_makes_nothing_twice(
    stripe: StandIn, payments: StripePayments, fault: Fault, outcome: type[DonecastError] | None, asked: int
) -> None:
    stripe.faults = [replace(fault)]
    if fault.what == "slow":
        payments = StripePayments(PaymentSettings(**stripe.settings(stripe_deadline_seconds=1)))
    if outcome is None:
        assert payments.make_customer("acc_1", "a@example.com", "A").startswith("cus_")
    else:
        with pytest.raises(outcome) as told:
            payments.make_customer("acc_1", "a@example.com", "A")
        assert type(told.value) is outcome
        assert told.value.message.endswith(".")
        assert told.value.__cause__ is None
    assert stripe.asked_for("POST", "/v1/customers") == asked
    assert len(stripe.account.of_kind("customer")) <= 1
    keys = {one.headers["idempotency-key"] for one in stripe.asked}
    assert len(keys) == 1


def test_a_refused_key_is_told_without_the_key(
    stripe: StandIn, payments: StripePayments, caplog: pytest.LogCaptureFixture
) -> None:
    stripe.key = "sk_test_another"
    with pytest.raises(PaymentsKeyRefused):
        payments.session("cs_1")
    assert KEY not in caplog.text
    assert KEY[-4:] not in caplog.text


def test_nobody_there(payments: StripePayments) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = PaymentSettings(stripe_key=KEY, stripe_webhook_secret=SECRET, stripe_url=url, stripe_retries_max=0)
        with pytest.raises(PaymentsUnreachable):
            StripePayments(settings).session("cs_1")


@pytest.mark.parametrize(
    ("path", "spoil"),
    [
        ("checkout.session", lambda thing: thing.pop("payment_status")),
        ("checkout.session", lambda thing: thing.update(amount_total=12.5)),
        ("checkout.session", lambda thing: thing.update(amount_total="1250")),
        ("checkout.session", lambda thing: thing.update(amount_total=True)),
        ("checkout.session", lambda thing: thing.update(metadata=["donecast_purchase"])),
        ("checkout.session", lambda thing: thing.update(currency=7)),
    ],
)
def test_an_object_of_another_form_is_not_guessed_at(
    stripe: StandIn, payments: StripePayments, path: str, spoil: Callable[[dict[str, Any]], Any]
) -> None:
    session_id = payments.open_checkout(wish(payments.make_customer("acc_1", "a@example.com", "A"))).session_id
    spoil(stripe.account.get(path, session_id))
    with pytest.raises(PaymentsAnswerBad):
        payments.session(session_id)


class TestEvents:
    """Who may call, and what a call says."""

    def event(self, **changes: Any) -> bytes:
        """An event as Stripe would send it."""
        whole = {
            "id": "evt_1",
            "object": "event",
            "type": "invoice.paid",
            "livemode": False,
            "created": int(NOW.timestamp()),
            "data": {"object": {"id": "in_1", "object": "invoice"}},
        }
        return json.dumps({**whole, **changes}).encode()

    def test_a_signed_event_says_what_to_look_at(self, stripe: StandIn, payments: StripePayments) -> None:
        body = self.event()
        event = payments.event_of({"stripe-signature": stripe.signature(body)}, body, NOW)
        assert (event.id, event.type, event.object_id, event.mode) == ("evt_1", "invoice.paid", "in_1", "test")
        assert event.happened_at == NOW
        live = self.event(livemode=True)
        assert payments.event_of({"stripe-signature": stripe.signature(live)}, live, NOW).mode == "live"

    @pytest.mark.parametrize("age_seconds", [301, -301, 86_400])
    def test_a_signature_of_another_time_is_refused(
        self, stripe: StandIn, payments: StripePayments, age_seconds: int
    ) -> None:
        body = self.event()
        header = stripe.signature(body, age_seconds=age_seconds)
        with pytest.raises(EventRefused):
            payments.event_of({"stripe-signature": header}, body, NOW)

    @pytest.mark.parametrize("age_seconds", [0, 299, 300, -300])
    def test_a_signature_within_three_hundred_seconds_counts(
        self, stripe: StandIn, payments: StripePayments, age_seconds: int
    ) -> None:
        body = self.event()
        header = stripe.signature(body, age_seconds=age_seconds)
        assert payments.event_of({"stripe-signature": header}, body, NOW).id == "evt_1"

    def test_one_byte_changed_is_refused(self, stripe: StandIn, payments: StripePayments) -> None:
        body = self.event()
        header = stripe.signature(body)
        for other in (body + b" ", body.replace(b"in_1", b"in_2"), b"", body[:-1]):
            with pytest.raises(EventRefused):
                payments.event_of({"stripe-signature": header}, other, NOW)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "nonsense",
            "t=,v1=",
            f"t={int(NOW.timestamp())}",
            f"t={int(NOW.timestamp())},v1=",
            f"t={int(NOW.timestamp())},v1=é",
            f"t={int(NOW.timestamp())},v0=" + "0" * 64,
            "v1=" + "0" * 64,
            ",,,===,,",
            "t=1=2,v1=3",
        ],
    )
    def test_a_header_that_is_none_is_refused(self, payments: StripePayments, header: str) -> None:
        with pytest.raises(EventRefused):
            payments.event_of({"stripe-signature": header}, self.event(), NOW)

    def test_another_secret_is_refused(self, stripe: StandIn, payments: StripePayments) -> None:
        body = self.event()
        for secret in ("whsec_another", "", SECRET + " "):
            with pytest.raises(EventRefused):
                payments.event_of({"stripe-signature": stripe.signature(body, secret=secret)}, body, NOW)

    def test_the_first_of_two_secrets_signs_while_one_is_being_replaced(
        self, stripe: StandIn, payments: StripePayments
    ) -> None:
        body = self.event()
        old, new = stripe.signature(body, secret="whsec_old"), stripe.signature(body)
        header = f"{old.rpartition(',')[0]},{new.split(',')[1]}"
        assert payments.event_of({"stripe-signature": header}, body, NOW).id == "evt_1"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"7",
            b"{}",
            b"\xff\xfe",
            b'{"object": "event"}',
            b'{"object": "event", "id": 7, "type": "x", "created": 1, "data": {"object": {}}}',
            b'{"object": "v2.core.event", "id": "evt_1", "type": "x", "created": 1, "data": {"object": {}}}',
            b'{"object": "event", "id": "evt_1", "type": "x", "created": 1e99, "data": {"object": {}}}',
            b'{"object": "event", "id": "evt_1", "type": "x", "created": 99999999999999999, "data": {"object": {}}}',
            b'{"object": "event", "id": "evt_1", "type": "x", "created": 1, "data": []}',
            b"[" * 100_000,
        ],
    )
    def test_what_is_signed_and_is_no_event_is_refused(
        self, stripe: StandIn, payments: StripePayments, body: bytes
    ) -> None:
        with pytest.raises(EventRefused):
            payments.event_of({"stripe-signature": _signed(stripe, body)}, body, NOW)


def _signed(stripe: StandIn, body: bytes) -> str:
    return stripe.signature(body)


class TestTheStandIn:
    """The stand-in itself is as strict as Stripe where the tests lean on it."""

    def test_nested_names_become_lists_and_objects(self) -> None:
        form = read_form("a[b][0][c]=1&a[b][0][d]=%C3%A9&a[b][1][c]=2&expand[]=x&expand[]=y&plain=")
        assert form == {"a": {"b": [{"c": "1", "d": "é"}, {"c": "2"}]}, "expand": ["x", "y"], "plain": ""}

    def test_a_key_is_for_one_request_and_one_at_a_time(self, stripe: StandIn) -> None:
        first = stripe.answer("POST", "/v1/customers", {"email": "a"}, "k")
        assert stripe.answer("POST", "/v1/customers", {"email": "a"}, "k") == (*first[:2], True)
        status, document, _ = stripe.answer("POST", "/v1/customers", {"email": "b"}, "k")
        assert (status, document["error"]["type"]) == (400, "idempotency_error")

    def test_two_at_once_under_one_key_make_one(self, stripe: StandIn, payments: StripePayments) -> None:
        made: list[str] = []

        def make() -> None:
            made.append(payments.make_customer("acc_1", "a@example.com", "A"))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(made)) == 1
        assert len(stripe.account.of_kind("customer")) == 1


def test_a_service_that_is_left_alone_is_not_asked_again_and_again(stripe: StandIn) -> None:
    resting = Napping(Rest("resting", 240.0))
    payments = StripePayments(PaymentSettings(**stripe.settings(stripe_retries_max=2)), Outgoing(resting))
    with pytest.raises(PaymentsResting) as told:
        payments.session("cs_1")
    assert told.value.action == "Nothing is charged twice. Please try again in about 4 minutes."
    assert (resting.asked, stripe.asked) == (1, [])
    switched_off = StripePayments(PaymentSettings(**stripe.settings()), ISOLATED)
    with pytest.raises(PaymentsResting, match="switched off for now"):
        switched_off.session("cs_1")
