"""Loudness arithmetic."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.delivery import Delivery
from donecast.core.loudness import (
    amplitude_of,
    decibels_of,
    matching_gain_db,
)
from donecast.core.plan import LoudnessTarget

levels = st.floats(-60.0, 0.0)


@pytest.mark.parametrize(("channels", "lufs"), [(1, -19.0), (2, -16.0)])
def test_one_channel_is_delivered_three_units_quieter_than_two(channels: int, lufs: float) -> None:
    assert Delivery().loudness(channels) == LoudnessTarget(lufs, -1.0)


def test_an_episode_has_one_or_two_channels() -> None:
    with pytest.raises(ValueError, match="not 6"):
        Delivery().loudness(6)


@pytest.mark.parametrize("unknown", [None, -math.inf, math.nan])
def test_silence_is_not_made_louder(unknown: float | None) -> None:
    assert matching_gain_db(unknown, -16.0) == 0.0
    assert matching_gain_db(-16.0, unknown) == 0.0


@pytest.mark.parametrize(
    ("measured", "reference", "gain"),
    [(-20.0, -16.0, 4.0), (-10.0, -16.0, -6.0), (-50.0, -16.0, 12.0), (-1.0, -30.0, -12.0), (-16.004, -16.0, 0.0)],
)
def test_segments_are_matched_within_bounds(measured: float, reference: float, gain: float) -> None:
    assert matching_gain_db(measured, reference) == gain


@given(levels, levels)
def test_matching_never_exceeds_its_bound(measured: float, reference: float) -> None:
    assert abs(matching_gain_db(measured, reference)) <= 12.0


@given(st.floats(-120.0, 40.0))
def test_decibels_and_amplitudes_are_inverse(gain_db: float) -> None:
    assert math.isclose(decibels_of(amplitude_of(gain_db)), gain_db, abs_tol=1e-9)


def test_nothing_has_no_level() -> None:
    with pytest.raises(ValueError, match="silence"):
        decibels_of(0.0)
