"""Spans: half-open stretches of whole milliseconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.span import Span, complement, merged, total_ms
from tests.support.times import spans


@pytest.mark.parametrize(("start_ms", "end_ms"), [(5, 5), (6, 5), (-1, 5)])
def test_a_span_without_length_or_before_time_is_refused(start_ms: int, end_ms: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start_ms, end_ms)


def test_the_end_does_not_belong_to_a_span() -> None:
    span = Span(100, 200)
    assert span.contains(100)
    assert not span.contains(200)
    assert not span.overlaps(Span(200, 300))
    assert span.overlaps(Span(199, 300))
    assert span.duration_ms == 100


@pytest.mark.parametrize(
    ("within", "part"), [(Span(0, 50), None), (Span(150, 400), Span(150, 200)), (Span(0, 900), Span(100, 200))]
)
def test_clipping_gives_the_shared_part(within: Span, part: Span | None) -> None:
    assert Span(100, 200).clipped(within) == part


def test_spans_that_touch_are_merged() -> None:
    assert merged([Span(5, 9), Span(0, 2), Span(2, 3), Span(8, 12)]) == (Span(0, 3), Span(5, 12))


@given(st.lists(spans(300), max_size=10))
def test_covered_and_uncovered_instants_are_all_instants(some: list[Span]) -> None:
    whole = Span(0, 300)
    covered, gaps = merged(some), complement(some, whole)
    for instant_ms in range(300):
        inside = any(span.contains(instant_ms) for span in some)
        assert any(span.contains(instant_ms) for span in covered) == inside
        assert any(span.contains(instant_ms) for span in gaps) != inside
    assert total_ms(some) + total_ms(gaps) == 300
