"""The guide to credits: plain words, and every number from where it is decided."""

from datetime import timedelta

from donecast.credits.rules.guide import GuideSection, credits_guide
from donecast.credits.rules.rates import Rates
from donecast.credits.rules.tiers import DEFAULT_TIERS, Tier
from tests.support.people import Person

FREE, _, _, UNLIMITED = DEFAULT_TIERS
RATES = Rates()


def guide(rates: Rates = RATES, tier: Tier = FREE) -> tuple[GuideSection, ...]:
    return credits_guide(rates, tier, uploads_stop_after=timedelta(days=7), kept_at_least=timedelta(days=30))


def text_of(sections: tuple[GuideSection, ...]) -> str:
    return "\n".join(line for section in sections for line in (section.heading, *section.paragraphs))


def test_the_numbers_are_those_of_the_price_list() -> None:
    said = text_of(guide())
    for words in (
        "Free, brings 90 credits each month",
        "1.5 credits for each minute of your recording by this computer, 1.5 by AssemblyAI, 3 by Auphonic",
        "4.5 by ElevenLabs",
        "together: 5 credits, and 0.5 more for each minute",
        "2 credits a month for each gigabyte",
        "10 minutes, written out by this computer and put together, takes about 25 credits",
        "you have 30 days to use it",
        "After 7 days you cannot send new recordings",
    ):
        assert words in said


def test_another_price_is_told_at_once_and_everywhere() -> None:
    said = text_of(guide(Rates(local_thousandths=0, assembly_mc=7_000, elevenlabs_thousandths=4_000)))
    assert "0 credits for each minute of your recording by this computer" in said
    assert "6 by ElevenLabs" in said
    assert "takes about 12 credits" in said


def test_a_plan_without_a_limit_says_so() -> None:
    assert "has no limit" in text_of(guide(tier=UNLIMITED))


def test_a_person_reads_it_for_their_own_plan(ann: Person) -> None:
    sections = ann.ask("GET", "/api/billing/guide").json()
    assert [section["id"] for section in sections] == ["what", "prices", "order", "fairness", "empty"]
    assert "90 credits each month" in sections[0]["paragraphs"][1]
