"""Intake of an hour from one decoding: far less CPU than ffmpeg's meter alone, little memory, and the same readings."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.intake import HEAD, MEMORY_MINUTES, memory_mib, rounds_of
from donecast.engine.analysis import AudioFacts, analyse
from donecast.engine.limits import EngineLimits
from proofs.harness import folder, table
from proofs.loudness_meters import exact_loudness_lufs, exact_true_peak_dbtp, ffmpeg_meters
from proofs.meter_signals import Signal, Sound, signals

DURATION = "about 15 minutes, on two quiet cores"
_PARTS = ("signals", "speed", "memory")
_TIMES_FASTER_MIN = 3.0
_MEMORY_MIB_MAX = 140.0
_SIGNALS_MIN = 30
_LOUDNESS_LU_MAX = 0.05
_PEAK_DB_MAX = 0.1
_SOURCES = (
    *((kind, channels, 44_100) for kind in ("wav", "mp3", "m4a") for channels in (1, 2)),
    ("wav", 1, 48_000),
)
_MEMORY_SOURCES = (("wav", 1), ("mp3", 1), ("m4a", 1))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One figure of ours, what ffmpeg reads, and what arithmetic says where it says something."""

    ours: float | None
    ffmpeg: float | None
    arithmetic: float | None

    def agrees(self, within: float) -> bool:
        """With ffmpeg."""
        return _near(self.ours, self.ffmpeg, within)

    def is_nearer(self, within: float) -> bool:
        """ffmpeg is not, and arithmetic is, so near."""
        return not _near(self.ffmpeg, self.arithmetic, within) and _near(self.ours, self.arithmetic, within)

    def told(self) -> str:
        return ", ".join(
            f"{name} {figure:.2f}"
            for name, figure in (("ours", self.ours), ("ffmpeg", self.ffmpeg), ("arithmetic", self.arithmetic))
            if figure is not None
        )


def main(arguments: list[str]) -> int:
    """Parts ``signals``, ``speed``, ``memory`` (all when none is named).

    ``--minutes N`` and ``--pairs N`` change the speed's job, ``--folder PATH`` keeps inputs.
    """
    parts = [argument for argument in arguments if argument in _PARTS] or list(_PARTS)
    rest = [argument for argument in arguments if argument not in _PARTS]
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    with folder() as scraps:
        place = Path(options.get("--folder", scraps))
        place.mkdir(parents=True, exist_ok=True)
        found = []
        if "signals" in parts:
            found.append(_readings(place))
        if "speed" in parts:
            found.append(_speed(place, int(options.get("--minutes", 60)), int(options.get("--pairs", 3))))
        if "memory" in parts:
            found.append(_memory(place))
    print(f"A5: {'; '.join(sentence for _, sentence in found)}")
    return 0 if all(well for well, _ in found) else 1


def _readings(place: Path) -> tuple[bool, str]:
    rows: list[tuple[object, ...]] = []
    wrong: list[str] = []
    apart: list[str] = []
    count, loudness_off, peak_off = 0, 0.0, 0.0
    for signal in signals(place):
        count += 1
        facts, loudness, peak = _measured(signal, place)
        missed = [
            f"{wish.fact} {getattr(facts, wish.fact)} for {wish.value}"
            for wish in signal.expected
            if not wish.kept_by(getattr(facts, wish.fact))
        ]
        for reading, within in ((loudness, _LOUDNESS_LU_MAX), (peak, _PEAK_DB_MAX)):
            if not reading.agrees(within):
                (apart if reading.is_nearer(within) else wrong).append(f"{signal.name}: {reading.told()}")
        wrong += [f"{signal.name}: {miss}" for miss in missed]
        loudness_off = max(loudness_off, _off(loudness) if loudness.agrees(_LOUDNESS_LU_MAX) else 0.0)
        peak_off = max(peak_off, _off(peak) if peak.agrees(_PEAK_DB_MAX) else 0.0)
        kept = ", ".join(f"{wish.fact} {wish.value:g}" for wish in signal.expected) or "-"
        rows.append((signal.name, *_cells(loudness), *_cells(peak), kept if not missed else f"MISSED {missed}"))
    head = ("signal", "LUFS", "ffmpeg", "arithmetic", "dBTP", "ffmpeg", "arithmetic", "the document's figures, kept")
    print(table(rows, head))
    for sentence in apart:
        print(f"ffmpeg is off by arithmetic, we are not: {sentence}")
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    said = f"{count} signals, of which {len(wrong)} wrong, loudness within {loudness_off:.3f} LU of ffmpeg's meter and "
    said += f"true peak within {peak_off:.3f} dB, save for {len(apart)} reading(s) that arithmetic decides for ours"
    return not wrong and count >= _SIGNALS_MIN, said


