"""What is said about a report: to whoever was hit, in words for somebody who knows no computers, and to the admins."""

from dataclasses import dataclass

from donecast.health.bug_reports.rules import Category, Report

THANKS = "Thank you for telling us"
_SUBJECTS: dict[Category, str] = {
    "upload": "Your upload did not work",
    "transcription": "Your episode “{title}” is not ready: the words could not be written out",
    "assembly": "Your episode “{title}” is not ready: it could not be put together",
    "other": "Something did not work in DoneCast",
    "by_hand": THANKS,
}
_WHAT_IS_SAFE: dict[Category, str] = {
    "upload": "Please keep your file; it is the only copy until an upload has ended well.",
    "transcription": "Your recording is safe in your library.",
    "assembly": "Your recording and everything you changed are safe.",
    "other": "",
    "by_hand": "",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Whom it hit: their name, their episode's title, and what was charged for it (None: not known for sure)."""

    name: str
    title: str
    message: str
    action: str
    charged: str | None
    request_id: str | None


def subject_for_person(category: Category, hit: Hit) -> str:
    """The subject of what a person gets."""
    return _SUBJECTS[category].replace("{title}", hit.title or "without a title")


def body_for_person(category: Category, number: str, hit: Hit) -> str:
    """What happened, what is safe, what was charged, what to do, and the number to quote."""
    quoted = f"{number} / {hit.request_id}" if hit.request_id else number
    parts = [
        f"Hello {hit.name},",
        f"{hit.message} This was a mistake of DoneCast or of a service that it uses, not yours.",
        _WHAT_IS_SAFE[category],
        charged_in_words(hit.charged),
        f"What you can do now: {hit.action}",
        f"We know about it. If you write to us about it, please give this number: {quoted}",
    ]
    return "\n\n".join(part for part in parts if part)


def thanks(number: str) -> str:
    """What a person reads who told us of something."""
    return (
        "The people who run this DoneCast have what you wrote. You are told here when it is mended.\n\n"
        f"If you write to us about it, please give this number: {number}"
    )


def charged_in_words(charged: str | None) -> str:
    """What it cost, where that is known for sure."""
    if charged is None:
        return ""
    if not charged:
        return "Nothing was charged for it."
    return (
        f"For what was done before it stopped, {charged} credits were charged. You can ask for them back on the page "
        "“Credits”."
    )


def sentence_for_admins(report: Report) -> str:
    """What it is, as the studio's messages begin."""
    lead = "Somebody told of a problem" if report.category == "by_hand" else f"{report.severity.capitalize()} problem"
    return f"{lead}: {report.message}"


def subject_for_admins(report: Report) -> str:
    """One line that says what it is, for mail and programs."""
    return f"[donecast] bug {report.severity} {report.category} {report.error_code} {report.number}"


def body_for_admins(report: Report, address: str) -> str:
    """What is known, and where the rest stands."""
    facts = {
        "Number": report.number,
        "Severity": report.severity,
        "Told" if report.category == "by_hand" else "What people read": report.message,
        "Error": f"{report.error_code}, {report.origin}",
        "Times seen": str(report.count),
        "First seen": f"{report.first_at:%Y-%m-%d %H:%M} UTC",
        "Last seen": f"{report.last_at:%Y-%m-%d %H:%M} UTC",
        "Request": report.request_id,
        "Person": report.account_id,
        "Show": report.show_id,
        "Episode": report.episode_id,
        "Work": report.operation_id,
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return "\n".join([*lines, "", f"All about it: {address}"])
