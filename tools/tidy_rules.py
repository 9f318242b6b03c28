"""The rules of ``tools/tidy.py`` about Python files: each a name, a reason, a decision record, and a way to find."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tools.sizes import function_lengths

PRODUCT = "src/donecast/"
_FUNCTION_LINES_MAX = 70
_FLOAT_SPEC = re.compile(r"^[^%]*[eEfFgG%]$")
"""The end of a format such as ``.3f``, for which Python makes a float of whatever it gets."""
_FLOAT_FORMAT = re.compile(r"%[-+ 0#]*\d*(?:\.\d+)?[eEfFgG](?![A-Za-z])|\{[^{}]*:[^{}]*[eEfFgG]\}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule."""

    place: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class PythonFile:
    """A parsed file; ``place`` is its path from the root, with slashes."""

    place: str
    tree: ast.Module

    @property
    def feature(self) -> str | None:
        """The room below ``src/donecast``, None outside."""
        parts = self.place.split("/")
        return parts[2] if self.place.startswith(PRODUCT) and len(parts) > 3 else None

    def at(self, node: ast.AST, what: str) -> Finding:
        """A finding on the node's line."""
        return Finding(self.place, getattr(node, "lineno", 1), what)


@dataclass(frozen=True)
class Rule:
    """What every rule says of itself."""

    name: ClassVar[str]
    reason: ClassVar[str]
    record: ClassVar[str]


class PythonRule(Rule):
    """A rule about one Python file at a time; by default about the product's files."""

    within: ClassVar[tuple[str, ...]] = (PRODUCT,)
    except_for: ClassVar[tuple[str, ...]] = ()

    def applies(self, place: str) -> bool:
        """Whether the rule speaks about the file at this place."""
        return place.startswith(self.within) and not place.startswith(self.except_for)

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Every place in the file that breaks the rule."""
        raise NotImplementedError


class TreeRule(Rule):
    """A rule about the tree of files as a whole."""

    def find(self, root: Path, places: Sequence[str]) -> Iterator[Finding]:
        """Every place that breaks the rule."""
        raise NotImplementedError


def dotted_name(node: ast.expr) -> str:
    """``a.b.c`` of an attribute chain; the chain's tail where its head is not a name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}".lstrip(".")
    return ""


