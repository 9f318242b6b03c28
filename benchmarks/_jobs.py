"""What the benchmarks run as commands of their own: ``python -m benchmarks._jobs NAME FOLDER OPTIONS``.

OPTIONS is JSON. Each job prints one JSON document. What is measured says how long it took itself, so that the start of
Python and its libraries counts for nobody; the process that a render starts for itself counts.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import av
import lameenc
import numpy as np
import soundfile

from benchmarks._episode import Job, digest_of, standard_job
from donecast.core.loudness import amplitude_of
from donecast.core.plan import OutputFormat
from donecast.engine.limiter import Level, Limiter
from donecast.engine.limits import EngineLimits
from donecast.engine.mix import mix_down
from donecast.engine.mix_levels import levels_of, solved_gain
from donecast.engine.mp3 import codec_headroom_db, encoding_gain
from donecast.engine.raw_audio import blocks_of
from donecast.engine.render import render
from donecast.engine.tags import write_tags

_BLOCK_FRAMES = 65_536
_QUALITY = 3


class Stopwatch:
    """Wall and processor seconds of what is done within, with those of processes that it starts and waits for."""

    def __enter__(self) -> Self:
        self._begin = os.times()
        return self

    def __exit__(self, *_: object) -> None:
        self._end = os.times()

    def figures(self) -> dict[str, float]:
        """``wall_s`` and ``cpu_s``, to a hundredth of a second."""
        wall = self._end.elapsed - self._begin.elapsed
        return {"wall_s": round(wall, 2), "cpu_s": round(sum(self._end[:4]) - sum(self._begin[:4]), 2)}


def job_of(folder: Path, options: dict[str, Any]) -> Job:
    """The standard job that the options describe."""
    output = OutputFormat(**options.get("output", {}))
    return standard_job(
        folder,
        options["minutes"],
        kind=options.get("kind", "wav"),
        channels=options.get("channels", 1),
        cuts=options.get("cuts"),
        output=output,
    )


def ours(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """The standard job as the product does it: rendered in its confined process, then tagged."""
    job = job_of(folder, options)
    out = folder / options["out"]
    with Stopwatch() as watch:
        result = render(job.plan, job.sources, out, limits=EngineLimits())
        write_tags(out, out, job.tags)
    return {
        **watch.figures(),
        "planned_frames": job.plan.frames,
        "frames": result.frames,
        "loudness_lufs": result.loudness_lufs,
        "true_peak_dbtp": result.true_peak_dbtp,
        "sha256": digest_of(out),
    }


def rendered(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """The standard job rendered and not tagged."""
    job, out = job_of(folder, options), folder / "rendered.mp3"
    render(job.plan, job.sources, out, limits=EngineLimits())
    return {"sha256": digest_of(out)}


def limit(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """The physical limit: one thread decodes the source to nothing and encodes the finished sound with LAME."""
    job = job_of(folder, options)
    with Stopwatch() as watch:
        decoded = _decode_to_nothing(job.sources["speech"])
        _encode(folder / options["finished"], folder / options["out"], job.plan.output.bitrate_kbps)
    return {**watch.figures(), "decoded_frames": decoded}


def _encode(path: Path, out: Path, bitrate_kbps: int) -> None:
    encoder = lameenc.Encoder()
    encoder.silence()
    with soundfile.SoundFile(path) as file, out.open("wb") as coded:
        encoder.set_in_sample_rate(file.samplerate)
        encoder.set_out_sample_rate(file.samplerate)
        encoder.set_channels(file.channels)
        encoder.set_bit_rate(bitrate_kbps)
        encoder.set_quality(_QUALITY)
        for block in file.blocks(_BLOCK_FRAMES, dtype="int16", always_2d=True):
            coded.write(encoder.encode(block.tobytes()))
        coded.write(encoder.flush())


def _decode_to_nothing(path: Path) -> int:
    if path.suffix != ".m4a":
        with soundfile.SoundFile(path) as file:
            block = np.empty((_BLOCK_FRAMES, file.channels), np.float32)
            frames = 0
            while count := len(file.read(out=block)):
                frames += count
        return frames
    with av.open(str(path)) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


def finished(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """The finished sound of the standard job before encoding, as 16-bit WAV: what the limit encodes."""
    job = job_of(folder, options)
    plan = job.plan
    with tempfile.TemporaryDirectory(dir=folder) as scraps:
        mix = mix_down(plan, job.sources, Path(scraps), EngineLimits(), lambda _: None)
        levels = levels_of(mix, 0, plan.frames, sample_rate=plan.output.sample_rate, channels=plan.output.channels)
        ceiling = amplitude_of(plan.loudness.true_peak_dbtp - codec_headroom_db(plan.output))
        gain_db = solved_gain(
            levels, plan.output.sample_rate, target_lufs=plan.loudness.lufs, ceiling=ceiling, gain_db_max=40.0
        )
        limiter = Limiter(plan.output.sample_rate, levels.peaks)
        level = Level(amplitude_of(gain_db), ceiling)
        noise = np.random.default_rng(1)
        name = folder / options["finished"]
        with soundfile.SoundFile(name, "w", plan.output.sample_rate, plan.output.channels, "PCM_16") as target:
            for start, end in blocks_of(plan.frames):
                sound = limiter.block(mix, start, end, level) * (encoding_gain(plan.output) * 32_768)
                dither = noise.random(sound.shape, np.float32) - noise.random(sound.shape, np.float32)
                target.write(np.clip(np.rint(sound + dither), -32_768, 32_767).astype(np.int16))
        mix.close()
    return {"frames": plan.frames}


JOBS = {job.__name__: job for job in (ours, rendered, limit, finished)}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](Path(sys.argv[2]), json.loads(sys.argv[3]))))
