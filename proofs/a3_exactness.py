"""Twenty random episodes and an hour are exact: length, loudness, true peak, joints, seams, the same bytes again."""

import itertools
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._episode import digest_of, standard_job
from benchmarks._material import music_file, speech_file
from benchmarks._witness import witness
from donecast.core.delivery import Delivery
from donecast.core.loudness import amplitude_of
from donecast.core.plan import Bed, Clip, Codec, Ducking, OutputFormat, RenderPlan, Track, frame_at
from donecast.engine.limiter import Level, Limiter
from donecast.engine.limits import EngineLimits
from donecast.engine.mix import mix_down
from donecast.engine.mix_levels import levels_of
from donecast.engine.mp3 import encoding_gain
from donecast.engine.mp3_join import Mp3Joiner
from donecast.engine.mp3_pieces import CODED_FRAME_FRAMES, Piece, PieceEncoder, pieces_of
from donecast.engine.raw_audio import RawAudio
from donecast.engine.render import render
from donecast.engine.render_job import Levelled
from donecast.engine.samples import Samples
from donecast.engine.sources import unpack_source
from donecast.episodes.rules import FILE_ENDINGS
from proofs.harness import folder, table

DURATION = "about 8 minutes"
_PLANS = 20
_LOUDNESS_ERROR_LU_MAX = 0.1
_TRUE_PEAK_DBTP_MAX = -1.0
_CODECS: tuple[Codec, ...] = ("mp3", "mp3", "aac")
_NEAR_MS, _FAR_MS = 20, 70
_SEAM_LOSS_DB_MAX = 0.1
_WINDOW_FRAMES = 4 * 1152
_DECODER_DELAY = 576 + 529
_GAIN_DB, _CEILING_DB = 6.0, -1.8
_SECONDS = 240


