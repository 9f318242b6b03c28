"""Sounds in every codec, and ways to break them: what `hostile_files` is made of."""

import io
import os
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import lameenc
import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.support import hostile_bytes as raw

Make = Callable[[Path], object]


def holding(content: bytes | Callable[[], bytes]) -> Make:
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content())


def noise(seconds: float, rate: int = 44_100, channels: int = 1) -> NDArray[np.float32]:
    generator = np.random.default_rng(1)
    return (0.1 * generator.normal(size=(round(seconds * rate), channels))).astype(np.float32)


def by_soundfile(kind: str, subtype: str | None = None, seconds: float = 2, change: float | None = None) -> bytes:
    buffer = io.BytesIO()
    sound = noise(seconds)
    if change is not None:
        sound[20_000:20_010] = change
    soundfile.write(buffer, sound, 44_100, subtype, format=kind)
    return buffer.getvalue()


def mp3(seconds: float = 2, rate: int = 44_100, channels: int = 1, sound: bytes | None = None) -> bytes:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(rate)
    encoder.set_channels(channels)
    encoder.silence()
    samples = (noise(seconds, rate, channels) * 32_767).astype("<i2").tobytes() if sound is None else sound
    return bytes(encoder.encode(samples) + encoder.flush())


def by_av(ending: str, codec: str, rate: int = 48_000, seconds: float = 2, sound: bool = True) -> bytes:
    buffer = io.BytesIO()
    formats = {"m4a": "ipod", "webm": "webm", "wma": "asf", "aac": "adts", "mkv": "matroska", "mp4": "mp4"}
    samples = noise(seconds, rate) if sound else np.zeros((round(seconds * rate), 1), np.float32)
    with av.open(buffer, "w", format=formats[ending]) as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        for start in range(0, len(samples), 960):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[start : start + 960].T), "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def pictures(ending: str = "mp4", codec: str = "mpeg4") -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format={"mkv": "matroska"}.get(ending, ending)) as container:
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def holed(data: bytes, *, length: int = 1_500, junk: bytes = b"") -> bytes:
    """Random bytes in the middle, in place of what was there or, with ``junk``, between."""
    half = len(data) // 2
    if junk:
        return data[:half] + junk + data[half:]
    return data[:half] + np.random.default_rng(5).bytes(length) + data[half + length :]


def id3(frames: bytes, *, size: int | None = None) -> bytes:
    number = len(frames) if size is None else size
    return b"ID3\3\0\0" + bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0)) + frames


def id3_frame(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">I", len(content)) + b"\0\0" + content


def stream_info(data: bytes, *, at: int, new: bytes) -> bytes:
    """FLAC with other bytes at a place in its STREAMINFO, which begins at byte 8."""
    return data[: 8 + at] + new + data[8 + at + len(new) :]


def flac_of_nothing(hours: int) -> bytes:
    """Silence at 8 kHz that does not say how long it is."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 8_000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(hours * 6):
            file.write(np.zeros(8_000 * 600, np.int16))
    data = buffer.getvalue()
    return stream_info(data, at=13, new=bytes([data[21] & 0xF0]) + bytes(4))


def one_frame_again_and_again(stream: bytes, length: Callable[[bytes, int], int], count: int) -> bytes:
    starts = [0]
    while starts[-1] < len(stream):
        starts.append(starts[-1] + length(stream, starts[-1]))
    middle = len(starts) // 2
    return stream[: starts[4]] + stream[starts[middle] : starts[middle + 1]] * count


def aac_of_nothing(hours: int) -> bytes:
    stream = by_av("aac", "aac", rate=8_000, seconds=4, sound=False)
    return one_frame_again_and_again(
        stream, lambda data, at: (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5, hours * 3_600 * 8
    )


def mp3_of_nothing(hours: int) -> bytes:
    """MPEG 2.5 at 8 kHz and 8 kbit/s: frames of 72 bytes and 72 ms, each of them empty."""
    frame = b"\xff\xe3\x18\xc4" + bytes(68)
    return frame * (hours * 50_000)


def sparse(length: int, head: bytes = b"") -> Make:
    def make(path: Path) -> None:
        path.write_bytes(head)
        os.truncate(path, length)

    return make


def m4a() -> bytes:
    return by_av("m4a", "aac")


def reaching_out(path: Path) -> None:
    """An M4A that says its sound lies in the file beside it."""
    path.with_name("secret.wav").write_bytes(raw.wav(data=raw.tone(2)))
    reference = raw.outside_reference(b"secret.wav")
    path.write_bytes(raw.with_box(m4a(), [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"], reference))


def edited_away(media_time: int) -> bytes:
    entry = bytes(4) + struct.pack(">IIiHH", 1, 2_000, media_time, 1, 0)
    return raw.with_box(m4a(), [b"moov", b"trak", b"edts", b"elst"], entry)


def nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = raw.box(b"moov", inner)
    return raw.box(b"ftyp", b"M4A \0\0\0\0") + inner


def linked() -> bytes:
    names = raw.ebml(0x3E83BB, b"/etc/passwd") + raw.ebml(0x3C83AB, b"/etc/passwd")
    edition = raw.ebml(
        0x45B9, raw.ebml(0xB6, raw.ebml(0x73C4, b"\1"), raw.ebml(0x91, b"\0"), raw.ebml(0x6E67, b"u" * 16))
    )
    attached = raw.ebml(
        0x61A7, raw.ebml(0x466E, b"../../x.so"), raw.ebml(0x4660, b"text/plain"), raw.ebml(0x465C, b"!")
    )
    extra = raw.ebml(0x1043A770, edition) + raw.ebml(0x1941A469, attached)
    return raw.matroska(raw.tone(2), extra_info=raw.ebml(0x73A4, b"s" * 16) + names, extra=extra)


def wma_locked() -> bytes:
    """A Windows Media file whose header has a large picture before it says that it is locked."""
    guid = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    other = bytes(16) + struct.pack("<Q", 9_024) + bytes(9_000)
    objects = other + guid + struct.pack("<Q", 124) + bytes(100)
    head = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
    return head + struct.pack("<QIBB", 30 + len(objects), 2, 1, 2) + objects + bytes(2_000)


def aiff(
    *, channels: int = 1, frames: int = 88_200, size: int | None = None, rate: bytes = b"\x40\x0e\xac\x44"
) -> bytes:
    common = struct.pack(">hIh", channels, frames, 16) + rate.ljust(10, b"\0")
    sound = bytes(8) + np.frombuffer(raw.tone(2), "<i2").astype(">i2").tobytes()
    chunks = b"COMM" + struct.pack(">I", 18) + common
    chunks += b"SSND" + struct.pack(">I", len(sound) if size is None else size) + sound
    return b"FORM" + struct.pack(">I", 46 + (size or len(sound))) + b"AIFF" + chunks


def link(to: str) -> Make:
    def make(path: Path) -> None:
        target = Path(to) if to.startswith("/") else path.with_name(to)
        if not to.startswith("/"):
            target.write_bytes(raw.wav(data=raw.tone(2)))
        path.symlink_to(target)

    return make
