"""What may be believed of a run of tests: pure. The counterpart of `witness`, on the gate's side of the wall."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

LINES_MAX = 40_000
Fate = Literal["passed", "failed", "skipped", "expected", "error", "missing", "doubtful"]
_FAILED_CODE = 1
"""Of pytest, when a test failed; and one always has to, see `witness`."""


@dataclass(frozen=True, slots=True)
class Task:
    """The secrets of one run: a key, and the names of the two tests that tell whether the teller tells the truth."""

    key: bytes
    failing: str
    passing: str


@dataclass(slots=True)
class Told:
    """Everything that was told of one test."""

    phases: dict[str, tuple[str, bool]] = field(default_factory=dict)
    bodies: list[str] = field(default_factory=list)
    made_of: str = ""
    """A digest of the code that ran as its body."""
    said: str = ""
    is_repeated: bool = False

    @property
    def fate(self) -> Fate:
        """What became of it. Passed means: set up, its body run once and to its end, torn down, and no excuses."""
        if self.is_repeated or len(self.bodies) > 1:
            return "doubtful"
        outcomes = [self.phases.get(when, ("missing", False)) for when in ("setup", "call", "teardown")]
        if any(is_expected for _, is_expected in outcomes):
            return "expected"
        setup, call, teardown = (outcome for outcome, _ in outcomes)
        if "skipped" in (setup, call):
            return "skipped"
        if setup != "passed" or teardown != "passed":
            return "error"
        if call == "passed":
            return "passed" if self.bodies == [""] else "doubtful"
        return "failed" if call == "failed" and self.bodies and self.bodies[0] else "doubtful"


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a run told, or why nothing of it is believed."""

    tests: Mapping[str, Told] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Files whose tests could not be collected, and why."""
    doubt: str = ""

    def fates_of(self, name: str) -> dict[str, Fate]:
        """Of the test of this name, or of each of its cases."""
        return {test: told.fate for test, told in self.tests.items() if test == name or test.startswith(f"{name}[")}

    def with_fate(self, *fates: Fate) -> list[str]:
        """The tests that ended so."""
        return [test for test, told in self.tests.items() if told.fate in fates]


def heard(report: bytes, task: Task, exit_code: int) -> Hearing:
    """Reads what a run wrote down. Whatever is not in order makes the whole of it worthless."""
    tests: dict[str, Told] = {}
    unreadable: dict[str, str] = {}
    ended: int | None = None
    begun = False
    try:
        for event in _sealed(report, task.key):
            if ended is not None:
                return Hearing(doubt="its report goes on after its end")
            match event["event"]:
                case "begun":
                    begun = True
                case "ended":
                    ended = event["code"]
                case "unreadable":
                    unreadable[event["file"]] = event["said"]
                case "body":
                    told = tests.setdefault(event["test"], Told())
                    told.bodies.append(event["raised"])
                    told.made_of = event["made_of"]
                case "phase":
                    _hear_phase(tests.setdefault(event["test"], Told()), event)
    except (ValueError, KeyError, TypeError):
        return Hearing(doubt="its report was written by somebody else as well")
    if not begun or ended is None:
        return Hearing(doubt=f"it ended (exit code {exit_code}) before its report was complete")
    doubt = _doubt(tests, task, exit_code, ended) if tests else ""
    for test in [test for test in tests if test.endswith((f"::{task.failing}", f"::{task.passing}"))]:
        del tests[test]
    return Hearing(tests, unreadable, doubt)


def _hear_phase(told: Told, event: Mapping[str, Any]) -> None:
    told.is_repeated = told.is_repeated or event["when"] in told.phases
    told.phases[event["when"]] = (event["outcome"], event["is_expected"])
    told.said = event["said"] or told.said


def _sealed(report: bytes, key: bytes) -> Iterable[dict[str, Any]]:
    """The events of a report. Raises ValueError for a line that is not in its place or has a wrong seal."""
    lines = report.split(b"\n")
    if lines.pop():
        raise ValueError("cut")
    if len(lines) > LINES_MAX:
        raise ValueError("long")
    for number, line in enumerate(lines):
        seal, _, body = line.partition(b" ")
        right = hmac.new(key, body, hashlib.sha256).hexdigest().encode()
        event = json.loads(body)
        if not hmac.compare_digest(seal, right) or event["number"] != number:
            raise ValueError("forged")
        yield event


def _doubt(tests: Mapping[str, Told], task: Task, exit_code: int, ended: int) -> str:
    """Why a complete report is not believed, if it is not."""
    fates = {test.rpartition("::")[2]: told.fate for test, told in tests.items()}
    if not {task.failing, task.passing} & fates.keys():
        return "it ended before all its tests had run"
    if fates.get(task.failing) != "failed":
        return "a test that has to fail was told otherwise: its code changes what is told"
    if fates.get(task.passing) != "passed":
        return "a test that has to pass was told otherwise: its code breaks other tests"
    if exit_code != ended or ended != _FAILED_CODE:
        return f"its exit code {exit_code} does not fit its report"
    return ""


def objection_before(name: str, testimony: Hearing) -> str:
    """What speaks against a test that has to fail without the change; empty where it ran and its body said no."""
    file = name.partition("::")[0]
    if testimony.doubt:
        return testimony.doubt
    if file in testimony.unreadable:
        return f"{file} cannot even be loaded without the change, so that its failure proves nothing"
    fates = {*testimony.fates_of(name).values()}
    if fates == {"passed"}:
        return f"{name} passes without the change as well"
    if fates <= {"passed", "failed"} and "failed" in fates:
        return ""
    return f"{name} {_WORDS[next((fate for fate in _WORST_FIRST if fate in fates), 'missing')]}"


def objection_after(name: str, testimony: Hearing, before: Hearing) -> str:
    """What speaks against a test that has to pass with the change; empty where it and each of its cases did.

    ``before``: how it ended without the change, for it is the same test only where the same body ran.
    """
    file = name.partition("::")[0]
    if testimony.doubt:
        return testimony.doubt
    if file in testimony.unreadable:
        return f"{file} cannot be loaded: {testimony.unreadable[file]}"
    fates = testimony.fates_of(name)
    worst: Fate = next((fate for fate in _WORST_FIRST if fate in fates.values()), "passed" if fates else "missing")
    if worst == "passed":
        return f"{name} {_OTHER_BODY}" if any(_is_another(test, before, testimony) for test in fates) else ""
    said = next((testimony.tests[test].said for test, fate in fates.items() if fate == worst), "")
    return f"{name} {_WORDS[worst]}" + (f": {said}" if said else "")


def broken(before: Hearing, after: Hearing) -> list[str]:
    """Tests that passed before and do not pass any more, each with what it said."""
    said = []
    for test in before.with_fate("passed"):
        told = after.tests.get(test, Told())
        if told.fate == "passed" and _is_another(test, before, after):
            said.append(f"{test} {_OTHER_BODY}")
        elif told.fate != "passed":
            said.append(f"{test} {_WORDS[told.fate if test in after.tests else 'missing']}: {told.said}".rstrip(": "))
    return said


def _is_another(test: str, before: Hearing, after: Hearing) -> bool:
    """Whether something else ran under a test's name with the change than without; its file is the same."""
    return test in before.tests and before.tests[test].made_of != after.tests[test].made_of


_OTHER_BODY = "ran with another body than it has without the change"
_WORST_FIRST: tuple[Fate, ...] = ("doubtful", "error", "failed", "expected", "skipped")
_WORDS: dict[Fate, str] = {
    "passed": "passes",
    "failed": "fails",
    "skipped": "is skipped",
    "expected": "is expected to fail",
    "error": "fails around its body, in what sets it up or clears it away",
    "missing": "never ran",
    "doubtful": "is told to pass or fail by somebody else than its body",
}
