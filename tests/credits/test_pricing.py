"""What work costs: the worked examples to the thousandth, and the laws that hold for every length and card."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.credits.errors import WorkInvalid
from donecast.credits.rules.pricing import (
    BILLED_MS_MIN,
    Assembly,
    LegacyMinutes,
    Line,
    Pipeline,
    Speech,
    StandAloneAuphonic,
    Storage,
    Transcription,
    Work,
    capped,
    line_from_json,
    line_to_json,
    price,
    quote,
    speech_ms_max,
    total_mc,
    work_from_json,
    work_to_json,
)
from donecast.credits.rules.rates import DEFAULT_CARD, RateCard, Rates
from tests.support.worked_examples import EXAMPLES, Example

DAY_MS = 24 * 3_600_000
PIPELINES: tuple[Pipeline, ...] = ("standard", "auphonic", "local")
durations = st.integers(0, DAY_MS)
rates = st.integers(0, 10**7)
multipliers = st.integers(0, 100_000)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_worked_example(example: Example) -> None:
    assert quote(DEFAULT_CARD, "free", example.work).total_mc == example.total_mc


@given(durations, rates, rates, multipliers, st.sampled_from(PIPELINES))
def test_every_line_is_the_exact_fraction_rounded_once(
    duration_ms: int, per_minute: int, flat: int, multiplier: int, pipeline: Pipeline
) -> None:
    card = Rates(
        transcription_mc_per_minute=per_minute,
        assembly_mc=flat,
        assembly_mc_per_minute=per_minute,
        auphonic_thousandths=multiplier,
        local_thousandths=multiplier,
    )
    minutes = Fraction(max(duration_ms, 1_000), 60_000)
    chosen = Fraction(1 if pipeline == "standard" else multiplier, 1 if pipeline == "standard" else 1_000)
    in_assembly = chosen if pipeline == "auphonic" else Fraction(1)
    assert _near(price(card, Transcription(duration_ms, pipeline)), minutes * per_minute * chosen)
    assert _near(price(card, Assembly(duration_ms, pipeline)), (flat + minutes * per_minute) * in_assembly)


def _near(line: Line, exact: Fraction) -> bool:
    return Fraction(-1, 2) <= exact - line.amount_mc < Fraction(1, 2)


@given(durations, durations)
def test_longer_work_never_costs_less(one: int, other: int) -> None:
    shorter, longer = sorted((one, other))
    for kind in (Transcription, Speech, Assembly, StandAloneAuphonic):
        assert price(Rates(), kind(shorter)).amount_mc <= price(Rates(), kind(longer)).amount_mc


@given(st.lists(durations, min_size=1, max_size=20))
def test_splitting_a_job_saves_at_most_half_a_thousandth_each(parts: list[int]) -> None:
    whole = price(Rates(), Transcription(sum(parts))).amount_mc
    split = sum(price(Rates(), Transcription(part)).amount_mc for part in parts)
    assert 2 * (whole - split) <= len(parts) + 1


@given(st.lists(st.one_of(st.builds(Transcription, durations), st.builds(Assembly, durations)), max_size=10))
def test_lines_sum_to_the_quote(work: list[Work]) -> None:
    asked = quote(DEFAULT_CARD, "free", work)
    assert total_mc(asked.lines) == asked.total_mc
    assert len(asked.lines) == len(work)


@pytest.mark.parametrize("kind", [Transcription, Speech, StandAloneAuphonic])
@pytest.mark.parametrize("duration_ms", [0, 1, 999, 1_000])
def test_the_shortest_job_is_billed_as_one_second(kind: type[Transcription], duration_ms: int) -> None:
    line = price(Rates(), kind(duration_ms))
    assert (line.quantity, line.amount_mc) == (BILLED_MS_MIN, 25)
    assert price(Rates(), kind(1_020)).amount_mc == 26


def test_half_a_thousandth_is_rounded_up_once() -> None:
    # 1 min 20 ms at 1.5 a minute are 1500.5 mc; doubled before rounding they are 3001 and not 3002.
    assert price(Rates(), Transcription(60_020)).amount_mc == 1_501
    assert price(Rates(), Transcription(60_020, "auphonic")).amount_mc == 3_001


def test_local_engines_may_be_free_and_assembly_stays_what_it_is() -> None:
    free = Rates(local_thousandths=0)
    assert price(free, Transcription(DAY_MS, "local")).amount_mc == 0
    assert price(free, Speech(DAY_MS, "local", "hello")).amount_mc == 0
    assert price(free, Assembly(600_000, "local")).amount_mc == 10_000


def test_a_tier_may_have_rates_of_its_own() -> None:
    card = DEFAULT_CARD.changed(2, {"transcription_mc_per_minute": 1_000}, tier_id="pro")
    assert quote(card, "pro", [Transcription(60_000)]).total_mc == 1_000
    assert quote(card, "free", [Transcription(60_000)]).total_mc == 1_500
    assert quote(card, "pro", [Assembly(60_000)]).total_mc == 5_500
    assert (quote(card, "pro", []).rate_card_version, quote(card, "pro", []).total_mc) == (2, 0)


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=31))
def test_storage_is_the_mean_of_the_days_rounded_once(daily_bytes: list[int]) -> None:
    line = price(Rates(), Storage("2026-03", tuple(daily_bytes)))
    assert _near(line, Fraction(sum(daily_bytes) * 2_000, len(daily_bytes) * 10**9))


def test_a_month_of_one_size_costs_the_same_however_many_days_it_has() -> None:
    for days in (28, 29, 30, 31):
        assert price(Rates(), Storage("2026-03", (12_340_000_000,) * days)).amount_mc == 24_680


@pytest.mark.parametrize(
    "work",
    [
        Transcription(-1),
        Assembly(-60_000),
        Speech(10**12),
        Storage("2026-03", ()),
        Storage("2026-03", (0,) * 32),
        Storage("2026-03", (-1,)),
        LegacyMinutes(-1),
        Transcription(1.5),  # type: ignore[arg-type]
        Transcription(True),
    ],
)
def test_work_that_cannot_be_is_refused(work: Work) -> None:
    with pytest.raises(WorkInvalid):
        price(Rates(), work)


def test_what_goes_above_the_hold_is_taken_off_in_a_line_of_its_own() -> None:
    lines = quote(DEFAULT_CARD, "free", [Transcription(600_000)]).lines
    assert capped(lines, 15_000) == lines
    assert capped(lines, 15_001) == lines
    cut = capped(lines, 14_000)
    assert (cut[-1].kind, cut[-1].amount_mc, total_mc(cut)) == ("above_the_hold", -1_000, 14_000)


@pytest.mark.parametrize(
    "work",
    [
        Transcription(1, "auphonic"),
        Speech(2, "elevenlabs", "Hello"),
        Assembly(3, "local"),
        StandAloneAuphonic(4),
        Storage("2026-03", (1, 2)),
        LegacyMinutes(5, "n"),
    ],
)
def test_work_and_lines_are_read_again_as_they_were_written(work: Work) -> None:
    assert work_from_json(work_to_json(work)) == work
    line = price(Rates(), work)
    assert line_from_json(line_to_json(line)) == line


def test_a_voice_is_held_for_longer_than_any_takes() -> None:
    assert speech_ms_max("") == 1_000
    assert speech_ms_max("a" * 100) == 20_000
    assert speech_ms_max("a" * 101) == 20_200


def test_cards_of_other_versions_leave_old_quotes_alone() -> None:
    before = quote(DEFAULT_CARD, "free", [Transcription(600_000)])
    quote(RateCard(2, Rates(transcription_mc_per_minute=9_000)), "free", [Transcription(600_000)])
    assert (before.total_mc, before.rate_card_version) == (15_000, 1)
