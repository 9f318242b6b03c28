"""Credits over HTTP: what a person sees of their own, and what an admin does."""

import csv
import io
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from donecast.credits import service
from donecast.credits.rules.entries import CHARGE_REASONS
from donecast.credits.rules.pricing import Assembly, Speech, Transcription, Work
from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from tests.support.ledgers import NOON
from tests.support.people import Person

_MINUTE_MS = 60_000
USAGE_FIELDS = [
    "processing_minutes_used_this_month",
    "max_processing_minutes_month",
    "credits_used_this_month",
    "max_credits_month",
    "credits_remaining",
    "breakdown_by_action",
    "recent_charges",
]


@pytest.fixture
def ground(ground: Ground) -> Ground:
    """The same with a clock that stands still."""
    return replace(ground, clock=FixedClock(NOON))


@dataclass(frozen=True)
class Till:
    """Charges of Ann's."""

    ground: Ground
    ann: Person

    def charge(self, work: Work, operation_id: str = "op", episode_id: str | None = None) -> str:
        with self.ground.database.transaction() as session:
            return service.charge_for_work(
                session,
                self.ground.clock,
                self.ann.account.id,
                work,
                operation_id=operation_id,
                episode_id=episode_id,
            ).entry.id

    def refund(self, charge_id: str, amount_mc: int | None = None) -> None:
        with self.ground.database.transaction() as session:
            service.refund_credits(
                session,
                self.ground.clock,
                self.ann.account.id,
                charge_id=charge_id,
                operation_id=f"back {charge_id}",
                why="Sorry.",
                amount_mc=amount_mc,
            )

    def tier(self, tier_id: str) -> None:
        with self.ground.database.transaction() as session:
            service.assign_tier(session, self.ground.clock, self.ann.account.id, tier_id, actor="tests")


@pytest.fixture
def till(ground: Ground, ann: Person) -> Till:
    return Till(ground, ann)


def usage_of(person: Person) -> Any:
    answer = person.ask("GET", "/api/billing/usage")
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def minutes(count: int) -> Transcription:
    return Transcription(count * _MINUTE_MS)


class TestUsage:
    """`GET /api/billing/usage`, to the letter."""

    def test_who_used_nothing_sees_every_action_at_zero(self, ann: Person) -> None:
        usage = usage_of(ann)
        assert list(usage) == USAGE_FIELDS
        assert usage == {
            "processing_minutes_used_this_month": 0,
            "max_processing_minutes_month": 60,
            "credits_used_this_month": 0,
            "max_credits_month": 90,
            "credits_remaining": 90,
            "breakdown_by_action": dict.fromkeys(CHARGE_REASONS, 0),
            "recent_charges": [],
        }

    def test_free_at_85_percent(self, ann: Person, till: Till) -> None:
        till.charge(minutes(51))
        usage = usage_of(ann)
        assert (usage["credits_used_this_month"], usage["max_credits_month"]) == (76.5, 90)
        assert (usage["credits_remaining"], usage["processing_minutes_used_this_month"]) == (13.5, 51)

    def test_amounts_are_numbers_with_at_most_three_places(self, ann: Person, till: Till) -> None:
        till.charge(Speech(33_333, text="Hello " * 20), episode_id="ep_1")
        text = ann.ask("GET", "/api/billing/usage").text
        assert '"credits_used_this_month":0.833,"max_credits_month":90,"credits_remaining":89.167,' in text
        assert '"recent_charges":[{"reason":"TTS_GENERATION","credits":0.833,"notes":"TTS: Hello ' in text
        assert '"created_at":"2026-03-10T12:00:00.000000Z"}]' in text

    def test_no_limit_is_null_and_charges_are_written_all_the_same(self, ann: Person, till: Till) -> None:
        till.tier("unlimited")
        till.charge(minutes(1_000))
        usage = usage_of(ann)
        assert (usage["max_credits_month"], usage["credits_remaining"]) == (None, None)
        assert usage["max_processing_minutes_month"] is None
        assert usage["credits_used_this_month"] == 1_500

    def test_used_is_net_of_refunds_in_sum_and_by_action(self, ann: Person, till: Till) -> None:
        charge_id = till.charge(minutes(10))
        till.charge(Assembly(600_000), "other")
        till.refund(charge_id, 5_000)
        usage = usage_of(ann)
        assert usage["credits_used_this_month"] == 20
        assert usage["breakdown_by_action"]["TRANSCRIPTION"] == 10
        assert usage["breakdown_by_action"]["ASSEMBLY"] == 10
        assert usage["credits_remaining"] == 70

    def test_the_last_ten_charges_newest_first(self, ann: Person, till: Till) -> None:
        for number in range(12):
            till.charge(minutes(1), f"op {number}")
        till.charge(Assembly(600_000), "last")
        recent = usage_of(ann)["recent_charges"]
        assert len(recent) == 10
        assert list(recent[0]) == ["reason", "credits", "notes", "created_at"]
        assert recent[0]["notes"] == "Episode assembly (10.0 min, Standard)"

    def test_the_standing_says_plan_period_and_what_is_set_aside(self, ground: Ground, ann: Person, till: Till) -> None:
        with ground.database.transaction() as session:
            service.hold(session, ground.clock, ann.account.id, operation_id="op", work=minutes(10))
        standing = ann.ask("GET", "/api/billing/standing").json()
        assert standing == {
            "tier_id": "free",
            "tier_name": "Free",
            "period_start": "2026-03-01T00:00:00Z",
            "period_end": "2026-04-01T00:00:00Z",
            "allowance": "90.000",
            "available": "75.000",
            "held": "15.000",
            "minutes_left": "50.000",
            "storage_debt": None,
            "uploads_stopped": False,
        }


