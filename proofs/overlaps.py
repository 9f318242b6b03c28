"""Parts of a template that overlap: marks in each of them, looked for in the finished file to the sample."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy.signal import correlate, resample_poly

from donecast.core.assembly import RECORDING, SourceFacts, assemble, to_render_plan
from donecast.core.delivery import Delivery
from donecast.core.plan import OutputFormat, RenderPlan, frame_at
from donecast.core.span import Span
from donecast.core.template import MediaSource, RecordingSource, Segment, Template
from donecast.core.timeline import from_kept
from proofs.pilot_tone import Line, Sound, kept

_ERROR_SAMPLES_MAX = 0.5
_MARK_SECONDS = 0.04
_MARK_HZ = (300, 7_000)
_OVERLAPS_MS = (2_345, 1_001, 3_777)
_INTRO_MS, _RECORDING_MS, _EFFECT_MS, _OUTRO_MS = 6_500, 12_000, 1_777, 5_003
_KEPT = (Span(0, 3_217), Span(4_001, 8_888), Span(9_500, 12_000))

Finish = Callable[[RenderPlan, dict[str, Path]], Sound]


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the template: at which rate, how long, and at which of its milliseconds there is a mark."""

    name: str
    rate: int
    duration_ms: int
    marks_ms: tuple[int, ...]


PARTS = (
    Part("intro", 48_000, _INTRO_MS, (500, 4_300, 5_171, 6_350)),
    Part("recording", 44_100, _RECORDING_MS, (200, 1_333, 2_999, 4_050, 7_007, 8_700, 9_600, 10_101, 11_900)),
    Part("effect", 32_000, _EFFECT_MS, (100, 901, 1_650)),
    Part("outro", 44_100, _OUTRO_MS, (77, 1_500, 3_003, 4_900)),
)


def overlap_row(output: OutputFormat, finish: Finish, place: Path) -> tuple[object, ...]:
    """Marks, overlaps, the worst error in samples, and whether it is none."""
    sources = {part.name: kept(place / f"{part.name}.wav", _sound(part), part.rate) for part in PARTS}
    sound = finish(_plan(output), sources).mean(axis=1).astype(np.float64)
    errors = [
        _found_at(sound, _mark(part, number, output.sample_rate), expected) - expected
        for part in PARTS
        for number, expected in enumerate(_expected(part, output.sample_rate))
    ]
    worst = float(np.abs(errors).max())
    overlaps = "/".join(str(-overlap) for overlap in _OVERLAPS_MS)
    return len(errors), overlaps, f"{worst:.2f}", worst <= _ERROR_SAMPLES_MAX


def _plan(output: OutputFormat) -> RenderPlan:
    segments = (
        Segment("intro", "intro", "Intro", MediaSource("intro")),
        Segment("content", "content", "Talk", RecordingSource(), offset_ms=-_OVERLAPS_MS[0]),
        Segment("effect", "sound_effect", "Effect", MediaSource("effect"), offset_ms=-_OVERLAPS_MS[1]),
        Segment("outro", "outro", "Outro", MediaSource("outro"), offset_ms=-_OVERLAPS_MS[2]),
    )
    facts = {part.name: SourceFacts(part.name, part.duration_ms) for part in PARTS}
    facts[RECORDING] = facts["recording"]
    plan = assemble(Template("Overlapping", segments), from_kept(_RECORDING_MS, _KEPT), facts)
    delivery = Delivery(output.codec, output.bitrate_kbps, sample_rate=output.sample_rate, channels=output.channels)
    return to_render_plan(plan, delivery)


def _expected(part: Part, rate: int) -> list[float]:
    """Where each mark of a part must be, in frames of the finished file; reckoned here, not asked of the plan."""
    talk_ms = _INTRO_MS - _OVERLAPS_MS[0]
    effect_ms = talk_ms + sum(span.duration_ms for span in _KEPT) - _OVERLAPS_MS[1]
    outro_ms = effect_ms + _EFFECT_MS - _OVERLAPS_MS[2]
    if part.name != "recording":
        start_ms = {"intro": 0, "effect": effect_ms, "outro": outro_ms}[part.name]
        return [frame_at(start_ms, rate) + mark * rate / part.rate for mark in _mark_frames(part)]
    places = []
    for mark, mark_ms in zip(_mark_frames(part), part.marks_ms, strict=True):
        before = [span for span in _KEPT if span.start_ms <= mark_ms]
        at_ms = talk_ms + sum(span.duration_ms for span in before[:-1])
        places.append(frame_at(at_ms, rate) - frame_at(before[-1].start_ms, rate) + mark * rate / part.rate)
    return places


def _mark_frames(part: Part) -> list[int]:
    return [mark_ms * part.rate // 1000 for mark_ms in part.marks_ms]


def _sound(part: Part) -> Sound:
    sound = np.zeros((frame_at(part.duration_ms, part.rate), 1), np.float32)
    for number, frame in enumerate(_mark_frames(part)):
        mark = _mark(part, number, part.rate)
        sound[frame : frame + len(mark), 0] += mark
    return sound


def _mark(part: Part, number: int, rate: int) -> Line:
    """Forty milliseconds of noise that no other mark has; at another rate the same sound."""
    frames = round(_MARK_SECONDS * part.rate)
    spectrum = np.fft.rfft(np.random.default_rng([number, *part.name.encode()]).standard_normal(frames))
    hertz = np.fft.rfftfreq(frames, 1 / part.rate)
    spectrum[(hertz < _MARK_HZ[0]) | (hertz > _MARK_HZ[1])] = 0
    mark = np.fft.irfft(spectrum, frames) * np.hanning(frames)
    mark *= 0.2 / np.abs(mark).max()
    ratio = Fraction(rate, part.rate)
    result: Line = mark if ratio == 1 else resample_poly(mark, ratio.numerator, ratio.denominator)
    return result


def _found_at(sound: Line, mark: Line, expected: float) -> float:
    """The place within a tenth of a second where the mark fits best, between frames by a parabola."""
    first = max(round(expected) - 2_205, 0)
    fits = correlate(sound[first : round(expected) + 2_205 + len(mark)], mark, "valid")
    best = int(np.clip(np.argmax(fits), 1, len(fits) - 2))
    before, at, after = fits[best - 1 : best + 2]
    return float(first + best + 0.5 * (before - after) / (before - 2 * at + after))
