"""The line through measured lags: exact where they agree, unmoved by those that do not, refused where few do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.engine.errors import TracksUnrelated
from donecast.engine.track_alignment import (
    DRIFT_PPM_MAX,
    Lag,
    LagLine,
    TrackAlignment,
    coarse_line,
    fine_alignment,
    seen_from_afar,
)

_PLACES = [20.0 * number for number in range(180)]


def lags_of(
    alignment: TrackAlignment, *, later_ms: float = 0.0, error_ms: float = 0.0, places: list[float] | None = None
) -> list[Lag]:
    """Lags as sound that comes ``later_ms`` through the air would give them, with a random error."""
    generator = np.random.default_rng(1)
    return [
        Lag(at, alignment.reference_seconds(at) - at + (later_ms + generator.normal() * error_ms) / 1000, 20.0)
        for at in (_PLACES if places is None else places)
    ]


@given(st.floats(-60_000, 60_000), st.floats(-250, 250), st.floats(0, 20_000))
def test_an_alignment_goes_both_ways(offset_ms: float, drift_ppm: float, seconds: float) -> None:
    alignment = TrackAlignment(offset_ms, drift_ppm)
    assert alignment.own_seconds(alignment.reference_seconds(seconds)) == pytest.approx(seconds, abs=1e-6)


def test_a_fast_clock_counts_more_seconds_than_the_reference() -> None:
    alignment = TrackAlignment(offset_ms=2_000, drift_ppm=50)
    assert alignment.own_seconds(2.0) == 0.0
    assert alignment.own_seconds(3_602.0) == pytest.approx(3_600.18)


@given(st.floats(-10_000, 10_000), st.floats(-50, 50))
def test_the_way_through_the_air_cancels_between_both_directions(offset_ms: float, drift_ppm: float) -> None:
    true = TrackAlignment(offset_ms, drift_ppm)
    families = [lags_of(true, later_ms=-9, error_ms=0.1), lags_of(true, later_ms=9, error_ms=0.1)]
    found = fine_alignment(families)
    for own_seconds in (0.0, 1_800.0, 3_600.0):
        difference = found.reference_seconds(own_seconds) - true.reference_seconds(own_seconds)
        assert abs(difference) < 0.0001
    assert found.drift_ppm == pytest.approx(drift_ppm, abs=0.05)


def test_measurements_off_the_line_are_left_out_and_counted() -> None:
    true = TrackAlignment(3_000, -30)
    family = lags_of(true, error_ms=0.05)
    wrong = [Lag(one.at_seconds, one.lag_seconds + 0.06, 9.0) for one in family[::3]]
    found = fine_alignment([family + wrong, []])
    assert found.offset_ms == pytest.approx(3_000, abs=0.1)
    assert found.measurements == len(family)
    assert found.agreeing == pytest.approx(0.75)
    assert 0 < found.residual_ms < 0.1


def test_what_follows_a_dropped_piece_lowers_the_agreement() -> None:
    true = TrackAlignment(3_000, -30)
    lags = lags_of(true, places=_PLACES[::8])
    assert seen_from_afar(true, lags).agreeing == 1.0
    dropped = [Lag(one.at_seconds, one.lag_seconds + (0.5 if one.at_seconds > 2_000 else 0), 20.0) for one in lags]
    assert seen_from_afar(true, dropped).agreeing == pytest.approx(0.57, abs=0.02)


def test_one_place_gives_an_offset_and_no_drift() -> None:
    found = fine_alignment([[Lag(4.0, 1.25, 30.0)], []])
    assert (found.offset_ms, found.drift_ppm) == (1_250.0, 0.0)


def test_lags_that_do_not_agree_are_no_alignment() -> None:
    generator = np.random.default_rng(2)
    with pytest.raises(TracksUnrelated):
        fine_alignment([[Lag(at, float(generator.uniform(-0.1, 0.1)), 9.0) for at in _PLACES]])
    with pytest.raises(TracksUnrelated):
        fine_alignment([[], []])


def test_the_coarse_line_is_the_one_that_most_agree_on() -> None:
    true = TrackAlignment(-8_000, 45)
    right = lags_of(true, error_ms=3, places=_PLACES[::12])
    generator = np.random.default_rng(3)
    wrong = [Lag(at, float(generator.uniform(-60, 60)), 10.0) for at in _PLACES[5::12]]
    line = coarse_line(right + wrong, windows=40)
    for own_seconds in (0.0, 1_800.0, 3_500.0):
        assert line.at(own_seconds) == pytest.approx(true.reference_seconds(own_seconds) - own_seconds, abs=0.01)


def test_a_single_window_of_a_short_track_is_believed() -> None:
    assert coarse_line([Lag(2.0, 0.5, 40.0)], windows=1) == LagLine(0.5, 0.0)


@pytest.mark.parametrize(
    ("lags", "windows"),
    [
        ([], 24),
        ([Lag(100.0, 1.0, 9.0)], 24),
        ([Lag(at, at / 7 % 50, 9.0) for at in _PLACES[::8]], 24),
        ([], 0),
    ],
)
def test_chance_is_no_line(lags: list[Lag], windows: int) -> None:
    with pytest.raises(TracksUnrelated):
        coarse_line(lags, windows)


def test_no_line_is_steeper_than_a_clock_can_be_wrong() -> None:
    steep = [Lag(at, 5 + 0.01 * at, 20.0) for at in _PLACES]
    with pytest.raises(TracksUnrelated):
        coarse_line(steep, windows=len(steep))
    near = [Lag(at, 5 + DRIFT_PPM_MAX * 0.9e-6 * at, 20.0) for at in _PLACES[::8]]
    assert coarse_line(near, windows=len(near)).slope == pytest.approx(DRIFT_PPM_MAX * 0.9e-6)
