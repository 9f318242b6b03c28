"""Which changes may be tried at all: the first door of the patch gate, before any file is touched.

`git apply --check` refuses much, but takes a link to anywhere, a workflow of CI and a new ``conftest.py``. So the text
of the diff is read here by a strict grammar, and whatever is not plainly a change of plain text in an allowed place is
refused with its reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

FILES_MAX = 10
CHANGED_LINES_MAX = 300
CHARACTERS_MAX = 60_000
ROOTS = ("src", "tests", "docs")
SUFFIXES = frozenset({".py", ".pyi", ".md", ".txt", ".html", ".css", ".xml", ".json", ".toml"})

Reason = Literal[
    "empty",
    "too_long",
    "too_many_files",
    "too_many_lines",
    "malformed",
    "binary",
    "mode",
    "link",
    "outside",
    "place",
    "ci",
    "hook",
    "migration",
    "lock_file",
    "secret",
    "test_set_up",
    "kind",
    "twice",
    "moved",
]

SENTENCES: dict[Reason, str] = {
    "empty": "it changes nothing",
    "too_long": f"it is longer than {CHARACTERS_MAX:,} characters",
    "too_many_files": f"it touches more than {FILES_MAX} files",
    "too_many_lines": f"it changes more than {CHANGED_LINES_MAX} lines",
    "malformed": "it is not a diff that can be read without guessing",
    "binary": "it changes bytes that nobody can read in a review",
    "mode": "it changes what may be run",
    "link": "it makes a link to another place",
    "outside": "it reaches out of the repository",
    "place": f"it changes something that is not in {', '.join(ROOTS)}",
    "ci": "it changes how changes are tested",
    "hook": "it changes what git runs by itself",
    "migration": "it changes how the database is brought to a new version",
    "lock_file": "it changes which packages are installed",
    "secret": "it touches a place where secrets live",
    "test_set_up": "it changes what runs before all tests, which could make any test pass",
    "kind": "it changes a kind of file that is not plain text of this project",
    "twice": "it names one file twice",
    "moved": "it moves or copies a file, which nobody can review line by line",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a change, and the file that gives it."""

    reason: Reason
    path: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{self.path}: {SENTENCES[self.reason]}" if self.path else SENTENCES[self.reason]


@dataclass(frozen=True, slots=True)
class Change:
    """What a diff does to one file."""

    path: str
    is_new: bool = False
    is_gone: bool = False
    added: int = 0
    removed: int = 0


@dataclass(slots=True)
class _Reading:
    refusals: list[Refusal] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def refuse(self, reason: Reason, path: str = "") -> None:
        refusal = Refusal(reason, path)
        if refusal not in self.refusals:
            self.refusals.append(refusal)


