"""The standard job: an hour of speech with 300 cuts, intro, outro and ducked music, and its plan.

J60 has 60 minutes and 300 cuts, J180 three hours and 900. A cut takes 1.75 s out of each 12 s.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._material import SENTENCES, music_file, sentence, speech_file
from donecast.core.plan import Bed, Clip, Ducking, LoudnessTarget, OutputFormat, RenderPlan, Track
from donecast.engine.cover import draw_cover
from donecast.engine.tags import ChapterTag, Tags

_EVERY_MS, _CUT_MS = 12_000, 1_750


@dataclass(frozen=True, slots=True)
class Job:
    """A plan, its sources by hash, and the tags of the finished file."""

    plan: RenderPlan
    sources: dict[str, Path]
    tags: Tags


def standard_job(
    folder: Path, minutes: int, *, kind: str = "wav", channels: int = 1, cuts: int | None = None, output: OutputFormat
) -> Job:
    """So many minutes of speech with one cut in each 12 s, or with so many ``cuts`` of the same total length."""
    speech = speech_file(folder, minutes * 60, kind=kind, channels=channels)
    sources = {"music": music_file(folder)}
    for number, name in enumerate(("intro", "outro")):
        sources[name] = folder / f"{name}.wav"
        if not sources[name].exists():
            parts = [sentence(text, "slt", folder) for text in SENTENCES[number * 2 : number * 2 + 2]]
            soundfile.write(sources[name], np.concatenate(parts), 44_100, "PCM_16")
    sources["speech"] = speech
    intro_ms, outro_ms = (_length_ms(sources[name]) for name in ("intro", "outro"))
    count = minutes * 60_000 // _EVERY_MS if cuts is None else cuts
    every_ms = minutes * 60_000 // count
    kept_ms = every_ms - minutes * 60_000 * _CUT_MS // _EVERY_MS // count
    clips = tuple(
        Clip("speech", number * every_ms, number * every_ms + kept_ms, intro_ms + number * kept_ms)
        for number in range(count)
    )
    end_ms = clips[-1].end_ms
    segments = (Clip("intro", 0, intro_ms, 0), Clip("outro", 0, outro_ms, end_ms))
    bed = Bed("music", 0, end_ms + outro_ms, -6.0, ducking=Ducking())
    plan = RenderPlan(
        end_ms + outro_ms,
        (Track("content", clips), Track("segment", segments)),
        (bed,),
        LoudnessTarget(),
        output,
    )
    chapters = tuple(
        ChapterTag(start, min(start + 360_000, plan.duration_ms), f"Part {number + 1}")
        for number, start in enumerate(range(0, plan.duration_ms, 360_000))
    )
    tags = Tags(
        "A long talk", "The Speakers", "The Garden Hour", cover=draw_cover("The Garden Hour"), chapters=chapters
    )
    return Job(plan, sources, tags)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _length_ms(path: Path) -> int:
    return int(soundfile.info(path).frames) * 1000 // 44_100
