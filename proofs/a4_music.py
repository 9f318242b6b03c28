"""Music is where and as loud as set: ducking, loops of 20 laps, fades, overlaps, read off finished files by ffmpeg."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from donecast.core.plan import Bed, Clip, Ducking, LoudnessTarget, OutputFormat, RenderPlan, Track
from donecast.engine.limits import EngineLimits
from donecast.engine.render import render
from proofs.harness import folder, table
from proofs.loops import LAPS, LOOPS, loop_row
from proofs.overlaps import overlap_row
from proofs.pilot_tone import Envelope, Sound, bursts, decoded, kept, pilot

DURATION = "about 3 minutes"
_DEPTH_ERROR_DB_MAX = 1.0
_TIME_ERROR_MS_MAX = 20.0
_FADE_ERROR_DB_MAX = 0.5
_FADE_ERROR_MS_MAX = 5.0
_TARGET = LoudnessTarget(-18.0, -1.0)
"""Below the product's own, so that no limiter works on speech and pilot together."""
_FINE_KBPS = 256
"""Where a curve is measured or a faint click looked for, so that coding's own noise does not stand for it."""
OUTPUTS = tuple(
    OutputFormat(codec, 128, rate, channels)
    for codec in ("mp3", "aac")
    for rate in (44_100, 48_000)
    for channels in (1, 2)
)
DUCKINGS = (
    Ducking(),
    Ducking(-3.0, 500, 1_000, 2_000),
    Ducking(-6.0, 150, 0, 500),
    Ducking(-12.0, 300, 200, 1_000),
    Ducking(-20.0, 50, 0, 200),
    Ducking(-20.0, 500, 400, 2_000),
    Ducking(-15.0, 50, 600, 200),
    Ducking(-9.0, 75, 250, 650),
)
FADES = ((2_000, 3_000, 9_000), (500, 250, 4_000), (0, 5_000, 7_000), (2_000, 3_000, 1_500))
"""Fade in, fade out and length of the bed in milliseconds; the last is too short for its fades."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Errors:
    """The worst errors of one plan, over its channels and its stretches of speech."""

    decibels: float
    milliseconds: float


def main(arguments: list[str]) -> int:
    """Runs all four tables; arguments such as ``ducking loops`` run those."""
    tables: dict[str, Callable[[Path], tuple[bool, str]]] = {
        "ducking": _ducking,
        "fades": _fades,
        "loops": _loops,
        "overlaps": _overlaps,
    }
    chosen = arguments or list(tables)
    found = []
    for name in chosen:
        with folder() as place:
            found.append(tables[name](place))
    print("A4: " + "; ".join(figure for _, figure in found))
    return 0 if all(well for well, _ in found) else 1


def _shown(output: OutputFormat) -> str:
    return f"{output.codec} {output.sample_rate / 1000:g} {'mono' if output.channels == 1 else 'stereo'}"


def _finished(plan: RenderPlan, sources: dict[str, Path], out: Path) -> Sound:
    """What ffmpeg decodes of a rendered plan; exactly as many frames as planned, else nothing can be compared."""
    render(plan, sources, out, limits=EngineLimits())
    sound = decoded(out, plan.output.channels)
    if len(sound) != plan.frames:
        raise ValueError(f"{len(sound)} frames came out where {plan.frames} were planned")
    return sound


def _ducking(place: Path) -> tuple[bool, str]:
    rows: list[Row] = []
    worst = []
    for ducking, output in zip(DUCKINGS, OUTPUTS, strict=True):
        errors = _ducking_errors(ducking, output, place)
        holds = errors.decibels <= _DEPTH_ERROR_DB_MAX and errors.milliseconds <= _TIME_ERROR_MS_MAX
        settings = (ducking.amount_db, ducking.attack_ms, ducking.hold_ms, ducking.release_ms)
        rows.append((_shown(output), *settings, f"{errors.decibels:.2f}", f"{errors.milliseconds:.1f}", holds))
        worst.append(errors)
    print(table(rows, ("output", "amount dB", "attack ms", "hold", "release", "error dB", "error ms", "holds")))
    depth, late = max(one.decibels for one in worst), max(one.milliseconds for one in worst)
    return all(
        bool(row[-1]) for row in rows
    ), f"ducking within {depth:.2f} dB and {late:.1f} ms of {len(rows)} settings"


def _ducking_errors(ducking: Ducking, output: OutputFormat, place: Path) -> Errors:
    """Two stretches of speech of odd lengths, far enough apart for the music to come back between."""
    rate = output.sample_rate
    first = ducking.attack_ms + 1_003
    back_ms = ducking.hold_ms + ducking.release_ms
    second = first + 700 + back_ms + ducking.attack_ms + 807
    spoken = [(first, first + 700), (second, second + 911)]
    duration_ms = spoken[-1][1] + back_ms + 800
    sources = {
        "talk": kept(place / "talk.wav", bursts(spoken, duration_ms, rate), rate),
        "music": kept(place / "music.wav", pilot(duration_ms / 1000 + 1, rate), rate),
    }
    plan = RenderPlan(
        duration_ms,
        (Track("content", (Clip("talk", 0, duration_ms, 0),)),),
        (Bed("music", 0, duration_ms, -3.0, fade_in_ms=0, fade_out_ms=0, ducking=ducking),),
        _TARGET,
        output,
    )
    sound = _finished(plan, sources, place / "out")
    decibels, milliseconds = [], []
    for channel in range(output.channels):
        envelope = Envelope(sound[:, channel].astype(np.float64), rate)
        for start, end in spoken:
            before = envelope.level_db((start - ducking.attack_ms - 300, start - ducking.attack_ms - 30))
            after = envelope.level_db((end + back_ms + 50, end + back_ms + 350))
            down = envelope.level_db((start + 20, end - 20))
            # Down already in the first and still in the last hundredth of a second of speech.
            held = [envelope.level_db(stretch) for stretch in ((start, start + 10), (end - 10, end))]
            decibels += [level - before - ducking.amount_db for level in (down, *held)] + [after - before]
            attack = envelope.slope((start - ducking.attack_ms - 100, start + 200), before, down)
            release = envelope.slope((end - 100, end + back_ms + 200), down, after)
            milliseconds += [attack.length_ms - ducking.attack_ms, attack.end_ms - start]
            milliseconds += [release.length_ms - ducking.release_ms, release.begin_ms - end - ducking.hold_ms]
    return Errors(*(float(np.abs(errors).max()) for errors in (decibels, milliseconds)))


def _fades(place: Path) -> tuple[bool, str]:
    rows: list[Row] = []
    for number, (fade_in_ms, fade_out_ms, length_ms) in enumerate(FADES):
        for output in (OUTPUTS[number], OUTPUTS[-1 - number]):
            fine = replace(output, bitrate_kbps=_FINE_KBPS)
            errors = _fade_errors(fade_in_ms, fade_out_ms, length_ms, fine, place)
            holds = errors.decibels <= _FADE_ERROR_DB_MAX and errors.milliseconds <= _FADE_ERROR_MS_MAX
            shown = f"{errors.decibels:.2f}", f"{errors.milliseconds:.2f}"
            rows.append((_shown(output), fade_in_ms, fade_out_ms, length_ms, *shown, holds))
    print(table(rows, ("output", "fade in ms", "fade out ms", "bed ms", "error dB", "error ms", "holds")))
    worst = [max(float(str(row[column])) for row in rows) for column in (-3, -2)]
    return all(bool(row[-1]) for row in rows), f"fades within {worst[0]:.2f} dB and {worst[1]:.1f} ms"


def _fade_errors(fade_in_ms: int, fade_out_ms: int, length_ms: int, output: OutputFormat, place: Path) -> Errors:
    rate, start = output.sample_rate, 1_003
    end = start + length_ms
    sources = {"music": kept(place / "music.wav", pilot(length_ms / 1000 + 1, rate), rate)}
    bed = Bed("music", start, end, 0.0, fade_in_ms=fade_in_ms, fade_out_ms=fade_out_ms)
    plan = RenderPlan(end + 1_000, (), (bed,), _TARGET, output)
    sound = _finished(plan, sources, place / "out")
    if fade_in_ms + fade_out_ms > length_ms:  # a short bed keeps the proportion of its fades
        fade_in_ms, fade_out_ms = (part * length_ms // (fade_in_ms + fade_out_ms) for part in (fade_in_ms, fade_out_ms))
    decibels: list[float] = []
    milliseconds: list[float] = []
    for channel in range(output.channels):
        envelope = Envelope(sound[:, channel].astype(np.float64), rate)
        level = (start + fade_in_ms - 5, end - fade_out_ms + 5)
        full = envelope.level_db(level)
        for begin, length, rising in ((start, fade_in_ms, True), (end - fade_out_ms, fade_out_ms, False)):
            if not length:
                continue
            around = (begin - 20, begin + length + 20)
            slope = envelope.cosine_slope(around, full, rising=rising)
            milliseconds += [slope.begin_ms - begin, slope.length_ms - length]
            for part in (0.25, 0.5, 0.75):
                height = np.sin(np.pi / 2 * (part if rising else 1 - part)) ** 2
                decibels.append(envelope.at_db(begin + part * length) - full - 20 * float(np.log10(height)))
        if fade_in_ms + fade_out_ms < length_ms:
            decibels += [envelope.at_db(at) - full for at in (start + fade_in_ms + 20, end - fade_out_ms - 20)]
        silent = [envelope.level_db(stretch) for stretch in ((start - 500, start - 50), (end + 50, end + 500))]
        decibels += [max(level - full + 60, 0.0) for level in silent]  # 60 dB down is silence
    return Errors(*(float(np.abs(errors).max()) for errors in (decibels, milliseconds)))


def _loops(place: Path) -> tuple[bool, str]:
    rows = []
    for number, loop in enumerate(LOOPS):
        output = replace(OUTPUTS[number % len(OUTPUTS)], bitrate_kbps=_FINE_KBPS)
        rows.append(loop_row(loop, output, lambda plan, sources: _finished(plan, sources, place / "out"), place))
    print(table([(_shown(row.output), *row.cells) for row in rows], ("output", *rows[0].heads)))
    worst = max(row.click_db for row in rows)
    dip = max(row.dip_db for row in rows)
    return all(
        row.holds for row in rows
    ), f"{len(rows)} loops of {LAPS} laps: clicks {worst:+.1f} dB, dips {dip:.2f} dB"


def _overlaps(place: Path) -> tuple[bool, str]:
    rows: Sequence[Row] = [
        (_shown(output), *overlap_row(output, lambda plan, sources: _finished(plan, sources, place / "out"), place))
        for output in OUTPUTS
    ]
    print(table(list(rows), ("output", "marks", "overlap ms", "error in samples", "holds")))
    worst = max(float(str(row[-2])) for row in rows)
    return all(bool(row[-1]) for row in rows), f"overlaps within {worst:.2f} samples"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
