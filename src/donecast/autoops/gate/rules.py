"""What the gate decides without touching anything: a diff's parts, and its tests."""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from donecast.autoops.rules.patch import Change

TESTS = "tests"
_START = re.compile(r"^diff --git a/(\S+) b/", re.MULTILINE)
_TEST_NAME = re.compile(rf"{TESTS}/[A-Za-z0-9_./-]+\.py(::[A-Za-z_][A-Za-z0-9_]*)+(\[[^\s\]]+\])?")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the code of a repository may take while it is tried."""

    tests_seconds: float = 60.0
    """For the tests that a proposal names."""
    related_seconds: float = 240.0
    style_seconds: float = 120.0
    memory_bytes: int = 1536 * 1024**2
    """Really used, by everything it starts together."""
    address_bytes: int = 4 * 1024**3
    """By one process."""
    written_bytes: int = 64 * 1024**2
    """In one file."""
    scraps_bytes: int = 256 * 1024**2
    """In all files together."""
    output_bytes: int = 2 * 1024**2
    processes: int = 64


@dataclass(frozen=True, slots=True)
class StyleCheck:
    """One command that says whether changed files may stand so; ``{python}`` and ``{files}`` are filled in."""

    name: str
    command: tuple[str, ...]


COMPILES = StyleCheck(
    "compiles", ("{python}", "-I", "-X", "pycache_prefix=/tmp/compiled", "-m", "compileall", "-q", "{files}")
)
RUFF_FORMAT = StyleCheck("format", ("{python}", "-I", "-m", "ruff", "format", "--check", "--no-cache", "{files}"))
RUFF = StyleCheck("lint", ("{python}", "-I", "-m", "ruff", "check", "--no-cache", "{files}"))
MYPY = StyleCheck("types", ("{python}", "-I", "-m", "mypy", "--cache-dir=/dev/null", "{files}"))


def style_checks_of(pyproject: str) -> tuple[StyleCheck, ...]:
    """Those that a repository has, by its ``pyproject.toml`` as it stood before the change."""
    found = [COMPILES]
    if re.search(r"^\[tool\.ruff", pyproject, re.MULTILINE):
        found += [RUFF_FORMAT, RUFF]
    if re.search(r"^\[tool\.mypy\]", pyproject, re.MULTILINE):
        found.append(MYPY)
    return tuple(found)


def parts_of(diff: str) -> tuple[str, str]:
    """What a diff does to tests, and what it does to everything else. Only for diffs that `read_patch` could read."""
    starts = [(match.start(), match[1]) for match in _START.finditer(diff)]
    ends = [start for start, _ in starts[1:]] + [len(diff)]
    tests: list[str] = []
    code: list[str] = []
    for (start, path), end in zip(starts, ends, strict=True):
        (tests if path.startswith(f"{TESTS}/") else code).append(diff[start:end])
    return "".join(tests), "".join(code)


def are_test_names(names: Sequence[str]) -> bool:
    """Whether each is the name of one test and cannot be taken for an option or for a place elsewhere."""
    return all(_TEST_NAME.fullmatch(name) and ".." not in name.split("[")[0].split("/") for name in names)


def differences(reviewed: Sequence[Change], applied: Sequence[Change]) -> list[str]:
    """In what the change that git made is not the one that was reviewed."""
    before, after = ({change.path: change for change in side} for side in (reviewed, applied))
    said = [f"{path} was not in the diff" for path in after if path not in before]
    said += [f"{path} was not changed" for path in before if path not in after]
    for path in before.keys() & after.keys():
        one, other = before[path], after[path]
        if (one.is_new, one.is_gone) != (other.is_new, other.is_gone):
            said.append(f"{path} was to be {_fate(one)} and was {_fate(other)}")
        elif one.added - one.removed != other.added - other.removed:
            said.append(f"{path} has another number of lines than was reviewed")
    return sorted(said)


def _fate(change: Change) -> str:
    return "made" if change.is_new else "deleted" if change.is_gone else "changed"


def related_tests(touched: Iterable[str], test_files: Sequence[str]) -> list[str]:
    """The files of tests that belong to the touched files: those of the same room or name; all where none does."""
    found: set[str] = set()
    for path in touched:
        pure = PurePosixPath(path)
        if path in test_files:
            found.add(path)
        elif pure.suffix == ".py" and pure.parts[0] != TESTS:
            rooms = {*pure.parts[1:-1]}
            names = (f"test_{pure.stem}.py", f"test_{pure.stem}_")
            found |= {
                file
                for file in test_files
                if rooms & {*PurePosixPath(file).parts[1:-1]} or PurePosixPath(file).name.startswith(names)
            }
    return sorted(found) or list(test_files)


def is_test_file(path: str) -> bool:
    """Whether pytest looks for tests in it."""
    pure = PurePosixPath(path)
    return (
        pure.parts[0] == TESTS
        and pure.suffix == ".py"
        and (pure.name.startswith("test_") or pure.stem.endswith("_test"))
    )


def taken_tests(before: str, after: str) -> list[str]:
    """Tests of a file that stood before and are gone or changed: a change may add tests, a person changes them."""
    old, new = _tests_in(before), _tests_in(after)
    return sorted(name for name, body in old.items() if new.get(name) != body)


def _tests_in(source: str) -> dict[str, str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    found: dict[str, str] = {}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for owner, body in [("", tree.body), *((f"{node.name}::", node.body) for node in classes)]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                found[f"{owner}{node.name}"] = ast.dump(node)
    return found
