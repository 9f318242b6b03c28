"""Other programs run behind the same walls, and what goes wrong with them is a sentence."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from donecast.engine.errors import EngineTimeout, ProgramFailed, ProgramMissing
from donecast.engine.programs import find_program, run_program


def test_a_program_gets_input_and_gives_output(tmp_path: Path) -> None:
    finished = run_program(["cat"], stdin=b"hello", deadline_seconds=10, scratch=tmp_path)
    assert finished.stdout == b"hello"
    assert list(tmp_path.iterdir()) == []


def test_arguments_reach_the_program_as_they_are() -> None:
    finished = run_program(["echo", "$HOME; rm *", "a  b"], deadline_seconds=10)
    assert finished.stdout == b"$HOME; rm * a  b\n"


def test_a_program_in_python_has_its_own_libraries_and_not_ours(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable} -S\nimport os\nprint(os.environ.get('PYTHONPATH'))\n")
    program.chmod(0o755)
    assert run_program([str(program)], deadline_seconds=20).stdout == b"None\n"


def test_a_missing_program_is_named() -> None:
    assert find_program("no-such-program-here") is None
    with pytest.raises(ProgramMissing, match="no-such-program-here"):
        run_program(["no-such-program-here"], deadline_seconds=10)


def test_a_failing_program_keeps_what_it_said() -> None:
    with pytest.raises(ProgramFailed) as caught:
        run_program([sys.executable, "-c", "import sys; sys.exit('out of paper')"], deadline_seconds=10)
    assert "out of paper" in str(caught.value.details["stderr"])


def test_a_slow_program_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(EngineTimeout):
        run_program(["sleep", "30"], deadline_seconds=0.5)
    assert time.monotonic() - started < 5


def test_a_program_that_talks_too_much_is_stopped() -> None:
    with pytest.raises(ProgramFailed, match="too much"):
        run_program(["yes"], deadline_seconds=10, output_bytes_max=100_000)


_RUN = "import sys; from donecast.engine.programs import run_program; run_program(sys.argv[1:], deadline_seconds=60)"


def test_the_folder_of_who_was_killed_goes_with_the_next_program(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", _RUN, "sleep", "60"], env=environment) as killed:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("*/.owner")) and time.monotonic() < deadline:
            time.sleep(0.05)
        killed.kill()
    assert len(list(tmp_path.iterdir())) == 1
    subprocess.run([sys.executable, "-c", _RUN, "true"], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
