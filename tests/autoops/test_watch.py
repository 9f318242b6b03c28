"""The watch itself: what it outlives, what it does one after the other, and how it ends."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from donecast.autoops.case import Analyst
from donecast.autoops.errors import ChannelNotRead
from donecast.autoops.rule_analyst import RuleAnalyst
from donecast.autoops.rules.repeats import UPDATE_EVERY
from donecast.autoops.rules.states import ATTEMPTS_MAX, CLAIMS_MAX
from donecast.autoops.watch import Watch
from tests.autoops.conftest import FAULT, FIX, GOOD, YES, Scene, bench, gate_that_says
from tests.support.alerts import scripted

_MUCH = 3_000


class Told(Event):
    """Ends a watch when something is so, and fails when that never comes."""

    def __init__(self, is_so: Callable[[], bool]) -> None:
        super().__init__()
        self._is_so = is_so
        self._turns = 0

    def is_set(self) -> bool:
        """See `Event.is_set`."""
        self._turns += 1
        assert self._turns < _MUCH, "it never comes to an end"
        return super().is_set() or self._is_so()


def watch(scene: Scene, analyst: Analyst | None = None, waited: Sequence[float] | None = None) -> Watch:
    """One whose waits pass on the clock at once and are noted in ``waited``."""

    def wait(seconds: float) -> None:
        if isinstance(waited, list):
            waited.append(seconds)
        scene.clock.advance(timedelta(seconds=max(seconds, 5.0)))

    at = bench(scene, analyst or RuleAnalyst())
    return Watch(at, scene.intake, scene.posting, timedelta(seconds=30), wait)


def test_a_database_that_is_away_is_waited_for_and_the_watch_goes_on_when_it_is_back(scene: Scene) -> None:
    ts = scene.workspace.say("KeyError in GET /clock")
    place = Path(scene.ground.database.url.removeprefix("sqlite:///")).parent
    elsewhere = place.with_name("elsewhere")
    waited: list[float] = []
    one = watch(scene, waited=waited)
    pass_on = one.wait

    def wait(seconds: float) -> None:
        pass_on(seconds)
        if len(waited) == 8:
            elsewhere.rename(place)

    one.wait = wait
    scene.ground.database.dispose()
    place.rename(elsewhere)
    one.until(Told(lambda: bool(scene.workspace.ours(ts))))
    assert waited[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert len(scene.workspace.ours(ts)) == 1


def test_half_a_character_in_a_message_stops_nobody(scene: Scene) -> None:
    ts = scene.workspace.say("KeyError: down \ud83d", attachments=[{"title": "\udc00"}], bot_id="B\ud83d")
    watch(scene).once(Event())
    (reply,) = scene.workspace.ours(ts)
    assert "KeyError: down \ufffd" in str(reply["blocks"])


def test_once_ends_with_a_sentence_when_the_channel_was_not_read(scene: Scene) -> None:
    scene.workspace.behave("conversations.history", "down")
    with pytest.raises(ChannelNotRead):
        watch(scene).once(Event())


def test_once_does_not_wait_for_a_reply_that_needs_a_person_first(scene: Scene) -> None:
    ts = scene.workspace.say("KeyError in GET /clock")
    scene.workspace.behave("chat.postMessage", "no_scope")
    begun = scene.clock.now()
    watch(scene).once(Event())
    assert scene.clock.now() - begun < timedelta(minutes=1)
    assert scene.state(ts) == "reply_pending"


def test_while_slack_is_away_threads_are_told_with_growing_pauses(scene: Scene) -> None:
    scene.workspace.say("KeyError in GET /clock")
    one = watch(scene)
    one.once(Event())
    scene.workspace.say("KeyError in GET /clock")
    scene.workspace.behave("chat.update", "down")
    scene.clock.advance(UPDATE_EVERY)
    until = scene.clock.now() + timedelta(hours=1)
    one.until(Told(lambda: scene.clock.now() >= until))
    assert 5 <= scene.workspace.calls["chat.update"] <= 11
    scene.workspace.manners.clear()
    until = scene.clock.now() + timedelta(minutes=11)
    one.until(Told(lambda: scene.clock.now() >= until))
    (reply,) = (reply for replies in scene.workspace.replies.values() for reply in replies)
    assert "once more" in str(reply["blocks"])


def test_one_alert_is_looked_into_before_older_ones_that_wait(scene: Scene) -> None:
    older, wanted = scene.workspace.say("ValueError in GET /feeds"), scene.workspace.say("KeyError in GET /clock")
    scene.read_all()
    watch(scene).answer(f"C1:{wanted}", Event())
    assert (len(scene.workspace.ours(older)), len(scene.workspace.ours(wanted))) == (0, 1)
    assert scene.state(older) == "seen"


def dies(scene: Scene, times: int) -> None:
    """So many processes take the alert up and are not heard of again."""
    for _ in range(times):
        assert scene.claim() is not None
        scene.clock.advance(timedelta(minutes=3))


@pytest.mark.parametrize(("deaths", "by_rules"), [(ATTEMPTS_MAX - 1, False), (ATTEMPTS_MAX, True)])
def test_a_run_whose_processes_die_is_answered_by_rules_without_a_gate(
    scene: Scene, deaths: int, *, by_rules: bool
) -> None:
    ts = scene.workspace.say("KeyError in GET /clock")
    scene.read_all()
    dies(scene, deaths)
    analyst, shown = scripted(FAULT, FIX, YES)
    gate, asked = gate_that_says(GOOD)
    one = watch(scene)
    one.bench = bench(scene, analyst, gate)
    one.once(Event())
    (reply,) = scene.workspace.ours(ts)
    assert (not shown, not asked) == (by_rules, by_rules)
    assert ("so rules ended it" in str(reply["blocks"])) is by_rules
    assert "KeyError: no bean" in str(reply["blocks"])


def test_a_run_that_not_even_rules_survive_is_given_up_and_says_so(scene: Scene) -> None:
    ts = scene.workspace.say("KeyError in GET /clock")
    scene.read_all()
    dies(scene, CLAIMS_MAX)
    other = scene.workspace.say("ValueError in GET /feeds")
    watch(scene).once(Event())
    assert [len(scene.workspace.ours(one)) for one in (ts, other)] == [0, 1]
    assert scene.state(ts) == "failed_final"
    assert f"ended {CLAIMS_MAX} times" in (scene.error(ts) or "")


def test_a_reply_that_is_kept_is_not_given_up_however_often_its_process_dies(scene: Scene) -> None:
    ts = scene.workspace.say("KeyError in GET /clock")
    scene.read_all()
    claim = scene.claim()
    assert claim is not None
    scene.made_ready(claim)
    scene.clock.advance(timedelta(minutes=3))
    dies(scene, CLAIMS_MAX + 1)
    watch(scene).once(Event())
    assert (len(scene.workspace.ours(ts)), scene.state(ts)) == (1, "replied")
