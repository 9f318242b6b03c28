"""Exactly one reply, whatever the network, Slack or the machine does around the post."""

from datetime import timedelta
from typing import Any

import pytest

from donecast.autoops import service
from donecast.autoops.errors import RunTaken, SlackUnavailable, StepNotAllowed
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


def test_a_thread_that_cannot_be_read_for_a_day_ends_with_a_person_and_never_with_a_second_reply(scene: Scene) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    scene.workspace.behave("chat.postMessage", "stored_and_lost", 1)
    scene.workspace.behave("conversations.replies", "down")
    scene.read_all()
    scene.answer_for(timedelta(hours=23))
    assert scene.state(ts) == "reply_pending"
    assert "not known whether the reply stands in the thread" in (scene.error(ts) or "")
    scene.answer_for(timedelta(hours=2))
    assert (len(scene.workspace.ours(ts)), scene.state(ts)) == (1, "needs_human")
    assert scene.workspace.calls["conversations.replies"] < 24 * 6 + 10


@pytest.mark.parametrize(
    ("manner", "method"),
    [
        ("stored_and_lost", "conversations.replies"),
        ("lost", "conversations.replies"),
        ("down", "conversations.replies"),
        ("down", "chat.postMessage"),
    ],
)
def test_an_outage_of_hours_is_waited_out_and_one_reply_comes(scene: Scene, manner: Any, method: str) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    scene.workspace.behave("chat.postMessage", manner, 1)
    scene.workspace.behave(method, "down", 20)
    scene.read_all()
    scene.answer_for(timedelta(hours=2))
    assert scene.state(ts) == "reply_pending"
    scene.answer_for(timedelta(hours=3))
    assert (len(scene.workspace.ours(ts)), scene.state(ts), scene.error(ts)) == (1, "replied", None)


@pytest.mark.parametrize("was_posted", [True, False])
@pytest.mark.parametrize(
    ("manner", "said"),
    [
        ("token_dead", "AUTO_OPS_SLACK_BOT_TOKEN"),
        ("no_scope", "Give the bot the scopes"),
        ("no_channel", "invite the bot to the channel"),
    ],
)
def test_a_refusal_that_can_be_mended_is_told_and_the_reply_comes_when_it_was(
    scene: Scene, manner: Any, said: str, *, was_posted: bool
) -> None:
    ts = scene.workspace.say("ValueError in GET /feeds")
    if was_posted:
        scene.workspace.behave("chat.postMessage", "stored_and_lost", 1)
    method = "conversations.replies" if was_posted else "chat.postMessage"
    scene.workspace.behave(method, manner)
    scene.read_all()
    scene.answer_for(timedelta(hours=2))
    assert scene.state(ts) == "reply_pending"
    assert said in (scene.error(ts) or "")
    assert scene.workspace.calls[method] <= 13
    scene.workspace.manners.clear()
    scene.answer_for(timedelta(minutes=15))
    assert (len(scene.workspace.ours(ts)), scene.state(ts), scene.error(ts)) == (1, "replied", None)


def test_what_nobody_can_mend_is_final_and_the_same_trouble_told_again_is_answered(scene: Scene) -> None:
    gone = scene.workspace.say("ValueError in GET /feeds")
    scene.workspace.behave("chat.postMessage", "lost", 1)
    scene.read_all()
    message = scene.workspace.messages.pop(gone)
    scene.answer_for(timedelta(minutes=5))
    scene.workspace.messages[gone] = message
    assert scene.state(gone) == "needs_human"
    again = scene.workspace.say("ValueError in GET /feeds")
    third = scene.workspace.say("ValueError in GET /feeds")
    scene.read_all()
    scene.answer_for(timedelta(minutes=5))
    assert [len(scene.workspace.ours(ts)) for ts in (gone, again, third)] == [0, 1, 0]
    assert [scene.state(ts) for ts in (again, third)] == ["replied", "suppressed"]


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


def told_twice(scene: Scene, *troubles: str) -> list[str]:
    """Alerts that were answered, and each told once more a quarter of an hour ago."""
    stamps = [scene.workspace.say(trouble) for trouble in troubles]
    scene.read_all()
    scene.answer_all()
    for trouble in troubles:
        scene.workspace.say(trouble)
    scene.read_all()
    scene.clock.advance(UPDATE_EVERY)
    return stamps


def test_a_reply_that_was_deleted_keeps_no_other_thread_from_hearing_and_is_asked_about_once(scene: Scene) -> None:
    gone, there = told_twice(scene, "ValueError in GET /feeds", "KeyError in GET /clock")
    scene.workspace.replies[gone].clear()
    assert scene.posting.tell_repeats() == 1
    assert "once more" in str(scene.workspace.ours(there)[0]["blocks"])
    assert "does not hear of repeats" in (scene.error(gone) or "")
    for _ in range(5):
        scene.clock.advance(UPDATE_EVERY)
        assert scene.posting.tell_repeats() == 0
    assert scene.workspace.calls["chat.update"] == 2


def test_threads_that_cannot_be_told_until_somebody_mends_it_hear_of_it_then(scene: Scene) -> None:
    told_twice(scene, "ValueError in GET /feeds", "KeyError in GET /clock")
    scene.workspace.behave("chat.update", "no_scope", 2)
    assert [scene.posting.tell_repeats() for _ in range(3)] == [0, 0, 0]
    assert scene.workspace.calls["chat.update"] == 2
    scene.clock.advance(UPDATE_EVERY)
    assert scene.posting.tell_repeats() == 2


def test_an_outage_ends_the_telling_and_nothing_is_noted(scene: Scene) -> None:
    told_twice(scene, "ValueError in GET /feeds", "KeyError in GET /clock")
    scene.workspace.behave("chat.update", "down", 1)
    with pytest.raises(SlackUnavailable):
        scene.posting.tell_repeats()
    assert scene.workspace.calls["chat.update"] == 1
    assert scene.posting.tell_repeats() == 2
