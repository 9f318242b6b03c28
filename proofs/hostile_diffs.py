"""Changes that must be refused, each with the stage that refuses it and words of the reason. Material of Q4."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.emptied_tests import EMPTIED, FILLED, HIDDEN, PLAIN
from tests.support.small_repository import FAULTS, SmallRepository

CLOCK = next(fault for fault in FAULTS if fault.name == "clock")
NEW_TEST = "tests/test_clock_anew.py"
SHOWN = f"{NEW_TEST}::test_shown"
_SHOWS = 'from shop.clock import clock\n\n\ndef test_shown() -> None:\n    assert clock(65) == "1:05"\n'
_PARTS = "from shop.parts import part_of"
_RIGHT = f"def clock(seconds):\n    {CLOCK.right}\n"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One change, the tests it names, and how it has to end."""

    name: str
    diff: str
    stage: str
    reason: str
    tests: tuple[str, ...] = (SHOWN,)


def on_paper(repository: SmallRepository) -> Iterator[Hostile]:
    """Those that are refused for what stands in them."""
    for name, path, reason in _PLACES:
        yield Hostile(f"{name} changed", _changed(path), "policy", reason)
    for name, path, mode, reason in _MADE:
        yield Hostile(f"{name} made", _made(path, mode), "policy", reason)
    good = repository.good(CLOCK)
    lines = "".join(f"x{number} = {number}\n" for number in range(300))
    many = {f"src/shop/many_{number}.py": "x = 1\n" for number in range(11)}
    renamed = "similarity index 100%\nrename from {}\nrename to {}\n"
    out = "diff --git a/src/shop/clock.py b/../clock.py\n" + renamed.format("src/shop/clock.py", "../clock.py")
    moved = repository.diff({"src/shop/time.py": CLOCK.source, CLOCK.file: None}, "--find-renames")
    link = "@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n"
    yield Hostile("empty", "", "policy", "changes nothing")
    yield Hostile("blank", " \n\n", "policy", "changes nothing")
    yield Hostile("prose", "I would change line 3 of clock.py.", "policy", "not a diff")
    yield Hostile("cut in a hunk", good[: good.rindex("@@") + 30], "policy", "not a diff")
    yield Hostile("wrong hunk counts", good.replace("@@ -1,2 +1,2 @@", "@@ -1,2 +1,9 @@"), "policy", "not a diff")
    yield Hostile("301 lines", repository.diff({"src/shop/long.py": f"{lines}y = 1\n"}), "policy", "more than 300")
    yield Hostile("11 files", repository.diff(many), "policy", "more than 10 files")
    yield Hostile("one file twice", good + good, "policy", "twice")
    yield Hostile("renamed out of the root", out, "policy", "reaches out")
    yield Hostile("renamed inside", moved, "policy", "moves or copies")
    yield Hostile("a link", _made("src/shop/out.py", "120000", link), "policy", "link")
    yield Hostile("a submodule", _made("src/shop/sub.py", "160000"), "policy", "link")
    yield Hostile("made executable", _mode(CLOCK.file), "policy", "what may be run")
    yield Hostile("bytes", _binary("src/shop/logo.txt"), "policy", "bytes")
    yield Hostile("no test named", good, "tests_named", "names no test", ())
    yield Hostile("an option as a test", good, "tests_named", "not names", ("-p", "evil"))
    yield Hostile("a test elsewhere", good, "tests_named", "not names", ("tests/../../x.py::test_a",))
    yield Hostile("nothing but tests", repository.diff({NEW_TEST: _SHOWS}), "tests_named", "nothing but tests")
    wrong = good.replace("{seconds // 60}:{seconds % 60}", "{seconds // 61}:{seconds % 61}")
    yield Hostile("wrong context", wrong, "applies", "does not apply")
    yield Hostile("a file that is not there", _changed("src/shop/missing.py"), "applies", "does not exist")
    yield Hostile("a file that is there", _made(CLOCK.file), "applies", "already exists")
    yield Hostile("through a link", _made("src/shop/elsewhere/x.py"), "applies", "beyond a symbolic link")


