"""What a model may ask: questions with names and texts, never commands. All only read.

Code is read from a commit's objects, not from the folder: what was never committed, and whatever a link leads to, is
not there to be read.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

from donecast.autoops.case import Tool
from donecast.autoops.errors import NothingToLookAt
from donecast.autoops.gate.checkout import git_folder_of, head_of
from donecast.autoops.gate.programs import run_git
from donecast.autoops.gate.rules import are_test_names
from donecast.autoops.gate.verification import PatchGate
from donecast.autoops.rules.patch import may_be_read
from donecast.autoops.sources import log_lines, runbook_of
from donecast.engine.errors import ProgramFailed
from donecast.platform.settings_shown import settings_shown
from donecast.platform.web import Ground

_SECONDS_MAX = 10.0
_LINES_MAX = 250
_MATCHES_MAX = 80
_PATTERN_CHARACTERS_MAX = 200
_COMMITS_MAX = 15
_LOG_WINDOW = timedelta(hours=2)
_LOG_OPTIONS = (
    *("--format=medium", "--no-color", "--no-show-signature", "--no-notes", "--date=iso-strict", "--no-follow"),
    *("-p", "--unified=1", "--diff-merges=off", "--no-renames", "--submodule=short", "--no-ext-diff", "--no-textconv"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)
"""Everything that a repository's own settings could change in how a patch reads is said here."""
_TESTS_MAX = 10


def tools_of(ground: Ground, gate: PatchGate | None) -> tuple[Tool, ...]:
    """Every question that can be answered here; those about code only where a checkout is named."""
    always = (
        Tool(
            "config",
            "All settings as they are in force; secrets are only said to be set.",
            {},
            partial(_config, ground),
        ),
        Tool("runbook", "The text of a runbook.", {"name": "such as breaker_open"}, partial(_runbook, ground)),
        Tool(
            "log",
            "The last lines of the log that hold a word.",
            {"word": "such as a request id"},
            partial(_log, ground),
        ),
    )
    return (*always, *_tools_of_code(gate)) if gate is not None else always


def _tools_of_code(gate: PatchGate) -> tuple[Tool, ...]:
    code = _Code(gate.root)
    path = {"path": "from the root, such as src/donecast/site/service.py"}
    lines = {**path, "first_line": "a number", "last_line": "a number"}
    return (
        Tool(
            "repo_search", "Lines of the code that match.", {"pattern": "an extended regular expression"}, code.search
        ),
        Tool("repo_read", f"Lines of a file, at most {_LINES_MAX}, with their numbers.", lines, code.read),
        Tool("git_log", "The last commits that touched a file, with what they changed.", path, code.log),
        Tool("git_blame", "Who wrote lines of a file last, and in which commit.", lines, code.blame),
        Tool(
            "run_tests",
            f"How tests of the repository end now, in a sandbox; at most {_TESTS_MAX}.",
            {"names": "as pytest names them, with commas between them"},
            partial(_tests, gate),
        ),
    )


class _Code:
    """One checkout, as its last commit has it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def search(self, given: Mapping[str, str]) -> str:
        pattern = given.get("pattern", "")
        if not pattern or len(pattern) > _PATTERN_CHARACTERS_MAX or not pattern.isprintable():
            raise NothingToLookAt("A pattern has 1 to 200 characters on one line.")
        try:
            said = self._git("grep", "--no-color", "--null", "-n", "-I", "-E", "--max-count=10", "-e", pattern, "HEAD")
        except ProgramFailed as error:
            if error.details.get("exit_code") == 1:
                return "nothing matches"
            raise
        # Parted at line feeds alone and at the byte after a name, so that no words in a file are taken for a name.
        found = [line.removeprefix("HEAD:").partition("\0") for line in said.split("\n")]
        shown = [f"{path}:{rest}"[:300].replace("\0", ":") for path, _, rest in found if may_be_read(path)]
        more = [f"and {len(shown) - _MATCHES_MAX} more"] if len(shown) > _MATCHES_MAX else []
        return "\n".join([*shown[:_MATCHES_MAX], *more]) or "nothing matches"

    def read(self, given: Mapping[str, str]) -> str:
        first, last = _span(given)
        lines = self._git("cat-file", "blob", f"HEAD:{_path(given)}").splitlines()
        return "\n".join(f"{number}: {line}" for number, line in enumerate(lines, 1) if first <= number <= last)

    def log(self, given: Mapping[str, str]) -> str:
        said = self._git("log", f"-{_COMMITS_MAX}", *_LOG_OPTIONS, "HEAD", "--", f":(literal){_path(given)}")
        return _without_secret_patches(said)

    def blame(self, given: Mapping[str, str]) -> str:
        first, last = _span(given)
        return self._git("blame", "--date=short", f"-L{first},{last}", "HEAD", "--", _path(given))

    def _git(self, *arguments: str) -> str:
        git_folder = git_folder_of(self._root)
        return run_git(git_folder, *arguments, deadline_seconds=_SECONDS_MAX).decode("utf-8", "replace")


def _without_secret_patches(said: str) -> str:
    """A log with the patches of those files alone that may be read, for a folder also holds others.

    Words of commits stand indented and lines of files behind a sign, so a line that begins so is git's own.
    """
    kept: list[str] = []
    is_shown = True
    for line in said.split("\n"):
        if line.startswith("diff "):
            named = re.fullmatch(r"diff --git a/(.+) b/\1", line)
            is_shown = named is not None and may_be_read(named[1])
            if not is_shown:
                kept.append("(a file that may not be read)")
        elif line.startswith("commit "):
            is_shown = True
        if is_shown:
            kept.append(line)
    return "\n".join(kept)


def _path(given: Mapping[str, str]) -> str:
    path = given.get("path", "")
    if not may_be_read(path):
        raise NothingToLookAt("This path is not one that may be read.")
    return path


def _span(given: Mapping[str, str]) -> tuple[int, int]:
    texts = given.get("first_line", ""), given.get("last_line", "")
    if not all(re.fullmatch(r"[1-9]\d{0,5}", text) for text in texts):
        raise NothingToLookAt("Lines are given by two numbers from 1 on.")
    first, last = map(int, texts)
    if last < first:
        raise NothingToLookAt("The last line comes before the first.")
    return first, min(last, first + _LINES_MAX - 1)


def _tests(gate: PatchGate, given: Mapping[str, str]) -> str:
    names = [name.strip() for name in given.get("names", "").split(",") if name.strip()]
    if not names or len(names) > _TESTS_MAX or not are_test_names(names):
        raise NothingToLookAt(f"Name one to {_TESTS_MAX} single tests, such as tests/site/test_feed.py::test_a_title.")
    return gate.try_tests(names, head_of(gate.root)).said


def _runbook(ground: Ground, given: Mapping[str, str]) -> str:
    return runbook_of(ground, given.get("name", ""))


def _log(ground: Ground, given: Mapping[str, str]) -> str:
    named, word = ground.settings.auto_ops.auto_ops_log_file, given.get("word", "")
    if not named:
        raise NothingToLookAt("No log file is named (AUTO_OPS_LOG_FILE).")
    since = (ground.clock.now() - _LOG_WINDOW).isoformat()
    return "\n".join(log_lines(Path(named), [word] if word else [], since)) or "no line holds it"


def _config(ground: Ground, _given: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in settings_shown(ground.settings).items())
