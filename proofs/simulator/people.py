"""What people want, one request after the other, by the product's own use cases; they remember what they were told."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from donecast.episodes import service as episodes
from donecast.episodes.rules import EpisodeDraft
from donecast.platform.web import Ground
from donecast.production import service as production
from donecast.recordings import service as recordings
from tests.support.sounds import tone

_SECONDS = (1.2, 1.5)
"""The sounds that people bring."""


@dataclass(slots=True)
class Person:
    """What somebody has, as they were told, and what they want yet."""

    account_id: str
    show_id: str
    wishes: list[str]
    tries: int = 0
    media_ids: list[str] = field(default_factory=list)
    episode_ids: list[str] = field(default_factory=list)
    operation_ids: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    is_asking: bool = False


def _upload(person: Person, ground: Ground, chance: random.Random) -> None:
    seconds = chance.choice(_SECONDS)
    with ground.temporary.folder("received") as folder:
        path = folder / "sound.wav"
        path.write_bytes(tone(seconds))
        media = recordings.add_file(
            ground, person.account_id, path, filename="sound.wav", category="recording", name="A sound"
        )
    person.media_ids.append(media.id)


def _episode(person: Person, ground: Ground, chance: random.Random) -> None:
    draft = EpisodeDraft(
        show_id=person.show_id,
        recording_id=chance.choice(person.media_ids),
        title=f"Part {1 + len(person.episode_ids)} of {person.account_id[:4]}",
    )
    with ground.database.transaction() as session:
        made = episodes.create(session, ground, person.account_id, draft).id
    person.episode_ids.append(made)


def _order(person: Person, ground: Ground, chance: random.Random) -> None:
    episode_id = person.episode_ids[-1] if chance.random() < 0.7 else chance.choice(person.episode_ids)
    with ground.database.transaction() as session:
        operation_id = production.order(
            session,
            ground.clock,
            account_id=person.account_id,
            episode_id=episode_id,
            until=chance.choice(("ready", "ready", "ready", "ready", "proposals")),
            publish_when=chance.choice(("now", "now", "now", "not_yet")),
            request_id=None,
        )
    person.operation_ids.append(operation_id)


def _cancel(person: Person, ground: Ground, chance: random.Random) -> None:
    operation_id = chance.choice(person.operation_ids)
    with ground.database.transaction() as session:
        production.cancel(session, ground.clock, person.account_id, operation_id)


def retry(person: Person, ground: Ground, operation_id: str) -> None:
    """Orders again what failed or was cancelled."""
    with ground.database.transaction() as session:
        production.retry(session, ground.clock, person.account_id, operation_id)


def _publish(person: Person, ground: Ground, chance: random.Random) -> None:
    episode_id = chance.choice(person.episode_ids)
    with ground.database.transaction() as session:
        episodes.publish(session, ground.clock, person.account_id, episode_id)
    person.published.add(episode_id)


DEEDS: Mapping[str, Callable[[Person, Ground, random.Random], None]] = {
    "upload": _upload,
    "episode": _episode,
    "order": _order,
    "cancel": _cancel,
    "retry": lambda person, ground, chance: retry(person, ground, chance.choice(person.operation_ids)),
    "publish": _publish,
}
