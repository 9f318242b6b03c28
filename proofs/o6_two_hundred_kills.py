"""kill -9 at random moments of every step from upload to publishing and charging: nothing acknowledged is lost.

Two real `donecast up`, each on its own folder, are killed while somebody uploads, orders and waits, and started again
each time. First the step is chosen, so that all come to their turn, then the moment within it. After each kill every
upload, episode and order that was answered is there, nothing is there twice, no process and no file is left, and what
was broken off is begun again. In the end each order has made one rendition, one publication and one charge.

    ./dev prove O6 [KILLS [SEED]]
"""

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from proofs.harness import folder, table
from proofs.killed_line import STAGES, Kill, KilledLine

DURATION = "about 15 minutes on two cores"
_KILLS, _SEED, _LINES = 200, 6, 2
_HEALTHY_SECONDS_MAX = 60.0
_AGAIN_SECONDS_MAX = 120.0


def main(arguments: list[str]) -> int:
    """Runs it; arguments are the number of kills and the seed."""
    kills = int(arguments[0]) if arguments else _KILLS
    seed = int(arguments[1]) if len(arguments) > 1 else _SEED
    begun = time.monotonic()
    with folder() as place, ThreadPoolExecutor(_LINES) as lines:
        shares = [kills // _LINES + (number < kills % _LINES) for number in range(_LINES)]
        done = list(
            lines.map(lambda number: _one_line(place / f"line-{number}", shares[number], seed, number), range(_LINES))
        )
    all_kills = [kill for line, _ in done for kill in line.kills]
    wrong = [words for kill in all_kills for words in kill.wrong] + [words for _, found in done for words in found]
    print(table(_rows(all_kills), ("aimed at", "kills", "met it", "moment", "healthy after", "goes on after", "wrong")))
    for words in dict.fromkeys(wrong):
        print(f"WRONG: {words}")
    healthy_seconds = max(kill.healthy_seconds for kill in all_kills)
    again_seconds = max(kill.again_seconds for kill in all_kills)
    people = [line.person for line, _ in done]
    met = {stage: sum(stage in kill.met for kill in all_kills) for stage in STAGES}
    well = not wrong and healthy_seconds <= _HEALTHY_SECONDS_MAX and again_seconds <= _AGAIN_SECONDS_MAX
    print(
        f"O6: {len(all_kills)} kills (seed {seed}) in {time.monotonic() - begun:.0f} s, each step met at least "
        f"{min(met.values())} times, {sum(len(one.media) for one in people)} uploads and "
        f"{sum(len(one.orders) for one in people)} orders answered, {sum(one.tried_again for one in people)} ordered "
        f"again after three attempts: {len(wrong)} wrong; healthy again within {healthy_seconds:.1f} s at most, "
        f"work goes on within {again_seconds:.1f} s{'' if well else ': NOT AS PROMISED'}"
    )
    return 0 if well and all(met.values()) else 1


def _one_line(place: Path, kills: int, seed: int, number: int) -> tuple[KilledLine, list[str]]:
    line = KilledLine(place, random.Random(f"{seed} {number}"))
    line.start()
    try:
        line.furnish()
        for done in range(1, kills + 1):
            _tell(f"line {number}, kill {done:3} of seed {seed}", line.kill_once())
        return line, line.finish()
    finally:
        line.stop()


def _tell(which: str, kill: Kill) -> None:
    print(
        f"{which}: {kill.aimed} after {kill.after_seconds:.3f} s, met {', '.join(sorted(kill.met)) or 'nothing'}; "
        f"healthy after {kill.healthy_seconds:.1f} s, goes on after {kill.again_seconds:.1f} s"
        f"{''.join(f'; WRONG: {words}' for words in kill.wrong)}",
        file=sys.stderr,
        flush=True,
    )


def _rows(kills: list[Kill]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for stage in STAGES:
        own = [kill for kill in kills if kill.aimed == stage]
        if own:
            moments = [kill.after_seconds for kill in own]
            rows.append(
                (
                    *(stage, len(own), sum(stage in kill.met for kill in own)),
                    f"{min(moments):.3f} to {max(moments):.3f} s",
                    f"{max(kill.healthy_seconds for kill in own):.1f} s",
                    f"{max(kill.again_seconds for kill in own):.1f} s",
                    sum(len(kill.wrong) for kill in own),
                )
            )
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
