"""docs/licences.md names whatever a person who hands DoneCast on hands on with it."""

import json
import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "licences.md").read_text("utf-8")


def _named(package: str) -> bool:
    return bool(re.search(rf"(?<![\w@/-]){re.escape(package)}(?![\w/-])", _PAGE))


def test_every_locked_package_is_named_with_its_licence() -> None:
    lock = (_ROOT / "requirements.lock").read_text("utf-8")
    packages = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
    assert len(packages) > 50
    assert [package for package in sorted(packages) if not _named(package)] == []


def test_everything_in_the_built_studio_is_named_with_its_licence() -> None:
    studio = json.loads((_ROOT / "frontend" / "package.json").read_text("utf-8"))
    assert [package for package in sorted(studio["dependencies"]) if not _named(package)] == []
