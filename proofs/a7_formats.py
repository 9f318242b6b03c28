"""Formats: forty kinds of files come in right, and four other programs agree on what goes out as MP3 and as M4A."""

import hashlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from donecast.core.plan import Clip, LoudnessTarget, OutputFormat, RenderPlan, Track, frame_at
from donecast.engine.cover import draw_cover
from donecast.engine.decoding import open_decoding
from donecast.engine.limits import EngineLimits
from donecast.engine.render import render
from donecast.engine.tags import ChapterTag, Tags, write_tags
from proofs.format_inputs import HEAD, KINDS, count_right, try_kind
from proofs.format_witnesses import Said, chromium_says, ffmpeg_says, ffprobe_says, mp3val_says, mutagen_says
from proofs.harness import ProofFailed, folder, table
from proofs.tone_map import faults, tone_map
from tools.environment import Environment

DURATION = "about 2 minutes"
_KINDS_MIN = 25
_OFF_MS_MAX = 30.0
_LATE_MS_MAX = 1.0
_RATE = 44_100
_SLOTS = 64
_DURATION_MS = 12_787
_FRAMES = frame_at(_DURATION_MS, _RATE)
_OUTPUTS = {
    "MP3 CBR": OutputFormat(codec="mp3", bitrate_kbps=128),
    "MP3 VBR": OutputFormat(codec="mp3", vbr_quality=2),
    "M4A": OutputFormat(codec="aac", bitrate_kbps=128),
}
_WITH_PICTURE = "MP3 VBR"
"""Its first chapter has a picture, and so its tag is of the older version."""
_SAID_HEAD = ("file", "by", "length ms", "off ms", "chapters, title, cover", "more", "agrees")
_TAGS = Tags(
    title="Über die Berge",
    artist="Ann Example",
    album="The Long Walk Home",
    date="2026-03-01",
    track=12,
    comment="Notes, with a “quote”.",
    chapters=(
        ChapterTag(0, 4_000, "Hello", url="https://example.com/hello"),
        ChapterTag(4_000, 8_321, "Grüße – 日本"),
        ChapterTag(8_321, _DURATION_MS, "Good-bye"),
    ),
)


def main(arguments: list[str]) -> int:
    """All of it; the argument ``in`` or ``out`` shows one side alone."""
    missing = [program for program in ("ffmpeg", "ffprobe", "mp3val", "chromium", "node") if not shutil.which(program)]
    if missing:
        raise ProofFailed(f"these programs are needed: {', '.join(missing)}")
    with folder() as place:
        kinds = [try_kind(kind, place)[0] for kind in KINDS] if "out" not in arguments else []
        said = _outputs(place) if "in" not in arguments else []
    right, agree = count_right(kinds), count_right(said)
    if kinds:
        print(table(kinds, HEAD), end="\n\n")
    if said:
        print(table(said, _SAID_HEAD))
    farthest = max((abs(float(str(row[3]))) for row in said), default=0.0)
    print(
        f"A7: {right} of {len(kinds)} kinds decoded right; {agree} of {len(said)} readings of {len(_OUTPUTS)} outputs "
        f"agree within {_OFF_MS_MAX:g} ms (farthest {farthest:.1f} ms), to the frame where they decode, and show all "
        f"{len(_TAGS.chapters)} chapters where they show any"
    )
    well = right == len(kinds) and agree == len(said)
    return 0 if well and (right >= _KINDS_MIN or "out" in arguments) else 1


def _outputs(place: Path) -> list[tuple[object, ...]]:
    source = place / "source.wav"
    soundfile.write(source, tone_map(_SLOTS, _RATE, 2), _RATE, "PCM_24")
    made = {name: _produced(source, place, name, output) for name, output in _OUTPUTS.items()}
    Environment().ensure_studio_packages()
    browser = chromium_says(list(made.values()), [chapter.start_ms for chapter in _TAGS.chapters], _RATE)
    rows = []
    for (name, path), heard in zip(made.items(), browser, strict=True):
        readings = [
            ffprobe_says(path),
            ffmpeg_says(path, _RATE),
            mutagen_says(path, int(name == _WITH_PICTURE)),
            heard,
            _our_decoder_says(path),
        ]
        if path.suffix == ".mp3":
            readings.append(mp3val_says(path))
        rows += [_row(name, reading) for reading in readings]
        _require_tones(name, path)
    return rows


def _produced(source: Path, place: Path, name: str, output: OutputFormat) -> Path:
    """The finished file as the line makes it: rendered by a plan, then tagged."""
    key = hashlib.sha256(source.read_bytes()).hexdigest()
    plan = RenderPlan(
        duration_ms=_DURATION_MS,
        tracks=(Track("content", (Clip(key, 0, _DURATION_MS, 0),)),),
        beds=(),
        loudness=LoudnessTarget(),
        output=output,
    )
    ending = "m4a" if output.codec == "aac" else "mp3"
    plain, finished = place / f"plain.{ending}", place / f"{name.replace(' ', '-').lower()}.{ending}"
    render(plan, {key: source}, plain, limits=EngineLimits())
    image = draw_cover("Hello", side_pixels=300) if name == _WITH_PICTURE else None
    first = replace(_TAGS.chapters[0], image=image)
    cover = draw_cover("Formats", side_pixels=600)
    write_tags(plain, finished, replace(_TAGS, cover=cover, chapters=(first, *_TAGS.chapters[1:])))
    return finished


def _row(name: str, said: Said) -> tuple[object, ...]:
    off_ms = said.length_ms - _DURATION_MS
    chapters = [(chapter.start_ms, chapter.title) for chapter in _TAGS.chapters]
    shows = (
        (said.chapters is None or said.chapters == chapters)
        and said.title in {None, _TAGS.title}
        and said.pictures in {None, 1}
    )
    shown = "as written" if shows else f"{said.chapters}, {said.title}, {said.pictures} pictures"
    what = "not its business" if said.chapters is None else shown
    holds = abs(off_ms) <= _OFF_MS_MAX and shows and said.is_content and said.frames in {None, _FRAMES}
    return name, said.by, f"{said.length_ms:.1f}", f"{off_ms:+.1f}", what, said.more, holds


def _our_decoder_says(path: Path) -> Said:
    frames = sum(map(len, open_decoding(path, EngineLimits()).blocks()))
    return Said("our decoder", 1000 * frames / _RATE, more=f"{frames} frames decoded", frames=frames)


def _require_tones(name: str, path: Path) -> None:
    """The finished file must still be the map, at its instants; its loudness is another's matter."""
    sound = np.concatenate(list(open_decoding(path, EngineLimits()).blocks()))
    found = faults(sound, _RATE, _SLOTS - 1)
    if abs(found.lag_ms) > _LATE_MS_MAX or found.wander_ms > _LATE_MS_MAX or found.hertz > 1:
        raise ProofFailed(f"{name} is not the sound that went in: {found}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
