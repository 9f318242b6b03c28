"""Hostile input: each of 94 files gets its outcome and its sentence, within walls that a system-call trace confirms."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from donecast.engine import errors
from donecast.engine.landlock import installation, unavailable_because
from proofs.harness import ROOT, ProofFailed, folder, table
from tests.support.hostile_files import HOSTILE_FILES, HostileFile

DURATION = "about 3 minutes"
_CPU_SECONDS_MAX = 90.0
_MIB_MAX = 512.0
_TRACED = "open,openat,openat2,creat,socket,connect,bind,execve,prlimit64,landlock_restrict_self"
_OPENED = re.compile(r'(?:open|creat|openat|openat2)\((?:AT_FDCWD, |\d+, )?"((?:[^"\\]|\\.)*)".*\) = (-?\d+)')
_JOB_STARTED = "donecast.engine.child"
_WALLS_UP = "RLIMIT_CORE"
_KEPT = ["feed.wav", "peaks-100.dat", "peaks-2.dat", "peaks-20.dat"]


@dataclass(frozen=True, slots=True)
class Trace:
    """What one job's process did after its walls were up."""

    opened_outside: tuple[str, ...]
    turned_away: int
    network_or_programs: tuple[str, ...]


def main(arguments: list[str]) -> int:
    """All files, or those whose description holds the argument."""
    if shutil.which("strace") is None:
        raise ProofFailed("strace is needed to watch the system calls (Debian: strace)")
    chosen = [file for file in HOSTILE_FILES if not arguments or arguments[0] in file.what]
    with folder() as place:
        for number, file in enumerate(chosen):
            _lay_out(file, place / "cases" / str(number))
        answers = _examined(place)
        traces = _traces(place, chosen)
        lines = [_judged(file, answers.get(number), traces.get(number)) for number, file in enumerate(chosen)]
    print(table([line[:-1] for line in lines], ("file", "outcome", "s", "CPU s", "MiB", "outside", "holds")))
    print()
    for sentence in sorted({str(line[-1]) for line in lines if line[-1]}):
        print(f"  {sentence}")
    return _summed_up(lines, answers, traces)


def _lay_out(file: HostileFile, place: Path) -> None:
    (place / "file").mkdir(parents=True)
    (place / "out").mkdir()
    (place / "name.json").write_text(json.dumps(file.name))
    file.make(place / "file" / file.name)


def _examined(place: Path) -> dict[int, dict[str, Any]]:
    (place / "traces").mkdir()
    watch = ["strace", "-ff", "--seccomp-bpf", "-qq", "-s", "8192", "-e", f"trace={_TRACED}", "-e", "signal=none"]
    worker = [sys.executable, "-m", "tests.support.hostile_worker", str(place / "cases")]
    done = subprocess.run(
        [*watch, "-o", str(place / "traces" / "trace"), *worker],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        check=False,
    )
    if done.returncode != 0:
        print(f"the worker died with exit code {done.returncode}")
    return {answer["number"]: answer for answer in map(json.loads, done.stdout.splitlines())}


def _traces(place: Path, files: list[HostileFile]) -> dict[int, Trace]:
    found = {}
    for path in (place / "traces").iterdir():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        began = next((index for index, line in enumerate(lines) if _JOB_STARTED in line and "execve(" in line), None)
        if began is None:
            continue
        number = int(lines[began].partition(f"{place}/cases/")[2].partition("/")[0])
        walls = next(index for index, line in enumerate(lines) if _WALLS_UP in line)
        case = place / "cases" / str(number)
        found[number] = _read_trace(lines[walls:], [case / "out", case / "file" / files[number].name])
    return found


def _read_trace(lines: list[str], given: list[Path]) -> Trace:
    allowed = [str(place) for place in (*installation(), *given)]
    outside, away = [], 0
    for line in lines:
        call = _OPENED.match(line)
        if call is None:
            continue
        path = call[1].encode().decode("unicode_escape")
        away += int(call[2]) < 0 and "EACCES" in line
        # Relative ones lie in the job's folder; the rules of the wall itself are not openings of content.
        inside = not path.startswith("/") or any(path == root or path.startswith(f"{root}/") for root in allowed)
        if int(call[2]) >= 0 and not inside and "O_PATH" not in line:
            outside.append(path)
    reached = tuple(line for line in lines if re.match(r"(?:socket|connect|bind|execve)\(", line))
    return Trace(tuple(outside), away, reached)


def _judged(file: HostileFile, answer: dict[str, Any] | None, trace: Trace | None) -> tuple[object, ...]:
    """A row of the table; behind it the sentence that the podcaster reads."""
    if answer is None or trace is None:
        return (file.what, "the worker died before it", "", "", "", "", False, "")
    facts, sentence = answer.get("facts"), ""
    if facts:
        outcome = (
            f"taken: {facts['codec']}, {facts['duration_ms'] / 1000:.2f} s{', damaged' if facts['cut_off'] else ''}"
        )
        low, high = file.seconds
        right = (
            file.refused is None
            and all(facts[name] == value for name, value in file.facts.items())
            and low <= facts["duration_ms"] / 1000 <= high
            and answer["left"] == _KEPT
        )
    else:
        outcome, sentence = answer["error"], f"{answer['message']} {answer['action']}"
        right = (
            file.refused is not None
            and issubclass(getattr(errors, answer["error"]), file.refused)
            and file.says in answer["message"]
            and answer["left"] == []
        )
    mib, cpu = answer.get("mib", float("inf")), answer.get("cpu_seconds", float("inf"))
    right = right and cpu <= _CPU_SECONDS_MAX and mib <= _MIB_MAX
    right = right and not trace.opened_outside and not trace.network_or_programs
    outside = ", ".join((*trace.opened_outside, *trace.network_or_programs)) or "nothing"
    return (file.what, outcome, f"{answer['seconds']:.1f}", f"{cpu:.1f}", f"{mib:.0f}", outside, right, sentence)


def _summed_up(lines: list[tuple[object, ...]], answers: dict[int, dict[str, Any]], traces: dict[int, Trace]) -> int:
    count, right = len(lines), sum(bool(line[-2]) for line in lines)
    workers = {answer["worker"] for answer in answers.values()}
    descriptors = {answer["descriptors"] for answer in answers.values()}
    lives = len(answers) == count and len(workers) == 1 and len(descriptors) == 1
    slowest = max((answer["seconds"] for answer in answers.values()), default=0.0)
    heaviest = max((answer.get("mib", 0.0) for answer in answers.values()), default=0.0)
    outside = sum(len(trace.opened_outside) for trace in traces.values())
    away = sum(trace.turned_away for trace in traces.values())
    reached = sum(len(trace.network_or_programs) for trace in traces.values())
    wall = unavailable_because()
    print(f"\nwall around files: {f'none, {wall}' if wall else 'Landlock'}")
    print(
        f"A8: {count} files, {right} as expected, slowest {slowest:.1f} s, most memory {heaviest:.0f} MiB, "
        f"{outside} files opened outside ({away} tried), {reached} calls for network or programs, "
        f"the worker {'lives' if lives else 'DIED OR LEAKED'}"
    )
    return 0 if lives and right == count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
