"""Lives of a small installation in which everything breaks: upload, words, assembly, publishing, charging, by seeds.

Each seed is one process that plays several, on the shipped code and real files: crashes and faults at every statement,
commit, stored byte, step and question to a vendor, workers that stall and come back late, people who ask twice. A seed
that fails prints the command that lives it again, exactly.

    ./dev prove P5 [--seeds N] [--seed N] [--first N] [--bug WORDS]
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from proofs.harness import table
from proofs.simulator.planted import BUGS
from proofs.simulator.seeds import Lived, live

DURATION = "about 25 minutes, on two quiet cores; --seeds 50 for one or two"
_SEEDS = 1_000
_PROCESSES = 2
_BITES_WITHIN = 12
"""Seeds within which each planted bug must be found."""
_SHOWN = 5


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.seed is not None:
        return _one(options.seed, options.bug)
    begun = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_PROCESSES, mp_context=context) as pool:
        lives = []
        for lived in pool.map(live, range(options.first, options.first + options.seeds)):
            lives.append(lived)
            if lived.wrong:
                _complain(lived)
            elif len(lives) % 50 == 0:
                print(f"{len(lives)} seeds in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        found = {bug: _found(pool, bug, options.first) for bug in BUGS}
        again = pool.submit(live, options.first).result()
    _print(lives)
    for bug, one in found.items():
        print(f"planted: {bug}: {_told(one, bug) if one else 'NOT FOUND'}")
    same = again.trace == lives[0].trace
    print(
        f"seed {options.first} lived again by ./dev prove P5 --seed {options.first}: "
        f"{'the same trace' if same else 'ANOTHER TRACE'} {again.trace}"
    )
    wrong = [lived for lived in lives if lived.wrong]
    lost = sum("lost" in words for lived in wrong for words in lived.wrong)
    twice = sum(
        any(sign in words for sign in ("twice", "two ", "charges for")) for lived in wrong for words in lived.wrong
    )
    print(
        f"P5: {len(lives):,} seeds in {time.monotonic() - begun:.0f} s, "
        f"{sum(lived.crashes.total() for lived in lives):,} crashes and "
        f"{sum(lived.faults.total() for lived in lives):,} faults, {sum(lived.episodes for lived in lives)} episodes: "
        f"{lost} lost, {twice} double effects, {len(wrong)} seeds with anything wrong; "
        f"{sum(one is not None for one in found.values())} of {len(BUGS)} planted bugs found"
    )
    return 0 if not wrong and same and all(found.values()) else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev prove P5")
    parser.add_argument("--seeds", type=int, default=_SEEDS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int, help="live this one again, and tell everything")
    parser.add_argument("--bug", choices=BUGS, help="with a planted bug")
    return parser.parse_args(arguments)


def _one(seed: int, bug: str | None) -> int:
    lived = live(seed, [bug] if bug else [])
    print(
        table([(kind, count) for kind, count in (lived.crashes + lived.faults).most_common()], ("what broke", "times"))
    )
    for words in lived.wrong:
        print(f"WRONG: {words}")
    print(
        f"P5: seed {seed}, trace {lived.trace}: {lived.boots} processes, {lived.crashes.total()} crashes, "
        f"{lived.faults.total()} faults, {lived.episodes} episodes, {len(lived.wrong)} things wrong"
    )
    return 1 if lived.wrong else 0


def _found(pool: ProcessPoolExecutor, bug: str, first: int) -> Lived | None:
    """The first life in which a planted bug is found, None after so many in which it is not."""
    for start in range(first, first + _BITES_WITHIN, _PROCESSES):
        for lived in pool.map(partial(live, bugs=[bug]), range(start, start + _PROCESSES)):
            if lived.wrong:
                return lived
    return None


def _told(lived: Lived, bug: str) -> str:
    return f"found by seed {lived.seed}: {lived.wrong[0]}; again: ./dev prove P5 --seed {lived.seed} --bug '{bug}'"


def _complain(lived: Lived) -> None:
    for words in lived.wrong[:_SHOWN]:
        print(f"seed {lived.seed}: {words}", flush=True)
    print(f"again: ./dev prove P5 --seed {lived.seed}", flush=True)


def _print(lives: Sequence[Lived]) -> None:
    crashes: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for lived in lives:
        crashes, faults, passed = crashes + lived.crashes, faults + lived.faults, passed + lived.passed
    kinds: list[tuple[object, ...]] = [
        (kind, f"{passed[kind]:,}", f"{crashes[kind]:,}") for kind in sorted({*passed, *crashes})
    ]
    print(table(kinds, ("boundary", "passed", "crashed at")))
    print()
    print(table([(kind, f"{count:,}") for kind, count in faults.most_common()], ("fault", "times")))
    print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
