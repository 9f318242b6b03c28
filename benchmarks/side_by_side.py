"""Ours against the peers on the peers' own jobs: silence removal, normalisation, a look at the loudness.

pydub takes silence out, ffmpeg-normalize normalises, ffmpeg's ebur128 filter measures. Both sides get the same files
and run in turn, several times; ratios are medians of pairs. We use all cores, as installed, and the peers what they
can; one pair more has one core for either side and has its memory watched.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._material import speech_file
from benchmarks._measuring import Cost, run
from benchmarks._paused_talk import BECOMES_MS, LONG_MS, Talk, paused_talk
from benchmarks._peers import peers_python
from proofs.harness import table

DURATION = "about 8 minutes"
TARGET_LUFS, CEILING_DBTP = -16.0, -1.0
GUIDE_DB, BEST_DB = 16, 28
"""How far below the average level pydub shall call it silence: in its guide, and where it does best with our talk."""
_STEP_MS = 10
"""pydub looks at each so many milliseconds; by itself at each one, which takes ten times as long."""
HEAD = ("job", "against", "pairs", "ours s", "peer s", "wall x", "CPU x", "1 core x", "ours MiB", "peer MiB")


@dataclass(frozen=True, slots=True)
class Contest:
    """One job as two commands, and where each of them leaves its file, if it makes one."""

    name: str
    against: str
    ours: Sequence[str]
    peers: Sequence[str]
    our_file: Path | None = None
    peers_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What both sides took, pair by pair, and what they took with one core."""

    contest: Contest
    ours: tuple[Cost, ...]
    peers: tuple[Cost, ...]
    ours_alone: Cost | None
    peers_alone: Cost | None

    @property
    def wall(self) -> float:
        """How many times as long the peer takes: the median of the pairs."""
        return statistics.median(peer.wall_s / own.wall_s for own, peer in zip(self.ours, self.peers, strict=True))

    @property
    def cpu(self) -> float:
        """How many times as much processor time the peer takes: the median of the pairs."""
        return statistics.median(peer.cpu_s / own.cpu_s for own, peer in zip(self.ours, self.peers, strict=True))

    @property
    def wall_alone(self) -> float | None:
        """How many times as long the peer takes where both have one core."""
        return self.peers_alone.wall_s / self.ours_alone.wall_s if self.peers_alone and self.ours_alone else None

    def row(self) -> tuple[object, ...]:
        """The figures under `HEAD`."""
        alone = self.wall_alone
        memory = [
            f"{cost.peak_mib:.0f}" if cost and cost.peak_mib else "-" for cost in (self.ours_alone, self.peers_alone)
        ]
        return (
            *(self.contest.name, self.contest.against, len(self.ours)),
            *(f"{statistics.median(cost.wall_s for cost in costs):.1f}" for costs in (self.ours, self.peers)),
            *(f"{self.wall:.2f}", f"{self.cpu:.2f}", "-" if alone is None else f"{alone:.2f}"),
            *memory,
        )


def held(contest: Contest, pairs: int, *, alone: bool = True) -> Outcome:
    """Runs a contest: first ours, then the peer, so many times, and once more with one core each."""
    costs: dict[str, list[Cost]] = {"ours": [], "peers": []}
    for _ in range(pairs):
        costs["ours"].append(run(contest.ours))
        costs["peers"].append(run(contest.peers))
    last: list[Cost | None] = [None, None]
    if alone:
        last = [run(command, cores=1, watch_memory=True) for command in (contest.ours, contest.peers)]
    return Outcome(contest, tuple(costs["ours"]), tuple(costs["peers"]), *last)


def ours(job: str, **options: object) -> list[str]:
    """A job of `benchmarks._polishing` as a command."""
    known = {"long_ms": LONG_MS, "becomes_ms": BECOMES_MS, "shorten": False, "lufs": TARGET_LUFS}
    return [sys.executable, "-m", "benchmarks._polishing", job, json.dumps({**known, **options}, default=str)]


