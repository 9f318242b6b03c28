"""The house rules that a linter does not know, executed: ``python -m tools.tidy``.

Each rule has a name, a reason and the decision record it stands on; each has a test in ``tests/tools``.
Exceptions stand in ``tools/tidy_allowed.toml``, each with its own reason, and a spent one is a finding too.
"""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.sizes import ROOT
from tools.tidy_rules import PYTHON_RULES, Finding, PythonFile, Rule
from tools.tidy_tree_rules import TREE_RULES

_ALLOWED_FILE = "tools/tidy_allowed.toml"


@dataclass(frozen=True, slots=True)
class Allowed:
    """A permission to break one rule at one place."""

    rule: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and how many rules looked."""

    findings: tuple[tuple[Rule, Finding], ...]
    rules: int
    troubles: tuple[str, ...] = field(default=())

    @property
    def clean(self) -> bool:
        """Whether nothing is to be said."""
        return not self.findings and not self.troubles


def tidy(root: Path, places: Sequence[str], allowed: Iterable[Allowed] = ()) -> Report:
    """Runs every rule on the files at ``places`` (relative to ``root``, with slashes)."""
    found: list[tuple[Rule, Finding]] = []
    for place in places:
        if not place.endswith(".py"):
            continue
        file = PythonFile(place, ast.parse((root / place).read_text(encoding="utf-8"), filename=place))
        found += [(rule, finding) for rule in PYTHON_RULES if rule.applies(place) for finding in rule.find(file)]
    for tree_rule in TREE_RULES:
        found += [(tree_rule, finding) for finding in tree_rule.find(root, places)]
    permissions = tuple(allowed)
    kept = tuple(
        (rule, finding)
        for rule, finding in found
        if not any(one.rule == rule.name and one.place == finding.place for one in permissions)
    )
    return Report(kept, len(PYTHON_RULES) + len(TREE_RULES), tuple(_spent(permissions, found)))


def _spent(permissions: Sequence[Allowed], found: Sequence[tuple[Rule, Finding]]) -> Iterable[str]:
    used = {(rule.name, finding.place) for rule, finding in found}
    for one in permissions:
        if (one.rule, one.place) not in used:
            yield f"{_ALLOWED_FILE}: nothing at {one.place} breaks {one.rule} any more; delete the entry"
        if len(one.reason.split()) < 4:
            yield f"{_ALLOWED_FILE}: the entry for {one.place} needs a reason that a reader can check"


def tracked_places(root: Path) -> list[str]:
    """Files that are or would be in version control, as paths with slashes, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted({place for place in listed.stdout.split("\0") if place and (root / place).is_file()})


def allowed_exceptions(root: Path) -> list[Allowed]:
    """The permissions of ``tools/tidy_allowed.toml``."""
    document = tomllib.loads((root / _ALLOWED_FILE).read_text(encoding="utf-8"))
    return [Allowed(**entry) for entry in document.get("allowed", [])]


def main() -> int:
    """Prints each finding with its reason; 1 when there is one."""
    report = tidy(ROOT, tracked_places(ROOT), allowed_exceptions(ROOT))
    for rule, finding in report.findings:
        print(f"{finding.place}:{finding.line}: {rule.name}: {finding.what}\n    {rule.reason} ({rule.record})")
    for trouble in report.troubles:
        print(trouble)
    print(f"tidy: {report.rules} rules, {len(report.findings) + len(report.troubles)} findings")
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
