"""The files of deploy/auto-ops say what the program understands, and hold no secret."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from donecast.autoops.gate.rules import Limits
from donecast.entry.cli import _parser
from donecast.platform.settings import Settings, load_settings
from donecast.platform.settings_group import variable_of
from donecast.platform.settings_shown import settings_shown

_FOLDER = Path(__file__).parents[2] / "deploy" / "auto-ops"
_NAME = re.compile(r"\b(?:AUTO_OPS|DONECAST)_[A-Z_]+\b")
_OWN_BYTES = 512 * 1024**2
"""More than Auto-Ops itself takes, with the libraries that ask a model."""
_OF_COMPOSE = {"DONECAST_CHECKOUT", "DONECAST_LOGS"}


def yaml_of(name: str) -> Any:
    """What a file says."""
    return yaml.safe_load((_FOLDER / name).read_text("utf-8"))


def containers() -> Iterator[dict[str, Any]]:
    """Those of Cloud Run."""
    yield yaml_of("cloud-run-service.yaml")["spec"]["template"]["spec"]["containers"][0]
    yield yaml_of("cloud-run-job.yaml")["spec"]["template"]["spec"]["template"]["spec"]["containers"][0]


def test_every_setting_that_a_file_names_is_one() -> None:
    known = settings_shown(load_settings()).keys() | _OF_COMPOSE
    for path in _FOLDER.iterdir():
        assert set(_NAME.findall(path.read_text("utf-8"))) <= known, path.name


@pytest.mark.parametrize("place", [0, 1])
def test_cloud_run_gets_settings_that_are_taken_and_its_secrets_by_reference(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = list(containers())[place]
    by_reference = {one["name"] for one in container["env"] if "valueFrom" in one}
    assert by_reference >= {"DONECAST_DATABASE_URL", "AUTO_OPS_SLACK_BOT_TOKEN", "AUTO_OPS_GEMINI_API_KEY"}
    monkeypatch.setenv("DONECAST_ENVIRONMENT", "production")
    for one in container["env"]:
        monkeypatch.setenv(one["name"], one.get("value", "postgresql://x/y"))
    settings = load_settings()
    assert settings.auto_ops.auto_ops_slack_alert_channel == "C0123ABCD"
    plain = {one["name"] for one in container["env"] if "value" in one}
    assert plain.isdisjoint(_secret_names(settings))
    assert _parser().parse_args(["auto-ops", *container["args"]])


def _secret_names(settings: Settings) -> set[str]:
    groups = [getattr(settings, name) for name in type(settings).__dataclass_fields__]
    return {variable_of(name) for group in groups for name, field in type(group).model_fields.items() if not field.repr}


def test_there_is_room_for_auto_ops_and_for_a_change_that_is_tried() -> None:
    limits = Limits()
    needed = _OWN_BYTES + limits.memory_bytes + limits.scraps_bytes
    compose = yaml_of("compose.yaml")["services"]["auto-ops"]["mem_limit"]
    given = {"compose.yaml": _bytes_of(compose)}
    for path in _FOLDER.glob("*.service"):
        line = re.search(r"^MemoryMax=(\S+)$", path.read_text("utf-8"), re.MULTILINE)
        assert line, path.name
        given[path.name] = _bytes_of(line[1])
    assert len(given) == 3
    assert all(room >= needed for room in given.values()), (given, needed)


def test_where_the_room_is_small_no_change_is_tried() -> None:
    for container in containers():
        assert "AUTO_OPS_REPOSITORY_ROOT" not in {one["name"] for one in container["env"]}


def _bytes_of(said: str) -> int:
    return int(said[:-1]) * {"m": 1024**2, "g": 1024**3}[said[-1].lower()]


def test_what_a_branch_needs_is_told_where_it_is_missing() -> None:
    for path in (*_FOLDER.glob("*.service"), _FOLDER / "compose.yaml"):
        text = path.read_text("utf-8")
        assert "AUTO_OPS_OUTCOME=branch" in text, path.name
        assert re.search(r"^ *#(ReadWritePaths=|- \").*/\.git", text, re.MULTILINE), path.name


def test_commands_of_the_other_files_are_understood() -> None:
    commands = [yaml_of("compose.yaml")["services"]["auto-ops"]["command"]]
    for path in _FOLDER.glob("*.service"):
        line = re.search(r"^ExecStart=\S+/donecast auto-ops (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert line, path.name
        commands.append(line[1].split())
    assert len(commands) == 3
    for command in commands:
        assert _parser().parse_args(["auto-ops", *command])
