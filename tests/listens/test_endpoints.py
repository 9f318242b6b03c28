"""The enclosure door: the same bytes for ever, whole or in part, for everybody, while the episode is live."""

import random
from datetime import timedelta

import pytest

from donecast.episodes import service as episodes
from tests.support.on_air import NOON, Station, audio_path, sound


def test_the_whole_file_comes_with_all_that_players_need(station: Station) -> None:
    episode = station.air()
    answer = station.client.get(audio_path(episode))
    assert (answer.status_code, answer.content) == (200, sound(f"{episode.id} 1"))
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["content-length"] == "40000"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["last-modified"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert "content-encoding" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_ranges_are_right_wherever_they_start(station: Station) -> None:
    episode = station.air()
    whole, drawn = sound(f"{episode.id} 1"), random.Random(4)
    for _ in range(200):
        start = drawn.randrange(len(whole))
        end = drawn.randrange(start, len(whole) + 500)
        answer = station.client.get(audio_path(episode), headers={"Range": f"bytes={start}-{end}"})
        assert answer.status_code == 206
        assert answer.content == whole[start : end + 1]
        assert answer.headers["content-range"] == f"bytes {start}-{min(end, len(whole) - 1)}/{len(whole)}"


@pytest.mark.parametrize(
    ("asked", "status", "length", "named"),
    [
        ("bytes=0-1", 206, 2, "bytes 0-1/40000"),
        ("bytes=39999-", 206, 1, "bytes 39999-39999/40000"),
        ("bytes=-500", 206, 500, "bytes 39500-39999/40000"),
        ("bytes=40000-", 416, 0, "bytes */40000"),
        ("bytes=0-1,5-6", 200, 40_000, None),
        ("lines=0-1", 200, 40_000, None),
    ],
)
def test_head_and_get_agree_about_ranges(
    station: Station, asked: str, status: int, length: int, named: str | None
) -> None:
    path = audio_path(station.air())
    get = station.client.get(path, headers={"Range": asked})
    head = station.client.head(path, headers={"Range": asked})
    for answer in (get, head):
        assert answer.status_code == status
        assert answer.headers["content-length"] == str(length)
        assert answer.headers.get("content-range") == named
    assert len(get.content) == length
    assert head.content == b""


def test_a_download_that_goes_on_later_gets_the_rest_of_the_same_file(station: Station) -> None:
    path = audio_path(station.air())
    first = station.client.get(path)
    for validator in (first.headers["etag"], first.headers["last-modified"]):
        rest = station.client.get(path, headers={"Range": "bytes=20000-", "If-Range": validator})
        assert (rest.status_code, rest.content) == (206, first.content[20_000:])
    other = station.client.get(path, headers={"Range": "bytes=20000-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, first.content)
    held = station.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (held.status_code, held.content) == (304, b"")


def test_new_audio_gets_a_new_address_and_the_old_one_still_plays(station: Station) -> None:
    episode = station.air()
    with station.ground.database.transaction() as session:
        station.render(session, episode.id, None, (), take=2)
        newer = episodes.episode_by_id(session, episode.id)
    assert audio_path(newer) != audio_path(episode)
    assert station.client.get(audio_path(newer)).content == sound(f"{episode.id} 2")
    assert station.client.get(audio_path(episode)).content == sound(f"{episode.id} 1")
    assert audio_path(newer) in station.client.get(station.feed_path).text
    assert audio_path(episode) not in station.client.get(station.feed_path).text


def test_the_name_of_the_file_is_for_people_alone(station: Station) -> None:
    episode = station.air()
    folder = audio_path(episode).rpartition("/")[0]
    assert station.client.get(f"{folder}/anything-else.mp3").status_code == 200
    assert station.client.get(f"{folder}/page.html").status_code == 404


def test_an_episode_in_m4a_says_so_in_the_feed_and_at_the_door(station: Station) -> None:
    before = station.air()
    with station.ground.database.transaction() as session:
        station.render(session, before.id, None, (), take=2, codec="aac")
        episode = episodes.episode_by_id(session, before.id)
    path = audio_path(episode)
    assert path.endswith(".m4a")
    assert station.client.get(path).headers["content-type"] == "audio/x-m4a"
    assert station.client.get(path.replace(".m4a", ".mp3")).status_code == 404
    feed = station.client.get(station.feed_path).text
    assert 'type="audio/x-m4a"' in feed
    assert path in feed


def test_one_episodes_audio_is_not_found_under_another(station: Station) -> None:
    first, second = station.air("One"), station.air("Two")
    assert first.rendition is not None
    assert station.client.get(f"/listen/{second.id}/{first.rendition.id}/a.mp3").status_code == 404
    assert station.client.get(f"/listen/{first.id}/ren_unknown/a.mp3").status_code == 404
    assert station.client.get("/listen/ep_unknown/ren_unknown/a.mp3").status_code == 404


def test_the_door_opens_at_the_moment_of_publishing(station: Station) -> None:
    episode = station.air(at=NOON + timedelta(hours=1))
    assert station.client.get(audio_path(episode)).status_code == 404
    station.clock.advance(timedelta(hours=1))
    assert station.client.get(audio_path(episode)).status_code == 200
    station.take_back(episode)
    assert station.client.get(audio_path(episode)).status_code == 404


def test_lost_bytes_are_an_error_and_never_half_a_file(station: Station) -> None:
    episode = station.air()
    assert episode.rendition is not None
    station.ground.blobs.delete(episode.rendition.content_hash)
    answer = station.client.get(audio_path(episode))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "blob_missing")
