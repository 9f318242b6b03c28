"""What fails for people becomes one report for each problem, told once by each channel; their own doing does not."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from donecast.credits import service as ledger
from donecast.credits.rules.pricing import Line, Speech
from donecast.entry.http import create_app
from donecast.entry.wiring import open_senders
from donecast.health.bug_reports import service
from donecast.health.bug_reports.reporter import CLOSE_SECONDS_MAX, BugReports
from donecast.health.bug_reports.rules import (
    BURST,
    OURS,
    PERSON_MAILS_PER_HOUR_MAX,
    Report,
    State,
    Wanted,
    is_bug,
    number_of,
    start_of_fingerprint,
)
from donecast.kit.clock import FixedClock
from donecast.kit.errors import DonecastError, ErrorKind, Stopped
from donecast.kit.progress import Report as Tell
from donecast.notices import service as notices
from donecast.notices.errors import NotDelivered
from donecast.notices.models import NoticeRow
from donecast.notices.rules import Notice
from donecast.platform.disk_room import DiskFull
from donecast.platform.failure_reports import Failure
from donecast.platform.web import Ground
from donecast.production.errors import OperationCancelled
from donecast.production.progress import Progress
from donecast.recordings.broken_uploads import told_when_broken
from tests.support.library import anns_things, made, show_wish, upload
from tests.support.outboxes import ToldSender, rows
from tests.support.people import Person
from tests.support.sounds import tone

_NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


class EngineBroke(DonecastError):
    code = "engine_broke"
    message = "The program that reads recordings stopped."


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(_NOON)


@pytest.fixture
def still(ground: Ground, clock: FixedClock) -> Ground:
    failures = BugReports(ground.database, clock, "https://pod.example.org")
    return replace(ground, clock=clock, failures=failures)


def fails(ground: Ground, error: Exception, **facts: Any) -> None:
    """An upload fails."""
    failures = ground.failures
    assert isinstance(failures, BugReports)
    failures.report_upload_failure(Failure(**{"error": error, "request_id": "req-1", **facts}))
    failures.drain()


def all_reports(ground: Ground) -> list[Report]:
    with ground.database.reading() as session:
        return service.reports(session, Wanted(), 100)


def told(ground: Ground, channel: str) -> list[NoticeRow]:
    return [row for row in rows(ground) if row.channel == channel]


def test_a_failure_is_one_report_which_sentry_the_admins_and_the_person_hear_of(still: Ground, ann: Person) -> None:
    fails(still, EngineBroke(), account_id=ann.account.id)
    (report,) = all_reports(still)
    assert (report.category, report.severity, report.state, report.count) == ("upload", "critical", "new", 1)
    assert (report.error_code, report.request_id, report.account_id) == ("engine_broke", "req-1", ann.account.id)
    (sentry,) = told(still, "sentry")
    assert sentry.facts["severity"] == "critical"
    assert sentry.facts["user_id"] == ann.account.id
    mail = next(row for row in told(still, "mail") if row.recipient == "ann@example.com")
    assert mail.subject == "Your upload did not work"
    assert "Hello Ann," in mail.body
    assert "The program that reads recordings stopped." in mail.body
    assert "Nothing was charged for it." in mail.body
    assert f"{report.number} / req-1" in mail.body
    operators = next(row for row in told(still, "mail") if row.recipient == "admins")
    assert operators.subject == f"[donecast] bug critical upload engine_broke {report.number}"
    assert f"https://pod.example.org/studio/reports/{report.id}" in operators.body
    in_studio = {row.recipient: row.subject for row in told(still, "in_app")}
    assert in_studio[ann.account.id] == "Your upload did not work"
    assert in_studio["admins"] == "Critical problem: The program that reads recordings stopped."


def test_the_same_again_is_counted_and_told_once_an_hour(still: Ground, clock: FixedClock, ann: Person) -> None:
    for number in range(3):
        fails(still, EngineBroke(), account_id=ann.account.id, request_id=f"req-{number}")
    (report,) = all_reports(still)
    assert (report.count, report.request_id) == (3, "req-2")
    assert len(rows(still)) == 5, "sentry, two mails, two in the studio"
    clock.advance(timedelta(hours=1))
    fails(still, EngineBroke(), account_id=ann.account.id)
    assert len(rows(still)) == 10
    with still.database.reading() as session:
        _, entries = service.report(session, report.id)
    assert {entry.request_id for entry in entries} == {"req-0", "req-1", "req-2"}


@pytest.mark.parametrize("base", ["ground", "postgres_ground"])
def test_many_at_once_are_one_report(request: pytest.FixtureRequest, clock: FixedClock, base: str) -> None:
    ground: Ground = request.getfixturevalue(base)
    together = threading.Barrier(6)

    def report() -> None:
        together.wait()
        with ground.database.transaction() as session:
            service.report_generic(session, clock, "", Failure(error=EngineBroke()))

    threads = [threading.Thread(target=report) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (found,) = all_reports(ground)
    assert BURST == 5
    assert (found.count, found.severity) == (6, "high"), "five within an hour are a burst, which is one step worse"


@given(kind=st.sampled_from(list(ErrorKind)))
def test_only_what_broke_or_is_missing_is_a_bug(kind: ErrorKind) -> None:
    assert is_bug(kind) == (kind in OURS) == (kind.value in {"broken", "unavailable"})


def test_a_stop_a_bad_file_and_too_few_credits_are_reported_to_nobody(still: Ground, ann: Person) -> None:
    class BadFile(DonecastError):
        kind = ErrorKind.UNSUPPORTED

    class Broke(DonecastError):
        kind = ErrorKind.PAYMENT_REQUIRED

    for error in (Stopped(), BadFile(), Broke()):
        fails(still, error, account_id=ann.account.id)
    assert (all_reports(still), rows(still)) == ([], [])


def test_what_nobody_foresaw_is_told_apart_by_where_it_arose_and_shows_no_words_of_it(still: Ground) -> None:
    def raised(act: Callable[[], Any]) -> Exception:
        try:
            act()
        except (ValueError, KeyError) as error:
            return error
        raise AssertionError

    fails(still, raised(lambda: int("secret of Ann")))
    fails(still, raised(lambda: int("other words")))
    fails(still, raised(lambda: dict[str, int]()["x"]))
    first, second = sorted(all_reports(still), key=lambda report: report.count)
    assert (first.count, second.count) == (1, 2)
    assert second.origin.startswith("ValueError")
    assert "secret" not in f"{second} {[row.body for row in rows(still)]}"


def test_what_was_charged_is_said_and_nothing_is_said_where_it_is_not_sure(still: Ground, ann: Person) -> None:
    line = Line("transcription", 12_500)
    with still.database.transaction() as session:
        ledger.award_credits(
            session,
            still.clock,
            ann.account.id,
            operation_id="a",
            amount_mc=50_000,
            why="w",
            expires_at=None,
            actor="x",
        )
        ledger.charge_credits(
            session,
            still.clock,
            ann.account.id,
            operation_id="op",
            reason="TRANSCRIPTION",
            lines=[line],
            episode_id="ep_1",
        )

        def words(episode_id: str | None, since: datetime) -> str | None:
            return ledger.charged_in_words(session, ann.account.id, episode_id=episode_id, since=since, request_id=None)

        assert words("ep_1", _NOON - timedelta(hours=1)) == "12.500"
        assert words("ep_2", _NOON - timedelta(hours=1)) == ""
        assert words("ep_1", _NOON + timedelta(seconds=1)) == ""
        late = Speech(1_000, "standard", "Hello")
        ledger.note_unbilled(
            session, still.clock, ann.account.id, operation_id="late", work=late, happened_at=still.clock.now()
        )
        assert words("ep_2", _NOON) is None


@pytest.mark.parametrize("up", ["sentry", "mail to admins", "mail to the person"])
def test_a_report_survives_any_two_of_its_three_sinks(still: Ground, clock: FixedClock, ann: Person, up: str) -> None:
    is_down = True

    def deliver(notice: Notice) -> None:
        to = "admins" if notice.recipient == "admins" else "the person"
        if is_down and up != ("sentry" if notice.channel == "sentry" else f"mail to {to}"):
            raise NotDelivered("down")

    fails(still, EngineBroke(), account_id=ann.account.id)
    senders = [ToldSender("sentry", then=deliver), ToldSender("mail", then=deliver)]
    for sender in senders:
        notices.deliver_due(still, sender)
    assert sum(len(sender.delivered) for sender in senders) == 1
    assert all_reports(still)[0].state == "new", "the row is the truth, whoever hears of it"
    is_down = False
    clock.advance(timedelta(minutes=1))
    for sender in senders:
        notices.deliver_due(still, sender)
    assert sorted(len(sender.delivered) for sender in senders) == [1, 2], "each once, late"


def test_without_any_sink_set_up_the_report_is_there_and_nothing_fails(still: Ground) -> None:
    fails(still, DiskFull())
    for sender in open_senders(still):
        notices.deliver_due(still, sender)
    assert all_reports(still)[0].severity == "critical"
    assert {row.state for row in told(still, "mail")} == {"off"}


def test_a_report_that_cannot_be_written_changes_nothing_for_who_tells_it(still: Ground, ann: Person) -> None:
    with still.database.transaction() as session:
        session.execute(text("DROP TABLE bug_report_entries"))
    with still.database.transaction() as session:
        still.failures.report_generic(session, Failure(error=EngineBroke(), account_id=ann.account.id))
        session.execute(text("UPDATE accounts SET name = 'Anna'"))
    with still.database.reading() as session:
        assert session.execute(text("SELECT name FROM accounts")).scalar_one() == "Anna"
        assert session.execute(text("SELECT count(*) FROM bug_reports")).scalar_one() == 0
    assert rows(still) == []


def test_who_fails_while_the_database_is_held_does_not_wait(still: Ground) -> None:
    with still.database.transaction():
        begun = datetime.now(UTC)
        still.failures.report_upload_failure(Failure(error=EngineBroke()))
        assert datetime.now(UTC) - begun < timedelta(seconds=1)


def test_what_was_resolved_and_happens_again_is_new_again_and_wont_fix_stays(still: Ground) -> None:
    fails(still, EngineBroke())
    (report,) = all_reports(still)
    ends: list[tuple[State, State]] = [("resolved", "new"), ("wont_fix", "wont_fix")]
    for state, after in ends:
        with still.database.transaction() as session:
            service.change_state(session, still.clock, report.id, state, words="", actor_id="acc_root", request_id=None)
        fails(still, EngineBroke())
        assert all_reports(still)[0].state == after


def test_each_episode_that_fails_is_told_to_its_owner_by_mail_up_to_a_limit(
    still: Ground, ann: Person, tmp_path: Path
) -> None:
    (tmp_path / "talk.wav").write_bytes(tone(0.5))
    wish = {
        "show_id": made(ann, "/api/shows", json=show_wish())["id"],
        "recording_id": upload(ann, tmp_path / "talk.wav")["id"],
    }
    for _ in range(PERSON_MAILS_PER_HOUR_MAX + 2):
        episode_id = made(ann, "/api/episodes", json=wish)["id"]
        with still.database.transaction() as session:
            failure = Failure(error=EngineBroke(), account_id=ann.account.id, episode_id=episode_id)
            still.failures.report_assembly_failure(session, failure)
            still.failures.report_assembly_failure(session, failure)
    mails = [row for row in told(still, "mail") if row.recipient == "ann@example.com"]
    assert len(mails) == PERSON_MAILS_PER_HOUR_MAX
    in_studio = [row for row in told(still, "in_app") if row.recipient == ann.account.id]
    assert len(in_studio) == PERSON_MAILS_PER_HOUR_MAX + 2


def test_a_failed_upload_is_written_down_when_the_database_takes_it_again(ground: Ground, clock: FixedClock) -> None:
    failures = BugReports(ground.database, clock, "", pauses_seconds=(0.01,) * 500)
    with ground.database.transaction() as session:
        session.execute(text("ALTER TABLE bug_reports RENAME TO elsewhere"))
    failures.report_upload_failure(Failure(error=EngineBroke()))
    with ground.database.transaction() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO bug_reports"))
    failures.drain()
    assert [one.error_code for one in all_reports(ground)] == ["engine_broke"]


def test_what_waits_is_written_down_when_the_app_ends(ground: Ground) -> None:
    with TestClient(create_app(ground)):
        ground.failures.report_upload_failure(Failure(error=EngineBroke()))
    assert [one.error_code for one in all_reports(ground)] == ["engine_broke"]


def test_an_end_waits_no_longer_than_it_may_for_a_database_that_is_away(ground: Ground, clock: FixedClock) -> None:
    failures = BugReports(ground.database, clock, "", pauses_seconds=(60.0,))
    with ground.database.transaction() as session:
        session.execute(text("ALTER TABLE bug_reports RENAME TO elsewhere"))
    failures.report_upload_failure(Failure(error=EngineBroke()))
    begun = time.monotonic()
    failures.close()
    assert time.monotonic() - begun < CLOSE_SECONDS_MAX + 1


def test_a_crash_of_an_upload_that_nobody_foresaw_is_reported_and_goes_on(ground: Ground, ann: Person) -> None:
    with pytest.raises(KeyError), told_when_broken(ground, ann.account.id):
        raise KeyError("nobody foresaw it")
    assert isinstance(ground.failures, BugReports)
    ground.failures.drain()
    (report,) = all_reports(ground)
    assert (report.category, report.severity) == ("upload", "critical")
    assert report.origin.startswith("KeyError")


def test_a_report_that_stumbles_over_anything_lets_the_work_end_and_is_told(still: Ground, ann: Person) -> None:
    class Odd(DonecastError):
        code = None  # type: ignore[assignment]

    with still.errors.tracked("operation"), still.database.transaction() as session:
        still.failures.report_generic(session, Failure(error=Odd(), account_id=ann.account.id))
        session.execute(text("UPDATE accounts SET name = 'Anna'"))
    with still.database.reading() as session:
        assert session.execute(text("SELECT name FROM accounts")).scalar_one() == "Anna"
    assert still.errors.counts() == {"told": 1}


@given(st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_quoted_number_finds_its_report(fingerprint: str) -> None:
    start = start_of_fingerprint(f" {number_of(fingerprint).lower()} ")
    assert start is not None
    assert fingerprint.startswith(start)


def test_an_operation_that_fails_is_reported_with_its_episode_and_a_stopped_one_is_not(
    ground: Ground, ann: Person, ben: Person
) -> None:
    things, others = anns_things(ground, ann).ids, anns_things(ground, ben).ids
    progress = Progress(ground)

    def work(_report: Tell) -> str:
        raise EngineBroke

    with pytest.raises(EngineBroke):
        progress.watched(things["operation_id"], "assemble", work)
    progress.finish(things["operation_id"], "failed", EngineBroke())
    ben.ask("POST", f"/api/operations/{others['operation_id']}/cancel")
    progress.finish(others["operation_id"], "cancelled", OperationCancelled())
    (report,) = [one for one in all_reports(ground) if one.category != "by_hand"]
    assert (report.category, report.severity, report.context) == ("assembly", "critical", {"step": "assemble"})
    assert (report.episode_id, report.show_id) == (things["episode_id"], things["show_id"])
    mail = next(row for row in told(ground, "mail") if row.recipient == "ann@example.com")
    assert "is not ready: it could not be put together" in mail.subject
    assert "Your recording and everything you changed are safe." in mail.body


def test_an_upload_that_ends_because_something_broke_is_reported_and_a_bad_file_is_not(
    ground: Ground, ann: Person, tmp_path: Path
) -> None:
    recording = tmp_path / "talk.wav"
    recording.write_bytes(tone(0.5))
    bad = ann.ask("POST", "/api/media", files={"file": ("x.wav", b"no sound")}, data={"category": "recording"})
    assert bad.status_code < 500
    shutil.rmtree(ground.settings.data / "blobs")
    (ground.settings.data / "blobs").write_text("in the way")
    with recording.open("rb") as file:
        answer = ann.ask("POST", "/api/media", files={"file": ("talk.wav", file)}, data={"category": "recording"})
    assert answer.status_code == 503
    assert isinstance(ground.failures, BugReports)
    ground.failures.drain()
    (report,) = all_reports(ground)
    assert (report.category, report.severity, report.account_id) == ("upload", "medium", ann.account.id)
    assert report.request_id == answer.headers["X-Request-ID"]
