"""Entries sum to zero, say what they add to whom, and are sealed in a chain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from donecast.credits.rules.chain import (
    FIRST_DIGEST,
    Sealed,
    canonical,
    derived_id,
    digest_of,
    draws_from_text,
    draws_to_text,
    fingerprint,
    instant_text,
    lines_from_text,
    lines_to_text,
)
from donecast.credits.rules.entries import (
    CHARGE_REASONS,
    EntryDraft,
    Posting,
    moved,
    of_grants,
    reason_of_grant,
    reason_of_work,
    spread,
)
from donecast.credits.rules.grants import PRIORITIES, Draw
from donecast.credits.rules.pricing import (
    Assembly,
    LegacyMinutes,
    Line,
    Speech,
    StandAloneAuphonic,
    Storage,
    Transcription,
    Work,
)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DRAFT = EntryDraft(
    operation_id="op_1",
    act="charge",
    round=0,
    reason="TRANSCRIPTION",
    amount_mc=15,
    postings=(Posting("grant:a", -10), Posting("grant:b", -5), Posting("revenue:TRANSCRIPTION", 15)),
    happened_at=NOON,
    lines=(Line("transcription", 15),),
    draws=(Draw("a", 10), Draw("b", 5)),
    notes="Transcription",
)


def test_an_entry_says_what_it_adds_to_what_can_be_spent_and_to_what_is_set_aside() -> None:
    assert (DRAFT.available_change_mc, DRAFT.held_change_mc) == (-15, 0)
    captured = (Posting("hold:h", -20), Posting("revenue:TRANSCRIPTION", 15), Posting("grant:b", 5))
    charge = replace(DRAFT, postings=captured)
    assert (charge.available_change_mc, charge.held_change_mc) == (5, -20)


def test_an_entry_that_does_not_sum_to_zero_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        replace(DRAFT, postings=(Posting("grant:a", -10), Posting("revenue:TRANSCRIPTION", 15)))


def test_lines_that_do_not_sum_to_the_entry_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="sum to its amount"):
        replace(DRAFT, lines=(Line("transcription", 14),))


@pytest.mark.parametrize("wrong", [{"amount_mc": 15.0}, {"postings": (Posting("a", 0.0),)}])  # type: ignore[arg-type]
def test_a_float_gets_into_no_entry(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="whole milli-credits"):
        replace(DRAFT, **wrong)


def test_postings_move_what_there_is_and_leave_zeros_out() -> None:
    pots = of_grants((Draw("a", 10), Draw("b", 5)), "issued:unlimited", 15)
    assert moved(pots, "hold:h") == (Posting("grant:a", -10), Posting("grant:b", -5), Posting("hold:h", 15))
    assert spread("hold:h", pots) == (Posting("hold:h", -15), Posting("grant:a", 10), Posting("grant:b", 5))
    assert moved(of_grants((), "issued:unlimited", 7), "hold:h") == (
        Posting("issued:unlimited", -7),
        Posting("hold:h", 7),
    )
    assert moved(of_grants((), "issued:unlimited", 0), "hold:h") == ()
    assert spread("hold:h", ()) == ()


def test_reasons_are_those_of_the_wire() -> None:
    work: list[Work] = [
        Speech(1),
        Transcription(1),
        Assembly(1),
        Storage("2026-03", (1,)),
        StandAloneAuphonic(1),
        LegacyMinutes(1),
    ]
    assert [reason_of_work(one) for one in work] == [*CHARGE_REASONS, "LEGACY_IMPORT"]
    assert CHARGE_REASONS == ("TTS_GENERATION", "TRANSCRIPTION", "ASSEMBLY", "STORAGE", "AUPHONIC_PROCESSING")
    assert [reason_of_grant(kind) for kind in PRIORITIES] == [f"GRANT_{kind.upper()}" for kind in PRIORITIES]


SEALED = Sealed("acc_1", 1, DRAFT, lines_to_text(DRAFT.lines), draws_to_text(DRAFT.draws), "acc_1", "req", NOON)


@pytest.mark.parametrize(
    "changed",
    [
        replace(SEALED, account_id="acc_2"),
        replace(SEALED, sequence=2),
        replace(SEALED, actor="acc_2"),
        replace(SEALED, request_id=None),
        replace(SEALED, created_at=NOON + timedelta(microseconds=1)),
        replace(SEALED, lines_text="[]"),
        replace(SEALED, draws_text="[]"),
        *(
            replace(SEALED, draft=replace(DRAFT, **change))
            for change in (
                {"operation_id": "op_2"},
                {"round": 1},
                {"reason": "ASSEMBLY"},
                {"notes": "Other"},
                {"happened_at": NOON + timedelta(seconds=1)},
                {"episode_id": "ep_1"},
                {"refers_to": "ent_1"},
                {"minutes_thousandths": 1},
                {"engine": "auphonic"},
                {"rate_card_version": 1},
                {"parameters": "p"},
                {"postings": tuple(reversed(DRAFT.postings))},
                {"amount_mc": 16, "lines": ()},
            )
        ),
    ],
)
def test_whatever_is_changed_in_an_entry_breaks_its_seal(changed: Sealed) -> None:
    assert digest_of(FIRST_DIGEST, changed) != digest_of(FIRST_DIGEST, SEALED)


def test_a_seal_depends_on_the_one_before_and_on_nothing_else() -> None:
    assert digest_of(FIRST_DIGEST, SEALED) == digest_of(FIRST_DIGEST, SEALED)
    assert digest_of("1" * 64, SEALED) != digest_of(FIRST_DIGEST, SEALED)
    elsewhere = replace(SEALED, created_at=NOON.astimezone(timezone(timedelta(hours=5))))
    assert digest_of(FIRST_DIGEST, elsewhere) == digest_of(FIRST_DIGEST, SEALED)


def test_what_is_stored_as_text_is_read_again() -> None:
    assert lines_from_text(lines_to_text(DRAFT.lines)) == DRAFT.lines
    assert draws_from_text(draws_to_text(DRAFT.draws)) == DRAFT.draws
    assert canonical({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'
    assert instant_text(NOON) == "2026-03-10T12:00:00.000000Z"


def test_ids_and_fingerprints_are_made_of_what_they_stand_for() -> None:
    assert derived_id("ent", "acc_1", "op", 0) == derived_id("ent", "acc_1", "op", 0)
    assert derived_id("ent", "acc_1", "op", 1) != derived_id("ent", "acc_1", "op", 0)
    assert derived_id("ent", "ab", "c") != derived_id("ent", "a", "bc")
    assert len(derived_id("ent", "x")) == 30
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1}) != fingerprint({"a": 1, "b": 3})
