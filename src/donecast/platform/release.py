"""Which version of the program runs: its number, and the commit it was made from where that is known."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

_NAME = "donecast"
_SHORT = 12


def release(named_revision: str = "") -> str:
    """``donecast@0.1.0+3f2a...``; the commit is the one that the operator names, else the one pip installed, else the
    one that is checked out here; without any the number alone.
    """
    try:
        package = distribution(_NAME)
    except PackageNotFoundError:  # run from a tree that was never installed
        version, installed = "0", ""
    else:
        version, installed = package.version, _installed_commit(package.read_text("direct_url.json"))
    commit = named_revision or installed or _checked_out_commit(Path(__file__).resolve().parents[3])
    return f"{_NAME}@{version}+{commit[:_SHORT]}" if commit else f"{_NAME}@{version}"


def _installed_commit(direct_url: str | None) -> str:
    """What pip noted about a package that it installed from a repository (PEP 610)."""
    found = json.loads(direct_url) if direct_url else {}
    return str(found.get("vcs_info", {}).get("commit_id", ""))


def _checked_out_commit(tree: Path) -> str:
    git = tree / ".git"
    head = _text(git / "HEAD")
    if not head.startswith("ref: "):
        return head
    reference = head.removeprefix("ref: ")
    loose = _text(git / reference)
    if loose:
        return loose
    packed = (line.split(" ") for line in _text(git / "packed-refs").splitlines() if not line.startswith(("#", "^")))
    return next((commit for commit, name in packed if name == reference), "")


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