_PLACES = (
    ("a parent folder", "../outside.py", "reaches out"),
    ("a folder's parent", "src/../../etc/cron.py", "reaches out"),
    ("an absolute path", "/etc/passwd.py", "reaches out"),
    ("a backslash", "src\\..\\x.py", "reaches out"),
    ("a workflow", ".github/workflows/ci.yml", "how changes are tested"),
    ("this project's CI", ".ci/run", "how changes are tested"),
    ("a hook", ".git/hooks/post-checkout", "git runs by itself"),
    ("git's configuration", "src/.git/config.py", "git runs by itself"),
    ("attributes", "src/.gitattributes", "git runs by itself"),
    ("pytest's settings", "pyproject.toml", "before all tests"),
    ("conftest", "tests/conftest.py", "before all tests"),
    ("a migration", "migrations/versions/0001.py", "database"),
    ("a lock file", "requirements.lock", "packages"),
    ("settings with secrets", ".env", "secrets"),
    ("a key", "src/shop/server.pem", "secrets"),
    ("another root", "frontend/src/app.py", "not in src"),
    ("a program", "src/shop/run.sh", "kind of file"),
)
_MADE = (
    ("a new conftest", "tests/shop/conftest.py", "100644", "before all tests"),
    ("a start-up module", "src/sitecustomize.py", "100644", "before all tests"),
    ("a path file", "src/shop.pth", "100644", "before all tests"),
    ("a runnable file", "src/shop/tool.py", "100755", "what may be run"),
)


def at_run_time(repository: SmallRepository, port: int, secret_file: str) -> Iterator[Hostile]:
    """Those that are refused for what they do."""

    def of(name: str, stage: str, reason: str, code: str = _RIGHT, tests: str = _SHOWS, test: str = SHOWN) -> Hostile:
        return Hostile(name, repository.diff({CLOCK.file: code, NEW_TEST: tests}), stage, reason, (test,))

    old = CLOCK.old_tests()
    eased = {CLOCK.file: f"{CLOCK.source}\n", CLOCK.test_file: old.replace('"1:15"', "clock(75)")}
    yield Hostile("an old test made easier", repository.diff(eased), "tests_kept", "changes or deletes", (CLOCK.test,))
    gone = {CLOCK.file: _RIGHT, CLOCK.test_file: None, NEW_TEST: _SHOWS}
    yield Hostile("an old test deleted", repository.diff(gone), "tests_kept", "changes or deletes")
    for name, line, thing in _REACHING:
        yield of(name, "no_reach", thing, tests=f"{line}\n{_SHOWS}")
    for name, line, thing in _REACHING_IN_CODE:
        yield of(name, "no_reach", thing, code=f"{line}\n\n\n{_RIGHT}")
    yield Hostile(
        "a module called json",
        repository.diff({"src/json.py": "x = 1\n", CLOCK.file: _RIGHT, NEW_TEST: _SHOWS}),
        "no_reach",
        "json",
    )
    yield of("code that is none", "compiles", "SyntaxError", code="def clock(seconds:\n")
    yield of(
        "a test that passes before",
        "fails_before",
        "without the change as well",
        tests=_SHOWS.replace("65", "75").replace("05", "15"),
    )
    yield of("a name that does not exist", "fails_before", "never ran", test=f"{NEW_TEST}::test_other")
    yield of(
        "a test of a new name",
        "fails_before",
        "cannot even be loaded",
        code=f"{_RIGHT}\n\nMARK = 1\n",
        tests=_SHOWS.replace("clock\n\n", "MARK, clock\n\n"),
    )
    yield of(
        "a hidden skip",
        "fails_before",
        "is skipped",
        tests=_SHOWS.replace(
            "    assert", f'    {_PARTS}; part_of(__import__("pytest"), "sk" + "ip")("later")\n    assert'
        ),
    )
    yield of("a hidden xfail", "fails_before", "expected to fail", tests=_hidden_xfail())
    yield of("a fixture that fails", "fails_before", "around its body", tests=_failing_fixture())
    yield of("a repair that is none", "passes_after", "fails", code=f"{CLOCK.source}\n\nx = 1\n")
    yield of("a repair that breaks", "old_tests", "test_clock_holds", code='def clock(seconds):\n    return "1:05"\n')
    for name, reason, act in _acts(port, secret_file):
        yield of(name, "passes_after", reason, code=f"def clock(seconds):\n    {act}\n    {CLOCK.right}\n")
    yield of("a patched report", "passes_after", "has to fail was told otherwise", code=_PATCHED_REPORT)
    yield of("tests that do not run", "passes_after", "told otherwise", code=_PATCHED_RUN)
    yield of("a patched call", "passes_after", "told otherwise", code=_PATCHED_CALL)
    yield of("an old test emptied through frames", "no_reach", "tb_frame", code=EMPTIED.format(**PLAIN))
    yield of("an old test's closure filled anew", "no_reach", "__closure__", code=FILLED.format(**PLAIN))
    another = "test_clock_later ran with another body"
    yield of("the same frames by hidden names", "old_tests", another, code=EMPTIED.format(**HIDDEN))
    yield of("the same closure by hidden names", "old_tests", another, code=FILLED.format(**HIDDEN))


