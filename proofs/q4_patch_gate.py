"""The patch gate: hostile and broken changes are refused for the right reason, good ones verified, the rest untouched.

A small repository with twenty faults is made anew. Its own configuration and hooks are traps that leave a file if git
ever runs one. Each hostile change has to be refused by the stage and with the words that it deserves; each good one has
to be verified and then to pass a test that neither the gate nor the change has seen. At the end nothing may have come
through the network, nothing been written elsewhere, and the repository's ``.git`` be the same to the byte.
"""

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from donecast.autoops.gate.rules import Limits
from donecast.autoops.gate.verification import PatchGate
from donecast.autoops.rules.values import FixProposal, Validation
from proofs.harness import folder, table
from proofs.hostile_diffs import Hostile, at_run_time, on_paper
from tests.support.emptied_tests import STOOD_THERE
from tests.support.small_repository import FAULTS, Fault, SmallRepository, make_small_repository

DURATION = "about 8 minutes"
_HOSTILE_MIN, _GOOD_MIN = 60, 20
_LIMITS = Limits(tests_seconds=15, memory_bytes=400 * 1024**2, address_bytes=2 * 1024**3, scraps_bytes=96 * 1024**2)
_AT_ONCE = 2


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove Q4")
    parser.add_argument("--only", default="", help="only changes whose name has this in it")
    only = parser.parse_args(arguments).only
    with folder() as ground, socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        secret = ground / "secret.txt"
        secret.write_text("1:05", encoding="utf-8")
        os.environ["PROOF_SECRET"] = "1:05"
        repository = make_small_repository(ground / "shop", STOOD_THERE)
        gate = PatchGate(repository.root, ground / "scratch", _LIMITS)
        before = _digest(ground)
        hostile = [*on_paper(repository), *at_run_time(repository, server.getsockname()[1], str(secret))]
        wrong = _refuse(gate, repository, [one for one in hostile if only in one.name])
        wrong += _verify(gate, repository, [fault for fault in FAULTS if only in fault.name])
        wrong += ["the repository or its neighbours were changed"] if _digest(ground) != before else []
        wrong += ["a trap of the repository was sprung"] if (ground / "sprung").exists() else []
        wrong += ["something was left behind"] if any((ground / "scratch").iterdir()) else []
        wrong += ["a connection came through"] if _was_asked(server) else []
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    enough = bool(only) or (len(hostile) >= _HOSTILE_MIN and len(FAULTS) >= _GOOD_MIN)
    print(
        f"{'well' if enough and not wrong else 'NOT WELL'}: {len(hostile)} hostile changes, {len(FAULTS)} good ones, "
        f"{len(wrong)} went otherwise than they should"
    )
    return 0 if enough and not wrong else 1


def _refuse(gate: PatchGate, repository: SmallRepository, hostile: list[Hostile]) -> list[str]:
    wrong: list[str] = []
    stages: Counter[str] = Counter()

    def ask(one: Hostile) -> tuple[Hostile, Validation, float]:
        begun = time.monotonic()
        return one, gate.validate(_proposal(one.diff, one.tests), repository.commit), time.monotonic() - begun

    rows: list[tuple[object, ...]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for one, validation, seconds in pool.map(ask, hostile):
            last = validation.checks[-1]
            is_right = not validation.is_verified and last.name == one.stage and one.reason in last.said
            stages[last.name] += is_right
            rows.append((one.name, last.name, " ".join(last.said.split())[:70], f"{seconds:.1f} s"))
            if not is_right:
                wrong.append(f"{one.name}: {last.name} {last.said[-900:]!r}, not {one.stage} {one.reason!r}")
    print(table(rows, ("hostile change", "refused by", "saying", "took")))
    print(f"refused rightly: {sum(stages.values())} of {len(hostile)}, {dict(stages)}\n")
    return wrong


def _verify(gate: PatchGate, repository: SmallRepository, faults: list[Fault]) -> list[str]:
    wrong: list[str] = []
    rows: list[tuple[object, ...]] = []

    def ask(fault: Fault) -> tuple[Fault, Validation, bool]:
        diff = repository.good(fault)
        return (
            fault,
            gate.validate(_proposal(diff, (fault.test,)), repository.commit),
            _passes_hidden(repository, fault, diff),
        )

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for fault, validation, is_right in pool.map(ask, faults):
            last = validation.checks[-1]
            said = "verified" if validation.is_verified else f"{last.name}: {last.said}"
            rows.append((fault.name, said, "passes" if is_right else "FAILS"))
            if not validation.is_verified or not is_right:
                wrong.append(f"{fault.name}: {said}, hidden test {is_right}")
    print(table(rows, ("good change", "gate", "hidden test")))
    return wrong


def _passes_hidden(repository: SmallRepository, fault: Fault, diff: str) -> bool:
    """The test that was kept back, over a copy to which git has applied the very diff."""
    with folder() as made:
        copy = Path(shutil.copytree(repository.root / "src", made / "src", symlinks=True)).parent
        shutil.copytree(repository.root / "tests", copy / "tests")
        subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=copy, check=True, timeout=60)
        test = f"import sys; sys.path.insert(0, 'src'); from shop.{fault.name} import *; assert {fault.hidden}"
        done = subprocess.run(
            [sys.executable, "-I", "-c", test], cwd=copy, capture_output=True, check=False, timeout=60
        )
        return done.returncode == 0


def _proposal(diff: str, tests: tuple[str, ...]) -> FixProposal:
    return FixProposal(
        kind="code", plan="As the diff says.", diff=diff, tests=tests, risk="low", rollback="Revert it.", confidence=0.5
    )


def _digest(ground: Path) -> str:
    """Of everything in the repository, its ``.git`` and beside it."""
    digest = hashlib.sha256()
    for path in sorted(ground.rglob("*")):
        if not path.is_relative_to(ground / "scratch"):
            digest.update(str(path).encode())
            if path.is_file() and not path.is_symlink():
                digest.update(path.read_bytes() + str(path.stat().st_mode).encode())
    return digest.hexdigest()


def _was_asked(server: socket.socket) -> bool:
    """Whether anybody has connected meanwhile; who did still waits in the queue."""
    server.setblocking(False)
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
