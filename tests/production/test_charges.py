"""What the line charges: each costly step once, with its result, and nothing for what came to nothing."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from donecast.credits import service as ledger
from donecast.credits.rules.pricing import Assembly, Speech, Transcription, price
from donecast.credits.rules.rates import Rates
from donecast.platform.durable import InlineRunner
from donecast.platform.web import Ground
from donecast.production.line import Line, Workshop
from donecast.speech import synthesizer
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.voice_engines import VoiceEngines
from tests.support.charged import balance_mc, entries
from tests.support.library import made
from tests.support.people import Person
from tests.support.watching import at_step

pytestmark = pytest.mark.usefixtures("heard_once")


@pytest.fixture
def ground(housed_ground: Ground) -> Ground:
    return housed_ground


def leave(ground: Ground, ann: Person, amount_mc: int) -> None:
    """Takes a person's credits down to an amount."""
    available_mc, _ = balance_mc(ground, ann)
    with ground.database.transaction() as session:
        ledger.adjust_credits(
            session,
            ground.clock,
            ann.account.id,
            operation_id="down",
            amount_mc=amount_mc - available_mc,
            why="for a test",
            actor="test",
        )


def produce(ann: Person, episode_id: str) -> str:
    return str(made(ann, f"/api/episodes/{episode_id}/produce", json={})["operation_id"])


def test_each_step_is_charged_by_what_came_of_it_and_a_repeat_is_free(
    ground: Ground, line: Line, ann: Person, episode_id: str
) -> None:
    quoted = ann.ask("GET", f"/api/episodes/{episode_id}/quote").json()
    operation_id = produce(ann, episode_id)
    line.produce(InlineRunner(), operation_id)
    episode = ann.ask("GET", f"/api/episodes/{episode_id}").json()
    with ground.database.reading() as session:
        recording_ms = session.execute(text("SELECT duration_ms FROM media_items")).scalar_one()
        clips = session.execute(text("SELECT text, duration_ms FROM spoken_clips ORDER BY made_at")).all()
    rates = Rates()
    expected = [
        ("TRANSCRIPTION", price(rates, Transcription(recording_ms, "local")).amount_mc),
        *(("TTS_GENERATION", price(rates, Speech(clip.duration_ms, "local")).amount_mc) for clip in clips),
        ("ASSEMBLY", price(rates, Assembly(episode["rendition"]["duration_ms"])).amount_mc),
    ]
    assert len(clips) > 0
    assert entries(ground, ann) == expected
    spent_mc = sum(amount_mc for _, amount_mc in expected)
    assert balance_mc(ground, ann) == (90_000 - spent_mc, 0)
    assert spent_mc <= int(quoted["total"].replace(".", "")) <= 3 * spent_mc

    line.produce(InlineRunner(), operation_id)
    line.produce(InlineRunner(), produce(ann, episode_id))
    assert entries(ground, ann) == expected
    assert ann.ask("GET", f"/api/episodes/{episode_id}/quote").json()["lines"][0]["reason"] == "ASSEMBLY"


def test_too_little_is_refused_before_anything_is_begun(ground: Ground, ann: Person, episode_id: str) -> None:
    leave(ground, ann, 5_000)
    before = entries(ground, ann)
    refused = ann.ask("POST", f"/api/episodes/{episode_id}/produce", json={})
    assert refused.status_code == 402
    error = refused.json()["error"]
    quoted = ann.ask("GET", f"/api/episodes/{episode_id}/quote").json()
    assert error["details"] == {
        "required": quoted["total"],
        "available": "5.000",
        "shortfall": quoted["shortfall"],
    }
    assert "Nothing was charged for this" in error["action"]
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "draft"
    assert (entries(ground, ann), entries(ground, ann, "hold")) == (before, [])


