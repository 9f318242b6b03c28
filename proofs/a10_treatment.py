"""Noise reduction, levelling and de-essing help where they are asked for, and never hurt clean speech."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks._material import SENTENCES, VOICES, sentence, speech_blocks
from donecast.core.plan import Treatment
from donecast.engine.limits import EngineLimits
from donecast.engine.raw_audio import RawAudio
from donecast.engine.sandbox import run_job
from donecast.engine.treatment import treat
from proofs.harness import ProofFailed, folder, sample, table
from proofs.treatment_material import (
    NOISES,
    RATE,
    Sound,
    at_rate,
    integrated_lufs,
    loaded,
    reverberant,
    segmental_snr_db,
    short_term_lufs,
    si_sdr_db,
    spoken,
    with_noise,
)

DURATION = "about 3 minutes"
_SNRS_DB = (20, 10, 5)
_FAINT_SNRS_DB = (60, 50, 40)
_CLEAN_LOSS_DB_MAX = 0.3
_LEVEL_LU_MAX = 2.0
_SOFTER_DB_MIN = 3.0
_OUTSIDE_DB_MIN = 30.0
_PLAIN_DB_MIN = 30.0
_CPU_SECONDS_PER_HOUR_MAX = 60.0
_MEMORY_MIB_MAX = 300.0
_COST_SECONDS = 1_200
_SPEECH_SECONDS = 60
_TURNS = 30
_SAMPLES = ("librivox_sonnet_01.flac", "ljspeech_lj050_0131.flac", "bush_radio_address_2008.flac")
_NOISE, _LEVELS, _SIBILANTS = Treatment(noise_reduction=True), Treatment(levelling=True), Treatment(de_essing=True)


def main(arguments: list[str]) -> int:
    """Runs all parts; with a number as argument, the cost is measured over so many seconds."""
    seconds = int(arguments[0]) if arguments else _COST_SECONDS
    with folder() as place:
        bench = _Bench(place)
        cpu, memory = bench.cost(seconds)  # first, for a process inherits how large its parent ever was
        least, loss = bench.noise()
        bench.human()
        furthest = bench.levelling()
        softer = bench.de_essing()
    for fault in bench.faults:
        print(f"FAILED: {fault}")
    print(
        f"A10: noise reduction gains at least {least:.1f} dB SI-SDR at 20, 10 and 5 dB and costs clean speech "
        f"{loss:.2f} dB; talkers 20 LU apart end within {furthest:.2f} LU short-term; sharp s sounds {softer:.1f} dB "
        f"softer; {cpu:.0f} CPU s an hour, {memory:.0f} MiB, every length exact"
    )
    return 1 if bench.faults else 0


class _Bench:
    """Measures, prints, and gathers what falls short."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.faults: list[str] = []

    def _require(self, holds: bool, fault: str) -> str:
        if not holds:
            self.faults.append(fault)
        return "yes" if holds else "NO"

    def _treated(self, sound: Sound, treatment: Treatment) -> Sound:
        """Raises ProofFailed where the length is not kept."""
        source = RawAudio(self._place / "sound.raw", 1)
        source.append(sound[:, None])
        made = treat(source, self._place / "treated.raw", RATE, treatment, lambda _: None)
        result = made.read(0, made.frames)[:, 0]
        made.close()
        if len(result) != len(sound):
            raise ProofFailed(f"{len(sound)} frames became {len(result)}")
        return result

    def noise(self) -> tuple[float, float]:
        """The least gain in SI-SDR where noise is to be heard, and the most that clean speech loses."""
        rows: list[tuple[object, ...]] = []
        gains: list[float] = []
        losses: list[float] = []
        for voice in VOICES[:3]:
            speech = spoken(voice, _SPEECH_SECONDS, self._place)
            truth = at_rate(speech)
            for kind in NOISES:
                for snr_db in (*_FAINT_SNRS_DB, *_SNRS_DB):
                    noisy = at_rate(with_noise(speech, kind, snr_db))
                    gain, cells = self._compared(truth, noisy)
                    claimed = snr_db in _SNRS_DB
                    (gains if claimed else losses).append(gain if claimed else -gain)
                    holds = gain > 0 if claimed else gain >= -_CLEAN_LOSS_DB_MAX
                    rows.append((voice, kind, snr_db, *cells, self._require(holds, f"{voice}, {kind}, {snr_db} dB")))
            same = np.array_equal(self._treated(truth, _NOISE), truth)
            rows.append((voice, "none", "clean", *[""] * 4, self._require(same, f"{voice} without noise is changed")))
            gain, cells = self._compared(truth, at_rate(reverberant(speech)))
            rows.append((voice, "echo", "T60 0.5 s", *cells, "not claimed"))
        head = ("voice", "noise", "SNR dB", "SI-SDR before", "after", "segmental before", "after", "holds")
        print(table(rows, head))
        print(
            "claimed: better at 20, 10 and 5 dB; at 40 dB and fainter at most 0.3 dB lost; without noise bit by bit\n"
        )
        return min(gains), max(0.0, *losses)

    def _compared(self, truth: Sound, noisy: Sound) -> tuple[float, tuple[str, ...]]:
        treated = self._treated(noisy, _NOISE)
        before, after = si_sdr_db(truth, noisy), si_sdr_db(truth, treated)
        segments = segmental_snr_db(truth, noisy), segmental_snr_db(truth, treated)
        changed = f"{after:.1f}" if not np.array_equal(noisy, treated) else "left alone"
        return after - before, (f"{before:.1f}", changed, f"{segments[0]:.1f}", f"{segments[1]:.1f}")

    def human(self) -> None:
        """Noise on recordings of people, which have some of their own: it counts as speech here."""
        rows: list[tuple[object, ...]] = []
        for name in _SAMPLES:
            try:
                truth = loaded(sample(name))[: 60 * RATE]
            except ProofFailed:
                print(f"{name} is not there and was left out", file=sys.stderr)
                continue
            for kind in NOISES:
                for snr_db in _SNRS_DB:
                    gain, cells = self._compared(truth, with_noise(truth, kind, snr_db, rate=RATE))
                    holds = self._require(gain > 0, f"{name}, {kind}, {snr_db} dB") if snr_db < 20 else "not claimed"
                    rows.append((name.split("_")[0], kind, snr_db, *cells, holds))
        if rows:
            head = ("recording", "noise", "SNR dB", "SI-SDR before", "after", "segmental before", "after", "holds")
            print(table(rows, head) + "\n")

    def levelling(self) -> float:
        """How far apart two windows of 3 s end, at worst, that are as loud as each other before the talkers differ."""
        rows: list[tuple[object, ...]] = []
        furthest = 0.0
        for offsets_db, noise_dbfs in (((0, 10, -10), -66), ((10, -10), -66), ((0, -10), -60), ((0, 10), -60)):
            even, uneven, owners = self._talk(offsets_db, noise_dbfs)
            reference, before = short_term_lufs(even), short_term_lufs(uneven)
            after = short_term_lufs(self._treated(uneven, _LEVELS))
            alone = owners >= 0
            off = after - reference - np.median((after - reference)[alone])
            for talker, offset_db in enumerate(offsets_db):
                own = owners == talker
                worst = float(np.abs(off[own]).max())
                furthest = max(furthest, worst)
                rows.append(
                    (
                        "/".join(f"{one:+d}" for one in offsets_db),
                        f"{offset_db:+d}",
                        int(own.sum()),
                        f"{np.median(before[own]):.1f}",
                        f"{np.median(after[own]):.1f}",
                        f"{worst:.2f}",
                        self._require(worst <= _LEVEL_LU_MAX, f"a talker at {offset_db:+d} dB ends {worst:.2f} LU off"),
                    )
                )
            same = np.array_equal(self._treated(even, _LEVELS), even)
            rows.append(("all even", "", "", "", "", "0.00", self._require(same, "an even talk is changed")))
        head = ("talkers dB", "talker", "windows", "LUFS before", "after", "worst window off LU", "holds")
        print(table(rows, head))
        print("off: each 3 s of one talker, against the same 3 s of the same talk with all talkers even\n")
        return furthest

    def _talk(self, offsets_db: tuple[int, ...], noise_dbfs: float) -> tuple[Sound, Sound, NDArray[np.int64]]:
        """A talk of equally loud people, the same with offsets, and whose each short-term window is, -1 for several."""
        generator = np.random.default_rng(len(offsets_db))
        lines = [[sentence(text, voice, self._place)[:, 0] for text in SENTENCES] for voice in VOICES[:3]]
        lines = [[line * np.float32(10 ** ((-23 - integrated_lufs(line)) / 20)) for line in own] for own in lines]
        even, owners = [], []
        for turn in range(_TURNS):
            talker = turn % len(offsets_db)
            for _ in range(generator.integers(1, 4)):
                line = lines[talker][generator.integers(len(SENTENCES))]
                pause = np.zeros(int(generator.uniform(0.1, 0.8) * RATE), np.float32)
                even += [line, pause]
                owners.append(np.full(len(line) + len(pause), turn))
        speech, turns = np.concatenate(even), np.concatenate(owners)
        gains = 10 ** (np.array(offsets_db)[turns % len(offsets_db)] / 20)
        noise = generator.standard_normal(len(speech)) * 10 ** (noise_dbfs / 20)
        starts = np.arange(len(short_term_lufs(speech))) * (RATE // 10)
        first, last = turns[starts], turns[np.minimum(starts + 3 * RATE, len(turns)) - 1]
        whose = np.where(first == last, first % len(offsets_db), -1)
        return (speech + noise).astype(np.float32), (speech * gains + noise).astype(np.float32), whose

    def de_essing(self) -> float:
        """By how many dB sharp s sounds become softer, at least."""
        rows: list[tuple[object, ...]] = []
        least = np.inf
        for voice in VOICES[:2]:
            speech = at_rate(spoken(voice, _SPEECH_SECONDS, self._place))
            for boost_db in (0, 12, 15):
                sharp, sibilant = _sharpened(speech, boost_db)
                treated = self._treated(sharp, _SIBILANTS)
                softer = float(10 * np.log10(_band_power(sharp, sibilant) / _band_power(treated, sibilant)))
                outside = si_sdr_db(sharp[~sibilant], treated[~sibilant])
                whole = si_sdr_db(sharp, treated)
                plain = boost_db == 0
                holds = outside >= _OUTSIDE_DB_MIN and (whole >= _PLAIN_DB_MIN if plain else softer >= _SOFTER_DB_MIN)
                least = least if plain else min(least, softer)
                verdict = self._require(holds, f"s sounds of {voice} at {boost_db:+d} dB")
                rows.append((voice, f"{boost_db:+d}", f"{softer:.1f}", f"{outside:.0f}", f"{whole:.0f}", verdict))
        head = ("voice", "s sounds dB", "softer by dB", "SI-SDR outside s", "SI-SDR of all", "holds")
        print(table(rows, head))
        print("claimed: sharp ones 3 dB softer or more, all else and ordinary s sounds nearly as they were\n")
        return float(least)

    def cost(self, seconds: int) -> tuple[float, float]:
        """CPU seconds for an hour of one channel, all three parts, and the memory of the whole process in MiB."""
        recording = self._place / "long.wav"
        with soundfile.SoundFile(recording, "w", RATE, 1, "PCM_16") as out:
            for number, block in enumerate(speech_blocks(self._place, seconds, noise_dbfs=-40.0)):
                out.write(block * (1.0 if number % 2 else 0.3))
        limits = EngineLimits()
        rows: list[tuple[object, ...]] = []
        figures = (0.0, 0.0)
        for name, treatment in {
            "noise reduction": _NOISE,
            "levelling": _LEVELS,
            "de-essing": _SIBILANTS,
            "all": Treatment(noise_reduction=True, levelling=True, de_essing=True),
        }.items():
            answer = run_job(
                "proofs.a10_treatment:treat_and_weigh",
                {"path": str(recording), "treatment": asdict(treatment)},
                readable=[recording],
                writable=[self._place],
                deadline_seconds=limits.deadline_seconds,
                scratch=self._place,
            )
            figures = answer["cpu_seconds"] * 3_600 / seconds, answer["kilobytes"] / 1024
            rows.append((name, f"{figures[0]:.1f}", f"{figures[1]:.0f}", answer["changed"]))
        self._require(figures[0] <= _CPU_SECONDS_PER_HOUR_MAX, f"{figures[0]:.0f} CPU seconds an hour")
        self._require(figures[1] <= _MEMORY_MIB_MAX, f"{figures[1]:.0f} MiB")
        print(table(rows, ("treatment", "CPU s an hour", "MiB", "changed")) + "\n")
        return figures


def treat_and_weigh(arguments: Mapping[str, Any], _progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of the proof: treats a file, in a process of its own, and tells what that took."""
    source = RawAudio(Path("sound.raw"), 1)
    with soundfile.SoundFile(arguments["path"]) as file:
        for block in file.blocks(65_536, dtype="float32", always_2d=True):
            source.append(block)
    frames, before = source.frames, getrusage(RUSAGE_SELF)
    made = treat(source, Path("treated.raw"), RATE, Treatment(**arguments["treatment"]), lambda _: None)
    after = getrusage(RUSAGE_SELF)
    if made.frames != frames:
        raise ProofFailed(f"{frames} frames became {made.frames}")
    changed = made is not source
    made.close()
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_seconds": cpu_seconds, "kilobytes": after.ru_maxrss, "changed": changed}


_SIBILANT_HERTZ = (5_000, 9_500)


def _sharpened(speech: Sound, boost_db: float) -> tuple[Sound, NDArray[np.bool_]]:
    """Speech with its s sounds raised, and where they are: where most of the power lies in their band."""
    spectrum = np.fft.rfft(speech)
    hertz = np.fft.rfftfreq(len(speech), 1 / RATE)
    band = np.fft.irfft(spectrum * ((hertz > _SIBILANT_HERTZ[0]) & (hertz < _SIBILANT_HERTZ[1])), len(speech))
    width = RATE // 100
    whole_power, band_power = (np.convolve(np.square(one), np.ones(width) / width, "same") for one in (speech, band))
    sibilant = (band_power > 0.5 * whole_power) & (band_power > 1e-3 * whole_power.max())
    near = np.convolve(sibilant, np.hanning(width), "same") / np.hanning(width).sum()
    amount = np.minimum(2 * near, 1) * (10 ** (boost_db / 20) - 1)
    return (speech + amount * band).astype(np.float32), near > 0


def _band_power(sound: Sound, when: NDArray[np.bool_]) -> float:
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    band = np.fft.irfft(spectrum * ((hertz > _SIBILANT_HERTZ[0]) & (hertz < _SIBILANT_HERTZ[1])), len(sound))
    return float(np.mean(np.square(band[when])))
