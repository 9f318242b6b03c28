"""What is looked at without a model: the program's own facts, its errors, its log, its last changes, its runbooks.

Everything here only reads, and nothing reads longer than a statement or a file may take.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from donecast.autoops.case import Source
from donecast.autoops.errors import NothingToLookAt
from donecast.autoops.gate.checkout import git_folder_of
from donecast.autoops.gate.programs import run_git
from donecast.autoops.rules.values import Alert
from donecast.health import service as health
from donecast.health.alerts import service as alerts
from donecast.health.error_groups import service as error_groups
from donecast.health.error_groups.rules import ErrorGroup, Wanted
from donecast.health.feedback.sources import ErrorSource
from donecast.health.rules import Check
from donecast.health.sentry.rules import Issue, Wish
from donecast.health.stuck_work import service as stuck_work
from donecast.platform.breaker_rules import is_left_alone
from donecast.platform.web import Ground

_LOG_BYTES_MAX = 8 * 1024**2
_LOG_LINES_SHOWN = 60
_LOG_WINDOW = timedelta(minutes=30)
_TELLING_LEVELS = frozenset({"warning", "error", "critical"})
_GROUPS_SHOWN = 8
_EVENTS_SHOWN = 2
_FRAMES_SHOWN = 4
_ERROR_HOURS = 2
_STUCK_SHOWN = 20
_ROUTES_SHOWN = 8
_COMMITS_SHOWN = 15
RUNBOOKS = "docs/runbooks"


def sources_of(ground: Ground, errors: ErrorSource) -> tuple[Source, ...]:
    """Everything that this installation can tell about itself."""
    return (
        Source("health", "health", "Is it well, does anybody work, is there room?", lambda _: _health(ground)),
        Source("breakers", "circuit breakers", "Which outside services are left alone?", lambda _: _breakers(ground)),
        Source("error_rate", "traffic", "How many requests failed in five minutes?", lambda _: _error_rate(ground)),
        Source("stuck_work", "stuck work", "Which work does not move?", lambda _: _stuck(ground)),
        Source("errors", "error groups", f"Which errors came in {_ERROR_HOURS} hours?", lambda one: _own(ground, one)),
        Source("sentry", "Sentry", "What does Sentry have about it?", lambda one: _sentry(ground, errors, one)),
        Source("logs", "log", "What does the log say about it?", lambda one: _logs(ground, one)),
        Source("commits", "git log", "What was changed last?", lambda _: _commits(ground)),
        Source("runbook", "runbook", "What does the runbook say?", lambda one: runbook_of(ground, one.name or "")),
    )


def _health(ground: Ground) -> str:
    ground.database.ping()
    checks = (*health.work(ground), *stuck_work.checks(ground), *alerts.check(ground), health.disk(ground))
    return "\n".join([*_told(checks), "ok: database: it answers"])


def _told(checks: Iterable[Check]) -> Iterator[str]:
    """What needs a look first: a reply shows the beginning alone."""
    worst_first = sorted(checks, key=lambda check: check.ok)
    return (f"{'ok' if check.ok else 'NOT OK'}: {check.name}: {check.finding}" for check in worst_first)


def _breakers(ground: Ground) -> str:
    now_ms = ground.breakers.now_ms()
    states = health.breakers(ground.breakers.states())
    lines = [
        f"{name}: {state.phase}{', left alone' if is_left_alone(state, now_ms) else ''}, "
        f"{state.failed_count} failures in its last minute"
        for name, state in states.items()
        if state.phase != "closed" or state.failed_count or is_left_alone(state, now_ms)
    ]
    return "\n".join(lines) or f"all {len(states)} are closed: every service is asked as usual"


def _error_rate(ground: Ground) -> str:
    facts = health.traffic(ground)
    failed = sorted(
        ((count, label) for label, count in facts.counts.items() if label.outcome == "5xx"),
        key=lambda pair: (-pair[0], pair[1].route),
    )
    return "\n".join(
        [
            f"{facts.sums.errors} of {facts.sums.total} requests failed in {facts.window_seconds // 60} minutes "
            f"({facts.sums.error_rate_percent} %)",
            *([f"a burst of errors since {facts.burst.began_at:%H:%M:%S} UTC"] if facts.burst else []),
            *(f"{label.method} {label.route}: {count} failed" for count, label in failed[:_ROUTES_SHOWN]),
        ]
    )


def _stuck(ground: Ground) -> str:
    with ground.database.reading() as session:
        found = stuck_work.stuck(ground, session)
    lines = [
        f"{one.work.operation_id} for episode {one.work.episode_id}: {one.work.trouble.replace('_', ' ')}, silent "
        f"for {one.work.silent_ms // 1_000} s, held by {one.work.holder or 'nobody'}, "
        f"times begun again: {one.work.recoveries}"
        for one in found[:_STUCK_SHOWN]
    ]
    stuck = "1 piece of work is stuck" if len(found) == 1 else f"{len(found)} pieces of work are stuck"
    return "\n".join([stuck, *lines]) if found else "everything moves"


def _own(ground: Ground, alert: Alert) -> str:
    with ground.database.reading() as session:
        named = [
            group
            for request_id in alert.request_ids
            for group in error_groups.error_groups(
                session, ground.clock, Wanted(hours_back=24, request_id=request_id), limit=_EVENTS_SHOWN
            ).groups
        ]
        page = error_groups.error_groups(session, ground.clock, Wanted(hours_back=_ERROR_HOURS), limit=_GROUPS_SHOWN)
        groups = list({group.id: group for group in (*named, *page.groups)}.values())[:_GROUPS_SHOWN]
        lines = [f"groups of errors in the last {_ERROR_HOURS} hours: {page.total}"]
        for group in groups:
            lines.append(_group_in_words(group))
            for event in error_groups.last_events(session, group.id, _EVENTS_SHOWN):
                lines.append(f"  {json.dumps(dict(event.facts), sort_keys=True)}")
                lines += [f"  {_place(frame)}" for frame in list(event.frames)[-_FRAMES_SHOWN:]]
    return "\n".join(lines)


def _group_in_words(group: ErrorGroup) -> str:
    return (
        f"{group.id} {group.type}: {group.message[:200]} | at {group.culprit} | times: {group.event_count}, "
        f"people: {group.user_count}, last {group.last_seen:%H:%M:%S} UTC, {group.status}"
    )


def _place(frame: Mapping[str, Any]) -> str:
    return f"{frame.get('place')}:{frame.get('line')} in {frame.get('function')}: {frame.get('code')}"


def _sentry(ground: Ground, errors: ErrorSource, alert: Alert) -> str:
    if errors.kind != "sentry":
        raise NothingToLookAt("Sentry is not set up; the errors are kept here.")
    since = ground.clock.now() - timedelta(hours=_ERROR_HOURS)
    wishes = [Wish(since=since, limit=_EVENTS_SHOWN, request_id=request_id) for request_id in alert.request_ids]
    wishes.append(Wish(since=since, limit=_GROUPS_SHOWN))
    with ground.database.reading() as session:
        found = {issue.id: issue for wish in wishes for issue in errors.found(ground, session, wish).issues}
    lines = [_issue_in_words(issue) for issue in found.values()]
    return "\n".join(lines) or f"no unresolved issue in the last {_ERROR_HOURS} hours"


def _issue_in_words(issue: Issue) -> str:
    return (
        f"{issue.short_id or issue.id} {issue.title[:200]} | at {issue.culprit} | {issue.level}, times: "
        f"{issue.event_count}, people: {issue.user_count}, last {issue.last_seen:%H:%M:%S} UTC"
    )


def _logs(ground: Ground, alert: Alert) -> str:
    named = ground.settings.auto_ops.auto_ops_log_file
    if not named:
        raise NothingToLookAt("No log file is named (AUTO_OPS_LOG_FILE).")
    ids = (*alert.request_ids, *alert.operation_ids)
    chosen = log_lines(Path(named), ids, (ground.clock.now() - _LOG_WINDOW).isoformat())
    return "\n".join(chosen) or "no line of the last half hour tells of a failure"


def log_lines(path: Path, ids: Iterable[str], since: str) -> list[str]:
    """The last lines that name one of the ids; without ids, the last ones since an instant that tell of a failure."""
    wanted = tuple(ids)
    chosen: deque[str] = deque(maxlen=_LOG_LINES_SHOWN)
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _LOG_BYTES_MAX))
        for line in file.read(_LOG_BYTES_MAX).decode("utf-8", "replace").splitlines():
            if any(one in line for one in wanted) if wanted else _is_telling(line, since):
                chosen.append(line)
    return list(chosen)


def _is_telling(line: str, since: str) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return False
    if not isinstance(told, dict):
        return False
    return told.get("level") in _TELLING_LEVELS and str(told.get("timestamp", "")) >= since


def _commits(ground: Ground) -> str:
    root = ground.settings.auto_ops.root
    if root is None:
        raise NothingToLookAt("No checkout is named (AUTO_OPS_REPOSITORY_ROOT).")
    shown = ("--no-show-signature", "--date=iso-strict", "--format=%h %ad %an: %s", "--stat=100", "--stat-count=6")
    return run_git(git_folder_of(root), "log", f"-{_COMMITS_SHOWN}", *shown, "HEAD").decode("utf-8", "replace")


def runbook_of(ground: Ground, name: str) -> str:
    """The text of an alert's runbook, from the checkout. Raises NothingToLookAt."""
    root = ground.settings.auto_ops.root
    if root is None:
        raise NothingToLookAt("No checkout is named (AUTO_OPS_REPOSITORY_ROOT).")
    folder = root / RUNBOOKS
    found = next((path for path in folder.glob("*.md") if path.stem == name), None) if name else None
    if found is None:
        raise NothingToLookAt("There is no runbook of this name.")
    return found.read_text("utf-8")
