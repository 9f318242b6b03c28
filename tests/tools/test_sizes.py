"""The figures of ``./dev check`` count what they say."""

from pathlib import Path

from tools.sizes import measure


def _write(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_an_empty_tree_has_no_size(tmp_path: Path) -> None:
    sizes = measure(tmp_path)
    assert (sizes.largest_file.lines, sizes.longest_function.lines, sizes.tests_per_code) == (0, 0, 0.0)


def test_counts_product_against_tests(tmp_path: Path) -> None:
    _write(tmp_path, "src/donecast/a.py", "x = 1\n" * 10)
    _write(tmp_path, "frontend/src/page.tsx", "f();\n" * 10)
    _write(tmp_path, "tests/test_a.py", "x = 1\n" * 12)
    _write(tmp_path, "frontend/src/page.test.tsx", "f();\n" * 6)
    _write(tmp_path, "frontend/src/testing/server.ts", "f();\n" * 12)
    _write(tmp_path, "frontend/src/api/schema.d.ts", "f();\n" * 1000)
    _write(tmp_path, "tools/a.py", "x = 1\n" * 50)
    sizes = measure(tmp_path)
    assert (sizes.code_lines, sizes.test_lines, sizes.tests_per_code) == (20, 30, 1.5)
    assert (sizes.largest_file.lines, sizes.largest_file.place) == (50, "tools/a.py")


def test_longest_function_is_named_with_its_line(tmp_path: Path) -> None:
    _write(tmp_path, "src/donecast/a.py", "\n\nclass A:\n    def long(self):\n        f()\n        f()\n")
    _write(tmp_path, "tests/test_a.py", "async def test_b():\n    f()\n")
    longest = measure(tmp_path).longest_function
    assert (longest.lines, longest.place) == (3, "src/donecast/a.py:4 long")
