"""People who own one of everything, made again and again on a running installation, for requests that spoil things."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import httpx2
from fastapi.testclient import TestClient

from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from donecast.shows import service as shows
from donecast.shows.rules import cover_file_name
from tests.support.library import anns_things
from tests.support.on_air import Station
from tests.support.people import Person, sign_up
from tests.support.sounds import tone

_ADMINS = "/api/admin/"
_USED_UP = 1_000


@dataclass(frozen=True, slots=True)
class Household:
    """A person with one of everything, one on air among it, beside an admin and somebody who owns nothing."""

    ids: Mapping[str, str]
    aired_episode_id: str
    person: str
    admin: str
    other: str

    def ids_for(self, path: str, chance: random.Random) -> Mapping[str, str]:
        """What the ids in the route may be; its episode is the one on air or the one that is being made."""
        on_air = "{rendition_id}" in path or chance.random() < 0.3
        room = path.split("/")[1]
        ids = {**self.ids, "file_name": self.ids.get(f"{room}_name", ""), "name": "site.css"}
        return {**ids, "episode_id": self.aired_episode_id} if on_air else ids

    def credentials(self, path: str, chance: random.Random) -> dict[str, str]:
        """Whose name is on a request: mostly who may, now and then somebody else or nobody."""
        usual = self.admin if path.startswith(_ADMINS) else self.person
        draw = chance.random()
        if draw < 0.9:
            return {"Authorization": f"Bearer {usual}"}
        if draw < 0.95:
            return {"Authorization": f"Bearer {self.other}"}
        return {} if draw < 0.98 else {"Authorization": f"Bearer {usual}x"}

    def form(self, path: str) -> dict[str, Any]:
        """A form that a route for files takes."""
        return {"file": tone(0.2), "category": "music"} if path == "/api/media" else {"file": tone(0.2)}


@dataclass(slots=True)
class Households:
    """Makes them on one installation that answers at an address; ``name`` is this maker's own."""

    ground: Ground
    url: str
    name: str
    used_up: int = 0
    _made: int = 0
    _current: Household | None = None

    def one(self, *, uses_up: int) -> Household:
        """Who asks next; other people than before when what those owned is used up: ``_USED_UP`` is too much."""
        self.used_up += uses_up
        if self._current is None or self.used_up >= _USED_UP:
            self._current, self.used_up = self._new(), 0
        return self._current

    def _new(self) -> Household:
        """Three people who were not there before, and what the first of them owns."""
        self._made += 1
        with httpx2.Client(base_url=self.url, timeout=60) as client:
            # The same questions as a test client's, over a real socket.
            there = cast(TestClient, client)
            person = sign_up(self.ground, there, f"person-{self._made}@{self.name}.example")
            other = sign_up(self.ground, there, f"other-{self._made}@{self.name}.example")
            admin = sign_up(self.ground, there, f"admin-{self._made}@{self.name}.example", "admin")
            things = anns_things(self.ground, person).ids
            aired_episode_id, names = self._on_air(person, things["show_id"])
        return Household({**things, **names}, aired_episode_id, person.token, admin.token, other.token)

    def _on_air(self, person: Person, show_id: str) -> tuple[str, dict[str, str]]:
        """An episode that anybody may hear, and the names of its pages and files."""
        with self.ground.database.reading() as session:
            show = shows.show_of(session, person.account.id, show_id)
        clock = FixedClock(self.ground.clock.now() - timedelta(hours=1))
        episode = Station(self.ground, clock, person.client, person, show).air(f"On air {self._made}")
        assert episode.rendition is not None
        return episode.id, {
            "slug": show.slug,
            "episode_slug": episode.slug or "",
            "rendition_id": episode.rendition.id,
            "listen_name": f"{episode.slug}{episode.rendition.file_ending}",
            "covers_name": cover_file_name(show.cover),
            "caption_format": "vtt",
            "kind": "srt",
            "tier_id": "guests",
            "service_name": "gemini",
            "number": "1",
            "category": "recording",
        }
