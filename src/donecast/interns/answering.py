"""Answers: asked of the engine that writes, spoken by the show's voice, put into the episode; nothing is held while."""

from donecast.core.template import SpokenSource
from donecast.core.text_request import QUESTION_CHARACTERS_MAX
from donecast.credits.paying import Payer
from donecast.drafts.asking import WritingDesk, ask_for_draft
from donecast.drafts.rules import DraftWish
from donecast.episodes.makings import Makings, makings_of, voice_of
from donecast.episodes.spoken_clips import SpokenClips
from donecast.interns import service
from donecast.interns.errors import AnswerRefused, NothingAsked
from donecast.interns.rules import InternFacts, tidied_answer
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.speech.voice_engines import VoiceEngines


def draft_answer(
    ground: Ground, desk: WritingDesk, account_id: str, episode_id: str, intern_id: str, question: str
) -> InternFacts:
    """Has an answer written, to the question as it was understood or as the person puts it; it is only proposed.

    Raises NoSuchEpisode, NoSuchIntern, NothingAsked, AnswerRefused, and what `ask_for_draft` raises.
    """
    with ground.database.reading() as session:
        facts = service.command_of(session, account_id, episode_id, intern_id)
    asked = question.strip() or facts.request[:QUESTION_CHARACTERS_MAX]
    if not asked:
        raise NothingAsked
    made = ask_for_draft(ground, desk, account_id, episode_id, DraftWish(kind="answer", question=asked))
    if made.draft is None:
        raise AnswerRefused(made.refused.message if made.refused else AnswerRefused.message)
    answer = made.draft.texts[0]
    return run_unit(
        ground.database,
        lambda session: service.keep_draft(
            session,
            account_id,
            episode_id,
            intern_id,
            answer=answer,
            source=made.source,
            draft=made.id,
        ),
    )


def give_answer(
    ground: Ground,
    voices: VoiceEngines,
    account_id: str,
    episode_id: str,
    intern_id: str,
    *,
    text: str,
    version: int,
) -> InternFacts:
    """Speaks an answer and puts it after its question, or writes it into the notes where those were asked for.

    Raises NoSuchEpisode, NoSuchIntern, AnswerUnspeakable, StaleVersion, NotEnoughCredits, and the errors of the voice.
    """
    answer = tidied_answer(text)
    with ground.database.reading() as session:
        facts = service.command_of(session, account_id, episode_id, intern_id)
    if facts.target == "notes":
        return run_unit(
            ground.database,
            lambda session: service.note_answer(session, ground.clock, account_id, episode_id, intern_id, text=answer),
        )
    voice = voices.chosen(_voice(makings_of(ground, episode_id)))
    clip = SpokenClips(ground, Payer(account_id, episode_id)).keep(answer, voice)
    return run_unit(
        ground.database,
        lambda session: service.put_answer(
            session, ground.clock, account_id, episode_id, intern_id, clip=clip, version=version
        ),
    )


def _voice(makings: Makings) -> str | None:
    """The voice of the template's first spoken part that names one, else the episode's, the show's; None: nobody's."""
    segments = makings.template.segments
    named = [one.source.voice for one in segments if isinstance(one.source, SpokenSource) and one.source.voice]
    return voice_of(makings, next(iter(named), None))
