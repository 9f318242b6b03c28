"""A talk of several people, as each one's own recorder hears it; what is true about it is known exactly.

Everything is placed straight on each recorder's own clock, sample by sample, so that no resampler of the product has a
hand in it. Each line is spoken a little faster or slower each time, for nobody says the same thing twice the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks._material import SENTENCES, VOICES, sentence

Line = NDArray[np.float32]
"""A spoken line; shape (frames,), at the talk's rate, full scale 1.0."""

_CHUNK_SECONDS = 20
_MUFFLED_TAPS = 9
_ECHO_SECONDS, _ECHO_SHARE = 0.0117, 0.35
_SPEED_SPREAD = 0.06


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the talk: who says which line, from when to when (seconds of true time), how fast, how loud."""

    speaker: int
    line: int
    start_seconds: float
    end_seconds: float
    speed: float
    amplitude: float


@dataclass(frozen=True, slots=True)
class Recorder:
    """One person's recorder. It begins at ``offset_seconds`` of true time and counts ``drift_ppm`` too fast.

    ``level_db`` is the setting of its input; the others' voices arrive ``bleed_db`` quieter (0 or less) and
    ``bleed_seconds`` later than they are in front of their own microphones.
    """

    offset_seconds: float = 0.0
    drift_ppm: float = 0.0
    level_db: float = 0.0
    bleed_db: float = -24.0
    bleed_seconds: float = 0.005
    noise_dbfs: float = -66.0
    channels: int = 1


def voices(folder: Path, speaker: int, rate: int) -> list[Line]:
    """All sentences by one of the local voices, without the silence around them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for text in SENTENCES:
        sound = sentence(text, VOICES[speaker % len(VOICES)], folder, rate)[:, 0]
        heard = np.flatnonzero(np.abs(sound) > 0.003)
        lines.append(sound[heard[0] : heard[-1] + 1])
    return lines


def talk(lines: Sequence[Sequence[Line]], seconds: float, *, rate: int, seed: int) -> list[Said]:
    """Who says what when: turns of one to three lines, short and long pauses, one line in eight into another's."""
    generator = np.random.default_rng(seed)
    said: list[Said] = []
    now, speaker, left_in_turn = 1.0, 0, 2
    while True:
        if left_in_turn == 0:
            speaker = (speaker + int(generator.integers(1, max(2, len(lines))))) % len(lines)
            left_in_turn = int(generator.integers(1, 4))
            if said and generator.uniform() < 0.25:
                now -= float(generator.uniform(0.5, 1.5))
        left_in_turn -= 1
        line = int(generator.integers(len(lines[speaker])))
        speed = float(generator.uniform(1 - _SPEED_SPREAD, 1 + _SPEED_SPREAD))
        end = now + len(lines[speaker][line]) / rate / speed
        if end > seconds - 1:
            return said
        said.append(Said(speaker, line, now, end, speed, float(10 ** (generator.uniform(-3, 3) / 20))))
        now = end + float(generator.uniform(0.15, 1.6))


def record(
    path: Path,
    said: Sequence[Said],
    lines: Sequence[Sequence[Line]],
    *,
    own: int,
    recorder: Recorder,
    seconds: float,
    rate: int,
    seed: int,
) -> Path:
    """What the recorder in front of the speaker ``own`` writes: a WAV file of 16 bits, to ``seconds`` of true time."""
    generator = np.random.default_rng(seed)
    clock = 1 + recorder.drift_ppm * 1e-6
    frames = int((seconds - recorder.offset_seconds) * clock * rate)
    gain, noise = np.float32(10 ** (recorder.level_db / 20)), np.float32(10 ** (recorder.noise_dbfs / 20))
    muffled = [[_muffled(line, rate) for line in speaker] for speaker in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", rate, recorder.channels, "PCM_16", format="WAV") as out:
        for start in range(0, frames, _CHUNK_SECONDS * rate):
            end = min(start + _CHUNK_SECONDS * rate, frames)
            sound = generator.standard_normal(end - start, dtype=np.float32) * noise
            for one in said:
                bleeds = one.speaker != own
                heard = muffled[one.speaker][one.line] if bleeds else lines[one.speaker][one.line]
                loud = one.amplitude * (10 ** (recorder.bleed_db / 20) if bleeds else 1.0)
                late = recorder.bleed_seconds if bleeds else 0.0
                _add(sound, start, heard, one, loud, late, recorder.offset_seconds, clock, rate)
            out.write(np.stack([sound * gain] * recorder.channels, axis=1))
    return path


def _add(
    sound: Line, start: int, heard: Line, one: Said, loud: float, late: float, offset: float, clock: float, rate: int
) -> None:
    """Adds a line where the recorder's clock has it, at exact places between the line's own samples."""
    begins = (one.start_seconds + late - offset) * clock * rate - start
    ends = begins + len(heard) / one.speed * clock
    first, last = max(0, int(np.ceil(begins))), min(len(sound), int(ends))
    if first >= last:
        return
    places = (np.arange(first, last) - begins) * (one.speed / clock)
    sound[first:last] += np.float32(loud) * np.interp(places, np.arange(len(heard)), heard).astype(np.float32)


def _muffled(line: Line, rate: int) -> Line:
    """The line as it sounds at another's microphone: dull, and once more from a wall."""
    taps = np.hanning(_MUFFLED_TAPS + 2)[1:-1]
    dull = np.convolve(line, taps / taps.sum(), "same").astype(np.float32)
    late = round(_ECHO_SECONDS * rate)
    echoed = np.concatenate([dull, np.zeros(late, np.float32)])
    echoed[late:] += np.float32(_ECHO_SHARE) * dull
    return echoed