def _measured(signal: Signal, place: Path) -> tuple[AudioFacts, _Reading, _Reading]:
    sound = signal.make()
    path = _written(signal, sound, place)
    facts = analyse(path, place / "intake", limits=EngineLimits()).facts
    theirs = ffmpeg_meters(path)
    # Of a coded file only decoders know the samples, so that arithmetic has nothing of its own to go on.
    coded = signal.kind in {"mp3", "m4a"}
    lufs = None if coded else exact_loudness_lufs(sound, signal.rate)
    dbtp = signal.true_peak_dbtp
    if dbtp is None and not coded:
        dbtp = exact_true_peak_dbtp(sound)
    return (
        facts,
        _Reading(facts.loudness_lufs, theirs.loudness_lufs, lufs),
        _Reading(facts.true_peak_dbtp, theirs.true_peak_dbtp, dbtp),
    )


def _written(signal: Signal, sound: Sound, place: Path) -> Path:
    source = place / "signal.wav"
    soundfile.write(source, sound, signal.rate, "PCM_24" if np.abs(sound).max() < 1 else "FLOAT")
    if signal.kind == "wav":
        return source
    coded = source.with_suffix(f".{signal.kind}")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(source), "-b:a", "128k", str(coded)]
    subprocess.run(command, check=True)
    return coded


def _near(one: float | None, other: float | None, within: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= within


def _off(reading: _Reading) -> float:
    return abs((reading.ours or 0.0) - (reading.ffmpeg or 0.0))


def _cells(reading: _Reading) -> tuple[str, ...]:
    figures = (reading.ours, reading.ffmpeg, reading.arithmetic)
    return tuple("-" if figure is None else f"{figure:.2f}" for figure in figures)


def _speed(place: Path, minutes: int, pairs: int) -> tuple[bool, str]:
    rounds = [rounds_of(place, minutes, kind, channels, rate, pairs) for kind, channels, rate in _SOURCES]
    print(table([each.row() for each in rounds], HEAD))
    for each in rounds:
        if each.times_faster < _TIMES_FASTER_MIN:
            print(
                f"SHORT: {each.source}: {each.times_faster:.2f} x faster than ffmpeg's meter; "
                f"decoding alone, the limit, would be {each.times_at_limit:.2f} x"
            )
    told = ", ".join(f"{each.times_faster:.2f} x ({each.source})" for each in rounds)
    return all(each.times_faster >= _TIMES_FASTER_MIN for each in rounds), f"CPU less than ffmpeg's meter {told}"


def _memory(place: Path) -> tuple[bool, str]:
    peaks = {
        f"{kind}, {channels} channel(s)": [memory_mib(place, minutes, kind, channels) for minutes in MEMORY_MINUTES]
        for kind, channels in _MEMORY_SOURCES
    }
    rows: list[tuple[object, ...]] = [(name, *(f"{peak:.0f}" for peak in found)) for name, found in peaks.items()]
    print(table(rows, ("source", *(f"{minutes} min MiB" for minutes in MEMORY_MINUTES))))
    most = max(peak for found in peaks.values() for peak in found)
    lengths = ", ".join(str(minutes) for minutes in MEMORY_MINUTES)
    return most <= _MEMORY_MIB_MAX, f"{most:.1f} MiB at most, of all processes, at {lengths} minutes; longer is refused"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
