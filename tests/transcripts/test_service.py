"""Keeping and finding transcripts, and reading what somebody brings."""

import pytest
from sqlalchemy import text

from donecast.core.errors import TranscriptUnreadable
from donecast.platform.settings import LimitSettings
from donecast.transcripts import service
from donecast.transcripts.errors import GivenTranscriptTooLarge, NoSuchTranscript
from donecast.transcripts.rules import Heard
from tests.support.scene import Scene
from tests.support.spoken import spoken


def keep(scene: Scene, script: str, key: str = "key") -> str:
    said = spoken(script)
    with scene.ground.database.transaction() as session:
        return service.keep(
            session,
            scene.clock,
            account_id=scene.ann.account.id,
            media_id=scene.recording_id,
            key=key,
            heard=Heard(said.transcript, said.pauses),
        )


def test_what_is_kept_is_found_with_its_facts(scene: Scene) -> None:
    transcript_id = keep(scene, "three words here _700 <flubber> {um}")
    with scene.ground.database.reading() as session:
        assert service.find(session, "key") == transcript_id
        facts = service.facts_of(session, transcript_id)
        heard = service.heard(session, transcript_id)
        assert service.facts_by_id(session, [transcript_id, "tr_x"]) == {transcript_id: facts}
    assert (facts.engine, facts.quality, facts.language, facts.words_count) == ("script", "good", "en", 3)
    assert facts.account_id == scene.ann.account.id
    assert [word.kind for word in heard.transcript.words] == ["word", "word", "word", "marker", "filler"]
    assert len(heard.pauses) == 1


def test_the_first_transcript_under_a_key_stays(scene: Scene) -> None:
    first = keep(scene, "first")
    assert keep(scene, "second") == first
    assert keep(scene, "second", key="other") != first
    with scene.ground.database.reading() as session:
        assert [word.text for word in service.heard(session, first).transcript.words] == ["first"]


def test_what_was_never_heard_is_not_there(scene: Scene) -> None:
    with scene.ground.database.reading() as session:
        assert service.find(session, "nothing") is None
        with pytest.raises(NoSuchTranscript):
            service.facts_of(session, "tr_x")
        with pytest.raises(NoSuchTranscript):
            service.heard(session, "tr_x")


def test_words_outlive_the_upload_they_were_heard_from(scene: Scene) -> None:
    transcript_id = keep(scene, "first")
    assert scene.ann.ask("DELETE", f"/api/media/{scene.recording_id}").status_code == 204
    with scene.ground.database.reading() as session:
        assert service.facts_of(session, transcript_id).words_count == 1
        assert session.execute(text("SELECT media_id FROM transcripts")).scalar_one() is None


def test_a_given_transcript_is_read_or_refused_with_a_sentence() -> None:
    limits = LimitSettings(transcript_bytes_max=1_000)
    cues = service.read_given(limits, "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hello.\n")
    assert [(cue.text, cue.speaker, cue.start_ms) for cue in cues] == [("Hello.", "Ann", 1_000)]
    assert service.read_given(limits, "x" * 1_000)
    with pytest.raises(GivenTranscriptTooLarge, match="larger than"):
        service.read_given(limits, "x" * 1_001)
    with pytest.raises(GivenTranscriptTooLarge):
        service.read_given(limits, "é" * 501)
    with pytest.raises(TranscriptUnreadable, match=r"This transcript contains no words\."):
        service.read_given(limits, " \n ")
