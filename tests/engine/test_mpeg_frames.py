"""Side information is read as it was written, and frames can be made longer."""

from itertools import pairwise

import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.mpeg_frames import frame_places, longer_frame, main_data_place, read_header, read_side_information
from tests.engine.mp3_files import encode, whole
from tests.engine.sounds import noise


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("vbr_quality", [None, 4])
def test_main_data_never_overlaps(channels: int, vbr_quality: int | None) -> None:
    """Each frame's main data, as its side information places it, starts after the end of the one before."""
    sound = noise(4, channels=channels)
    content = encode(sound, whole(len(sound))[0], OutputFormat(channels=channels, vbr_quality=vbr_quality))
    places = frame_places(content)
    before, end_bits = 0, 0
    for place, after in pairwise(places):
        side = read_side_information(content, place)
        start = before - side.main_data_begin
        assert start >= 0
        assert 8 * start >= end_bits
        end_bits = 8 * start + side.main_data_bits
        before += after - place - main_data_place(content, place)
        assert end_bits <= 8 * before
        assert len(side.windows) == 2 * channels
    assert end_bits > 8 * before / 2


def test_side_information_is_read_bit_by_bit() -> None:
    parts = [(0x123, 0, 0, 0), (0x456, 1, 2, 0), (0x789, 1, 3, 1), (0xFFF, 1, 1, 0)]
    bits = f"{300:09b}" + "101" + "01011010"
    for length, switched, block_type, mixed in parts:
        bits += f"{length:012b}" + f"{77:09b}{210:08b}{5:04b}" + f"{switched:b}{block_type:02b}{mixed:b}"
        bits += "1" * (59 - 37)
    frame = bytes([0xFF, 0xFB, 0x90, 0x44]) + int(bits, 2).to_bytes(32, "big")
    side = read_side_information(frame, 0)
    assert side.main_data_begin == 300
    assert side.main_data_bits == 0x123 + 0x456 + 0x789 + 0xFFF
    assert side.windows == (0, 4, 7, 2)
    assert side.rest == int(bits, 2) & (1 << 247) - 1
    protected = bytes([0xFF, 0xFA, 0x90, 0x44, 0xAA, 0xBB]) + frame[4:]
    assert read_side_information(protected, 0) == side
    assert (main_data_place(frame, 0), main_data_place(protected, 0)) == (36, 38)


def test_a_longer_frame_is_the_next_that_is_long_enough() -> None:
    head = bytes([0xFF, 0xFB, 0x90, 0x44])  # 128 kbit/s at 44.1 kHz: 417 bytes
    longer = longer_frame(head, 1)
    assert longer is not None
    header, more = longer
    parsed = read_header(header, 0)
    assert parsed is not None
    assert (parsed.length, more) == (522, 105)
    assert header[3:] == head[3:]
    assert longer_frame(head, 627) == (bytes([0xFF, 0xFB, 0xE0, 0x44]), 627)
    assert longer_frame(head, 628) is None


@pytest.mark.parametrize(
    "content", [b"\xff\xfb\x90\x44" + bytes(412), b"RIFF" + bytes(500), b"\xff\xf3\x90\x44" + bytes(500)]
)
def test_streams_of_anything_else_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no whole frame"):
        frame_places(content)
