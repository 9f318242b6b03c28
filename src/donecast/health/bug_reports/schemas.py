"""Bug reports on the wire."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from donecast.health.bug_reports.rules import Category, Entry, Report, Severity, State

_Name = Annotated[str, StringConstraints(min_length=1, max_length=40)]
_Fact = Annotated[str, StringConstraints(max_length=500)]


class BugReportIn(BaseModel):
    """What a person tells: in their words, where they were, and what their browser is, which they saw before."""

    words: str = Field(min_length=1, max_length=5_000)
    page: str = Field(default="", max_length=500)
    browser: dict[_Name, _Fact] = Field(default_factory=dict, max_length=20)
    request_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,64}$")
    episode_id: str | None = Field(default=None, max_length=40)


class TakenReportOut(BaseModel):
    """That it was taken, and the number to quote."""

    id: str
    number: str


class BugReportOut(BaseModel):
    """One problem as admins see it; person, episode and request are those of the last time."""

    id: str
    number: str
    category: Category
    severity: Severity
    state: State
    error_code: str
    message: str
    origin: str
    count: int
    first_at: datetime
    last_at: datetime
    request_id: str | None
    account_id: str | None
    show_id: str | None
    episode_id: str | None
    operation_id: str | None
    context: dict[str, str]


class BugReportEntryOut(BaseModel):
    """What happened to it."""

    at: datetime
    kind: str
    text: str
    actor_id: str | None
    account_id: str | None
    episode_id: str | None
    request_id: str | None


class BugReportsOut(BaseModel):
    """Some reports, those met last first, and how many there are in each state."""

    counts: dict[str, int]
    reports: list[BugReportOut]


class BugReportInFullOut(BaseModel):
    """One report and what happened to it, newest first."""

    report: BugReportOut
    email: str | None
    entries: list[BugReportEntryOut]


class StateIn(BaseModel):
    """How far it is, and why; the words are told to whoever told of it by hand."""

    state: State
    words: str = Field(default="", max_length=2_000)


class NoteIn(BaseModel):
    """What an admin found out."""

    words: str = Field(min_length=1, max_length=5_000)


def report_out(report: Report) -> BugReportOut:
    """One report on the wire."""
    return BugReportOut(**asdict(report))


def entry_out(entry: Entry) -> BugReportEntryOut:
    """One entry on the wire."""
    return BugReportEntryOut(**asdict(entry))
