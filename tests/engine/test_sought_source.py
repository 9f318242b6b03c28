"""What is read here and there is, to the frame, what a decoder gives that begins at the beginning."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.decoding import open_decoding
from donecast.engine.errors import BrokenSamples
from donecast.engine.sought_source import SoughtSource
from donecast.engine.sources import at_rate
from donecast.engine.stretches import open_stretches
from tests.engine.sounds import LIMITS, Sound, ffmpeg, noise, speech_like, write

RATE = 44_100
SECONDS = 40
KINDS = {
    "wav": ("wav", ()),
    "48 kHz flac": ("flac", ("-ar", "48000")),
    "16 kHz stereo wav": ("wav", ("-ar", "16000", "-ac", "2")),
    "six channels": ("wav", ("-ac", "6")),
    "aiff": ("aiff", ()),
    "cbr mp3": ("mp3", ("-b:a", "128k")),
    "mono mp3 of few bits": ("mp3", ("-b:a", "32k", "-ac", "1")),
    "vbr mp3": ("mp3", ("-q:a", "4")),
    "mp3 that does not state its length": ("mp3", ("-q:a", "6", "-write_xing", "0")),
    "22 kHz mp3": ("mp3", ("-ar", "22050", "-b:a", "48k")),
    "m4a": ("m4a", ("-c:a", "aac", "-aac_pns", "0")),
    "stereo 48 kHz m4a": ("m4a", ("-c:a", "aac", "-aac_pns", "0", "-ac", "2", "-ar", "48000")),
    "alac": ("m4a", ("-c:a", "alac")),
    "mov": ("mov", ("-c:a", "pcm_s16le")),
    "opus": ("opus", ("-c:a", "libopus")),
}
WALKED = {
    "vorbis": ("ogg", ("-c:a", "libvorbis")),
    "webm": ("webm", ("-c:a", "libopus")),
    "raw aac": ("aac", ("-c:a", "aac")),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("kinds")
    speech = write(folder / "speech.wav", speech_like(SECONDS) + noise(SECONDS, level=0.002))

    def one(kind: str) -> Path:
        ending, options = (KINDS | WALKED)[kind]
        path = folder / f"{kind.replace(' ', '-')}.{ending}"
        if not path.exists():
            ffmpeg("-y", "-i", str(speech), *options, str(path))
        return path

    return one


def _whole(path: Path) -> tuple[Sound, int]:
    """The sound at the rate of the tests, and its length in the file in milliseconds."""
    decoding = open_decoding(path, LIMITS)
    sound = np.concatenate(list(at_rate(decoding, RATE, min(decoding.channels, 2))))
    return sound, (decoding.frames * 1000 + decoding.sample_rate // 2) // decoding.sample_rate


def _sought(path: Path, duration_ms: int) -> SoughtSource:
    return SoughtSource(path, sample_rate=RATE, channels=2, limits=LIMITS, duration_ms=duration_ms)


@pytest.mark.parametrize("kind", [*KINDS, *WALKED])
def test_every_place_is_as_if_read_from_the_beginning(kind: str, made: Callable[[str], Path]) -> None:
    path = made(kind)
    whole, duration_ms = _whole(path)
    stretches = open_stretches(open_decoding(path, LIMITS))
    assert (stretches is not None) == (kind in KINDS)
    if stretches:
        stretches.close()
    with _sought(path, duration_ms) as source:
        assert source.channels == whole.shape[1]
        for seconds in (31.7, 0.0, 12.345, 12.4, 33.0, 5.0):
            start = int(seconds * RATE)
            found = source.read(start, start + 30_011)
            assert np.abs(found - whole[start : start + 30_011]).max() < 2e-5, f"{kind} at {seconds} s"
        assert abs(source.frames_until(1 << 40) - len(whole)) <= RATE // 500


@pytest.mark.parametrize("kind", ["wav", "cbr mp3", "m4a", "48 kHz flac", "webm"])
def test_before_the_beginning_and_after_the_end_is_silence(kind: str, made: Callable[[str], Path]) -> None:
    whole, duration_ms = _whole(made(kind))
    with _sought(made(kind), duration_ms) as source:
        before = source.read(-500, 1_000)
        assert not before[:500].any()
        assert np.abs(before[500:] - whole[:1_000]).max() < 2e-5
        after = source.read(len(whole) - 4_000, len(whole) + 1_000)
        assert np.abs(after[:3_900] - whole[-4_000:-100]).max() < 2e-5
        assert not after[4_100:].any()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "mp3" in kind])
def test_the_end_of_an_mp3_is_sought_like_any_other_place(kind: str, made: Callable[[str], Path]) -> None:
    decoding = open_decoding(made(kind), LIMITS)
    stretches = open_stretches(open_decoding(made(kind), LIMITS))
    whole = np.concatenate(list(at_rate(decoding, decoding.sample_rate, decoding.channels)))
    assert stretches is not None
    for start, end in ((-2 * RATE, -RATE), (-2_000, 0), (-2_000, 500), (-1, 0)):
        found = stretches.read(len(whole) + start, len(whole) + end)
        assert found is not None, f"{start} to {end}"
        assert np.abs(found[: min(end, 0) - start] - whole[start : end if end < 0 else None]).max() < 2e-5
    stretches.close()


def test_what_was_found_out_about_an_mp3_serves_the_next_reader(made: Callable[[str], Path]) -> None:
    path = made("vbr mp3")
    whole, duration_ms = _whole(path)
    with _sought(path, duration_ms) as first:
        first.read(35 * RATE, 36 * RATE)
        places = first.mp3_places
    assert len(places) > 20
    with SoughtSource(
        path, sample_rate=RATE, channels=2, limits=LIMITS, duration_ms=duration_ms, mp3_places=places
    ) as second:
        assert np.abs(second.read(20 * RATE, 21 * RATE) - whole[20 * RATE : 21 * RATE]).max() < 2e-5


def test_a_file_with_junk_between_its_frames_is_read_from_its_beginning(
    made: Callable[[str], Path], tmp_path: Path
) -> None:
    data = made("cbr mp3").read_bytes()
    half = len(data) // 2
    path = tmp_path / "junk.mp3"
    path.write_bytes(data[:half] + b"\0" * 700 + data[half:])
    whole, duration_ms = _whole(path)
    with _sought(path, duration_ms) as source:
        for seconds in (5, 30):
            found = source.read(seconds * RATE, (seconds + 1) * RATE)
            assert np.abs(found - whole[seconds * RATE : (seconds + 1) * RATE]).max() < 2e-5


def test_junk_shortly_before_the_end_of_an_mp3_is_not_its_end(made: Callable[[str], Path], tmp_path: Path) -> None:
    data = made("cbr mp3").read_bytes()
    path = tmp_path / "junk.mp3"
    path.write_bytes(data[:-8_000] + b"\0" * 700 + data[-8_000:])  # half a second before it
    stretches = open_stretches(open_decoding(path, LIMITS))
    assert stretches is not None
    assert stretches.read((SECONDS - 2) * RATE, (SECONDS - 1) * RATE) is not None
    assert stretches.read((SECONDS - 2) * RATE, SECONDS * RATE) is None
    stretches.close()


def test_tags_after_the_end_of_an_mp3_are_no_junk(made: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "tagged.mp3"
    path.write_bytes(made("cbr mp3").read_bytes() + b"TAG" + b"\xff" * 125)
    stretches = open_stretches(open_decoding(path, LIMITS))
    assert stretches is not None
    assert stretches.read((SECONDS - 2) * RATE, SECONDS * RATE) is not None
    stretches.close()


def test_a_file_that_promises_another_length_than_it_had_is_read_from_its_beginning(
    made: Callable[[str], Path], tmp_path: Path
) -> None:
    twice = tmp_path / "twice.mp3"
    twice.write_bytes(made("cbr mp3").read_bytes() * 2)
    whole, duration_ms = _whole(twice)
    assert duration_ms > 1_900 * SECONDS
    with _sought(twice, duration_ms) as source:
        start = 60 * RATE
        assert np.abs(source.read(start, start + RATE) - whole[start : start + RATE]).max() < 2e-5


def test_values_that_are_no_sound_are_refused(tmp_path: Path) -> None:
    sound = speech_like(2)
    sound[RATE] = np.nan
    path = write(tmp_path / "broken.wav", sound, subtype="FLOAT")
    with _sought(path, 2_000) as source, pytest.raises(BrokenSamples):
        source.read(RATE - 100, RATE + 100)
