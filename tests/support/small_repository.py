"""A small repository with twenty faults, made anew by real git, and diffs against it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PYPROJECT = '[project]\nname = "shop"\nversion = "1"\n\n[tool.pytest.ini_options]\npythonpath = ["src"]\n'


@dataclass(frozen=True, slots=True)
class Fault:
    """A function that is wrong, how it would be right, and tests: one that holds, one that shows it, one kept back."""

    name: str
    source: str
    wrong: str
    right: str
    holds: str
    shows: str
    hidden: str

    @property
    def file(self) -> str:
        return f"src/shop/{self.name}.py"

    @property
    def test_file(self) -> str:
        return f"tests/test_{self.name}.py"

    @property
    def test(self) -> str:
        return f"{self.test_file}::test_{self.name}_shown"

    def test_source(self, kind: str, body: str) -> str:
        return f"def test_{self.name}_{kind}() -> None:\n    assert {body}\n"

    def old_tests(self) -> str:
        return f"from shop.{self.name} import {self.name}\n\n\n{self.test_source('holds', self.holds)}"

    def new_tests(self) -> str:
        return f"{self.old_tests()}\n\n{self.test_source('shown', self.shows)}"

    def repaired(self) -> str:
        return self.source.replace(self.wrong, self.right)


def _fault(name: str, head: str, wrong: str, right: str, holds: str, shows: str, hidden: str) -> Fault:
    return Fault(name, f"def {name}{head}:\n    {wrong}\n", wrong, right, holds, shows, hidden)


FAULTS = (
    _fault(
        "clock",
        "(seconds)",
        'return f"{seconds // 60}:{seconds % 60}"',
        'return f"{seconds // 60}:{seconds % 60:02d}"',
        'clock(75) == "1:15"',
        'clock(65) == "1:05"',
        '[clock(600), clock(9)] == ["10:00", "0:09"]',
    ),
    _fault(
        "slug",
        "(title)",
        'return title.lower().replace(" ", "-")',
        'return "-".join(title.lower().split())',
        'slug("A Talk") == "a-talk"',
        'slug(" A  Talk ") == "a-talk"',
        'slug("A\\tB \\n C") == "a-b-c"',
    ),
    _fault(
        "mean",
        "(values)",
        "return sum(values) / len(values)",
        "return sum(values) / len(values) if values else 0.0",
        "mean([1, 3]) == 2",
        "mean([]) == 0.0",
        "mean(()) == 0.0 and mean([5]) == 5",
    ),
    _fault(
        "words",
        "(answer)",
        'return answer["words"]',
        'return answer["words"] if "words" in answer else answer["tokens"]',
        'words({"words": ["a"]}) == ["a"]',
        'words({"tokens": ["b"]}) == ["b"]',
        'words({"tokens": [], "id": 1}) == [] and words({"words": [1], "tokens": [2]}) == [1]',
    ),
    _fault(
        "pages",
        "(total, size)",
        "return total // size",
        "return -(-total // size)",
        "pages(20, 10) == 2",
        "pages(21, 10) == 3",
        "[pages(0, 10), pages(1, 10), pages(10, 10)] == [0, 1, 1]",
    ),
    _fault(
        "clamp",
        "(value, low, high)",
        "return max(low, value)",
        "return min(high, max(low, value))",
        "clamp(-1, 0, 9) == 0",
        "clamp(10, 0, 9) == 9",
        "[clamp(n, 2, 4) for n in range(6)] == [2, 2, 2, 3, 4, 4]",
    ),
    _fault(
        "escaped",
        "(text)",
        'return text.replace("<", "&lt;")',
        'return text.replace("&", "&amp;").replace("<", "&lt;")',
        'escaped("<a") == "&lt;a"',
        'escaped("R&B") == "R&amp;B"',
        'escaped("&<") == "&amp;&lt;"',
    ),
    _fault(
        "touching",
        "(one, other)",
        "return one[0] < other[1] and other[0] < one[1]",
        "return one[0] <= other[1] and other[0] <= one[1]",
        "touching((0, 2), (1, 3))",
        "touching((0, 2), (2, 3))",
        "touching((2, 3), (0, 2)) and not touching((0, 1), (2, 3))",
    ),
    _fault(
        "latest",
        "(items, count)",
        "return items[-count:]",
        "return items[len(items) - count :] if count < len(items) else items[:]",
        "latest([1, 2, 3], 2) == [2, 3]",
        "latest([1, 2, 3], 0) == []",
        "latest([1, 2], 5) == [1, 2] and latest([], 0) == []",
    ),
    _fault(
        "pause",
        "(attempt)",
        "return 2 * attempt",
        "return 2**attempt",
        "pause(2) == 4",
        "pause(3) == 8",
        "[pause(n) for n in range(5)] == [1, 2, 4, 8, 16]",
    ),
    _fault(
        "approved",
        "(text)",
        "return bool(text)",
        'return text.strip().lower() in {"true", "yes", "1"}',
        'approved("true")',
        'not approved("false")',
        'approved(" YES ") and not approved("") and not approved("no")',
    ),
    _fault(
        "tags",
        "(text)",
        'return text.split(",")',
        'return [tag.strip() for tag in text.split(",") if tag.strip()]',
        'tags("a,b") == ["a", "b"]',
        'tags("a, b,") == ["a", "b"]',
        'tags("") == [] and tags(" x ") == ["x"]',
    ),
    _fault(
        "kibibytes",
        "(size)",
        "return size // 1000",
        "return size // 1024",
        "kibibytes(0) == 0",
        "kibibytes(1000) == 0",
        "kibibytes(2048) == 2 and kibibytes(1023) == 0",
    ),
    _fault(
        "median",
        "(values)",
        "return sorted(values)[len(values) // 2]",
        "return (sorted(values)[len(values) // 2] + sorted(values)[(len(values) - 1) // 2]) / 2",
        "median([3, 1, 2]) == 2",
        "median([1, 2, 3, 4]) == 2.5",
        "median([5]) == 5 and median([1, 9]) == 5",
    ),
    _fault(
        "leap",
        "(year)",
        "return year % 4 == 0",
        "return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
        "leap(2024) and not leap(2023)",
        "not leap(1900)",
        "leap(2000) and not leap(2100)",
    ),
    _fault(
        "unique",
        "(items)",
        "return sorted(set(items))",
        "return list(dict.fromkeys(items))",
        "unique([1, 1]) == [1]",
        "unique([2, 1, 2]) == [2, 1]",
        'unique("banana") == ["b", "a", "n"]',
    ),
    Fault(
        "bag",
        "def bag(item, items=[]):\n    items.append(item)\n    return items\n",
        "items=[]):\n    items.append(item)\n    return items",
        "items=()):\n    return [*items, item]",
        "bag(1, [0]) == [0, 1]",
        "[bag(1), bag(2)] == [[1], [2]]",
        "bag(1) == [1] and bag(2) == [2]",
    ),
    _fault(
        "chapter",
        "(starts, at)",
        "return sum(start < at for start in starts)",
        "return sum(start <= at for start in starts)",
        "chapter([0, 10], 5) == 1",
        "chapter([0, 10], 10) == 2",
        "chapter([0], 0) == 1 and chapter([], 3) == 0",
    ),
    _fault(
        "cents",
        "(text)",
        "return int(float(text) * 100)",
        "return round(float(text) * 100)",
        'cents("1.50") == 150',
        'cents("0.29") == 29',
        'cents("1.15") == 115 and cents("0") == 0',
    ),
    _fault(
        "initials",
        "(name)",
        'return "".join(word[0] for word in name.split(" "))',
        'return "".join(word[0] for word in name.split())',
        'initials("Ann Lee") == "AL"',
        'initials("Ann  Lee") == "AL"',
        'initials(" B ") == "B" and initials("") == ""',
    ),
)


@dataclass(frozen=True, slots=True)
class SmallRepository:
    """A checkout of a person."""

    root: Path
    commit: str

    def diff(self, files: Mapping[str, str | None], *more: str) -> str:
        """What git says after these files were written, or deleted where None; ``more`` are git's options."""
        with tempfile.TemporaryDirectory() as made:
            copy = Path(made) / "copy"
            shutil.copytree(self.root, copy, symlinks=True)
            (copy / ".git/config").write_text("[core]\n\trepositoryformatversion = 0\n", encoding="utf-8")
            for name, text in files.items():
                path = copy / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                if text is not None:
                    path.write_text(text, encoding="utf-8")
            _git(copy, "add", "-A")
            return _git(copy, "diff", "--cached", *(more or ("--no-renames",)))

    def is_as_it_was(self) -> bool:
        """Whether its files, its branches and what is checked out are still those of the commit."""
        named = {*_git(self.root, "for-each-ref", "--format=%(objectname)").split()}
        at = _git(self.root, "rev-parse", "HEAD").strip()
        return named | {at} == {self.commit} and not _git(self.root, "status", "--porcelain")

    def good(self, fault: Fault) -> str:
        """The change that repairs a fault and adds the test that shows it."""
        return self.diff({fault.file: fault.repaired(), fault.test_file: fault.new_tests()})


