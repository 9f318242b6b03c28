"""A show with episodes on air, kept by the same use cases that the line calls, on a clock that tests can move."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from donecast.core.chapters import Chapter
from donecast.core.plan import Codec, LoudnessTarget, OutputFormat, RenderPlan
from donecast.core.span import Span
from donecast.core.timeline import from_kept
from donecast.core.words import Transcript, TranscriptQuality, Word
from donecast.episodes import service as episodes
from donecast.episodes.layout import Layout
from donecast.episodes.rules import Assembly, EpisodeDraft, EpisodeFacts, RenderedAudio, enclosure_url
from donecast.kit.clock import FixedClock
from donecast.kit.ids import new_id
from donecast.platform.web import Ground
from donecast.recordings.models import MediaRow
from donecast.shows import service as shows
from donecast.shows.rules import ShowDraft, ShowFacts
from donecast.transcripts import service as transcripts
from donecast.transcripts.rules import Heard
from tests.support.people import Person, sign_up

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
INTRO_MS = 3_000
SPOKEN = ("Good morning, and welcome back.", "Is it on?")


@dataclass(slots=True)
class Station:
    """A show of Ann's, and the hands to put episodes on air."""

    ground: Ground
    clock: FixedClock
    client: TestClient
    ann: Person
    show: ShowFacts

    @property
    def feed_path(self) -> str:
        """Where the show's feed is."""
        return f"/shows/{self.show.slug}/feed.xml"

    def air(
        self,
        title: str = "A greenhouse for forty pounds",
        *,
        at: datetime | None = None,
        publish: bool = True,
        quality: TranscriptQuality | None = "good",
        chapters: tuple[Chapter, ...] = (Chapter(0, "Hello"), Chapter(INTRO_MS, "Why shower doors")),
    ) -> EpisodeFacts:
        """An episode with 40 kB of "audio" of its own, published now, at a moment, or not at all."""
        with self.ground.database.transaction() as session:
            media_id = self._recording(session)
            draft = EpisodeDraft(show_id=self.show.id, recording_id=media_id, title=title)
            episode_id = episodes.create(session, self.ground, self.ann.account.id, draft).id
            transcript_id = self._heard(session, media_id, episode_id, quality) if quality else None
            self.render(session, episode_id, transcript_id, chapters)
            if publish:
                episodes.publish(session, self.clock, self.ann.account.id, episode_id, at)
            return episodes.episode_by_id(session, episode_id)

    def render(
        self,
        session: Session,
        episode_id: str,
        transcript_id: str | None,
        chapters: tuple[Chapter, ...],
        take: int = 1,
        codec: Codec = "mp3",
    ) -> None:
        """Another finished audio of the episode; another take has other bytes."""
        audio = sound(f"{episode_id} {take}")
        stored = self.ground.blobs.put_bytes(audio)
        plan = RenderPlan(8_000 + take, (), (), LoudnessTarget(), OutputFormat())
        kept = RenderedAudio(
            plan_digest=hashlib.sha256(audio).hexdigest(),
            content_hash=stored.content_hash,
            codec=codec,
            frames=plan.frames,
            duration_ms=plan.duration_ms,
            bytes=stored.bytes,
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.5,
        )
        timeline = from_kept(10_000, (Span(0, 2_000), Span(4_000, 7_000)))
        assembly = Assembly(
            plan_digest=kept.plan_digest,
            edit_list_version=0,
            transcript_id=transcript_id,
            layout=Layout(plan.duration_ms, INTRO_MS, timeline),
            chapters=chapters,
        )
        key = kept.plan_digest
        episodes.keep_audio(session, self.clock, plan, kept)
        episodes.keep_rendition(session, self.clock, episode_id, key, assembly, stored.content_hash, stored.bytes)
        if transcript_id is not None:
            episodes.note_transcript(session, episode_id, transcript_id)
        episodes.choose_rendition(session, self.clock, episode_id, key, assembly)

    def change(self, episode: EpisodeFacts, **changes: object) -> EpisodeFacts:
        """Changes details of the episode a minute later."""
        self.clock.advance(timedelta(minutes=1))
        with self.ground.database.transaction() as session:
            return episodes.update(session, self.clock, self.ann.account.id, episode.id, changes)

    def take_back(self, episode: EpisodeFacts) -> None:
        """Takes the episode off air a minute later."""
        self.clock.advance(timedelta(minutes=1))
        with self.ground.database.transaction() as session:
            episodes.unpublish(session, self.clock, self.ann.account.id, episode.id)

    def _recording(self, session: Session) -> str:
        now = self.clock.now()
        row = MediaRow(
            id=new_id("med", now),
            account_id=self.ann.account.id,
            category="recording",
            name="morning.wav",
            state="ready",
            content_hash=self.ground.blobs.put_bytes(sound("a recording")).content_hash,
            bytes=1,
            duration_ms=10_000,
            created_at=now,
        )
        session.add(row)
        session.flush()
        return row.id

    def _heard(self, session: Session, media_id: str, key: str, quality: TranscriptQuality) -> str:
        """Margaret speaks from the start, Desmond from second 4; what she says at second 3 is cut."""
        words = [
            *_words(SPOKEN[0], 200, "Margaret"),
            Word("um", 3_000, 3_200, speaker="Margaret", kind="filler"),
            *_words(SPOKEN[1], 4_500, "Desmond"),
        ]
        transcript = Transcript(tuple(words), "en", 10_000, "test", "1", quality)
        return transcripts.keep(
            session,
            self.clock,
            account_id=self.ann.account.id,
            media_id=media_id,
            key=key,
            heard=Heard(transcript, ()),
        )


def sound(seed: str) -> bytes:
    """40 kB that stand for an MP3: the public side looks at lengths and bytes, never inside."""
    return b"".join(hashlib.sha256(f"{seed} {n}".encode()).digest() for n in range(1_250))


def audio_path(episode: EpisodeFacts) -> str:
    """The path of the episode's enclosure."""
    assert episode.rendition is not None
    return enclosure_url("", episode, episode.rendition)


def _words(text: str, start_ms: int, speaker: str) -> list[Word]:
    return [
        Word(word, start_ms + n * 300, start_ms + n * 300 + 280, speaker=speaker) for n, word in enumerate(text.split())
    ]


def show_draft(title: str = "The Allotment Hour") -> ShowDraft:
    """What a person says about a show of theirs."""
    return ShowDraft(
        title=title,
        description="Two friends, *one* plot.",
        language="en",
        category="Leisure",
        subcategory="Home & Garden",
        author="Margaret & Desmond",
        owner_name="Margaret Hale",
        owner_email="margaret@example.org",
        explicit=False,
        kind="episodic",
        website=None,
        copyright=None,
        locked=True,
        time_zone="Europe/Berlin",
        slot=None,
    )


@pytest.fixture
def station(ground: Ground, app_on: Callable[[Ground], FastAPI]) -> Iterator[Station]:
    """Ann's show at noon of a day, without episodes."""
    clock = FixedClock(NOON)
    ground = replace(ground, clock=clock)
    with TestClient(app_on(ground), base_url=ground.settings.server.base_url) as client:
        ann = sign_up(ground, client, "ann@example.com")
        client.cookies.clear()
        yield Station(ground, clock, client, ann, shows.create_show(ground, ann.account, show_draft()))
