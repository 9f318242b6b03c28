"""Logs: one JSON object a line, the request's facts on each, secrets on none."""

import json
import logging

import pytest

from donecast.platform.settings import load_settings
from donecast.platform.telemetry import accepted_request_id, bound_to, configure_logs, logger


def test_a_line_carries_what_is_bound_and_hides_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(load_settings({"log_format": "json"}).server)
    with bound_to(request_id="abc", episode_id=None):
        logger().info("signed in", password="hunter2", api_key="k", account_id="acc_1")
        logging.getLogger("somebody.else").warning("plain words")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["signed in", "plain words"]
    assert {line["request_id"] for line in lines} == {"abc"}
    assert lines[0]["account_id"] == "acc_1"
    assert "hunter2" not in str(lines)
    assert lines[0]["password"] == lines[0]["api_key"] == "[redacted]"


@pytest.mark.parametrize("offered", [None, "", "a" * 65, "two words", "new\nline", "semi;colon"])
def test_a_malformed_request_id_is_replaced(offered: str | None) -> None:
    made = accepted_request_id(offered)
    assert made != offered
    assert len(made) == 16


def test_a_well_formed_request_id_is_kept() -> None:
    assert accepted_request_id("web-1.2_A") == "web-1.2_A"


@pytest.mark.parametrize("log_format", ["json", "pretty"])
def test_what_an_error_quotes_loses_its_secrets(log_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(load_settings({"log_format": log_format}).server)
    try:
        raise ValueError("no answer from postgresql://donecast:hunter2@db/donecast")
    except ValueError:
        logger().exception("broke", headers={"Authorization": "Bearer hunter3hunter3"})
    written = capfd.readouterr().err
    assert "ValueError" in written
    assert "test_telemetry.py" in written
    assert "hunter2" not in written
    assert "hunter3" not in written
