"""Where to cut a recording so that each piece can be recognised alone. Plain arithmetic, no sound."""

from collections.abc import Sequence
from itertools import pairwise

from donecast.core.span import Span

PIECE_MS_MAX = 20_000
_BREATH_MS = 250  # silence kept on both sides of a piece: recognisers want to hear the beginning
_JOIN_GAP_MS_MAX = 700  # longer silence cuts, so that a piece is about one breath of talk
_PIECE_MS_MIN = 4_000  # unless the piece is still so short that there is no context to recognise words from


def cut_pieces(
    speech: Sequence[Span],
    duration_ms: int,
    piece_ms_max: int = PIECE_MS_MAX,
    *,
    join_gap_ms_max: int = _JOIN_GAP_MS_MAX,
) -> tuple[Span, ...]:
    """Pieces that hold all speech, at most ``piece_ms_max`` long, cut in silence wherever there is some.

    Speech is gathered until a silence of more than ``join_gap_ms_max`` or the limit comes; a stretch without any pause
    is cut at the limit. Silence between pieces belongs to none. Pieces are sorted and do not overlap.
    """
    groups: list[Span] = []
    for span in speech:
        last = groups[-1] if groups else None
        if last is not None and _belongs(last, span, piece_ms_max, join_gap_ms_max):
            groups[-1] = Span(last.start_ms, span.end_ms)
        else:
            groups.extend(_halved(span, piece_ms_max - 2 * _BREATH_MS))
    pieces: list[Span] = []
    for index, group in enumerate(groups):
        before_ms = groups[index - 1].end_ms if index else 0
        after_ms = groups[index + 1].start_ms if index + 1 < len(groups) else duration_ms
        start_ms = group.start_ms - min(_BREATH_MS, (group.start_ms - before_ms + 1) // 2 if index else group.start_ms)
        end_ms = group.end_ms + min(_BREATH_MS, max(0, after_ms - group.end_ms) // 2)
        pieces.append(Span(max(0, start_ms), max(end_ms, start_ms + 1)))
    return tuple(pieces)


def share_out(pieces: Sequence[Span], share_ms: int) -> tuple[tuple[Span, ...], ...]:
    """Pieces in order as shares of about ``share_ms`` of sound each: what one process is asked to do at a time."""
    total_ms = sum(piece.duration_ms for piece in pieces)
    count = max(1, -(-total_ms // share_ms))
    shares: list[list[Span]] = [[] for _ in range(count)]
    done_ms = 0
    for piece in pieces:
        shares[min(count - 1, (done_ms + piece.duration_ms // 2) * count // max(1, total_ms))].append(piece)
        done_ms += piece.duration_ms
    return tuple(tuple(share) for share in shares if share)


def _belongs(last: Span, span: Span, piece_ms_max: int, join_gap_ms_max: int) -> bool:
    gap_ms = span.start_ms - last.end_ms
    fits = span.end_ms - last.start_ms <= piece_ms_max - 2 * _BREATH_MS
    return fits and (gap_ms <= join_gap_ms_max or (last.duration_ms < _PIECE_MS_MIN and gap_ms <= 2_000))


def _halved(span: Span, length_ms_max: int) -> list[Span]:
    count = -(-span.duration_ms // length_ms_max)
    edges = [span.start_ms + span.duration_ms * index // count for index in range(count + 1)]
    return [Span(start, end) for start, end in pairwise(edges)]
