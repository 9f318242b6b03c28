"""Sound files for tests, made on the spot: good ones, and ones that people bring by mistake."""

import io
import struct

import numpy as np
import soundfile

RATE = 16_000


def tone(seconds: float, *, rate: int = RATE, container: str = "WAV", subtype: str = "PCM_16") -> bytes:
    """A voice-like hum at a sound level, so that nothing finds it silent."""
    time_s = np.arange(int(seconds * rate)) / rate
    hum = 0.2 * np.sin(2 * np.pi * 220 * time_s) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time_s))
    return encoded(hum, rate=rate, container=container, subtype=subtype)


def encoded(samples: np.ndarray, *, rate: int = RATE, container: str = "WAV", subtype: str = "PCM_16") -> bytes:
    """The samples as a file's bytes."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, subtype, format=container)
    return out.getvalue()


def wav_header(*, rate: int, channels: int, data: bytes, claimed_bytes: int | None = None) -> bytes:
    """A 16-bit WAV that says of itself whatever it is told to."""
    claimed = len(data) if claimed_bytes is None else claimed_bytes
    block = 2 * channels
    form = struct.pack("<HHIIHH", 1, channels, rate, (rate * block) % 2**32, block % 2**16, 16)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", claimed) + data
    return b"RIFF" + struct.pack("<I", (4 + len(chunks)) % 2**32) + b"WAVE" + chunks


def box(name: bytes, content: bytes) -> bytes:
    """A box of an MP4 file."""
    return struct.pack(">I", 8 + len(content)) + name + content


def protected_m4a() -> bytes:
    """The skeleton of a shop's locked audio file: its sample description says ``drms``."""
    entry = box(b"drms", bytes(28))
    described = box(b"stsd", bytes(4) + struct.pack(">I", 1) + entry)
    handler = box(b"hdlr", bytes(8) + b"soun" + bytes(13))
    media = box(b"mdia", handler + box(b"minf", box(b"stbl", described)))
    return box(b"ftyp", b"M4P mp42") + box(b"moov", box(b"trak", media)) + box(b"mdat", bytes(64))
