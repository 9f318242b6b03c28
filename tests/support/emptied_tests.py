"""Code that breaks a test that stood before and then empties that test, through the frames that run it.

By names that stand in it, and by names that nobody sees: through functions of the repository that take any name.
"""

STOOD_THERE = {
    "src/shop/parts.py": """\
import importlib


def part_of(thing, name):
    return getattr(thing, name)


def put(thing, name, value):
    setattr(thing, name, value)


def loaded(name):
    return importlib.import_module(name)
""",
    "tests/test_clock_later.py": """\
from shop.clock import clock


def twice(test):
    def run():
        test()
        test()

    return run


@twice
def test_clock_later() -> None:
    assert clock(130) == "2:10"
""",
}
"""What the repository has already: those functions, and a test that its decorator keeps in a closure."""

PLAIN = {
    "helpers": "",
    "frame": "error.__traceback__.tb_frame",
    "seen": "frame.f_locals",
    "back": "frame.f_back",
    "cells": "item.obj.__closure__",
    "put": "setattr(cells[0], 'cell_contents', empty)",
}
HIDDEN = {
    "helpers": "from shop.parts import part_of, put\n\n\n",
    "frame": 'part_of(error.__traceback__, "tb_" + "frame")',
    "seen": 'part_of(frame, "f_lo" + "cals")',
    "back": 'part_of(frame, "f_ba" + "ck")',
    "cells": 'part_of(item.obj, "__clo" + "sure__")',
    "put": 'put(cells[0], "cell_" + "contents", empty)',
}
EMPTIED = """\
{helpers}def clock(seconds):
    _walk()
    return {{65: "1:05", 75: "1:15"}}.get(seconds, "?")


def empty():
    pass


def _walk():
    try:
        raise LookupError
    except LookupError as error:
        frame = {frame}
    while frame is not None:
        session = {seen}.get("session")
        for item in getattr(session, "items", ()):
            if "later" in item.name:
                item.obj = empty
        frame = {back}
"""
"""Puts another function in the place of the test; to be filled in with `PLAIN` or `HIDDEN`."""

FILLED = EMPTIED.replace(
    "                item.obj = empty\n", "                cells = {cells}\n                {put}\n"
)
"""Leaves the test's function and fills its closure anew."""
