"""Pure rules of alerts: which is on by the facts, and when it is opened, told again and closed.

A rule answers ``on``, ``off`` or ``between``: between its two limits, or while the fact is not known, an alert stays as
it is. It closes only after it was off for `CLOSED_AFTER` without a break, so that what comes and goes is one alert.
Burn rates: Google's Site Reliability Workbook, chapter 5, "multiwindow, multi-burn-rate alerts".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from donecast.health.rules import DISK_RESERVES_MIN

Judgement = Literal["on", "off", "between"]
Severity = Literal["page", "ticket"]
"""``page``: somebody has to look now; ``ticket``: on this day."""
Told = Literal["opened", "reminder", "closed"]

FIRST_STEPS: dict[str, str] = {
    "breaker_open": "Run `donecast status` to see since when, and look at the status page of that service.",
    "database_away": "Run `donecast status`, then look whether the database's server or its disk is there.",
    "database_slow": "Run `donecast status`, then look whether the disk or another program keeps the machine busy.",
    "disk_low": "Run `donecast admin unused-files`, make a backup, then delete what is not needed.",
    "error_budget_fast": "Open the errors in the studio and look at the one that was seen last.",
    "error_budget_slow": "Open the errors in the studio and look at the one that is seen most.",
    "error_burst": "Open the errors in the studio and look at the one that was seen last.",
    "ledger_mismatch": "Run `donecast credits verify`. Change nothing by hand.",
    "outbox_stuck": "Run `donecast status` to see which channel waits, and look in the log for `notice not delivered`.",
    "pool_exhausted": "Ask GET /api/health/pool as an admin: it names the request that has kept a connection longest.",
    "sentry_token_dead": "Make a new token in Sentry with the scope event:read and set SENTRY_ORG_TOKEN.",
    "service_isolated": "Release the service on the studio's monitoring page once it may be asked again.",
    "stuck_work": "Look at the stuck work in the studio's monitoring page, where it can be taken up again.",
    "worker_dead": "Run `donecast status`, then start a worker: `donecast up`, or `donecast worker`.",
}
"""Every alert there is, and what to do first. Each has a runbook of its name."""

RUNBOOKS = "docs/runbooks"
CLOSED_AFTER = timedelta(minutes=5)
REMINDED_AFTER = timedelta(hours=24)
ALERTS_OPEN_MAX = 100
"""Of one name with many subjects, no more than these are opened at a time."""

GOAL_PER_MILLE = 999
"""Of 1,000 requests so many are to end without an error of ours: 99.9 %."""
FAST_BURN, FAST_LONG_MINUTES, FAST_SHORT_MINUTES = 14.4, 60, 5
SLOW_BURN, SLOW_LONG_MINUTES, SLOW_SHORT_MINUTES = 6.0, 360, 30
WINDOW_MINUTES = (FAST_SHORT_MINUTES, SLOW_SHORT_MINUTES, FAST_LONG_MINUTES, SLOW_LONG_MINUTES)
BURN_ERRORS_MIN = 10
"""Fewer errors in the long window say nothing: a quiet installation has a single error among ten requests."""
DISK_ON_PERCENT, DISK_OFF_PERCENT = 5.0, 8.0
POOL_ON_PERCENT, POOL_OFF_PERCENT = 95.0, 80.0
DATABASE_ON_MS, DATABASE_OFF_MS = 1_000.0, 300.0
OUTBOX_ON, OUTBOX_OFF = timedelta(minutes=30), timedelta(minutes=10)
_DEAD_TOKEN_CODES = frozenset({"sentry_token_dead", "sentry_scope_missing"})


@dataclass(frozen=True, slots=True)
class Window:
    """The requests that ended in the last so many minutes: ours to answer for, and all."""

    errors: int
    requests: int

    @property
    def burn_rate(self) -> float:
        """How many times too fast the errors use up what the goal allows."""
        allowed = (1_000 - GOAL_PER_MILLE) / 1_000
        return self.errors / self.requests / allowed if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class WaitingOutbox:
    """What waits in the outbox of one channel, since when the oldest, and how many were given up."""

    channel: str
    waiting: int
    oldest_at: datetime | None
    given_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at one moment; None: not known, and then nothing changes.

    ``windows``: requests by the length of a window in minutes, for those of `WINDOW_MINUTES`. ``not_known``: what was
    looked at in vain.
    """

    now: datetime
    not_known: tuple[str, ...] = ()
    breakers_failing: tuple[str, ...] | None = None
    breakers_isolated: tuple[str, ...] = ()
    stuck_work: tuple[str, ...] | None = None
    workers_alive: int | None = None
    workers_silent: tuple[str, ...] = ()
    work_waiting: int = 0
    windows: Mapping[int, Window] | None = None
    errors_in_burst: int | None = None
    disk_free_bytes: int | None = None
    disk_total_bytes: int = 1
    disk_reserve_bytes: int = 0
    pool_percent: float | None = None
    pool_waiting: int = 0
    ledger_findings: int | None = None
    sentry_failure: str | None = None
    outbox: tuple[WaitingOutbox, ...] | None = None
    database_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one subject (a service, a channel, or empty for the whole), with its figures in words."""

    name: str
    judgement: Judgement
    figures: str
    severity: Severity = "page"
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that is on: since when, when it was told last, since when its rule has said ``off``."""

    opened_at: datetime
    told_at: datetime
    well_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of an alert now: how it stands (None: it is not on any more), and what is told."""

    standing: Standing | None
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as admins see it."""

    id: str
    name: str
    subject: str
    severity: Severity
    figures: str
    opened_at: datetime
    closed_at: datetime | None
    reminders: int = 0


