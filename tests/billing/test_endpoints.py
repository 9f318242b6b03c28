"""What people and whoever runs this DoneCast see of plans and payments, with a payment service and without one."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from donecast.billing.hook import HOOK_PATH
from donecast.platform.settings import SettingsInvalid, load_settings
from donecast.platform.web import Ground
from tests.support.payments import Shop
from tests.support.people import Person, sign_up
from tests.support.stripe_server import KEY, SECRET, Fault

OFFER = {"kind": "top_up", "name": "50 credits", "amount": 500, "currency": "EUR", "credits": "50"}


class TestWithoutAKey:
    """Payments are off: everything says so, and nothing breaks."""

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {}

    def test_lists_are_there_and_say_that_payments_are_off(self, ground: Ground, client: TestClient) -> None:
        ann = sign_up(ground, client, "ann@example.com")
        offers = ann.ask("GET", "/api/billing/offers")
        assert offers.status_code == 200
        assert offers.json()["payments_enabled"] is False
        assert offers.json()["message"].startswith("Payments are switched off")
        assert offers.json()["offers"] == []
        plan = ann.ask("GET", "/api/billing/plan").json()
        assert (plan["payments_enabled"], plan["plan"]) == (False, None)
        assert ann.ask("GET", "/api/billing/purchases").json() == []

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/api/billing/checkout", {"offer_id": "of_1"}),
            ("/api/billing/plan", {"offer_id": "of_1"}),
            ("/api/billing/portal", None),
        ],
    )
    def test_what_needs_a_payment_service_says_so(
        self, ground: Ground, client: TestClient, path: str, body: Any
    ) -> None:
        ann = sign_up(ground, client, "ann@example.com")
        answer = ann.ask("POST", path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "payments_off")
        assert answer.json()["error"]["message"] == "Payments are switched off on this DoneCast."

    def test_nobody_is_listened_to(self, client: TestClient) -> None:
        answer = client.post(HOOK_PATH, content=b"{}", headers={"Stripe-Signature": "t=1,v1=a"})
        assert answer.json()["error"]["code"] == "payments_off"


class TestSettings:
    """What of them cannot be is told before anything starts."""

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"stripe_key": "pk_live_1", "stripe_webhook_secret": SECRET}, "STRIPE_KEY: must be a secret"),
            ({"stripe_key": "whsec_1", "stripe_webhook_secret": SECRET}, "STRIPE_KEY: must be a secret"),
            ({"stripe_key": KEY}, "STRIPE_WEBHOOK_SECRET: is needed"),
            ({"stripe_webhook_secret": SECRET}, "STRIPE_KEY: is needed"),
            ({"stripe_key": "sk_test_ 1", "stripe_webhook_secret": SECRET}, "STRIPE_KEY"),
            ({"stripe_url": "http://api.stripe.com"}, "STRIPE_URL: must be an https:// address"),
            ({"stripe_portal_configuration": "default"}, "STRIPE_PORTAL_CONFIGURATION"),
            ({"stripe_deadline_seconds": 0}, "STRIPE_DEADLINE_SECONDS"),
        ],
    )
    def test_mistakes_are_named(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(SettingsInvalid) as refused:
            load_settings({"environment": "test", **given})
        assert said in refused.value.message
        assert KEY not in refused.value.message
        assert SECRET not in refused.value.message

    def test_secrets_are_not_shown(self) -> None:
        settings = load_settings({"environment": "test", "stripe_key": KEY, "stripe_webhook_secret": SECRET})
        assert KEY not in repr(settings)
        assert SECRET not in repr(settings)


class TestOffers:
    """What is sold."""

    def test_people_see_what_is_on_sale(self, shop: Shop, ann: Person) -> None:
        found = ann.ask("GET", "/api/billing/offers").json()
        assert (found["payments_enabled"], found["test_mode"], found["message"]) == (True, True, None)
        shown = [(one["kind"], one["credits"], one["amount"], one["currency"]) for one in found["offers"]]
        assert shown == [
            ("plan", "450.000", 1_500, "eur"),
            ("plan", "1500.000", 4_000, "eur"),
            ("top_up", "100.000", 900, "eur"),
        ]

    def test_what_is_taken_off_sale_cannot_be_bought_and_is_still_listed(self, shop: Shop, ann: Person) -> None:
        for offer in (shop.top_up, shop.creator, shop.pro):
            assert shop.admin.ask("DELETE", f"/api/admin/billing/offers/{offer.id}").status_code == 204
        found = ann.ask("GET", "/api/billing/offers").json()
        assert (found["offers"], found["payments_enabled"]) == ([], True)
        assert found["message"].startswith("Nothing is on sale yet.")
        answer = ann.ask("POST", "/api/billing/checkout", json={"offer_id": shop.top_up.id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_offer")
        assert [one["on_sale"] for one in shop.admin.ask("GET", "/api/admin/billing/offers").json()] == [False] * 3

    def test_the_operator_sells_something(self, shop: Shop, ann: Person) -> None:
        made = shop.admin.ask("POST", "/api/admin/billing/offers", json=OFFER)
        assert (made.status_code, made.json()["credits"], made.json()["currency"]) == (201, "50.000", "eur")
        assert made.json()["id"] in ann.ask("GET", "/api/billing/offers").text

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"amount": 0}, 422),
            ({"amount": -5}, 422),
            ({"amount": 5.5}, 422),
            ({"amount": "500"}, 422),
            ({"amount": 10**18}, 422),
            ({"amount": True}, 422),
            ({"currency": "euro"}, 422),
            ({"currency": "e€r"}, 400),
            ({"name": ""}, 422),
            ({"name": "  "}, 400),
            ({"kind": "gift"}, 422),
            ({"credits": None}, 400),
            ({"credits": "0"}, 400),
            ({"credits": "-3"}, 400),
            ({"credits": "1e3"}, 400),
            ({"credits": "0.0001"}, 400),
            ({"credits": "NaN"}, 400),
            ({"credits": "١٢"}, 400),
            ({"tier": "creator"}, 400),
            ({"kind": "plan"}, 400),
            ({"kind": "plan", "credits": None, "tier": "nonsense"}, 400),
            ({"kind": "plan", "credits": None, "tier": "unlimited"}, 400),
        ],
    )
    def test_what_cannot_be_sold_is_refused_with_a_sentence(
        self, shop: Shop, change: dict[str, Any], status: int
    ) -> None:
        before = shop.rows("billing_offers")
        answer = shop.admin.ask("POST", "/api/admin/billing/offers", json={**OFFER, **change})
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["message"].endswith(".")
        assert shop.rows("billing_offers") == before

    def test_only_the_operator_sees_and_changes_what_is_theirs(self, shop: Shop, ann: Person) -> None:
        for method, path, body in (
            ("GET", "/api/admin/billing/offers", None),
            ("POST", "/api/admin/billing/offers", OFFER),
            ("DELETE", f"/api/admin/billing/offers/{shop.top_up.id}", None),
            ("GET", "/api/admin/billing/alerts", None),
            ("POST", "/api/admin/billing/alerts/al_1/settle", None),
        ):
            assert ann.ask(method, path, json=body).status_code == 404
        assert [one["on_sale"] for one in shop.rows("billing_offers")] == [1] * 3
        for path in ("/api/admin/billing/offers/of_no", "/api/admin/billing/alerts/al_no/settle"):
            assert shop.admin.ask("DELETE" if "offers" in path else "POST", path).status_code == 404


class TestBuying:
    """Orders and the pages on which they are paid."""

    def test_an_order_says_where_it_is_paid(self, shop: Shop, ann: Person) -> None:
        answer = ann.ask("POST", "/api/billing/checkout", json={"offer_id": shop.top_up.id}).json()
        assert answer["url"].startswith("https://checkout.stripe.com/")
        one = ann.ask("GET", f"/api/billing/purchases/{answer['purchase_id']}").json()
        assert (one["state"], one["amount"], one["currency"], one["credits"]) == ("open", 900, "eur", "100.000")
        back = shop.stripe.asked[-1].form
        assert back["success_url"].startswith(shop.ground.settings.server.base_url)
        assert answer["purchase_id"] in back["success_url"]

    def test_a_person_is_one_customer_however_often_they_buy(self, shop: Shop, ann: Person) -> None:
        for _ in range(3):
            shop.order(ann, shop.top_up)
        assert len(shop.stripe.account.of_kind("customer")) == 1
        assert len(shop.rows("billing_customers")) == 1

    def test_orders_are_ones_own(self, shop: Shop, ann: Person) -> None:
        ben = shop.sign_up("ben@example.com")
        made = ann.ask("POST", "/api/billing/checkout", json={"offer_id": shop.top_up.id}).json()
        answer = ben.ask("GET", f"/api/billing/purchases/{made['purchase_id']}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_purchase")
        assert ben.ask("GET", "/api/billing/purchases").json() == []

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"offer_id": 5},
            {"offer_id": "x" * 41},
            {"offer_id": "of_1", "request_key": "short"},
            {"offer_id": "of_1", "request_key": "with a space in it"},
            {"offer_id": "of_1", "request_key": "x" * 101},
        ],
    )
    def test_a_malformed_order(self, ann: Person, body: dict[str, Any]) -> None:
        assert ann.ask("POST", "/api/billing/checkout", json=body).status_code == 422

    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (Fault("/v1/", "status", 500, times=9), "payments_unreachable"),
            (Fault("/v1/", "status", 429, times=9), "payments_busy"),
            (Fault("/v1/", "html", times=9), "payments_answer_bad"),
            (Fault("/v1/checkout", "cut", times=9), "payments_unreachable"),
        ],
    )
    def test_trouble_at_the_service_is_told_and_the_next_try_goes_well(
        self, shop: Shop, ann: Person, fault: Fault, code: str
    ) -> None:
        shop.stripe.faults = [fault]
        wish = {"offer_id": shop.top_up.id, "request_key": "one-and-the-same"}
        answer = ann.ask("POST", "/api/billing/checkout", json=wish)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, code)
        shop.stripe.faults = []
        assert ann.ask("POST", "/api/billing/checkout", json=wish).status_code == 201
        assert len(shop.stripe.account.of_kind("checkout.session")) == 1
        assert len(shop.rows("purchases")) == 1

    def test_the_portal_is_for_those_who_have_bought(self, shop: Shop, ann: Person) -> None:
        answer = ann.ask("POST", "/api/billing/portal")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_payments_yet")
        shop.order(ann, shop.top_up)
        assert ann.ask("POST", "/api/billing/portal").json()["url"].startswith("https://billing.stripe.com/")


def test_alerts_are_read_and_settled_by_the_operator(shop: Shop, ann: Person) -> None:
    shop.stripe.account.pay(shop.order(ann, shop.top_up), amount_total=1)
    shop.deliver_new()
    (alert,) = shop.admin.ask("GET", "/api/admin/billing/alerts").json()
    assert (alert["kind"], alert["account_id"], alert["settled_at"]) == ("wrong_amount", ann.account.id, None)
    assert "Nothing was credited." in alert["message"]
    path = f"/api/admin/billing/alerts/{alert['id']}/settle"
    first, second = (shop.admin.ask("POST", path).json() for _ in range(2))
    assert first["settled_at"] is not None
    assert first == second


def test_no_secret_is_ever_logged(shop: Shop, ann: Person, caplog: pytest.LogCaptureFixture) -> None:
    shop.stripe.account.pay(shop.order(ann, shop.top_up))
    shop.deliver_new()
    shop.stripe.key = "sk_test_changed"
    ann.ask("POST", "/api/billing/checkout", json={"offer_id": shop.top_up.id})
    assert KEY not in caplog.text
    assert SECRET not in caplog.text
