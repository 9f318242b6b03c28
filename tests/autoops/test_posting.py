"""Exactly one reply, whatever the network, Slack or the machine does around the post."""

from datetime import timedelta

import pytest

from donecast.autoops import service
from donecast.autoops.errors import RunTaken, StepNotAllowed
from donecast.autoops.rules.repeats import UPDATE_EVERY
from donecast.autoops.service import LEASE
from tests.autoops.conftest import Scene


@pytest.mark.parametrize(
    "manner", ["polite", "limited", "down", "garbage", "cut", "stored_and_lost", "stored_and_500", "lost"]
)
def test_one_reply_stands_in_the_thread_however_the_post_goes(scene: Scene, manner: str) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    if manner != "polite":
        scene.workspace.behave("chat.postMessage", manner, 1)  # type: ignore[arg-type]
    scene.read_all()
    scene.answer_all()
    assert len(scene.workspace.ours(ts)) == 1
    assert scene.state(ts) == "replied"


def test_a_reply_is_looked_for_on_every_page_of_a_long_thread(scene: Scene) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    chatter = [{"ts": f"1.{number}", "text": "hm", "user": "UANN", "thread_ts": ts} for number in range(40)]
    scene.workspace.replies[ts] = chatter
    scene.workspace.behave("chat.postMessage", "stored_and_lost", 1)
    scene.read_all()
    scene.answer_all()
    assert len(scene.workspace.ours(ts)) == 1


def test_a_thread_that_cannot_be_read_ends_with_a_person_and_never_with_a_second_reply(scene: Scene) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    scene.workspace.behave("chat.postMessage", "stored_and_lost", 1)
    scene.workspace.behave("conversations.replies", "down")
    scene.read_all()
    scene.answer_all()
    assert len(scene.workspace.ours(ts)) == 1
    assert scene.state(ts) == "needs_human"


def test_who_lost_the_alert_to_another_process_posts_nothing(scene: Scene) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    scene.read_all()
    mine = scene.claim()
    assert mine is not None
    mine = scene.made_ready(mine)
    scene.clock.advance(LEASE + timedelta(seconds=1))
    other = scene.claim()
    assert other is not None
    assert other.state == "reply_pending"
    with pytest.raises(RunTaken):
        scene.posting.bring(mine)
    scene.posting.bring(other)
    assert len(scene.workspace.ours(ts)) == 1


def test_who_was_killed_before_the_post_leaves_it_to_the_next_one(scene: Scene) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    scene.read_all()
    mine = scene.claim()
    assert mine is not None
    mine = scene.made_ready(mine)
    with scene.ground.database.transaction() as session:
        service.about_to_post(session, mine, scene.clock.now())
    scene.clock.advance(LEASE + timedelta(seconds=1))
    scene.answer_all()
    assert len(scene.workspace.ours(ts)) == 1
    assert scene.workspace.calls["conversations.replies"] == 1


def test_a_token_that_dies_is_told_and_the_reply_is_not_lost_silently(scene: Scene) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    scene.workspace.behave("chat.postMessage", "token_dead")
    scene.read_all()
    scene.answer_all()
    assert scene.workspace.ours(ts) == []
    assert scene.state(ts) == "needs_human"


def test_a_run_only_goes_forward(scene: Scene) -> None:
    scene.workspace.say("ValueError in GET /feeds")
    scene.read_all()
    claim = scene.claim()
    assert claim is not None
    with scene.ground.database.transaction() as session, pytest.raises(StepNotAllowed):
        service.step(session, claim, "replied", scene.clock.now())


def test_a_thread_hears_of_repeats_every_quarter_of_an_hour_in_its_one_reply(scene: Scene) -> None:
    ts = scene.workspace.say("12 errors in 60 s on GET /feeds")
    scene.read_all()
    claim = scene.claim()
    assert claim is not None
    scene.posting.bring(scene.made_ready(claim))
    for number in range(20):
        scene.workspace.say(f"{number} errors in 60 s on GET /feeds")
    scene.read_all()
    assert scene.posting.tell_repeats() == 0
    scene.clock.advance(UPDATE_EVERY)
    assert scene.posting.tell_repeats() == 1
    assert scene.posting.tell_repeats() == 0
    (reply,) = scene.workspace.ours(ts)
    assert "20 times more" in str(reply["blocks"])
    assert reply["metadata"]["event_payload"]["alert_id"] == f"C1:{ts}"
