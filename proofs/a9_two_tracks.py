"""Two tracks of one talk become one recording: lined up over an hour, equally loud, crosstalk turned down."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks._talk import Line, Recorder, Said, record, talk, voices
from donecast.engine.limits import EngineLimits
from donecast.engine.tracks import JoinedTracks, join_tracks
from proofs.harness import ProofFailed, folder, table
from proofs.l2_real_recording import loudness_by_ffmpeg

DURATION = "about 4 minutes"
_ERROR_MS_MAX = 5.0
_LEVELS_LU_MAX = 1.0
_CROSSTALK_DB_MIN = 10.0
_CUT_DB_MAX = 3.0
_CPU_SECONDS_PER_HOUR_MAX = 40.0
_MEMORY_MIB_MAX = 300.0
_PLACES = 60
_RATE = 44_100

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Case:
    """Two recorders in one talk; the guest's file has its own rate and kind."""

    name: str
    seconds: int
    host: Recorder
    guest: Recorder
    guest_rate: int = _RATE
    guest_kind: str = "wav"


CASES = (
    Case(
        "one hour",
        3_600,
        Recorder(level_db=6, bleed_db=-24, bleed_seconds=0.004),
        Recorder(offset_seconds=9.87, drift_ppm=50, level_db=-8, bleed_db=-26, bleed_seconds=0.0045),
    ),
    Case(
        "loud bleed",
        600,
        Recorder(level_db=-8, bleed_db=-18, bleed_seconds=0.003),
        Recorder(offset_seconds=-10, drift_ppm=-50, level_db=8, bleed_db=-18, bleed_seconds=0.003),
    ),
    Case(
        "faint bleed",
        600,
        Recorder(drift_ppm=20, bleed_db=-30, bleed_seconds=0.009, noise_dbfs=-62),
        Recorder(offset_seconds=3.3, drift_ppm=-15, level_db=4, bleed_db=-30, bleed_seconds=0.009, noise_dbfs=-60),
    ),
    Case(
        "48 kHz stereo MP3",
        600,
        Recorder(offset_seconds=1.5, level_db=2, bleed_db=-20),
        Recorder(drift_ppm=33.3, level_db=-5, bleed_db=-28, bleed_seconds=0.006, channels=2),
        48_000,
        "mp3",
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured in one case, worst values."""

    seconds: int
    error_ms: float
    levels_lu: float
    crosstalk_db: float
    cut_db: float
    cpu_seconds_per_hour: float
    memory_mib: float

    @property
    def holds(self) -> bool:
        """Whether every bound is kept; that on the processor is for an hour, for each job also has to start."""
        return (
            self.error_ms <= _ERROR_MS_MAX
            and self.levels_lu <= _LEVELS_LU_MAX
            and self.crosstalk_db >= _CROSSTALK_DB_MIN
            and self.cut_db <= _CUT_DB_MAX
            and (self.seconds < 3_600 or self.cpu_seconds_per_hour <= _CPU_SECONDS_PER_HOUR_MAX)
            and self.memory_mib <= _MEMORY_MIB_MAX
        )


def main(arguments: list[str]) -> int:
    """Runs all cases, or, with a number of seconds as argument, all of them that short."""
    cases = [replace(case, seconds=int(arguments[0])) for case in CASES] if arguments else CASES
    rows: list[tuple[object, ...]] = []
    found = []
    for case in cases:
        with folder() as place:
            one = _measured(case, place, place)
        found.append(one)
        rows.append((case.name, f"{case.seconds / 60:g} min", *_shown(case), *_figures(one), one.holds))
    head = ("case", "length", "offset s", "drift ppm", "bleed dB", "error ms", "levels LU", "crosstalk dB", "cut dB")
    print(table(rows, (*head, "CPU s/h", "MiB", "holds")))
    print(
        f"bounds: error <= {_ERROR_MS_MAX:g} ms, levels <= {_LEVELS_LU_MAX:g} LU, "
        f"crosstalk >= {_CROSSTALK_DB_MIN:g} dB down, beginnings of lines cut <= {_CUT_DB_MAX:g} dB, "
        f"<= {_CPU_SECONDS_PER_HOUR_MAX:g} CPU seconds for an hour-long talk, <= {_MEMORY_MIB_MAX:g} MiB"
    )
    print(
        f"A9: worst of {len(found)} talks: {max(one.error_ms for one in found):.2f} ms apart, "
        f"{max(one.levels_lu for one in found):.2f} LU between the voices, crosstalk "
        f"{min(one.crosstalk_db for one in found):.1f} dB down; {found[0].cpu_seconds_per_hour:.0f} CPU s an hour, "
        f"{max(one.memory_mib for one in found):.0f} MiB"
    )
    return 0 if all(one.holds for one in found) else 1


def _shown(case: Case) -> tuple[str, ...]:
    drift = ((1 + case.guest.drift_ppm * 1e-6) / (1 + case.host.drift_ppm * 1e-6) - 1) * 1e6
    offset = case.guest.offset_seconds - case.host.offset_seconds
    return f"{offset:+.2f}", f"{drift:+.1f}", f"{case.host.bleed_db:g}/{case.guest.bleed_db:g}"


def _figures(found: Found) -> tuple[str, ...]:
    return (
        f"{found.error_ms:.2f}",
        f"{found.levels_lu:.2f}",
        f"{found.crosstalk_db:.1f}",
        f"{found.cut_db:.1f}",
        f"{found.cpu_seconds_per_hour:.1f}",
        f"{found.memory_mib:.0f}",
    )


def _measured(case: Case, place: Path, material: Path) -> Found:
    lines = [voices(material, speaker, _RATE) for speaker in (0, 1)]
    said = talk(lines, case.seconds, rate=_RATE, seed=case.seconds + len(case.name))
    paths = [
        record(place / "host.wav", said, lines, own=0, recorder=case.host, seconds=case.seconds, rate=_RATE, seed=1),
        _guest(case, place, material, said),
    ]
    before, begun = _cpu_seconds(), time.monotonic()
    joined = join_tracks(paths, place / "joined.flac", limits=EngineLimits(), keep_tracks=True)
    cpu = _cpu_seconds() - before
    print(f"{case.name}: joined in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    proof = _Witness(case, joined, paths, said, lines)
    return Found(
        seconds=case.seconds,
        error_ms=proof.alignment_error_ms(),
        levels_lu=proof.level_difference_lu(place),
        crosstalk_db=min(proof.crosstalk_db(0), proof.crosstalk_db(1)),
        cut_db=max(proof.cut_db(0), proof.cut_db(1)),
        cpu_seconds_per_hour=cpu * 3_600 / case.seconds,
        memory_mib=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    )


def _guest(case: Case, place: Path, material: Path, said: Sequence[Said]) -> Path:
    rate = case.guest_rate
    lines = [voices(material, speaker, rate) for speaker in (0, 1)]
    wav = record(place / "guest.wav", said, lines, own=1, recorder=case.guest, seconds=case.seconds, rate=rate, seed=2)
    if case.guest_kind == "wav":
        return wav
    coded = wav.with_suffix(f".{case.guest_kind}")
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(wav), "-b:a", "128k", str(coded)], check=True)
    return coded


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class _Witness:
    """Knows the truth of a case and looks for it in what was made."""

    def __init__(
        self,
        case: Case,
        joined: JoinedTracks,
        paths: Sequence[Path],
        said: Sequence[Said],
        lines: Sequence[Sequence[Line]],
    ) -> None:
        self._case, self._joined, self._paths, self._said, self._lines = case, joined, paths, said, lines
        self._recorders = (case.host, case.guest)
        self._latest = max(case.host.offset_seconds, case.guest.offset_seconds)
        self._begins = min(0.0, joined.tracks[1].alignment.offset_ms / 1000)

    def alignment_error_ms(self) -> float:
        """How far voices stand from where they belong, at worst, by correlation of lines with the joined file.

        Each line is looked for where it truly belongs. What is common to all lines of the host is the place where the
        joined file begins, and no error; what the guest's differ from it is.
        """
        errors: list[list[float]] = [[], []]
        with soundfile.SoundFile(self._joined.path) as file:
            for speaker in (0, 1):
                own = [
                    one
                    for one in self._said
                    if one.speaker == speaker and one.start_seconds >= self._latest and self._alone(one)
                ]
                for one in own[:: max(1, len(own) // _PLACES)]:
                    errors[speaker].append(self._displacement(file, one))
        host = float(np.median(errors[0]))
        return 1000 * max(abs(error - host) for error in errors[0] + errors[1])

    def _displacement(self, file: soundfile.SoundFile, one: Said) -> float:
        rate, reach = self._joined.sample_rate, 0.05
        line = self._lines[one.speaker][one.line]
        length = int(len(line) / _RATE / one.speed * rate)
        wanted = np.interp(np.arange(length) * (one.speed * _RATE / rate), np.arange(len(line)), line)
        start = round((self._host_clock(one.start_seconds) - self._begins - reach) * rate)
        around = _read(file, start, start + length + 2 * round(reach * rate))
        size = 1 << (len(around) - 1).bit_length()
        correlation = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(wanted, size)), size)
        place = int(np.argmax(correlation[: len(around) - length + 1]))
        return (start + place) / rate + self._begins - self._host_clock(one.start_seconds)

    def level_difference_lu(self, place: Path) -> float:
        """Between the voices in the joined file, each where nobody else speaks, by ffmpeg's meter."""
        loudness = []
        for speaker in (0, 1):
            alone = place / f"alone-{speaker}.wav"
            rate = self._joined.sample_rate
            with (
                soundfile.SoundFile(self._joined.path) as file,
                soundfile.SoundFile(alone, "w", rate, 1, "PCM_24") as out,
            ):
                for start, end in self._only(speaker):
                    at = [round((self._host_clock(t) - self._begins) * rate) for t in (start, end)]
                    out.write(_read(file, *at))
            loudness.append(loudness_by_ffmpeg(alone)[0])
        return abs(loudness[0] - loudness[1])

    def crosstalk_db(self, track: int) -> float:
        """How much quieter the track is where only the other speaks, against its own voice, after and before."""
        return self._own_over_other_db(track, joined=True) - self._own_over_other_db(track, joined=False)

    def _own_over_other_db(self, track: int, *, joined: bool) -> float:
        powers = [_power(self._stretches(track, speaker, joined=joined)) for speaker in (track, 1 - track)]
        return 10 * float(np.log10(powers[0] / powers[1]))

    def _stretches(self, track: int, speaker: int, *, joined: bool) -> Iterator[Sound]:
        with soundfile.SoundFile(self._joined.kept[track] if joined else self._paths[track]) as file:
            for start, end in self._only(speaker):
                at = [self._host_clock(t) - self._begins if joined else self._clock(track, t) for t in (start, end)]
                yield _read(file, round(at[0] * file.samplerate), round(at[1] * file.samplerate))

    def cut_db(self, track: int) -> float:
        """The most that the first 100 ms of any of the speaker's lines lost, against the line's rest."""
        worst = 0.0
        with soundfile.SoundFile(self._joined.kept[track]) as after, soundfile.SoundFile(self._paths[track]) as before:
            for one in self._said:
                if one.speaker == track and one.start_seconds >= self._latest:
                    lost = []
                    for start, end in ((0.0, 0.1), (0.3, 0.8)):
                        instants = (one.start_seconds + start, min(one.start_seconds + end, one.end_seconds))
                        was = [round(self._clock(track, t) * before.samplerate) for t in instants]
                        place = [round((self._host_clock(t) - self._begins) * after.samplerate) for t in instants]
                        lost.append(10 * np.log10(_power([_read(before, *was)]) / _power([_read(after, *place)])))
                    worst = max(worst, float(lost[0] - lost[1]))
        return worst

    def _clock(self, track: int, seconds: float) -> float:
        recorder = self._recorders[track]
        return (seconds - recorder.offset_seconds) * (1 + recorder.drift_ppm * 1e-6)

    def _host_clock(self, seconds: float) -> float:
        return self._clock(0, seconds)

    def _alone(self, one: Said) -> bool:
        return not any(
            other is not one and other.start_seconds < one.end_seconds and one.start_seconds < other.end_seconds
            for other in self._said
        )

    def _only(self, speaker: int) -> list[tuple[float, float]]:
        """Stretches of true time in which this speaker's lines sound and nobody else's."""
        result = []
        for one in self._said:
            if one.speaker != speaker or one.start_seconds < self._latest:
                continue
            start, end = one.start_seconds, one.end_seconds
            for other in self._said:
                if other.speaker != speaker and other.start_seconds < end and start < other.end_seconds:
                    if other.start_seconds > start:
                        end = min(end, other.start_seconds)
                    else:
                        start = max(start, other.end_seconds)
            if start < end:
                result.append((start, end))
        return result


def _read(file: soundfile.SoundFile, start: int, end: int) -> Sound:
    """Frames of a file as one channel; silence outside it."""
    result = np.zeros(end - start, np.float32)
    first, last = max(0, start), min(end, file.frames)
    if first < last:
        file.seek(first)
        result[first - start : last - start] = file.read(last - first, dtype="float32", always_2d=True).mean(axis=1)
    return result


def _power(pieces: Iterator[Sound] | Sequence[Sound]) -> float:
    energy, frames = 0.0, 0
    for piece in pieces:
        energy += float(piece.astype(np.float64) @ piece)
        frames += len(piece)
    if not frames:
        raise ProofFailed("there is no stretch in which one person speaks alone")
    return energy / frames


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
