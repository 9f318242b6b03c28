"""Gathers evidence before anybody reasons: every source is looked at, in its time, and what it said is frozen."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from sqlalchemy.exc import SQLAlchemyError

from donecast.autoops.case import Source
from donecast.autoops.rules.values import EXCERPT_CHARACTERS_MAX, Alert, Evidence
from donecast.kit.errors import DonecastError
from donecast.platform.redaction import CHARACTERS_MAX, scrubbed_text
from donecast.platform.secret_shapes import REDACTED

LOOK_SECONDS_MAX = 10.0


def gathered(
    sources: Sequence[Source], alert: Alert, look_seconds_max: float = LOOK_SECONDS_MAX
) -> tuple[Evidence, ...]:
    """What each source says about an alert, in the sources' order.

    All are asked at once. One that fails or does not answer in its time is evidence as well: that it is missing.
    Only what a file, a database or a text of strangers can do is such a failure; a fault of ours stays one.
    """
    if not sources:
        return ()
    pool = ThreadPoolExecutor(max_workers=len(sources), thread_name_prefix="evidence")
    looks = [pool.submit(_look, source, alert) for source in sources]
    wait(looks, timeout=look_seconds_max)
    found = tuple(
        look.result() if look.done() else missing(source, f"it did not answer within {look_seconds_max:g} seconds")
        for source, look in zip(sources, looks, strict=True)
    )
    pool.shutdown(wait=False, cancel_futures=True)
    return found


def missing(source: Source, why: str) -> Evidence:
    """That a source has nothing to say, and why."""
    return Evidence(
        id=source.id, source=source.name, question=source.question, excerpt="", sha256=_sha256(""), missing=why
    )


def frozen(source: Source, said: str) -> Evidence:
    """What a source said, without secrets, cut to what can be read."""
    clean = scrubbed_text(said)
    return Evidence(
        id=source.id,
        source=source.name,
        question=source.question,
        excerpt=clean[:EXCERPT_CHARACTERS_MAX],
        sha256=_sha256(clean),
        is_cut=len(clean) > EXCERPT_CHARACTERS_MAX or len(said) > CHARACTERS_MAX,
        redacted_count=clean.count(REDACTED),
    )


def _look(source: Source, alert: Alert) -> Evidence:
    try:
        said = source.look(alert)
        return frozen(source, said) if said.strip() else missing(source, "it has nothing to say about this")
    except DonecastError as error:
        return missing(source, error.message)
    except (SQLAlchemyError, OSError, ValueError, RecursionError) as error:
        return missing(source, f"it cannot be looked at ({type(error).__name__})")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
