"""A category that Apple does not know gets a show refused, so the list is counted and spelled exactly."""

import pytest

from donecast.shows.categories import APPLE_CATEGORIES, is_category


def test_the_list_is_as_long_as_apples() -> None:
    assert len(APPLE_CATEGORIES) == 19
    assert sum(len(inner) for inner in APPLE_CATEGORIES.values()) == 91


def test_no_name_stands_twice_and_all_are_in_order() -> None:
    inner = [name for names in APPLE_CATEGORIES.values() for name in names]
    assert len(set(inner)) == len(inner)
    assert list(APPLE_CATEGORIES) == sorted(APPLE_CATEGORIES)
    assert all(list(names) == sorted(names) for names in APPLE_CATEGORIES.values())


@pytest.mark.parametrize(
    ("category", "subcategory"),
    [("Arts", None), ("Arts", "Fashion & Beauty"), ("Technology", None), ("Leisure", "Home & Garden")],
)
def test_apples_own_are_known(category: str, subcategory: str | None) -> None:
    assert is_category(category, subcategory)


@pytest.mark.parametrize(
    ("category", "subcategory"),
    [("arts", None), ("Podcasting", None), ("Technology", "Tech News"), ("Arts", ""), ("TV &amp; Film", None)],
)
def test_others_are_not(category: str, subcategory: str | None) -> None:
    assert not is_category(category, subcategory)
