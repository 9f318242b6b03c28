"""What is known without a model: what each alert of our own means, and the signs that others' words bear."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from donecast.autoops.rules.values import Alert, Disposition, Evidence

_NOT_TELLING = frozenset({"runbook", "commits"})
"""A runbook names every kind of trouble, and so does a list of changes: neither speaks for one."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Words that speak for one kind of trouble, in the alert or in what was gathered, and what that means."""

    disposition: Disposition
    words: re.Pattern[str]
    claim: str
    first_step: str
    needs_human: bool = False


def _sign(disposition: Disposition, words: str, claim: str, first_step: str, *, needs_human: bool = False) -> Sign:
    return Sign(disposition, re.compile(words, re.IGNORECASE), claim, first_step, needs_human)


OWN: dict[str, Sign] = {
    "breaker_open": _sign(
        "provider",
        r"left alone|: (half_)?open\b",
        "A service by others failed again and again, and is left alone for a while.",
        "Wait: it is asked again by itself. Look at its status page, and at its key if the log tells of a 401.",
    ),
    "service_isolated": _sign(
        "known_issue",
        r"isolated",
        "Somebody has switched this service off by hand.",
        "Release it on the studio's monitoring page once it may be asked again.",
    ),
    "database_away": _sign(
        "capacity",
        r"NOT OK: database|cannot be looked at",
        "The database does not answer.",
        "Run `donecast status`, then look whether the database's server or its disk is there.",
        needs_human=True,
    ),
    "database_slow": _sign(
        "capacity",
        r"database needs|slow|locked",
        "The database needs long even for the shortest answer.",
        "Look whether the disk or another program keeps the machine busy.",
    ),
    "disk_low": _sign(
        "capacity",
        r"NOT OK: disk|no space left",
        "There is little room left on the disk.",
        "Run `donecast admin unused-files`, make a backup, then delete what is not needed.",
        needs_human=True,
    ),
    "error_budget_fast": _sign(
        "code_bug",
        r"\b[A-Z]\w+(Error|Exception)\b",
        "Requests fail faster than the month's allowance bears, with errors of the program's own.",
        "Open the errors in the studio and look at the one that was seen last.",
    ),
    "error_budget_slow": _sign(
        "code_bug",
        r"\b[A-Z]\w+(Error|Exception)\b",
        "Requests fail more often than the month's allowance bears, with errors of the program's own.",
        "Open the errors in the studio and look at the one that is seen most.",
    ),
    "error_burst": _sign(
        "code_bug",
        r"\b[A-Z]\w+(Error|Exception)\b",
        "Many requests failed within a minute, with errors of the program's own.",
        "Open the errors in the studio and look at the one that was seen last.",
    ),
    "ledger_mismatch": _sign(
        "security",
        r"mismatch|ledger",
        "Somebody's balance is not what the entries say.",
        "Run `donecast credits verify`. Change nothing by hand.",
        needs_human=True,
    ),
    "outbox_stuck": _sign(
        "provider",
        r"NOT OK: outbox|given up",
        "Messages wait and do not go out.",
        "Run `donecast status` to see which channel waits and what its last answer was.",
    ),
    "pool_exhausted": _sign(
        "capacity",
        r"pool|connections",
        "All connections to the database are handed out.",
        "Look at /api/health/pool as an admin: it names the request that has had a connection the longest.",
        needs_human=True,
    ),
    "sentry_token_dead": _sign(
        "config",
        r"sentry.{0,60}(token|scope|401|403)",
        "Sentry refuses our token.",
        "Make a new token in Sentry with the scope event:read and set SENTRY_ORG_TOKEN.",
        needs_human=True,
    ),
    "stuck_work": _sign(
        "capacity",
        r"(is|are) stuck|NOT OK: stuck_work",
        "Work on episodes does not move, most likely because whoever did it is gone.",
        "Wait two minutes while a worker runs: it is begun again by itself. Else use the studio's monitoring page.",
    ),
    "worker_dead": _sign(
        "capacity",
        r"NOT OK: work(ers|er_dead)",
        "No worker is alive, or one has gone silent.",
        "Run `donecast status`, then start a worker: `donecast up`, or `donecast worker`.",
        needs_human=True,
    ),
}
"""By the names of `health.alerts`, each of which has a runbook."""

_OTHERS = (
    _sign(
        "security",
        r"brute.?force|credential stuffing|many failed sign-ins|injection|double charge|charged twice|ledger mismatch",
        "Somebody may be doing harm, or somebody's money is wrong.",
        "Look at it now, and change nothing before you have seen what happened.",
        needs_human=True,
    ),
    _sign(
        "config",
        r"\b401\b|invalid.?api.?key|key (was )?refused|unauthori[sz]ed|certificate .{0,40}expire|token (is )?dead",
        "A key, a token or a certificate is not accepted any more.",
        "Check it in the settings, put in a valid one, and start again.",
        needs_human=True,
    ),
    _sign(
        "provider",
        r"left alone|breaker.{0,20}open|does not answer|service unavailable|bad gateway|name resolution|\bdns\b",
        "A service by others does not answer as it should.",
        "Nothing for now: it is asked again by itself. Look at its status page when it lasts.",
    ),
    _sign(
        "capacity",
        r"disk.{0,30}(full|low|9\d ?%)|no space left|out of memory|oom|pool.{0,20}exhausted|queue.{0,20}full|too many",
        "Something has run out of room.",
        "Free some room, or give it more; the runbook says which.",
    ),
    _sign(
        "code_bug",
        r"\b[A-Z]\w+(Error|Exception)\b|traceback|unhandled|assertion",
        "The program has run into an error of its own.",
        "Look at the error group: it shows the line.",
    ),
)


_BEHIND_ERRORS = _sign(
    "provider",
    r"left alone",
    "Requests fail while a service by others is left alone, and most likely because of that.",
    "Look at the status page of that service; it is asked again by itself.",
)
_UNEXPLAINED = _sign(
    "unknown",
    r"requests failed",
    "Requests fail, and nothing that was looked at says why.",
    "Look in the log for the request ids of those that failed.",
    needs_human=True,
)


def sign_of(alert: Alert, evidence: Sequence[Evidence]) -> Sign | None:
    """What an alert speaks for: by its name where it is one of ours, else by its words, else by what was gathered.

    That requests fail has many causes: errors of our own where the evidence has them, else a service that is away.
    """
    if alert.name in OWN:
        own = OWN[alert.name]
        if own.disposition != "code_bug":
            return own
        return next((sign for sign in (own, _BEHIND_ERRORS) if speaking_for(sign, alert, evidence)), _UNEXPLAINED)
    by_words = next((sign for sign in _OTHERS if sign.words.search(alert.text)), None)
    return by_words or next((sign for sign in _OTHERS if speaking_for(sign, alert, evidence)), None)


def speaking_for(sign: Sign, alert: Alert, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that bears a sign; where an alert is about something, on a line that names it."""
    return [
        item
        for item in evidence
        if not item.missing
        and item.id not in _NOT_TELLING
        and any(
            sign.words.search(line) and (not alert.subject or alert.subject.casefold() in line.casefold())
            for line in item.excerpt.splitlines()
        )
    ]
