"""What the intern was asked in an episode, for its owner."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from donecast.accounts.access import CurrentAccount
from donecast.accounts.pace import at_pace
from donecast.drafts.endpoints import WritingDeskHere
from donecast.episodes import previews
from donecast.episodes.edit_endpoints import PreviewerHere, wav_response
from donecast.episodes.previews import AROUND_MS
from donecast.episodes.voice_endpoints import VoiceEnginesHere
from donecast.interns import answering, service
from donecast.interns.rules import InternFacts
from donecast.interns.schemas import InternAnswerIn, InternDraftIn, InternEndIn, InternOut, InternSkipIn
from donecast.platform.web import GroundHere, ReadingSession, UnitRoute, WritingSession

_WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}}}

router = APIRouter(prefix="/api/episodes/{episode_id}/interns", tags=["interns"], route_class=UnitRoute)


@router.get("")
def list_interns(episode_id: str, account: CurrentAccount, session: ReadingSession) -> list[InternOut]:
    """What was asked, in order of time."""
    return [_intern(facts) for facts in service.commands_of(session, account.id, episode_id)]


@router.post("/{intern_id}/draft", dependencies=[at_pace("ai")])
def draft_intern_answer(
    episode_id: str,
    intern_id: str,
    account: CurrentAccount,
    ground: GroundHere,
    desk: WritingDeskHere,
    body: InternDraftIn | None = None,
) -> InternOut:
    """Has an answer written; it is not in the episode before you put it there. May take as long as the engine does."""
    wish = body or InternDraftIn()
    return _intern(answering.draft_answer(ground, desk, account.id, episode_id, intern_id, wish.question))


@router.put("/{intern_id}/answer", dependencies=[at_pace("ai")])
def answer_intern(
    episode_id: str,
    intern_id: str,
    body: InternAnswerIn,
    account: CurrentAccount,
    ground: GroundHere,
    voices: VoiceEnginesHere,
) -> InternOut:
    """Speaks your answer and puts it after the question, or writes it into the notes where those were asked for."""
    return _intern(
        answering.give_answer(
            ground,
            voices,
            account.id,
            episode_id,
            intern_id,
            text=body.text,
            version=body.edit_list_version,
        )
    )


@router.put("/{intern_id}/end")
def change_intern_end(
    episode_id: str,
    intern_id: str,
    body: InternEndIn,
    account: CurrentAccount,
    ground: GroundHere,
    session: WritingSession,
) -> InternOut:
    """Lets the request end where you say; an answer that is in the episode moves there too."""
    return _intern(
        service.set_end(
            session,
            ground.clock,
            account.id,
            episode_id,
            intern_id,
            version=body.edit_list_version,
            end_ms=body.end_ms,
        )
    )


@router.post("/{intern_id}/skip")
def skip_intern(
    episode_id: str,
    intern_id: str,
    body: InternSkipIn,
    account: CurrentAccount,
    ground: GroundHere,
    session: WritingSession,
) -> InternOut:
    """Leaves it unanswered; an answer that is in the episode goes."""
    version = body.edit_list_version
    return _intern(service.skip(session, ground.clock, account.id, episode_id, intern_id, version=version))


@router.get("/{intern_id}/preview", response_class=Response, responses=_WAV)
def preview_intern(
    episode_id: str,
    intern_id: str,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    previewer: PreviewerHere,
    end_ms: Annotated[
        int | None, Query(description="As if the request ended there; a short tone stands for a missing answer")
    ] = None,
) -> Response:
    """How the answer sounds in the episode, with what comes before and after it, as a WAV file."""
    if end_ms is None:
        answer = service.placed_answer(session, account.id, episode_id, intern_id)
    else:
        answer = service.answer_imagined_at(session, account.id, episode_id, intern_id, end_ms)
    session.close()  # the connection is not held while the sound is made
    preview = previews.preview_sound(
        ground, previewer, episode_id, answer, around_ms=AROUND_MS, imagined_there=end_ms is not None
    )
    return wav_response(preview)


def _intern(facts: InternFacts) -> InternOut:
    return InternOut(**asdict(facts))
