"""Many child processes as one: order, progress, failure, cancelling."""

import time
from typing import Any

import pytest

from donecast.speech.crew import run_crew
from donecast.speech.errors import FeedUnreadable, TranscriptionCancelled, TranscriptionFailed

_LISTEN = "donecast.speech.jobs:listen"
_SLEEP = "tests.support.speech_jobs:sleep"


def test_answers_stand_in_the_order_of_the_jobs() -> None:
    jobs = [{"seconds": seconds, "say": seconds} for seconds in (0.4, 0.0, 0.1)]
    shares: list[float] = []
    answers = run_crew(_SLEEP, jobs, [100, 100, 100], processes=3, on_progress=shares.append)
    assert [answer["said"] for answer in answers] == [0.4, 0.0, 0.1]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_no_jobs_are_done_at_once() -> None:
    assert run_crew(_SLEEP, [], []) == []


def test_errors_of_a_job_come_out_as_they_are_and_end_the_others() -> None:
    began = time.monotonic()
    jobs: list[dict[str, Any]] = [{"seconds": 60, "say": 1}, {"seconds": 0, "raise": True}]
    with pytest.raises(FeedUnreadable):
        run_crew(_SLEEP, jobs, [100, 100], processes=2)
    assert time.monotonic() - began < 20


def test_a_crash_is_a_failed_transcription_that_may_be_tried_again() -> None:
    with pytest.raises(TranscriptionFailed) as failure:
        run_crew(_SLEEP, [{"seconds": 0, "crash": True}], [100])
    assert failure.value.retryable
    assert failure.value.details["job"] == _SLEEP


def test_cancelling_ends_running_jobs() -> None:
    began = time.monotonic()
    with pytest.raises(TranscriptionCancelled):
        run_crew(
            _SLEEP,
            [{"seconds": 60, "say": 1}] * 3,
            [100] * 3,
            processes=2,
            cancelled=lambda: time.monotonic() - began > 1,
        )
    assert 1 < time.monotonic() - began < 20


def test_what_is_cancelled_from_the_start_never_ends_well_however_quick() -> None:
    shares: list[float] = []
    with pytest.raises(TranscriptionCancelled):
        run_crew(_SLEEP, [{"seconds": 0, "say": 1}], [100], on_progress=shares.append, cancelled=lambda: True)
    assert shares == []


def test_what_progress_raises_ends_the_jobs_too() -> None:
    class Stop(Exception):
        pass

    def refuse(_: float) -> None:
        raise Stop

    began = time.monotonic()
    with pytest.raises(Stop):
        run_crew(_SLEEP, [{"seconds": 60, "say": 1}], [100], on_progress=refuse)
    assert time.monotonic() - began < 20


def test_a_missing_feed_is_named_by_the_job() -> None:
    with pytest.raises(FeedUnreadable):
        run_crew(_LISTEN, [{"feed": "/nowhere/feed.wav", "part": [0, 1_000]}], [1_000])
