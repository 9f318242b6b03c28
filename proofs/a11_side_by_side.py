"""The peers' own jobs, same files, same run: at least twice as fast as each of them, and at least as exact."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._measuring import run
from benchmarks._paused_talk import Shortened, paused_talk, shortened
from benchmarks.side_by_side import (
    CEILING_DBTP,
    GUIDE_DB,
    HEAD,
    TARGET_LUFS,
    Outcome,
    ours,
    outcomes,
    pydub_command,
)
from proofs.harness import ProofFailed, folder, table

DURATION = "about 11 minutes"
_FASTER_MIN = 2.0
_LOUDNESS_ERROR_LU_MAX, _LENGTH_ERROR_MS_MAX = 0.1, 0.1
_AGREE_LU, _AGREE_DB = 0.05, 0.1
_TONE_LUFS, _TONE_DBTP = -20.0, -6.0
_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Heard:
    """A file by ffmpeg's meter, to the thousandth: loudness, range, highest true peak, and its length."""

    lufs: float
    range_lu: float
    true_peak_dbtp: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one contest came to, in words, and whether ours is as exact as promised and no less than the peer's.

    Where both miss something, ours misses no more, and harms nothing.
    """

    job: str
    ours: str
    peers: str
    is_exact: bool


def main(arguments: list[str]) -> int:
    """``--pairs N``, ``--silence MINUTES,...``, ``--level MINUTES``, ``--loudness MINUTES``, ``--folder PATH``."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    shorten = [int(minutes) for minutes in options.get("--silence", "10,30,60").split(",")]
    with folder() as scraps:
        place = Path(options["--folder"]) if "--folder" in options else scraps
        held = outcomes(
            place,
            pairs=int(options.get("--pairs", 3)),
            shorten=shorten,
            level=int(options.get("--level", 5)),
            loudness=int(options.get("--loudness", 60)),
            told=lambda outcome: print(f"{outcome.contest.name}: {outcome.wall:.2f} x", file=sys.stderr, flush=True),
        )
        verdicts = [_verdict(outcome, place) for outcome in held]
        verdicts.append(_tones(place))
        by_its_guide = _silence_by_its_guide(place, shorten[0])
    print(table([outcome.row() for outcome in held], HEAD))
    print()
    print(table([(one.job, one.ours, one.peers, one.is_exact) for one in verdicts], ("job", "ours", "peer", "holds")))
    print(f"pydub at the level of its guide, {GUIDE_DB} dB below the average: {by_its_guide}")
    wall, cpu = min(outcome.wall for outcome in held), min(outcome.cpu for outcome in held)
    exact = sum(one.is_exact for one in verdicts)
    print(
        f"A11: each of {len(held)} jobs takes its peer at least {wall:.2f} x as long and {cpu:.2f} x the processor "
        f"time; {exact} of {len(verdicts)} are as exact or more"
    )
    return 0 if min(wall, cpu) >= _FASTER_MIN and exact == len(verdicts) else 1


def _verdict(outcome: Outcome, place: Path) -> Verdict:
    judges: dict[str, Callable[[Outcome, Path], Verdict]] = {
        "pydub": _silence_verdict,
        "ffmpeg-normalize": _level_verdict,
        "ffmpeg ebur128": _loudness_verdict,
    }
    return judges[outcome.contest.against](outcome, place)


def _silence_verdict(outcome: Outcome, place: Path) -> Verdict:
    name = outcome.contest.name
    talk = paused_talk(place, int(name.split()[-2]))
    own, peer = (shortened(talk, made) for made in _made(outcome))
    faults = [one.long_there - one.long_found + one.others_changed + one.sentences_harmed for one in (own, peer)]
    better = faults[0] <= faults[1] and own.error_ms <= peer.error_ms and own.clicks <= peer.clicks
    return Verdict(name, _of_pauses(own), _of_pauses(peer), better and own.harms_nothing)


def _silence_by_its_guide(place: Path, minutes: int) -> str:
    talk, out = paused_talk(place, minutes), place / "guide.wav"
    run(pydub_command(talk, out, GUIDE_DB))
    return _of_pauses(shortened(talk, out))


def _of_pauses(found: Shortened) -> str:
    return (
        f"{found.long_found}/{found.long_there} pauses, {found.error_ms:.0f} ms off, {found.others_changed} others "
        f"changed, {found.sentences_harmed} sentences harmed, {found.clicks} clicks"
    )


