"""The pages work without JavaScript, ask no other site for anything, stay light, and cannot be broken by a title."""

import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from donecast.feeds.markup import notes_html
from donecast.site.pages import (
    STATIC_TYPES,
    episode_page,
    landing_page,
    not_found_page,
    show_page,
    static_file,
    static_path,
)
from donecast.site.rules import ChapterLine, EpisodeView, Paragraph, ShowView

NASTY = "</script><script>alert('x')</script> & \"quotes\" \u2028 <b>"

SHOW = ShowView(
    base_url="https://cast.example",
    title="The Allotment Hour",
    description_html=notes_html("Two friends, *one* plot."),
    summary="Two friends, one plot.",
    author="Margaret Hale",
    language="en-gb",
    website="https://allotment.example",
    podcast_guid="3dd7b1e2-67ec-5c63-98ed-936c220057fa",
    page_path="/shows/allotment",
    feed_path="/shows/allotment/feed.xml",
    cover_path="/covers/med_1.jpg",
)
EPISODE = EpisodeView(
    title="A greenhouse for forty pounds",
    notes_html=notes_html("We build it from [three shower doors](https://example.org/doors)."),
    summary="We build it from three shower doors.",
    page_path="/shows/allotment/a-greenhouse",
    published_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
    duration_ms=3_594_400,
    audio_path="/listen/ep_1/ren_1/a-greenhouse.mp3",
    audio_type="audio/mpeg",
    audio_bytes=57_512_345,
    season=None,
    number=42,
    kind="full",
    explicit=False,
    chapters=(ChapterLine(0, "Hello, and the weather"), ChapterLine(186_000, "Why shower doors")),
    paragraphs=(
        Paragraph(1_200, "Margaret", "Good morning, and welcome back."),
        Paragraph(4_000, "Desmond", "Is it on?"),
        Paragraph(6_000, "Desmond", "It is on."),
    ),
    transcript_paths=tuple(
        (name, f"/shows/allotment/a-greenhouse/transcript.{name}") for name in ("vtt", "srt", "json")
    ),
)


