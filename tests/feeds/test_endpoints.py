"""The feed over HTTP: who is in it, when it changes, and what captions and chapters it leads to."""

import gzip
from datetime import timedelta

import feedparser
import pytest

from donecast.core.captions import parse_transcript
from donecast.episodes import service as episodes
from tests.support.on_air import INTRO_MS, NOON, Station, audio_path


def titles(station: Station) -> list[str]:
    return [entry.title for entry in feedparser.parse(station.client.get(station.feed_path).content).entries]


def test_a_live_episode_is_in_the_feed_with_the_facts_of_its_file(station: Station) -> None:
    episode = station.air()
    (entry,) = feedparser.parse(station.client.get(station.feed_path).content).entries
    assert entry.id == episode.guid
    assert entry.title == "A greenhouse for forty pounds"
    assert entry.enclosures[0].href == f"{station.ground.settings.server.base_url}{audio_path(episode)}"
    assert entry.enclosures[0].type == "audio/mpeg"
    audio = station.client.get(audio_path(episode))
    assert int(entry.enclosures[0].length) == len(audio.content) == 40_000
    assert entry.itunes_duration == "8"
    assert station.client.get(entry.link).status_code == 200


def test_drafts_and_the_future_are_not_public_anywhere(station: Station) -> None:
    draft = station.air("Draft", publish=False)
    later = station.air("Later", at=NOON + timedelta(hours=1))
    assert titles(station) == []
    for episode in (draft, later):
        page = f"/shows/{station.show.slug}/{episode.slug}"
        for path in (page, f"{page}/transcript.vtt", f"{page}/chapters.json", audio_path(episode)):
            assert station.client.get(path).status_code == 404, path
            assert station.client.head(path).status_code == 404, path


def test_a_scheduled_episode_appears_by_itself_at_its_moment(station: Station) -> None:
    station.air("First")
    later = station.air("Later", at=NOON + timedelta(hours=1))
    before = station.client.get(station.feed_path)
    station.clock.advance(timedelta(minutes=59, seconds=59))
    assert station.client.get(station.feed_path).content == before.content
    station.clock.advance(timedelta(seconds=1))
    after = station.client.get(station.feed_path)
    assert titles(station) == ["Later", "First"]
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["last-modified"] == "Fri, 20 Nov 2026 13:00:00 GMT"
    assert station.client.get(audio_path(later)).status_code == 200


def test_an_episode_taken_back_leaves_no_trace(station: Station) -> None:
    station.air("Stays")
    gone = station.air("Goes")
    before = station.client.get(station.feed_path)
    station.take_back(gone)
    assert titles(station) == ["Stays"]
    held = {"If-Modified-Since": before.headers["last-modified"]}
    assert station.client.get(station.feed_path, headers=held).status_code == 200
    assert station.client.get(audio_path(gone)).status_code == 404


