"""An hour's episode takes less than 0.70 of the limit's time on two cores, and far less than pydub and ffmpeg take."""

import sys
from pathlib import Path

from benchmarks.render import (
    ONE_GRAPH,
    PYDUB_APPENDED,
    PYDUB_JOINED,
    options_for,
    pairs_of,
    peers_beside_us,
    peers_table,
    ratio,
    rows_of,
)
from proofs.harness import folder, table

DURATION = "about 15 minutes; with --all about 45, on two quiet cores"
_WALL_ON_TWO_MAX, _CPU_MAX, _WALL_ON_ONE_MAX = 0.70, 1.22, 1.22
_PYDUB_MIN, _ONE_GRAPH_MIN = 3.0, 9.0
_ALL = ["wav-1", "wav-2", "mp3-1", "mp3-2", "m4a-1", "m4a-2"]


def main(arguments: list[str]) -> int:
    """``--all`` measures six sources, ``--sources mp3-2,m4a-1`` some of them.

    ``--minutes N``, ``--pairs N`` change the job, ``--folder PATH`` keeps inputs, ``--no-peers`` leaves the peers out.
    """
    flags = [argument for argument in arguments if argument in {"--all", "--no-peers"}]
    rest = [argument for argument in arguments if argument not in flags]
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    minutes, pairs = int(options.get("--minutes", 60)), int(options.get("--pairs", 4))
    with folder() as scraps:
        place = Path(options["--folder"]) if "--folder" in options else scraps
        ratios: dict[str, list[float]] = {"wall on two": [], "CPU": [], "wall on one": []}
        for source in _ALL if "--all" in flags else options.get("--sources", _ALL[0]).split(","):
            kind, channels = source.split("-")
            rounds = pairs_of(place, options_for(minutes, kind, int(channels)), pairs, (1, 2))
            rows = rows_of(f"{kind}, {channels} channel(s)", rounds)
            print(table(rows, ("source", "what", "wall s", "CPU s", "wall ratio", "CPU ratio")), flush=True)
            ratios["wall on two"].append(ratio(rounds, "ours on 2", "wall_s"))
            ratios["CPU"].append(ratio(rounds, "ours on 2", "cpu_s"))
            ratios["wall on one"].append(ratio(rounds, "ours on 1", "wall_s"))
        well, peers = True, ""
        if "--no-peers" not in flags:
            ours, others = peers_beside_us(place, minutes)
            print(peers_table(ours, others))
            times = {peer.name: peer.times_ours for peer in others}
            pydub, graph = min(times[PYDUB_JOINED], times[PYDUB_APPENDED]), times[ONE_GRAPH]
            well = pydub >= _PYDUB_MIN and graph >= _ONE_GRAPH_MIN
            peers = f"; {pydub:.2f} x faster than the best pydub, {graph:.2f} x than ffmpeg in one graph"
    worst = {name: max(found) for name, found in ratios.items()}
    well = (
        well
        and worst["wall on two"] <= _WALL_ON_TWO_MAX
        and worst["CPU"] <= _CPU_MAX
        and worst["wall on one"] <= _WALL_ON_ONE_MAX
    )
    sources = len(ratios["CPU"])
    print(
        f"A1: worst of {sources} source(s), median of {pairs} pairs: wall {worst['wall on two']:.3f} of the limit on "
        f"two cores, CPU {worst['CPU']:.3f}, wall {worst['wall on one']:.3f} on one core{peers}"
    )
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
