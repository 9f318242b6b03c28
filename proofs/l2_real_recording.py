"""A real recording through the command line: exact length, loudness, true peak by ffmpeg, and a spoken intro."""

import json
import re
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

from donecast.core.likeness import normalised, word_likeness
from donecast.engine.analysis import speech_feed
from donecast.engine.limits import EngineLimits
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from proofs.harness import ProofFailed, folder, sample, table

DURATION = "about 2 minutes"
_LUFS_TOLERANCE = 0.5
_TRUE_PEAK_DBTP_MAX = -1.0
_HEARD_MIN = 0.5


def main(arguments: list[str]) -> int:
    """Produces the multi-minute sample, or the recording that the argument names."""
    recording = Path(arguments[0]) if arguments else sample()
    with folder() as place:
        out = place / "episode.mp3"
        command = [sys.executable, "-m", "donecast.entry.cli", "produce", str(recording), "--template", "Just me"]
        done = subprocess.run(
            [*command, "--show", "The Garden Hour", "--title", "A quiet morning", "--out", str(out), "--json"],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ProofFailed(f"donecast produce ended with {done.returncode}")
        result = json.loads(done.stdout)
        frames, rate = _decoded_frames(out, place / "decoded.wav")
        lufs, peak = loudness_by_ffmpeg(out)
        said, heard, share = _intro_heard(result, place / "decoded.wav", place)
    planned = result["frames"]
    checks: list[tuple[object, ...]] = [
        ("length, frames", planned, frames, planned == frames),
        ("loudness, LUFS", result["target_lufs"], lufs, abs(lufs - result["target_lufs"]) <= _LUFS_TOLERANCE),
        ("true peak, dBTP", f"<= {_TRUE_PEAK_DBTP_MAX}", peak, peak <= _TRUE_PEAK_DBTP_MAX),
        ("intro heard", f">= {_HEARD_MIN:.0%}", f"{share:.0%}", share >= _HEARD_MIN),
    ]
    print(table(checks, ("what", "planned", "measured by ffmpeg", "holds")))
    print(f"intro said:  {said}\nintro heard: {heard}")
    well = all(check[-1] for check in checks)
    print(
        f"L2: {frames} of {planned} frames at {rate} Hz, {lufs} LUFS (target {result['target_lufs']}), "
        f"{peak} dBTP, intro words heard {share:.0%}, {len(result['cuts'])} cuts"
    )
    return 0 if well else 1


def _decoded_frames(mp3: Path, wav: Path) -> tuple[int, int]:
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(mp3), str(wav)], check=True)
    with wave.open(str(wav)) as decoded:
        return decoded.getnframes(), decoded.getframerate()


def loudness_by_ffmpeg(audio: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP."""
    measure = ["ffmpeg", "-nostats", "-i", str(audio), "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(measure, check=True, capture_output=True, text=True).stderr.rpartition("Summary:")[2]
    lufs = re.search(r"I:\s+(-?[\d.]+) LUFS", said)
    peak = re.search(r"Peak:\s+(-?[\d.]+) dBFS", said)
    if lufs is None or peak is None:
        raise ProofFailed("ffmpeg did not say how loud it is")
    return float(lufs[1]), float(peak[1])


def _intro_heard(result: dict[str, Any], wav: Path, place: Path) -> tuple[str, str, float]:
    """What the intro says, what a recogniser hears there, and the share of its words that it hears."""
    intro = result["spoken"][0]
    cut = place / "intro.wav"
    length_ms = intro["end_ms"] - intro["start_ms"]
    start, length = intro["start_ms"] / 1000, length_ms / 1000
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-ss", str(start), "-t", str(length), "-i", str(wav), str(cut)], check=True
    )
    feed = place / "intro-feed.wav"
    speech_feed(cut, feed, limits=EngineLimits())
    words = PocketSphinxTranscriber().transcribe(feed, duration_ms=length_ms).words
    said = [normalised(word) for word in intro["text"].split()]
    heard = [normalised(word.text) for word in words]
    found = sum(1 for word in said if any(word_likeness(word, other) >= 0.8 for other in heard))
    return intro["text"], " ".join(heard), found / len(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
