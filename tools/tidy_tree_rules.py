"""The rules of ``tools/tidy.py`` about the tree of files: sizes, names, records, and what must not stand in a text."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from tools.sizes import is_studio_test, line_count
from tools.tidy_rules import Finding, TreeRule

_FILE_LINES_MAX = 400
_TEST_FILE_LINES_MAX = 600
_TSX_LINES_MAX = 250


class LongFile(TreeRule):
    """A file is one thought."""

    name = "long-file"
    reason = "A file over its budget holds several thoughts; give each a file with a name."
    record = "ADR 0001"

    def find(self, root: Path, places: Sequence[str]) -> Iterator[Finding]:
        """Files over the budget of their kind."""
        for place in places:
            budget = _line_budget(place)
            if budget and (lines := line_count(root / place)) > budget:
                yield Finding(place, 1, f"{lines} lines of {budget}")


def _line_budget(place: str) -> int | None:
    if place.startswith("frontend/src/api/"):
        return None
    if place.startswith("frontend/") and place.endswith((".ts", ".tsx")):
        if is_studio_test(Path(place)):
            return _TEST_FILE_LINES_MAX
        return _TSX_LINES_MAX if place.endswith(".tsx") else _FILE_LINES_MAX
    if place.startswith("tests/") and place.endswith(".py"):
        return _TEST_FILE_LINES_MAX
    return _FILE_LINES_MAX if place.endswith(".py") and not place.startswith("migrations/versions/") else None


class RootAllowList(TreeRule):
    """The root holds only what every reader needs."""

    name = "root-file"
    reason = "Logs, notes and one-shot scripts gather in a root that nobody guards."
    record = "ADR 0001"
    _allowed: ClassVar[frozenset[str]] = frozenset(
        (
            *(".ci", ".dockerignore", ".editorconfig", ".env.example", ".gitattributes", ".gitignore", ".importlinter"),
            *(
                "ARCHITECTURE.md",
                "CHANGELOG.md",
                "CONTRIBUTING.md",
                "GLOSSARY.md",
                "LICENSE",
                "README.md",
                "SECURITY.md",
            ),
            *(
                "benchmarks",
                "deploy",
                "dev",
                "docs",
                "evals",
                "frontend",
                "migrations",
                "proofs",
                "src",
                "tests",
                "tools",
            ),
            *("pyproject.toml", "requirements.lock", "requirements-dev.lock"),
        )
    )

    def find(self, root: Path, places: Sequence[str]) -> Iterator[Finding]:
        """Names in the root that are not on the list."""
        del root
        for name in sorted({place.split("/")[0] for place in places} - self._allowed):
            yield Finding(name, 1, "does not belong in the root; find its room, or add it to the list with a record")


class BannedName(TreeRule):
    """A name says what a thing is."""

    name = "banned-name"
    reason = "Such a name says nothing of what is inside, or keeps two versions of one thing alive."
    record = "ADR 0001"
    _words: ClassVar[re.Pattern[str]] = re.compile(
        r"^(utils?|helpers?|common|misc|manager)$|_(utils?|helpers?|manager|v\d+|new|old|fix|backup)$|\.(bak|orig|backup)$"
    )

    def find(self, root: Path, places: Sequence[str]) -> Iterator[Finding]:
        """Files and folders with a name that says nothing."""
        del root
        for place in places:
            parts = place.split("/")
            names = [*parts[:-1], parts[-1].split(".")[0], parts[-1]]
            if any(self._words.search(name.replace("-", "_").lower()) for name in names):
                yield Finding(place, 1, "name it after what it holds")


class RecordNumbers(TreeRule):
    """A decision record has a number of its own."""

    name = "record-number"
    reason = "Code and reviews cite records by number; a number must mean one record."
    record = "ADR 0001"

    def find(self, root: Path, places: Sequence[str]) -> Iterator[Finding]:
        """Records without a number, with a used one, or whose heading says another one."""
        seen: dict[str, str] = {}
        for place in places:
            if not place.startswith("docs/adr/") or place in {"docs/adr/README.md", "docs/adr/template.md"}:
                continue
            match = re.match(r"docs/adr/(\d{4})-[a-z0-9-]+\.md$", place)
            if not match:
                yield Finding(place, 1, "a record's name is its number and its title in lower case: 0012-a-title.md")
                continue
            if match[1] in seen:
                yield Finding(place, 1, f"number {match[1]} is taken by {seen[match[1]]}")
            if not (root / place).read_text(encoding="utf-8").startswith(f"# {match[1]}. "):
                yield Finding(place, 1, f"its heading must start with '# {match[1]}. '")
            seen.setdefault(match[1], place)


class MachinePath(TreeRule):
    """The project names no machine."""

    name = "machine-path"
    reason = "A path of one machine is wrong on every other one."
    record = "ADR 0001"
    # Written in pieces so that this file does not find itself.
    _pattern: ClassVar[re.Pattern[str]] = re.compile(r"(?<![\w.~])/(?:work|root)" + "/|BLUE" + r"PRINT\.md")
    _text: ClassVar[tuple[str, ...]] = (
        *(".py", ".md", ".toml", ".sh", ".lock", ".txt", ".yml", ".yaml", ".json", ".xml", ".ini"),
        *(".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".svg"),
    )

    def find(self, root: Path, places: Sequence[str]) -> Iterator[Finding]:
        """Lines of text files with such a path."""
        for place in places:
            if not (place.endswith(self._text) or "." not in place.rpartition("/")[2].lstrip(".")):
                continue
            for number, line in enumerate((root / place).read_text("utf-8", "replace").splitlines(), start=1):
                if self._pattern.search(line):
                    yield Finding(place, number, "say it without a machine's path")


TREE_RULES: tuple[TreeRule, ...] = (
    LongFile(),
    RootAllowList(),
    BannedName(),
    RecordNumbers(),
    MachinePath(),
)
