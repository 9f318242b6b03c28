"""What programs of others say about a finished file. Each of them runs as a process of its own."""

import base64
import json
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from benchmarks._peers import peers_python
from proofs.format_inputs import run
from proofs.harness import ROOT, ProofFailed
from proofs.tone_map import faults

_SAMPLES_PER_MP3_FRAME = 1152
_SEEK_MS_MAX = 1.0
_LATE_MS_MAX = 1.0
_TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/mp4"}

# mutagen is under the GPL: it is asked in a process of its own and never imported here.
_ASK_MUTAGEN = """
import json, sys, mutagen
file = mutagen.File(sys.argv[1])
tags = file.tags
if sys.argv[1].endswith(".m4a"):
    chapters = [(round(chapter.start * 1000), chapter.title) for chapter in file.chapters]
    title, pictures, extras = tags["\\xa9nam"][0], len(tags["covr"]), None
else:
    frames = sorted(tags.getall("CHAP"), key=lambda frame: frame.start_time)
    chapters = [(frame.start_time, frame.sub_frames["TIT2"].text[0]) for frame in frames]
    title, pictures = tags["TIT2"].text[0], len(tags.getall("APIC"))
    extras = [sum(len(frame.sub_frames.getall(name)) for frame in frames) for name in ("WXXX", "APIC")]
    extras.append(tags.version[1])
print(json.dumps([file.info.length * 1000, chapters, title, pictures, extras]))
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What one program says; None is what it does not show at all. ``frames`` is how many it decodes."""

    by: str
    length_ms: float
    chapters: list[tuple[int, str]] | None = None
    title: str | None = None
    pictures: int | None = None
    more: str = ""
    is_content: bool = True
    frames: int | None = None


def ffprobe_says(path: Path) -> Said:
    """The length from where the sound begins: of MP3, FFmpeg counts what the encoder put before it as well."""
    said = json.loads(
        run("ffprobe", "-v", "error", "-of", "json", "-show_chapters", "-show_format", "-show_streams", str(path))
    )
    form = said["format"]
    start = float(form.get("start_time", 0))
    chapters = [(round(float(one["start_time"]) * 1000), one["tags"]["title"]) for one in said["chapters"]]
    pictures = sum(stream["disposition"]["attached_pic"] for stream in said["streams"])
    return Said(
        "ffprobe",
        1000 * (float(form["duration"]) - start),
        chapters,
        form["tags"]["title"],
        pictures,
        f"{1000 * float(form['duration']):.1f} with {1000 * start:.1f} before the sound" if start else "",
    )


def ffmpeg_says(path: Path, rate: int) -> Said:
    """What it decodes."""
    decode = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-ac", "1", "-f", "s16le", "-"]
    frames = len(subprocess.run(decode, check=True, capture_output=True, timeout=120).stdout) // 2
    return Said("ffmpeg", 1000 * frames / rate, more=f"{frames} frames decoded", frames=frames)


def mutagen_says(path: Path, chapter_pictures: int) -> Said:
    """What the Python library says; chapters of an MP3 must have one link and so many pictures."""
    asked = [peers_python(), "-c", _ASK_MUTAGEN, str(path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise ProofFailed(f"mutagen cannot read {path.name}: {done.stderr[-300:]}")
    length_ms, chapters, title, pictures, extras = json.loads(done.stdout)
    return Said(
        "mutagen",
        length_ms,
        [(start, name) for start, name in chapters],
        title,
        pictures,
        f"ID3v2.{extras[2]}, {extras[0]} link and {extras[1]} pictures in chapters" if extras else "",
        is_content=extras is None or extras[:2] == [1, chapter_pictures],
    )


def mp3val_says(path: Path) -> Said:
    """Counts frames; what of them is sound stands in the Info frame, which mp3val counts among them. No tags."""
    said = run("mp3val", str(path))
    counted = re.search(r"(\d+) MPEG frames", said)
    if counted is None:
        raise ProofFailed(f"mp3val counts no frames: {said}")
    data = path.read_bytes()
    lame = data.index(b"LAME", max(data.find(b"Info"), data.find(b"Xing")))
    delay, padding = data[lame + 21] << 4 | data[lame + 22] >> 4, (data[lame + 22] & 15) << 8 | data[lame + 23]
    frames = (int(counted[1]) - 1) * _SAMPLES_PER_MP3_FRAME - delay - padding
    warnings = said.count("WARNING") + said.count("ERROR")
    return Said("mp3val", frames / 44.1, more=f"{counted[1]} frames, {warnings} warnings", is_content=not warnings)


def chromium_says(paths: Sequence[Path], starts_ms: Sequence[int], rate: int) -> list[Said]:
    """What the audio element and the decoder of Chromium make of the files, served with ranges from loopback.

    A browser shows no chapters; but its audio element must go to where each begins, and the tones must be in place.
    """
    with _served(paths) as url:
        wishes = [f"{url}/{path.name}#{','.join(map(str, starts_ms))}" for path in paths]
        done = subprocess.run(
            ["node", "e2e/sound.mjs", str(rate), *wishes],
            cwd=ROOT / "frontend",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    if done.returncode:
        raise ProofFailed(f"the browser ended with {done.returncode}: {done.stderr[-800:]}")
    return [_of_browser(heard, starts_ms, rate) for heard in json.loads(done.stdout)]


def _of_browser(heard: dict[str, object], starts_ms: Sequence[int], rate: int) -> Said:
    left = np.frombuffer(base64.b64decode(str(heard["left"])), "<f4")[:, None]
    went_to = np.array(heard["wentTo"], dtype=float)
    lost_ms = float(np.abs(went_to - np.array(starts_ms)).max())
    late_ms = faults(left, rate, len(left) // round(0.2 * rate)).lag_ms
    return Said(
        "Chromium",
        1000 * float(str(heard["duration"])),
        more=f"{heard['frames']} frames decoded, {late_ms:+.2f} ms late, went to {len(went_to)} chapters",
        is_content=lost_ms <= _SEEK_MS_MAX and abs(late_ms) <= _LATE_MS_MAX,
        frames=int(str(heard["frames"])),
    )


@contextmanager
def _served(paths: Sequence[Path]) -> Iterator[str]:
    """The files on loopback, with ranges as audio elements ask for them."""
    files = {f"/{path.name}": path for path in paths}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = files.get(self.path)
            data = path.read_bytes() if path else b"<!doctype html><title>Sound</title>"
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if path else None
            first, last = (int(asked[1]), int(asked[2] or len(data) - 1)) if asked else (0, len(data) - 1)
            last = min(last, len(data) - 1)
            self.send_response(206 if asked else 200)
            self.send_header("Content-Type", _TYPES[path.suffix] if path else "text/html")
            self.send_header("Content-Length", str(last - first + 1))
            self.send_header("Accept-Ranges", "bytes")
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.end_headers()
            self.wfile.write(data[first : last + 1])

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
