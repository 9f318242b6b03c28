"""What a model may ask: it sees what is committed and no secret, and nothing that it says becomes a command."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from donecast.autoops.errors import NothingToLookAt
from donecast.autoops.gate.verification import PatchGate
from donecast.autoops.tools import tools_of
from donecast.kit.errors import DonecastError
from donecast.platform.web import Ground
from tests.support.small_repository import FAULTS, SmallRepository, commit_files, make_small_repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> SmallRepository:
    """With traps, with secrets that were committed, and with one that lies beside what is committed."""
    keys = "key = kept\x0cREADME.md:1:key = kept\nmore\x1ecommit 1234\n"
    secrets = {"src/shop/server.pem": keys, "src/shop/credentials/all.py": keys}
    made = make_small_repository(tmp_path_factory.mktemp("tools") / "shop", secrets)
    (made.root / ".env").write_text("KEY=uncommitted", "utf-8")
    (made.root / "src/shop/loose.py").write_text("KEY = 'uncommitted'", "utf-8")
    return made


class Asking:
    """A model in front of the tools."""

    def __init__(self, ground: Ground, gate: PatchGate | None) -> None:
        self.tools = {tool.name: tool for tool in tools_of(ground, gate)}

    def __call__(self, name: str, /, **given: str) -> str:
        arguments: Mapping[str, str] = given
        return self.tools[name].ask(arguments)


@pytest.fixture
def ask(ground: Ground, repository: SmallRepository, tmp_path: Path) -> Asking:
    """The tools of an installation with a checkout."""
    return Asking(ground, PatchGate(repository.root, tmp_path / "scratch"))


def test_code_is_searched_read_and_traced_back(ask: Asking) -> None:
    fault = FAULTS[0]
    assert f"{fault.file}:1:def {fault.name}" in ask("repo_search", pattern=f"def {fault.name}")
    assert ask("repo_search", pattern="nobody wrote this") == "nothing matches"
    assert ask("repo_read", path=fault.file, first_line="1", last_line="1").startswith("1: def")
    assert "A shop with faults" in ask("git_log", path=fault.file)
    assert "A Person" in ask("git_blame", path=fault.file, first_line="1", last_line="2")


def test_what_was_never_committed_is_not_there_to_be_read(ask: Asking) -> None:
    assert ask("repo_search", pattern="uncommitted") == "nothing matches"
    for path in (".env", "src/shop/loose.py", "src/shop/elsewhere/secret", "../secret", "/etc/passwd", "-p", "HEAD:x"):
        with pytest.raises(DonecastError):
            ask("repo_read", path=path, first_line="1", last_line="5")


@pytest.mark.parametrize("path", [".", "src", "src/shop"])
def test_the_log_of_a_folder_shows_no_file_that_may_not_be_read(ask: Asking, path: str) -> None:
    said = ask("git_log", path=path)
    assert f"+++ b/{FAULTS[0].file}" in said
    assert FAULTS[-1].source.splitlines()[0] in said
    for secret in ("kept", "more", "server.pem", "credentials"):
        assert secret not in said
    for secret in ("src/shop/server.pem", "src/shop/credentials"):
        with pytest.raises(NothingToLookAt):
            ask("git_log", path=secret)


def test_a_log_follows_no_file_to_the_name_that_it_had(ground: Ground, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    (root / "src").mkdir(parents=True)
    commit_files(root, {"src/server.pem": "key = kept\n" * 20}, "A key")
    (root / "src/server.pem").rename(root / "src/notes.txt")
    (root / "src/notes.txt").write_text("key = gone\n" + "key = put here\n" * 20, "utf-8")
    commit_files(root, {}, "Notes")
    with (root / ".git/config").open("a", encoding="utf-8") as settings:
        settings.write("[log]\nfollow = true\n[diff]\nrenames = copies\nnoprefix = true\n[color]\nui = always\n")
    ask = Asking(ground, PatchGate(root, tmp_path / "scratch"))
    for path in (".", "src/notes.txt"):
        said = ask("git_log", path=path)
        assert "+key = gone" in said
        assert "kept" not in said


def test_no_line_of_a_file_is_taken_for_the_name_of_another(ask: Asking) -> None:
    assert ask("repo_search", pattern="kept|more") == "nothing matches"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("repo_search", {"pattern": ""}),
        ("repo_search", {"pattern": "x" * 201}),
        ("repo_search", {}),
        ("repo_read", {"path": "README.md", "first_line": "0", "last_line": "5"}),
        ("repo_read", {"path": "README.md", "first_line": "5", "last_line": "4"}),
        ("repo_read", {"path": "README.md", "first_line": "1;ls", "last_line": "5"}),
        ("git_blame", {"path": "--contents=/etc/passwd", "first_line": "1", "last_line": "1"}),
        ("git_log", {"path": "--output=/tmp/x"}),
        ("run_tests", {"names": "tests/../../x.py::test_y"}),
        ("run_tests", {"names": "--pdb"}),
        ("run_tests", {"names": ""}),
        ("runbook", {"name": "../../../etc/passwd"}),
        ("log", {"word": "x"}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(ask: Asking, name: str, given: dict[str, str]) -> None:
    with pytest.raises(NothingToLookAt):
        ask(name, **given)


def test_an_option_in_a_pattern_is_a_pattern(ask: Asking) -> None:
    assert ask("repo_search", pattern="--open-files-in-pager=touch sprung") == "nothing matches"


def test_tests_are_run_in_the_sandbox(ask: Asking, repository: SmallRepository) -> None:
    fault = FAULTS[0]
    name = f"{fault.test_file}::test_{fault.name}_holds"
    assert ask("run_tests", names=name) == f"{name}: passed"
    assert not (repository.root.parent / "sprung").exists()


def test_settings_are_shown_without_their_secrets(ground: Ground) -> None:
    keys = ground.settings.auto_ops.model_copy(update={"gemini_api_key": "a-very-secret-key"})
    database = ground.settings.database.model_copy(update={"database_url": "postgresql://ann:geheim@host/donecast"})
    told = Asking(replace(ground, settings=replace(ground.settings, auto_ops=keys, database=database)), None)("config")
    assert "GEMINI_API_KEY=(set)" in told
    assert "AUTO_OPS_SLACK_BOT_TOKEN=(not set)" in told
    assert "DONECAST_DATABASE_URL=postgresql://host/donecast" in told
    assert "geheim" not in told
    assert "a-very-secret-key" not in told


def test_without_a_checkout_there_is_nothing_to_ask_about_code(ground: Ground) -> None:
    assert Asking(ground, None).tools.keys() == {"config", "runbook", "log"}