def test_credits_that_are_gone_when_a_step_begins_stop_the_work_until_there_are_more(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    operation_id = produce(ann, episode_id)
    spend = at_step("assemble", lambda: leave(ground, ann, 100))
    Line(workshop, on_change=spend).produce(InlineRunner(), operation_id)
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert (operation["state"], operation["error"]["code"]) == ("failed", "not_enough_credits")
    assert operation["error"]["details"]["available"] == "0.100"
    assert "ASSEMBLY" not in dict(entries(ground, ann))
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 402

    with ground.database.transaction() as session:
        ledger.grant_credits(
            session, ground.clock, ann.account.id, operation_id="gift", kind="promo", amount_mc=20_000, notes="a gift"
        )
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 202
    Line(workshop).produce(InlineRunner(), operation_id)
    assert ann.ask("GET", f"/api/operations/{operation_id}").json()["state"] == "done"
    assert [reason for reason, _ in entries(ground, ann)].count("TRANSCRIPTION") == 1


def test_what_is_stopped_in_the_middle_costs_nothing(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    operation_id = produce(ann, episode_id)
    stop = at_step("assemble", lambda: ann.ask("POST", f"/api/operations/{operation_id}/cancel"))
    Line(workshop, on_change=stop).produce(InlineRunner(), operation_id)
    assert ann.ask("GET", f"/api/operations/{operation_id}").json()["state"] == "cancelled"
    assert "ASSEMBLY" not in dict(entries(ground, ann))
    assert balance_mc(ground, ann)[1] == 0


class Breaking(FliteSynthesizer):
    """A voice that stops in the middle, by a fault of ours."""

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> synthesizer.Speech:
        raise RuntimeError("the voice broke")


def test_a_voice_that_breaks_is_not_charged(ground: Ground, workshop: Workshop, ann: Person, episode_id: str) -> None:
    operation_id = produce(ann, episode_id)
    with pytest.raises(RuntimeError):
        Line(Workshop(ground, workshop.transcriber, VoiceEngines(Breaking()))).produce(InlineRunner(), operation_id)
    assert [reason for reason, _ in entries(ground, ann)] == ["TRANSCRIPTION"]
    assert entries(ground, ann, "release") == [entries(ground, ann, "hold")[-1]]
    assert balance_mc(ground, ann)[1] == 0


def test_a_quote_waits_for_the_recordings_length(ground: Ground, ann: Person, episode_id: str) -> None:
    quoted: dict[str, Any] = ann.ask("GET", f"/api/episodes/{episode_id}/quote").json()
    assert quoted["complete"]
    with ground.database.transaction() as session:
        session.execute(text("UPDATE media_items SET state = 'checking'"))
    waiting = ann.ask("GET", f"/api/episodes/{episode_id}/quote").json()
    assert not waiting["complete"]
    assert {line["reason"] for line in waiting["lines"]} == {"TTS_GENERATION"}


def test_words_by_another_engine_are_quoted_though_there_are_words_already(
    ground: Ground, line: Line, ann: Person, episode_id: str
) -> None:
    line.produce(InlineRunner(), produce(ann, episode_id))
    path = f"/api/episodes/{episode_id}"
    assert "TRANSCRIPTION" not in {one["reason"] for one in ann.ask("GET", f"{path}/quote").json()["lines"]}
    assert ann.ask("PATCH", path, json={"transcriber": "auphonic"}).status_code == 200
    quoted = {one["reason"]: one["notes"] for one in ann.ask("GET", f"{path}/quote").json()["lines"]}
    assert quoted["TRANSCRIPTION"].endswith("min, Auphonic)")


def test_prices_for_a_minute_are_told_by_engine_before_anything_is_chosen(ann: Person) -> None:
    prices = ann.ask("GET", "/api/prices").json()
    assert prices["transcribers"] == {
        "pocketsphinx": "1.500",
        "whisper": "1.500",
        "assemblyai": "1.500",
        "auphonic": "3.000",
    }
    assert set(prices["voices"].values()) == {"1.500"}
    assert (prices["transcriber"], prices["example_minutes"], prices["assembly"]) == ("1.500", 10, "10.000")


class TestPricesWithAVendor:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"elevenlabs_key": "k" * 32}

    def test_a_dearer_voice_says_so(self, ann: Person) -> None:
        assert ann.ask("GET", "/api/prices").json()["voices"]["elevenlabs"] == "4.500"
