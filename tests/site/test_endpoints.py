"""The pages over HTTP: what is live is there, what is not is a readable 404."""

import json
import re
from datetime import timedelta

import pytest

from tests.support.on_air import NOON, Station, audio_path


def data_of(html: str) -> dict[str, object]:
    match = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert match is not None
    found: dict[str, object] = json.loads(match[1])
    return found


def test_the_show_page_lists_what_is_live_newest_first(station: Station) -> None:
    station.air("First one")
    station.clock.advance(timedelta(days=7))
    station.air("Second one")
    station.air("Not yet", publish=False)
    html = station.client.get(f"/shows/{station.show.slug}").text
    assert html.index("Second one") < html.index("First one")
    assert "Not yet" not in html
    assert "Two friends, <em>one</em> plot." in html
    assert data_of(html)["webFeed"] == f"{station.ground.settings.server.base_url}{station.feed_path}"


def test_the_episode_page_plays_and_reads(station: Station) -> None:
    episode = station.air()
    station.change(episode, notes="We use [doors](https://example.org).<script>alert(1)</script>", number=42)
    html = station.client.get(f"/shows/{station.show.slug}/{episode.slug}").text
    text = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    assert f'<audio controls preload="none" src="{audio_path(episode)}"' in html
    assert '<a href="https://example.org">doors</a>' in html
    assert "alert(1)" not in html
    assert "Episode 42 · 20 November 2026 · 8 seconds" in text
    assert "0:03 Margaret: Good morning, and welcome back." in text
    assert "0:05 Desmond: Is it on?" in text
    assert "0:03 Why shower doors" in text
    assert " um " not in text
    assert data_of(html)["episodeNumber"] == 42


def test_times_on_the_page_are_those_of_the_show(station: Station) -> None:
    """23:30 in London is half past midnight in Berlin."""
    episode = station.air(at=NOON + timedelta(hours=11, minutes=30))
    station.clock.advance(timedelta(days=1))
    html = station.client.get(f"/shows/{station.show.slug}/{episode.slug}").text
    assert '<time datetime="2026-11-21">21 November 2026</time>' in html
    assert data_of(html)["datePublished"] == "2026-11-20T23:30:00Z"


def test_everything_a_page_loads_is_there(station: Station) -> None:
    episode = station.air()
    html = station.client.get(f"/shows/{station.show.slug}/{episode.slug}").text
    loaded = re.findall(r'(?:src|<link rel="(?:stylesheet|icon)" href)="([^"]+)"', html)
    assert len(loaded) >= 6
    for address in loaded:
        answer = station.client.get(address)
        assert answer.status_code == 200, address
        assert station.client.head(address).headers["content-length"] == answer.headers["content-length"]


def test_a_transcript_that_is_only_approximate_is_not_shown(station: Station) -> None:
    episode = station.air(quality="basic")
    html = station.client.get(f"/shows/{station.show.slug}/{episode.slug}").text
    assert "Good morning" not in html
    assert "<track" not in html


@pytest.mark.parametrize("path", ["/shows/nobody", "/shows/nobody/nothing", "/shows/the-allotment-hour/nothing"])
def test_people_at_a_wrong_address_get_a_page(station: Station, path: str) -> None:
    answer = station.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing at this address" in answer.text
    head = station.client.head(path)
    assert (head.status_code, head.content) == (404, b"")


def test_a_page_may_load_from_its_own_server_alone(station: Station) -> None:
    policy = station.client.get(f"/shows/{station.show.slug}").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "unsafe" not in policy


def test_pages_are_revalidated_cheaply(station: Station) -> None:
    address = f"/shows/{station.show.slug}"
    first = station.client.get(address)
    held = {"If-None-Match": first.headers["etag"]}
    assert station.client.get(address, headers=held).status_code == 304
    station.air()
    assert station.client.get(address, headers=held).status_code == 200


def test_static_files_are_kept_for_ever_and_nothing_else_is_served(station: Station) -> None:
    assert station.client.get("/static/site.css").headers["cache-control"] == "public, max-age=31536000, immutable"
    for name in ("pages.py", "..%2Fpages.py", "site.css.map", ""):
        assert station.client.get(f"/static/{name}").status_code == 404


def test_the_first_page_leads_to_the_studio(station: Station) -> None:
    answer = station.client.get("/")
    assert answer.status_code == 200
    assert 'href="/studio/"' in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