class TestLedger:
    """The ledger as an invoice, and as a statement."""

    def test_what_belongs_to_an_episode_stands_together_with_its_sum(self, ann: Person, till: Till) -> None:
        till.charge(minutes(10), "words", "ep_1")
        till.charge(minutes(2), "others", "ep_2")
        made = till.charge(Assembly(600_000), "made", "ep_1")
        till.refund(made, 4_000)
        invoices = ann.ask("GET", "/api/billing/ledger").json()["invoices"]
        assert [(one["episode_id"], one["charged"], one["refunded"], one["total"]) for one in invoices] == [
            ("ep_1", "25.000", "4.000", "21.000"),
            ("ep_2", "3.000", "0.000", "3.000"),
            (None, "0.000", "0.000", "0.000"),
        ]
        assert [(one["what"], one["credits"], one["refundable"]) for one in invoices[0]["entries"]] == [
            ("refund", "4.000", "0.000"),
            ("charge", "10.000", "6.000"),
            ("charge", "15.000", "15.000"),
        ]
        assert invoices[0]["entries"][1]["formulas"] == ["5.000 + 10.000 min × 0.500 = 10.000"]
        assert invoices[0]["entries"][0]["refers_to"] == made
        assert invoices[2]["entries"][0]["reason"] == "GRANT_MONTHLY"

    def test_without_an_episode_a_refund_stands_with_its_charge(self, ann: Person, till: Till) -> None:
        till.refund(till.charge(minutes(10)))
        first = ann.ask("GET", "/api/billing/ledger").json()["invoices"][0]
        assert (first["episode_id"], first["total"], len(first["entries"])) == (None, "0.000", 2)

    def test_pages_follow_each_other_and_never_cut_an_episode(self, ann: Person, till: Till) -> None:
        for number in range(6):
            till.charge(minutes(1), f"op {number}", f"ep_{number % 3}")
        seen: list[str | None] = []
        before = None
        while True:
            query = {"limit": 2} | ({"before": before} if before else {})
            page = ann.ask("GET", "/api/billing/ledger", params=query).json()
            seen += [one["episode_id"] for one in page["invoices"]]
            before = page["next_before"]
            if before is None:
                break
        assert seen == ["ep_2", "ep_1", "ep_0", None]

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"before": 0}, {"before": 2**63}])
    def test_a_page_has_bounds(self, ann: Person, query: dict[str, int]) -> None:
        assert refused(ann.ask("GET", "/api/billing/ledger", params=query)) == (422, "malformed")

    def test_the_statement_replays_to_the_balance_that_is_shown(
        self, ground: Ground, ann: Person, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("donecast.credits.repository.entries.__kwdefaults__", {"after": 0, "limit": 3})
        charge_id = till.charge(minutes(10), episode_id="ep_1")
        till.charge(Assembly(630_000, "auphonic"), "made")
        till.refund(charge_id, 1_001)
        with ground.database.transaction() as session:
            service.hold(session, ground.clock, ann.account.id, operation_id="going on", work=minutes(3))
        assert isinstance(ground.clock, FixedClock)
        ground.clock.advance(timedelta(days=30))  # a month ends, and a hold runs out, before anybody looks
        answer = ann.ask("GET", "/api/billing/statement.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        balance = 0
        for number, row in enumerate(rows, 1):
            balance += service_amount(row["change"])
            assert (int(row["number"]), service_amount(row["balance"])) == (number, balance)
        standing = ann.ask("GET", "/api/billing/standing").json()
        assert rows[-1]["balance"] == standing["available"] == "90.000"
        assert rows[-1]["set_aside"] == standing["held"] == "0.000"
        assert len(rows) > 6

    def test_a_statement_of_somebody_new_begins_with_the_allowance(self, ann: Person) -> None:
        rows = list(csv.DictReader(io.StringIO(ann.ask("GET", "/api/billing/statement.csv").text)))
        assert [(row["reason"], row["balance"]) for row in rows] == [("GRANT_MONTHLY", "90.000")]

    def test_nobody_sees_anothers_ledger(self, ann: Person, ben: Person, till: Till) -> None:
        till.charge(minutes(10), episode_id="ep_1")
        assert ben.ask("GET", "/api/billing/ledger").json()["invoices"] == []
        assert "ep_1" not in ben.ask("GET", "/api/billing/statement.csv").text


def service_amount(text: str) -> int:
    """Milli-credits of a cell."""
    return int(text.replace(".", ""))


class TestRefunds:
    """Asked for by a person, decided by an admin."""

    @staticmethod
    def ask_back(ann: Person, charge_id: str, why: str = "The sound was broken.") -> Any:
        return ann.ask("POST", f"/api/billing/charges/{charge_id}/refund-request", json={"why": why})

    @staticmethod
    def decide(admin: Person, request_id: str, **decision: Any) -> Any:
        return admin.ask("POST", f"/api/admin/credits/refund-requests/{request_id}/decision", json=decision)

    def test_the_whole_way(self, ann: Person, admin: Person, till: Till) -> None:
        asked = self.ask_back(ann, till.charge(minutes(10)))
        assert asked.status_code == 201
        assert (asked.json()["state"], asked.json()["charge_credits"]) == ("waiting", "15.000")
        waiting = admin.ask("GET", "/api/admin/credits/refund-requests").json()
        assert [(one["account_id"], one["why"]) for one in waiting] == [(ann.account.id, "The sound was broken.")]
        decided = self.decide(admin, waiting[0]["id"], approve=True, words="You are right.")
        assert (decided.status_code, decided.json()["refunded"]) == (200, "15.000")
        assert usage_of(ann)["credits_remaining"] == 90
        own = ann.ask("GET", "/api/billing/refund-requests").json()[0]
        assert (own["state"], own["refunded"], own["words"]) == ("approved", "15.000", "You are right.")
        assert admin.ask("GET", "/api/admin/credits/refund-requests").json() == []
        assert len(admin.ask("GET", "/api/admin/credits/refund-requests?waiting=false").json()) == 1

    @pytest.mark.parametrize("before", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-24"])
    def test_a_page_before_no_instant_is_refused_in_words(self, admin: Person, before: str) -> None:
        refused = admin.ask("GET", "/api/admin/credits/refund-requests", params={"before": before})
        assert (refused.status_code, refused.json()["error"]["details"]["fields"][0]["field"]) == (422, "before")

    def test_asking_again_answers_the_request_that_waits(self, ann: Person, till: Till) -> None:
        charge_id = till.charge(minutes(10))
        first, second = self.ask_back(ann, charge_id), self.ask_back(ann, charge_id, "Now!")
        assert second.json() == first.json()

    def test_a_part_and_the_same_decision_twice(self, ann: Person, admin: Person, till: Till) -> None:
        request_id = self.ask_back(ann, till.charge(minutes(10))).json()["id"]
        for _ in range(2):
            decided = self.decide(admin, request_id, approve=True, amount="5.5", words="Half of it.")
            assert (decided.status_code, decided.json()["refunded"]) == (200, "5.500")
        assert usage_of(ann)["credits_used_this_month"] == 9.5
        assert refused(self.decide(admin, request_id, approve=True, amount="6", words="x")) == (409, "refund_decided")
        assert refused(self.decide(admin, request_id, approve=False, words="x")) == (409, "refund_decided")

    def test_declining_says_why_and_gives_nothing(self, ann: Person, admin: Person, till: Till) -> None:
        charge_id = till.charge(minutes(10))
        request_id = self.ask_back(ann, charge_id).json()["id"]
        assert refused(self.decide(admin, request_id, approve=False, words=" ")) == (400, "reason_missing")
        for _ in range(2):
            declined = self.decide(admin, request_id, approve=False, words="The file is fine.").json()
            assert (declined["state"], declined["refunded"]) == ("declined", None)
        assert usage_of(ann)["credits_used_this_month"] == 15
        assert self.ask_back(ann, charge_id, "Please look again.").json()["id"] != request_id

    def test_too_much_is_refused_and_the_request_goes_on_waiting(self, ann: Person, admin: Person, till: Till) -> None:
        request_id = self.ask_back(ann, till.charge(minutes(10))).json()["id"]
        answer = self.decide(admin, request_id, approve=True, amount="15.001", words="More.")
        assert refused(answer) == (409, "refund_too_large")
        assert refused(self.decide(admin, request_id, approve=True, amount="1,5", words="x")) == (400, "amount_invalid")
        assert ann.ask("GET", "/api/billing/refund-requests").json()[0]["state"] == "waiting"

    def test_what_cannot_be_asked_back(self, ann: Person, ben: Person, till: Till) -> None:
        charge_id = till.charge(minutes(10))
        assert refused(self.ask_back(ann, charge_id, "  ")) == (400, "reason_missing")
        assert refused(self.ask_back(ben, charge_id)) == (404, "no_such_charge")
        till.refund(charge_id)
        assert refused(self.ask_back(ann, charge_id)) == (409, "nothing_to_refund")

    def test_an_unknown_request(self, admin: Person) -> None:
        answer = self.decide(admin, "rfr_x", approve=False, words="No.")
        assert refused(answer) == (404, "no_such_refund_request")


class TestPrices:
    """Plans and rates, changed while people work."""

    def test_a_new_rate_counts_at_once_and_is_remembered(self, ann: Person, admin: Person) -> None:
        card = admin.ask("GET", "/api/admin/credits/rates").json()
        changes = {"assembly_mc": 6_000}
        body = {"version": card["version"], "changes": changes, "why": "Machines cost more."}
        changed = admin.ask("POST", "/api/admin/credits/rates", json=body)
        assert (changed.status_code, changed.json()["version"]) == (200, card["version"] + 1)
        assert ann.ask("GET", "/api/billing/rates").json()["rates"]["assembly_mc"] == 6_000
        history = admin.ask("GET", "/api/admin/credits/history").json()
        assert [(one["subject"], one["old"], one["new"], one["changed_by"], one["why"]) for one in history] == [
            ("rate:assembly_mc", 5_000, 6_000, "root@example.com", "Machines cost more.")
        ]
        assert refused(admin.ask("POST", "/api/admin/credits/rates", json=body)) == (409, "prices_changed")

    def test_a_plans_own_rate_is_for_its_people_alone(self, ann: Person, admin: Person) -> None:
        body = {"version": 1, "changes": {"assembly_mc": 0}, "tier_id": "pro", "why": "Thanks."}
        assert admin.ask("POST", "/api/admin/credits/rates", json=body).json()["by_tier"] == {"pro": {"assembly_mc": 0}}
        assert ann.ask("GET", "/api/billing/rates").json()["rates"]["assembly_mc"] == 5_000

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"assembly_mc": 1.5}, (422, "malformed")),
            ({"assembly_mc": -1}, (400, "rate_invalid")),
            ({"coffee_mc": 1}, (400, "rate_invalid")),
            ({}, (422, "malformed")),
        ],
    )
    def test_rates_that_cannot_be(self, admin: Person, changes: dict[str, Any], expected: tuple[int, str]) -> None:
        body = {"version": 1, "changes": changes, "why": "Why not."}
        assert refused(admin.ask("POST", "/api/admin/credits/rates", json=body)) == expected

    def test_a_plan_is_changed_without_a_restart(self, ann: Person, ben: Person, admin: Person, till: Till) -> None:
        till.charge(minutes(1))  # Ann's running period has its allowance, Ben's has none yet
        body = {"name": "Free", "monthly_credits": "120.5", "months": "calendar", "why": "Spring."}
        saved = admin.ask("PUT", "/api/admin/credits/tiers/free", json=body)
        assert (saved.status_code, saved.json()["monthly_credits"]) == (200, "120.500")
        assert usage_of(ben)["credits_remaining"] == 120.5
        assert (usage_of(ann)["max_credits_month"], usage_of(ann)["credits_remaining"]) == (120.5, 88.5)
        tiers = admin.ask("GET", "/api/admin/credits/tiers").json()
        assert [(tier["id"], tier["monthly_credits"]) for tier in tiers] == [
            ("free", "120.500"),
            ("creator", "450.000"),
            ("pro", "1500.000"),
            ("unlimited", None),
        ]
        change = admin.ask("GET", "/api/admin/credits/history").json()[0]
        assert (change["subject"], change["old"]["monthly_mc"], change["new"]["monthly_mc"]) == (
            "tier:free",
            90_000,
            120_500,
        )

    @pytest.mark.parametrize(
        ("wish", "expected"),
        [
            ({"name": " "}, (400, "tier_invalid")),
            ({"monthly_credits": "-1"}, (400, "tier_invalid")),
            ({"monthly_credits": "much"}, (400, "amount_invalid")),
            ({"why": ""}, (400, "reason_missing")),
            ({"rollover_basis_points": 10_001}, (400, "tier_invalid")),
            ({"months": "weeks"}, (422, "malformed")),
            ({"is_new": True}, (409, "tier_exists")),
        ],
    )
    def test_plans_that_cannot_be(self, admin: Person, wish: dict[str, Any], expected: tuple[int, str]) -> None:
        body = {"name": "Free", "monthly_credits": "90", "why": "Spring."} | wish
        assert refused(admin.ask("PUT", "/api/admin/credits/tiers/free", json=body)) == expected


