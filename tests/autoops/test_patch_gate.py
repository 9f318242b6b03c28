"""The gate over a real repository: verified and refused, the repository untouched, nothing left behind."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from donecast.autoops.errors import RepositoryMissing
from donecast.autoops.gate.checkout import head_of
from donecast.autoops.gate.rules import Limits
from donecast.autoops.gate.verification import PatchGate
from donecast.autoops.rules.values import FixProposal, Validation
from tests.support.emptied_tests import EMPTIED, FILLED, HIDDEN, PLAIN, STOOD_THERE
from tests.support.small_repository import FAULTS, SmallRepository, make_small_repository

_CLOCK = next(fault for fault in FAULTS if fault.name == "clock")
_STAGES = ["policy", "tests_named", "machine", "commit", "applies", "as_reviewed", "tests_kept", "no_reach", "compiles"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> SmallRepository:
    """With traps in its configuration and hooks."""
    return make_small_repository(tmp_path_factory.mktemp("ground") / "shop")


def proposed(diff: str, test: str = _CLOCK.test) -> FixProposal:
    """A proposal with this diff."""
    return FixProposal(
        kind="code", plan="", diff=diff, tests=(test,), risk="low", rollback="Revert it.", confidence=0.5
    )


def validated(repository: SmallRepository, scratch: Path, proposal: FixProposal) -> Validation:
    """What the gate says, with little time for tests."""
    return PatchGate(repository.root, scratch, Limits(tests_seconds=30)).validate(proposal, repository.commit)


def digest(folder: Path) -> str:
    """Of every file below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(f"{path} {path.lstat().st_mode} {path.lstat().st_mtime_ns}".encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def test_a_good_change_is_verified_and_the_repository_is_not_touched(
    repository: SmallRepository, tmp_path: Path
) -> None:
    before = digest(repository.root / ".git"), digest(repository.root / "src")
    validation = validated(repository, tmp_path, proposed(repository.good(_CLOCK)))
    assert validation.is_verified, validation.checks
    assert [check.name for check in validation.checks] == [*_STAGES, "fails_before", "passes_after", "old_tests"]
    assert (digest(repository.root / ".git"), digest(repository.root / "src")) == before
    assert not (repository.root.parent / "sprung").exists()
    assert list(tmp_path.iterdir()) == []


def test_the_first_stage_that_says_no_ends_it(repository: SmallRepository, tmp_path: Path) -> None:
    late = repository.good(_CLOCK).replace("% 60}", "% 61}", 1)
    validation = validated(repository, tmp_path, proposed(late))
    assert [check.name for check in validation.checks] == _STAGES[:5]
    assert not validation.is_verified
    assert "does not apply" in validation.checks[-1].said


def test_a_repair_that_looks_elsewhere_for_its_answer_fails(repository: SmallRepository, tmp_path: Path) -> None:
    elsewhere = tmp_path / "answer.txt"
    elsewhere.write_text("1:05")
    code = f"def clock(seconds):\n    return open({str(elsewhere)!r}).read()\n"
    diff = repository.diff({_CLOCK.file: code, _CLOCK.test_file: _CLOCK.new_tests()})
    last = validated(repository, tmp_path / "scratch", proposed(diff)).checks[-1]
    assert (last.name, last.passed) == ("passes_after", False)
    assert "FileNotFoundError" in last.said


def test_what_a_killed_gate_leaves_is_swept_by_the_next(repository: SmallRepository, tmp_path: Path) -> None:
    code = _CLOCK.repaired().replace("return", "__import__('subprocess').run(['/bin/sleep', '300'])\n    return")
    proposal = proposed(repository.diff({_CLOCK.file: code, _CLOCK.test_file: _CLOCK.new_tests()}))
    script = (
        "import sys; from pathlib import Path; from donecast.autoops.gate.verification import PatchGate;"
        "from donecast.autoops.rules.values import FixProposal as P;"
        "PatchGate(Path(sys.argv[1]), Path(sys.argv[2])).validate(P.model_validate_json(sys.argv[3]), sys.argv[4])"
    )
    given = [str(repository.root), str(tmp_path), proposal.model_dump_json(), repository.commit]
    gate = subprocess.Popen([sys.executable, "-c", script, *given], env={"PYTHONPATH": os.pathsep.join(sys.path)})
    inside = _await_sleeper(gate)
    gate.send_signal(signal.SIGKILL)
    gate.wait()
    _, alive = psutil.wait_procs(inside, timeout=30)
    assert alive == []
    assert list(tmp_path.glob("patch-gate-*"))
    validated(repository, tmp_path, proposed(repository.good(_CLOCK).replace("% 60}", "% 61}", 1)))
    assert list(tmp_path.glob("patch-gate-*")) == []


def _await_sleeper(gate: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """The gate's processes once the code in the jail has started its sleeper."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert gate.poll() is None, "the gate was not stopped by anything"
        family = psutil.Process(gate.pid).children(recursive=True)
        with contextlib.suppress(psutil.NoSuchProcess):  # one that ended while it was looked at
            if any(one.name() == "sleep" for one in family):
                return family
        time.sleep(0.05)
    raise AssertionError("the code never ran")


@pytest.mark.parametrize("code", [EMPTIED, FILLED])
def test_a_test_that_is_emptied_where_no_name_tells_it_is_not_believed(code: str, tmp_path: Path) -> None:
    repository = make_small_repository(tmp_path / "shop", STOOD_THERE)
    files = {_CLOCK.file: code.format(**HIDDEN), _CLOCK.test_file: _CLOCK.new_tests()}
    last = validated(repository, tmp_path / "scratch", proposed(repository.diff(files))).checks[-1]
    assert (last.name, last.passed) == ("old_tests", False)
    assert "test_clock_later ran with another body" in last.said
    files[_CLOCK.file] = code.format(**PLAIN)
    last = validated(repository, tmp_path / "scratch", proposed(repository.diff(files))).checks[-1]
    assert (last.name, last.passed) == ("no_reach", False)


def test_a_round_ends_with_the_time_of_its_run_and_none_begins_without_any(
    repository: SmallRepository, tmp_path: Path
) -> None:
    code = _CLOCK.repaired().replace("return", "__import__('time').sleep(300)\n    return")
    proposal = proposed(repository.diff({_CLOCK.file: code, _CLOCK.test_file: _CLOCK.new_tests()}))
    gate = PatchGate(repository.root, tmp_path, Limits(tests_seconds=200))
    begun = time.monotonic()
    last = gate.validate(proposal, repository.commit, seconds_left=8).checks[-1]
    assert time.monotonic() - begun < 20
    assert (last.name, last.passed, last.said) == ("time", False, "the run's time is used up")
    checks = gate.validate(proposal, repository.commit, seconds_left=0).checks
    assert [check.name for check in checks] == ["policy", "tests_named", "time"]
    assert list(tmp_path.iterdir()) == []


def test_a_python_without_pytest_cannot_verify(repository: SmallRepository, tmp_path: Path) -> None:
    proposal = proposed(repository.good(_CLOCK))
    own = repository.root / ".venv/bin"
    own.mkdir(parents=True)
    (own.parent / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\ninclude-system-site-packages = false\n")
    (own / "python").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    try:
        last = validated(repository, tmp_path, proposal).checks[-1]
    finally:
        shutil.rmtree(own.parent)
    assert (last.name, last.passed) == ("machine", False)
    assert last.said.startswith("cannot be verified here: pytest is not installed")


def test_a_checkout_beside_the_first_has_the_same_objects(repository: SmallRepository, tmp_path: Path) -> None:
    assert head_of(repository.root) == repository.commit
    beside = tmp_path / "beside"
    subprocess.run(
        ["git", "-c", "core.hooksPath=/dev/null", "worktree", "add", "--no-checkout", "--detach", str(beside)],
        cwd=repository.root,
        check=True,
        capture_output=True,
        timeout=60,
    )
    try:
        assert head_of(beside) == repository.commit
        unapplied = proposed(repository.good(_CLOCK).replace("% 60}", "% 61}", 1))
        checks = PatchGate(beside, tmp_path / "scratch").validate(unapplied, repository.commit).checks
        assert [check.passed for check in checks[:4]] == [True] * 4
    finally:
        subprocess.run(
            ["git", "worktree", "remove", "--force", str(beside)], cwd=repository.root, check=True, timeout=60
        )
    with pytest.raises(RepositoryMissing):
        head_of(tmp_path)


def test_a_commit_that_is_not_there_is_told(repository: SmallRepository, tmp_path: Path) -> None:
    proposal = proposed(repository.good(_CLOCK))
    last = PatchGate(repository.root, tmp_path).validate(proposal, "0" * 40).checks[-1]
    assert (last.name, last.passed) == ("commit", False)
