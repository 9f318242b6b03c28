"""The stages of the gate, in order; the first that says no ends it.

Verified means: the change is small and in allowed places, it applies, its tests failed without it and pass with it, and
no test that passed before fails with its code. It does not mean that the change is right: whoever writes both the code
and its test can write a test that is content with anything, and code that runs beside the tests can do what their
process can (`reach` says what is kept from it, and what cannot be). That is why a person approves.
"""

import contextlib
import math
import socket
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from donecast.autoops.errors import RepositoryMissing
from donecast.autoops.gate import rules
from donecast.autoops.gate.checkout import Checkout, borrow, throw_away_folder
from donecast.autoops.gate.programs import Jailed, pytest_options, python_of, run_jailed
from donecast.autoops.gate.reach import new_reaches
from donecast.autoops.gate.rules import Limits, StyleCheck
from donecast.autoops.gate.runs import Ran, run_tests
from donecast.autoops.gate.testimony import Hearing, broken, objection_after, objection_before
from donecast.autoops.rules.patch import PatchVerdict, read_patch
from donecast.autoops.rules.values import Check, FixProposal, Validation
from donecast.engine.errors import ProgramFailed, ProgramMissing
from donecast.platform.redaction import scrubbed_text

_SAID_CHARACTERS_MAX = 3_900
_TIME_USED_UP = "the run's time is used up"
_PROBE_SECONDS = 20.0
_PROBE = """
import importlib.util, os, socket, sys
port, outside = int(sys.argv[1]), sys.argv[2]
try:
    socket.create_connection(("127.0.0.1", port), 1).close()
    sys.exit("the code could reach the network")
except OSError:
    pass
if [name for _, name in socket.if_nameindex() if name != "lo"] or os.path.exists(outside) or os.getuid() == 0:
    sys.exit("the code could reach what is outside")
if importlib.util.find_spec("pytest") is None:
    sys.exit("pytest is not installed for " + sys.executable)
"""


