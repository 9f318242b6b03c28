"""Reading the channel: nothing is lost whatever happens between two pages, and nothing is taken in twice."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.autoops import repository
from donecast.autoops.errors import SlackAskedTooMuch, SlackChannelUnknown, SlackTokenDead, SlackTrouble
from donecast.autoops.rules.reading_window import NOTHING_READ, ReadingWindow, after_page, in_order
from tests.autoops.conftest import Scene

_TEXT = {"type": "text", "text": "checkout is down"}
ALERT = "ValueError: {} in GET /feeds"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def trouble(number: int) -> str:
    """Words that no other alert has."""
    return ALERT.format(chr(97 + number // 26 // 26 % 26) + chr(97 + number // 26 % 26) + chr(97 + number % 26) + "x")


def seen(scene: Scene) -> set[str]:
    """Time stamps of what was taken in."""
    with scene.ground.database.reading() as session:
        return {row.ts for row in repository.all_alerts(session)}


def test_three_hundred_alerts_are_read_in_twenty_pages_and_none_twice(scene: Scene) -> None:
    said = {scene.workspace.say(trouble(number)) for number in range(300)}
    assert scene.read_all() == 20
    assert seen(scene) == said
    assert scene.read_all() == 1
    assert seen(scene) == said


def test_what_is_said_while_older_pages_are_read_is_not_lost(scene: Scene) -> None:
    said = {scene.workspace.say(trouble(number)) for number in range(40)}
    assert scene.intake.read_page()
    said |= {scene.workspace.say(trouble(40 + number)) for number in range(20)}
    scene.read_all()
    scene.read_all()
    assert seen(scene) == said


@pytest.mark.parametrize("manner", ["limited", "down", "garbage", "cut", "lost"])
def test_a_page_that_fails_moves_nothing(scene: Scene, manner: str) -> None:
    said = {scene.workspace.say(trouble(number)) for number in range(40)}
    assert scene.intake.read_page()
    scene.workspace.behave("conversations.history", manner, 2)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(SlackTrouble):
            scene.intake.read_page()
    scene.read_all()
    assert seen(scene) == said


def test_slack_says_how_long_to_wait(scene: Scene) -> None:
    scene.workspace.retry_after_seconds = 47
    scene.workspace.behave("conversations.history", "limited", 1)
    with pytest.raises(SlackAskedTooMuch) as caught:
        scene.intake.read_page()
    assert caught.value.after_seconds == 47


@pytest.mark.parametrize(("manner", "error"), [("token_dead", SlackTokenDead), ("no_channel", SlackChannelUnknown)])
def test_a_dead_token_is_not_an_empty_channel(scene: Scene, manner: str, error: type[SlackTrouble]) -> None:
    scene.workspace.behave("conversations.history", manner)  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        scene.intake.read_page()
    assert not caught.value.retryable


def test_chatter_joins_threads_and_our_own_words_are_read_and_not_answered(scene: Scene) -> None:
    scene.workspace.say("Good morning!", bot=False)
    scene.workspace.say("has joined the channel", subtype="channel_join")
    scene.workspace.say("CRITICAL error", thread_ts="1.0")
    scene.workspace.say("CRITICAL error", metadata={"event_payload": {"alert_id": "C1:1.0"}})
    alert = scene.workspace.say("", attachments=[{"title": "Database down", "text": "DatabaseBusy"}])
    scene.read_all()
    assert seen(scene) == {alert}


@pytest.mark.parametrize(
    "parts",
    [
        {"attachments": [{"fallback": "[no preview available]", "blocks": [_section("CRITICAL: checkout is down")]}]},
        {"attachments": [{"fields": [{"title": "State", "value": "checkout is down"}]}]},
        {"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "checkout is down"}]}]},
        {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "checkout is down"}]}]},
        {"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [_TEXT]}]}]},
        {"attachments": [{"fallback": "checkout is down"}]},
    ],
)
def test_an_alert_is_read_wherever_its_machine_has_written_it(scene: Scene, parts: dict[str, Any]) -> None:
    alert = scene.workspace.say("", **parts)
    scene.read_all()
    assert seen(scene) == {alert}
    with scene.ground.database.reading() as session:
        assert "checkout is down" in repository.all_alerts(session)[0].document["text"]


def test_a_thousand_times_the_same_is_one_run(scene: Scene) -> None:
    for number in range(100):
        scene.workspace.say(f"{number} errors in 60 s on GET /feeds")
    scene.read_all()
    with scene.ground.database.reading() as session:
        counts = repository.counts(session)
    assert counts == {"seen": 1, "suppressed": 99}
    claim = scene.claim()
    assert claim is not None
    assert scene.claim() is None


stamps = st.lists(st.integers(1, 99).map(lambda number: f"17{number:08}.000100"), unique=True, max_size=60)


@given(stamps, st.integers(1, 7), st.lists(st.booleans(), max_size=40))
def test_whoever_is_stopped_between_pages_and_whatever_comes_meanwhile_every_message_is_read(
    channel: list[str], page_size: int, stops: list[bool]
) -> None:
    window, read, there = ReadingWindow(), set[str](), sorted(channel)[: len(channel) // 2]
    late = [stamp for stamp in sorted(channel) if stamp not in there]
    pending = list(stops)
    for _ in range(300):
        found = [s for s in sorted(there, reverse=True) if in_order(s) > window.read_through]
        found = [s for s in found if window.floor is None or in_order(s) < window.floor]
        page, more = found[:page_size], len(found) > page_size
        if pending and pending.pop():  # killed before anything of the page was saved
            continue
        read |= set(page)
        window = after_page(window, page, has_more=more)
        if late:
            there.append(late.pop(0))
        elif not more and set(there) <= read:
            break
    assert read == set(channel)
    assert window.read_through == (max(map(in_order, channel)) if channel else NOTHING_READ)
