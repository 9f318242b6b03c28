"""What the ffmpeg program says of a file: an independent witness of length, loudness and true peak."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Frames that come out when a file is decoded gaplessly, loudness and true peak by the ebur128 filter."""

    frames: int
    loudness_lufs: float
    true_peak_dbtp: float


def witness(path: Path, channels: int) -> Witnessed:
    """Asks ffmpeg about a finished file with so many channels. Raises ValueError when it gives no answer."""
    decode = ["ffmpeg", "-v", "warning", "-i", str(path), "-f", "s16le", "-"]
    with subprocess.Popen(decode, stdout=subprocess.PIPE) as process:
        count = 0
        while process.stdout and (data := process.stdout.read(1 << 20)):
            count += len(data)
    measure = ["ffmpeg", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    summary = subprocess.run(measure, check=True, capture_output=True, text=True).stderr.rpartition("Summary:")[2]
    found = [re.search(name + r":\s+(-?[\d.]+|-inf)", summary) for name in ("I", "Peak")]
    if found[0] is None or found[1] is None:
        raise ValueError("ffmpeg did not say how loud it is")
    return Witnessed(count // (2 * channels), float(found[0][1]), float(found[1][1]))
