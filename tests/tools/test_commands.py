"""What ``./dev`` says and hands on; the script itself is run as a person would run it."""

import subprocess
import sys
from pathlib import Path

import pytest

from proofs.__main__ import main as prove
from tools import commands
from tools.environment import Environment
from tools.registry import entries, listing

_ROOT = Path(__file__).parents[2]


def _dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(_ROOT / "dev"), *arguments], capture_output=True, text=True, check=False)


def test_alone_it_lists_every_command() -> None:
    done = _dev()
    assert done.returncode == 0
    listed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  ./dev")]
    assert listed == ["up", "whisper", "auto-ops", "test", "check", "prove", "bench", "api", "lock", "migrate"]


def test_unknown_command_is_refused_with_the_list() -> None:
    done = _dev("strat")
    assert done.returncode == 2
    assert "knows no command 'strat'" in done.stderr
    assert "./dev up" in done.stderr


def test_it_is_executable_and_so_is_the_pipeline() -> None:
    assert (_ROOT / "dev").stat().st_mode & 0o111
    assert (_ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_the_pipeline_has_nothing_of_its_own() -> None:
    lines = (_ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line.startswith("./")] == ["./dev check", "./dev test"]


def test_old_python_can_read_the_script_and_gets_a_sentence() -> None:
    text = (_ROOT / "dev").read_text()
    refusal = text.index("sys.exit")
    assert refusal < text.index("from tools"), "the version is checked before anything modern is imported"
    assert "needs Python 3.11 or newer" in text


class _Workshop(Environment):
    """An environment that needs nothing installed, runs nothing, and remembers what it was asked to run."""

    def __init__(self, failing: str = "") -> None:
        super().__init__(_ROOT)
        self.failing = failing
        self.asked: list[str] = []

    def ensure(self, level: object) -> None:
        pass

    def ensure_studio(self) -> None:
        pass

    def ensure_studio_packages(self) -> None:
        pass

    def run(self, command: object, *, folder: object = None) -> int:
        return self.output_of(command, folder=folder)[0]

    def output_of(self, command: object, *, folder: object = None) -> tuple[int, str]:
        assert isinstance(command, list | tuple)
        text = " ".join(command).removeprefix(str(_ROOT / ".venv" / "bin") + "/")
        self.asked.append(text)
        said = "Contracts: 12 kept, 0 broken." if "lint-imports" in text else "something is wrong\n"
        return (1 if self.failing and self.failing in text else 0), said


def test_studio_is_tested_before_pytest_so_that_its_closing_line_is_last() -> None:
    workshop = _Workshop()
    assert commands.test(workshop, []) == 0
    assert workshop.asked == ["npm run --silent test", "python -m pytest -n 2 --dist worksteal -m not long"]


def test_long_runs_the_long_ones_too() -> None:
    workshop = _Workshop()
    assert commands.test(workshop, ["--long"]) == 0
    assert workshop.asked[-1] == "python -m pytest -n 2 --dist worksteal"


def test_chosen_tests_leave_the_studio_alone() -> None:
    workshop = _Workshop()
    assert commands.test(workshop, ["tests/core", "-x"]) == 0
    assert workshop.asked == ["python -m pytest -n 2 --dist worksteal -m not long tests/core -x"]


@pytest.mark.parametrize("failing", ["npm", "pytest"])
def test_either_failure_fails_the_whole_and_stops_neither(failing: str) -> None:
    workshop = _Workshop(failing)
    assert commands.test(workshop, []) == 1
    assert len(workshop.asked) == 2


def test_check_runs_every_part_even_when_one_fails(capsys: pytest.CaptureFixture[str]) -> None:
    workshop = _Workshop("mypy")
    assert commands.check(workshop, []) == 1
    said = capsys.readouterr().out
    assert len(workshop.asked) == len(commands.CHECK_PARTS)
    assert "--- types\nsomething is wrong" in said
    assert said.rstrip().endswith(f"check: 1 of {len(commands.CHECK_PARTS)} parts failed")


def test_check_sums_up_contracts_and_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.check(_Workshop(), []) == 0
    said = capsys.readouterr().out
    assert "Contracts: 12 kept, 0 broken." in said
    for row in ("largest file", "longest function", "tests : code"):
        assert row in said
    assert said.rstrip().endswith("check: all well")


def test_a_proof_announces_itself_without_being_imported(tmp_path: Path) -> None:
    (tmp_path / "l2_sound.py").write_text('"""Sounds right.\n\nMore."""\nDURATION = "a minute"\nraise RuntimeError\n')
    (tmp_path / "l10_last.py").write_text('"""Comes last."""\n')
    (tmp_path / "_shared.py").write_text("")
    found = entries(tmp_path, "*.py")
    assert [(entry.name, entry.line, entry.duration) for entry in found] == [
        ("L2", "Sounds right.", "a minute"),
        ("L10", "Comes last.", ""),
    ]
    assert listing(found) == "  L2   Sounds right. [a minute]\n  L10  Comes last."


def test_every_proof_of_the_house_says_what_it_shows() -> None:
    found = entries(_ROOT / "proofs", "[a-z]*[0-9]_*.py")
    assert {"L1", "L8"} <= {entry.name for entry in found}
    assert len({entry.name for entry in found}) == len(found)
    assert all(entry.line and entry.duration for entry in found)


def test_unknown_proof_gets_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert prove(["L99"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("There is no proof L99. Known: ")
    assert {"L1", "L8"} <= set(said.rstrip(".\n").replace(",", "").split())


def test_without_an_id_the_proofs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert prove([]) == 0
    assert "L1 A fresh clone" in " ".join(capsys.readouterr().out.split())
