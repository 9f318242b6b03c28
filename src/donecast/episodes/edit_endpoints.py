"""What was said and what is cut, for the episode's owner. Whose it is, is looked up here; edits know only its id."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session

from donecast.accounts.access import CurrentAccount
from donecast.core.edit_list import EditList, to_json
from donecast.edits import service as edits
from donecast.edits.rules import ProposalFacts
from donecast.episodes import service
from donecast.episodes.rules import EpisodeFacts
from donecast.episodes.schemas import DecisionsIn, EditListIn, EditListOut, ProposalOut, WordOut, WordsOut
from donecast.platform.web import GroundHere, ReadingSession, WritingSession
from donecast.recordings import service as recordings

router = APIRouter(tags=["edits"])


@router.get("/episodes/{episode_id}/words")
def episode_words(episode_id: str, account: CurrentAccount, session: ReadingSession) -> WordsOut:
    """Every word of the recording, in its own time."""
    transcript = service.heard(session, service.episode_of(session, account.id, episode_id)).transcript
    return WordsOut(
        duration_ms=transcript.duration_ms,
        language=transcript.language,
        quality=transcript.quality,
        words=[
            WordOut(
                id=number,
                text=word.text,
                start_ms=word.start_ms,
                end_ms=word.end_ms,
                confidence=word.confidence,
                speaker=word.speaker,
                kind=word.kind,
                timing=word.timing,
            )
            for number, word in enumerate(transcript.words)
        ],
    )


@router.get("/episodes/{episode_id}/proposals")
def list_proposals(episode_id: str, account: CurrentAccount, session: ReadingSession) -> list[ProposalOut]:
    """What could be cut, in order of time, with what was decided."""
    episode = service.episode_of(session, account.id, episode_id)
    return [_proposal(facts) for facts in edits.proposals_of(session, episode.id, _source_ms(session, episode))]


@router.post("/episodes/{episode_id}/decisions")
def decide(
    episode_id: str, body: DecisionsIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> EditListOut:
    """Decides about proposals; answers the edit list that follows."""
    episode = service.episode_of(session, account.id, episode_id)
    after = edits.decide(
        session,
        ground.clock,
        episode_id=episode.id,
        account_id=account.id,
        source_duration_ms=_source_ms(session, episode),
        version=body.edit_list_version,
        decisions=body.decisions,
    )
    return _edit_list(after)


@router.get("/episodes/{episode_id}/edit-list")
def read_edit_list(episode_id: str, account: CurrentAccount, session: ReadingSession) -> EditListOut:
    """The newest edit list."""
    episode = service.episode_of(session, account.id, episode_id)
    return _edit_list(edits.edit_list_of(session, episode.id, _source_ms(session, episode)))


@router.put("/episodes/{episode_id}/edit-list")
def replace_edit_list(
    episode_id: str, body: EditListIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> EditListOut:
    """Replaces the operations of the version that was read; answers the new version."""
    episode = service.episode_of(session, account.id, episode_id)
    after = edits.replace(
        session,
        ground.clock,
        episode_id=episode.id,
        account_id=account.id,
        source_duration_ms=_source_ms(session, episode),
        version=body.version,
        operations=body.operations,
    )
    return _edit_list(after)


def _source_ms(session: Session, episode: EpisodeFacts) -> int:
    return recordings.media_by_id(session, episode.recording_id).duration_ms


def _edit_list(edit_list: EditList) -> EditListOut:
    document: dict[str, Any] = to_json(edit_list)
    return EditListOut(**document)


def _proposal(facts: ProposalFacts) -> ProposalOut:
    proposal = facts.proposal
    return ProposalOut(
        id=facts.id,
        kind=proposal.kind,
        start_ms=proposal.span.start_ms,
        end_ms=proposal.span.end_ms,
        reason=proposal.reason,
        confidence=proposal.confidence,
        automatic=proposal.automatic,
        decision=facts.decision,
        decided_by=facts.decided_by,
        cut=facts.is_cut,
    )