def test_the_feed_changes_with_its_content_and_with_nothing_else(station: Station) -> None:
    episode = station.air()
    first = station.client.get(station.feed_path)
    station.clock.advance(timedelta(days=30))
    again = station.client.get(station.feed_path)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    with station.ground.database.transaction() as session:
        episodes.note_operation(session, episode.id, "op_1", working=True)
    station.air("A draft beside it", publish=False)
    assert station.client.get(station.feed_path).content == first.content
    station.change(episode, notes="Now with **notes**.")
    changed = station.client.get(station.feed_path)
    assert changed.headers["etag"] != first.headers["etag"]
    assert changed.headers["last-modified"] > first.headers["last-modified"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_who_has_the_feed_is_told_so(station: Station, encoding: str) -> None:
    station.air()
    accept = {"Accept-Encoding": encoding}
    first = station.client.get(station.feed_path, headers=accept)
    assert first.headers["content-type"] == "application/rss+xml; charset=utf-8"
    for held in (
        {"If-None-Match": first.headers["etag"]},
        {"If-None-Match": f'"old", W/{first.headers["etag"]}'},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        second = station.client.get(station.feed_path, headers=accept | held)
        assert (second.status_code, second.content) == (304, b"")
    stale = station.client.get(station.feed_path, headers=accept | {"If-None-Match": '"old"'})
    assert (stale.status_code, stale.content) == (200, first.content)


def test_the_feed_is_small_on_the_wire_and_head_tells_how_small(station: Station) -> None:
    station.air()
    plain = station.client.get(station.feed_path, headers={"Accept-Encoding": "identity"})
    head = station.client.head(station.feed_path, headers={"Accept-Encoding": "gzip"})
    assert head.headers["content-encoding"] == "gzip"
    assert int(head.headers["content-length"]) == len(gzip.compress(plain.content, 6, mtime=0))
    assert head.content == b""
    assert head.headers["vary"] == "Accept-Encoding"


def test_an_unknown_show_is_not_found(station: Station) -> None:
    assert station.client.get("/shows/nobody/feed.xml").status_code == 404


def test_captions_and_chapters_are_where_the_feed_says_and_open_to_all(station: Station) -> None:
    episode = station.air()
    page = f"/shows/{station.show.slug}/{episode.slug}"
    feed = station.client.get(station.feed_path).text
    types = {"vtt": "text/vtt", "srt": "application/x-subrip", "json": "application/json"}
    for name, media_type in types.items():
        assert f'{page}/transcript.{name}" type="{media_type}"' in feed
        answer = station.client.get(f"{page}/transcript.{name}", headers={"Origin": "https://player.example"})
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["access-control-allow-origin"] == "*"
        said = " ".join(cue.text for cue in parse_transcript(answer.text))
        assert said == "Good morning, and welcome back. Is it on?"
        held = {"If-None-Match": answer.headers["etag"]}
        assert station.client.get(f"{page}/transcript.{name}", headers=held).status_code == 304
        assert station.client.head(f"{page}/transcript.{name}").headers["etag"] == answer.headers["etag"]
    chapters = station.client.get(f"{page}/chapters.json")
    assert chapters.headers["content-type"] == "application/json+chapters"
    assert chapters.headers["access-control-allow-origin"] == "*"
    assert chapters.json()["version"] == "1.2.0"
    assert [entry["startTime"] for entry in chapters.json()["chapters"]] == [0, INTRO_MS / 1000]


def test_captions_are_on_the_time_of_the_finished_audio(station: Station) -> None:
    """After an opening of 3 s; what Desmond says at 4.5 s comes 2 s earlier, for 2 s before it were cut."""
    episode = station.air()
    body = station.client.get(f"/shows/{station.show.slug}/{episode.slug}/transcript.json").json()
    starts = {segment["speaker"]: segment["startTime"] for segment in reversed(body["segments"])}
    assert starts == {"Margaret": 3.2, "Desmond": 5.5}


def test_captions_that_are_only_approximate_stay_private_until_they_are_approved(station: Station) -> None:
    episode = station.air(quality="basic")
    address = f"/shows/{station.show.slug}/{episode.slug}/transcript.vtt"
    assert station.client.get(address).status_code == 404
    assert "podcast:transcript" not in station.client.get(station.feed_path).text
    station.change(episode, captions_approved=True)
    assert station.client.get(address).status_code == 200
    assert address in station.client.get(station.feed_path).text


def test_an_episode_without_words_and_chapters_names_none(station: Station) -> None:
    episode = station.air(quality=None, chapters=())
    feed = station.client.get(station.feed_path).text
    assert "podcast:transcript" not in feed
    assert "podcast:chapters" not in feed
    page = f"/shows/{station.show.slug}/{episode.slug}"
    for name in ("transcript.vtt", "chapters.json"):
        answer = station.client.get(f"{page}/{name}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "nothing_to_read")


@pytest.mark.parametrize("name", ["txt", "exe", "VTT", ""])
def test_captions_come_in_known_forms_only(station: Station, name: str) -> None:
    episode = station.air()
    assert station.client.get(f"/shows/{station.show.slug}/{episode.slug}/transcript.{name}").status_code == 404


def test_nothing_public_sets_a_cookie(station: Station) -> None:
    episode = station.air()
    page = f"/shows/{station.show.slug}/{episode.slug}"
    paths = ["/", station.feed_path, f"/shows/{station.show.slug}", page, f"{page}/transcript.vtt", audio_path(episode)]
    for path in paths:
        answer = station.client.get(path)
        assert answer.status_code == 200, path
        assert "set-cookie" not in answer.headers, path
        assert "cookie" not in answer.headers.get("vary", "").lower(), path


def test_the_cover_in_the_feed_is_one_that_apple_takes(station: Station) -> None:
    href = feedparser.parse(station.client.get(station.feed_path).content).feed.image.href
    answer = station.client.head(href)
    assert answer.status_code == 200
    assert answer.headers["content-type"] in ("image/jpeg", "image/png")
