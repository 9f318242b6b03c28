"""Each alert has a runbook, and every command, route and setting that one names exists."""

import argparse
import re
import shlex
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from donecast.entry.cli import _parser
from donecast.entry.http import create_app
from donecast.health.alerts.rules import FIRST_STEPS
from donecast.platform.settings import load_settings
from donecast.platform.settings_group import PREFIX
from donecast.platform.web import Ground
from tests.support.people import Person

_FOLDER = Path(__file__).parents[3] / "docs" / "runbooks"
_HEADINGS = ["What it means", "Who is affected", "Look first", "Mend", "When it is over"]


def pages() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in sorted(_FOLDER.glob("*.md"))}


def test_each_alert_has_a_runbook_and_each_runbook_an_alert() -> None:
    assert pages().keys() - {"README"} == FIRST_STEPS.keys()
    for name in FIRST_STEPS:
        page = pages()[name]
        assert page.startswith(f"# {name}: ")
        assert re.findall(r"^## (.+)$", page, re.MULTILINE) == _HEADINGS
        assert f"[{name}]({name}.md)" in pages()["README"]


def test_every_command_that_is_named_exists() -> None:
    named = re.findall(r"`(donecast [^`]+)`", " ".join([*pages().values(), *FIRST_STEPS.values()]).replace("\n", " "))
    assert len(named) > 20
    for command in named:
        try:
            _parser().parse_args(shlex.split(command)[1:])
        except SystemExit as refusal:
            pytest.fail(f"`{command}` is not understood: {refusal}")
    with pytest.raises((SystemExit, argparse.ArgumentError)):
        _parser().parse_args(["no-such-command"])


def test_every_route_that_is_named_exists(ground: Ground) -> None:
    routes = {
        (method, route.path)
        for route in iter_route_contexts(create_app(ground).routes)
        for method in route.methods or ()
    }
    text = " ".join([*pages().values(), *FIRST_STEPS.values()])
    asked = {("GET", path) for path in re.findall(r"localhost:8000(/[\w/-]+)", text)}
    asked |= set(re.findall(r"(GET|POST) (/api/[\w/{}-]+)", text))
    assert len(asked) > 8
    assert asked - routes == set()


def test_every_curl_asks_as_an_admin_who_is_told_all(admin: Person) -> None:
    curls = [(name, curl) for name, page in pages().items() for curl in re.findall(r"`(curl [^`]+)`", page)]
    assert len(curls) > 12
    for name, curl in curls:
        # A stranger is told a summary; while the database is away everybody is one.
        assert ("Authorization: Bearer $TOKEN" in curl) == (name != "database_away"), f"{name}: {curl}"
        path = re.search(r"localhost:8000(/[^\s\"]+)", curl)
        assert path, curl
        assert admin.ask("GET", path[1]).status_code == 200, curl


def test_every_setting_that_is_named_exists() -> None:
    settings = load_settings()
    known = {
        name.upper()
        for group in type(settings).__dataclass_fields__
        for name in type(getattr(settings, group)).model_fields
    }
    text = " ".join(pages().values())
    assert set(re.findall(rf"{PREFIX}([A-Z0-9_]+)", text)) <= known
    assert set(re.findall(r"\b(SENTRY_[A-Z_]+)", text)) <= known
