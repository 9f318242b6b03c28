"""The one reply: what is said in the thread, within Slack's limits and without anything that could act there.

Whatever a stranger or a model wrote is text here: it cannot ring anybody, link anywhere but to allowed hosts, or
break out of its place. A section may hold 3,000 characters, a message 50 blocks, and all blocks together some 13,000
in practice (slackapi/bolt-js 2509), of which 12,000 are used.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from donecast.autoops.rules.values import Analysis, Disposition, Evidence, FixProposal, Review, Validation

SECTION_CHARACTERS_MAX = 3_000
HEADER_CHARACTERS_MAX = 150
TEXT_CHARACTERS_MAX = 4_000
MESSAGE_CHARACTERS_MAX = 12_000
_EVIDENCE_TOLD = 3
_EXCERPT_TOLD = 280

FixStatus = Literal["none", "proposed", "verified", "rejected"]

_DISPOSITIONS: dict[Disposition, str] = {
    "known_issue": "Known issue",
    "code_bug": "Fault in the program",
    "config": "Setting or key",
    "provider": "Outside service",
    "capacity": "Not enough workers or room",
    "security": "Security",
    "noise": "Nothing to do",
    "unknown": "Not known",
}
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}:/{0,2}[^\s<>|)\"']+|\bwww\.[^\s<>|)\"']+|\bmailto:\S+", re.IGNORECASE)
_SCHEMES = ("http", "https", "ftp", "mailto", "javascript", "data", "file", "slack", "tel", "ssh", "git")
_RING = re.compile(r"@(?=(channel|here|everyone|group)\b)", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_WORD_JOINER = "\u2060"


def harmless(text: str, hosts: Collection[str]) -> str:
    """Text that Slack shows as it is: nothing rings, nothing links but to an allowed host, nothing is formatted."""

    def address(match: re.Match[str]) -> str:
        found = match[0]
        scheme = found.split(":", 1)[0].casefold()
        if scheme not in _SCHEMES and not found.casefold().startswith("www.") and "://" not in found:
            return found  # a time, a key and its value, a module and its function
        try:
            parts = urlsplit(found)
        except ValueError:
            return "[link removed]"
        is_ours = parts.scheme in {"http", "https"} and parts.netloc.casefold() in {host.casefold() for host in hosts}
        return found if is_ours else "[link removed]"

    plain = _ADDRESS.sub(address, _UNSEEN.sub("", text))
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
    return _RING.sub(f"@{_WORD_JOINER}", plain)


def cut(text: str, characters_max: int) -> str:
    """The beginning of a text, with a sign that there was more; never half an escaped character."""
    if len(text) <= characters_max:
        return text
    shorter = text[: characters_max - 2]
    ampersand = shorter.rfind("&")
    if ampersand > len(shorter) - 6 and ";" not in shorter[ampersand:]:
        shorter = shorter[:ampersand]
    return f"{shorter.rstrip()} …"


@dataclass(frozen=True, slots=True)
class Said:
    """Everything a reply is made of."""

    alert_id: str
    run_id: str
    prefix: str
    analysis: Analysis
    evidence: tuple[Evidence, ...]
    impact: str
    proposal: FixProposal | None
    fix: FixStatus
    validation: Validation | None
    review: Review | None
    not_checked: tuple[str, ...]
    runbook: str
    """Address of the runbook, or an empty text."""
    rounds: int
    cost_microdollars: int
    seconds: int
    analyst: str
    beyond: str = ""
    """What becomes of a verified change, in our own words."""


def reply_of(said: Said, hosts: Sequence[str], clean: Callable[[str], str] = str) -> dict[str, Any]:
    """What `chat.postMessage` takes: fallback text, blocks, and the metadata by which the reply is found again.

    ``clean`` takes the secrets out of every text that a stranger or a model wrote.
    """

    def safe(text: str, characters_max: int = SECTION_CHARACTERS_MAX) -> str:
        return cut(harmless(clean(text), hosts), characters_max)

    analysis = said.analysis
    headline = f"{_DISPOSITIONS[analysis.disposition]} · {analysis.severity} · {_sureness(analysis.confidence)}"
    sections = [
        f"*What is wrong:* {safe(analysis.summary, 900)}",
        f"*Who is affected:* {safe(said.impact, 600)}" if said.impact else "",
        _evidence_text(said, safe),
        f"*Do first:* {safe(analysis.first_step, 600)}",
        _fix_text(said, safe),
        _unchecked_text(said, safe),
        f"*Runbook:* {safe(said.runbook, 300)}" if said.runbook else "",
    ]
    rounds = f"{said.rounds} {'round' if said.rounds == 1 else 'rounds'}"
    cost = f"${said.cost_microdollars // 1_000_000}.{said.cost_microdollars // 10_000 % 100:02}"
    footer = f"{said.prefix} run {said.run_id} · {said.analyst} · {rounds} · {cost} · {said.seconds} s"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": cut(headline, HEADER_CHARACTERS_MAX), "emoji": False}}
    ]
    room = MESSAGE_CHARACTERS_MAX - len(headline) - len(footer)
    for section in filter(None, sections):
        text = cut(section, min(SECTION_CHARACTERS_MAX, room))
        if room < _SECTION_WORTH:
            break
        room -= len(text)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}})
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": safe(footer, 500), "verbatim": True}]})
    fallback = cut(f"{harmless(said.prefix, hosts)} {headline}: {safe(analysis.summary, 900)}", TEXT_CHARACTERS_MAX)
    return {
        "text": fallback,
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "metadata": {
            "event_type": "donecast_auto_ops",
            "event_payload": {"alert_id": said.alert_id, "run_id": said.run_id},
        },
    }


_AFFECTED = re.compile(r"^## Who is affected\n+(?P<text>[^#]+)", re.MULTILINE)


def who_is_affected(evidence: Sequence[Evidence]) -> str:
    """What the runbook says of it; empty where none was found."""
    runbook = next((item for item in evidence if item.id == "runbook"), None)
    found = _AFFECTED.search(runbook.excerpt) if runbook else None
    return " ".join(found["text"].split()) if found else ""


_SECTION_WORTH = 40
"""Fewer characters than these would only be a torn word."""


def _sureness(confidence: float) -> str:
    if confidence >= 0.8:
        return "quite sure"
    return "likely" if confidence > 0.5 else "a guess" if confidence > 0 else "no explanation yet"


def _evidence_text(said: Said, safe: Any) -> str:
    best = max(said.analysis.hypotheses, key=lambda hypothesis: hypothesis.confidence, default=None)
    by_id = {item.id: item for item in said.evidence}
    named = [by_id[name] for name in (best.evidence_for if best else ()) if name in by_id][:_EVIDENCE_TOLD]
    lines = [f"• {safe(item.source, 60)}: {safe(_in_one_line(item.excerpt), _EXCERPT_TOLD)}" for item in named]
    return "\n".join(["*Seen:*", *lines]) if lines else "*Seen:* nothing that speaks for one explanation."


def _in_one_line(excerpt: str) -> str:
    """Its lines, one behind the other, and where each ends."""
    lines = (" ".join(line.split()) for line in excerpt.splitlines())
    return "; ".join(line for line in lines if line)


def _fix_text(said: Said, safe: Any) -> str:
    proposal = said.proposal
    if proposal is None or said.fix == "none":
        return "*Change:* none proposed."
    words = {
        "proposed": "proposed, not verified",
        "verified": "verified: its test failed before and passes after",
        "rejected": "tried and rejected",
        "none": "",
    }[said.fix]
    failed = [check for check in (said.validation.checks if said.validation else ()) if not check.passed]
    lines = [f"*Change ({words}):* {safe(proposal.plan, 900)}"]
    if said.fix == "verified" and proposal.tests:
        lines.append(f"Tests: {safe(', '.join(proposal.tests), 300)}")
    if failed:
        lines.append(f"Stopped at {safe(failed[0].name, 60)}: {safe(failed[0].said, 300)}")
    if said.fix == "rejected" and said.review:
        lines += [f"• {safe(finding, 240)}" for finding in said.review.findings[:3]]
    lines.append(f"Risk {proposal.risk}; to undo: {safe(proposal.rollback, 240)}")
    if said.beyond:
        lines.append(said.beyond)
    return "\n".join(lines)


def _unchecked_text(said: Said, safe: Any) -> str:
    told = [*said.not_checked, *said.analysis.missing]
    return "*Not checked:* " + "; ".join(safe(item, 160) for item in told[:6]) if told else ""