def imported_modules(node: ast.AST) -> list[str]:
    """What an import statement may bring in, as absolute dotted names; empty for other nodes."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


class ImportInsideFunction(PythonRule):
    """Imports stand at the top."""

    name = "import-inside-function"
    reason = "An import inside a function hides a dependency, and often a cycle, from the reader and the contracts."
    record = "ADR 0002"
    within = (PRODUCT, "tools/", "proofs/", "benchmarks/")

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Import statements below a function, once each."""
        functions = [one for one in ast.walk(file.tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        inside = {
            node.lineno: node
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        for node in inside.values():
            yield file.at(node, "move this import to the top of the file")


class BroadExcept(PythonRule):
    """Only the edges may catch everything."""

    name = "broad-except"
    reason = "A failure that is swallowed is the worst kind; only an edge may catch all, to log, mark and re-raise."
    record = "ADR 0009"
    except_for = (f"{PRODUCT}entry/", f"{PRODUCT}production/", f"{PRODUCT}autoops/")

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Handlers without a type, or with Exception or BaseException among their types."""
        for node in ast.walk(file.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or dotted_name(kind) in {"Exception", "BaseException"} for kind in kinds):
                yield file.at(node, "name the errors that are expected here")


class EnvironmentRead(PythonRule):
    """The environment is read in one file."""

    name = "environment-read"
    reason = "Settings are read, checked and documented in one file, so that a wrong one is told at the start."
    record = "ADR 0002"
    except_for = (f"{PRODUCT}platform/settings.py",)

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Uses of ``os.environ`` and ``os.getenv``, also when imported by name."""
        for node in ast.walk(file.tree):
            used = isinstance(node, ast.Attribute) and dotted_name(node) in {"os.environ", "os.getenv", "os.environb"}
            imported = any(name in {"os.environ", "os.getenv"} for name in imported_modules(node))
            if used or imported:
                yield file.at(node, "take this from platform/settings.py")


class CommitInside(PythonRule):
    """Only the boundary commits."""

    name = "commit-inside"
    reason = "One transaction for each request or step: whoever commits in between leaves half a change behind."
    record = "ADR 0006"
    except_for = (f"{PRODUCT}platform/database.py", f"{PRODUCT}entry/")

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Calls of a method named commit."""
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                yield file.at(node, "let the request's or the step's boundary commit")


class ForeignTables(PythonRule):
    """A feature's tables are its own."""

    name = "foreign-tables"
    reason = "Across features travel ids and frozen values; whoever reads another's tables is bound to its columns."
    record = "ADR 0002"

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Imports of another feature's models or repository."""
        pattern = re.compile(r"^donecast\.(\w+)\.(models|repository)\b")
        for node in ast.walk(file.tree):
            for name in imported_modules(node):
                match = pattern.match(name)
                if match and match[1] != file.feature:
                    yield file.at(node, f"ask {match[1]}/service.py instead of importing its {match[2]}")


class FloatMoney(PythonRule):
    """Money is counted in integers."""

    name = "float-money"
    reason = "Credits are integer milli-credits; a float loses them silently."
    record = "ADR 0028"
    within = (
        *(f"{PRODUCT}credits/", f"{PRODUCT}billing/", f"{PRODUCT}kit/money.py"),
        *(f"{PRODUCT}production/charges", f"{PRODUCT}entry/credits.py"),
    )
    # What makes a float or a rounded decimal: Python's names, the database's column types and functions.
    _names: ClassVar[frozenset[str]] = frozenset(
        ("float", "Decimal", "Fraction", "Float", "Double", "Numeric", "REAL", "FLOAT", "DOUBLE", "NUMERIC")
    )
    _calls: ClassVar[frozenset[str]] = frozenset(("func.avg", "func.total", "func.round"))
    _modules: ClassVar[frozenset[str]] = frozenset(("math", "decimal", "fractions", "statistics", "numpy"))

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Float literals, true division, names and modules of inexact numbers, and formats that make a float."""
        for node in ast.walk(file.tree):
            if self._inexact(node):
                yield file.at(node, "count in integer milli-credits; kit/money.py rounds and writes them")

    def _inexact(self, node: ast.AST) -> bool:
        found: object = bool(self._modules & {name.partition(".")[0] for name in imported_modules(node)})
        match node:
            case ast.Constant(value=float() | complex()):
                found = True
            case ast.Constant(value=str(text)):
                found = _FLOAT_FORMAT.search(text)
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()) | ast.Call(func=ast.Name(id="round")):
                found = True
            case ast.Name(id=name):
                found = name in self._names
            case ast.Attribute():
                name = dotted_name(node)
                found = name in self._calls or name.rpartition(".")[2] in self._names
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=str(spec)), *_])):
                found = _FLOAT_SPEC.search(spec)
        return bool(found)


class PrintInside(PythonRule):
    """Only the command line prints."""

    name = "print-inside"
    reason = "What a program prints is lost; say it in the log with the request id, or let the command line say it."
    record = "ADR 0009"
    # produce.py is the one command that is large enough for a file of its own.
    except_for = (f"{PRODUCT}entry/cli.py", f"{PRODUCT}entry/produce.py")

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Calls of print."""
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and dotted_name(node.func) == "print":
                yield file.at(node, "use the log, or return the text to entry/cli.py")


class ClockInside(PythonRule):
    """The present moment comes from a Clock."""

    name = "clock-inside"
    reason = (
        "Who asks the machine for the time cannot be tested or replayed; take a Clock. Durations may use monotonic."
    )
    record = "ADR 0003"
    except_for = (f"{PRODUCT}kit/clock.py",)
    _asking: ClassVar[frozenset[str]] = frozenset(
        {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    )

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Uses of the machine's calendar clock, called or handed on."""
        for node in ast.walk(file.tree):
            name = dotted_name(node) if isinstance(node, ast.Attribute) else ""
            asked = ".".join(name.split(".")[-2:]) in self._asking
            if asked or "time.time" in imported_modules(node):
                yield file.at(node, "take a Clock from donecast.kit.clock")


class LongFunction(PythonRule):
    """A function fits on a screen."""

    name = "long-function"
    reason = f"A function over {_FUNCTION_LINES_MAX} lines does several things; split what decides from what does."
    record = "ADR 0003"
    within = (PRODUCT, "tools/", "proofs/", "benchmarks/", "tests/")

    def find(self, file: PythonFile) -> Iterator[Finding]:
        """Functions over the budget."""
        for name, line, length in function_lengths(file.tree):
            if length > _FUNCTION_LINES_MAX:
                yield Finding(file.place, line, f"{name} has {length} lines of {_FUNCTION_LINES_MAX}")


PYTHON_RULES: tuple[PythonRule, ...] = (
    ImportInsideFunction(),
    BroadExcept(),
    EnvironmentRead(),
    CommitInside(),
    ForeignTables(),
    FloatMoney(),
    PrintInside(),
    ClockInside(),
    LongFunction(),
)
