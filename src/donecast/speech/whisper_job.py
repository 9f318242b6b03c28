"""Whisper itself, run by CTranslate2 inside a child process: a model's folder and pieces of a feed to words.

The only module that imports ctranslate2, which need not be installed; nobody imports this one but the child process.
A model is opened by its folder alone: nothing here knows how to fetch one, and the child has no network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.feed import Feed, Samples
from donecast.speech.log_mel import COLUMN_MS, LogMel
from donecast.speech.model_folder import ModelFolder, opened, unusable, vocabulary_of
from donecast.speech.whisper_doubts import doubt_about, repeats
from donecast.speech.whisper_words import HeardToken, bytes_of, words_of

_BEAM = 5
_COMPUTE_TYPE = "int8"
_TIME_STEP_MS = 20  # the encoder's second layer halves the columns
_COLUMNS_MIN = 40  # with next to none the library divides by zero (CTranslate2's pull request 2065)
_MEDIAN_WIDTH = 7
_NO_REPEAT = 3  # tokens in a row that may not come again, once a piece was found to go round in circles
_LANGUAGE_PIECES = 5
_TEXT_TOKENS_MAX = 224  # half of what the network can look back on, as it was trained

Progress = Callable[[int], None]


def look(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """``{model, language}`` to ``{language}``: opens the model and says in which language it would write.

    Raises SpeechModelUnusable.
    """
    ear = _Ear(opened(Path(arguments["model"])), threads=1)
    progress(100)
    return {"language": ear.checked_language(arguments["language"])}


def transcribe(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """``{feed, model, pieces, language, threads}`` to ``{language, words, left_out}``.

    Words are ``[text, start_ms, end_ms, confidence, kind]``, what was not believed ``[start_ms, end_ms, doubt]``.
    Raises SpeechModelUnusable and FeedUnreadable.
    """
    pieces = [Span(*piece) for piece in arguments["pieces"]]
    ear = _Ear(opened(Path(arguments["model"])), threads=arguments["threads"])
    words: list[Word] = []
    left_out: list[list[object]] = []
    with Feed(Path(arguments["feed"])) as feed:
        language = ear.checked_language(arguments["language"]) or ear.heard_language(feed, pieces)
        for number, piece in enumerate(pieces, 1):
            said = ear.listen(feed.read(piece), language)
            doubt = doubt_about(said.text, no_speech=said.no_speech, log_probability=said.log_probability)
            if doubt is None:
                words.extend(words_of(*ear.placed(said, piece, language), language))
            else:
                left_out.append([piece.start_ms, piece.end_ms, doubt])
            progress(100 * number // len(pieces))
    return {
        "language": language,
        "words": [[word.text, word.start_ms, word.end_ms, word.confidence, word.kind] for word in words],
        "left_out": left_out,
    }


@dataclass(frozen=True, slots=True)
class _Said:
    """What a piece says as token numbers, and what the network thinks of it; ``encoded`` is its view of the sound."""

    encoded: Any
    tokens: tuple[int, ...]
    text: str
    no_speech: float
    log_probability: float


class _Ear:
    """An opened model."""

    def __init__(self, model: ModelFolder, *, threads: int) -> None:
        self._folder = model
        self._vocabulary = vocabulary_of(model)
        self._numbers = {token: number for number, token in enumerate(self._vocabulary)}
        self._text_ends = self._numbers["<|endoftext|>"]
        try:
            self._network = ctranslate2.models.Whisper(
                str(model.path), device="cpu", compute_type=_COMPUTE_TYPE, inter_threads=1, intra_threads=threads
            )
            self._mel = LogMel(int(self._network.n_mels))
        except (RuntimeError, ValueError) as error:
            raise unusable(model.path, _one_line(error)) from error

    def checked_language(self, wanted: str) -> str:
        """The language to write in; empty where the model is to find out. Raises SpeechModelUnusable."""
        if not self._network.is_multilingual:
            if wanted not in {"en", "auto"}:
                raise unusable(self._folder.path, f"it knows English and not “{wanted}”")
            return "en"
        if wanted == "auto":
            return ""
        if f"<|{wanted}|>" not in self._numbers:
            raise unusable(self._folder.path, f"it knows no language “{wanted}”")
        return wanted

    def heard_language(self, feed: Feed, pieces: Sequence[Span]) -> str:
        """The language in which most is said, by the longest pieces."""
        longest = sorted(pieces, key=lambda piece: -piece.duration_ms)[:_LANGUAGE_PIECES]
        sure: dict[str, float] = {}
        for piece in longest:
            (found,) = self._asked(self._network.detect_language, self._encoded(feed.read(piece)))
            for token, probability in found:
                sure[token] = sure.get(token, 0.0) + float(probability)
        return max(sure, key=lambda token: sure[token]).strip("<|>") if sure else "en"

    def listen(self, samples: Samples, language: str) -> _Said:
        """What is said in a piece; heard once more when the first answer goes round in circles."""
        encoded = self._encoded(samples)
        said = self._said(encoded, language, no_repeat=0)
        return self._said(encoded, language, no_repeat=_NO_REPEAT) if repeats(said.text) else said

    def placed(self, said: _Said, piece: Span, language: str) -> tuple[list[HeardToken], int]:
        """The tokens with the instant at which each begins, by where the network looked while it said them.

        And the instant at which it was done.
        """
        if not said.tokens:
            return [], piece.start_ms
        (aligned,) = self._asked(
            self._network.align,
            said.encoded,
            [self._numbers[token] for token in self._start(language)],
            [list(said.tokens)],
            max(_COLUMNS_MIN, -(-piece.duration_ms // COLUMN_MS)),
            median_filter_width=_MEDIAN_WIDTH,
        )
        begins: dict[int, int] = {}
        for number, step in aligned.alignments:
            begins.setdefault(int(number), min(piece.start_ms + int(step) * _TIME_STEP_MS, piece.end_ms - 1))
        placed: list[HeardToken] = []
        start_ms = piece.start_ms
        for number, (token, probability) in enumerate(zip(said.tokens, aligned.text_token_probs, strict=True)):
            start_ms = begins.get(number, start_ms)
            placed.append(HeardToken(bytes_of(self._vocabulary[token]), start_ms, float(probability)))
        return placed, begins.get(len(said.tokens), piece.end_ms)

    def _start(self, language: str) -> list[str]:
        task = [f"<|{language}|>", "<|transcribe|>"] if self._network.is_multilingual else []
        return ["<|startoftranscript|>", *task]

    def _encoded(self, samples: Samples) -> Any:
        columns = self._mel.columns(samples)[np.newaxis]
        return self._asked(self._network.encode, ctranslate2.StorageView.from_array(columns))

    def _said(self, encoded: Any, language: str, *, no_repeat: int) -> _Said:
        (answer,) = self._asked(
            self._network.generate,
            encoded,
            [[*self._start(language), "<|notimestamps|>"]],
            beam_size=_BEAM,
            max_length=2 * _TEXT_TOKENS_MAX,
            no_repeat_ngram_size=no_repeat,
            return_scores=True,
            return_no_speech_prob=True,
        )
        numbers = tuple(int(number) for number in answer.sequences_ids[0])
        # The score is the mean of all, without the end that was said too (Wu et al., https://arxiv.org/abs/1609.08144).
        log_probability = float(answer.scores[0]) * len(numbers) / (len(numbers) + 1)
        tokens = tuple(number for number in numbers if number < self._text_ends)
        text = b"".join(bytes_of(self._vocabulary[number]) for number in tokens).decode("utf-8", "replace")
        return _Said(encoded, tokens, text, float(answer.no_speech_prob), log_probability)

    def _asked(self, question: Callable[..., Any], *arguments: object, **options: object) -> Any:
        """An answer of the network; a model whose parts do not fit together shows it only here."""
        try:
            return question(*arguments, **options)
        except (RuntimeError, ValueError) as error:
            raise unusable(self._folder.path, _one_line(error)) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")