@dataclass(frozen=True, slots=True)
class PatchVerdict:
    """What was read, and everything that speaks against it; nothing means that it may be tried."""

    changes: tuple[Change, ...]
    refusals: tuple[Refusal, ...]

    @property
    def may_be_tried(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.refusals

    @property
    def changed_lines(self) -> int:
        """Added and removed together."""
        return sum(change.added + change.removed for change in self.changes)


class _Malformed(ValueError):
    pass


_FILE = re.compile(r"diff --git a/(?P<old>\S+) b/(?P<new>\S+)")
_HUNK = re.compile(r"@@ -(?P<old>\d{1,7})(?:,(?P<olds>\d{1,7}))? \+(?P<new>\d{1,7})(?:,(?P<news>\d{1,7}))? @@(?: .*)?")
_INDEX = re.compile(r"index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: (?P<mode>\d{6}))?")
_MODE = re.compile(r"(?P<what>old mode|new mode|new file mode|deleted file mode) (?P<mode>\d{6})")
_MOVED = re.compile(r"(?:rename|copy) (?:from|to) (?P<path>.+)|(?:dis)?similarity index \d+%")
_NO_NEWLINE = "\\ No newline at end of file"
_PLAIN_MODE = "100644"
_LINK_MODES = {"120000", "160000"}


def read_patch(diff: str) -> PatchVerdict:
    """Reads a unified diff as git writes it. Never raises: what cannot be read is a refusal."""
    reading = _Reading()
    if not diff.strip():
        reading.refuse("empty")
    elif len(diff) > CHARACTERS_MAX:
        reading.refuse("too_long")
    else:
        try:
            _read_files(diff, reading)
        except _Malformed:
            reading.refuse("malformed")
        _look_at_the_whole(reading)
    return PatchVerdict(tuple(reading.changes), tuple(reading.refusals))


def _look_at_the_whole(reading: _Reading) -> None:
    if len(reading.changes) > FILES_MAX:
        reading.refuse("too_many_files")
    if sum(change.added + change.removed for change in reading.changes) > CHANGED_LINES_MAX:
        reading.refuse("too_many_lines")
    seen: set[str] = set()
    for change in reading.changes:
        folded = change.path.casefold()  # one file on a disk that does not tell capitals apart
        if folded in seen:
            reading.refuse("twice", change.path)
        seen.add(folded)
    if not reading.refusals and not any(change.added or change.removed for change in reading.changes):
        reading.refuse("empty")


def _read_files(diff: str, reading: _Reading) -> None:
    lines = diff.split("\n")
    if lines[-1] == "":
        lines.pop()
    starts = [number for number, line in enumerate(lines) if line.startswith("diff --git ")]
    if not starts or starts[0] != 0:
        raise _Malformed
    position = 0
    while position < len(lines):
        position = _read_file(lines, position, reading)


def _read_file(lines: list[str], position: int, reading: _Reading) -> int:
    """One file's part; answers where the next begins."""
    named = _FILE.fullmatch(lines[position])
    if named is None:
        raise _Malformed  # also a name with spaces or in quotes: no file of ours has one
    old, new = named["old"], named["new"]
    for path in dict.fromkeys((old, new)):
        _look_at_path(path, reading)
    if old != new:
        reading.refuse("moved", new)
    position += 1
    kinds: set[str] = set()
    while position < len(lines) and not lines[position].startswith(("--- ", "diff --git ")):
        kinds.add(_read_heading(lines[position], new, reading))
        if "binary" in kinds:
            return _next_file(lines, position)
        position += 1
    is_new, is_gone = "new file mode" in kinds, "deleted file mode" in kinds
    if position == len(lines) or lines[position].startswith("diff --git "):
        reading.changes.append(Change(new, is_new, is_gone))
        return position
    sides = ["--- /dev/null" if is_new else f"--- a/{old}", "+++ /dev/null" if is_gone else f"+++ b/{new}"]
    if lines[position : position + 2] != sides:
        raise _Malformed
    position, added, removed = _read_hunks(lines, position + 2)
    reading.changes.append(Change(new, is_new, is_gone, added, removed))
    return position


def _read_heading(line: str, path: str, reading: _Reading) -> str:
    """One line between a file's name and its hunks; answers what kind of line it is."""
    if mode := _MODE.fullmatch(line):
        _look_at_mode(mode["what"], mode["mode"], path, reading)
        return mode["what"]
    if index := _INDEX.fullmatch(line):
        _look_at_mode("index", index["mode"] or _PLAIN_MODE, path, reading)
        return "index"
    if line.startswith(("GIT binary patch", "Binary files ")):
        reading.refuse("binary", path)
        return "binary"
    if moved := _MOVED.fullmatch(line):
        if moved["path"]:
            _look_at_path(moved["path"], reading)
        reading.refuse("moved", path)
        return "moved"
    raise _Malformed


def _next_file(lines: list[str], position: int) -> int:
    while position < len(lines) and not lines[position].startswith("diff --git "):
        position += 1
    return position


def _read_hunks(lines: list[str], position: int) -> tuple[int, int, int]:
    added = removed = 0
    if position == len(lines) or not lines[position].startswith("@@ "):
        raise _Malformed
    while position < len(lines) and not lines[position].startswith("diff --git "):
        hunk = _HUNK.fullmatch(lines[position])
        if hunk is None:
            raise _Malformed
        old_left = int(hunk["olds"] if hunk["olds"] is not None else 1)
        new_left = int(hunk["news"] if hunk["news"] is not None else 1)
        position += 1
        while old_left > 0 or new_left > 0:
            if position == len(lines):
                raise _Malformed
            match lines[position][:1]:
                case "+":
                    new_left, added = new_left - 1, added + 1
                case "-":
                    old_left, removed = old_left - 1, removed + 1
                case " ":
                    old_left, new_left = old_left - 1, new_left - 1
                case "\\" if lines[position] == _NO_NEWLINE:
                    pass
                case _:
                    raise _Malformed
            position += 1
        if old_left or new_left:
            raise _Malformed
        if position < len(lines) and lines[position] == _NO_NEWLINE:
            position += 1
    return position, added, removed


def _look_at_mode(what: str, mode: str, path: str, reading: _Reading) -> None:
    if mode in _LINK_MODES:
        reading.refuse("link", path)
    elif what in {"old mode", "new mode"} or mode != _PLAIN_MODE:
        reading.refuse("mode", path)


_CI = (".github", ".gitlab", ".ci", ".circleci", ".buildkite", ".woodpecker")
_CI_FILES = frozenset({".gitlab-ci.yml", "jenkinsfile", "azure-pipelines.yml", ".travis.yml", "noxfile.py", "tox.ini"})
_LOCKS = re.compile(r".*\.lock|requirements.*\.txt|package-lock\.json|pnpm-lock\.yaml|poetry\.lock|uv\.lock")
_SECRETS = re.compile(
    r"\.env.*|.*\.(pem|key|p12|pfx|crt|kdbx|sqlite|db|dump)|id_(rsa|ed25519|ecdsa).*|.*secrets?\.(json|ya?ml|toml|txt)"
    r"|credentials.*|\.netrc|\.npmrc|\.pypirc"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\:\"'*?<>|]")


def _look_at_path(path: str, reading: _Reading) -> None:
    """Every reason that a path gives, the most telling first."""
    reason = next(_reasons_of(path), None)
    if reason is not None:
        reading.refuse(reason, path)


def _reasons_of(path: str) -> Iterator[Reason]:
    pure = PurePosixPath(path)
    parts = [part.casefold() for part in pure.parts]
    if path.startswith(("/", "~")) or ".." in parts or _CONTROL.search(path) or str(pure) != path:
        yield "outside"
        return
    name = parts[-1]
    if parts[0] in _CI or name in _CI_FILES or ".github" in parts:
        yield "ci"
    if ".git" in parts or ".githooks" in parts or "hooks" in parts[:2] or name in {".gitattributes", ".gitmodules"}:
        yield "hook"
    if "migrations" in parts or "alembic" in parts or name == "alembic.ini":
        yield "migration"
    if _LOCKS.fullmatch(name):
        yield "lock_file"
    if _SECRETS.fullmatch(name):
        yield "secret"
    if _is_test_set_up(pure):
        yield "test_set_up"
    if parts[0] not in ROOTS or len(parts) == 1:
        yield "place"
    if pure.suffix.casefold() not in SUFFIXES or any(part.startswith(".") for part in parts):
        yield "kind"


def may_be_read(path: str) -> bool:
    """Whether a file's words may be shown to a model: a plain path inside, and nothing that keeps secrets or dumps."""
    pure = PurePosixPath(path)
    if not path or path.startswith(("/", "~", "-")) or _CONTROL.search(path) or ".." in pure.parts:
        return False
    return str(pure) == path and not any(_SECRETS.fullmatch(part.casefold()) for part in pure.parts)


_SET_UP = frozenset(
    {"conftest.py", "pytest.ini", "setup.cfg", "tox.ini", "sitecustomize.py", "usercustomize.py", "pyproject.toml"}
)


def _is_test_set_up(path: PurePosixPath) -> bool:
    return path.name.casefold() in _SET_UP or path.suffix.casefold() == ".pth"
