"""What Sentry says, and what it means when it says nothing: the client and the mirror against a server on a socket."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from donecast.health.sentry import service
from donecast.health.sentry.client import LIMITS, Sentry, next_cursor
from donecast.health.sentry.errors import SentryAnswerBad, SentryIssueGone, SentryReadOnly
from donecast.health.sentry.rules import FACTS_MAX, Change, Facts, Wish
from donecast.kit.clock import SystemClock
from donecast.kit.errors import DonecastError
from donecast.platform.outgoing import Outgoing
from donecast.platform.sentry_settings import SentrySettings
from donecast.platform.web import Ground
from tests.support.sentry_server import READ_TOKEN, Manner, SentryStandIn, sentry_service


@pytest.fixture
def stand_in() -> Iterator[SentryStandIn]:
    with sentry_service() as running:
        yield running


@pytest.fixture
def sentry(stand_in: SentryStandIn) -> Sentry:
    return Sentry(SentrySettings(**stand_in.settings()), SystemClock())


def wish(**over: Any) -> Wish:
    given: dict[str, Any] = {"since": datetime.now(UTC) - timedelta(days=30), "limit": 100, **over}
    return Wish(**given)


def filled(stand_in: SentryStandIn, number: int) -> datetime:
    now = datetime.now(UTC)
    for place in range(number):
        stand_in.add_issue(place, seen=now - timedelta(minutes=place))
    return now


def found(ground: Ground, **over: Any) -> service.Found:
    with ground.database.reading() as session:
        return service.found(session, wish(**over))


class TestEachFailureHasItsName:
    @pytest.mark.parametrize(
        ("manner", "code"),
        [
            ("token_dead", "sentry_token_dead"),
            ("scope_missing", "sentry_scope_missing"),
            ("not_found", "sentry_not_found"),
            ("rate_limited", "sentry_rate_limited"),
            ("limited_by_reset", "sentry_rate_limited"),
            ("broken", "sentry_broken"),
            ("page", "sentry_answer_bad"),
            ("cut", "sentry_answer_bad"),
            ("other_form", "sentry_answer_bad"),
            ("list_of_numbers", "sentry_answer_bad"),
            ("huge", "sentry_answer_bad"),
            ("elsewhere", "sentry_answer_bad"),
            ("drop", "sentry_answer_bad"),
        ],
    )
    def test_it_is_told_and_what_was_known_stays(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn, manner: Manner, code: str
    ) -> None:
        filled(stand_in, 3)
        whole = service.refresh(ground, sentry)
        stand_in.manner = manner
        standing = service.refresh(ground, sentry, after=timedelta(0))
        assert (standing.failure, standing.as_of) == (code, whole.as_of)
        assert standing.message
        assert standing.action
        assert found(ground).total == 3

    def test_a_rate_limit_is_kept_to_as_long_as_it_says(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        stand_in.manner = "limited_by_reset"
        standing = service.refresh(ground, sentry)
        assert standing.not_before is not None
        assert standing.tried_at is not None
        assert 30 < (standing.not_before - standing.tried_at).total_seconds() <= 40
        service.refresh(ground, sentry, after=timedelta(0))
        assert len(stand_in.asked) == 1

    def test_silence_ends_at_the_deadline_and_nobody_is_reached_at_a_closed_door(self, stand_in: SentryStandIn) -> None:
        nowhere = SentrySettings(sentry_base_url="http://127.0.0.1:9", sentry_org_token=READ_TOKEN)
        with pytest.raises(DonecastError) as unreachable:
            Sentry(nowhere, SystemClock()).issue("1")
        stand_in.manner, hasty = "hang", replace(LIMITS, deadline_seconds=0.5)
        with pytest.raises(DonecastError) as silent:
            Sentry(SentrySettings(**stand_in.settings()), SystemClock(), limits=hasty).issue("1")
        assert (unreachable.value.code, silent.value.code) == ("sentry_unreachable", "sentry_too_slow")
        assert LIMITS.deadline_seconds == 10

    def test_after_five_failures_it_is_left_alone(self, ground: Ground, stand_in: SentryStandIn) -> None:
        way = Outgoing(ground.breakers.of("sentry"))
        sentry = Sentry(SentrySettings(**stand_in.settings()), SystemClock(), way)
        stand_in.manner = "broken"
        codes = [service.refresh(ground, sentry, after=timedelta(0)).failure for _ in range(6)]
        assert codes == ["sentry_broken"] * 5 + ["sentry_resting"]
        assert len(stand_in.asked) == 5


class TestTheMirror:
    def test_all_pages_come_and_what_is_gone_at_sentry_goes(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        filled(stand_in, 250)
        stand_in.manner, stand_in.rude_to = "broken", "event"  # a look at each would take long
        service.refresh(ground, sentry)
        assert found(ground).total == 250
        first = found(ground, limit=100)
        last = first.issues[-1]
        second = found(ground, limit=200, after=(last.last_seen, last.id))
        assert len({issue.id for issue in (*first.issues, *second.issues)}) == 250
        assert (first.more, second.more) == (True, False)
        for identity in list(stand_in.issues)[:50]:
            del stand_in.issues[identity]
        service.refresh(ground, sentry, after=timedelta(0))
        assert found(ground).total == 200

    def test_a_round_is_made_once_a_minute_whoever_asks(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        filled(stand_in, 2)
        service.refresh(ground, sentry)
        asked = len(stand_in.asked)
        service.refresh(ground, sentry)
        assert len(stand_in.asked) == asked

    def test_a_page_that_fails_in_the_middle_is_no_whole_round(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        filled(stand_in, 3)
        stand_in.manner, stand_in.rude_to = "broken", "event"
        standing = service.refresh(ground, sentry)
        assert standing.as_of is not None
        assert standing.failure == "sentry_broken"
        stand_in.rude_to = "issues"
        again = service.refresh(ground, sentry, after=timedelta(0))
        assert again.as_of == standing.as_of

    def test_pages_without_end_are_not_followed_for_ever(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        filled(stand_in, 5)
        stand_in.manner = "endless"
        standing = service.refresh(ground, sentry)
        assert not standing.complete
        assert stand_in.asked_for("issues") <= 4

    def test_another_organisation_does_not_inherit_the_issues(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        filled(stand_in, 2)
        service.refresh(ground, sentry)
        other = Sentry(SentrySettings(**stand_in.settings(sentry_org="others")), SystemClock())
        standing = service.refresh(ground, other)
        assert (standing.failure, standing.as_of, found(ground).total) == ("sentry_not_found", None, 0)

    def test_people_and_ids_are_learned_and_found_with_sentry_down(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        now = filled(stand_in, 3)
        tags = {"request_id": "req-wanted", "show_id": "show_9", "episode_id": "ep_9"}
        wanted = stand_in.add_issue(70, seen=now, tags=tags, user={"id": "acc_9", "email": "rose@example.com"})
        service.refresh(ground, sentry)
        stand_in.manner = "drop"
        for terms in (
            {"request_id": "req-wanted"},
            {"show_id": "show_9"},
            {"episode_id": "ep_9"},
            {"user": "rose@example.com"},
            {"user": "acc_9"},
        ):
            assert [issue.id for issue in found(ground, **terms).issues] == [wanted["id"]], terms
        assert found(ground, request_id="req-want").total == 0
        assert found(ground, text="bean 70").issues[0].user_email == "rose@example.com"
        assert found(ground, text="100%_").total == 0

    def test_an_old_request_is_found_by_asking_and_then_known(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        now = filled(stand_in, 2)
        old = stand_in.add_issue(30, seen=now, count="9")
        service.refresh(ground, sentry)
        request_id = f"req-{old['id']}-5"
        assert found(ground, request_id=request_id).total == 0
        service.look_up(ground, sentry, Facts(request_ids=(request_id,)))
        assert [issue.id for issue in found(ground, request_id=request_id).issues] == [old["id"]]

    def test_no_more_ids_are_kept_than_the_limit(self) -> None:
        many = Facts(request_ids=tuple(f"r{number}" for number in range(FACTS_MAX)))
        joined = many.joined(Facts(request_ids=("new",)))
        assert joined.request_ids[0] == "new"
        assert len(joined.request_ids) == FACTS_MAX


class TestOneIssue:
    def test_its_last_ten_events_say_who_and_what_led_to_it(
        self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn
    ) -> None:
        issue = stand_in.add_issue(38, seen=datetime.now(UTC))
        told, events = service.look_at(ground, sentry, issue["id"])
        assert (told.error_type, len(events), events[0].user_email) == ("ValueError", 10, "person3@example.com")
        assert events[0].frames[0].in_app
        assert [crumb.category for crumb in events[0].breadcrumbs] == ["http", "query"]

    @pytest.mark.parametrize("identity", ["", "../issues", "1/../2", "12345678901234567890", "404"])
    def test_an_id_that_is_none_reaches_nothing_of_others(
        self, sentry: Sentry, stand_in: SentryStandIn, identity: str
    ) -> None:
        stand_in.add_issue(1, seen=datetime.now(UTC))
        with pytest.raises(SentryIssueGone):
            sentry.change(identity, Change(status="resolved"))
        assert all(issue["status"] == "unresolved" for issue in stand_in.issues.values())

    def test_a_change_is_seen_here_at_once(self, ground: Ground, sentry: Sentry, stand_in: SentryStandIn) -> None:
        issue = stand_in.add_issue(1, seen=datetime.now(UTC))
        stand_in.add_issue(2, seen=datetime.now(UTC))
        service.refresh(ground, sentry)
        service.change(ground, sentry, issue["id"], Change(status="ignored", ignore_hours=2))
        assert issue["statusDetails"] == {"ignoreDuration": 120}
        assert found(ground).total == 1
        changed = service.change(ground, sentry, issue["id"], Change(assigned_to="rose@example.com"))
        assert (changed.assigned_to, changed.status) == ("rose@example.com", "ignored")

    def test_without_a_token_for_it_nothing_is_changed(self, stand_in: SentryStandIn) -> None:
        issue = stand_in.add_issue(1, seen=datetime.now(UTC))
        reader = Sentry(SentrySettings(**stand_in.settings(may_write=False)), SystemClock())
        with pytest.raises(SentryReadOnly):
            reader.change(issue["id"], Change(status="resolved"))
        assert stand_in.asked == []


def test_the_next_page_is_followed_only_while_there_is_one() -> None:
    link = (
        '<http://x/?cursor=0:0:1>; rel="previous"; results="true"; cursor="0:0:1", <http://x/?cursor={0}>; rel="next"; '
    )
    assert next_cursor(link + 'results="true"; cursor="0:100:0"') == "0:100:0"
    assert next_cursor(link.format("0:100:0") + 'results="true"') == "0:100:0"
    assert next_cursor(link + 'results="false"; cursor="0:100:0"') is None
    assert next_cursor("") is None
    with pytest.raises(SentryAnswerBad):
        next_cursor('<http://x/>; rel="next"; results="true"')
