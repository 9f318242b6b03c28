"""Use cases of interns: keep what was found, answer, skip. A spoken answer is an operation of the edit list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from sqlalchemy import delete
from sqlalchemy.orm import Session

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.intern import InternCommand, Target
from donecast.core.operations import Insert, Operation
from donecast.edits import service as edits
from donecast.episodes import service as episodes
from donecast.episodes.errors import NoSuchSound
from donecast.episodes.rules import Clip, EpisodeFacts, clip_key_of
from donecast.interns import repository
from donecast.interns.errors import AnswersMissing, NoSuchIntern
from donecast.interns.models import InternRow
from donecast.interns.rules import (
    END_CHOSEN_REASON,
    REASON_CHARACTERS_MAX,
    InternFacts,
    answer_operation,
    check_end,
    intern_id,
    request_until,
    stand_in,
    state_of,
    with_answer,
    without_answer,
)
from donecast.kit.clock import Clock
from donecast.recordings import service as recordings


def take_commands(session: Session, episode_id: str, commands: Sequence[InternCommand], keyword: str) -> None:
    """Keeps what was found in a recording. Done again with the same findings, nothing changes.

    What a person decided stays, also about what is not found again.
    """
    rows = {row.id: row for row in repository.commands(session, episode_id)}
    found = {intern_id(command): command for command in commands}
    for identity, command in found.items():
        row = rows.get(identity)
        if row is None:
            row = InternRow(episode_id=episode_id, id=identity)
            _note(row, command, keyword)
            session.add(row)
        elif not _is_decided(row):
            _note(row, command, keyword)
    gone = [identity for identity, row in rows.items() if identity not in found and not _is_decided(row)]
    if gone:
        session.execute(delete(InternRow).where(InternRow.episode_id == episode_id, InternRow.id.in_(gone)))


def commands_of(session: Session, account_id: str, episode_id: str) -> list[InternFacts]:
    """What was asked in the person's own episode, in order of time. Raises NoSuchEpisode."""
    episode = episodes.episode_of(session, account_id, episode_id)
    return _all_facts(session, episode)


def command_of(session: Session, account_id: str, episode_id: str, identity: str) -> InternFacts:
    """One of them. Raises NoSuchEpisode, NoSuchIntern."""
    episode = episodes.episode_of(session, account_id, episode_id)
    return _facts(session, episode, _row(session, episode_id, identity))


def keep_draft(
    session: Session,
    account_id: str,
    episode_id: str,
    identity: str,
    *,
    answer: str,
    source: str,
    draft: str,
) -> InternFacts:
    """Keeps an engine's answer, which is in the episode only when a person puts it there."""
    episode = episodes.locked_episode_of(session, account_id, episode_id)
    row = _row(session, episode_id, identity)
    row.suggestion, row.source, row.draft_id = answer, source, draft
    return _facts(session, episode, row)


def put_answer(
    session: Session,
    clock: Clock,
    account_id: str,
    episode_id: str,
    identity: str,
    *,
    clip: Clip,
    version: int,
) -> InternFacts:
    """Puts a spoken answer after its question. Raises NoSuchEpisode, NoSuchIntern, StaleVersion."""
    episode = episodes.locked_episode_of(session, account_id, episode_id)
    row = _row(session, episode_id, identity)
    operation = answer_operation(
        _facts(session, episode, row), clip, account_id=account_id, instant=clock.now().isoformat()
    )
    _change(session, clock, account_id, episode, version, added=(operation,), removed=())
    _decide(row, clock, account_id, wanted=True)
    return _facts(session, episode, row)


def note_answer(
    session: Session, clock: Clock, account_id: str, episode_id: str, identity: str, *, text: str
) -> InternFacts:
    """Writes an answer into the episode's notes, after what stands there. Raises NoSuchEpisode, NoSuchIntern."""
    episode = episodes.locked_episode_of(session, account_id, episode_id)
    row = _row(session, episode_id, identity)
    episodes.update(session, clock, account_id, episode_id, {"notes": with_answer(episode.notes, text, row.noted)})
    row.noted = text
    _decide(row, clock, account_id, wanted=True)
    return _facts(session, episode, row)


def set_end(
    session: Session,
    clock: Clock,
    account_id: str,
    episode_id: str,
    identity: str,
    *,
    version: int,
    end_ms: int,
) -> InternFacts:
    """Lets a request end where a person says; a spoken answer moves there too.

    Raises NoSuchEpisode, NoSuchIntern, EndInvalid, NoTranscriptYet, StaleVersion.
    """
    episode = episodes.locked_episode_of(session, account_id, episode_id)
    row = _row(session, episode_id, identity)
    facts = _facts(session, episode, row)
    check_end(facts, end_ms, _recording_ms(session, episode))
    placed = _inserts(session, episode).get(identity)
    instant = clock.now().isoformat()
    moved = replace(placed, at_ms=end_ms, decided_by=account_id, decided_at=instant) if placed else None
    _change(session, clock, account_id, episode, version, added=(moved,) if moved else (), removed=())
    words = episodes.heard(session, episode).transcript.words
    row.request = request_until(words, facts, end_ms, CleanupRules())
    row.other_ends_ms = sorted({*row.other_ends_ms, row.end_ms} - {end_ms})
    row.end_ms = row.answer_at_ms = end_ms
    row.reason, row.end_chosen = END_CHOSEN_REASON, True
    return _facts(session, episode, row)


