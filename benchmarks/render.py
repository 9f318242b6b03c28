"""The standard episode against the physical limit and against pydub and ffmpeg: wall, processor time, memory.

``./dev bench render [--minutes 60] [--kinds wav,mp3,m4a] [--channels 1,2] [--pairs 4] [--peers] [--folder PATH]``

Limit: one thread that decodes the source to nothing and encodes the finished sound with LAME at the same quality. Pairs
are run in turn; ratios are medians of pairs. The start of Python counts on neither side, which takes as much from both:
half a second of some thirty. Inputs are made here and kept in the folder.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks._episode import Job
from benchmarks._jobs import job_of
from benchmarks._measuring import Cost, run
from benchmarks._peers import loudnorm_answer, one_graph, peers_python, pydub_command
from proofs.harness import table

DURATION = "about 40 minutes"
PYDUB_JOINED, PYDUB_APPENDED, ONE_GRAPH = "pydub, joined", "pydub, appended", "ffmpeg, one graph, two passes"


def command(name: str, folder: Path, options: dict[str, object]) -> list[str]:
    """A job of `benchmarks._jobs` as a command."""
    return [sys.executable, "-m", "benchmarks._jobs", name, str(folder), json.dumps(options)]


def pairs_of(folder: Path, options: dict[str, object], pairs: int, cores: tuple[int, ...]) -> dict[str, list[Cost]]:
    """The limit and us in turn: ``limit`` and, for each number of cores, ``ours on N``.

    The limit stands between the two runs of ours, and every second round goes backwards: what the machine's speed
    drifts by within a round does not fall on one side.
    """
    if not (folder / str(options["finished"])).exists():
        run(command("finished", folder, options))
    ours = [(f"ours on {count}", "ours", count) for count in cores]
    middle = len(ours) // 2
    turns = [*ours[:middle], ("limit", "limit", 1), *ours[middle:]]
    rounds: dict[str, list[Cost]] = {"limit": [], **{name: [] for name, _, _ in ours}}
    for number in range(pairs):
        for name, job, count in reversed(turns) if number % 2 else turns:
            rounds[name].append(_own_cost(job, folder, {**options, "out": f"{job}.mp3"}, cores=count))
    return rounds


def _own_cost(name: str, folder: Path, options: dict[str, object], *, cores: int) -> Cost:
    """What a job says that it took, without the start of its process."""
    said = run(command(name, folder, options), cores=cores).said
    figures = json.loads(said)
    return Cost(figures["wall_s"], figures["cpu_s"], None, said)


def ratio(rounds: dict[str, list[Cost]], name: str, what: str) -> float:
    """The median over the pairs of one figure to the limit's."""
    return statistics.median(
        float(getattr(mine, what)) / float(getattr(limit, what))
        for mine, limit in zip(rounds[name], rounds["limit"], strict=True)
    )


def options_for(minutes: int, kind: str, channels: int) -> dict[str, object]:
    """Options of `benchmarks._jobs` for the standard job."""
    finished = f"finished-{minutes}-{kind}-{channels}.wav"
    return {"minutes": minutes, "kind": kind, "channels": channels, "finished": finished}


@dataclass(frozen=True, slots=True)
class Peer:
    """One other way to the same episode: its cost, and how many times as long it took as we did beside it."""

    name: str
    cost: Cost
    times_ours: float


def peers_beside_us(folder: Path, minutes: int) -> tuple[Cost, list[Peer]]:
    """Every peer once, on the mono WAV, and what we took at first.

    We run before and after each of them: what it took is divided by the mean of the two. Our runs are not watched, but
    for one that only tells our memory: watching takes processor time, which only who works on every core has to share.
    """
    options = options_for(minutes, "wav", 1)
    job = job_of(folder, options)
    peers_python()
    mine = [_ours(folder, options)]
    memory = _ours(folder, options, watch_memory=True).peak_mib
    peers: list[Peer] = []
    for name, peer in _peers_of(job, folder).items():
        cost = peer()
        mine.append(_ours(folder, options))
        peers.append(Peer(name, cost, cost.wall_s / statistics.mean(one.wall_s for one in mine[-2:])))
    return replace(mine[0], peak_mib=memory), peers


def peers_table(ours: Cost, peers: Sequence[Peer]) -> str:
    """Their costs under ours."""
    rows = [Peer("ours on 2", ours, 1.0), *peers]
    cells = [
        (
            row.name,
            f"{row.cost.wall_s:.1f}",
            f"{row.cost.cpu_s:.1f}",
            f"{row.times_ours:.2f}",
            f"{row.cost.peak_mib:.0f}",
        )
        for row in rows
    ]
    return table(list(cells), ("peer", "wall s", "CPU s", "x our wall", "peak MiB"))


def _ours(folder: Path, options: dict[str, object], *, watch_memory: bool = False) -> Cost:
    return run(command("ours", folder, {**options, "out": "ours.mp3"}), watch_memory=watch_memory)


def _peers_of(job: Job, folder: Path) -> dict[str, Callable[[], Cost]]:
    def pydub(form: str) -> Cost:
        return run(pydub_command(job, folder / "pydub.mp3", form=form), watch_memory=True)

    return {
        PYDUB_JOINED: lambda: pydub("joined"),
        PYDUB_APPENDED: lambda: pydub("appended"),
        ONE_GRAPH: lambda: _both_passes(job, folder / "graph.mp3"),
    }


def _both_passes(job: Job, out: Path) -> Cost:
    first = run(_with_errors(one_graph(job.plan, job.sources, out, measured=None)), watch_memory=True)
    second = run(one_graph(job.plan, job.sources, out, measured=loudnorm_answer(first.said)), watch_memory=True)
    peak = max(first.peak_mib or 0, second.peak_mib or 0)
    return Cost(first.wall_s + second.wall_s, first.cpu_s + second.cpu_s, peak, "")


def _with_errors(words: list[str]) -> list[str]:
    return ["sh", "-c", 'exec "$@" 2>&1', "sh", *words]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--kinds", default="wav,mp3,m4a")
    parser.add_argument("--channels", default="1,2")
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("test-results/bench"))
    wish = parser.parse_args(arguments)
    wish.folder.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[object, ...]] = []
    for kind in wish.kinds.split(","):
        for channels in map(int, wish.channels.split(",")):
            rounds = pairs_of(wish.folder, options_for(wish.minutes, kind, channels), wish.pairs, (1, 2))
            rows += rows_of(f"{kind}, {channels} channel(s)", rounds)
    print(f"{wish.minutes} minutes, {os.cpu_count()} cores; ratios to the limit, medians of {wish.pairs} pairs")
    print(table(rows, ("source", "what", "wall s", "CPU s", "wall ratio", "CPU ratio")))
    if wish.peers:
        print(peers_table(*peers_beside_us(wish.folder, wish.minutes)))
    return 0


def rows_of(source: str, rounds: dict[str, list[Cost]]) -> list[tuple[object, ...]]:
    """A table's rows: each of the costs as a median, and its ratio."""
    return [
        (
            source,
            name,
            f"{statistics.median(cost.wall_s for cost in costs):.2f}",
            f"{statistics.median(cost.cpu_s for cost in costs):.2f}",
            f"{ratio(rounds, name, 'wall_s'):.3f}",
            f"{ratio(rounds, name, 'cpu_s'):.3f}",
        )
        for name, costs in rounds.items()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