class Page(HTMLParser):
    """What a program sees of a page: its tags with attributes, and its text outside scripts."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._in_script = False
        self.feed(body.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data
        else:
            self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> dict[str, str]:
        (found,) = self.all(tag, **attributes)
        return found

    def data(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.scripts[0])
        return loaded


ALL_PAGES = {
    "landing": landing_page(),
    "not found": not_found_page(),
    "show": show_page(SHOW, (EPISODE,)),
    "empty show": show_page(SHOW, ()),
    "episode": episode_page(SHOW, EPISODE),
}


def test_the_episode_page_plays_without_javascript() -> None:
    page = Page(ALL_PAGES["episode"])
    audio = page.one("audio")
    assert audio["src"] == EPISODE.audio_path
    assert audio["preload"] == "none"
    assert "controls" in audio
    assert "autoplay" not in audio
    track = page.one("track")
    assert (track["kind"], track["src"]) == ("captions", "/shows/allotment/a-greenhouse/transcript.vtt")
    chapters = [link for link in page.all("a") if "data-at-ms" in link]
    assert chapters[1]["href"] == "/listen/ep_1/ren_1/a-greenhouse.mp3#t=186"
    assert chapters[1]["data-at-ms"] == "186000"


def test_the_episode_page_can_be_read() -> None:
    text = " ".join(Page(ALL_PAGES["episode"]).text.split())
    assert "Episode 42 · 20 November 2026 · 1 hour" in text
    assert "0:00 Hello, and the weather" in text
    assert "3:06 Why shower doors" in text
    assert "0:01 Margaret: Good morning, and welcome back." in text
    assert "0:04 Desmond: Is it on? 0:06 It is on." in text
    assert "https://cast.example/shows/allotment/feed.xml" in text


def test_the_episode_page_tells_programs_what_it_is() -> None:
    page = Page(ALL_PAGES["episode"])
    assert page.one("link", rel="canonical")["href"] == "https://cast.example/shows/allotment/a-greenhouse"
    assert page.one("link", rel="alternate")["href"] == "https://cast.example/shows/allotment/feed.xml"
    assert page.one("meta", property="og:image")["content"] == "https://cast.example/covers/med_1.jpg"
    assert page.one("meta", property="og:title")["content"] == EPISODE.title
    assert page.one("meta", property="og:audio")["content"].startswith("https://cast.example/listen/")
    assert page.one("html")["lang"] == "en-gb"
    assert page.data()["@type"] == "PodcastEpisode"
    assert page.data()["duration"] == "PT59M54S"


def test_an_episode_with_nothing_but_audio_has_no_empty_parts() -> None:
    bare = replace(EPISODE, notes_html="", chapters=(), paragraphs=(), transcript_paths=())
    page = Page(episode_page(SHOW, bare))
    assert page.all("track") == []
    assert "Transcript" not in page.text
    assert "In this episode" not in page.text
    assert page.one("audio")["src"] == EPISODE.audio_path


def test_the_show_page_lists_its_episodes() -> None:
    page = Page(ALL_PAGES["show"])
    assert page.one("a", href="/shows/allotment/a-greenhouse")
    assert "We build it from three shower doors." in page.text
    assert page.data()["@type"] == "PodcastSeries"
    assert page.one("link", rel="alternate")["type"] == "application/rss+xml"


def test_a_show_without_episodes_says_so() -> None:
    assert "The first episode is on its way" in Page(ALL_PAGES["empty show"]).text


@pytest.mark.parametrize("name", ["show", "episode"])
def test_a_title_cannot_break_the_page(name: str) -> None:
    show = replace(SHOW, title=NASTY, summary=NASTY, author=NASTY)
    episode = replace(
        EPISODE,
        title=NASTY,
        summary=NASTY,
        chapters=(ChapterLine(0, NASTY),),
        paragraphs=(Paragraph(0, NASTY, NASTY),),
    )
    page = Page(show_page(show, (episode,)) if name == "show" else episode_page(show, episode))
    assert len(page.scripts) == 2
    assert page.scripts[1].strip() == ""
    assert page.data()["name"] == NASTY
    assert page.one("meta", property="og:title")["content"] == NASTY
    assert NASTY.split(maxsplit=1)[0] in page.text


@pytest.mark.parametrize("name", ALL_PAGES)
def test_a_page_asks_no_other_site_for_anything(name: str) -> None:
    page = Page(ALL_PAGES[name])
    loaded = [attributes["src"] for _, attributes in page.tags if "src" in attributes]
    loaded += [link["href"] for link in page.all("link") if link["rel"] in ("stylesheet", "icon")]
    assert loaded
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)
    assert not re.search(rb"<[^>]*\s(?:style|on\w+)=", ALL_PAGES[name])


@pytest.mark.parametrize("name", ALL_PAGES)
def test_a_page_has_one_heading_one_main_and_a_way_to_skip(name: str) -> None:
    page = Page(ALL_PAGES[name])
    assert len(page.all("h1")) == 1
    assert page.one("main")["id"] == "main"
    assert page.one("a", href="#main")["class"] == "skip"
    assert page.one("meta", name="viewport")["content"] == "width=device-width, initial-scale=1"
    assert all("alt" in image for image in page.all("img"))
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))


def test_the_episode_page_is_light() -> None:
    """HTML, style and script of a real episode without its transcript's words: at most 15 kB on the wire."""
    chapters = tuple(ChapterLine(n * 300_000, f"Chapter number {n}") for n in range(12))
    spoken = " ".join(f"word{n % 300}" for n in range(60))
    page = replace(EPISODE, chapters=chapters, paragraphs=(Paragraph(0, "Margaret", spoken),) * 10)
    parts = [episode_page(SHOW, page), *(static_file(name) for name in ("tokens.css", "site.css", "pod-player.js"))]
    assert sum(len(gzip.compress(part)) for part in parts) <= 15_000


@pytest.mark.parametrize("name", STATIC_TYPES)
def test_static_files_are_there_under_an_address_that_names_their_bytes(name: str) -> None:
    assert static_file(name)
    assert re.fullmatch(rf"/static/{re.escape(name)}\?v=[0-9a-f]{{12}}", static_path(name))


@pytest.mark.parametrize("name", ["../pages.py", "site.py", "", "templates/show.html"])
def test_nothing_else_is_handed_out(name: str) -> None:
    with pytest.raises(KeyError):
        static_file(name)


def test_every_colour_comes_from_the_tokens() -> None:
    """So that dark mode and contrast are decided in one place."""
    style = static_file("site.css").decode()
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", style)
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", style))
    known = set(re.findall(r"^\s*(--[a-z0-9-]+):", static_file("tokens.css").decode(), re.MULTILINE))
    assert used <= known
