"""A vendor's job is made once: whatever the vendor does, whoever stops, dies or works beside us."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from donecast.core.words import Transcript
from donecast.kit.clock import SystemClock
from donecast.platform.database import Database
from donecast.platform.outgoing import Outgoing, Rest
from donecast.platform.web import Ground
from donecast.speech.elsewhere import Elsewhere
from donecast.speech.transcriber import Subject
from donecast.speech.vendor_errors import SpeechJobFailed, SpeechResting, SpeechTakesLong, SpeechTransient
from donecast.transcripts.job_book import StoredJobBook, job_key, open_book
from tests.support.people import Person
from tests.support.resting import Napping
from tests.support.sounds import tone
from tests.support.vendor import QUICK, VENDORS, Rude, elsewhere_of, remote_for
from tests.support.vendor_server import VendorStandIn

_DURATION_MS = 12_000
_CONTENT = "c" * 64
_LANGUAGE = "de"
"""In which nothing is aligned here: the feed is a tone."""
_RUDE = [pytest.param(name, rude, id=f"{name}: {rude.name}") for name, one in VENDORS.items() for rude in one.rude]


class Stopped(Exception):
    """The person pressed stop."""


@pytest.fixture(params=sorted(VENDORS))
def vendor(request: pytest.FixtureRequest) -> Iterator[VendorStandIn]:
    with VENDORS[request.param].opened() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("feed") / "feed.wav"
    path.write_bytes(tone(_DURATION_MS / 1_000))
    return path


def hear(
    ground: Ground, vendor: VendorStandIn, owner: str, feed: Path, on_progress: Callable[[float], None] | None = None
) -> Transcript:
    """The words of the recording, by a worker that just came."""
    ear = elsewhere_of(vendor, partial(open_book, ground), language=_LANGUAGE).for_recording(
        Subject(owner, _CONTENT, _DURATION_MS)
    )
    return ear.transcribe(feed, duration_ms=_DURATION_MS, pauses=(), on_progress=on_progress)


def book_of(ground: Ground, vendor: VendorStandIn, owner: str) -> StoredJobBook:
    return open_book(ground, remote_for(vendor, language=_LANGUAGE), Subject(owner, _CONTENT, _DURATION_MS))


def rows(database: Database, columns: str) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM transcription_jobs"))]


@pytest.mark.parametrize(("vendor", "rude"), _RUDE, indirect=["vendor"])
def test_whatever_the_vendor_does_there_is_one_job_and_a_sentence(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path, rude: Rude
) -> None:
    vendor.faults, vendor.problems = rude.faults(), list(rude.problems)
    if rude.outcome is not None:
        with pytest.raises(rude.outcome) as told:
            hear(ground, vendor, ann.account.id, feed)
        assert told.type is rude.outcome, repr(told.value.details)
        assert told.value.message.endswith((".", "?"))
        assert told.value.action.endswith(".")
        vendor.faults = []
    heard = hear(ground, vendor, ann.account.id, feed)
    assert [word.text for word in heard.words][:2] == ["bean0", "bean1"]
    assert (len(vendor.jobs), vendor.charged()) == (rude.jobs, rude.charged)


def test_a_job_that_is_paid_is_waited_for_while_its_vendor_is_left_alone(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    resting = Napping(Rest("resting", 0.05))

    def rest_from_now_on(_share: float) -> None:
        """When the job is made, the next three calls are not."""
        if vendor.jobs and not resting.naps:
            resting.naps = frozenset(range(resting.asked, resting.asked + 3))

    resting.naps = frozenset()
    remote = remote_for(vendor, language=_LANGUAGE, way=Outgoing(resting))
    ear = Elsewhere(remote, partial(open_book, ground), ground.clock, QUICK)
    subject = Subject(ann.account.id, _CONTENT, _DURATION_MS)
    heard = ear.for_recording(subject).transcribe(
        feed, duration_ms=_DURATION_MS, pauses=(), on_progress=rest_from_now_on
    )
    assert len(heard.words) > 0
    assert resting.naps
    assert resting.asked > max(resting.naps)
    assert (len(vendor.jobs), vendor.charged()) == (1, 1)


def test_before_there_is_a_job_nobody_waits_for_a_vendor_that_is_left_alone(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    resting = Napping(Rest("resting", 240.0))
    remote = remote_for(vendor, language=_LANGUAGE, way=Outgoing(resting))
    ear = Elsewhere(remote, partial(open_book, ground), ground.clock, QUICK)
    with pytest.raises(SpeechResting) as told:
        ear.for_recording(Subject(ann.account.id, _CONTENT, _DURATION_MS)).transcribe(
            feed, duration_ms=_DURATION_MS, pauses=()
        )
    assert "“Try again” in about 4 minutes" in told.value.action
    assert (resting.asked, vendor.requests) == (1, [])


def test_hearing_it_again_asks_the_vendor_nothing(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    first = hear(ground, vendor, ann.account.id, feed)
    asked = len(vendor.requests)
    assert hear(ground, vendor, ann.account.id, feed) == first
    assert len(vendor.requests) == asked


def test_another_person_and_another_language_are_other_jobs(
    ground: Ground, ann: Person, ben: Person, vendor: VendorStandIn, feed: Path
) -> None:
    for owner in (ann, ben, ann):
        hear(ground, vendor, owner.account.id, feed)
    assert len(vendor.jobs) == 2
    subject = Subject(ann.account.id, _CONTENT, _DURATION_MS)
    keys = {job_key(remote_for(vendor, language=language), subject) for language in ("en_us", "auto", "de")}
    assert len(keys) == 3


def test_two_workers_at_once_make_one_job(ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path) -> None:
    _two_at_once(ground, ann.account.id, vendor, feed)


@pytest.mark.postgres
def test_two_workers_at_once_make_one_job_where_writers_do_not_queue(
    postgres_ground: Ground, vendor: VendorStandIn, feed: Path
) -> None:
    owner = _account(postgres_ground)
    _two_at_once(postgres_ground, owner, vendor, feed)


def _account(ground: Ground) -> str:
    with ground.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO accounts (id, email, name, role, password_hash, created_at) "
                "VALUES ('acc_ann', 'ann@example.com', 'Ann', 'user', '', '2026-11-23T12:00:00Z')"
            )
        )
    return "acc_ann"


def _two_at_once(ground: Ground, owner: str, vendor: VendorStandIn, feed: Path) -> None:
    heard: list[Transcript] = []
    together = threading.Barrier(2)

    def wait_for_the_other(moment: str) -> None:
        if moment == "upload:begun":  # neither has found the other's notes in the book
            together.wait(10)

    vendor.on_moment = wait_for_the_other
    workers = [threading.Thread(target=lambda: heard.append(hear(ground, vendor, owner, feed))) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert (len(vendor.uploads), len(vendor.jobs)) == (2, 1)


def test_a_job_whose_maker_died_before_writing_its_id_down_is_found(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    book, remote = book_of(ground, vendor, ann.account.id), remote_for(vendor, language=_LANGUAGE)
    upload = remote.upload(feed, lambda _share: None)
    book.note_upload(upload)
    assert book.begin_submitting(upload) is not None
    remote.submit(upload)
    hear(ground, vendor, ann.account.id, feed)
    assert (len(vendor.uploads), len(vendor.jobs)) == (1, 1)


def test_a_job_whose_maker_died_before_asking_for_it_is_made_once_that_is_certain(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    book = book_of(ground, vendor, ann.account.id)
    upload = remote_for(vendor, language=_LANGUAGE).upload(feed, lambda _share: None)
    book.note_upload(upload)
    since = book.begin_submitting(upload)
    assert since is not None
    assert book.begin_submitting(upload) is None
    hear(ground, vendor, ann.account.id, feed)
    assert (len(vendor.uploads), len(vendor.jobs)) == (1, 1)
    assert (ground.clock.now() - since).total_seconds() >= QUICK.settle


def test_whoever_stops_while_the_vendor_works_finds_the_same_job_later(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    vendor.seconds = 0.5

    def stop(_share: float) -> None:
        if vendor.asked("poll"):
            raise Stopped

    with pytest.raises(Stopped):
        hear(ground, vendor, ann.account.id, feed, stop)
    hear(ground, vendor, ann.account.id, feed)
    assert (len(vendor.uploads), len(vendor.jobs)) == (1, 1)


def test_whoever_stops_while_sound_is_sent_has_made_no_job(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    def stop(share: float) -> None:
        if share > 0.05:
            raise Stopped

    with pytest.raises(Stopped):
        hear(ground, vendor, ann.account.id, feed, stop)
    assert vendor.jobs == []
    assert [path.name for path in feed.parent.iterdir()] == [feed.name]


def test_a_vendor_that_takes_too_long_is_waited_for_again(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    vendor.seconds = 1.0
    hurried = replace(QUICK, wait_longest=0.1)
    ear = Elsewhere(remote_for(vendor, language=_LANGUAGE), partial(open_book, ground), SystemClock(), hurried)
    with pytest.raises(SpeechTakesLong) as late:
        ear.for_recording(Subject(ann.account.id, _CONTENT, _DURATION_MS)).transcribe(
            feed, duration_ms=_DURATION_MS, pauses=()
        )
    assert not late.value.retryable
    hear(ground, vendor, ann.account.id, feed)
    assert len(vendor.jobs) == 1


def test_a_failed_job_is_written_down_with_the_vendors_words(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    vendor.problems = ["Audio is empty.", ""]
    with pytest.raises(SpeechJobFailed, match="It says: Audio is empty"):
        hear(ground, vendor, ann.account.id, feed)
    assert rows(ground.database, "failures, problem, job_id, upload, transcript") == [
        (1, "Audio is empty.", None, None, None)
    ]
    hear(ground, vendor, ann.account.id, feed)
    assert rows(ground.database, "failures, problem") == [(1, None)]
    assert (len(vendor.jobs), vendor.charged()) == (2, 1)


def test_a_book_keeps_its_first_notes(ground: Ground, ann: Person, vendor: VendorStandIn) -> None:
    book = book_of(ground, vendor, ann.account.id)
    book.note_upload("one")
    book.note_upload("two")
    assert book.read().upload == "one"
    assert book.begin_submitting("two") is None
    since = book.begin_submitting("one")
    assert since is not None
    assert book.read().submitting_since == since
    book.note_job("first")
    book.note_job("second")
    book.end_submitting(since)
    book.forget_upload("one")
    assert (book.read().job_id, book.read().upload) == ("first", "one")
    assert book.begin_submitting("one") is None
    book.note_failure("second", "not ours")
    assert book.read().job_id == "first"
    assert book_of(ground, vendor, ann.account.id).read() == book.read()


def test_a_recording_whose_account_goes_while_it_is_sent_makes_no_job(
    ground: Ground, ann: Person, vendor: VendorStandIn, feed: Path
) -> None:
    def delete(moment: str) -> None:
        if moment == "upload:begun":
            with ground.database.transaction() as session:
                session.execute(text("DELETE FROM accounts WHERE id = :id"), {"id": ann.account.id})

    vendor.on_moment = delete
    with pytest.raises(SpeechTransient):
        hear(ground, vendor, ann.account.id, feed)
    assert vendor.jobs == []
    assert len(vendor.uploads) == QUICK.tries


def test_what_was_written_down_goes_with_its_account(ground: Ground, ann: Person, vendor: VendorStandIn) -> None:
    book = book_of(ground, vendor, ann.account.id)
    with ground.database.transaction() as session:
        session.execute(text("DELETE FROM accounts WHERE id = :id"), {"id": ann.account.id})
    assert rows(ground.database, "id") == []
    assert book.read().job_id is None
