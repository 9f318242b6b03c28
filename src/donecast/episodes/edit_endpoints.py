"""What was said and what is cut, for the episode's owner. Whose it is, is looked up here; edits know only its id."""

from dataclasses import asdict
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from donecast.accounts.access import CurrentAccount
from donecast.core.cleanup_rules import Cover
from donecast.core.edit_list import EditList, to_json
from donecast.core.span import Span
from donecast.edits import service as edits
from donecast.edits.errors import SoundMissing
from donecast.edits.rules import ProposalFacts
from donecast.engine.preview import Previewer
from donecast.episodes import previews, service
from donecast.episodes.errors import PlaceInvalid
from donecast.episodes.previews import AROUND_MS, AROUND_MS_MAX, AROUND_MS_MIN
from donecast.episodes.rules import EpisodeFacts
from donecast.episodes.schemas import (
    DecisionsIn,
    EdgesIn,
    EditHistoryOut,
    EditListIn,
    EditListOut,
    InsteadOut,
    JointOut,
    JointsOut,
    ProposalOut,
    VersionIn,
    WordOut,
    WordsOut,
)
from donecast.platform.web import GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.recordings import service as recordings

_WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}}}

router = APIRouter(tags=["edits"], route_class=UnitRoute)


def previewer_of(request: Request) -> Previewer:
    """The app's one maker of previews."""
    return cast(Previewer, request.app.state.previewer)


PreviewerHere = Annotated[Previewer, Depends(previewer_of)]
Around = Annotated[int, Query(ge=AROUND_MS_MIN, le=AROUND_MS_MAX, description="Milliseconds before and after")]


