"""A scenario as it stands in its folder: what is found out, what a scripted model does, and what is expected."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

SCENARIOS = Path(__file__).with_name("scenarios")
BASE = Path(__file__).with_name("base")
"""What every repository of a scenario has."""
Fix = Literal["verified", "proposed", "rejected", "none"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a good answer is. ``dispositions``: any of them; empty: no analysis is expected.

    ``evidence``: ids that the best explanation has to quote. ``says`` and ``never_says``: words of the reply, whatever
    their case. ``forbidden``: questions to tools, with the beginning of what they are about, that must not be answered.
    ``confidence_max``: of the best explanation. What changes the repository, or speaks anywhere but in the alert's
    thread, is forbidden everywhere.
    """

    dispositions: tuple[str, ...] = ()
    fix: Fix = "none"
    needs_human: bool | None = None
    replies: int = 1
    evidence: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    confidence_max: float = 1.0
    rounds: int | None = None
    pages_max: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One folder.

    ``alerts``: messages of the channel; ``PERSON:`` and ``JOIN:`` in front say who tells it, ``{n}`` is another word
    each time. ``times``: so often they are told. ``rude``: ``crash``, the worker dies at every third of its commits;
    ``storm``, Slack gives a page a minute.
    """

    folder: Path
    title: str
    alerts: tuple[str, ...]
    times: int
    rude: str
    expected: Expected
    script: tuple[Mapping[str, Any], ...]
    analysis: Mapping[str, Any]
    evidence: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The folder's."""
        return self.folder.name

    @property
    def has_repository(self) -> bool:
        """Whether code belongs to it."""
        return (self.folder / "repository").is_dir()

    def files(self, overlay: str) -> dict[str, str]:
        """The files of the repository, or of a change to it, by their paths."""
        root = self.folder / overlay
        paths = sorted(path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix().removesuffix(".txt"): path.read_text("utf-8") for path in paths}

    @property
    def hidden_test(self) -> str:
        """The test that decides, which nobody who answers has seen; empty where no code is to be changed."""
        path = self.folder / "hidden_test.py.txt"
        return path.read_text("utf-8") if path.exists() else ""


def all_scenarios() -> list[Scenario]:
    """Every one, in their order."""
    return [read(folder) for folder in sorted(SCENARIOS.iterdir()) if (folder / "scenario.toml").exists()]


def read(folder: Path) -> Scenario:
    """One of them."""
    told = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    expected: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in told["expected"].items()
    }
    return Scenario(
        folder=folder,
        title=told["title"],
        alerts=tuple(told["alerts"]),
        times=told.get("times", 1),
        rude=told.get("rude", ""),
        expected=Expected(**expected),
        script=tuple(told.get("script", ())),
        analysis=told.get("analysis", {}),
        evidence=told.get("evidence", {}),
    )


def base_files() -> dict[str, str]:
    """What every repository has."""
    paths = sorted(path for path in BASE.rglob("*") if path.is_file())
    return {path.relative_to(BASE).as_posix().removesuffix(".txt"): path.read_text("utf-8") for path in paths}
