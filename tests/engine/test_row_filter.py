"""The filter by products equals scipy's, in 32 bits, whatever the blocks and whatever lies under the sound."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from donecast.engine.loudness import k_weighting
from donecast.engine.row_filter import RowFilter
from tests.engine.sounds import Sound, noise


def _filtered(sections: NDArray[np.float64], sound: Sound, *, stage: int, block: int) -> Sound:
    machine, pieces = RowFilter(sections, sound.shape[1], stage), []
    for start in range(0, len(sound), block):
        rest = sound[start : start + block]
        while len(rest):
            rest = rest[machine.stage(rest) :]
            if machine.free == 0:
                count = machine.staged
                pieces.append(machine.filtered().reshape(sound.shape[1], -1)[:, :count].copy())
    count = machine.staged
    pieces.append(machine.filtered().reshape(sound.shape[1], -1)[:, :count].copy())
    return np.concatenate(pieces, axis=1).T


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
@pytest.mark.parametrize(("stage", "block"), [(4_410, 1_000), (48, 77), (20_000, 30_001), (1_000, 1)])
def test_it_equals_scipys_whatever_the_blocks(rate: int, stage: int, block: int) -> None:
    sound = noise(2_000 / 44_100 if block == 1 else 1, rate=44_100, channels=2)
    expected = sosfilt(k_weighting(rate), sound.T.astype(np.float64)).T
    found = _filtered(k_weighting(rate), sound, stage=stage, block=block)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-6


@pytest.mark.parametrize("order", ["C", "F"])
def test_either_memory_order_is_right(order: str) -> None:
    sound = noise(0.5, channels=2)
    given = np.array(sound, order="C" if order == "C" else "F")
    expected = sosfilt(k_weighting(44_100), sound.T.astype(np.float64)).T
    assert np.abs(_filtered(k_weighting(44_100), given, stage=4_410, block=5_000) - expected).max() < 1e-6


@pytest.mark.parametrize("rate", [8_000, 48_000, 192_000])
def test_a_strong_offset_leaves_nothing_behind(rate: int) -> None:
    # Full-scale direct current with a whisper on it: once settled, what is left must be the whisper alone.
    whisper = noise(4, rate=rate, level=1e-4)
    expected = sosfilt(k_weighting(rate), (whisper + np.float32(1.0)).T.astype(np.float64)).T
    found = _filtered(k_weighting(rate), whisper + np.float32(1.0), stage=rate // 2, block=9_999)
    late = slice(rate, None)
    error = np.sqrt(np.mean((found[late] - expected[late]) ** 2) / np.mean(expected[late] ** 2))
    assert error < 5e-3  # 46 dB below a whisper of -80 dBFS


def test_other_sections_and_other_orders_are_filtered_too() -> None:
    for order in (2, 4, 8):
        sections = butter(order, [300, 3_000], "bandpass", fs=44_100, output="sos")
        sound = noise(0.5)
        expected = sosfilt(sections, sound.T.astype(np.float64)).T
        assert np.abs(_filtered(sections, sound, stage=5_000, block=1_234) - expected).max() < 1e-5
