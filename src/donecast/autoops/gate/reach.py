"""What a change reaches for in whoever runs and tells the tests. Pure.

This is a list of names and no wall. It sees what stands in the text of the changed files: the names by which code gets
from an exception or a function to the frames, cells and globals of others, what ends or traces a process, what marks or
plugs in tests, and names that are only put together when the code runs. It cannot promise that nothing else is reached:
whatever runs in the process of the tests can do what that process can. It does not see what a function that stood there
before does with a name that it is given, nor what comes out of data, and what a file did before it may go on doing. So
it is the first of three: behind it `testimony` believes a test only where its own body ran, and a person approves.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from donecast.autoops.gate.rules import TESTS

_RUNNERS = frozenset(
    {"_pytest", "pluggy", "xdist", "ctypes", "_ctypes", "gc", "builtins", "atexit", "faulthandler", "pickle", "_pickle"}
    | {"marshal", "runpy", "bdb", "pdb"}
)
_OF_MODULES: Mapping[str, frozenset[str]] = {
    "os": frozenset({"_exit", "abort", "kill", "killpg", "execv", "execve", "dup2"}),
    "sys": frozenset({"modules", "monitoring", "addaudithook", "call_tracing"}),
    "pytest": frozenset({"exit", "skip", "xfail", "importorskip"}),
    "importlib": frozenset({"reload"}),
    "inspect": frozenset({"stack", "trace", "getmembers", "getmembers_static", "getattr_static", "getclosurevars"}),
    "string": frozenset({"Formatter"}),
    "pkgutil": frozenset({"resolve_name"}),
}
_OF_ANYTHING = frozenset(
    # frames
    {"f_back", "f_locals", "f_globals", "f_builtins", "f_code", "f_trace", "tb_frame", "gi_frame", "cr_frame"}
    | {"ag_frame", "gi_code", "cr_code", "ag_code", "_getframe", "_getframemodulename", "_current_frames"}
    | {"_current_exceptions", "currentframe", "getouterframes", "getinnerframes", "walk_tb", "walk_stack"}
    # functions and classes
    | {"__code__", "__closure__", "__globals__", "__builtins__", "__self__", "cell_contents", "__subclasses__"}
    | {"__getattribute__"}
    # the process
    | {"_exit", "settrace", "setprofile", "settrace_all_threads", "setprofile_all_threads", "meta_path", "path_hooks"}
)
_MARKS = frozenset({"skip", "skipif", "xfail"})
_TEXTS = ("/proc/", "PYTEST_", "pytest_plugins", "sitecustomize")
_NEVER = frozenset({"eval", "exec", "compile", "globals", "locals", "__builtins__", "pytest_plugins"})
_BY_NAME = {"getattr": 1, "setattr": 1, "delattr": 1, "__import__": 0}
"""Functions of Python that take a name, and its place among what they are given."""
_BY_NAME_OF_MODULES = {"operator.attrgetter", "operator.methodcaller", "importlib.import_module"}
_SETTERS = frozenset({"__setattr__", "__delattr__"})


def new_reaches(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What changed files reach for now and did not before."""
    said = []
    for path, source in sorted(after.items()):
        is_test = PurePosixPath(path).parts[0] == TESTS
        new = _reaches(source, is_test=is_test) - _reaches(before.get(path, ""), is_test=is_test)
        if path not in before and (top := _stands_before_another(path)):
            new.add(f"a module called {top}")
        said += [f"{path}: {thing}" for thing in sorted(new)]
    return said


def _reaches(source: str, *, is_test: bool) -> set[str]:
    """What in a file could change how tests are run or told, in words; a file that cannot be read has none."""
    try:
        tree = ast.parse(source)
        return set(_Reading(tree, is_test=is_test).found())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()  # that it does not compile is found by the next stage


def _stands_before_another(path: str) -> str:
    """The module of Python or pytest that a new file would be taken for, if it would."""
    pure = PurePosixPath(path)
    top = pure.parts[1] if len(pure.parts) > 2 else pure.stem
    return top if top in sys.stdlib_module_names or top in {"pytest", "_pytest", "pluggy"} else ""


