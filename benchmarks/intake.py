"""Intake (decode, loudness, true peak, levels, peaks, feed) against ffmpeg's ebur128 with true peak alone: CPU, memory.

``./dev bench intake [--minutes 60] [--kinds wav,mp3,m4a] [--channels 1,2] [--rates 44100,48000] [--pairs 3] [--memory]
[--folder PATH]``

Pairs are run in turn; ratios are medians of pairs. The limit is a process of ours that decodes the same file and does
nothing else. Of both, the start of the process is counted, that of the worker who asks is not. Inputs are made here and
kept in the folder.
"""

import argparse
import json
import os
import statistics
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks._material import speech_file
from benchmarks._measuring import Cost, run
from donecast.engine.limits import EngineLimits
from proofs.harness import table

DURATION = "about 8 minutes"
MEMORY_MINUTES = (10, 60, 180, EngineLimits().duration_ms_max // 60_000 - 1)
HEAD = ("source", "ours CPU s", "wall s", "ffmpeg CPU s", "wall s", "limit CPU s", "x faster", "x at the limit")


@dataclass(frozen=True, slots=True)
class Rounds:
    """Costs of one file, in the order in which they were paid."""

    source: str
    ours: list[Cost]
    theirs: list[Cost]
    limit: list[Cost]

    @property
    def times_faster(self) -> float:
        """Their processor time to ours, the median of the pairs."""
        return statistics.median(theirs.cpu_s / ours.cpu_s for ours, theirs in zip(self.ours, self.theirs, strict=True))

    @property
    def times_at_limit(self) -> float:
        """Their processor time to that of decoding alone: no intake that decodes this way can be faster."""
        return _middle(self.theirs, "cpu_s") / _middle(self.limit, "cpu_s")

    def row(self) -> tuple[object, ...]:
        """The rounds under `HEAD`."""
        seconds = [(_middle(costs, "cpu_s"), _middle(costs, "wall_s")) for costs in (self.ours, self.theirs)]
        cells = [f"{second:.2f}" for pair in seconds for second in pair]
        limit = f"{_middle(self.limit, 'cpu_s'):.2f}"
        return (self.source, *cells, limit, f"{self.times_faster:.2f}", f"{self.times_at_limit:.2f}")


def _middle(costs: list[Cost], what: str) -> float:
    return statistics.median(float(getattr(cost, what)) for cost in costs)


def ours(path: Path, *, watch_memory: bool = False) -> Cost:
    """Intake as the product does it."""
    return _of_the_work(run(_command("analyse", path), watch_memory=watch_memory))


def theirs(path: Path, *, watch_memory: bool = False) -> Cost:
    """ffmpeg's meter of loudness and true peak, and nothing else."""
    command = ["ffmpeg", "-nostdin", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    return run(command, watch_memory=watch_memory)


def _of_the_work(cost: Cost) -> Cost:
    return replace(cost, cpu_s=json.loads(cost.said)["cpu_s"])


def _command(what: str, path: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks._intake", what, str(path), str(path.parent / "intake")]


def rounds_of(folder: Path, minutes: int, kind: str, channels: int, rate: int, pairs: int) -> Rounds:
    """Us, ffmpeg and the limit in turn, on one file."""
    path = speech_file(folder, 60 * minutes, kind=kind, rate=rate, channels=channels)
    rounds = Rounds(f"{kind}, {channels} channel(s), {rate} Hz, {minutes} min", [], [], [])
    for _ in range(pairs):
        rounds.ours.append(ours(path))
        rounds.theirs.append(theirs(path))
        rounds.limit.append(_of_the_work(run(_command("decode", path))))
    return rounds


def memory_mib(folder: Path, minutes: int, kind: str, channels: int) -> float:
    """The most that all processes of an intake hold."""
    return ours(speech_file(folder, 60 * minutes, kind=kind, channels=channels), watch_memory=True).peak_mib or 0.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--kinds", default="wav,mp3,m4a")
    parser.add_argument("--channels", default="1,2")
    parser.add_argument("--rates", default="44100")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("test-results/bench"))
    wish = parser.parse_args(arguments)
    kinds, channels = wish.kinds.split(","), [int(count) for count in wish.channels.split(",")]
    sources = [(kind, count) for kind in kinds for count in channels]
    rates = [int(rate) for rate in wish.rates.split(",")]
    found = [
        rounds_of(wish.folder, wish.minutes, kind, count, rate, wish.pairs) for kind, count in sources for rate in rates
    ]
    print(f"{os.cpu_count()} cores; medians of {wish.pairs} pairs")
    print(table([rounds.row() for rounds in found], HEAD))
    if wish.memory:
        cells = [
            (f"{kind}, {count} channel(s)", *(f"{memory_mib(wish.folder, m, kind, count):.0f}" for m in MEMORY_MINUTES))
            for kind, count in sources
        ]
        print(table(list(cells), ("source", *(f"{minutes} min MiB" for minutes in MEMORY_MINUTES))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
