"""Renders that are killed at random moments: the caller, the working child, or the caller's whole group."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks._episode import digest_of
from donecast.engine.limits import EngineLimits
from donecast.engine.render import render
from proofs.harness import ROOT, ProofFailed
from proofs.killing import Running, children_of, renders_of, seconds_until_gone
from proofs.one_render import BEGUN, job_in

Victim = Literal["caller", "child", "group"]
VICTIMS: tuple[Victim, ...] = ("caller", "child", "group")
MINUTES = 1
_GONE_SECONDS_MAX = 10.0
_TRIES = 2
_LATE_SHARE = 0.2
"""So many of the moments lie in the last twentieth of a render: measuring, the last rename, tidying up."""


@dataclass(frozen=True, slots=True)
class KilledRender:
    """What one kill left, and what came of the next attempt."""

    victim: Victim
    moment_seconds: float
    had_ended: bool
    orphan_seconds: float
    whole_or_none: bool
    left_by_living: int
    next_is_right: bool
    next_seconds: float
    stray: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether the promise was kept."""
        tidy = self.left_by_living == 0 and not self.stray
        return tidy and self.whole_or_none and self.next_is_right and self.orphan_seconds <= _GONE_SECONDS_MAX


def killed_renders(place: Path, count: int, seed: int) -> list[KilledRender]:
    """So many kills, and those that came too late to be one.

    The moments are uniform over the time that a render took here last, and some of them near its end.
    """
    choose = random.Random(seed)
    folder = place / "out"
    folder.mkdir()
    seconds, expected = _undisturbed(place, folder)
    print(f"undisturbed: {seconds:.1f} s", file=sys.stderr, flush=True)
    found: list[KilledRender] = []
    for number in range(_TRIES * count):
        late = choose.random() < _LATE_SHARE
        moment = choose.uniform(0.95, 1.0) * seconds if late else choose.uniform(0, seconds)
        one = _killed(place, folder, VICTIMS[number % len(VICTIMS)], moment, expected)
        print(f"{number + 1:3} {one}", file=sys.stderr, flush=True)
        found.append(one)
        seconds = one.next_seconds  # a machine that others use too is now slower, now faster
        if sum(not one.had_ended for one in found) == count:
            return found
    raise ProofFailed(f"most of {len(found)} renders had ended before they were killed")


def _undisturbed(place: Path, folder: Path) -> tuple[float, str]:
    """How long a render takes, and the digest of what comes out; the second of two, for the first makes the sources."""
    seconds = 0.0
    for _ in range(2):
        caller = _caller(place, folder)
        begun = time.monotonic()
        if caller.wait(300):
            raise ProofFailed("the render fails even when nobody disturbs it")
        seconds = time.monotonic() - begun
    expected = digest_of(folder / "episode.mp3")
    (folder / "episode.mp3").unlink()
    return seconds, expected


def _caller(place: Path, folder: Path) -> "subprocess.Popen[bytes]":
    """A process that has just begun to render, in a group of its own."""
    command = [sys.executable, "-m", "proofs.one_render", str(place), str(MINUTES), str(folder / "episode.mp3")]
    caller = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    if caller.stdout is None or caller.stdout.readline().strip() != BEGUN.encode():
        raise ProofFailed("the process that was to render did not begin")
    return caller


def _killed(place: Path, folder: Path, victim: Victim, moment_seconds: float, expected: str) -> KilledRender:
    out = folder / "episode.mp3"
    caller = _caller(place, folder)
    time.sleep(moment_seconds)
    had_ended = caller.poll() is not None
    workers = _kill(caller, victim)
    caller.wait(60)
    orphan_seconds = seconds_until_gone(workers, _GONE_SECONDS_MAX)
    # A caller whose child was killed lives, and tidies up at once.
    left = [path for path in folder.iterdir() if path != out]
    whole_or_none = not out.exists() or digest_of(out) == expected
    job = job_in(place, MINUTES)
    begun = time.monotonic()
    render(job.plan, job.sources, out, limits=EngineLimits())
    seconds = time.monotonic() - begun
    result = KilledRender(
        victim=victim,
        moment_seconds=round(moment_seconds, 3),
        had_ended=had_ended,
        orphan_seconds=round(orphan_seconds, 3),
        whole_or_none=whole_or_none,
        left_by_living=len(left) if victim == "child" or had_ended else 0,
        next_is_right=digest_of(out) == expected,
        next_seconds=round(seconds, 3),
        stray=tuple(path.name for path in folder.iterdir() if path != out),
    )
    out.unlink()
    return result


def _kill(caller: "subprocess.Popen[bytes]", victim: Victim) -> Sequence[Running]:
    """Kills, and answers who worked for the caller."""
    workers = children_of(caller.pid)
    if caller.poll() is not None:
        return workers
    if victim == "group":
        os.killpg(caller.pid, signal.SIGKILL)
    elif victim == "caller":
        caller.kill()
    else:
        for worker in renders_of(caller.pid) or workers:
            worker.kill()
    return workers
