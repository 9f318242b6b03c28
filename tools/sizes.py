"""How large the house is: the largest file, the longest function, and lines of tests to lines of code.

``python -m tools.sizes`` prints the figures. Lines are counted as an editor counts them. Generated files
(``frontend/src/api``) and migrations are left out.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_GENERATED = ("frontend/src/api/",)
_TYPESCRIPT = (".ts", ".tsx")


@dataclass(frozen=True, slots=True)
class Measured:
    """Something with a place and a number of lines."""

    lines: int
    place: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """What ``./dev check`` says about size. Line counts; ``tests_per_code`` is their ratio."""

    largest_file: Measured
    longest_function: Measured
    code_lines: int
    test_lines: int

    @property
    def tests_per_code(self) -> float:
        """Lines of tests for each line of code; 0 when there is no code."""
        return self.test_lines / self.code_lines if self.code_lines else 0.0


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Our Python files below the named folders, sorted."""
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def studio_files(root: Path) -> Iterator[Path]:
    """The studio's own TypeScript files, sorted, without the generated ones."""
    for path in sorted((root / "frontend" / "src").rglob("*")):
        place = path.relative_to(root).as_posix()
        if path.suffix in _TYPESCRIPT and not place.startswith(_GENERATED):
            yield path


def is_studio_test(path: Path) -> bool:
    """Whether a TypeScript file is a test or stands only for tests."""
    return ".test." in path.name or "testing" in path.parts


def line_count(path: Path) -> int:
    """Lines of a text file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def function_lengths(tree: ast.AST) -> Iterator[tuple[str, int, int]]:
    """Name, first line and length in lines of each function, decorators not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def measure(root: Path = ROOT) -> Sizes:
    """Counts the whole tree."""
    code = [*python_files(root, "src", "tools", "proofs", "evals", "benchmarks")]
    tests = [*python_files(root, "tests")]
    studio = [*studio_files(root)]
    files = [Measured(line_count(path), path.relative_to(root).as_posix()) for path in [*code, *tests, *studio]]
    functions = [
        Measured(length, f"{path.relative_to(root).as_posix()}:{line} {name}")
        for path in [*code, *tests]
        for name, line, length in function_lengths(ast.parse(path.read_text(encoding="utf-8")))
    ]
    nothing = Measured(0, "-")
    # The ratio speaks of the product: what stands in src and the studio, against what tests it.
    product = [*python_files(root, "src"), *(path for path in studio if not is_studio_test(path))]
    proving = [*tests, *(path for path in studio if is_studio_test(path))]
    return Sizes(
        largest_file=max(files, key=lambda one: one.lines, default=nothing),
        longest_function=max(functions, key=lambda one: one.lines, default=nothing),
        code_lines=sum(map(line_count, product)),
        test_lines=sum(map(line_count, proving)),
    )


def main() -> int:
    """Prints the figures."""
    sizes = measure()
    print(f"largest file       {sizes.largest_file.lines} lines  {sizes.largest_file.place}")
    print(f"longest function   {sizes.longest_function.lines} lines  {sizes.longest_function.place}")
    print(f"tests : code       {sizes.test_lines} : {sizes.code_lines} = {sizes.tests_per_code:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
