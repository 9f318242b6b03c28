"""The daily look: everything that may need a person, in one screen; `donecast status`.

It works beside a running server and without one, and says so when the database is away instead of waiting for it.
"""

import json
from collections.abc import Callable

from donecast.health import service as health
from donecast.health.alerts import service as alerts
from donecast.health.rules import Check, verdict
from donecast.health.stuck_work import service as stuck_work
from donecast.health.vital_signs import DEEP_SECONDS_MAX, VitalSigns
from donecast.kit.errors import DonecastError
from donecast.platform.outgoing import UNGUARDED, Answer, NoAnswer, OutgoingLimits, Question
from donecast.platform.settings import ServerSettings
from donecast.platform.web import Ground

_WEB_LIMITS = OutgoingLimits(deadline_seconds=2.0, attempts_max=1, answer_bytes_max=64 * 1024)
ERROR_RATE_PERCENT_MAX = 1.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  somebody else listens there; we ask at home
_FROM_ROWS: tuple[tuple[str, Callable[[Ground], tuple[Check, ...]]], ...] = (
    ("work", health.work),
    ("stuck work", stuck_work.checks),
    ("unused files", lambda ground: (health.unused_files(ground),)),
    ("outside services", lambda ground: (health.services(ground),)),
    ("alerts", alerts.check),
)


def daily_look(ground: Ground, signs: VitalSigns) -> tuple[Check, ...]:
    """All checks, in the order in which they are shown."""
    ready = signs.readiness_now(DEEP_SECONDS_MAX)
    by_name = {check.name: check for check in ready}
    if by_name["database"].ok and by_name["migrations"].ok:
        from_rows = tuple(check for name, look in _FROM_ROWS for check in _guarded(name, ground, look))
        from_rows = (*from_rows, signs.broker_now())
    else:
        unknown = "not known while the database is not ready"
        from_rows = tuple(Check(name, ok=False, finding=unknown) for name in (*dict(_FROM_ROWS), "broker"))
    return (*ready, *from_rows, *_web_side(ground.settings.server), health.disk(ground))


def checks_in_words(checks: tuple[Check, ...]) -> str:
    """One sentence first, then a line for each check, and what to do under those that need somebody."""
    lines = [verdict(checks)]
    for check in checks:
        lines.append(f"  {'ok  ' if check.ok else 'LOOK'}  {check.name:24} {check.finding}")
        if not check.ok and check.action:
            lines.append(f"        {'':24} {check.action}")
    return "\n".join(lines)


def _guarded(name: str, ground: Ground, look: Callable[[Ground], tuple[Check, ...]]) -> tuple[Check, ...]:
    try:
        return look(ground)
    except DonecastError as error:
        return (Check(name, ok=False, finding=f"not known: {error.message}", action=error.action),)


def _web_side(server: ServerSettings) -> tuple[Check, ...]:
    """What the process that answers people says of itself, when one listens at our address."""
    host = _EVERYWHERE.get(server.host, f"[{server.host}]" if ":" in server.host else server.host)
    home = f"http://{host}:{server.port}"
    alive = UNGUARDED.ask(Question("GET", f"{home}/livez"), _WEB_LIMITS)
    if isinstance(alive, NoAnswer) or alive.status != 200:
        return (
            Check(
                "web side",
                ok=False,
                finding=f"nothing answers at {home}",
                action="Start it: `donecast up`, or `donecast api`; when it runs, look what its log says.",
            ),
        )
    return (Check("web side", ok=True, finding=f"answers at {home}"), *(_asked(home, *each) for each in _ASKED))


def _percent(told: dict[str, object]) -> float:
    return float(str(told.get("error_rate_percent", "nan")))


_ASKED: tuple[tuple[str, str, Callable[[dict[str, object]], bool], Callable[[dict[str, object]], str], str], ...] = (
    (
        "database connections",
        "/api/health/pool",
        lambda told: not told.get("warning"),
        lambda told: f"{told.get('utilization_percent')} % in use",
        "Look at /api/health/pool as an admin: it names the request that has had a connection the longest.",
    ),
    (
        "error rate",
        "/api/health/error-rate",
        lambda told: _percent(told) <= ERROR_RATE_PERCENT_MAX,
        lambda told: f"{_percent(told)} % of the requests of five minutes",
        "Look at the page of errors in the studio, or at /api/health/error-rate as an admin: it says which routes.",
    ),
    (
        "statement limit",
        "/api/health/db-timeout",
        lambda told: told.get("status") != "fail",
        lambda told: {"ok": "slow statements are ended", "fail": "slow statements are not ended"}.get(
            str(told.get("status")), "being tried out"
        ),
        "Look whether something between DoneCast and its database resets connections.",
    ),
    (
        "machine",
        "/api/health/resources",
        lambda told: told.get("status") == "healthy",
        lambda told: f"memory, files and disk: {told.get('status')}",
        "Look at /api/health/resources as an admin: it says what runs out.",
    ),
)
"""Name, route, whether it is well, what was found, what to do. A stranger's summary is enough for each."""


def _asked(
    home: str,
    name: str,
    path: str,
    is_well: Callable[[dict[str, object]], bool],
    finding: Callable[[dict[str, object]], str],
    action: str,
) -> Check:
    answer = UNGUARDED.ask(Question("GET", f"{home}{path}"), _WEB_LIMITS)
    told = _summary(answer)
    if told is None:
        return Check(name, ok=False, finding=f"{path} does not answer as it should", action="Look what its log says.")
    well = is_well(told)
    return Check(name, ok=well, finding=finding(told), action="" if well else action)


def _summary(answer: Answer | NoAnswer) -> dict[str, object] | None:
    if isinstance(answer, NoAnswer) or answer.status != 200:
        return None
    try:
        told = json.loads(answer.body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
