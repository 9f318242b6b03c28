"""Pieces hold all speech, are short enough, and are cut in silence."""

from hypothesis import given
from hypothesis import strategies as st

from donecast.core.span import Span, complement, merged, total_ms
from donecast.speech.pieces import PIECE_MS_MAX, cut_pieces, share_out

_LENGTHS = st.lists(st.tuples(st.integers(100, 3_000), st.integers(64, 50_000)), max_size=30)


def _speech(lengths: list[tuple[int, int]]) -> tuple[tuple[Span, ...], int]:
    spans, cursor = [], 0
    for silence_ms, speech_ms in lengths:
        spans.append(Span(cursor + silence_ms, cursor + silence_ms + speech_ms))
        cursor += silence_ms + speech_ms
    return tuple(spans), cursor + 300


@given(lengths=_LENGTHS)
def test_pieces_hold_all_speech_without_overlap(lengths: list[tuple[int, int]]) -> None:
    speech, duration_ms = _speech(lengths)
    pieces = cut_pieces(speech, duration_ms)
    assert list(pieces) == sorted(pieces)
    assert total_ms(pieces) == sum(piece.duration_ms for piece in pieces)
    assert all(piece.duration_ms <= PIECE_MS_MAX for piece in pieces)
    assert not pieces or pieces[-1].end_ms <= duration_ms
    outside = complement(pieces, Span(0, duration_ms))
    assert not any(span.overlaps(gap) for span in speech for gap in outside)


@given(lengths=_LENGTHS, share_ms=st.integers(1_000, 100_000))
def test_shares_are_all_pieces_in_order(lengths: list[tuple[int, int]], share_ms: int) -> None:
    speech, duration_ms = _speech(lengths)
    pieces = cut_pieces(speech, duration_ms)
    shares = share_out(pieces, share_ms)
    assert [piece for share in shares for piece in share] == list(pieces)
    assert all(sum(piece.duration_ms for piece in share) <= share_ms + PIECE_MS_MAX for share in shares)


def test_long_pauses_cut_and_short_ones_do_not() -> None:
    speech = [Span(1_000, 6_000), Span(6_500, 9_000), Span(12_000, 14_000)]
    assert cut_pieces(speech, 20_000) == (Span(750, 9_250), Span(11_750, 14_250))


def test_a_lone_short_word_joins_what_follows_soon() -> None:
    assert cut_pieces([Span(1_000, 1_400), Span(2_800, 6_000)], 7_000) == (Span(750, 6_250),)


def test_speech_without_any_pause_is_cut_evenly() -> None:
    pieces = cut_pieces([Span(0, 45_000)], 45_000)
    assert len(pieces) == 3
    assert merged(pieces) == (Span(0, 45_000),)


def test_silence_has_no_pieces() -> None:
    assert cut_pieces([], 10_000) == ()
    assert share_out([], 1_000) == ()
