"""Reading a message of the alert channel: whether it is an alert, which, and how bad."""

import re
from typing import Literal

from donecast.autoops.rules.values import Severity

Kind = Literal["alert", "closing", "noise"]

_FIRST_LINE = re.compile(
    r"^\[donecast\] ALERT (?P<name>[a-z][a-z0-9_]{1,39}) (?P<state>opened|reminder|closed)\b(?P<facts>.*)$"
)
"""How our own operations begin what they tell: name, state, then ``key=value`` facts; see docs/runbooks/README.md."""
_FACT = re.compile(r"\b([a-z_]{1,20})=([^\s=]{1,100})")

_CHATTER_KINDS = frozenset(
    {
        "channel_join",
        "channel_leave",
        "channel_topic",
        "channel_purpose",
        "channel_name",
        "channel_archive",
        "pinned_item",
        "message_changed",
        "message_deleted",
        "thread_broadcast",
        "bot_add",
        "bot_remove",
        "tombstone",
    }
)
_OVER = re.compile(r"^\W*(\[[^\]]{1,40}\]\W*)?(recovered|resolved|back to normal|all clear|ok)\b", re.IGNORECASE)
"""A message that begins so tells of the end of a trouble, whatever it calls that trouble then."""
_NOTICE = re.compile(r"\b(deploy(ed|ment)?|release[ds]?|rolled out|build|merged|maintenance)\b", re.IGNORECASE)
_NO_TROUBLE = re.compile(
    r"\b(0|no|zero|without) (new )?(errors?|failures?|failed|exceptions?|alerts?)\b|"
    r"(#|\b(build|release|version|deploy(ment)?|run|job) #?)\d+\b",
    re.IGNORECASE,
)
"""What only looks like trouble in a notice; the number of a build may look like a status."""
_TROUBLE = re.compile(
    r"\b(\w*errors?|\w*exceptions?|traceback|fail(ed|ing|ure|s)?|down|outage|timeout|timed out|unavailable|critical|"
    r"fatal|panic|stuck|exhausted|full|denied|refused|rejected|invalid\w*|expired|40[13]|5\d\ds?|killed|lost|corrupt|"
    r"mismatch|leak|slow|degraded|burst|spike|alert|expires?|"
    r"locked|crash(ed|ing)?|unhealthy|breach|brute[- ]force|unauthori[sz]ed|double charge)\b",
    re.IGNORECASE,
)
_WORDS: tuple[tuple[Severity, re.Pattern[str]], ...] = (
    ("critical", re.compile(r"\b(critical|fatal|sev ?[01]|p[01]|data loss|outage|breach|emergency)\b", re.IGNORECASE)),
    ("high", re.compile(r"\b(high|sev ?2|p2|error|errors|down|failing|exhausted|unavailable)\b", re.IGNORECASE)),
    ("low", re.compile(r"\b(low|info|sev ?4|p4|notice)\b", re.IGNORECASE)),
)
_OWN_SEVERITIES: dict[str, Severity] = {"page": "high", "ticket": "medium"}
"""``page``: look now. ``ticket``: on this day."""
_GRAVITY: dict[Severity, int] = {"low": 0, "medium": 1, "high": 2, "critical": 3}
_NAMED: dict[str, Severity] = {"critical": "critical", "high": "high", "medium": "medium", "low": "low"}


def own_alert(text: str) -> tuple[str, str, dict[str, str]] | None:
    """Name, state and facts, when our own operations wrote the message; None for everybody else's words."""
    first = _FIRST_LINE.match(text.lstrip().split("\n", 1)[0].replace("*", "").replace("`", ""))
    return (first["name"], first["state"], dict(_FACT.findall(first["facts"]))) if first else None


def kind_of(text: str, *, subtype: str, is_reply: bool, by_ourselves: bool, by_a_machine: bool) -> Kind:
    """Whether a message asks for an answer.

    What we wrote, what stands in a thread, joins and leaves and edits never do. A person's chatter is noise unless it
    speaks of trouble, and so is a machine's notice that does not. In doubt a message is an alert: a
    reply too many can be read over, an alert without one is lost.
    """
    if by_ourselves or is_reply or subtype in _CHATTER_KINDS or not text.strip():
        return "noise"
    if own := own_alert(text):
        return "closing" if own[1] == "closed" else "alert"
    told = _NO_TROUBLE.sub("", text) if _NOTICE.search(text) else text
    if by_a_machine and _OVER.match(told):
        return "noise"
    if not _TROUBLE.search(told):
        return "noise"
    return "alert" if by_a_machine or _says_what_is_wrong(text) else "noise"


def _says_what_is_wrong(text: str) -> bool:
    """A person counts as an alert when they paste one: an error with its name, a status, a traceback, a request id."""
    return bool(re.search(r"\b[A-Z]\w+(Error|Exception)\b|Traceback|\b5\d\d\b|request[ _]id|:rotating_light:", text))


def severity_of(text: str) -> tuple[Severity, Literal["alert", "words", "default"]]:
    """How bad it is, and who says so: the alert's own field, its words, or nobody.

    Of a stranger's field and words the graver counts: the field may stand in what somebody made the program say.
    """
    if own := own_alert(text):
        said = _OWN_SEVERITIES.get(own[2].get("severity", ""))
        if said:
            return said, "alert"
    named = re.search(r"\bseverity\W{0,3}(critical|high|medium|low)\b", text, re.IGNORECASE)
    in_words = next((severity for severity, words in _WORDS if words.search(text)), None)
    if named and (in_words is None or _GRAVITY[_NAMED[named[1].lower()]] >= _GRAVITY[in_words]):
        return _NAMED[named[1].lower()], "alert"
    return (in_words, "words") if in_words else ("medium", "default")


_REQUEST_ID = re.compile(r"\brequest[_ -]?id\W{0,3}([A-Za-z0-9._-]{6,64})", re.IGNORECASE)
_OPERATION_ID = re.compile(r"\b(op|operation)_[0-9a-z]{6,40}\b")


def ids_in(text: str) -> dict[str, tuple[str, ...]]:
    """The ids that the evidence can be looked up by, at most five of a kind."""
    requests = dict.fromkeys(match[1] for match in _REQUEST_ID.finditer(text))
    operations = dict.fromkeys(match[0] for match in _OPERATION_ID.finditer(text))
    return {"request": tuple(requests)[:5], "operation": tuple(operations)[:5]}