def skip(
    session: Session, clock: Clock, account_id: str, episode_id: str, identity: str, *, version: int
) -> InternFacts:
    """Leaves a command unanswered; an answer that is in the episode goes. Raises what `put_answer` raises."""
    episode = episodes.locked_episode_of(session, account_id, episode_id)
    row = _row(session, episode_id, identity)
    _change(session, clock, account_id, episode, version, added=(), removed=(identity,))
    if row.noted is not None:
        notes = without_answer(episode.notes, row.noted)
        episodes.update(session, clock, account_id, episode_id, {"notes": notes})
        row.noted = None
    _decide(row, clock, account_id, wanted=False)
    return _facts(session, episode, row)


def placed_answer(session: Session, account_id: str, episode_id: str, identity: str) -> Insert:
    """A command's answer as the edit list has it. Raises NoSuchEpisode, NoSuchIntern, NoSuchSound."""
    episode = episodes.episode_of(session, account_id, episode_id)
    _row(session, episode_id, identity)
    found = _inserts(session, episode).get(identity)
    if found is None:
        raise NoSuchSound
    return found


def answer_imagined_at(session: Session, account_id: str, episode_id: str, identity: str, end_ms: int) -> Insert:
    """A command's answer, or a tone for one that is not there, as if the request ended there; nothing is changed.

    Raises NoSuchEpisode, NoSuchIntern, EndInvalid.
    """
    episode = episodes.episode_of(session, account_id, episode_id)
    facts = _facts(session, episode, _row(session, episode_id, identity))
    check_end(facts, end_ms, _recording_ms(session, episode))
    placed = _inserts(session, episode).get(identity)
    return replace(placed, at_ms=end_ms) if placed else stand_in(facts, end_ms)


def require_answers(session: Session, episode_id: str) -> None:
    """That whatever a person approved is in the episode. Raises NoSuchEpisode, AnswersMissing."""
    episode = episodes.episode_by_id(session, episode_id)
    missing = [facts.id for facts in _all_facts(session, episode) if facts.state == "approved"]
    if missing:
        raise AnswersMissing(details={"interns": missing})


def _note(row: InternRow, command: InternCommand, keyword: str) -> None:
    row.start_ms, row.end_ms, row.answer_at_ms = command.span.start_ms, command.span.end_ms, command.answer_at_ms
    row.keyword_end_ms = command.marker.span.end_ms
    row.request, row.target, row.sure = command.request, command.target, command.sure
    row.other_ends_ms = list(command.other_ends_ms)
    row.reason = command.reason(keyword)[:REASON_CHARACTERS_MAX]


def _is_decided(row: InternRow) -> bool:
    """Whether a person said anything about it, so that looking again leaves it alone."""
    return row.wanted is not None or row.end_chosen


def _decide(row: InternRow, clock: Clock, account_id: str, *, wanted: bool) -> None:
    row.wanted, row.decided_by, row.decided_at = wanted, account_id, clock.now()


def _change(
    session: Session,
    clock: Clock,
    account_id: str,
    episode: EpisodeFacts,
    version: int,
    *,
    added: Sequence[Operation],
    removed: Sequence[str],
) -> None:
    edits.change(
        session,
        clock,
        episode_id=episode.id,
        account_id=account_id,
        source_duration_ms=_recording_ms(session, episode),
        version=version,
        added=added,
        removed=removed,
    )


def _row(session: Session, episode_id: str, identity: str) -> InternRow:
    row = repository.command(session, episode_id, identity)
    if row is None:
        raise NoSuchIntern
    return row


def _all_facts(session: Session, episode: EpisodeFacts) -> list[InternFacts]:
    texts = _answers(session, episode)
    return [_as_facts(row, texts) for row in repository.commands(session, episode.id)]


def _facts(session: Session, episode: EpisodeFacts, row: InternRow) -> InternFacts:
    return _as_facts(row, _answers(session, episode))


def _answers(session: Session, episode: EpisodeFacts) -> dict[str, str]:
    """What is spoken in the episode as an answer, by the command's id."""
    keys = {identity: clip_key_of(insert.asset) for identity, insert in _inserts(session, episode).items()}
    clips = episodes.clips(session, [key for key in keys.values() if key])
    return {identity: clips[key].text for identity, key in keys.items() if key in clips}


def _inserts(session: Session, episode: EpisodeFacts) -> dict[str, Insert]:
    operations = edits.edit_list_of(session, episode.id, _recording_ms(session, episode)).operations
    return {one.id: one for one in operations if isinstance(one, Insert)}


def _recording_ms(session: Session, episode: EpisodeFacts) -> int:
    return recordings.media_by_id(session, episode.recording_id).duration_ms


def _as_facts(row: InternRow, answers: Mapping[str, str]) -> InternFacts:
    target = cast(Target, row.target)
    answer = row.noted if target == "notes" else answers.get(row.id)
    return InternFacts(
        id=row.id,
        start_ms=row.start_ms,
        keyword_end_ms=row.keyword_end_ms,
        end_ms=row.end_ms,
        answer_at_ms=row.answer_at_ms,
        request=row.request,
        target=target,
        other_ends_ms=tuple(row.other_ends_ms),
        reason=row.reason,
        sure=row.sure,
        state=state_of(wanted=row.wanted, is_answered=answer is not None),
        answer=answer,
        suggestion=row.suggestion,
        source=row.source,
        draft_id=row.draft_id,
    )
