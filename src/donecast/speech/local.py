"""The best recogniser of this machine: Whisper where there is a model, else the built-in one.

Looked for anew for each recording, so that a model is used from the moment it is there. A model that is there and does
not run is an error and no reason to take the other one: nobody would notice that the words are worse.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from donecast.core.span import Span
from donecast.core.words import Transcript, TranscriptQuality
from donecast.kit.problems import Problem
from donecast.speech.model_errors import SpeechModelMissing
from donecast.speech.model_folder import models_in
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import MarkerSpec, Subject, Transcriber
from donecast.speech.whisper import WhisperTranscriber


def chosen_model(models: Path, wanted: str) -> Path | None:
    """The folder of the model to hear with: the wanted one, else the largest of ``models``; None without any.

    ``wanted`` is the name of one of ``models``, or a folder; it is answered whether or not it is there.
    """
    if wanted:
        return models / wanted if Path(wanted).name == wanted else Path(wanted)
    return next(iter(models_in(models)), None)


class LocalTranscriber:
    """Transcriber adapter around those of this machine, see `transcriber.Transcriber` and `chosen_model`.

    ``whisper_alone``: somebody chose Whisper, so that without a model everything raises SpeechModelMissing.
    """

    def __init__(
        self,
        models: Path,
        *,
        wanted: str = "",
        language: str = "en",
        processes: int | None = None,
        whisper_alone: bool = False,
    ) -> None:
        self._models = models
        self._whisper_alone = whisper_alone
        self._wanted = wanted
        self._language = language
        self._processes = processes

    def chosen(self) -> Transcriber:
        """The recogniser of this moment. Raises SpeechModelMissing."""
        folder = chosen_model(self._models, self._wanted)
        if folder is None:
            if self._whisper_alone:
                raise SpeechModelMissing
            return PocketSphinxTranscriber(self._processes)
        return WhisperTranscriber(folder, language=self._language, processes=self._processes)

    @property
    def name(self) -> str:
        """The chosen one's."""
        return self.chosen().name

    @property
    def version(self) -> str:
        """The chosen one's."""
        return self.chosen().version

    @property
    def quality(self) -> TranscriptQuality:
        """The chosen one's."""
        return self.chosen().quality

    @property
    def options_digest(self) -> str:
        """The chosen one's."""
        return self.chosen().options_digest

    def check(self) -> list[Problem]:
        """What the chosen one misses."""
        try:
            chosen = self.chosen()
        except SpeechModelMissing as error:
            return [Problem(error.code, error.message, error.action)]
        return chosen.check()

    def for_recording(self, subject: Subject) -> Transcriber:
        """The chosen one: whatever is installed meanwhile, this recording is heard by one engine."""
        return self.chosen().for_recording(subject)

    def transcribe(
        self,
        feed: Path,
        *,
        duration_ms: int,
        markers: Mapping[str, MarkerSpec] | None = None,
        pauses: Sequence[Span] | None = None,
        on_progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """See `transcriber.Transcriber.transcribe`."""
        return self.chosen().transcribe(
            feed,
            duration_ms=duration_ms,
            markers=markers,
            pauses=pauses,
            on_progress=on_progress,
            cancelled=cancelled,
        )
