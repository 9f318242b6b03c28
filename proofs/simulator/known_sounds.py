"""What the engine made of a sound once, it is not asked to make again: the same question has the same answer.

The first question of each kind goes to the real engine; so a seed takes a second and not a minute.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from donecast.core.assembly import HOUSE_MUSIC
from donecast.core.plan import RenderPlan
from donecast.core.span import Span
from donecast.engine.analysis import Analysis
from donecast.engine.analysis import analyse as really_analyse
from donecast.engine.analysis import speech_feed as really_make_a_feed
from donecast.engine.music_bed import synthesise_music_bed as really_make_music
from donecast.engine.render import RenderResult
from donecast.engine.render import render as really_render
from donecast.episodes import spoken_clips
from donecast.episodes import steps as episode_steps
from donecast.recordings import examination
from donecast.shows import service as shows
from donecast.speech.voice_activity import pauses as really_listen
from donecast.transcripts import steps as transcript_steps
from proofs.simulator.fate import Fate

Progress = Callable[[float], None]
_analyses: dict[str, tuple[Analysis, dict[str, bytes]]] = {}
_feeds: dict[str, bytes] = {}
_pauses: dict[str, tuple[Span, ...]] = {}
_music: dict[str, bytes] = {}
_renders: dict[str, tuple[RenderResult, bytes]] = {}


@contextmanager
def known_sounds(fate: Fate) -> Iterator[None]:
    """The engine's questions pass by fate, and are answered from memory where they can be."""

    def analyse(path: Path, folder: Path, **more: Any) -> Analysis:
        fate.at("engine analyses")
        folder.mkdir(parents=True, exist_ok=True)
        key = _digest(path)
        if key not in _analyses:
            with fate.asleep(), tempfile.TemporaryDirectory() as scratch:
                found = really_analyse(path, Path(scratch), limits=more["limits"])
                files = [*found.peaks.values(), found.feed]
                _analyses[key] = found, {file.name: file.read_bytes() for file in files}
        found, contents = _analyses[key]
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        peaks = {per_second: folder / file.name for per_second, file in found.peaks.items()}
        return Analysis(found.facts, peaks, folder / found.feed.name)

    def speech_feed(path: Path, out: Path, **more: Any) -> Path:
        fate.at("engine makes a feed")
        key = _digest(path)
        if key not in _feeds:
            with fate.asleep():
                really_make_a_feed(path, out, limits=more["limits"])
            _feeds[key] = out.read_bytes()
        out.write_bytes(_feeds[key])
        return out

    def pauses(feed: Path, **_more: Any) -> tuple[Span, ...]:
        fate.at("engine listens for pauses")
        key = _digest(feed)
        if key not in _pauses:
            with fate.asleep():
                _pauses[key] = really_listen(feed)
        return _pauses[key]

    def render(
        plan: RenderPlan, sources: Mapping[str, Path], out: Path, *, on_progress: Progress, **more: Any
    ) -> RenderResult:
        fate.at("engine renders")
        on_progress(50)
        if plan.digest not in _renders:
            with fate.asleep():
                _renders[plan.digest] = really_render(plan, sources, out, limits=more["limits"]), out.read_bytes()
        result, content = _renders[plan.digest]
        out.write_bytes(content)
        fate.at("engine has rendered")
        on_progress(100)
        return result

    places: tuple[tuple[Any, str, Any, Any], ...] = (
        (examination, "analyse", analyse, really_analyse),
        (spoken_clips, "analyse", analyse, really_analyse),
        (shows, "analyse", analyse, really_analyse),
        (transcript_steps, "speech_feed", speech_feed, really_make_a_feed),
        (transcript_steps, "pauses", pauses, really_listen),
        (episode_steps, "render", render, really_render),
    )
    for module, name, stand_in, _ in places:
        setattr(module, name, stand_in)
    house_sounds: Any = shows._HOUSE_SOUNDS
    house_sounds[HOUSE_MUSIC] = _known_music(fate)
    try:
        yield
    finally:
        house_sounds[HOUSE_MUSIC] = really_make_music
        for module, name, _, real in places:
            setattr(module, name, real)


def _known_music(fate: Fate) -> Callable[[Path], Path]:
    def synthesise(out: Path) -> Path:
        fate.at("engine makes music")
        if "music" not in _music:
            with fate.asleep():
                really_make_music(out)
            _music["music"] = out.read_bytes()
        out.write_bytes(_music["music"])
        return out

    return synthesise


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
