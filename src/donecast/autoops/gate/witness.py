"""Runs tests inside the jail and tells the gate, line by line, what became of each: ``python -I witness.py``.

Uses the standard library and pytest, and is read before any code of the repository; nothing of ours imports it. Each
line carries a seal, made with a key that came by stdin and was never in the environment, and a number, so that no line
can be added, changed or left out by a write to the file. Beside the repository's tests it runs two of its own under
names of chance: one has to be told as failed and one as passed, or whoever tells is not to be believed. With each test
it tells what the body that ran is made of, so that one which was put in the place of another is seen.
"""

import hashlib
import hmac
import json
import os
import sys
from collections.abc import Callable, Generator, Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

import pytest

_exit, _write, _seal, _dump, _sha256 = os._exit, os.write, hmac.new, json.dumps, hashlib.sha256
_TESTS = os.path.join(os.getcwd(), "tests", "")  # noqa: PTH109, PTH118


def main() -> None:
    """Reads its task, runs pytest, and ends the process without another word of the repository's code."""
    task: dict[str, Any] = json.load(sys.stdin)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the key cannot be read a second time
    report = os.open(task["report"], os.O_WRONLY | os.O_APPEND)
    tell = _teller(report, bytes.fromhex(task.pop("key")))

    witness = _witness(tell, task["canaries"])
    tell({"event": "begun"})
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    code = pytest.main([*task["arguments"], *task["tests"]], plugins=[witness])
    tell({"event": "ended", "code": int(code)})
    sys.stdout.flush()
    _exit(int(code))


def _teller(report: int, key: bytes) -> Callable[[dict[str, Any]], None]:
    number = 0

    def tell(what: dict[str, Any]) -> None:
        nonlocal number
        body = _dump({**what, "number": number})
        number += 1
        seal = _seal(key, body.encode(), hashlib.sha256).hexdigest()
        _write(report, f"{seal} {body}\n".encode())

    return tell


def _witness(tell: Callable[[dict[str, Any]], None], canaries: dict[str, str]) -> object:
    """A plugin that watches the bodies of tests itself and compares nothing: that is the gate's part."""

    def failing() -> None:
        raise AssertionError

    def passing() -> None:
        return

    class Witness:
        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(self, items: list[Any]) -> None:
            tell({"event": "collected", "tests": [item.nodeid for item in items]})
            module = items[-1].getparent(pytest.Module) if items else None
            for kind, body in (("failing", failing), ("passing", passing)):
                if module is not None:
                    items.append(pytest.Function.from_parent(module, name=canaries[kind], callobj=body))

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_pyfunc_call(self, pyfuncitem: Any) -> Generator[None, object, object]:
            ran = {"event": "body", "test": pyfuncitem.nodeid, "made_of": _made_of(pyfuncitem.obj)}
            try:
                answer = yield
            except BaseException as error:
                tell({**ran, "raised": type(error).__name__})
                raise
            tell({**ran, "raised": ""})
            return answer

        def pytest_runtest_logreport(self, report: Any) -> None:
            crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
            tell(
                {
                    "event": "phase",
                    "test": report.nodeid,
                    "when": report.when,
                    "outcome": report.outcome,
                    "is_expected": hasattr(report, "wasxfail"),
                    "said": str(getattr(crash, "message", ""))[:300],
                }
            )

        def pytest_collectreport(self, report: Any) -> None:
            if report.failed:
                tell({"event": "unreadable", "file": report.nodeid, "said": str(report.longrepr)[-600:]})

    return Witness()


def _made_of(body: object) -> str:
    """A digest of all code of the tests that a body leads to: itself, and what its decorators wrap."""
    digest = _sha256()
    for code in _codes(body, set()):
        digest.update(_words_of(code).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _codes(body: object, seen: set[int]) -> Iterator[CodeType]:
    function = body.__func__ if type(body) is MethodType else body
    if type(function) is not FunctionType or id(function) in seen:  # whatever else it is, it is not asked anything
        return
    seen.add(id(function))
    if function.__code__.co_filename.startswith(_TESTS):
        yield function.__code__
    yield from _codes(function.__dict__.get("__wrapped__"), seen)
    yield from _codes(getattr(function.__dict__.get("hypothesis"), "inner_test", None), seen)
    for cell in function.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # nothing is in it yet
            continue
        yield from _codes(held, seen)


def _words_of(code: CodeType) -> str:
    """What a code does, the same in every process: without places in memory, and sets in order."""
    held = [_words_of(one) if isinstance(one, CodeType) else _in_order(one) for one in code.co_consts]
    return repr((code.co_code.hex(), code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, held))


def _in_order(constant: object) -> str:
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


if __name__ == "__main__":
    main()