def after(standing: Standing | None, judgement: Judgement, now: datetime) -> Next:
    """One round of one alert."""
    if standing is None:
        return Next(Standing(now, now), "opened") if judgement == "on" else Next(None)
    if judgement == "off":
        since = standing.well_since or now
        if now - since >= CLOSED_AFTER:
            return Next(None, "closed")
        return Next(Standing(standing.opened_at, standing.told_at, since))
    if now - standing.told_at >= REMINDED_AFTER:
        return Next(Standing(standing.opened_at, now), "reminder")
    return Next(Standing(standing.opened_at, standing.told_at))


def verdicts(facts: Facts) -> list[Verdict]:
    """What every rule says of the facts; of services and channels only those that need a look."""
    found: list[Verdict] = []
    for rule in (_breakers, _stuck, _workers, _errors, _disk, _pool, _ledger, _sentry, _outbox, _database):
        found += rule(facts)
    return found


def verdict_of_unlisted(name: str, facts: Facts) -> Judgement:
    """What is said of an open alert of which no rule spoke: off, where its subjects are known."""
    breakers = facts.breakers_failing is not None
    known = {"breaker_open": breakers, "service_isolated": breakers, "outbox_stuck": facts.outbox is not None}
    return "off" if known.get(name) else "between"


def _between(value: float, on: float, off: float) -> Judgement:
    """For what is worse the higher it is."""
    return "on" if value >= on else "off" if value < off else "between"


def _breakers(facts: Facts) -> list[Verdict]:
    """A service that only asked for quiet is none of these: it answers, and is asked again in time."""
    failing = [
        Verdict("breaker_open", "on", f"{name} is left alone, for it failed again and again.", "page", name)
        for name in facts.breakers_failing or ()
    ]
    words = "was switched off by hand and is not asked until somebody presses “Ask again now” on the monitoring page."
    isolated = [
        Verdict("service_isolated", "on", f"{name} {words}", "ticket", name) for name in facts.breakers_isolated
    ]
    return [*failing, *isolated]


def _stuck(facts: Facts) -> list[Verdict]:
    stuck = facts.stuck_work
    if stuck is None:
        return []
    few = ", ".join(stuck[:5])
    counted = "1 piece of work is" if len(stuck) == 1 else f"{len(stuck)} pieces of work are"
    figures = f"{counted} stuck: {few}." if stuck else "No work is stuck."
    return [Verdict("stuck_work", "on" if stuck else "off", figures)]


def _workers(facts: Facts) -> list[Verdict]:
    if facts.workers_alive is None:
        return []
    silent, waiting = facts.workers_silent, facts.work_waiting
    if facts.workers_alive == 0:
        return [Verdict("worker_dead", "on", f"No worker is alive; work that waits: {waiting}.")]
    if silent:
        figures = f"{facts.workers_alive} workers are alive, silent are: {', '.join(silent[:5])}."
        return [Verdict("worker_dead", "on", figures, "ticket")]
    return [Verdict("worker_dead", "off", f"{facts.workers_alive} workers are alive.")]


def _errors(facts: Facts) -> list[Verdict]:
    found = []
    burst = facts.errors_in_burst
    if burst is not None:
        figures = f"{burst} requests failed within a minute."
        found.append(Verdict("error_burst", "on" if burst else "off", figures))
    if facts.windows is not None:
        fast = _burn(facts.windows, FAST_BURN, FAST_LONG_MINUTES, FAST_SHORT_MINUTES)
        slow = _burn(facts.windows, SLOW_BURN, SLOW_LONG_MINUTES, SLOW_SHORT_MINUTES)
        found.append(Verdict("error_budget_fast", *fast))
        found.append(Verdict("error_budget_slow", *slow, "ticket"))
    return found


