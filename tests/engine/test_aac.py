"""AAC in pieces: the same bytes in any order of work, no seam to be heard, and not a frame too many."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.aac import (
    BIT_RATES_KBPS,
    AacJoiner,
    AacPiece,
    AacPieceEncoder,
    EncodedAacPiece,
    codec_headroom_db,
    pieces_of,
    seam_between,
    write_m4a,
)
from donecast.engine.aac_packets import ONLY_LONG, Window, window_of
from donecast.engine.decoding import open_decoding
from donecast.engine.errors import EngineFailed
from donecast.engine.m4a import M4aWriter
from donecast.engine.m4a_boxes import SAMPLES_PER_PACKET, packets_of, priming_of
from tests.engine.sounds import LIMITS, Sound, noise, sine, speech_like

RATE = 44_100
MANY_PIECES = 150
"""Packets of a piece, so that few seconds make several."""


def stereo(seconds: float) -> Sound:
    voice, room = speech_like(seconds)[:, 0], noise(seconds, channels=2, level=0.003)
    return np.stack([voice + room[:, 0], 0.8 * voice + room[:, 1]], axis=1).astype(np.float32)


def output_of(sound: Sound, kbps: int = 128, rate: int = RATE) -> OutputFormat:
    return OutputFormat("aac", bitrate_kbps=kbps, sample_rate=rate, channels=sound.shape[1])


def encoded(
    sound: Sound, piece: AacPiece, *, kbps: int = 128, block: int = 65_536, rate: int = RATE
) -> EncodedAacPiece:
    encoder = AacPieceEncoder(piece, output_of(sound, kbps, rate))
    for start in range(piece.start, piece.end, block):
        encoder.write(sound[start : min(start + block, piece.end)])
    return encoder.close()


def joined(pieces: Sequence[EncodedAacPiece]) -> list[bytes]:
    packets: list[bytes] = []
    joiner = AacJoiner(packets.append)
    for piece in pieces:
        joiner.add(piece)
    joiner.close()
    return packets


def decoded(packets: Sequence[bytes], sound: Sound, out: Path, *, kbps: int = 128, rate: int = RATE) -> Sound:
    with M4aWriter(out, output_of(sound, kbps, rate), len(sound)) as writer:
        for packet in packets:
            writer.write(packet)
        writer.close()
    return np.concatenate(list(open_decoding(out, LIMITS).blocks()))


def error_db(sound: Sound, other: Sound) -> float:
    """How far the difference lies below the sound."""
    wanted, difference = np.square(sound, dtype=np.float64).sum(), np.square(sound - other, dtype=np.float64).sum()
    return float(10 * np.log10(wanted / difference))


@pytest.mark.parametrize("frames", [1024, 1025, 44_100, 150 * 1024, 225 * 1024, 10**6, 44_100 * 3_600])
def test_pieces_cover_the_whole_and_reach_over_their_borders(frames: int) -> None:
    pieces = pieces_of(frames, MANY_PIECES)
    assert (pieces[0].start, pieces[0].border, pieces[-1].end) == (0, 0, frames)
    assert pieces[0].silence_before == priming_of(frames) - SAMPLES_PER_PACKET
    for piece in pieces:
        assert (piece.end - piece.start + piece.silence_before) % SAMPLES_PER_PACKET == 0
        assert piece.first_packet <= piece.border
    for before, after in pairwise(pieces):
        assert after.border - before.border == MANY_PIECES
        assert after.start < after.border * SAMPLES_PER_PACKET - pieces[0].silence_before < before.end
    assert packets_of(frames) - pieces[-1].border <= max(MANY_PIECES * 1.5 + 2, 2)


def test_an_hour_has_work_for_many_cores_and_little_of_it_twice() -> None:
    frames = 3_600 * RATE
    pieces = pieces_of(frames)
    assert len(pieces) >= 16
    assert sum(piece.end - piece.start for piece in pieces) < 1.07 * frames


def test_the_bytes_do_not_depend_on_order_blocks_or_memory() -> None:
    sound = stereo(12)
    pieces = pieces_of(len(sound), MANY_PIECES)
    assert len(pieces) >= 3
    other = np.asfortranarray(sound)
    backwards = [encoded(other, piece, block=7_777) for piece in reversed(pieces)]
    assert joined([encoded(sound, piece) for piece in pieces]) == joined(backwards[::-1])


def test_any_number_of_workers_writes_the_same_file(tmp_path: Path) -> None:
    sound = stereo(12)
    pieces = pieces_of(len(sound), MANY_PIECES)
    told: list[int] = []
    for workers in (1, 3):
        path, output = tmp_path / f"{workers}.m4a", output_of(sound)
        length = write_m4a(
            path, output, len(sound), lambda a, b: sound[a:b], workers=workers, pieces=pieces, progress=told.append
        )
        assert length == path.stat().st_size
    assert (tmp_path / "1.m4a").read_bytes() == (tmp_path / "3.m4a").read_bytes()
    assert told == [piece.end for piece in pieces] * 2


def test_what_reading_raises_comes_out(tmp_path: Path) -> None:
    def read(start: int, end: int) -> Sound:
        raise EOFError(f"{start} to {end}")

    with pytest.raises(EOFError):
        write_m4a(tmp_path / "a.m4a", OutputFormat("aac"), 10**6, read, workers=2)


def test_two_voices_that_never_agree_are_joined_all_the_same() -> None:
    generator = np.random.default_rng(5)
    sound = noise(30, channels=2, level=0.001)
    for channel in range(2):
        for start in generator.integers(0, len(sound) - 300, size=900):
            sound[start : start + 300, channel] += generator.normal(size=300) * 0.3
    pieces = [encoded(sound, piece) for piece in pieces_of(len(sound), 80)]
    assert len(joined(pieces)) == packets_of(len(sound))


@pytest.mark.parametrize("kbps", [64, 128, 192])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_seam_is_no_worse_than_its_surroundings(kbps: int, channels: int, tmp_path: Path) -> None:
    sound = stereo(14)[:, :channels]
    whole = decoded(joined([encoded(sound, *pieces_of(len(sound)), kbps=kbps)]), sound, tmp_path / "whole.m4a")
    pieces = [encoded(sound, piece, kbps=kbps) for piece in pieces_of(len(sound), MANY_PIECES)]
    other = decoded(joined(pieces), sound, tmp_path / "pieces.m4a")
    assert len(whole) == len(other) == len(sound)
    silence = pieces[0].piece.silence_before
    for before, after in pairwise(pieces):
        seam = seam_between(before, after)
        assert 0 <= seam - after.piece.border < 64
        place = seam * SAMPLES_PER_PACKET - silence
        near = slice(place - 2 * SAMPLES_PER_PACKET, place + 2 * SAMPLES_PER_PACKET)
        assert error_db(sound[near], other[near]) > error_db(sound[near], whole[near]) - 4
    assert error_db(sound, other) > error_db(sound, whole) - 1


def test_a_steady_tone_shows_no_click_at_a_seam(tmp_path: Path) -> None:
    sound = sine(12, hertz=1_000, channels=2)
    pieces = [encoded(sound, piece) for piece in pieces_of(len(sound), MANY_PIECES)]
    difference = np.abs(decoded(joined(pieces), sound, tmp_path / "a.m4a") - sound)
    for before, after in pairwise(pieces):
        place = seam_between(before, after) * SAMPLES_PER_PACKET - pieces[0].piece.silence_before
        assert difference[place - 4_096 : place + 4_096].max() < 0.001


@pytest.mark.parametrize("frames", [1_024, 1_025, 3_000, 44_100, 100_001])
@pytest.mark.parametrize(("rate", "channels", "kbps"), [(44_100, 2, 128), (48_000, 1, 96), (32_000, 2, 64)])
def test_what_is_decoded_is_what_was_planned(frames: int, rate: int, channels: int, kbps: int, tmp_path: Path) -> None:
    sound = sine(3.2, rate=rate, channels=channels)[:frames]
    packets = joined([encoded(sound, *pieces_of(frames), kbps=kbps, rate=rate)])
    assert len(packets) == packets_of(frames)
    back = decoded(packets, sound, tmp_path / "a.m4a", kbps=kbps, rate=rate)
    assert back.shape == sound.shape
    if frames > 10_000:
        assert error_db(sound[4_096:-4_096], back[4_096:-4_096]) > 30


@pytest.mark.parametrize("kbps", BIT_RATES_KBPS)
def test_the_level_stays_and_the_peaks_keep_to_the_headroom(kbps: int, tmp_path: Path) -> None:
    sound = stereo(6)
    sound *= np.float32(0.8 / np.abs(sound).max())
    back = decoded(joined([encoded(sound, *pieces_of(len(sound)), kbps=kbps)]), sound, tmp_path / "a.m4a", kbps=kbps)
    level_db = 10 * np.log10(np.square(back, dtype=np.float64).sum() / np.square(sound, dtype=np.float64).sum())
    assert abs(level_db) < 0.1
    assert 20 * np.log10(np.abs(back).max() / 0.8) < codec_headroom_db(output_of(sound, kbps)) + 0.5


def test_less_than_a_packet_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        pieces_of(1_023)


def test_no_packet_names_a_version() -> None:
    sound = stereo(0.5)
    assert not any(b"Lavc" in packet for packet in encoded(sound, *pieces_of(len(sound))).packets)


@pytest.mark.parametrize(
    ("sample_rate", "channels", "kbps"), [(22_050, 2, 128), (44_100, 3, 128), (44_100, 2, 100), (44_100, 1, 320)]
)
def test_formats_that_are_not_ours_are_refused(sample_rate: int, channels: int, kbps: int) -> None:
    with pytest.raises(ValueError, match="AAC"):
        AacPieceEncoder(pieces_of(2_000)[0], OutputFormat("aac", kbps, sample_rate, channels))
    with pytest.raises(ValueError, match="AAC"):
        AacPieceEncoder(pieces_of(2_000)[0], OutputFormat("mp3"))


def test_a_piece_wants_all_its_frames() -> None:
    encoder = AacPieceEncoder(pieces_of(5_000)[0], OutputFormat("aac", 96, RATE, 1))
    encoder.write(sine(0.2)[:4_999])
    with pytest.raises(ValueError, match="4999 frames"):
        encoder.close()


def test_a_seam_that_fits_nowhere_is_an_error() -> None:
    before = EncodedAacPiece(AacPiece(0, 0, 0, 0, 0), [packet(0)] * 300)
    after = EncodedAacPiece(AacPiece(0, 0, 100, 200, 0), [packet(2)] * 300)
    with pytest.raises(EngineFailed):
        seam_between(before, after)


def packet(sequence: int, *, shape: int = 1, common: bool = True) -> bytes:
    """The first bits of a pair of channels."""
    bits = 1 << 21 | common << 16 | sequence << 13 | shape << 12
    return bits.to_bytes(3, "big")


def test_a_long_window_is_preferred_and_a_short_one_taken_where_there_is_no_other() -> None:
    before = EncodedAacPiece(AacPiece(0, 0, 0, 0, 0), [packet(2)] * 300)
    after = EncodedAacPiece(AacPiece(0, 0, 100, 200, 0), [packet(2)] * 300)
    assert seam_between(before, after) == 200
    changed = [packet(2)] * 210 + [packet(ONLY_LONG)] * 90
    before = EncodedAacPiece(AacPiece(0, 0, 0, 0, 0), changed)
    after = EncodedAacPiece(AacPiece(0, 0, 100, 200, 0), changed[100:])
    assert seam_between(before, after) == 211


def test_windows_are_read_from_the_first_bits() -> None:
    assert window_of(packet(3, shape=0)) == Window(3, 0)
    assert window_of(packet(3, common=False)) is None
    one_channel = 200 << 9 | 1 << 6 | 1 << 5
    assert window_of(one_channel.to_bytes(3, "big")) == Window(1, 1)
    assert window_of(b"\xde\x02\x00") is None
