"""The line with a vendor's ear: its refusals are told and mended, it is paid once, and never replaced unasked."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from donecast.credits.rules.pricing import Transcription, price
from donecast.credits.rules.rates import Rates
from donecast.kit.money import credits_text
from donecast.platform.durable import InlineRunner
from donecast.platform.web import Ground
from donecast.production.line import Line
from tests.support.charged import charged_mc, held_mc
from tests.support.library import made
from tests.support.people import Person
from tests.support.vendor import VENDORS
from tests.support.vendor_server import KEY, VendorStandIn

_BROUGHT = "The beans are up and the rain was kind to us."


@pytest.fixture
def ground(housed_ground: Ground) -> Ground:
    return housed_ground


@pytest.fixture(params=sorted(VENDORS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def vendor(name: str) -> Iterator[VendorStandIn]:
    with VENDORS[name].opened() as stand_in:
        yield stand_in


@pytest.fixture
def overrides(name: str, vendor: VendorStandIn) -> dict[str, Any]:
    return {**VENDORS[name].settings(vendor), "transcriber_poll_ms": 100}


def run(ground: Ground, line: Line, ann: Person, operation_id: str) -> dict[str, Any]:
    """The operation as Ann sees it once the line has done what it can."""
    line.produce(InlineRunner(), operation_id)
    operation: dict[str, Any] = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert list((ground.settings.data / "temporary").iterdir()) == []
    return operation


def produce(ann: Person, episode_id: str) -> str:
    wish = {"until": "proposals"}
    return str(made(ann, f"/api/episodes/{episode_id}/produce", json=wish)["operation_id"])


def test_a_refused_key_is_told_and_nothing_is_heard_in_the_vendors_place_until_it_is_mended(
    ground: Ground, line: Line, ann: Person, episode_id: str, vendor: VendorStandIn
) -> None:
    vendor.key = "another"
    operation_id = produce(ann, episode_id)
    operation = run(ground, line, ann, operation_id)
    assert (operation["state"], operation["error"]["code"]) == ("failed", "speech_key_refused")
    assert operation["error"]["message"] == "The transcription service does not accept the key of this DoneCast."
    assert "check the key" in operation["error"]["action"]
    assert KEY not in str(operation)
    with ground.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM transcripts")).scalar_one() == 0
    assert (charged_mc(ground, ann), held_mc(ground, ann)) == ([], 0)

    vendor.key = KEY
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 202
    assert run(ground, line, ann, operation_id)["state"] == "done"
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["transcript"]["quality"] == "provider"
    assert len(vendor.jobs) == 1


def test_a_second_episode_of_the_recording_is_not_paid_again_and_brought_words_never_are(
    ground: Ground, line: Line, ann: Person, episode_id: str, vendor: VendorStandIn
) -> None:
    assert run(ground, line, ann, produce(ann, episode_id))["state"] == "done"
    first = ann.ask("GET", f"/api/episodes/{episode_id}").json()
    wish = {"show_id": first["show_id"], "recording_id": first["recording_id"]}
    second = made(ann, "/api/episodes", json=wish)["id"]
    assert run(ground, line, ann, produce(ann, second))["state"] == "done"
    asked = len(vendor.requests)
    third = made(ann, "/api/episodes", json={**wish, "transcript": _BROUGHT})["id"]
    assert run(ground, line, ann, produce(ann, third))["state"] == "done"
    assert ann.ask("GET", f"/api/episodes/{third}").json()["transcript"]["quality"] == "given"
    assert (len(vendor.jobs), len(vendor.requests)) == (1, asked)
    assert len(charged_mc(ground, ann)) == 1


def test_a_job_that_failed_at_the_vendor_is_told_in_its_words(
    ground: Ground, line: Line, ann: Person, episode_id: str, vendor: VendorStandIn
) -> None:
    vendor.problems = ["Language is not supported."]
    operation_id = produce(ann, episode_id)
    operation = run(ground, line, ann, operation_id)
    assert operation["error"]["message"].endswith("It says: Language is not supported.")
    charged = charged_mc(ground, ann)
    assert (len(charged), held_mc(ground, ann)) == (1, 0)  # the vendor took the job, so it bills us
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 202
    assert run(ground, line, ann, operation_id)["state"] == "done"
    assert (len(vendor.jobs), vendor.charged()) == (2, 1)
    assert charged_mc(ground, ann) == charged


def test_words_cost_what_the_vendors_way_costs(
    ground: Ground, line: Line, ann: Person, episode_id: str, name: str
) -> None:
    quoted = ann.ask("GET", f"/api/episodes/{episode_id}/quote", params={"until": "proposals"}).json()
    assert run(ground, line, ann, produce(ann, episode_id))["state"] == "done"
    with ground.database.reading() as session:
        duration_ms = session.execute(text("SELECT duration_ms FROM media_items")).scalar_one()
    expected = price(Rates(), Transcription(duration_ms, "auphonic" if name == "auphonic" else "standard")).amount_mc
    assert charged_mc(ground, ann) == [expected]
    assert quoted["total"] == credits_text(expected)


def test_a_vendor_that_is_left_alone_is_not_asked_and_nothing_is_charged(
    ground: Ground, line: Line, ann: Person, episode_id: str, vendor: VendorStandIn, name: str
) -> None:
    ground.breakers.isolate(name, "acc_admin")
    operation_id = produce(ann, episode_id)
    operation = run(ground, line, ann, operation_id)
    assert (operation["state"], operation["error"]["code"]) == ("failed", "speech_resting")
    assert operation["error"]["message"] == "The transcription service is switched off for now."
    assert "nothing is paid twice" in operation["error"]["action"]
    assert vendor.requests == []
    assert (charged_mc(ground, ann), held_mc(ground, ann)) == ([], 0)

    ground.breakers.release(name)
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 202
    assert run(ground, line, ann, operation_id)["state"] == "done"
    assert len(vendor.jobs) == 1