class _Reading:
    """One file."""

    def __init__(self, tree: ast.Module, *, is_test: bool) -> None:
        self._nodes = list(ast.walk(tree))
        self._is_test = is_test
        self._names: dict[str, str] = {}
        """What names of the file stand for, where it says so itself: ``import os as system``."""
        for node in self._nodes:
            match node:
                case ast.Import(names=names):
                    self._names |= {name.asname: name.name for name in names if name.asname}
                case ast.ImportFrom(module=str(module), names=names):
                    self._names |= {name.asname or name.name: f"{module}.{name.name}" for name in names}
        self._plain = {id(part) for node in self._nodes for part in _plain_uses(node)}

    def found(self) -> Iterator[str]:
        """All of it."""
        for node in self._nodes:
            yield from self._in_statement(node)
            yield from self._in_expression(node)

    def _in_statement(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if self._is_forbidden(name.name))
            case ast.ImportFrom(module=str(module), names=names):
                if self._is_forbidden(module):
                    yield module
                yield from (found for name in names for found in _known(module, name.name))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("pytest_"):
                yield name
            case ast.MatchClass(kwd_attrs=names):
                yield from (name for name in names if name in _OF_ANYTHING)

    def _in_expression(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Attribute(value=ast.Attribute(attr="mark"), attr=name) if name in _MARKS:
                yield f"pytest.mark.{name}"
            case ast.Attribute(attr="__dict__") | ast.Name(id="vars") if id(node) not in self._plain:
                yield "what an object has, by a computed name"
            case ast.Attribute(attr=name) if name in _SETTERS and id(node) not in self._plain:
                yield f"{name} with a computed name"
            case ast.Attribute(value=owner, attr=name):
                yield from _known(self._meant(owner), name)
                yield from self._by_name(node)
            case ast.Name(id=name) if name in _NEVER:
                yield name
            case ast.Name():
                yield from self._by_name(node)
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str(name)), *_]):
                yield from _known(self._meant(owner), name)
            case ast.Call(func=called, args=[ast.Constant(value=str(name)), *_]) if self._imports(called):
                yield from [name] if self._is_forbidden(name) else []
            case ast.Constant(value=str(text)):
                yield from (known for known in _TEXTS if known in text)
                if re.fullmatch(r"[\w.]+", text):
                    yield from sorted({*text.split(".")} & _OF_ANYTHING)

    def _by_name(self, node: ast.Name | ast.Attribute) -> Iterator[str]:
        """Something that takes a name, where the name does not stand beside it."""
        meant = self._meant(node)
        if (meant in _BY_NAME or meant in _BY_NAME_OF_MODULES) and id(node) not in self._plain:
            yield f"{meant} with a computed name"

    def _imports(self, called: ast.expr) -> bool:
        return self._meant(called) in {"__import__", "importlib.import_module"}

    def _meant(self, node: ast.expr) -> str:
        """The dotted name that an expression stands for; empty where it is none."""
        match node:
            case ast.Name(id=name):
                return self._names.get(name, name)
            case ast.Attribute(value=owner, attr=name):
                return f"{self._meant(owner)}.{name}"
            case _:
                return ""

    def _is_forbidden(self, module: str) -> bool:
        """Whether a module runs tests, or is one of them and no business of the code."""
        root, last = module.split(".", maxsplit=1)[0], module.rsplit(".", maxsplit=1)[-1]
        is_of_tests = root in {TESTS, "conftest"} or last.startswith("test_") or last == "conftest"
        return root in _RUNNERS or (is_of_tests and not self._is_test)


def _known(owner: str, name: str) -> Iterator[str]:
    """A name of the lists; of a module also where another module hands it on, as in ``logging.sys.modules``."""
    last = owner.rsplit(".", maxsplit=1)[-1]
    if name in _OF_ANYTHING or name in _OF_MODULES.get(last, ()):
        yield f"{last}.{name}" if last in {"os", "sys"} or last in _OF_MODULES else name


def _plain_uses(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node by which something is named, where the name stands there in letters."""
    match node:
        case ast.Call(func=ast.Name(id=name) as called, args=args) if name in _BY_NAME:
            if _are_letters(args[_BY_NAME[name] : _BY_NAME[name] + 1]):
                yield called
        case ast.Call(func=ast.Attribute(attr=name) as called, args=args) if name in _SETTERS:
            if any(
                _are_letters([arg]) for arg in args[:2]
            ):  # object.__setattr__(self, "x", 1), self.__setattr__("x", 1)
                yield called
        case ast.Call(func=(ast.Name() | ast.Attribute()) as called, args=args):
            name = called.id if isinstance(called, ast.Name) else called.attr
            if _are_letters(args[:1] if name in {"methodcaller", "import_module"} else args):
                yield called
        case ast.Subscript(value=value, slice=key) if _are_letters([key]):
            yield from _whole(value)
        case ast.keyword(arg=None, value=value):
            yield from _whole(value)


def _whole(node: ast.expr) -> Iterator[ast.AST]:
    """``vars(x)`` or ``x.__dict__``."""
    match node:
        case ast.Call(func=ast.Name(id="vars") as called):
            yield called
        case ast.Attribute(attr="__dict__"):
            yield node


def _are_letters(args: list[ast.expr]) -> bool:
    return bool(args) and all(isinstance(arg, ast.Constant) and isinstance(arg.value, str) for arg in args)
