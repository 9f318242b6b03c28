"""What every engine that writes promises; one that is added joins by its name in `ENGINES`."""

from typing import get_args

import pytest

from donecast.core.answer_checks import checked
from donecast.core.text_draft import DRAFT_KINDS, DraftKind, TextDraft
from donecast.platform.vendor_settings import AiTextSettings
from tests.support.talks import FINE, wish
from tests.support.text_services import ENGINES, KEY, Desk


def test_every_engine_that_can_be_chosen_is_held_to_this() -> None:
    chosen = AiTextSettings.model_fields["ai_text_engine"].annotation
    assert set(get_args(chosen)) == set(ENGINES)


def test_it_names_itself_its_model_and_its_source(desk: Desk) -> None:
    writer = desk.writer()
    assert writer.name == desk.engine
    assert writer.source_label
    assert writer.model in writer.source_label
    assert ("AI" in writer.source_label) or ("Gemini" in writer.source_label)


def test_check_finds_nothing_missing_and_asks_nobody(desk: Desk) -> None:
    assert desk.writer().check() == []
    assert desk.service is None or desk.service.asked == []


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_what_it_writes_is_a_draft_of_the_asked_kind(desk: Desk, kind: DraftKind) -> None:
    desk.say(FINE[kind])
    request = wish(kind)
    answer = desk.writer().write(request)
    outcome = checked(answer.text, request)
    assert isinstance(outcome, TextDraft), outcome
    assert outcome.kind == kind


def test_the_cost_is_known_or_said_not_to_be(desk: Desk) -> None:
    desk.say(FINE["titles"])
    answer = desk.writer().write(wish("titles"))
    assert answer.cost_micros == (0 if desk.engine == "extractive" else 560)
    without_prices = desk.writer(ai_text_price_input="", ai_text_price_output="").write(wish("titles"))
    assert without_prices.cost_micros == (0 if desk.engine == "extractive" else None)


def test_the_same_engine_writes_again_and_again(desk: Desk) -> None:
    writer = desk.writer()
    desk.say(FINE["titles"])
    first = writer.write(wish("titles"))
    desk.say(FINE["notes"])
    writer.write(wish("notes"))
    desk.say(FINE["titles"])
    assert writer.write(wish("titles")) == first


def test_no_text_that_it_makes_of_itself_holds_the_key(desk: Desk) -> None:
    writer = desk.writer()
    told = [repr(writer), str(vars(writer) if hasattr(writer, "__dict__") else ""), writer.source_label]
    assert not any(KEY in text for text in told)
