"""The child's side of `tracks`: outlines, alignment, who speaks; then everything on one clock, levelled and mixed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from donecast.engine.decoding import open_decoding
from donecast.engine.errors import EngineRefused, OnlySilence, TooShort, TracksUnrelated
from donecast.engine.limits import EngineLimits
from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import decibels
from donecast.engine.track_activity import on_one_clock, spans_ms, who_speaks
from donecast.engine.track_alignment import TOGETHER, TrackAlignment, coarse_line, fine_alignment, seen_from_afar
from donecast.engine.track_lags import coarse_lags, fine_lags
from donecast.engine.track_mix import PlacedTrack, TalkMix, Tell
from donecast.engine.track_outline import HOPS_PER_SECOND, Levels, OutlineWriter

_SILENCE_DBFS = -80.0
_OUTLINED_PERCENT, _ALIGNED_PERCENT, _UNPACKED_PERCENT, _MIXED_PERCENT = 30, 40, 75, 99


@dataclass(frozen=True, slots=True)
class _Outlined:
    """A file that was decoded once: its outline on disk, its levels, its rate and length."""

    name: str
    outline: RawAudio
    levels: Levels
    sample_rate: int
    seconds: float


def join(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `tracks.join_tracks`."""
    folder, limits = Path(arguments["folder"]), EngineLimits(**arguments["limits"])
    names, paths = arguments["names"], [Path(path) for path in arguments["paths"]]
    outlined, alignments = _lined_up(paths, names, folder, limits, progress, together=arguments["together"])
    mix = TalkMix([one.sample_rate for one in outlined], [one.seconds for one in outlined], alignments)
    activity = who_speaks(np.stack([on_one_clock(one.levels, mix.hops_of(n)) for n, one in enumerate(outlined)]))
    kept = [folder / f"kept-{number}.flac" for number in range(len(paths))] if arguments["keep_tracks"] else []
    with ExitStack() as sounds:
        placed = []
        for number, (path, name) in enumerate(zip(paths, names, strict=True)):
            tell = _shares(progress, _ALIGNED_PERCENT, _UNPACKED_PERCENT, number, len(paths))
            sound = sounds.enter_context(closing(RawAudio(folder / f"track-{number}", 1)))
            with _named(name):
                placed.append(mix.place(number, open_decoding(path, limits), sound, activity, tell))
        tell = _shares(progress, _UNPACKED_PERCENT, _MIXED_PERCENT, 0, 1)
        mix.write(folder / "joined.flac", placed, kept, tell, stereo=arguments["stereo"])
    duration_ms = mix.frames * 1000 // mix.sample_rate
    spans = sorted((*span, n) for n, flags in enumerate(activity.speaking) for span in spans_ms(flags, duration_ms))
    return {
        "joined": "joined.flac",
        "kept": [path.name for path in kept],
        "sample_rate": mix.sample_rate,
        "frames": mix.frames,
        "spans": spans,
        "tracks": [_facts(*each, spans) for each in zip(range(len(names)), names, alignments, placed, strict=True)],
    }


def _lined_up(
    paths: Sequence[Path],
    names: Sequence[str],
    folder: Path,
    limits: EngineLimits,
    progress: Callable[[int], None],
    *,
    together: bool,
) -> tuple[list[_Outlined], list[TrackAlignment]]:
    """All tracks outlined, and where each stands on the first one's clock; the outlines themselves are gone again."""
    outlined: list[_Outlined] = []
    alignments = [TOGETHER]
    with ExitStack() as outlines:
        for number, (path, name) in enumerate(zip(paths, names, strict=True)):
            tell = _shares(progress, 0, _OUTLINED_PERCENT, number, len(paths))
            outline = outlines.enter_context(closing(RawAudio(folder / f"outline-{number}", 1)))
            with _named(name):
                outlined.append(_outlined(path, name, outline, limits, tell))
        for number, track in enumerate(outlined[1:], 1):
            alignments.append(TOGETHER if together else _aligned(outlined[0], track))
            _shares(progress, _OUTLINED_PERCENT, _ALIGNED_PERCENT, number, len(paths))(1.0)
    return outlined, alignments


def _outlined(path: Path, name: str, outline: RawAudio, limits: EngineLimits, tell: Tell) -> _Outlined:
    decoding = open_decoding(path, limits)
    writer = OutlineWriter(outline, decoding.sample_rate)
    peak = 0.0
    for block in decoding.blocks():
        writer.add(block)
        peak = max(peak, float(np.abs(block).max()))
        tell(decoding.frames / max(decoding.frames_promised or 0, decoding.frames))
    if decoding.frames * 1000 < limits.duration_ms_min * decoding.sample_rate:
        raise TooShort
    if decibels(peak) < _SILENCE_DBFS:
        raise OnlySilence
    levels = writer.close()
    return _Outlined(name, outline, levels, decoding.sample_rate, decoding.frames / decoding.sample_rate)


def _aligned(reference: _Outlined, track: _Outlined) -> TrackAlignment:
    try:
        lags, windows = coarse_lags(reference.outline, track.outline)
        line = coarse_line(lags, windows)
        own = (np.arange(len(track.levels)) + 0.5) / HOPS_PER_SECOND
        heard = on_one_clock(reference.levels, (own + line.lag_seconds + line.slope * own) * HOPS_PER_SECOND - 0.5)
        theirs, ours = who_speaks(np.stack([heard, track.levels])).speaking
        families = [
            fine_lags(reference.outline, track.outline, line, mask) for mask in (theirs & ~ours, ours & ~theirs)
        ]
        return seen_from_afar(fine_alignment(families), lags)
    except TracksUnrelated as error:
        raise TracksUnrelated(
            f"{track.name} and {reference.name} do not seem to belong together: neither voice is heard in the "
            "other's track."
        ) from error


def _facts(
    number: int, name: str, alignment: TrackAlignment, placed: PlacedTrack, spans: Sequence[tuple[int, int, int]]
) -> dict[str, Any]:
    return {
        "name": name,
        "alignment": asdict(alignment),
        "loudness_lufs": _rounded(placed.loudness_lufs),
        "loudness_after_lufs": None
        if placed.loudness_lufs is None
        else _rounded(placed.loudness_lufs + placed.gain_db),
        "gain_db": round(placed.gain_db, 2),
        "speaking_ms": sum(end - start for start, end, track in spans if track == number),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _shares(progress: Callable[[int], None], start: int, end: int, number: int, count: int) -> Tell:
    """Tells the share of the ``number``-th of ``count`` like parts that lie between two percents of the whole."""
    return lambda share: progress(int(start + (end - start) * (number + min(1.0, share)) / count))


@contextmanager
def _named(name: str) -> Iterator[None]:
    """What a file is refused for, with its name in the sentence: there are several here."""
    try:
        yield
    except EngineRefused as error:
        raise type(error)(f"{name}: {error.message}", action=error.action, details=error.details) from error
