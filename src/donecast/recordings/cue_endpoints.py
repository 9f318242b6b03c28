"""Words of a show that call a sound: here and not with the shows, because the library has to lend each sound."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy.orm import Session

from donecast.accounts.access import CurrentAccount
from donecast.core.sound_cues import SoundCue, tidied_words
from donecast.kit.ids import new_id
from donecast.platform.web import GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.recordings import service
from donecast.recordings.schemas import SoundCueIn, SoundCueOut
from donecast.shows import service as shows
from donecast.shows.errors import NoSuchCue

router = APIRouter(prefix="/api/shows/{show_id}/sound-cues", tags=["shows"], route_class=UnitRoute)


@router.get("")
def list_sound_cues(show_id: str, account: CurrentAccount, session: ReadingSession) -> list[SoundCueOut]:
    """The words of the show that call a sound, oldest first."""
    return _all(session, account.id, show_id)


@router.post("", status_code=201)
def add_sound_cue(
    show_id: str, body: SoundCueIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> SoundCueOut:
    """Words that call a sound of your library; counts from the next time an episode is produced."""
    cue = _cue(new_id("cue", ground.clock.now()), body)
    shows.change_cues(session, account.id, show_id, lambda cues: [*cues, cue])
    service.lend_to_cue(session, account.id, cue.clip)
    return _one(session, account.id, show_id, cue.id)


@router.put("/{cue_id}")
def change_sound_cue(
    show_id: str, cue_id: str, body: SoundCueIn, account: CurrentAccount, session: WritingSession
) -> SoundCueOut:
    """Other words, another sound, another loudness, or whether you are asked first."""

    def changed(cues: Sequence[SoundCue]) -> list[SoundCue]:
        _require(cues, cue_id)
        return [_cue(cue_id, body) if cue.id == cue_id else cue for cue in cues]

    shows.change_cues(session, account.id, show_id, changed)
    service.lend_to_cue(session, account.id, body.clip_id)
    return _one(session, account.id, show_id, cue_id)


@router.delete("/{cue_id}", status_code=204)
def delete_sound_cue(show_id: str, cue_id: str, account: CurrentAccount, session: WritingSession) -> None:
    """The words call nothing any more; the sound stays in your library."""

    def rest(cues: Sequence[SoundCue]) -> list[SoundCue]:
        _require(cues, cue_id)
        return [cue for cue in cues if cue.id != cue_id]

    shows.change_cues(session, account.id, show_id, rest)


def _require(cues: Sequence[SoundCue], cue_id: str) -> None:
    if all(cue.id != cue_id for cue in cues):
        raise NoSuchCue


def _cue(cue_id: str, body: SoundCueIn) -> SoundCue:
    return SoundCue(
        id=cue_id,
        words=tidied_words(body.words),
        clip=body.clip_id,
        gain_db=body.gain_db,
        by_itself=body.by_itself,
    )


def _one(session: Session, account_id: str, show_id: str, cue_id: str) -> SoundCueOut:
    return next(cue for cue in _all(session, account_id, show_id) if cue.id == cue_id)


def _all(session: Session, account_id: str, show_id: str) -> list[SoundCueOut]:
    cues = shows.show_of(session, account_id, show_id).cleanup.cues
    clips = service.cue_clips(session, account_id, [cue.clip for cue in cues])
    return [
        SoundCueOut(
            id=cue.id,
            words=cue.words,
            clip_id=cue.clip,
            clip_name=clips[cue.clip].name if cue.clip in clips else None,
            clip_duration_ms=clips[cue.clip].duration_ms if cue.clip in clips else None,
            gain_db=cue.gain_db,
            by_itself=cue.by_itself,
        )
        for cue in cues
    ]
