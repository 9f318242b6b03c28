"""Files that strangers bring, made on the spot: broken, lying, locked, endless, and some that are odd but good."""

import io
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import lameenc
import numpy as np
import soundfile

from donecast.engine import errors
from donecast.engine.errors import EngineRefused
from tests.support import hostile_bytes as raw

_Make = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file, and what must become of it: the error it is refused with, or None; then ``facts`` must hold.

    ``name`` is how the file is called, which may be a lie or an attack of its own. ``slow``: seconds, not milliseconds.
    """

    what: str
    name: str
    make: _Make
    refused: type[EngineRefused] | None = None
    says: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    seconds: tuple[float, float] = (1.9, 2.1)
    slow: bool = False


def _bytes(content: bytes | Callable[[], bytes]) -> _Make:
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content())


def _noise(
    seconds: float, rate: int = 44_100, channels: int = 1
) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    generator = np.random.default_rng(1)
    return (0.1 * generator.normal(size=(round(seconds * rate), channels))).astype(np.float32)


def _by_soundfile(kind: str, subtype: str | None = None, seconds: float = 2, change: float | None = None) -> bytes:
    buffer = io.BytesIO()
    sound = _noise(seconds)
    if change is not None:
        sound[20_000:20_010] = change
    soundfile.write(buffer, sound, 44_100, subtype, format=kind)
    return buffer.getvalue()


def _mp3(seconds: float = 2, rate: int = 44_100, channels: int = 1, sound: bytes | None = None) -> bytes:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(64)
    encoder.set_in_sample_rate(rate)
    encoder.set_channels(channels)
    encoder.silence()
    samples = (_noise(seconds, rate, channels) * 32_767).astype("<i2").tobytes() if sound is None else sound
    return bytes(encoder.encode(samples) + encoder.flush())


def _by_av(ending: str, codec: str, rate: int = 48_000, seconds: float = 2, sound: bool = True) -> bytes:
    buffer = io.BytesIO()
    formats = {"m4a": "ipod", "webm": "webm", "wma": "asf", "aac": "adts", "mkv": "matroska", "mp4": "mp4"}
    samples = _noise(seconds, rate) if sound else np.zeros((round(seconds * rate), 1), np.float32)
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


def _pictures(ending: str = "mp4", codec: str = "mpeg4") -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format={"mkv": "matroska"}.get(ending, ending)) as container:
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def _holed(data: bytes, *, length: int = 1_500, junk: bytes = b"") -> bytes:
    """Random bytes in the middle, in place of what was there or, with ``junk``, between."""
    half = len(data) // 2
    if junk:
        return data[:half] + junk + data[half:]
    return data[:half] + np.random.default_rng(5).bytes(length) + data[half + length :]


def _id3(frames: bytes, *, size: int | None = None) -> bytes:
    number = len(frames) if size is None else size
    return b"ID3\3\0\0" + bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0)) + frames


def _id3_frame(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">I", len(content)) + b"\0\0" + content


def _stream_info(data: bytes, *, at: int, new: bytes) -> bytes:
    """FLAC with other bytes at a place in its STREAMINFO, which begins at byte 8."""
    return data[: 8 + at] + new + data[8 + at + len(new) :]


def _flac_of_nothing(hours: int) -> bytes:
    """Silence at 8 kHz that does not say how long it is."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 8_000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(hours * 6):
            file.write(np.zeros(8_000 * 600, np.int16))
    data = buffer.getvalue()
    return _stream_info(data, at=13, new=bytes([data[21] & 0xF0]) + bytes(4))


def _one_frame_again_and_again(stream: bytes, length: Callable[[bytes, int], int], count: int) -> bytes:
    starts = [0]
    while starts[-1] < len(stream):
        starts.append(starts[-1] + length(stream, starts[-1]))
    middle = len(starts) // 2
    return stream[: starts[4]] + stream[starts[middle] : starts[middle + 1]] * count


