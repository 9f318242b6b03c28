"""One truth of live: there is audio, and its moment has come. Everything about it may be repeated."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from donecast.episodes import service
from donecast.episodes.errors import NoAudioYet, NoSlot, NoSuchEpisode
from donecast.episodes.rules import PublishWhen
from donecast.shows import service as shows
from tests.support.scene import NOON, Scene

TOMORROW = "2026-11-24T07:00:00Z"


def ready(scene: Scene, title: str = "Beans", content: bytes = b"an mp3") -> str:
    episode_id: str = scene.new_episode(title=title)["id"]
    scene.give_words(episode_id)
    scene.give_audio(episode_id, content=content)
    return episode_id


def post(scene: Scene, episode_id: str, act: str, **body: Any) -> dict[str, Any]:
    answer = scene.ann.ask("POST", f"/api/episodes/{episode_id}/{act}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def live_titles(scene: Scene) -> list[str]:
    with scene.ground.database.reading() as session:
        return [episode.title for episode in service.live_episodes(session, scene.show_id, scene.clock.now())]


def feed_changed_at(scene: Scene) -> datetime:
    with scene.ground.database.reading() as session:
        return shows.show_by_id(session, scene.show_id).feed_changed_at


def test_an_episode_without_audio_cannot_be_published(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]
    answer = scene.ann.ask("POST", f"/api/episodes/{episode_id}/publish")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "no_audio_yet")
    assert error["message"] == "This episode has no finished audio yet, so it cannot be published."
    assert live_titles(scene) == []


def test_publishing_now_makes_it_live_once(scene: Scene) -> None:
    episode_id = ready(scene)
    assert scene.episode(episode_id)["state"] == "ready"
    published = post(scene, episode_id, "publish")
    assert (published["state"], published["published_at"]) == ("live", "2026-11-23T12:00:00Z")
    assert "/listen/" in published["rendition"]["url"]
    scene.clock.advance(timedelta(hours=1))
    assert post(scene, episode_id, "publish") == published
    assert live_titles(scene) == ["Beans"]


def test_a_scheduled_episode_goes_live_by_the_clock_alone(scene: Scene) -> None:
    episode_id = ready(scene)
    scheduled = post(scene, episode_id, "publish", publish_at=TOMORROW)
    assert (scheduled["state"], scheduled["published_at"]) == ("scheduled", TOMORROW)
    assert "/listen/" not in scheduled["rendition"]["url"]
    assert live_titles(scene) == []
    scene.clock.advance(timedelta(hours=18, minutes=59, seconds=59))
    assert live_titles(scene) == []
    scene.clock.advance(timedelta(seconds=1))
    assert live_titles(scene) == ["Beans"]
    assert scene.episode(episode_id)["state"] == "live"
    assert post(scene, episode_id, "publish", publish_at=TOMORROW)["published_at"] == TOMORROW


def test_a_scheduled_episode_can_be_moved_or_published_now(scene: Scene) -> None:
    episode_id = ready(scene)
    post(scene, episode_id, "publish", publish_at=TOMORROW)
    later = post(scene, episode_id, "publish", publish_at="2026-12-01T09:00:00+02:00")
    assert later["published_at"] == "2026-12-01T07:00:00Z"
    assert post(scene, episode_id, "publish")["state"] == "live"


@pytest.mark.parametrize("moment", ["2026-11-23T11:59:59Z", "2026-11-23T12:00:00Z", "1999-01-01T00:00:00Z"])
def test_nothing_can_be_scheduled_for_the_past(scene: Scene, moment: str) -> None:
    episode_id = ready(scene)
    answer = scene.ann.ask("POST", f"/api/episodes/{episode_id}/publish", json={"publish_at": moment})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "That moment has already passed.")
    assert scene.episode(episode_id)["state"] == "ready"


@pytest.mark.parametrize("moment", ["2126-12-01T09:00:00Z", "8999-12-31T09:59:59-14:00"])
def test_a_moment_in_another_century_is_a_typing_mistake(scene: Scene, moment: str) -> None:
    episode_id = ready(scene)
    answer = scene.ann.ask("POST", f"/api/episodes/{episode_id}/publish", json={"publish_at": moment})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "publish_time_too_far")
    assert scene.episode(episode_id)["state"] == "ready"


def test_a_moment_without_a_time_zone_is_refused(scene: Scene) -> None:
    episode_id = ready(scene)
    answer = scene.ann.ask("POST", f"/api/episodes/{episode_id}/publish", json={"publish_at": "2026-12-01T09:00:00"})
    assert answer.status_code == 422
    assert "publish_at" in answer.json()["error"]["message"]


def test_taking_back_and_republishing_keep_address_and_guid(scene: Scene) -> None:
    episode_id = ready(scene)
    first = post(scene, episode_id, "publish")
    back = post(scene, episode_id, "unpublish")
    assert (back["state"], back["published_at"]) == ("ready", None)
    assert post(scene, episode_id, "unpublish") == back
    assert live_titles(scene) == []
    renamed = scene.ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"title": "Peas"}).json()
    assert renamed["title"] == "Peas"
    scene.clock.advance(timedelta(days=1))
    again = post(scene, episode_id, "publish")
    assert (again["slug"], again["guid"], again["page_url"]) == (first["slug"], first["guid"], first["page_url"])
    assert again["published_at"] == "2026-11-24T12:00:00Z"


def test_before_it_is_published_the_address_follows_the_title(scene: Scene) -> None:
    episode_id = scene.new_episode(title="Working title")["id"]
    path = f"/api/episodes/{episode_id}"
    assert scene.ann.ask("PATCH", path, json={"title": "Forty pounds"}).json()["slug"] == "forty-pounds"
    scene.new_episode(title="Greenhouse")
    assert scene.ann.ask("PATCH", path, json={"title": "Greenhouse"}).json()["slug"] == "greenhouse-2"


def test_what_is_live_can_be_found_by_its_address_and_nothing_else_can(scene: Scene) -> None:
    live, draft = ready(scene, "Live"), ready(scene, "Draft", b"another mp3")
    post(scene, live, "publish")
    now = scene.clock.now()
    with scene.ground.database.reading() as session:
        found = service.live_episode_by_slug(session, scene.show_id, "live", now)
        assert found.id == live
        for slug in ("draft", "nothing"):
            with pytest.raises(NoSuchEpisode):
                service.live_episode_by_slug(session, scene.show_id, slug, now)
        with pytest.raises(NoSuchEpisode):
            service.live_episode_by_slug(session, scene.bens_show_id, "live", now)
        draft_rendition = scene.facts(draft).rendition
        assert draft_rendition is not None
        for episode_id, rendition_id in ((draft, draft_rendition.id), (live, draft_rendition.id), (live, "ren_x")):
            with pytest.raises(NoSuchEpisode):
                service.live_rendition(session, episode_id, rendition_id, now)


def test_an_earlier_rendition_of_a_live_episode_keeps_its_address(scene: Scene) -> None:
    episode_id = ready(scene)
    post(scene, episode_id, "publish")
    first = scene.facts(episode_id).rendition
    scene.give_audio(episode_id, content=b"a better mp3")
    second = scene.facts(episode_id).rendition
    assert first is not None
    assert second is not None
    assert first.id != second.id
    with scene.ground.database.reading() as session:
        for rendition in (first, second):
            assert service.live_rendition(session, episode_id, rendition.id, scene.clock.now()) == rendition


def order(scene: Scene, episode_id: str, when: PublishWhen) -> datetime | None:
    with scene.ground.database.transaction() as session:
        return service.publish_by_order(session, scene.clock, episode_id, when)


def test_an_order_to_publish_may_be_repeated(scene: Scene) -> None:
    episode_id = ready(scene)
    assert order(scene, episode_id, "not_yet") is None
    assert order(scene, episode_id, "now") == NOON
    scene.clock.advance(timedelta(minutes=5))
    assert order(scene, episode_id, "now") == NOON
    assert scene.episode(episode_id)["publish_when"] == "now"


def test_an_order_without_audio_is_refused(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]
    with pytest.raises(NoAudioYet):
        order(scene, episode_id, "now")


def test_slots_are_given_one_after_the_other(scene: Scene) -> None:
    first, second = ready(scene, "First"), ready(scene, "Second", b"another mp3")
    with pytest.raises(NoSlot):
        order(scene, first, "slot")
    slot = {"slot": {"weekday": 3, "time": "07:00"}, "time_zone": "Europe/London"}
    assert scene.ann.ask("PATCH", f"/api/shows/{scene.show_id}", json=slot).status_code == 200
    thursday = datetime.fromisoformat("2026-11-26T07:00:00+00:00")
    assert order(scene, first, "slot") == thursday
    assert order(scene, second, "slot") == thursday + timedelta(days=7)
    assert order(scene, first, "slot") == thursday
    scene.clock.advance(timedelta(days=4))
    assert order(scene, first, "slot") == thursday
    assert live_titles(scene) == ["First"]
    assert order(scene, second, "now") == scene.clock.now()


def test_the_feed_is_told_when_something_live_changes(scene: Scene) -> None:
    episode_id = ready(scene)
    changed = [feed_changed_at(scene)]

    def later(act: Any) -> datetime:
        scene.clock.advance(timedelta(minutes=1))
        act()
        changed.append(feed_changed_at(scene))
        return changed[-1]

    path = f"/api/episodes/{episode_id}"
    assert later(lambda: scene.ann.ask("PATCH", path, json={"notes": "Draft"})) == changed[0]
    assert later(lambda: post(scene, episode_id, "publish", publish_at=TOMORROW)) == changed[0]
    assert later(lambda: post(scene, episode_id, "publish")) == scene.clock.now()
    assert later(lambda: scene.ann.ask("PATCH", path, json={"notes": "Live"})) == scene.clock.now()
    before = changed[-1]
    assert later(lambda: scene.ann.ask("PATCH", path, json={"notes": "Live"})) == before
    assert later(lambda: post(scene, episode_id, "publish", publish_at=TOMORROW)) == scene.clock.now()
    assert later(lambda: post(scene, episode_id, "publish")) == scene.clock.now()
    assert later(lambda: post(scene, episode_id, "unpublish")) == scene.clock.now()


def test_the_state_says_what_the_owner_waits_for(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]

    def work(*, working: bool) -> str:
        with scene.ground.database.transaction() as session:
            service.note_operation(session, episode_id, "op_1", working=working)
        state: str = scene.episode(episode_id)["state"]
        return state

    assert scene.episode(episode_id)["state"] == "draft"
    assert work(working=True) == "working"
    assert work(working=False) == "needs_you"
    assert scene.episode(episode_id)["operation_id"] == "op_1"
    scene.give_audio(episode_id)
    assert scene.episode(episode_id)["state"] == "ready"
    assert work(working=True) == "working"