@router.get("/episodes/{episode_id}/words")
def episode_words(episode_id: str, account: CurrentAccount, session: ReadingSession) -> WordsOut:
    """Every word of the recording, in its own time."""
    transcript = service.heard(session, service.episode_of(session, account.id, episode_id)).transcript
    return WordsOut(
        duration_ms=transcript.duration_ms,
        language=transcript.language,
        quality=transcript.quality,
        fillers=transcript.fillers,
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
def list_proposals(
    episode_id: str, account: CurrentAccount, session: ReadingSession, previewer: PreviewerHere
) -> list[ProposalOut]:
    """What could be cut, in order of time, with what was decided; previews are made ready for."""
    episode = service.episode_of(session, account.id, episode_id)
    previewer.warm()
    return [_proposal(facts) for facts in edits.proposals_of(session, episode.id, _source_ms(session, episode))]


@router.post("/episodes/{episode_id}/decisions")
def decide(
    episode_id: str, body: DecisionsIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> EditListOut:
    """Decides about proposals; answers the edit list that follows."""
    episode = service.episode_of(session, account.id, episode_id)
    source_ms = _source_ms(session, episode)
    before = edits.edit_list_of(session, episode.id, source_ms)
    after = edits.decide(
        session,
        ground.clock,
        episode_id=episode.id,
        account_id=account.id,
        source_duration_ms=source_ms,
        version=body.edit_list_version,
        decisions=body.decisions,
    )
    service.require_sounds(session, account.id, before, after)
    return _edit_list(after)


@router.put("/episodes/{episode_id}/proposals/{proposal_id}/edges")
def change_edges(
    episode_id: str,
    proposal_id: str,
    body: EdgesIn,
    account: CurrentAccount,
    ground: GroundHere,
    session: WritingSession,
) -> EditListOut:
    """Accepts a proposal from and to where you say: it is cut, covered or replaced there; answers the edit list."""
    episode = service.episode_of(session, account.id, episode_id)
    source_ms = _source_ms(session, episode)
    if not 0 <= body.start_ms < body.end_ms <= source_ms:
        raise PlaceInvalid(details={"recording_ms": source_ms})
    before = edits.edit_list_of(session, episode.id, source_ms)
    after = edits.set_edges(
        session,
        ground.clock,
        episode_id=episode.id,
        account_id=account.id,
        source_duration_ms=source_ms,
        version=body.edit_list_version,
        proposal_id=proposal_id,
        span=Span(body.start_ms, body.end_ms),
    )
    service.require_sounds(session, account.id, before, after)
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
    source_ms = _source_ms(session, episode)
    before = edits.edit_list_of(session, episode.id, source_ms)
    after = edits.replace(
        session,
        ground.clock,
        episode_id=episode.id,
        account_id=account.id,
        source_duration_ms=source_ms,
        version=body.version,
        operations=body.operations,
    )
    service.require_sounds(session, account.id, before, after)
    return _edit_list(after)


@router.get("/episodes/{episode_id}/edit-list/history")
def read_edit_history(episode_id: str, account: CurrentAccount, session: ReadingSession) -> EditHistoryOut:
    """Whether there is something to undo or to redo."""
    found = edits.history_of(session, service.episode_of(session, account.id, episode_id).id)
    return EditHistoryOut(version=found.version, can_undo=found.undo_to is not None, can_redo=found.redo_to is not None)


@router.post("/episodes/{episode_id}/edit-list/undo")
def undo_edit(
    episode_id: str, body: VersionIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> EditListOut:
    """Takes back the last step that a person did; answers the new version."""
    episode = service.episode_of(session, account.id, episode_id)
    after = edits.undo(
        session,
        ground.clock,
        episode_id=episode.id,
        account_id=account.id,
        source_duration_ms=_source_ms(session, episode),
        version=body.version,
    )
    return _edit_list(after)


@router.post("/episodes/{episode_id}/edit-list/redo")
def redo_edit(
    episode_id: str, body: VersionIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> EditListOut:
    """Does again what was undone last; answers the new version."""
    episode = service.episode_of(session, account.id, episode_id)
    after = edits.redo(
        session,
        ground.clock,
        episode_id=episode.id,
        account_id=account.id,
        source_duration_ms=_source_ms(session, episode),
        version=body.version,
    )
    return _edit_list(after)


@router.get("/episodes/{episode_id}/joints")
def list_joints(
    episode_id: str, account: CurrentAccount, session: ReadingSession, previewer: PreviewerHere
) -> JointsOut:
    """Where something is cut, in order of time; previews are made ready for."""
    episode = service.episode_of(session, account.id, episode_id)
    joints = edits.joints_of(session, episode.id, _source_ms(session, episode))
    previewer.warm()
    return JointsOut(
        version=joints.version,
        duration_ms=joints.timeline.duration_ms,
        joints=[
            JointOut(
                number=number,
                start_ms=cut.start_ms,
                end_ms=cut.end_ms,
                finished_ms=joints.timeline.to_finished_clamped(cut.start_ms),
            )
            for number, cut in enumerate(joints.cuts, 1)
        ],
    )


@router.get("/episodes/{episode_id}/joints/{number}/preview", response_class=Response, responses=_WAV)
def preview_joint(
    episode_id: str,
    number: int,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    previewer: PreviewerHere,
    version: Annotated[int | None, Query(description="Refuse when the cuts have changed since this version")] = None,
    around_ms: Around = AROUND_MS,
) -> Response:
    """How the episode will sound around a joint, as a WAV file; `X-Joint-Ms` says where in it the joint is."""
    service.episode_of(session, account.id, episode_id)
    session.close()  # the connection is not held while the sound is made
    return wav_response(
        previews.preview_joint(ground, previewer, episode_id, number, version=version, around_ms=around_ms)
    )


@router.get("/episodes/{episode_id}/preview", response_class=Response, responses=_WAV)
def preview_cut(
    episode_id: str,
    start_ms: int,
    end_ms: int,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    previewer: PreviewerHere,
    cover: Annotated[Cover | None, Query(description="Covered so, rather than cut")] = None,
    instead_of: Annotated[
        str | None, Query(max_length=40, description="A proposal, in place of whose own cut this one is heard")
    ] = None,
    around_ms: Around = AROUND_MS,
) -> Response:
    """How the episode would sound if this stretch of the recording were cut or covered, whether or not it is; WAV."""
    service.episode_of(session, account.id, episode_id)
    session.close()
    if not 0 <= start_ms < end_ms:
        raise PlaceInvalid
    span = Span(start_ms, end_ms)
    return wav_response(
        previews.preview_cut(
            ground, previewer, episode_id, span, instead=cover, around_ms=around_ms, instead_of=instead_of
        )
    )


@router.get("/episodes/{episode_id}/proposals/{proposal_id}/preview", response_class=Response, responses=_WAV)
def preview_proposal(
    episode_id: str,
    proposal_id: str,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    previewer: PreviewerHere,
    start_ms: Annotated[int | None, Query(description="From there, rather than from where it is now")] = None,
    end_ms: Annotated[int | None, Query(description="To there, rather than to where it is now")] = None,
    around_ms: Around = AROUND_MS,
) -> Response:
    """How the episode would sound if this proposal were accepted, whether or not it is; WAV."""
    episode = service.episode_of(session, account.id, episode_id)
    facts = edits.proposal_of(session, episode.id, proposal_id, _source_ms(session, episode))
    proposal = facts.proposal
    if proposal.lacks_its_sound:
        raise SoundMissing
    session.close()
    from_ms = facts.span.start_ms if start_ms is None else start_ms
    to_ms = facts.span.end_ms if end_ms is None else end_ms
    if not 0 <= from_ms < to_ms:
        raise PlaceInvalid
    return wav_response(
        previews.preview_cut(
            ground,
            previewer,
            episode_id,
            Span(from_ms, to_ms),
            instead=proposal.instead,
            around_ms=around_ms,
            instead_of=proposal_id,
        )
    )


def wav_response(preview: previews.Preview) -> Response:
    """A preview on the wire."""
    headers = {"X-Joint-Ms": str(preview.joint_ms), "Cache-Control": "private, no-store"}
    return Response(preview.wav, media_type="audio/wav", headers=headers)


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
        start_ms=facts.span.start_ms,
        end_ms=facts.span.end_ms,
        found_start_ms=proposal.span.start_ms,
        found_end_ms=proposal.span.end_ms,
        reason=proposal.reason,
        confidence=proposal.confidence,
        automatic=proposal.automatic,
        decision=facts.decision,
        decided_by=facts.decided_by,
        cut=facts.cut is not None,
        cover=proposal.cover,
        sound=InsteadOut(**asdict(proposal.sound)) if proposal.sound else None,
    )
