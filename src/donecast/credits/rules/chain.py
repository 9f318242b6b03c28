"""The chain of a person's entries: each is sealed by a digest of what it says and of the seal before it.

Whoever has the entries can check them without us. A change to any, or one taken out of the middle, breaks the seal of
every later one; entries missing at the end are told by the wallet, which counts them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from donecast.credits.rules.entries import EntryDraft, Posting
from donecast.credits.rules.grants import Draw
from donecast.credits.rules.pricing import Line, line_from_json, line_to_json

FIRST_DIGEST = "0" * 64
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What of an entry is sealed, as it is stored. Texts of lines and draws are sealed to the character."""

    account_id: str
    sequence: int
    draft: EntryDraft
    lines_text: str
    draws_text: str
    actor: str
    request_id: str | None
    created_at: datetime


def digest_of(previous_digest: str, sealed: Sealed) -> str:
    """The seal of an entry: SHA-256 in hexadecimal."""
    draft = sealed.draft
    facts: Sequence[object] = (
        previous_digest,
        sealed.account_id,
        sealed.sequence,
        draft.operation_id,
        draft.act,
        draft.round,
        draft.reason,
        draft.amount_mc,
        instant_text(draft.happened_at),
        draft.parameters,
        sealed.lines_text,
        sealed.draws_text,
        draft.engine,
        draft.rate_card_version,
        draft.notes,
        draft.episode_id,
        draft.refers_to,
        draft.minutes_thousandths,
        sealed.actor,
        sealed.request_id,
        instant_text(sealed.created_at),
        postings_text(draft.postings),
    )
    return sha256(_SEPARATOR.join("" if fact is None else str(fact) for fact in facts).encode()).hexdigest()


def instant_text(instant: datetime) -> str:
    """An instant as it is sealed: UTC, to the microsecond."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def postings_text(postings: Iterable[Posting]) -> str:
    """Postings as they are sealed, in their order."""
    return ";".join(f"{posting.pot}={posting.amount_mc}" for posting in postings)


def lines_to_text(lines: Iterable[Line]) -> str:
    """Lines as they are stored."""
    return canonical([line_to_json(line) for line in lines])


def lines_from_text(text: str) -> tuple[Line, ...]:
    """Stored lines."""
    return tuple(line_from_json(document) for document in json.loads(text))


def draws_to_text(draws: Iterable[Draw]) -> str:
    """Draws as they are stored."""
    return canonical([[draw.grant_id, draw.amount_mc] for draw in draws])


def draws_from_text(text: str) -> tuple[Draw, ...]:
    """Stored draws."""
    return tuple(Draw(grant_id, amount_mc) for grant_id, amount_mc in json.loads(text))


def fingerprint(parameters: Mapping[str, Any]) -> str:
    """What tells two requests under one operation id apart."""
    return sha256(canonical(parameters).encode()).hexdigest()


def derived_id(prefix: str, *key: object) -> str:
    """An id made of its key, so that the same thing made twice has the same id: ``ent_`` and 26 characters."""
    return f"{prefix}_{sha256(_SEPARATOR.join(map(str, key)).encode()).hexdigest()[:26]}"


def canonical(document: Any) -> str:
    """One spelling for each document."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
