"""Asking the engine for a draft: look, ask without holding anything, check, keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from donecast.core.answer_checks import checked
from donecast.drafts import service
from donecast.drafts.errors import WritersBusy
from donecast.drafts.rules import DraftFacts, DraftWish
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.writing.writer import TextWriter


class WritingDesk:
    """The one engine of this process, and how many texts it writes at one moment."""

    def __init__(self, writer: TextWriter, *, at_once_max: int) -> None:
        self.writer = writer
        self._free = BoundedSemaphore(at_once_max)

    @contextmanager
    def turn(self) -> Iterator[TextWriter]:
        """The engine, for one text. Raises WritersBusy at once when as many as may be are written."""
        if not self._free.acquire(blocking=False):
            raise WritersBusy
        try:
            yield self.writer
        finally:
            self._free.release()


def ask_for_draft(ground: Ground, desk: WritingDesk, account_id: str, episode_id: str, wish: DraftWish) -> DraftFacts:
    """A checked draft, or the fact that the engine's answer was refused and why.

    No connection to the database is held while the engine thinks. Raises NoSuchEpisode, NoTranscriptYet,
    NothingToWriteAbout, TooManyDrafts, WritersBusy, and the errors of `TextWriter.write`.
    """
    settings = ground.settings.ai_text
    with ground.database.reading() as session:
        request = service.request_for(session, settings, account_id, episode_id, wish)
    with desk.turn() as writer:
        answer = writer.write(request)
    outcome = checked(answer.text, request)
    return run_unit(
        ground.database,
        lambda session: service.keep(
            session,
            ground.clock,
            account_id,
            episode_id,
            wish.kind,
            writer=desk.writer,
            answer=answer,
            outcome=outcome,
            currency=settings.ai_text_currency,
        ),
    )
