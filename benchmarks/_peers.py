"""The same work by others' tools, in an environment of their own beside the project's (`.tools/peers`).

pydub joins and mixes in memory and cannot duck, limit or write chapters; what it leaves out is in its favour.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks._episode import Job
from donecast.core.plan import RenderPlan

ROOT = Path(__file__).parents[1]
PACKAGES = ("pydub==0.25.1", "ffmpeg-normalize==1.43.0", "mutagen==1.48.1")


def peers_python() -> str:
    """The Python of the peers' environment, made at first need."""
    home = ROOT / ".tools" / "peers"
    python, stamp = home / "bin" / "python", home / "packages.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(PACKAGES):
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        stamp.write_text("\n".join(PACKAGES))
    return str(python)


def pydub_command(job: Job, out: Path, *, form: str) -> list[str]:
    """pydub's pipeline: ``joined`` (bytes joined once, no crossfade) or ``appended`` (10 ms crossfades)."""
    clips = [[clip.source_start_ms, clip.source_end_ms] for clip in job.plan.tracks[0].clips]
    options = {"sources": {name: str(path) for name, path in job.sources.items()}, "clips": clips, "form": form}
    script = Path(__file__).with_name("_pydub_pipeline.py")
    return [peers_python(), str(script), json.dumps({**options, "out": str(out)})]


def one_graph(plan: RenderPlan, sources: dict[str, Path], out: Path, *, measured: dict[str, Any] | None) -> list[str]:
    """ffmpeg with everything in one filter graph: cuts, intro, outro, ducked music, loudnorm; a pass of two.

    Without ``measured`` the first pass, which only measures.
    """
    clips = plan.tracks[0].clips
    parts, names = [], []
    parts.append(
        f"[0:a]aformat=channel_layouts=stereo,asplit={len(clips)}" + "".join(f"[s{n}]" for n in range(len(clips)))
    )
    for number, clip in enumerate(clips):
        start, end = clip.source_start_ms / 1000, clip.source_end_ms / 1000
        parts.append(f"[s{number}]atrim={start}:{end},asetpts=PTS-STARTPTS[c{number}]")
        names.append(f"[c{number}]")
    for index, name in ((1, "intro"), (2, "outro")):
        parts.append(f"[{index}:a]aformat=channel_layouts=stereo[{name}]")
    parts.append(f"[intro]{''.join(names)}[outro]concat=n={len(clips) + 2}:v=0:a=1,asplit[talk][key]")
    seconds = plan.duration_ms / 1000
    parts.append(f"[3:a]aloop=-1:size=1323000,atrim=0:{seconds},volume=-6dB,afade=out:st={seconds - 3}:d=3[music]")
    parts.append("[music][key]sidechaincompress=threshold=0.02:ratio=4:attack=150:release=800[ducked]")
    loudnorm = "loudnorm=I=-16:TP=-1:LRA=11"
    if measured:
        known = {"input_i": "measured_I", "input_tp": "measured_TP", "input_lra": "measured_LRA"}
        known |= {"input_thresh": "measured_thresh", "target_offset": "offset"}
        loudnorm += "".join(f":{option}={measured[name]}" for name, option in known.items()) + ":linear=true"
    else:
        loudnorm += ":print_format=json"
    parts.append(f"[talk][ducked]amix=normalize=0:duration=first,{loudnorm}[out]")
    graph = out.with_suffix(".graph")
    graph.write_text(";\n".join(parts))
    inputs = [option for name in ("speech", "intro", "outro", "music") for option in ("-i", str(sources[name]))]
    command = ["ffmpeg", "-nostats", "-y", *inputs, "-filter_complex_script", str(graph), "-map", "[out]"]
    if not measured:
        return [*command, "-f", "null", "-"]
    return [*command, "-ar", "44100", "-c:a", "libmp3lame", "-b:a", "128k", str(out)]


def loudnorm_answer(said: str) -> dict[str, Any]:
    """What the first pass of loudnorm measured. Raises ValueError when it said nothing."""
    found = re.findall(r"\{[^{}]*\"input_i\"[^{}]*\}", said)
    if not found:
        raise ValueError("loudnorm did not say what it measured")
    answer: dict[str, Any] = json.loads(found[-1])
    return answer