class _TimeUsedUp(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Until:
    """When a round has to be over, on a clock that never jumps."""

    moment: float

    def at_most(self, seconds: float) -> float:
        """So long may the next program take. Raises _TimeUsedUp."""
        left = self.moment - time.monotonic()
        if left <= 0:
            raise _TimeUsedUp
        return min(seconds, left)

    def heed(self, end: Jailed) -> None:
        """Raises _TimeUsedUp where a program was stopped because the round has to be over."""
        if end.stopped == "time" and time.monotonic() >= self.moment:
            raise _TimeUsedUp


@dataclass(frozen=True, slots=True)
class PatchGate:
    """Tries proposals over one repository. ``scratch`` is a folder of its own, for what is thrown away."""

    root: Path
    scratch: Path
    limits: Limits = field(default_factory=Limits)

    def validate(self, proposal: FixProposal, commit: str, seconds_left: float = math.inf) -> Validation:
        """Every stage up to the first that says no. Takes as long as the repository's tests do, three times over.

        ``seconds_left``: after these the round ends, wherever it stands, and nothing is verified.
        """
        checks: list[Check] = []
        until = _Until(time.monotonic() + seconds_left)
        with contextlib.closing(self._stages(proposal, commit, until)) as stages:
            try:
                for check in stages:
                    checks.append(check)
                    if not check.passed:
                        break
            except _TimeUsedUp:
                checks.append(_check("time", _TIME_USED_UP))
        return Validation(checks=tuple(checks))

    def try_tests(self, names: list[str], commit: str) -> Check:
        """How tests end that stand in the repository, in the jail. Raises the errors of `borrow`."""
        with throw_away_folder(self.scratch) as folder:
            objection = self._objection_of_the_machine(folder, _Until(math.inf))
            if objection:
                return _check("tests", objection)
            run = self.run(borrow(self.root, commit, folder).tree("base"), names, self.limits.tests_seconds, folder)
            said = [f"{test}: {told.fate} {told.said}".strip() for test, told in run.testimony.tests.items()]
            said += [f"{file}: cannot be loaded: {why}" for file, why in run.testimony.unreadable.items()]
            return _check("tests", run.testimony.doubt, "\n".join(said) or "no test of this name ran")

    def run(self, tree: Path, names: list[str], seconds: float, scratch: Path) -> Ran:
        """Runs tests by their names over a tree, in the jail."""
        return run_tests(
            tree,
            names,
            python=python_of(self.root),
            options=pytest_options(self.root),
            deadline_seconds=seconds,
            limits=self.limits,
            scratch=scratch,
        )

    def _stages(self, proposal: FixProposal, commit: str, until: _Until) -> Generator[Check]:
        verdict = read_patch(proposal.diff)
        yield _check("policy", "; ".join(refusal.sentence for refusal in verdict.refusals))
        yield _check("tests_named", _objection_to_names(proposal))
        with throw_away_folder(self.scratch) as folder:
            yield _check("machine", self._objection_of_the_machine(folder, until))
            try:
                checkout = borrow(self.root, commit, folder)
            except (ProgramMissing, ProgramFailed, RepositoryMissing) as error:
                yield _check("commit", str(error.details.get("stderr") or error.message))
                return
            yield _check("commit", "", f"at {commit}")
            yield from _Trial(self, checkout, proposal, verdict, until).stages()

    def _objection_of_the_machine(self, folder: Path, until: _Until) -> str:
        """Why code cannot be kept in here. Tried with a probe of ours, before any line of the repository is run."""
        python = python_of(self.root)
        empty = folder / "empty"
        empty.mkdir()
        empty.chmod(0o755)  # whatever our umask: who stands in it is nobody
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            end = run_jailed(
                [str(python), "-I", "-c", _PROBE, str(port), str(self.root.absolute() / ".git")],
                python=python,
                repository=empty,
                deadline_seconds=until.at_most(_PROBE_SECONDS),
                limits=self.limits,
                scratch=folder,
            )
        until.heed(end)
        if end.exit_code == 0:
            return ""
        return f"cannot be verified here: {(end.walls or end.said or end.stopped).strip()}"


@dataclass(frozen=True, slots=True)
class _Trial:
    """One proposal over one checkout."""

    gate: PatchGate
    checkout: Checkout
    proposal: FixProposal
    verdict: PatchVerdict
    until: _Until

    def stages(self) -> Iterator[Check]:
        yield _check("applies", self._objection_of_git())
        applied = self.checkout.applied("whole", self.proposal.diff)
        said = [refusal.sentence for refusal in applied.refusals]
        yield _check("as_reviewed", "; ".join(said or rules.differences(self.verdict.changes, applied.changes)))
        files = self.checkout.files()
        base, whole = self.checkout.tree("base"), self.checkout.tree("whole", self.proposal.diff)
        yield _check("tests_kept", self._objection_to_taken_tests(base, whole))
        before, after = self._sources(base), self._sources(whole)
        yield _check("no_reach", _reaching(new_reaches(before, after)))
        pyproject = (base / "pyproject.toml").read_text(encoding="utf-8") if "pyproject.toml" in files else ""
        for style in rules.style_checks_of(pyproject):
            yield self._style(style, whole)
        tests, code = rules.parts_of(self.proposal.diff)
        without = self._named(self.checkout.tree("tests", tests))
        yield self._told("fails_before", without, objection_before)
        yield self._told("passes_after", self._named(whole), partial(objection_after, before=without.testimony))
        yield self._old_tests(base, self.checkout.tree("code", code), files)

    def _objection_of_git(self) -> str:
        try:
            self.checkout.check(self.proposal.diff)
        except ProgramFailed as error:
            return str(error.details.get("stderr") or error.message)
        return ""

    def _sources(self, tree: Path) -> dict[str, str]:
        """Python that the change touches, as it stands in a tree. Links lead nowhere: they are not followed."""
        found = {}
        for change in self.verdict.changes:
            path = tree / change.path
            if path.suffix in {".py", ".pyi"} and path.is_file() and path.resolve() == tree.resolve() / change.path:
                found[change.path] = path.read_text(encoding="utf-8", errors="replace")
        return found

    def _objection_to_taken_tests(self, base: Path, whole: Path) -> str:
        before, after = self._sources(base), self._sources(whole)
        taken = [
            f"{path}::{name}"
            for path, source in before.items()
            if rules.is_test_file(path)
            for name in rules.taken_tests(source, after.get(path, ""))
        ]
        return f"it changes or deletes tests that stood before: {', '.join(taken)}" if taken else ""

    def _style(self, style: StyleCheck, tree: Path) -> Check:
        python = python_of(self.gate.root)
        files = sorted(self._sources(tree))
        if not files:
            return _check(style.name, "", "no Python was touched")
        words = [word for part in style.command for word in (files if part == "{files}" else [part])]
        end = run_jailed(
            [str(python) if word == "{python}" else word for word in words],
            python=python,
            repository=tree,
            deadline_seconds=self.until.at_most(self.gate.limits.style_seconds),
            limits=self.gate.limits,
            scratch=self.checkout.folder,
        )
        self.until.heed(end)
        return _check(style.name, "" if end.exit_code == 0 else f"{end.stopped}{end.walls}{end.said}" or "it failed")

    def _run(self, tree: Path, names: list[str], seconds: float) -> Ran:
        run = self.gate.run(tree, names, self.until.at_most(seconds), self.checkout.folder)
        self.until.heed(run.end)
        return run

    def _named(self, tree: Path) -> Ran:
        return self._run(tree, list(self.proposal.tests), self.gate.limits.tests_seconds)

    def _told(self, stage: str, run: Ran, objection_to: Callable[[str, Hearing], str]) -> Check:
        names = self.proposal.tests
        objections = dict.fromkeys(filter(None, (objection_to(name, run.testimony) for name in names)))
        said = "; ".join(objections)
        return _check(stage, f"{said}\n{run.end.said}" if said else "", ", ".join(names))

    def _old_tests(self, base: Path, code: Path, files: list[str]) -> Check:
        test_files = [path for path in files if rules.is_test_file(path)]
        names = rules.related_tests([change.path for change in self.verdict.changes], test_files)
        if not names:
            return _check("old_tests", "", "no tests stood here")
        before = self._run(base, names, self.gate.limits.related_seconds)
        if before.testimony.doubt:
            said = f"the tests cannot be judged even without the change: {before.testimony.doubt}"
            return _check("old_tests", f"{said}\n{before.end.said}")
        after = self._run(code, names, self.gate.limits.related_seconds)
        lost = [after.testimony.doubt] if after.testimony.doubt else broken(before.testimony, after.testimony)
        passed = f"{len(before.testimony.with_fate('passed'))} tests in {', '.join(names)} pass as before"
        return _check("old_tests", "; ".join(lost) and f"{'; '.join(lost)}\n{after.end.said}", passed)


def _objection_to_names(proposal: FixProposal) -> str:
    if not proposal.tests:
        return "it names no test that fails before the change and passes after it"
    if not rules.are_test_names(proposal.tests):
        return f"these are not names of single tests: {', '.join(proposal.tests)}"
    if not rules.parts_of(proposal.diff)[1]:
        return "it changes nothing but tests"
    return ""


def _reaching(found: list[str]) -> str:
    return f"it reaches for what runs or tells the tests: {', '.join(found)}" if found else ""


def _check(name: str, objection: str, said: str = "") -> Check:
    text = scrubbed_text(objection or said)
    return Check(name=name, passed=not objection, said=text[:_SAID_CHARACTERS_MAX])