def _aac_of_nothing(hours: int) -> bytes:
    stream = _by_av("aac", "aac", rate=8_000, seconds=4, sound=False)
    return _one_frame_again_and_again(
        stream, lambda data, at: (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5, hours * 3_600 * 8
    )


def _mp3_of_nothing(hours: int) -> bytes:
    """MPEG 2.5 at 8 kHz and 8 kbit/s: frames of 72 bytes and 72 ms, each of them empty."""
    frame = b"\xff\xe3\x18\xc4" + bytes(68)
    return frame * (hours * 50_000)


def _sparse(length: int, head: bytes = b"") -> _Make:
    def make(path: Path) -> None:
        path.write_bytes(head)
        os.truncate(path, length)

    return make


def _m4a() -> bytes:
    return _by_av("m4a", "aac")


def _reaching_out(path: Path) -> None:
    """An M4A that says its sound lies in the file beside it."""
    path.with_name("secret.wav").write_bytes(raw.wav(data=raw.tone(2)))
    reference = raw.outside_reference(b"secret.wav")
    path.write_bytes(raw.with_box(_m4a(), [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"], reference))


def _edited_away(media_time: int) -> bytes:
    entry = bytes(4) + struct.pack(">IIiHH", 1, 2_000, media_time, 1, 0)
    return raw.with_box(_m4a(), [b"moov", b"trak", b"edts", b"elst"], entry)


def _nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = raw.box(b"moov", inner)
    return raw.box(b"ftyp", b"M4A \0\0\0\0") + inner


def _linked() -> bytes:
    names = raw.ebml(0x3E83BB, b"/etc/passwd") + raw.ebml(0x3C83AB, b"/etc/passwd")
    edition = raw.ebml(
        0x45B9, raw.ebml(0xB6, raw.ebml(0x73C4, b"\1"), raw.ebml(0x91, b"\0"), raw.ebml(0x6E67, b"u" * 16))
    )
    attached = raw.ebml(
        0x61A7, raw.ebml(0x466E, b"../../x.so"), raw.ebml(0x4660, b"text/plain"), raw.ebml(0x465C, b"!")
    )
    extra = raw.ebml(0x1043A770, edition) + raw.ebml(0x1941A469, attached)
    return raw.matroska(raw.tone(2), extra_info=raw.ebml(0x73A4, b"s" * 16) + names, extra=extra)


def _wma_locked() -> bytes:
    """A Windows Media file whose header has a large picture before it says that it is locked."""
    guid = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    other = bytes(16) + struct.pack("<Q", 9_024) + bytes(9_000)
    objects = other + guid + struct.pack("<Q", 124) + bytes(100)
    head = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
    return head + struct.pack("<QIBB", 30 + len(objects), 2, 1, 2) + objects + bytes(2_000)


def _aiff(
    *, channels: int = 1, frames: int = 88_200, size: int | None = None, rate: bytes = b"\x40\x0e\xac\x44"
) -> bytes:
    common = struct.pack(">hIh", channels, frames, 16) + rate.ljust(10, b"\0")
    sound = bytes(8) + np.frombuffer(raw.tone(2), "<i2").astype(">i2").tobytes()
    chunks = b"COMM" + struct.pack(">I", 18) + common
    chunks += b"SSND" + struct.pack(">I", len(sound) if size is None else size) + sound
    return b"FORM" + struct.pack(">I", 46 + (size or len(sound))) + b"AIFF" + chunks


def _link(to: str) -> _Make:
    def make(path: Path) -> None:
        target = Path(to) if to.startswith("/") else path.with_name(to)
        if not to.startswith("/"):
            target.write_bytes(raw.wav(data=raw.tone(2)))
        path.symlink_to(target)

    return make


_PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
_TAR = b"a.wav".ljust(257, b"\0") + b"ustar\x0000" + bytes(247) + raw.wav(data=raw.tone(1))
_CUT = {"cut_off": True}
_WHOLE = {"cut_off": False}

NOT_AUDIO = [
    HostileFile("nothing at all", "a.mp3", _bytes(b""), errors.EmptyFile, "empty"),
    HostileFile("one byte", "a.mp3", _bytes(b"x"), errors.Damaged, "holds 1 of"),
    HostileFile("zeros", "a.wav", _bytes(bytes(5_000)), errors.Damaged, "nothing but zeros"),
    HostileFile("text", "a.mp3", _bytes(b"Dear diary, nothing happened.\n" * 90), errors.NotAudio, "text"),
    HostileFile("text in UTF-16", "a.mp3", _bytes("Dear diary\n".encode("utf-16")), errors.NotAudio, "text"),
    HostileFile("a web page", "a.mp3", _bytes(b"<!DOCTYPE html><title>502</title>"), errors.NotAudio, "web page"),
    HostileFile("HLS playlist", "a.mp3", _bytes(_PLAYLIST), errors.PlaylistRefused, "playlist"),
    HostileFile("HLS behind a tag", "a.mp3", _bytes(_id3(bytes(30)) + _PLAYLIST), errors.Damaged, "no sound follows"),
    HostileFile(
        "concat script", "a.mp3", _bytes(b"ffconcat version 1.0\nfile '/etc/passwd'\n"), errors.PlaylistRefused, "list"
    ),
    HostileFile("concat, bare", "a.mp3", _bytes(b"file '/etc/passwd'\nfile 'b.wav'\n"), errors.PlaylistRefused, "list"),
    HostileFile("ffmetadata", "a.mp3", _bytes(b";FFMETADATA1\ntitle=x\n[CHAPTER]\n"), errors.NotAudio, "text"),
    HostileFile("SDP", "a.mp3", _bytes(b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"), errors.PlaylistRefused, "playlist"),
    HostileFile("SVG", "a.mp3", _bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), errors.NotAudio, "picture"),
    HostileFile(
        "JPEG named wav", "a.wav", _bytes(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(999)), errors.NotAudio, "picture"
    ),
    HostileFile("ZIP", "a.mp3", _bytes(b"PK\3\4" + bytes(400)), errors.NotAudio, "ZIP"),
    HostileFile("tar", "a.mp3", _bytes(_TAR), errors.NotAudio, "archive"),
    HostileFile("PDF", "a.mp3", _bytes(b"%PDF-1.7\n" + bytes(400)), errors.NotAudio, "PDF"),
    HostileFile("a program", "a.mp3", _bytes(b"\x7fELF\2\1\1" + bytes(400)), errors.NotAudio, "program"),
    HostileFile("noise", "a.mp3", _bytes(bytes(range(7, 256)) * 20), errors.UnknownFormat, "do not know"),
]
WAVS = [
    HostileFile("WAV, header only", "a.wav", _bytes(raw.wav()[:30]), errors.Damaged, "before its sound"),
    HostileFile("WAV without samples", "a.wav", _bytes(raw.wav()), errors.Damaged, "no sound"),
    HostileFile("WAV of 1 Hz", "a.wav", _bytes(raw.wav(rate=1, data=bytes(99))), errors.AbsurdSampleRate, "is 1 Hz"),
    HostileFile(
        "WAV of 4 GHz", "a.wav", _bytes(raw.wav(rate=4_000_000_000, data=bytes(99))), errors.AbsurdSampleRate, "4,000"
    ),
    HostileFile(
        "WAV, 0 channels", "a.wav", _bytes(raw.wav(channels=0, data=bytes(99))), errors.AbsurdChannels, "no channel"
    ),
    HostileFile(
        "WAV, 65535 channels",
        "a.wav",
        _bytes(raw.wav(channels=65_535, data=bytes(999))),
        errors.AbsurdChannels,
        "65,535",
    ),
    HostileFile("WAV, frames of 0 bytes", "a.wav", _bytes(raw.wav(frame_bytes=0, data=raw.tone(2))), facts=_WHOLE),
    HostileFile("WAV, 0 bits", "a.wav", _bytes(raw.wav(bits=0, data=raw.tone(2))), errors.EngineRefused),
    HostileFile("WAV that promises 4 GB", "a.wav", _bytes(raw.wav(data=raw.tone(2), data_size=2**32 - 9)), facts=_CUT),
    HostileFile("WAV cut in half", "a.wav", _bytes(_cut(raw.wav(data=raw.tone(4)), 0.5)), facts=_CUT),
    HostileFile(
        "WAV of 2000 tiny chunks",
        "a.wav",
        _bytes(raw.wav(data=raw.tone(2), before=raw.riff_chunk(b"junk", b"") * 2_000)),
        errors.Damaged,
        "too many parts",
    ),
    HostileFile(
        "WAV with NaN",
        "a.wav",
        lambda p: p.write_bytes(_by_soundfile("WAV", "FLOAT", 2, np.nan)),
        errors.BrokenSamples,
        "valid numbers",
    ),
    HostileFile(
        "WAV with infinity",
        "a.wav",
        lambda p: p.write_bytes(_by_soundfile("WAV", "DOUBLE", 2, -np.inf)),
        errors.BrokenSamples,
        "valid numbers",
    ),
    HostileFile(
        "WAV with 1e30",
        "a.wav",
        lambda p: p.write_bytes(_by_soundfile("WAV", "FLOAT", 2, 1e30)),
        errors.BrokenSamples,
        "valid numbers",
    ),
    HostileFile("silence", "a.wav", _bytes(raw.wav(data=bytes(88_200))), errors.OnlySilence, "only silence"),
    HostileFile("a click of 5 ms", "a.wav", _bytes(raw.wav(data=raw.tone(0.005))), errors.TooShort, "tenth"),
    HostileFile(
        "50 GB, sparse", "a.wav", _sparse(50 * 1024**3, raw.wav(data=raw.tone(1))), errors.FileTooLarge, "2 GB"
    ),
]
TAGGED = [
    HostileFile("ID3 tag alone", "a.mp3", _bytes(_id3(bytes(500))), errors.Damaged, "no sound follows"),
    HostileFile(
        "cover alone", "a.mp3", _bytes(_id3(_id3_frame(b"APIC", b"\0image/jpeg\0\3\0" + bytes(9_000)))),
        errors.Damaged, "no sound follows",
    ),
    HostileFile("ID3 of 256 MB", "a.mp3", lambda p: p.write_bytes(_id3(b"", size=2**28 - 1) + _mp3()),
                errors.Damaged, "no sound follows"),
    HostileFile("ID3 title of 20 MB", "a.mp3",
                lambda p: p.write_bytes(_id3(_id3_frame(b"TIT2", b"\0" + b"x" * 20_000_000)) + _mp3()), facts=_WHOLE),
    HostileFile("two ID3 tags", "a.mp3", lambda p: p.write_bytes(_id3(bytes(400_000)) * 2 + _mp3()), facts=_WHOLE),
]  # fmt: skip
DAMAGED = [
    HostileFile("MP3 cut off", "a.mp3", lambda p: p.write_bytes(_cut(_mp3(4), 0.5)), facts={"codec": "mpeg_layer_iii"}),
    HostileFile("MP3 with a hole", "a.mp3", lambda p: p.write_bytes(_holed(_mp3())), facts=_CUT, seconds=(1.5, 2.1)),
    HostileFile("MP3 with junk of 300 KB inside", "a.mp3",
                lambda p: p.write_bytes(_holed(_mp3(), junk=np.random.default_rng(3).bytes(300_000))), facts=_CUT,
                seconds=(1.5, 2.2)),
    HostileFile("MP3 that turns stereo", "a.mp3", lambda p: p.write_bytes(_mp3(1) + _mp3(1, channels=2) * 20),
                seconds=(20, 23)),
    HostileFile("MP3 that changes its rate", "a.mp3", lambda p: p.write_bytes(_mp3(1) + _mp3(20, rate=22_050)),
                seconds=(20, 22)),
    HostileFile("FLAC cut off", "a.flac", lambda p: p.write_bytes(_cut(_by_soundfile("FLAC", seconds=4), 0.5)), facts=_CUT),
    HostileFile("FLAC with a hole", "a.flac", lambda p: p.write_bytes(_holed(_by_soundfile("FLAC"))), facts=_CUT,
                seconds=(1.7, 2.1)),
    HostileFile("FLAC of 655,350 Hz", "a.flac",
                lambda p: p.write_bytes(_stream_info(_by_soundfile("FLAC"), at=10, new=b"\x9f\xff\x60")),
                errors.EngineRefused),
    HostileFile("FLAC, only its header", "a.flac", lambda p: p.write_bytes(_by_soundfile("FLAC")[:42]),
                errors.Damaged, "no sound"),
    HostileFile("FLAC that promises 2^36 samples", "a.flac",
                lambda p: p.write_bytes(_stream_info(_by_soundfile("FLAC"), at=13, new=b"\xff" * 5)), errors.TooLong, "6 hours"),
    HostileFile("Ogg cut off", "a.ogg", lambda p: p.write_bytes(_cut(_by_soundfile("OGG", "VORBIS", 4), 0.6)), facts=_CUT,
                seconds=(0.5, 4)),
    HostileFile("Ogg, two in a row", "a.ogg", lambda p: p.write_bytes(_by_soundfile("OGG", "VORBIS", 20) * 2), facts=_WHOLE,
                seconds=(39.9, 40.1)),
    HostileFile("AIFF of infinite rate", "a.aiff", _bytes(_aiff(rate=b"\x7f\xff" + b"\x80")), errors.EngineRefused),
    HostileFile("AIFF that promises 2 GB", "a.aiff", _bytes(_aiff(frames=2**30, size=2**31 - 2)), facts=_CUT),
]  # fmt: skip
PHONES = [
    HostileFile("M4P, locked", "a.m4p", _bytes(raw.mp4(b"drms")), errors.CopyProtected, "copy-protected"),
    HostileFile("MP4, locked", "a.mp4", _bytes(raw.mp4(b"enca", inside=raw.box(b"sinf", bytes(20)))),
                errors.CopyProtected, "copy-protected"),
    HostileFile("WMA, locked", "a.wma", _bytes(_wma_locked), errors.CopyProtected, "copy-protected"),
    HostileFile("M4A cut off", "a.m4a", lambda p: p.write_bytes(_cut(_m4a(), 0.7)), errors.Damaged, "index"),
    HostileFile("M4A without a sample", "a.m4a", _bytes(raw.mp4(b"mp4a")), errors.Damaged, "damaged"),
    HostileFile("M4A that takes another file's sound", "a.m4a", _reaching_out, errors.NoAudioInside, "points to another"),
    HostileFile("M4A edited to nothing", "a.m4a", lambda p: p.write_bytes(_edited_away(2**31 - 1)), errors.EngineRefused),
    HostileFile("M4A with an absurd edit", "a.m4a", lambda p: p.write_bytes(_edited_away(-2**31)), errors.EngineRefused),
    HostileFile("MP4 box of 2^64 bytes", "a.mp4",
                _bytes(raw.box(b"ftyp", bytes(8)) + raw.box(b"moov", b"\xff" * 8, size=1)), errors.EngineRefused),
    HostileFile("MP4, 10,000 boxes deep", "a.mp4", _bytes(_nested(10_000)), errors.Damaged, "no sound"),
    HostileFile("MP4 of a million boxes", "a.mp4",
                _bytes(raw.box(b"ftyp", bytes(8)) + raw.box(b"moov", raw.box(b"trak") * 1_000_000)), errors.Damaged),
    HostileFile("video without sound", "a.mp4", lambda p: p.write_bytes(_pictures()), errors.NoAudioInside, "no sound"),
    HostileFile("Matroska without sound", "a.mkv", lambda p: p.write_bytes(_pictures("mkv")), errors.NoAudioInside),
    HostileFile("Matroska that links to files", "a.mka", _bytes(_linked), facts=_WHOLE),
    HostileFile("Matroska, noise", "a.mkv", _bytes(b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 40), errors.Damaged, "damaged"),
]  # fmt: skip
ENDLESS = [
    HostileFile("10 h of nothing, WAV", "a.wav", _sparse(44 + 576_000_000, raw.wav(rate=8_000, data_size=576_000_000)[:44]),
                errors.TooLong, "6 hours"),
    HostileFile("10 h of nothing, FLAC", "a.flac", _bytes(lambda: _flac_of_nothing(10)), errors.TooLong, "6 hours", slow=True),
    HostileFile("10 h of nothing, Opus", "a.opus", _bytes(lambda: raw.opus_of_nothing(10)), errors.TooLong, "6 hours", slow=True),
    HostileFile("10 h of nothing, Opus, lying", "a.opus", _bytes(lambda: raw.opus_of_nothing(10, granule_told=96_000)),
                errors.EngineRefused, slow=True),
    HostileFile("10 h of nothing, MP3", "a.mp3", _bytes(lambda: _mp3_of_nothing(10)), errors.TooLong, "6 hours", slow=True),
    HostileFile("10 h of nothing, AAC", "a.aac", _bytes(lambda: _aac_of_nothing(10)), errors.TooLong, "6 hours", slow=True),
]  # fmt: skip
PLACES = [
    HostileFile("a folder", "a.mp3", lambda p: p.mkdir(), errors.NotAudio, "folder"),
    HostileFile("a pipe", "a.mp3", lambda p: os.mkfifo(p), errors.NotAudio, "pipe"),
    HostileFile("a link to /dev/zero", "a.wav", _link("/dev/zero"), errors.NotAudio, "device"),
    HostileFile("a link to nowhere", "a.wav", _link("/no/such/file"), errors.SourceMissing, "not there"),
    HostileFile("a link to a recording", "a.wav", _link("b.wav"), facts=_WHOLE),
    HostileFile("a name like a command", "-i http:%2e%2e concat:a|b%03d;`id`\n'.wav", _bytes(raw.wav(data=raw.tone(2)))),
]  # fmt: skip
GOOD = [
    HostileFile("good: 8-bit", "a.wav", lambda p: p.write_bytes(_by_soundfile("WAV", "PCM_U8")), facts=_WHOLE),
    HostileFile("good: 24-bit", "a.wav", lambda p: p.write_bytes(_by_soundfile("WAV", "PCM_24")), facts=_WHOLE),
    HostileFile("good: float", "a.wav", lambda p: p.write_bytes(_by_soundfile("WAV", "FLOAT")), facts=_WHOLE),
    HostileFile("good: A-law", "a.wav", lambda p: p.write_bytes(_by_soundfile("WAV", "ALAW")), facts=_WHOLE),
    HostileFile("good: ADPCM", "a.wav", lambda p: p.write_bytes(_by_soundfile("WAV", "IMA_ADPCM")), facts=_WHOLE),
    HostileFile("good: RF64", "a.wav", lambda p: p.write_bytes(_by_soundfile("RF64")), facts=_WHOLE),
    HostileFile("good: Wave64", "a.w64", lambda p: p.write_bytes(_by_soundfile("W64")), facts=_WHOLE),
    HostileFile("good: denormal floats", "a.wav",
                lambda p: p.write_bytes(_by_soundfile("WAV", "FLOAT", 2, 1e-42)), facts=_WHOLE),
    HostileFile("good: far off centre", "a.wav",
                _bytes(raw.wav(data=(np.frombuffer(raw.tone(2), "<i2") + 20_000).astype("<i2").tobytes())), facts=_WHOLE),
    HostileFile("good: MP3 inside WAV", "a.wav", lambda p: p.write_bytes(raw.wav(tag=0x55, bits=0, frame_bytes=1, data=_mp3())),
                seconds=(1.9, 2.2)),
    HostileFile("good: length left open", "a.wav", _bytes(raw.wav(data=raw.tone(2), data_size=2**32 - 1)), facts=_WHOLE),
    HostileFile("good: M4A", "a.m4a", lambda p: p.write_bytes(_m4a()), facts=_WHOLE),
]  # fmt: skip
HOSTILE_FILES = [*NOT_AUDIO, *WAVS, *TAGGED, *DAMAGED, *PHONES, *PLACES, *GOOD, *ENDLESS]