_REACHING = (
    ("the end of the process", "import os\nEND = os._exit", "os._exit"),
    ("pytest's inside", "from _pytest import reports", "_pytest"),
    ("pytest.exit", "import pytest\nEND = pytest.exit", "pytest.exit"),
    ("a skip", "import pytest\npytestmark = pytest.mark.skip", "pytest.mark.skip"),
    ("an xfail", "import pytest\npytestmark = pytest.mark.xfail", "pytest.mark.xfail"),
    ("a plugin", 'pytest_plugins = ["shop.clock"]', "pytest_plugins"),
    ("a hook of pytest", "def pytest_runtest_makereport() -> None: ...\n", "pytest_runtest_makereport"),
    ("the loaded modules", "import sys\nLOADED = sys.modules", "sys.modules"),
    ("other objects", "import gc", "gc"),
    ("an exit handler", "import atexit", "atexit"),
)
_REACHING_IN_CODE = (
    ("a module by another name", "import sys as system\nLOADED = system.modules", "sys.modules"),
    ("a name put together", 'import os\nEND = getattr(os, "_ex" + "it")', "getattr with a computed name"),
    ("a module put together", 'INSIDE = __import__("_pyt" + "est")', "__import__ with a computed name"),
    ("an attribute by its key", 'import os\nEND = vars(os)["_ex" + "it"]', "by a computed name"),
    ("what a function sees", "import json\nSEEN = json.dumps.__globals__", "__globals__"),
    ("the heirs of a class", "HEIRS = object.__subclasses__()", "__subclasses__"),
    ("who is told of each call", "import sys\nTOLD = sys.setprofile", "sys.setprofile"),
    ("words that are run", 'WAY = eval("1")', "eval"),
    ("the tests themselves", "import test_clock_later", "test_clock_later"),
)