def _level_verdict(outcome: Outcome, place: Path) -> Verdict:
    del place
    source = Path(json.loads(outcome.contest.ours[-1])["source"])
    wanted = heard(source)
    own, peer = (heard(made) for made in _made(outcome))
    found = re.findall(r'"normalization_type": "(\w+)"', outcome.peers[-1].said)
    mode = f"{found[-1]}, {soundfile.info(_made(outcome)[1]).samplerate} Hz" if found else "mode not told"
    errors = [abs(one.lufs - TARGET_LUFS) for one in (own, peer)]
    lengths_ms = [1000 * abs(one.seconds - wanted.seconds) for one in (own, peer)]
    exact = (
        errors[0] <= _LOUDNESS_ERROR_LU_MAX
        and errors[0] <= max(errors[1], _AGREE_LU)
        and own.true_peak_dbtp <= CEILING_DBTP
        and lengths_ms[0] <= max(lengths_ms[1], _LENGTH_ERROR_MS_MAX)
    )
    return Verdict(outcome.contest.name, _of_level(own, wanted, ""), _of_level(peer, wanted, f", {mode}"), exact)


def _of_level(one: Heard, source: Heard, more: str) -> str:
    return (
        f"{one.lufs:.2f} LUFS, {one.true_peak_dbtp:.2f} dBTP, range {source.range_lu:.1f} -> {one.range_lu:.1f} LU, "
        f"{1000 * (one.seconds - source.seconds):+.2f} ms{more}"
    )


def _loudness_verdict(outcome: Outcome, place: Path) -> Verdict:
    del place
    own = json.loads(outcome.ours[-1].said)
    peer = heard(Path(json.loads(outcome.contest.ours[-1])["source"]))
    apart = abs(own["loudness_lufs"] - peer.lufs), abs(own["true_peak_dbtp"] - peer.true_peak_dbtp)
    return Verdict(
        outcome.contest.name,
        f"{own['loudness_lufs']:.2f} LUFS, {own['true_peak_dbtp']:.2f} dBTP",
        f"{peer.lufs:.2f} LUFS, {peer.true_peak_dbtp:.2f} dBTP",
        apart[0] <= _AGREE_LU and apart[1] <= _AGREE_DB,
    )


def _tones(place: Path) -> Verdict:
    """Two tones whose figures are known: 997 Hz in both channels, and one whose peaks lie between its samples."""
    places = np.arange(20 * _RATE)
    faded = np.minimum(np.minimum(places, places[::-1]) / (_RATE / 10), 1.0)  # an abrupt edge has peaks of its own
    loud = 10 ** (_TONE_LUFS / 20) * np.sin(2 * np.pi * 997 * places / _RATE)
    peaky = faded * 10 ** (_TONE_DBTP / 20) * np.sin(np.pi / 2 * places + np.pi / 4)
    errors = []
    for name, tone in (("loud", loud), ("peaky", peaky)):
        path = place / f"{name}.wav"
        soundfile.write(path, np.stack([tone, tone], axis=1), _RATE, "PCM_24")
        own, peer = json.loads(run(ours("analysed", source=path, folder=place / "tones")).said), heard(path)
        if name == "loud":
            errors.append((own["loudness_lufs"] - _TONE_LUFS, peer.lufs - _TONE_LUFS))
        else:
            errors.append((own["true_peak_dbtp"] - _TONE_DBTP, peer.true_peak_dbtp - _TONE_DBTP))
    words = [f"off by {errors[0][side]:+.3f} LU and {errors[1][side]:+.3f} dB" for side in (0, 1)]
    exact = all(abs(own) <= max(abs(peer), 0.01) for own, peer in errors)
    return Verdict("tones of known loudness and true peak", words[0], words[1], exact)


def heard(path: Path) -> Heard:
    """What ffmpeg's ebur128 filter measures, from its metadata, where figures are not rounded to a tenth."""
    measure = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"
    command = ["ffmpeg", "-v", "error", "-nostats", "-i", str(path), "-af", measure, "-f", "null", "-"]
    last: dict[str, float] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            name, _, figure = line.partition("=")
            if name in {"lavfi.r128.I", "lavfi.r128.LRA", "lavfi.r128.true_peak"}:
                last[name[11:]] = float(figure)
    if process.returncode or len(last) < len(("I", "LRA", "true_peak")):
        raise ProofFailed(f"ffmpeg did not say how loud {path.name} is")
    info = soundfile.info(path)
    return Heard(last["I"], last["LRA"], 20 * math.log10(last["true_peak"]), info.frames / info.samplerate)


def _made(outcome: Outcome) -> tuple[Path, Path]:
    own, peer = outcome.contest.our_file, outcome.contest.peers_file
    if own is None or peer is None:
        raise ProofFailed(f"{outcome.contest.name} makes no files")
    return own, peer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
