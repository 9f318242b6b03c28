"""When a voice says which word, from a vendor that times each character. Pure.

Times are a gift beside the sound, which is paid and right without them: what is not as promised is left out, and the
words of the text are then placed by their length, as they are for every other voice.
"""

import math
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

from donecast.core.span import Span


def spans_of_words(text: str, alignment: Any, duration_ms: int) -> tuple[Span, ...]:
    """One span for each word of ``text.split()``, in the speech's milliseconds; none where they cannot be told.

    ``alignment``: ``{characters, character_start_times_seconds, character_end_times_seconds}``, lists of one length.
    """
    document = alignment if isinstance(alignment, dict) else {}
    characters = document.get("characters")
    starts_ms = _milliseconds(document.get("character_start_times_seconds"))
    ends_ms = _milliseconds(document.get("character_end_times_seconds"))
    if not isinstance(characters, list) or not all(isinstance(one, str) for one in characters):
        return ()
    if not len(characters) == len(starts_ms) == len(ends_ms) or "".join(characters).split() != text.split():
        return ()
    numbers = range(len(characters))
    together = [list(run) for blank, run in groupby(numbers, key=lambda at: not characters[at].strip()) if not blank]
    edges = [(starts_ms[run[0]], max(ends_ms[at] for at in run)) for run in together]
    if len(edges) != len(text.split()) or any(start_ms >= duration_ms for start_ms, _ in edges):
        return ()
    if any(after[0] < before[0] for before, after in pairwise(edges)):
        return ()
    return tuple(Span(start_ms, min(max(end_ms, start_ms + 1), duration_ms)) for start_ms, end_ms in edges)


def _milliseconds(seconds: Any) -> Sequence[int]:
    """Seconds as milliseconds; nothing where one of them is no time."""
    if not isinstance(seconds, list):
        return ()
    numbers = [one for one in seconds if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) != len(seconds) or not all(math.isfinite(one) and one >= 0 for one in numbers):
        return ()
    return [round(1_000 * one) for one in numbers]