class TestPersons:
    """One person's credits in an admin's hands."""

    @staticmethod
    def act(admin: Person, ann: Person, act: str, method: str = "POST", **body: Any) -> Any:
        return admin.ask(method, f"/api/admin/credits/accounts/{ann.account.id}/{act}", json=body)

    def test_a_person_is_found_by_address_and_looked_at(self, ann: Person, admin: Person, till: Till) -> None:
        till.charge(minutes(10), episode_id="ep_1")
        found = admin.ask("GET", "/api/admin/credits/accounts", params={"email": "Ann@example.com"}).json()
        view = admin.ask("GET", f"/api/admin/credits/accounts/{found['id']}").json()
        assert view["person"]["email"] == "ann@example.com"
        assert (view["used"], view["standing"]["available"]) == ("15.000", "75.000")
        assert view["breakdown_by_action"]["TRANSCRIPTION"] == "15.000"
        ledger = admin.ask("GET", f"/api/admin/credits/accounts/{found['id']}/ledger").json()
        assert ledger == ann.ask("GET", "/api/billing/ledger").json()

    def test_giving_and_taking_by_hand_counts_once(self, ann: Person, admin: Person) -> None:
        given = {"key": "k" * 8, "amount": "10.5", "why": "For your patience."}
        for _ in range(2):
            answer = self.act(admin, ann, "adjustments", **given)
            assert answer.json()["standing"]["available"] == "100.500"
        taken = self.act(admin, ann, "adjustments", key="l" * 8, amount="-100.5", why="A mistake of ours.")
        assert taken.json()["standing"]["available"] == "0.000"
        too_much = self.act(admin, ann, "adjustments", key="m" * 8, amount="-1", why="More.")
        assert refused(too_much) == (402, "not_enough_credits")
        assert refused(self.act(admin, ann, "adjustments", **(given | {"amount": "11"}))) == (409, "operation_differs")

    def test_an_award_may_end(self, ground: Ground, ann: Person, admin: Person) -> None:
        ends = (NOON + timedelta(days=60)).isoformat()
        award = {"key": "k" * 8, "amount": "30", "why": "Happy birthday", "expires_at": ends}
        for _ in range(2):
            assert self.act(admin, ann, "awards", **award).json()["standing"]["available"] == "120.000"
        assert isinstance(ground.clock, FixedClock)
        ground.clock.advance(timedelta(days=61))
        assert usage_of(ann)["credits_remaining"] == 90

    @pytest.mark.parametrize(
        ("wish", "expected"),
        [
            ({"amount": "0"}, (400, "amount_missing")),
            ({"amount": "-5"}, (400, "amount_missing")),
            ({"why": " "}, (400, "reason_missing")),
            ({"expires_at": "2026-03-10T12:00:00Z"}, (400, "expiry_past")),
            ({"expires_at": "2027-03-10T12:00:00"}, (422, "malformed")),
            ({"key": "short"}, (422, "malformed")),
        ],
    )
    def test_awards_that_cannot_be(
        self, ann: Person, admin: Person, wish: dict[str, Any], expected: tuple[int, str]
    ) -> None:
        body = {"key": "k" * 8, "amount": "5", "why": "Thanks."} | wish
        assert refused(self.act(admin, ann, "awards", **body)) == expected

    def test_a_refund_that_nobody_asked_for(self, ann: Person, admin: Person, till: Till) -> None:
        charge_id = till.charge(minutes(10))
        body = {"key": "k" * 8, "charge_id": charge_id, "amount": "5", "why": "We were slow."}
        for _ in range(2):
            assert self.act(admin, ann, "refunds", **body).json()["used"] == "10.000"

    def test_a_person_is_put_on_a_plan(self, ann: Person, admin: Person) -> None:
        answer = self.act(admin, ann, "tier", "PUT", tier_id="pro")
        assert (answer.json()["standing"]["tier_id"], answer.json()["standing"]["available"]) == ("pro", "1500.000")
        assert refused(self.act(admin, ann, "tier", "PUT", tier_id="gold")) == (404, "no_such_tier")

    @pytest.mark.parametrize("path", ["accounts/acc_x", "accounts/acc_x/ledger", "accounts?email=x@example.com"])
    def test_an_unknown_person(self, admin: Person, path: str) -> None:
        assert refused(admin.ask("GET", f"/api/admin/credits/{path}")) == (404, "no_such_person")


class TestMonth:
    """`GET /api/billing/month`."""

    def test_it_draws_the_line_and_counts_episodes(self, ann: Person, till: Till) -> None:
        till.charge(minutes(10), "heard", "ep_1")
        till.charge(Assembly(10 * _MINUTE_MS), "made", "ep_1")
        month = ann.ask("GET", "/api/billing/month").json()
        assert month["used_by_day"] == ["0.000"] * 9 + ["25.000"]
        assert month["last_episode"] == {"id": "ep_1", "credits": "25.000"}
        assert month["enough_for"] == 2
        assert (month["period_start"], month["period_end"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
