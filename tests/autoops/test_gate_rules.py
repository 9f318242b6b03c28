"""What the gate decides: which tests belong to a change, what it reaches for, and whom it believes."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from donecast.autoops.gate.reach import new_reaches
from donecast.autoops.gate.rules import (
    MYPY,
    RUFF,
    are_test_names,
    differences,
    parts_of,
    related_tests,
    style_checks_of,
    taken_tests,
)
from donecast.autoops.gate.testimony import Hearing, Task, broken, heard, objection_after, objection_before
from donecast.autoops.rules.patch import Change
from tests.support.small_repository import FAULTS

_TESTS = ["tests/feeds/test_markup.py", "tests/feeds/test_order.py", "tests/kit/test_ids.py", "tests/test_all.py"]
_TASK = Task(b"key", "test_f", "test_p")
_ONE = "tests/test_a.py::test_one"


def test_a_diff_is_parted_into_tests_and_the_rest() -> None:
    test, code = "diff --git a/tests/a.py b/tests/a.py\n+x\n", "diff --git a/src/a.py b/src/a.py\n+tests/b\n"
    assert parts_of(code + test + code) == (test, code + code)


@pytest.mark.parametrize(
    ("touched", "files"),
    [
        (["src/donecast/feeds/rules.py"], _TESTS[:2]),
        (["src/donecast/ids.py"], ["tests/kit/test_ids.py"]),
        (["tests/feeds/test_order.py", "docs/a.md"], ["tests/feeds/test_order.py"]),
        (["src/donecast/elsewhere.py"], _TESTS),
    ],
)
def test_tests_of_the_touched_rooms_belong_to_a_change(touched: list[str], files: list[str]) -> None:
    assert related_tests(touched, _TESTS) == files


@pytest.mark.parametrize(
    "name", ["-p", "tests/a.py", "src/a.py::test_a", "tests/../a.py::test_a", "tests/a.py::b c", ""]
)
def test_only_single_tests_can_be_named(name: str) -> None:
    assert are_test_names(["tests/x/test_a.py::TestA::test_a", "tests/test_a.py::test_a[1-x]"])
    assert not are_test_names([name])


def test_what_was_applied_is_compared_with_what_was_reviewed() -> None:
    reviewed = [Change("src/a.py", added=2, removed=1), Change("src/b.py", is_new=True, added=1)]
    assert differences(reviewed, reviewed) == []
    applied = [Change("src/a.py", added=9), Change("src/c.py", added=1), Change("src/b.py", added=1)]
    assert [said.split(" ")[0] for said in differences(reviewed, applied)] == ["src/a.py", "src/b.py", "src/c.py"]


@pytest.mark.parametrize(
    ("source", "thing"),
    [
        ("import os\nos._exit(0)", "os._exit"),
        ("from os import _exit", "os._exit"),
        ("from _pytest.reports import TestReport", "_pytest.reports"),
        ("import pytest\n@pytest.mark.skip\ndef test_a(): ...", "pytest.mark.skip"),
        ("def pytest_runtest_makereport(): ...", "pytest_runtest_makereport"),
        ("open('/proc/self/mem')", "/proc/"),
        ("import os as system\nsystem._exit(0)", "os._exit"),
        ("import logging\nlogging.sys.modules", "sys.modules"),
        ("try: ...\nexcept E as e: frame = e.__traceback__.tb_frame", "tb_frame"),
        ("frame = frame.f_back", "f_back"),
        ("frame.f_locals['session']", "f_locals"),
        ("match trace:\n  case object(tb_frame=frame): ...", "tb_frame"),
        ("from inspect import currentframe", "inspect.currentframe"),
        ("import traceback as t\nt.walk_tb(x)", "walk_tb"),
        ("f.__closure__[0]", "__closure__"),
        ("cell.cell_contents = 1", "cell_contents"),
        ("f.__globals__", "__globals__"),
        ("f.__code__ = g", "__code__"),
        ("object.__subclasses__()", "__subclasses__"),
        ("import threading\nthreading.setprofile(f)", "setprofile"),
        ("getattr(e, 'tb_' + 'frame')", "getattr with a computed name"),
        ("getattr(e, name)", "getattr with a computed name"),
        ("find = getattr", "getattr with a computed name"),
        ("setattr(item, name, 1)", "setattr with a computed name"),
        ("from operator import attrgetter as of\nof(name)(e)", "operator.attrgetter with a computed name"),
        ("__import__('_py' + 'test')", "__import__ with a computed name"),
        ("__import__('_pytest')", "_pytest"),
        ("object.__setattr__(item, name, 1)", "__setattr__ with a computed name"),
        ("item.__dict__[name] = 1", "what an object has, by a computed name"),
        ("vars(item).update(x)", "what an object has, by a computed name"),
        ("eval(words)", "eval"),
        ("import test_clock", "test_clock"),
    ],
)
def test_what_reaches_for_the_runner_is_seen_where_it_is_new(source: str, thing: str) -> None:
    assert new_reaches({}, {"src/a.py": source}) == [f"src/a.py: {thing}"]
    assert new_reaches({"src/a.py": source}, {"src/a.py": f"{source}\n"}) == []


@pytest.mark.parametrize(
    "source",
    [
        "getattr(x, 'name', None)",
        "object.__setattr__(self, 'name', 1)",
        "log(e.__traceback__, type(e).__name__, f.__name__, cls.__mro__)",
        "draw(**vars(options))",
        "vars(options)['name']",
        "from operator import attrgetter, itemgetter\nsorted(x, key=attrgetter('starts_at.day'))",
        "import re, os, sys\nre.compile(word), os.environ['A'], sys.exc_info(), process.kill()",
        "from importlib import import_module\nimport_module('donecast.kit')",
        "isinstance(x, int) and x.skip and x.exit()",
        "with open(path) as file: json.load(file)",
    ],
)
def test_what_is_ordinary_reaches_for_nothing(source: str) -> None:
    assert new_reaches({}, {"src/a.py": source}) == []


def test_good_changes_reach_for_nothing_and_tests_may_use_tests() -> None:
    for fault in FAULTS:
        before = {fault.file: fault.source, fault.test_file: fault.old_tests()}
        assert new_reaches(before, {fault.file: fault.repaired(), fault.test_file: fault.new_tests()}) == []
    assert new_reaches({}, {"tests/test_a.py": "from tests.support import x\nimport conftest"}) == []


def test_a_file_that_is_taken_for_pythons_own_is_seen() -> None:
    assert new_reaches({}, {"src/json.py": "", "src/shop/json.py": ""}) == ["src/json.py: a module called json"]


def test_tests_may_be_added_and_not_taken() -> None:
    before = "def test_a():\n    assert 1\nclass TestB:\n    def test_c(self): ...\n"
    assert taken_tests(before, f"# a comment\n{before}\ndef test_d(): ...\n") == []
    assert taken_tests(before, "def test_a():\n    assert True\n") == ["TestB::test_c", "test_a"]


def test_styles_are_those_that_a_repository_has() -> None:
    assert {MYPY, RUFF} & {*style_checks_of("[project]\n")} == set()
    assert {MYPY, RUFF} <= {*style_checks_of("[tool.ruff.lint]\n[tool.mypy]\n")}


def phase(test: str, outcome: str, when: str = "call", *, is_expected: bool = False) -> dict[str, Any]:
    """What pytest said of one phase."""
    return {"event": "phase", "test": test, "when": when, "outcome": outcome, "is_expected": is_expected, "said": "why"}


def ran(
    test: str, outcome: str, raised: str | None = None, *, is_expected: bool = False, made_of: str = "a body"
) -> list[dict[str, Any]]:
    """All that is told of one test."""
    error = ("" if outcome == "passed" else "E") if raised is None else raised
    body = {"event": "body", "test": test, "raised": error, "made_of": made_of}
    call = phase(test, outcome, is_expected=is_expected)
    return [phase(test, "passed", "setup"), body, call, phase(test, "passed", "teardown")]


def report(*events: dict[str, Any], failing: str = "failed", key: bytes = b"key") -> bytes:
    """A sealed report of a whole run."""
    canaries = [*ran("tests/test_a.py::test_f", failing), *ran("tests/test_a.py::test_p", "passed")]
    lines = []
    for number, event in enumerate([{"event": "begun"}, *events, *canaries, {"event": "ended", "code": 1}]):
        body = json.dumps({**event, "number": number}).encode()
        lines.append(hmac.new(key, body, hashlib.sha256).hexdigest().encode() + b" " + body + b"\n")
    return b"".join(lines)


def told(*events: dict[str, Any]) -> Hearing:
    """What is heard of an honest run."""
    return heard(report(*events), _TASK, 1)


def test_an_honest_report_is_believed() -> None:
    testimony = told(*ran(_ONE, "passed"), *ran("tests/test_a.py::test_two", "failed"))
    assert not testimony.doubt
    assert testimony.fates_of(_ONE) == {_ONE: "passed"}
    assert testimony.with_fate("failed") == ["tests/test_a.py::test_two"]


@pytest.mark.parametrize(
    ("forged", "code", "word"),
    [
        (report(*ran(_ONE, "passed"), key=b"other"), 1, "somebody else"),
        (report(*ran(_ONE, "passed")) + b"x", 1, "somebody else"),
        (report(*ran(_ONE, "passed"))[:-200], 1, "somebody else"),
        (b"".join(report(*ran(_ONE, "passed")).splitlines(keepends=True)[1:]), 1, "somebody else"),
        (b"".join(report(*ran(_ONE, "passed")).splitlines(keepends=True)[:-1]), 0, "complete"),
        (b"", 0, "complete"),
        (report(*ran(_ONE, "passed"), failing="passed"), 1, "has to fail"),
        (report(*ran(_ONE, "passed")), 0, "does not fit"),
    ],
)
def test_a_forged_report_is_worth_nothing(forged: bytes, code: int, word: str) -> None:
    testimony = heard(forged, _TASK, code)
    assert word in testimony.doubt
    assert word in objection_before(_ONE, testimony)
    assert word in objection_after(_ONE, testimony, told())


@pytest.mark.parametrize(
    ("events", "before", "after"),
    [
        (ran(_ONE, "failed"), "", "fails: why"),
        (ran(_ONE, "passed"), "without the change as well", ""),
        (ran(_ONE, "skipped"), "is skipped", "is skipped"),
        (ran(_ONE, "passed", is_expected=True), "is expected to fail", "is expected to fail"),
        (ran(_ONE, "passed", raised="E"), "somebody else", "somebody else"),
        (ran(_ONE, "failed", raised=""), "somebody else", "somebody else"),
        ([*ran(_ONE, "failed"), *ran(_ONE, "passed")], "somebody else", "somebody else"),
        ([phase(_ONE, "failed", "setup")], "around its body", "around its body"),
        ([{"event": "unreadable", "file": "tests/test_a.py", "said": "E"}], "proves nothing", "cannot be loaded: E"),
        (ran("tests/test_a.py::test_one_more", "failed"), "never ran", "never ran"),
        ([*ran(f"{_ONE}[a]", "failed"), *ran(f"{_ONE}[b]", "passed")], "", "fails"),
        ([*ran(f"{_ONE}[a]", "passed"), *ran(f"{_ONE}[b]", "skipped")], "is skipped", "is skipped"),
    ],
)
def test_a_test_counts_only_when_its_body_said_so(events: list[dict[str, Any]], before: str, after: str) -> None:
    testimony = told(*events)
    for said, word in ((objection_before(_ONE, testimony), before), (objection_after(_ONE, testimony, told()), after)):
        assert word in said if word else not said


def test_a_test_is_the_same_only_where_the_same_body_ran() -> None:
    honest, other = told(*ran(_ONE, "passed")), told(*ran(_ONE, "passed", made_of="another"))
    failed = told(*ran(_ONE, "failed"))
    assert objection_after(_ONE, honest, failed) == ""
    assert "another body" in objection_after(_ONE, other, failed)
    assert broken(honest, other) == [f"{_ONE} ran with another body than it has without the change"]


def test_tests_that_stood_there_have_to_pass_as_before() -> None:
    before = told(*ran(_ONE, "passed"), *ran("tests/test_a.py::test_two", "failed"))
    assert broken(before, before) == []
    assert broken(before, told(*ran(_ONE, "failed"))) == [f"{_ONE} fails: why"]
    assert broken(before, told()) == [f"{_ONE} never ran"]
