"""A studio in which Ann has a show and a recording: made once through the API, copied for each test.

Time stands still at noon of Monday, 23 November 2026, until a test moves it.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from donecast.core.chapters import Chapter
from donecast.core.plan import Clip, LoudnessTarget, OutputFormat, RenderPlan, Track
from donecast.core.span import Span
from donecast.core.timeline import Timeline
from donecast.core.words import Transcript, TranscriptQuality
from donecast.edits import service as edits
from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.episodes import service as episodes
from donecast.episodes.layout import Layout, SpokenPart
from donecast.episodes.rules import Assembly, EpisodeFacts, RenderedAudio, digest_of
from donecast.kit.clock import FixedClock
from donecast.platform.settings import Settings, load_settings
from donecast.platform.web import Ground
from donecast.transcripts import service as transcripts
from donecast.transcripts.rules import Heard
from tests.support.people import Person, sign_up
from tests.support.sounds import tone
from tests.support.spoken import spoken

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RECORDING_MS = 12_000
SCRIPT = "we talk about beans _700 <flubber> we talk about peas {um} and _2500 then we eat them."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished data folder and who is in it."""

    data: Path
    ann: Person
    ben: Person
    show_id: str
    bens_show_id: str
    recording_id: str
    music_id: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One test's own copy."""

    ground: Ground
    clock: FixedClock
    ann: Person
    ben: Person
    show_id: str
    bens_show_id: str
    recording_id: str
    music_id: str

    def new_episode(self, **wish: Any) -> dict[str, Any]:
        """An episode of Ann's recording."""
        body = {"show_id": self.show_id, "recording_id": self.recording_id, **wish}
        answer = self.ann.ask("POST", "/api/episodes", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def episode(self, episode_id: str) -> dict[str, Any]:
        """The episode as Ann sees it."""
        answer = self.ann.ask("GET", f"/api/episodes/{episode_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def facts(self, episode_id: str) -> EpisodeFacts:
        """The episode as other features see it."""
        with self.ground.database.reading() as session:
            return episodes.episode_by_id(session, episode_id)

    def give_words(
        self,
        episode_id: str,
        script: str = SCRIPT,
        *,
        quality: TranscriptQuality = "good",
        key: str = "k",
        speaker: str | None = None,
    ) -> Heard:
        """Words as if the recording had been heard, see `tests.support.spoken`; all by one speaker."""
        said = spoken(script)
        words = tuple(replace(word, speaker=speaker) for word in said.words)
        transcript = Transcript(words, "en", RECORDING_MS, "script", "1", quality)
        heard = Heard(transcript, said.pauses)
        with self.ground.database.transaction() as session:
            transcript_id = transcripts.keep(
                session,
                self.clock,
                account_id=self.ann.account.id,
                media_id=self.recording_id,
                key=digest_of([script, quality, key]),
                heard=heard,
            )
            episodes.note_transcript(session, episode_id, transcript_id)
        return heard

    def give_audio(self, episode_id: str, *, content: bytes = b"an mp3", spoken_intro: str = "Hello.") -> str:
        """A rendition of the newest edits, as if it had been rendered: two seconds of intro, then the recording."""
        facts = self.facts(episode_id)
        with self.ground.database.reading() as session:
            timeline = edits.timeline_of(session, episode_id, RECORDING_MS)
        plan = _plan(timeline, content)
        layout = Layout(plan.duration_ms, 2_000, timeline, (SpokenPart(spoken_intro, 0, 2_000),))
        assembly = Assembly(
            plan_digest=plan.digest,
            edit_list_version=facts.edit_list_version,
            transcript_id=facts.transcript.id if facts.transcript else None,
            layout=layout,
            chapters=(Chapter(0, "Intro"), Chapter(2_000, "The episode")),
        )
        stored = self.ground.blobs.put_bytes(content)
        audio = RenderedAudio(
            plan_digest=plan.digest,
            content_hash=stored.content_hash,
            codec="mp3",
            frames=plan.frames,
            duration_ms=plan.duration_ms,
            bytes=stored.bytes,
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.2,
        )
        key = digest_of([episode_id, plan.digest])
        with self.ground.database.transaction() as session:
            episodes.keep_audio(session, self.clock, plan, audio)
            episodes.keep_rendition(session, self.clock, episode_id, key, assembly, stored.content_hash, stored.bytes)
            return episodes.choose_rendition(session, self.clock, episode_id, key, assembly)


def _plan(timeline: Timeline, content: bytes) -> RenderPlan:
    end_ms = 2_000 + timeline.duration_ms
    source = digest_of(content.hex())
    clips = tuple(
        Clip(source, span.start_ms, span.end_ms, 2_000 + timeline.to_finished_clamped(span.start_ms))
        for span in timeline.kept
    )
    return RenderPlan(end_ms, (Track("content", clips),), (), LoudnessTarget(), OutputFormat())


def span_of(document: dict[str, Any]) -> Span:
    """Where a proposal or an operation stands."""
    return Span(document["start_ms"], document["end_ms"])


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, with_house_sounds: Path) -> Prepared:
    """Ann, her show and her recording; Ben, who has a show of his own."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    shutil.copytree(with_house_sounds, data)
    settings = load_settings({"environment": "test", "data": data, "hash_cost": "low"})
    ground = replace(lay_ground(settings), clock=FixedClock(NOON - timedelta(days=1)))
    with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
        ann, ben = sign_up(ground, client, "ann@example.com"), sign_up(ground, client, "ben@example.com")
        shows = [who.ask("POST", "/api/shows", json={"title": title}) for who, title in ((ann, "Beans"), (ben, "Peas"))]
        files = {
            category: ann.ask(
                "POST",
                "/api/media",
                files={"file": (f"{category}_one.wav", tone(seconds))},
                data={"category": category},
            )
            for category, seconds in (("recording", RECORDING_MS / 1000), ("music", 1.0))
        }
    assert [answer.status_code for answer in (*shows, *files.values())] == [201] * 4
    ground.database.dispose()
    return Prepared(
        data,
        ann,
        ben,
        shows[0].json()["id"],
        shows[1].json()["id"],
        files["recording"].json()["id"],
        files["music"].json()["id"],
    )


@pytest.fixture
def scene(prepared: Prepared, settings: Settings, app_on: Callable[[Ground], FastAPI]) -> Iterator[Scene]:
    """This test's copy of the prepared studio."""
    shutil.copytree(prepared.data, settings.data)
    clock = FixedClock(NOON)
    ground = replace(lay_ground(settings), clock=clock)
    with TestClient(app_on(ground), base_url=settings.server.base_url) as client:
        yield Scene(
            ground=ground,
            clock=clock,
            ann=replace(prepared.ann, client=client),
            ben=replace(prepared.ben, client=client),
            show_id=prepared.show_id,
            bens_show_id=prepared.bens_show_id,
            recording_id=prepared.recording_id,
            music_id=prepared.music_id,
        )
    ground.database.dispose()