def pydub_command(talk: Talk, out: Path, below_db: int) -> list[str]:
    """Silence removal by pydub."""
    script = Path(__file__).with_name("_pydub_silences.py")
    options = {"source": str(talk.path), "out": str(out), "below_db": below_db, "step_ms": _STEP_MS}
    return [peers_python(), str(script), json.dumps({**options, "long_ms": LONG_MS, "becomes_ms": BECOMES_MS})]


def silence_contest(talk: Talk, minutes: int) -> Contest:
    """Pauses over 1.8 s become 0.6 s, WAV to WAV; ours is at -16 LUFS besides."""
    made = [talk.path.with_name(f"silence-{side}-{minutes}.wav") for side in ("ours", "pydub")]
    own = ours("polished", source=talk.path, out=made[0], shorten=True)
    name = f"silence removal, {minutes} min"
    return Contest(name, "pydub", own, pydub_command(talk, made[1], BEST_DB), *made)


def level_contest(source: Path, kind: str, minutes: int) -> Contest:
    """A whole file to -16 LUFS and at most -1 dBTP."""
    made = [source.with_name(f"level-{source.suffix[1:]}-{side}.{kind}") for side in ("ours", "peer")]
    peer = [str(Path(peers_python()).with_name("ffmpeg-normalize")), str(source), "-o", str(made[1]), "-f"]
    peer += ["-t", f"{TARGET_LUFS:g}", "-tp", f"{CEILING_DBTP:g}", "--print-stats"]
    if kind == "mp3":
        peer += ["-c:a", "libmp3lame", "-b:a", "128k"]
    name = f"normalise {source.suffix[1:]} to {kind}, {minutes} min"
    return Contest(name, "ffmpeg-normalize", ours("polished", source=source, out=made[0]), peer, *made)


def loudness_contest(source: Path, minutes: int) -> Contest:
    """Loudness, range and true peak; ours finds pauses, noise floor and waveforms besides."""
    own = ours("analysed", source=source, folder=source.with_name("analysis"))
    peer = ["ffmpeg", "-nostats", "-i", str(source), "-af", "ebur128=peak=true", "-f", "null", "-"]
    return Contest(f"loudness of {source.suffix[1:]}, {minutes} min", "ffmpeg ebur128", own, peer)


def outcomes(
    folder: Path, *, pairs: int, shorten: Sequence[int], level: int, loudness: int, told: Callable[[Outcome], None]
) -> list[Outcome]:
    """All contests with recordings of so many minutes; of those with silence, all but the first are held once."""
    level_wav = speech_file(folder, level * 60, channels=2)
    contests = [silence_contest(paused_talk(folder, minutes), minutes) for minutes in shorten]
    contests += [level_contest(level_wav, kind, level) for kind in ("wav", "mp3")]
    contests.append(level_contest(speech_file(folder, level * 60, channels=2, kind="mp3"), "mp3", level))
    contests.append(loudness_contest(speech_file(folder, loudness * 60, channels=2), loudness))
    result = []
    for number, contest in enumerate(contests):
        once = 0 < number < len(shorten)
        result.append(held(contest, 1 if once else pairs, alone=not once))
        told(result[-1])
    return result


def main(arguments: list[str]) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--silence", default="10,30,60", help="minutes of the talks that lose their long pauses")
    parser.add_argument("--level", type=int, default=5, help="minutes of the recording that is normalised")
    parser.add_argument("--loudness", type=int, default=60, help="minutes of the recording that is measured")
    parser.add_argument("--folder", type=Path, default=Path("test-results/bench"))
    wish = parser.parse_args(arguments)
    wish.folder.mkdir(parents=True, exist_ok=True)
    found = outcomes(
        wish.folder,
        pairs=wish.pairs,
        shorten=[int(minutes) for minutes in wish.silence.split(",")],
        level=wish.level,
        loudness=wish.loudness,
        told=lambda outcome: print(*outcome.row()[:1], "done", file=sys.stderr, flush=True),
    )
    print(f"{os.cpu_count()} cores; how many times as much the peer takes, medians of {wish.pairs} pairs")
    print(table([outcome.row() for outcome in found], HEAD))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