def make_small_repository(root: Path, more: Mapping[str, str] | None = None) -> SmallRepository:
    """Makes it, with hooks and a configuration that would leave a trace if anything of it ran, and ``more`` files."""
    files = {"pyproject.toml": _PYPROJECT, "src/shop/__init__.py": "", "README.md": "A shop.\n"}
    for fault in FAULTS:
        files |= {fault.file: fault.source, fault.test_file: fault.old_tests()}
    files |= more or {}
    files[".gitattributes"] = "*.md filter=trap diff=trap\n"
    root.mkdir(parents=True)
    (root / "src/shop").mkdir(parents=True)
    (root / "src/shop/elsewhere").symlink_to(root.parent)
    made = commit_files(root, files, "A shop with faults")
    trap = root / ".git" / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {root.parent}/sprung\ncat\n", encoding="utf-8")
    trap.chmod(0o755)
    (root / ".git/hooks").mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "pre-applypatch", "reference-transaction"):
        shutil.copy(trap, root / ".git/hooks" / hook)
    for name in ("core.fsmonitor", "filter.trap.smudge", "filter.trap.clean", "diff.trap.textconv", "diff.external"):
        _git(root, "config", name, str(trap))
    return made


def commit_files(root: Path, files: Mapping[str, str], message: str = "As it is") -> SmallRepository:
    """A repository with these files and whatever stands there, in one commit."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    _git(root, "init", "--quiet", "--initial-branch=main")
    _git(root, "add", "-A")
    _git(root, "commit", "--quiet", "-m", message)
    return SmallRepository(root, _git(root, "rev-parse", "HEAD").strip())


def _git(folder: Path, *arguments: str) -> str:
    person = ("-c", "user.name=A Person", "-c", "user.email=person@example.com", "-c", "core.hooksPath=/dev/null")
    environment = {"PATH": os.defpath, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", *person, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True, timeout=60)
    return done.stdout.decode("utf-8", "replace")
