"""Files that strangers bring, made on the spot: broken, lying, locked, endless, and some that are odd but good."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from donecast.engine import errors
from donecast.engine.errors import EngineRefused
from tests.support import hostile_bytes as raw
from tests.support import hostile_sounds as sounds
from tests.support.hostile_sounds import Make


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file, and what must become of it: the error it is refused with, or None; then ``facts`` must hold.

    ``name`` is how the file is called, which may be a lie or an attack of its own. ``slow``: seconds, not milliseconds.
    """

    what: str
    name: str
    make: Make
    refused: type[EngineRefused] | None = None
    says: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    seconds: tuple[float, float] = (1.9, 2.1)
    slow: bool = False


_PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
_TAR = b"a.wav".ljust(257, b"\0") + b"ustar\x0000" + bytes(247) + raw.wav(data=raw.tone(1))
_CUT = {"cut_off": True}
_WHOLE = {"cut_off": False}

NOT_AUDIO = [
    HostileFile("nothing at all", "a.mp3", sounds.holding(b""), errors.EmptyFile, "empty"),
    HostileFile("one byte", "a.mp3", sounds.holding(b"x"), errors.Damaged, "it has 1 byte"),
    HostileFile("zeros", "a.wav", sounds.holding(bytes(5_000)), errors.Damaged, "nothing but zeros"),
    HostileFile("text", "a.mp3", sounds.holding(b"Dear diary, nothing happened.\n" * 90), errors.NotAudio, "text"),
    HostileFile("text in UTF-16", "a.mp3", sounds.holding("Dear diary\n".encode("utf-16")), errors.NotAudio, "text"),
    HostileFile(
        "a web page", "a.mp3", sounds.holding(b"<!DOCTYPE html><title>502</title>"), errors.NotAudio, "web page"
    ),
    HostileFile("HLS playlist", "a.mp3", sounds.holding(_PLAYLIST), errors.PlaylistRefused, "playlist"),
    HostileFile(
        "HLS behind a tag",
        "a.mp3",
        sounds.holding(sounds.id3(bytes(30)) + _PLAYLIST),
        errors.Damaged,
        "no sound follows",
    ),
    HostileFile(
        "concat script",
        "a.mp3",
        sounds.holding(b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
        errors.PlaylistRefused,
        "list",
    ),
    HostileFile(
        "concat, bare", "a.mp3", sounds.holding(b"file '/etc/passwd'\nfile 'b.wav'\n"), errors.PlaylistRefused, "list"
    ),
    HostileFile("ffmetadata", "a.mp3", sounds.holding(b";FFMETADATA1\ntitle=x\n[CHAPTER]\n"), errors.NotAudio, "text"),
    HostileFile(
        "SDP", "a.mp3", sounds.holding(b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"), errors.PlaylistRefused, "playlist"
    ),
    HostileFile(
        "SVG", "a.mp3", sounds.holding(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), errors.NotAudio, "picture"
    ),
    HostileFile(
        "JPEG named wav",
        "a.wav",
        sounds.holding(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(999)),
        errors.NotAudio,
        "picture",
    ),
    HostileFile("ZIP", "a.mp3", sounds.holding(b"PK\3\4" + bytes(400)), errors.NotAudio, "ZIP"),
    HostileFile("tar", "a.mp3", sounds.holding(_TAR), errors.NotAudio, "archive"),
    HostileFile("PDF", "a.mp3", sounds.holding(b"%PDF-1.7\n" + bytes(400)), errors.NotAudio, "PDF"),
    HostileFile("a program", "a.mp3", sounds.holding(b"\x7fELF\2\1\1" + bytes(400)), errors.NotAudio, "program"),
    HostileFile("noise", "a.mp3", sounds.holding(bytes(range(7, 256)) * 20), errors.UnknownFormat, "do not know"),
]
WAVS = [
    HostileFile("WAV, header only", "a.wav", sounds.holding(raw.wav()[:30]), errors.Damaged, "before its sound"),
    HostileFile("WAV without samples", "a.wav", sounds.holding(raw.wav()), errors.Damaged, "no sound"),
    HostileFile(
        "WAV of 1 Hz", "a.wav", sounds.holding(raw.wav(rate=1, data=bytes(99))), errors.AbsurdSampleRate, "is 1 Hz"
    ),
    HostileFile(
        "WAV of 4 GHz",
        "a.wav",
        sounds.holding(raw.wav(rate=4_000_000_000, data=bytes(99))),
        errors.AbsurdSampleRate,
        "4,000",
    ),
    HostileFile(
        "WAV, 0 channels",
        "a.wav",
        sounds.holding(raw.wav(channels=0, data=bytes(99))),
        errors.AbsurdChannels,
        "no channel",
    ),
    HostileFile(
        "WAV, 65535 channels",
        "a.wav",
        sounds.holding(raw.wav(channels=65_535, data=bytes(999))),
        errors.AbsurdChannels,
        "65,535",
    ),
    HostileFile(
        "WAV, frames of 0 bytes", "a.wav", sounds.holding(raw.wav(frame_bytes=0, data=raw.tone(2))), facts=_WHOLE
    ),
    HostileFile("WAV, 0 bits", "a.wav", sounds.holding(raw.wav(bits=0, data=raw.tone(2))), errors.EngineRefused),
    HostileFile(
        "WAV that promises 4 GB", "a.wav", sounds.holding(raw.wav(data=raw.tone(2), data_size=2**32 - 9)), facts=_CUT
    ),
    HostileFile("WAV cut in half", "a.wav", sounds.holding(sounds.cut(raw.wav(data=raw.tone(4)), 0.5)), facts=_CUT),
    HostileFile(
        "WAV of 2000 tiny chunks",
        "a.wav",
        sounds.holding(raw.wav(data=raw.tone(2), before=raw.riff_chunk(b"junk", b"") * 2_000)),
        errors.Damaged,
        "too many parts",
    ),
    HostileFile(
        "WAV with NaN",
        "a.wav",
        sounds.holding(lambda: sounds.by_soundfile("WAV", "FLOAT", 2, np.nan)),
        errors.BrokenSamples,
        "valid numbers",
    ),
    HostileFile(
        "WAV with infinity",
        "a.wav",
        sounds.holding(lambda: sounds.by_soundfile("WAV", "DOUBLE", 2, -np.inf)),
        errors.BrokenSamples,
        "valid numbers",
    ),
    HostileFile(
        "WAV with 1e30",
        "a.wav",
        sounds.holding(lambda: sounds.by_soundfile("WAV", "FLOAT", 2, 1e30)),
        errors.BrokenSamples,
        "valid numbers",
    ),
    HostileFile("silence", "a.wav", sounds.holding(raw.wav(data=bytes(88_200))), errors.OnlySilence, "only silence"),
    HostileFile("a click of 5 ms", "a.wav", sounds.holding(raw.wav(data=raw.tone(0.005))), errors.TooShort, "tenth"),
    HostileFile(
        "50 GB, sparse", "a.wav", sounds.sparse(50 * 1024**3, raw.wav(data=raw.tone(1))), errors.FileTooLarge, "2 GB"
    ),
]
TAGGED = [
    HostileFile("ID3 tag alone", "a.mp3", sounds.holding(sounds.id3(bytes(500))), errors.Damaged, "no sound follows"),
    HostileFile(
        "cover alone",
        "a.mp3",
        sounds.holding(sounds.id3(sounds.id3_frame(b"APIC", b"\0image/jpeg\0\3\0" + bytes(9_000)))),
        errors.Damaged,
        "no sound follows",
    ),
    HostileFile(
        "ID3 of 256 MB",
        "a.mp3",
        sounds.holding(lambda: sounds.id3(b"", size=2**28 - 1) + sounds.mp3()),
        errors.Damaged,
        "no sound follows",
    ),
    HostileFile(
        "ID3 title of 20 MB",
        "a.mp3",
        sounds.holding(lambda: sounds.id3(sounds.id3_frame(b"TIT2", b"\0" + b"x" * 20_000_000)) + sounds.mp3()),
        facts=_WHOLE,
    ),
    HostileFile(
        "two ID3 tags", "a.mp3", sounds.holding(lambda: sounds.id3(bytes(400_000)) * 2 + sounds.mp3()), facts=_WHOLE
    ),
]
DAMAGED = [
    HostileFile(
        "MP3 cut off",
        "a.mp3",
        sounds.holding(lambda: sounds.cut(sounds.mp3(4), 0.5)),
        facts={"codec": "mpeg_layer_iii"},
    ),
    HostileFile(
        "MP3 with a hole", "a.mp3", sounds.holding(lambda: sounds.holed(sounds.mp3())), facts=_CUT, seconds=(1.5, 2.1)
    ),
    HostileFile(
        "MP3 with junk of 300 KB inside",
        "a.mp3",
        sounds.holding(lambda: sounds.holed(sounds.mp3(), junk=np.random.default_rng(3).bytes(300_000))),
        facts=_CUT,
        seconds=(1.5, 2.2),
    ),
    HostileFile(
        "MP3 that turns stereo",
        "a.mp3",
        sounds.holding(lambda: sounds.mp3(1) + sounds.mp3(1, channels=2) * 20),
        seconds=(20, 23),
    ),
    HostileFile(
        "MP3 that changes its rate",
        "a.mp3",
        sounds.holding(lambda: sounds.mp3(1) + sounds.mp3(20, rate=22_050)),
        seconds=(20, 22),
    ),
    HostileFile(
        "FLAC cut off",
        "a.flac",
        sounds.holding(lambda: sounds.cut(sounds.by_soundfile("FLAC", seconds=4), 0.5)),
        facts=_CUT,
    ),
    HostileFile(
        "FLAC with a hole",
        "a.flac",
        sounds.holding(lambda: sounds.holed(sounds.by_soundfile("FLAC"))),
        facts=_CUT,
        seconds=(1.7, 2.1),
    ),
    HostileFile(
        "FLAC of 655,350 Hz",
        "a.flac",
        sounds.holding(lambda: sounds.stream_info(sounds.by_soundfile("FLAC"), at=10, new=b"\x9f\xff\x60")),
        errors.EngineRefused,
    ),
    HostileFile(
        "FLAC, only its header",
        "a.flac",
        sounds.holding(lambda: sounds.by_soundfile("FLAC")[:42]),
        errors.Damaged,
        "no sound",
    ),
    HostileFile(
        "FLAC that promises 2^36 samples",
        "a.flac",
        sounds.holding(lambda: sounds.stream_info(sounds.by_soundfile("FLAC"), at=13, new=b"\xff" * 5)),
        errors.TooLong,
        "6 hours",
    ),
    HostileFile(
        "Ogg cut off",
        "a.ogg",
        sounds.holding(lambda: sounds.cut(sounds.by_soundfile("OGG", "VORBIS", 4), 0.6)),
        facts=_CUT,
        seconds=(0.5, 4),
    ),
    HostileFile(
        "Ogg, two in a row",
        "a.ogg",
        sounds.holding(lambda: sounds.by_soundfile("OGG", "VORBIS", 20) * 2),
        facts=_WHOLE,
        seconds=(39.9, 40.1),
    ),
    HostileFile(
        "AIFF of infinite rate", "a.aiff", sounds.holding(sounds.aiff(rate=b"\x7f\xff" + b"\x80")), errors.EngineRefused
    ),
    HostileFile(
        "AIFF that promises 2 GB", "a.aiff", sounds.holding(sounds.aiff(frames=2**30, size=2**31 - 2)), facts=_CUT
    ),
]
PHONES = [
    HostileFile("M4P, locked", "a.m4p", sounds.holding(raw.mp4(b"drms")), errors.CopyProtected, "copy-protected"),
    HostileFile(
        "MP4, locked",
        "a.mp4",
        sounds.holding(raw.mp4(b"enca", inside=raw.box(b"sinf", bytes(20)))),
        errors.CopyProtected,
        "copy-protected",
    ),
    HostileFile("WMA, locked", "a.wma", sounds.holding(sounds.wma_locked), errors.CopyProtected, "copy-protected"),
    HostileFile("M4A cut off", "a.m4a", sounds.holding(lambda: sounds.cut(sounds.m4a(), 0.7)), errors.Damaged, "index"),
    HostileFile("M4A without a sample", "a.m4a", sounds.holding(raw.mp4(b"mp4a")), errors.Damaged, "damaged"),
    HostileFile(
        "M4A that takes another file's sound", "a.m4a", sounds.reaching_out, errors.NoAudioInside, "points to another"
    ),
    HostileFile(
        "M4A edited to nothing", "a.m4a", sounds.holding(lambda: sounds.edited_away(2**31 - 1)), errors.EngineRefused
    ),
    HostileFile(
        "M4A with an absurd edit", "a.m4a", sounds.holding(lambda: sounds.edited_away(-(2**31))), errors.EngineRefused
    ),
    HostileFile(
        "MP4 box of 2^64 bytes",
        "a.mp4",
        sounds.holding(raw.box(b"ftyp", bytes(8)) + raw.box(b"moov", b"\xff" * 8, size=1)),
        errors.EngineRefused,
    ),
    HostileFile("MP4, 10,000 boxes deep", "a.mp4", sounds.holding(sounds.nested(10_000)), errors.Damaged, "no sound"),
    HostileFile(
        "MP4 of a million boxes",
        "a.mp4",
        sounds.holding(raw.box(b"ftyp", bytes(8)) + raw.box(b"moov", raw.box(b"trak") * 1_000_000)),
        errors.Damaged,
    ),
    HostileFile("video without sound", "a.mp4", sounds.holding(sounds.pictures), errors.NoAudioInside, "no sound"),
    HostileFile(
        "Matroska without sound", "a.mkv", sounds.holding(lambda: sounds.pictures("mkv")), errors.NoAudioInside
    ),
    HostileFile("Matroska that links to files", "a.mka", sounds.holding(sounds.linked), facts=_WHOLE),
    HostileFile(
        "Matroska, noise",
        "a.mkv",
        sounds.holding(b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 40),
        errors.Damaged,
        "damaged",
    ),
]
ENDLESS = [
    HostileFile(
        "10 h of nothing, WAV",
        "a.wav",
        sounds.sparse(44 + 576_000_000, raw.wav(rate=8_000, data_size=576_000_000)[:44]),
        errors.TooLong,
        "6 hours",
    ),
    HostileFile(
        "10 h of nothing, FLAC",
        "a.flac",
        sounds.holding(lambda: sounds.flac_of_nothing(10)),
        errors.TooLong,
        "6 hours",
        slow=True,
    ),
    HostileFile(
        "10 h of nothing, Opus",
        "a.opus",
        sounds.holding(lambda: raw.opus_of_nothing(10)),
        errors.TooLong,
        "6 hours",
        slow=True,
    ),
    HostileFile(
        "10 h of nothing, Opus, lying",
        "a.opus",
        sounds.holding(lambda: raw.opus_of_nothing(10, granule_told=96_000)),
        errors.EngineRefused,
        slow=True,
    ),
    HostileFile(
        "10 h of nothing, MP3",
        "a.mp3",
        sounds.holding(lambda: sounds.mp3_of_nothing(10)),
        errors.TooLong,
        "6 hours",
        slow=True,
    ),
    HostileFile(
        "10 h of nothing, AAC",
        "a.aac",
        sounds.holding(lambda: sounds.aac_of_nothing(10)),
        errors.TooLong,
        "6 hours",
        slow=True,
    ),
]
PLACES = [
    HostileFile("a folder", "a.mp3", Path.mkdir, errors.NotAudio, "folder"),
    HostileFile("a pipe", "a.mp3", os.mkfifo, errors.NotAudio, "pipe"),
    HostileFile("a link to /dev/zero", "a.wav", sounds.link("/dev/zero"), errors.NotAudio, "device"),
    HostileFile("a link to nowhere", "a.wav", sounds.link("/no/such/file"), errors.SourceMissing, "not there"),
    HostileFile("a link to a recording", "a.wav", sounds.link("b.wav"), facts=_WHOLE),
    HostileFile(
        "a name like a command", "-i http:%2e%2e concat:a|b%03d;`id`\n'.wav", sounds.holding(raw.wav(data=raw.tone(2)))
    ),
]
GOOD = [
    HostileFile("good: 8-bit", "a.wav", sounds.holding(lambda: sounds.by_soundfile("WAV", "PCM_U8")), facts=_WHOLE),
    HostileFile("good: 24-bit", "a.wav", sounds.holding(lambda: sounds.by_soundfile("WAV", "PCM_24")), facts=_WHOLE),
    HostileFile("good: float", "a.wav", sounds.holding(lambda: sounds.by_soundfile("WAV", "FLOAT")), facts=_WHOLE),
    HostileFile("good: A-law", "a.wav", sounds.holding(lambda: sounds.by_soundfile("WAV", "ALAW")), facts=_WHOLE),
    HostileFile("good: ADPCM", "a.wav", sounds.holding(lambda: sounds.by_soundfile("WAV", "IMA_ADPCM")), facts=_WHOLE),
    HostileFile("good: RF64", "a.wav", sounds.holding(lambda: sounds.by_soundfile("RF64")), facts=_WHOLE),
    HostileFile("good: Wave64", "a.w64", sounds.holding(lambda: sounds.by_soundfile("W64")), facts=_WHOLE),
    HostileFile(
        "good: denormal floats",
        "a.wav",
        sounds.holding(lambda: sounds.by_soundfile("WAV", "FLOAT", 2, 1e-42)),
        facts=_WHOLE,
    ),
    HostileFile(
        "good: far off centre",
        "a.wav",
        sounds.holding(raw.wav(data=(np.frombuffer(raw.tone(2), "<i2") + 20_000).astype("<i2").tobytes())),
        facts=_WHOLE,
    ),
    HostileFile(
        "good: MP3 inside WAV",
        "a.wav",
        sounds.holding(lambda: raw.wav(tag=0x55, bits=0, frame_bytes=1, data=sounds.mp3())),
        seconds=(1.9, 2.2),
    ),
    HostileFile(
        "good: length left open", "a.wav", sounds.holding(raw.wav(data=raw.tone(2), data_size=2**32 - 1)), facts=_WHOLE
    ),
    HostileFile("good: M4A", "a.m4a", sounds.holding(sounds.m4a), facts=_WHOLE),
]
HOSTILE_FILES = [*NOT_AUDIO, *WAVS, *TAGGED, *DAMAGED, *PHONES, *PLACES, *GOOD, *ENDLESS]
