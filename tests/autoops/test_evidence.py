"""What is gathered: from a real installation and a real checkout, without secrets, and that something is missing."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from donecast.autoops.case import Source
from donecast.autoops.evidence import gathered
from donecast.autoops.rules.values import EXCERPT_CHARACTERS_MAX, Alert, Evidence
from donecast.autoops.sources import sources_of
from donecast.entry.wiring import open_error_source
from donecast.kit.clock import FixedClock
from donecast.platform.redaction import CHARACTERS_MAX
from donecast.platform.web import Ground
from tests.support.alerts import NOW, alert, breaker_alert
from tests.support.own_errors import happened
from tests.support.small_repository import make_small_repository

_KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
_ALERT = alert(breaker_alert(), name="breaker_open", subject="gemini")


def said_by(ground: Ground, source: str, about: Alert = _ALERT) -> Evidence:
    """What one source of an installation says."""
    sources = [one for one in sources_of(ground, open_error_source(ground)) if one.id == source]
    return gathered(sources, about)[0]


@contextmanager
def named(ground: Ground, **settings: str) -> Iterator[Ground]:
    """The ground with these settings of Auto-Ops, at a fixed time."""
    changed = ground.settings.auto_ops.model_copy(update=settings)
    yield replace(ground, settings=replace(ground.settings, auto_ops=changed), clock=FixedClock(NOW))


def test_a_new_installation_says_what_it_is_and_what_it_has_not(ground: Ground) -> None:
    found = {one.id: one for one in gathered(sources_of(ground, open_error_source(ground)), _ALERT)}
    assert list(found) == [
        *("health", "breakers", "error_rate", "stuck_work", "errors", "sentry", "logs", "commits", "runbook"),
    ]
    assert "NOT OK: workers: none is alive" in found["health"].excerpt
    assert "are closed: every service is asked as usual" in found["breakers"].excerpt
    assert found["error_rate"].excerpt == "0 of 0 requests failed in 5 minutes (0.0 %)"
    assert found["stuck_work"].excerpt == "everything moves"
    assert found["errors"].excerpt == "groups of errors in the last 2 hours: 0"
    assert {one.id for one in found.values() if one.missing} == {"sentry", "logs", "commits", "runbook"}


def test_a_service_that_is_left_alone_is_named(ground: Ground) -> None:
    ground.breakers.isolate("gemini", "ann")
    assert "gemini: isolated, left alone" in said_by(ground, "breakers").excerpt


def test_errors_of_the_request_come_with_the_place_and_whom_they_hit(ground: Ground) -> None:
    with named(ground) as here:
        happened(ground.database, NOW, "publish", request_id="req-of-ann")
        said = said_by(here, "errors", alert("KeyError", request_ids=("req-of-ann",))).excerpt
        assert "KeyError: no bean in publish" in said
        assert '"request_id": "req-of-ann"' in said
        assert "donecast.episodes.service:10 in publish: x = 1" in said


def test_the_log_is_searched_by_request_id_and_else_for_failures_of_the_last_half_hour(
    ground: Ground, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    lines = [
        {"level": "error", "timestamp": "2026-11-30T11:00:00Z", "event": "long ago"},
        {"level": "info", "timestamp": "2026-11-30T11:59:00Z", "event": "all fine", "request_id": "req-of-ann"},
        {"level": "error", "timestamp": "2026-11-30T11:59:00Z", "event": "just now", "key": _KEY},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\nno JSON at all", "utf-8")
    with named(ground, auto_ops_log_file=str(path)) as here:
        now = said_by(here, "logs")
        assert "just now" in now.excerpt
        assert "long ago" not in now.excerpt
        assert _KEY not in now.excerpt
        assert now.redacted_count == 1
        hers = said_by(here, "logs", alert("Error", request_ids=("req-of-ann",))).excerpt
        assert "all fine" in hers
        assert "just now" not in hers
    with named(ground, auto_ops_log_file=str(tmp_path / "none")) as here:
        assert said_by(here, "logs").missing == "it cannot be looked at (FileNotFoundError)"


def test_commits_and_the_runbook_come_from_the_checkout(ground: Ground, tmp_path: Path) -> None:
    repository = make_small_repository(tmp_path / "shop")
    (repository.root / "docs/runbooks").mkdir(parents=True)
    (repository.root / "docs/runbooks/breaker_open.md").write_text("# Wait.", "utf-8")
    with named(ground, auto_ops_repository_root=str(repository.root)) as here:
        assert "A shop with faults" in said_by(here, "commits").excerpt
        assert said_by(here, "runbook").excerpt == "# Wait."
        astray = alert("Error", name="../../README")
        assert said_by(here, "runbook", astray).missing == "There is no runbook of this name."
    assert not (tmp_path / "sprung").exists()


def source(look: Callable[[Alert], str]) -> Source:
    """One that does this."""
    return Source("one", "one", "What?", look)


def test_a_source_that_does_not_answer_in_time_is_missing_and_keeps_nobody_waiting() -> None:
    def sleepy(_: Alert) -> str:
        time.sleep(2)
        return "late"

    begun = time.monotonic()
    (late, well) = gathered([source(sleepy), source(lambda _: "well")], _ALERT, 0.2)
    assert late.missing == "it did not answer within 0.2 seconds"
    assert well.excerpt == "well"
    assert time.monotonic() - begun < 1.5


def test_a_runbook_that_is_no_text_is_missing_and_says_why(ground: Ground, tmp_path: Path) -> None:
    repository = make_small_repository(tmp_path / "shop")
    (repository.root / "docs/runbooks").mkdir(parents=True)
    (repository.root / "docs/runbooks/breaker_open.md").write_bytes("# Störung".encode("latin-1"))
    with named(ground, auto_ops_repository_root=str(repository.root)) as here:
        assert said_by(here, "runbook").missing == "it cannot be looked at (UnicodeDecodeError)"


def test_what_cannot_be_kept_as_text_is_missing() -> None:
    (half,) = gathered([source(lambda _: "half a character: \ud83d")], _ALERT)
    assert half.missing == "it cannot be looked at (UnicodeEncodeError)"


@pytest.mark.parametrize("extra", [0, 1])
def test_what_is_too_long_is_cut_at_the_limit_and_says_so(extra: int) -> None:
    (one,) = gathered([source(lambda _: "a b " * (EXCERPT_CHARACTERS_MAX // 4) + "x" * extra)], _ALERT)
    assert (len(one.excerpt), one.is_cut) == (EXCERPT_CHARACTERS_MAX, bool(extra))
    (long,) = gathered([source(lambda _: "a b " * CHARACTERS_MAX)], _ALERT)
    assert long.is_cut


def test_evidence_is_the_same_for_the_same_words() -> None:
    first, second = (gathered([source(lambda _: "the same")], _ALERT)[0] for _ in range(2))
    assert first == second
