"""Text drafts of an episode, for its owner."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from donecast.accounts.access import CurrentAccount
from donecast.accounts.pace import at_pace
from donecast.drafts import service
from donecast.drafts.asking import WritingDesk, ask_for_draft
from donecast.drafts.rules import DraftFacts, DraftWish
from donecast.drafts.schemas import DraftAcceptIn, DraftChapterOut, DraftIn, DraftOut
from donecast.platform.web import GroundHere, ReadingSession, UnitRoute, WritingSession

_PLAIN_FIELDS = tuple(DraftOut.model_fields.keys() - {"texts", "chapters", "reason", "reason_message"})

router = APIRouter(prefix="/api", tags=["drafts"], route_class=UnitRoute)


def writing_desk_of(request: Request) -> WritingDesk:
    """The app's one engine that writes."""
    return cast(WritingDesk, request.app.state.writing_desk)


WritingDeskHere = Annotated[WritingDesk, Depends(writing_desk_of)]


@router.post("/episodes/{episode_id}/drafts", status_code=201, dependencies=[at_pace("ai")])
def request_draft(
    episode_id: str, body: DraftIn, account: CurrentAccount, ground: GroundHere, desk: WritingDeskHere
) -> DraftOut:
    """Has a text written about the episode; the episode stays as it is. May take as long as the engine does."""
    wish = DraftWish(kind=body.kind, instructions=body.instructions, question=body.question)
    return _draft(ask_for_draft(ground, desk, account.id, episode_id, wish))


@router.get("/episodes/{episode_id}/drafts")
def list_drafts(episode_id: str, account: CurrentAccount, session: ReadingSession) -> list[DraftOut]:
    """All texts that were written about the episode, newest first."""
    return [_draft(facts) for facts in service.drafts_of(session, account.id, episode_id)]


@router.post("/episodes/{episode_id}/drafts/{draft_id}/accept")
def accept_draft(
    episode_id: str,
    draft_id: str,
    account: CurrentAccount,
    ground: GroundHere,
    session: WritingSession,
    body: DraftAcceptIn | None = None,
) -> DraftOut:
    """Makes it the episode's title, notes or chapters; what you wrote yourself is replaced only when you say so."""
    wish = body or DraftAcceptIn()
    return _draft(
        service.accept(
            session, ground.clock, account.id, episode_id, draft_id, choice=wish.choice, replace=wish.replace
        )
    )


@router.post("/episodes/{episode_id}/drafts/{draft_id}/dismiss")
def dismiss_draft(
    episode_id: str, draft_id: str, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> DraftOut:
    """Puts it aside, asking again changes nothing; chapters that were accepted are taken back."""
    return _draft(service.dismiss(session, ground.clock, account.id, episode_id, draft_id))


def _draft(facts: DraftFacts) -> DraftOut:
    draft, refused = facts.draft, facts.refused
    return DraftOut(
        **{name: getattr(facts, name) for name in _PLAIN_FIELDS},
        texts=list(draft.texts) if draft else [],
        chapters=[DraftChapterOut(start_ms=one.start_ms, title=one.title) for one in draft.chapters] if draft else [],
        reason=refused.reason if refused else None,
        reason_message=refused.message if refused else None,
    )