def _acts(port: int, secret_file: str) -> list[tuple[str, str, str]]:
    """What a repaired function does before it answers, and how its test then ends."""
    system = f'{_PARTS}; import os as system; act = part_of(system, "{{}}" + "{{}}")'
    return [
        ("reads the network", "unreachable", f'import socket; socket.create_connection(("127.0.0.1", {port}), 2)'),
        ("asks a name server", "name resolution", 'import socket; socket.getaddrinfo("example.com", 80)'),
        ("reads a secret of the environment", "KeyError", 'import os; os.environ["PROOF_SECRET"]'),
        ("reads a file elsewhere", "No such file", f"open({secret_file!r}).read()"),
        ("reads the passwords", "No such file", 'open("/etc/shadow").read()'),
        ("reads git's configuration", "No", 'open("/repository/.git/config").read()'),
        ("writes to the system", "Read-only", 'open("/usr/x", "w").close()'),
        ("writes to the code", "Permission denied", 'open("/repository/src/shop/clock.py", "a").close()'),
        ("writes to the tests", "Read-only", 'open("/repository/tests/x.py", "w").close()'),
        ("fills the disk", "No space left", 'for n in range(99): open(f"/tmp/{n}", "wb").write(bytes(9_000_000))'),
        ("one huge file", "File too large", 'open("/tmp/x", "wb").write(bytes(99_000_000))'),
        ("forks without end", "unavailable", 'import os\n    while os.fork(): pass\n    __import__("time").sleep(60)'),
        ("sleeps for ever", "was stopped after", "import time; time.sleep(999)"),
        ("turns for ever", "was stopped after", "while True: pass"),
        ("eats memory", "too much memory", "held = []\n    while True: held.append(bytearray(b'x' * 1_000_000))"),
        ("asks for all memory", "MemoryError", "bytearray(99_000_000_000)"),
        ("prints 100 MB", "printing too much", 'for _ in range(100): print("x" * 1_000_000)'),
        ("leaves well", "before its report", f"{system.format('_ex', 'it')}; act(0)"),
        (
            "leaves with pytest.exit",
            "before all its tests",
            f'{_PARTS}; part_of(__import__("pytest"), "ex" + "it")("", 0)',
        ),
        ("leaves with SystemExit", "SystemExit", "raise SystemExit(0)"),
        ("kills the runner", "before its report", f"{system.format('ki', 'll')}; act(system.getpid(), 9)"),
        ("kills everybody", "ProcessLookupError", f"{system.format('ki', 'll')}; act(-1, 9)"),
        ("writes the report", "somebody else", 'open("/gate/report", "a").write("x\\n")'),
        ("empties the report", "somebody else", 'open("/gate/report", "w").close()'),
    ]


_PATCHED_REPORT = """\
from shop.parts import loaded


def clock(seconds):
    return "1:5"


def _patch():
    inside = loaded("_pyt" + "est.reports")
    made = inside.TestReport.from_item_and_call.__func__

    def always(kind, item, call):
        report = made(kind, item, call)
        report.outcome, report.longrepr = "passed", None
        return report

    inside.TestReport.from_item_and_call = classmethod(always)


_patch()
"""
_PATCHED_RUN = """\
def clock(seconds):
    return "1:5"


getattr(__import__("pytest"), "Function").runtest = lambda self: None
"""
_PATCHED_CALL = """\
from shop.parts import loaded


def clock(seconds):
    return "1:5"


def _patch():
    inside = loaded("_pyt" + "est.runner")
    made = inside.CallInfo.from_call.__func__

    def always(kind, func, when, reraise=None):
        call = made(kind, func, when, reraise)
        call.excinfo = None
        return call

    inside.CallInfo.from_call = classmethod(always)


_patch()
"""


def _hidden_xfail() -> str:
    mark = f'import pytest\n{_PARTS}\n\nMARK = part_of(part_of(pytest, "mark"), "xf" + "ail")\n'
    return f"{mark}{_SHOWS}".replace("def test_shown", "@MARK\ndef test_shown")


def _failing_fixture() -> str:
    fixture = "import pytest\n\n\n@pytest.fixture\ndef ground():\n    raise OSError\n"
    return f"{fixture}{_SHOWS}".replace("test_shown()", "test_shown(ground)")


def _changed(path: str) -> str:
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n"


def _made(path: str, mode: str = "100644", body: str = "@@ -0,0 +1 @@\n+a = 1\n") -> str:
    return f"diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n{body}"


def _mode(path: str) -> str:
    return f"diff --git a/{path} b/{path}\nold mode 100644\nnew mode 100755\n"


def _binary(path: str) -> str:
    heading = f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0000000..1111111\n"
    return f"{heading}GIT binary patch\nliteral 1\nIcmZ\n"
