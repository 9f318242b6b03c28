"""Proofs and benchmarks: modules in a folder that announce themselves by their docstring and their duration."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One runnable module: ``name`` is what a person types, ``module`` what Python imports."""

    name: str
    module: str
    line: str
    duration: str


def entries(folder: Path, pattern: str) -> list[Entry]:
    """Modules of the folder that match, by name; read without importing them, so that listing is quick."""
    found = []
    for path in folder.glob(pattern):
        if path.name.startswith("_"):
            continue
        tree = ast.parse(path.read_text("utf-8"), filename=path.name)
        line = (ast.get_docstring(tree) or "").partition("\n")[0]
        name = path.stem.partition("_")[0].upper()
        found.append(Entry(name, f"{folder.name}.{path.stem}", line, _duration(tree)))
    return sorted(found, key=lambda entry: (entry.name[0], len(entry.name), entry.name, entry.module))


def _duration(tree: ast.Module) -> str:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if "DURATION" in names:
                return str(node.value.value)
    return ""


def listing(found: Sequence[Entry]) -> str:
    """One line for each entry, in columns."""
    width = max((len(entry.name) for entry in found), default=0)
    return "\n".join(
        f"  {entry.name:<{width}}  {entry.line}{f' [{entry.duration}]' if entry.duration else ''}" for entry in found
    )
