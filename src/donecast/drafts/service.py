"""Use cases of text drafts: make a wish a request, keep what came of it, accept, dismiss."""

from typing import cast

from sqlalchemy.orm import Session

from donecast.core.passages import passages_of
from donecast.core.text_draft import DraftKind, RefusalReason, Refused, TextDraft, text_draft_from_json
from donecast.core.text_request import TextRequest, text_request
from donecast.drafts import repository
from donecast.drafts.errors import (
    DraftDecided,
    DraftNotForEpisode,
    NoSuchDraft,
    NothingToWriteAbout,
    OwnWordsThere,
    TooManyDrafts,
)
from donecast.drafts.models import DraftRow
from donecast.drafts.rules import FIELDS, DraftFacts, DraftStatus, DraftWish, are_own_words, chosen_text
from donecast.edits import service as edits
from donecast.episodes import service as episodes
from donecast.episodes.rules import EpisodeFacts, title_of_recording
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.vendor_settings import AiTextSettings
from donecast.recordings import service as recordings
from donecast.writing.writer import RawAnswer, TextWriter


def request_for(
    session: Session, settings: AiTextSettings, account_id: str, episode_id: str, wish: DraftWish
) -> TextRequest:
    """What is asked of the engine: about the words that are not cut.

    Raises NoSuchEpisode, NoTranscriptYet, NothingToWriteAbout, TooManyDrafts.
    """
    episode = episodes.episode_of(session, account_id, episode_id)
    if repository.count_of(session, episode.id) >= settings.ai_text_drafts_per_episode_max:
        raise TooManyDrafts
    transcript = episodes.heard(session, episode).transcript
    recording = recordings.media_by_id(session, episode.recording_id)
    timeline = edits.timeline_of(session, episode.id, recording.duration_ms)
    kept = [word for word in transcript.words if 2 * timeline.kept_ms(word.span) >= word.span.duration_ms]
    request = text_request(
        wish.kind,
        passages_of(kept),
        language=transcript.language,
        characters_max=settings.ai_text_excerpt_characters_max,
        rough=transcript.quality == "basic",
        instructions=wish.instructions,
        question=wish.question,
    )
    if not request.passages:
        raise NothingToWriteAbout
    return request


def keep(
    session: Session,
    clock: Clock,
    account_id: str,
    episode_id: str,
    kind: DraftKind,
    *,
    writer: TextWriter,
    answer: RawAnswer,
    outcome: TextDraft | Refused,
    currency: str,
) -> DraftFacts:
    """Keeps what came of a wish, also that it was refused: it was paid for all the same. Raises NoSuchEpisode."""
    episode = episodes.episode_of(session, account_id, episode_id)
    now = clock.now()
    row = DraftRow(
        id=new_id("dr", now),
        episode_id=episode.id,
        kind=kind,
        status="proposed" if isinstance(outcome, TextDraft) else "refused",
        content=outcome.to_json() if isinstance(outcome, TextDraft) else None,
        reason=outcome.reason if isinstance(outcome, Refused) else None,
        engine=writer.name,
        model=writer.model,
        source=writer.source_label,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cost_micros=answer.cost_micros,
        currency=currency,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _facts(row)


def drafts_of(session: Session, account_id: str, episode_id: str) -> list[DraftFacts]:
    """All drafts of the person's own episode, newest first. Raises NoSuchEpisode."""
    episode = episodes.episode_of(session, account_id, episode_id)
    return [_facts(row) for row in repository.drafts_of(session, episode.id)]


def accept(
    session: Session, clock: Clock, account_id: str, episode_id: str, draft_id: str, *, choice: int, replace: bool
) -> DraftFacts:
    """Makes a draft's text the episode's; of several titles the one with the number ``choice``, counted from 0.

    What a person wrote is overwritten with ``replace`` alone: a title that is neither the recording's name nor from a
    draft, notes that are from no draft. Chapters are heard of when the episode is made next.

    Raises NoSuchEpisode, NoSuchDraft, DraftDecided, DraftNotForEpisode, NoSuchChoice, OwnWordsThere.
    """
    episode = episodes.locked_episode_of(session, account_id, episode_id)
    row = _row(session, episode.id, draft_id)
    if row.content is None:
        raise DraftDecided
    draft = text_draft_from_json(row.content)
    field = FIELDS.get(draft.kind)
    if field is None:
        raise DraftNotForEpisode
    if field == "chapters":
        episodes.set_chapters(session, clock, account_id, episode.id, draft.chapters)
    else:
        text = chosen_text(draft, choice)
        if not replace and _is_written_by_person(session, episode, draft.kind):
            raise OwnWordsThere(details={"field": field})
        episodes.update(session, clock, account_id, episode.id, {field: text})
        row.accepted_text = text
    row.status, row.decided_at = "accepted", clock.now()
    return _facts(row)


def dismiss(session: Session, clock: Clock, account_id: str, episode_id: str, draft_id: str) -> DraftFacts:
    """Puts a draft aside; again, nothing changes. Accepted chapters are taken back, for nobody can edit them by hand.

    Raises NoSuchEpisode, NoSuchDraft, DraftDecided.
    """
    episode = episodes.locked_episode_of(session, account_id, episode_id)
    row = _row(session, episode.id, draft_id)
    if row.content is None or (row.status == "accepted" and row.kind != "chapters"):
        raise DraftDecided
    if row.status == "accepted":
        draft = text_draft_from_json(row.content)
        if episodes.own_chapters(session, episode.id) == draft.chapters:
            episodes.set_chapters(session, clock, account_id, episode.id, ())
    if row.status != "dismissed":
        row.status, row.decided_at = "dismissed", clock.now()
    return _facts(row)


def _is_written_by_person(session: Session, episode: EpisodeFacts, kind: DraftKind) -> bool:
    by_program = repository.accepted_texts(session, episode.id, kind)
    if kind == "notes":
        return are_own_words(episode.notes, by_program)
    recording = recordings.media_by_id(session, episode.recording_id)
    return are_own_words(episode.title, [*by_program, title_of_recording(recording.name)])


def _row(session: Session, episode_id: str, draft_id: str) -> DraftRow:
    row = repository.draft_of(session, episode_id, draft_id)
    if row is None:
        raise NoSuchDraft
    return row


def _facts(row: DraftRow) -> DraftFacts:
    return DraftFacts(
        id=row.id,
        episode_id=row.episode_id,
        kind=cast(DraftKind, row.kind),
        status=cast(DraftStatus, row.status),
        draft=text_draft_from_json(row.content) if row.content is not None else None,
        refused=Refused(cast(RefusalReason, row.reason)) if row.reason is not None else None,
        engine=row.engine,
        model=row.model,
        source=row.source,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_micros=row.cost_micros,
        currency=row.currency,
        accepted_text=row.accepted_text,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )
