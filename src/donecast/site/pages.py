"""Turns views into HTML, and hands out the static files that the pages name."""

import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from donecast.site import rules
from donecast.site.rules import EpisodeView, ShowView

STATIC_TYPES = {
    "tokens.css": "text/css; charset=utf-8",
    "site.css": "text/css; charset=utf-8",
    "pod-player.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
"""The static files there are, and what they are; nothing else is handed out."""


def landing_page() -> bytes:
    """The first page of the server: what this is, and the way in."""
    return _render("landing.html")


def not_found_page() -> bytes:
    """The page for an address that leads nowhere."""
    return _render("not_found.html")


def show_page(show: ShowView, episodes: tuple[EpisodeView, ...]) -> bytes:
    """A show with its live episodes, newest first."""
    return _render("show.html", show=show, episodes=episodes, data=rules.series_data(show))


def episode_page(show: ShowView, episode: EpisodeView) -> bytes:
    """One live episode: player, notes, chapters, transcript."""
    return _render("episode.html", show=show, episode=episode, data=rules.episode_data(show, episode))


@cache
def static_file(name: str) -> bytes:
    """The bytes of a static file. Raises KeyError for a name that is not in `STATIC_TYPES`."""
    if name not in STATIC_TYPES:
        raise KeyError(name)
    return resources.files("donecast.site").joinpath("static", name).read_bytes()


@cache
def static_path(name: str) -> str:
    """The file's address, which changes with its bytes, so that it may be kept for ever."""
    return f"/static/{name}?v={hashlib.sha256(static_file(name)).hexdigest()[:12]}"


def _render(template: str, **values: Any) -> bytes:
    return _environment().get_template(template).render(**values).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("donecast.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "clock_time": rules.clock_time,
        "length": rules.length_in_words,
        "day": rules.date_in_words,
        "number_line": rules.number_line,
        "data_block": _data_block,
        "trusted": Markup,  # only for HTML that `feeds.markup.notes_html` made
    }
    environment.globals["static"] = static_path
    return environment


def _data_block(data: dict[str, Any]) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  every character that means something in HTML was replaced