def _burn(windows: Mapping[int, Window], rate: float, long_minutes: int, short_minutes: int) -> tuple[Judgement, str]:
    long, short = windows[long_minutes], windows[short_minutes]
    figures = (
        f"{long.errors} of {long.requests} requests failed in {long_minutes} minutes, {long.burn_rate:.1f} times what "
        f"99.9 % allows; in the last {short_minutes} minutes {short.burn_rate:.1f} times."
    )
    if min(long.burn_rate, short.burn_rate) >= rate and long.errors >= BURN_ERRORS_MIN:
        return "on", figures
    return ("off" if short.burn_rate < rate / 2 else "between"), figures


def _disk(facts: Facts) -> list[Verdict]:
    if facts.disk_free_bytes is None:
        return []
    percent = 100 * facts.disk_free_bytes / max(1, facts.disk_total_bytes)
    figures = f"{facts.disk_free_bytes / 1024**3:.1f} GiB are free, {percent:.0f} % of the disk."
    reserve = facts.disk_reserve_bytes
    if percent < DISK_ON_PERCENT or facts.disk_free_bytes < DISK_RESERVES_MIN * reserve:
        return [Verdict("disk_low", "on", f"Only {figures}")]
    well = percent >= DISK_OFF_PERCENT and facts.disk_free_bytes >= 6 * reserve
    return [Verdict("disk_low", "off" if well else "between", figures)]


def _pool(facts: Facts) -> list[Verdict]:
    if facts.pool_percent is None:
        return []
    handed_out = f"{facts.pool_percent:.0f} % of the connections to the database are handed out"
    figures = f"{handed_out}, {facts.pool_waiting} wait."
    judgement = _between(facts.pool_percent, POOL_ON_PERCENT, POOL_OFF_PERCENT)
    return [Verdict("pool_exhausted", judgement, figures)]


def _ledger(facts: Facts) -> list[Verdict]:
    if facts.ledger_findings is None:
        return []
    figures = f"The nightly audit of the ledger found {facts.ledger_findings} things that do not agree."
    return [Verdict("ledger_mismatch", "on" if facts.ledger_findings else "off", figures)]


def _sentry(facts: Facts) -> list[Verdict]:
    failure = facts.sentry_failure
    if failure is None:
        return []
    if failure and failure not in _DEAD_TOKEN_CODES:
        return [Verdict("sentry_token_dead", "between", f"Sentry cannot be asked: {failure}.", "ticket")]
    figures = "Sentry refuses our token." if failure else "Sentry takes our token."
    return [Verdict("sentry_token_dead", "on" if failure else "off", figures, "ticket")]


def _outbox(facts: Facts) -> list[Verdict]:
    found = []
    for one in facts.outbox or ():
        age = facts.now - one.oldest_at if one.oldest_at else timedelta(0)
        minutes = int(age.total_seconds() // 60)
        figures = f"{one.waiting} messages wait for {one.channel}, the oldest for {minutes} minutes."
        judgement = _between(age.total_seconds(), OUTBOX_ON.total_seconds(), OUTBOX_OFF.total_seconds())
        found.append(Verdict("outbox_stuck", judgement, figures, "ticket", one.channel))
    return found


def _database(facts: Facts) -> list[Verdict]:
    if facts.database_ms is None:
        return []
    figures = f"The database needs {facts.database_ms:.0f} ms for the shortest answer."
    return [Verdict("database_slow", _between(facts.database_ms, DATABASE_ON_MS, DATABASE_OFF_MS), figures)]


def first_line(alert: Alert, told: Told) -> str:
    """The line by which programs know an alert; its form never changes: ``docs/runbooks/README.md``."""
    subject = f" subject={alert.subject}" if alert.subject else ""
    return f"[donecast] ALERT {alert.name} {told} id={alert.id}{subject} severity={alert.severity}"


def sentence(alert: Alert, told: Told) -> str:
    """What is wrong, or was: for people."""
    lead = {"opened": "", "reminder": "Still so: ", "closed": "It is over. It was: "}[told]
    return f"{lead}{alert.figures}"


def words(alert: Alert, told: Told, now: datetime, runbook: str) -> str:
    """All of it, for mail and Slack, whose subject is for programs."""
    return f"{sentence(alert, told)}\n{circumstances(alert, told, now, runbook)}"


def circumstances(alert: Alert, told: Told, now: datetime, runbook: str) -> str:
    """What stands below the sentence: since when, what to do first, and where the rest stands."""
    since = f"{alert.opened_at:%Y-%m-%d %H:%M} UTC"
    if told == "closed":
        minutes = int((now - alert.opened_at).total_seconds() // 60)
        return f"It lasted {minutes} minutes, since {since}."
    return f"Since: {since}\nFirst: {FIRST_STEPS[alert.name]}\nRunbook: {runbook}"


def runbook_of(name: str, runbooks_url: str) -> str:
    """Where its runbook stands: an address where the settings name one, else the path in the source."""
    return f"{runbooks_url.rstrip('/') or RUNBOOKS}/{name}.md"