def main(arguments: list[str]) -> int:
    """``--minutes N`` makes the long episode shorter, ``--plans N`` takes fewer random ones."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    minutes, count = int(options.get("--minutes", 60)), int(options.get("--plans", _PLANS))
    with folder() as place:
        sources = _sources(place)
        plans = [_random_plan(seed, sources) for seed in range(count)]
        rows = [_checked(f"random {seed}", plan, sources, place) for seed, plan in enumerate(plans)]
        job = standard_job(place, minutes, output=OutputFormat())
        rows.append(_checked(f"J{minutes}", job.plan, job.sources, place))
        again = _on_one_core(place, minutes)
        same = again == digest_of(place / "out.mp3")
        jumps = [_joints_that_jump(plan, sources, place) for plan in plans]
        jumps.append(_joints_that_jump(job.plan, job.sources, place))
        seams = _seams(job.plan, job.sources, place)
    print(table(rows, ("plan", "frames planned", "decoded", "target", "LUFS", "dBTP", "holds")))
    joints, jumping = sum(all_ for all_, _ in jumps), sum(bad for _, bad in jumps)
    usual = float(np.quantile(np.abs(seams.elsewhere), 0.999)) + _SEAM_LOSS_DB_MAX
    worst, mean = max(seams.at_seams), float(np.mean(seams.at_seams))
    print(
        f"pieces against one encode, SNR lost per {_WINDOW_FRAMES} frames: at seams (in {len(seams.at_seams)} windows) "
        f"mean {mean:.3f}, worst {worst:.2f} dB; elsewhere mean {np.mean(seams.elsewhere):.3f}, 99.9 % within "
        f"{usual:.2f} dB; {seams.differing} decoded samples differ"
    )
    good = sum(bool(row[-1]) for row in rows)
    well = (
        good == len(rows)
        and same
        and not jumping
        and seams.found == seams.wanted
        and worst <= usual
        and mean <= _SEAM_LOSS_DB_MAX
        and not seams.differing
    )
    print(
        f"A3: {good} of {len(rows)} episodes exact, {jumping} of {joints} joints jump more than the speech around, "
        f"{seams.found} of {seams.wanted} seams lose {mean:.3f} dB (worst {worst:.2f}, elsewhere up to {usual:.2f}), "
        f"{seams.differing} decoded samples differ from one encode, the same bytes on one core and on all: {same}"
    )
    return 0 if well else 1


def _sources(place: Path) -> dict[str, Path]:
    return {
        "mono": speech_file(place, _SECONDS),
        "stereo": speech_file(place, _SECONDS, channels=2, rate=48_000, seed=2),
        "coded": speech_file(place, _SECONDS, kind="mp3", channels=2, seed=3),
        "phone": speech_file(place, _SECONDS, kind="m4a", seed=4),
        "low": speech_file(place, _SECONDS, rate=16_000, seed=5),
        "music": music_file(place),
        "short music": music_file(place, 3, rate=48_000, seed=6),
    }


def _random_plan(seed: int, sources: dict[str, Path]) -> RenderPlan:
    choose = random.Random(seed)
    speech = [name for name in sources if "music" not in name]
    clips, at_ms = [], choose.randrange(0, 3_000)
    while at_ms < choose.randrange(20_000, 90_000):
        length_ms = choose.choice([choose.randrange(40, 300), choose.randrange(300, 9_000)])
        start_ms = choose.randrange(0, _SECONDS * 1000 - length_ms)
        clips.append(Clip(choose.choice(speech), start_ms, start_ms + length_ms, at_ms, choose.uniform(-6, 6)))
        at_ms += length_ms + choose.choice([0, 0, 0, choose.randrange(1, 2_000)])
    end_ms = clips[-1].end_ms
    over = Clip("stereo", 1_000, 1_000 + min(4_000, end_ms), choose.randrange(0, max(1, end_ms - 4_000)))
    tracks = (Track("content", tuple(clips)), Track("segment", (over,)))
    duration_ms = max(end_ms, over.end_ms) + choose.randrange(0, 3_000)
    beds = tuple(
        Bed(
            choose.choice(["music", "short music"]),
            start_ms := choose.randrange(0, duration_ms // 2),
            choose.randrange(start_ms + 100, duration_ms),
            choose.uniform(-20, -8),
            fade_in_ms=choose.randrange(0, 3_000),
            fade_out_ms=choose.randrange(0, 3_000),
            ducking=choose.choice([None, Ducking(), Ducking(-15.0, 50, 200, 300)]),
        )
        for _ in range(choose.randrange(0, 3))
    )
    channels = choose.choice([1, 2])
    codec = choose.choice(_CODECS)
    output = OutputFormat(
        codec,
        bitrate_kbps=choose.choice([64, 96, 112, 128, 160, 192, 256, *([320] if codec == "mp3" else [])]),
        sample_rate=choose.choice([44_100, 48_000]),
        channels=channels,
        vbr_quality=choose.choice([None, None, 2, 5]) if codec == "mp3" else None,
    )
    return RenderPlan(duration_ms, tracks, beds, Delivery().loudness(channels), output)


def _checked(name: str, plan: RenderPlan, sources: dict[str, Path], place: Path) -> tuple[object, ...]:
    out = place / f"out{FILE_ENDINGS[plan.output.codec]}"
    render(plan, sources, out, limits=EngineLimits())
    seen = witness(out, plan.output.channels)
    holds = (
        seen.frames == plan.frames
        and abs(seen.loudness_lufs - plan.loudness.lufs) <= _LOUDNESS_ERROR_LU_MAX + 1e-6
        and seen.true_peak_dbtp <= _TRUE_PEAK_DBTP_MAX
    )
    return name, plan.frames, seen.frames, plan.loudness.lufs, seen.loudness_lufs, seen.true_peak_dbtp, holds


def _on_one_core(place: Path, minutes: int) -> str:
    command = [sys.executable, "-m", "benchmarks._jobs", "rendered", str(place), json.dumps({"minutes": minutes})]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {0})
    )
    return str(json.loads(done.stdout)["sha256"])


def _joints_that_jump(plan: RenderPlan, sources: dict[str, Path], place: Path) -> tuple[int, int]:
    """All joints of the content, and those with a larger step than the speech has within 70 ms on their two sides."""
    rate, clips = plan.output.sample_rate, plan.tracks[0].clips
    alone = replace(plan, tracks=plan.tracks[:1], beds=(), output=replace(plan.output, channels=1))
    joints = [(one, other) for one, other in itertools.pairwise(clips) if one.end_ms == other.at_ms]
    scraps = place / "scraps"
    scraps.mkdir(exist_ok=True)
    mix = mix_down(alone, sources, scraps, EngineLimits(), lambda _: None)
    plain = {
        name: _plain(sources[name], scraps / f"{name}.plain", rate) for name in {clip.source_hash for clip in clips}
    }
    near, far = frame_at(_NEAR_MS, rate), frame_at(_FAR_MS, rate)
    jumping = 0
    for one, other in joints:
        at = frame_at(other.at_ms, rate)
        inside = _largest_step(mix.read(at - near, at + near))
        ending, beginning = frame_at(one.source_end_ms, rate), frame_at(other.source_start_ms, rate)
        before = plain[one.source_hash].read(ending - far, ending + near) * amplitude_of(one.gain_db)
        after = plain[other.source_hash].read(beginning - near, beginning + far) * amplitude_of(other.gain_db)
        jumping += inside > max(_largest_step(before), _largest_step(after))
    mix.close()
    for sound in plain.values():
        sound.close()
    return len(joints), jumping


def _plain(path: Path, out: Path, rate: int) -> RawAudio:
    return unpack_source(path, out, sample_rate=rate, channels=1, limits=EngineLimits(), on_frames=lambda _: None)


def _largest_step(sound: Samples) -> float:
    return float(np.abs(np.diff(sound[:, 0])).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class _Seams:
    """Joins of pieces, and what they lose against an encode in one go, in dB of SNR per four coded frames.

    Also how many decoded samples differ.
    """

    wanted: int
    found: int
    at_seams: list[float]
    elsewhere: list[float]
    differing: int


def _seams(plan: RenderPlan, sources: dict[str, Path], place: Path) -> _Seams:
    scraps = place / "scraps"
    mix = mix_down(plan, sources, scraps, EngineLimits(), lambda _: None)
    rate, channels = plan.output.sample_rate, plan.output.channels
    levels = levels_of(mix, 0, plan.frames, sample_rate=rate, channels=channels)
    levelled = Levelled(mix, Limiter(rate, levels.peaks), Level(amplitude_of(_GAIN_DB), amplitude_of(_CEILING_DB)))
    pieces = pieces_of(plan.frames, rate)
    seams = _encoded(plan, pieces, levelled, place / "pieces.mp3")
    _encoded(plan, (Piece(0, plan.frames),), levelled, place / "whole.mp3")
    # The decoder is as much behind the encoder as the file's beginning is left out.
    places = [number * CODED_FRAME_FRAMES - _DECODER_DELAY for number in seams]
    at_seams: list[float] = []
    elsewhere: list[float] = []
    differing = 0
    with soundfile.SoundFile(place / "pieces.mp3") as in_pieces, soundfile.SoundFile(place / "whole.mp3") as in_one:
        for start in range(0, plan.frames, _WINDOW_FRAMES):
            pcm = levelled.read(start, min(start + _WINDOW_FRAMES, plan.frames))
            one, many = (file.read(len(pcm), dtype="float32", always_2d=True) for file in (in_one, in_pieces))
            differing += int((one != many).sum())
            loss = _snr_db(one, pcm) - _snr_db(many, pcm)
            is_seam = any(start - _WINDOW_FRAMES < seam < start + 2 * _WINDOW_FRAMES for seam in places)
            (at_seams if is_seam else elsewhere).append(loss)
    mix.close()
    return _Seams(len(pieces) - 1, len(seams), at_seams, elsewhere, differing)


def _encoded(plan: RenderPlan, pieces: tuple[Piece, ...], levelled: Levelled, out: Path) -> list[int]:
    """Encodes pieces one after the other; answers the coded frames at which they are joined."""
    with Mp3Joiner(out, plan.output) as joiner:
        for piece in pieces:
            encoder = PieceEncoder(piece.start, plan.output, levelled.read, gain=encoding_gain(plan.output))
            encoder.encode_to(piece.end)
            if piece.end == plan.frames:
                encoder.close()
            joiner.add(encoder)
        joiner.close(plan.frames)
    return [seam.number for seam in joiner.seams]


def _snr_db(decoded: Samples, pcm: Samples) -> float:
    error = float(np.square(decoded - pcm).sum()) + 1e-9
    return float(10 * np.log10((float(np.square(pcm).sum()) + 1e-9) / error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
