"""How soon something may be tried again, in words, and never too early."""

import pytest

from donecast.kit.moments import soon_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "in a few seconds"),
        (10, "in a few seconds"),
        (10.1, "in half a minute"),
        (30, "in half a minute"),
        (31, "in about a minute"),
        (60, "in about a minute"),
        (61, "in about 2 minutes"),
        (240, "in about 4 minutes"),
        (600, "in about 10 minutes"),
    ],
)
def test_a_moment_to_come(seconds: float, words: str) -> None:
    assert soon_in_words(seconds) == words
