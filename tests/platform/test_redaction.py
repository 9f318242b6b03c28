"""Redaction: planted secrets disappear from any value, harmless values stay, and no text makes it slow."""

import base64
import json
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from donecast.platform.redaction import (
    CHARACTERS_MAX,
    DEPTH_MAX,
    ITEMS_MAX,
    VALUES_MAX,
    scrubbed,
    scrubbed_text,
    scrubbed_url,
)
from donecast.platform.secret_shapes import REDACTED, is_secret_name
from tests.support.planted_secrets import KINDS, Planted, planted

_HARMLESS = [
    "the token expired",
    "The password is wrong, the token was refused, and the pin is new.",
    "basic information about the show",
    "upload up_01k8abcdefghijklmnopqrstuv of 1764530411000 bytes is complete",
    "https://podcast.example.org/feeds/my-show.xml?page=2",
    "session_days=30 answer_tokens_max=400 account_id=acc_01k8abcdefghijklmnopqrstuv",
    "4111111111111112 is no card number",
    "2026-11-30T19:20:11.123456Z",
    "key=episodes/ep_1/audio.mp3",
    "-----BEGIN of a line, END of it",
]
_ATTACKS = [
    *("a_" * 10_000, "password" * 2_500, 'token="\\' * 3_000, '"' * 20_000, "x-" * 10_000 + "token", "?" * 20_000),
    *("basic " * 3_000, "4 " * 10_000, "a@" * 10_000, "://" * 6_000, "-----BEGIN A-----" * 1_000, "?a" * 10_000),
    *('name="pin"' * 1_500, "cookie:" * 2_500, "<pin " * 4_000, "http://a?" * 2_200, "secret: " * 2_500),
]
_texts = st.text(max_size=60)
_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=12,
)
_alphabet = st.characters(codec="ascii", categories=("L", "N"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_gone_whatever_stands_around_it(kind: str) -> None:
    for number in range(5):
        secret = planted(kind, number)
        for value in (
            secret.value,
            f"before {secret.text} after",
            {"x": [secret.value]},
            json.dumps(secret.value, default=repr),
        ):
            _assert_gone(secret, scrubbed(value))


@given(st.sampled_from(KINDS), st.integers(0, 500), _values, _texts)
def test_a_secret_is_gone_from_any_value(kind: str, number: int, value: Any, text: str) -> None:
    secret = planted(kind, number)
    _assert_gone(secret, scrubbed({"first": value, "second": (secret.value, [secret.value]), "third": value}))
    _assert_gone(secret, scrubbed(f"{text}\n{secret.text}\n{text}"))


@given(_values)
def test_scrubbing_again_changes_nothing(value: Any) -> None:
    once = scrubbed(value)
    assert scrubbed(once) == once


@given(st.sampled_from(KINDS), st.integers(0, 50))
def test_scrubbing_a_scrubbed_secret_changes_nothing(kind: str, number: int) -> None:
    once = scrubbed([planted(kind, number).value, planted(kind, number).text])
    assert scrubbed(once) == once


@given(
    st.sampled_from(["password", "stripeApiKey", "X-CSRF-Token", "client_secret", "DATABASE_URL", "donecast_session"]),
    st.text(_alphabet, min_size=12, max_size=40),
)
def test_what_stands_under_a_secret_name_is_gone_in_every_form(name: str, secret: str) -> None:
    secret = f"q{secret}q"
    forms = [
        {name: secret},
        {name: [secret, {"a": secret}]},
        [(name.encode(), secret.encode())],
        json.dumps({name: secret}),
        json.dumps(json.dumps({name: secret})),
        repr({name: secret}),
        f"{name}={secret}&next=1",
        quote(f"{name}={secret}"),
        f"{name}: {secret}",
    ]
    for form in forms:
        assert secret not in json.dumps(scrubbed(form)), form


@pytest.mark.parametrize("words", ["my password is hunter2", "The PIN was 4711.", "the api key is Zq8-x_1!"])
def test_a_secret_that_a_person_tells_in_words_is_gone(words: str) -> None:
    assert scrubbed_text(words).endswith(REDACTED)


@pytest.mark.parametrize("text", _HARMLESS)
def test_harmless_texts_stay(text: str) -> None:
    assert scrubbed_text(text) == text


def test_numbers_that_count_stay_and_numbers_that_open_go() -> None:
    assert scrubbed({"answer_tokens_max": 400, "tokens": 3, "has_password": True, "pin": 1234, "n": 5}) == {
        "answer_tokens_max": 400,
        "tokens": 3,
        "has_password": True,
        "pin": REDACTED,
        "n": 5,
    }
    assert scrubbed([4_242_424_242_424_242, 1_764_530_411_000]) == [REDACTED, 1_764_530_411_000]


@pytest.mark.parametrize("name", ["Authorization", "xi-api-key", "setCookie", "SENTRY_DSN", "userPassword", "pin"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["title", "request_id", "account_id", "author", "pinned", "key", "sessions_open"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_an_address_loses_what_is_asked_and_who_asks() -> None:
    assert scrubbed_url("https://ann:pw@bucket.example.com:444/a/b?X-Amz-Signature=1#part") == (
        "https://bucket.example.com:444/a/b"
    )
    assert scrubbed_url("/api/me?token=1") == "/api/me"
    assert scrubbed_url("https://[broken?password=1") == "https://[broken"


def test_mail_addresses_go_only_when_asked() -> None:
    assert scrubbed("to ann@example.org") == "to ann@example.org"
    assert scrubbed({"to": ["ann@example.org"]}, without_mail=True) == {"to": ["[mail address]"]}


def test_cycles_end() -> None:
    row: list[Any] = [1]
    row.append({"again": row})
    assert scrubbed(row) == [1, {"again": "[again]"}]


def test_depth_is_limited() -> None:
    value: Any = "bottom"
    for _ in range(DEPTH_MAX):
        value = [value]
    assert "bottom" in str(scrubbed(value))
    assert "bottom" not in str(scrubbed([value]))


def test_items_values_and_characters_are_limited() -> None:
    assert len(scrubbed(list(range(ITEMS_MAX)))) == ITEMS_MAX
    assert scrubbed(list(range(ITEMS_MAX + 7)))[-1] == "[too much] 7"
    assert scrubbed_text("a" * CHARACTERS_MAX) == "a" * CHARACTERS_MAX
    assert len(scrubbed_text("a" * (CHARACTERS_MAX + 1))) == CHARACTERS_MAX
    wide = [[list(range(ITEMS_MAX)) for _ in range(10)] for _ in range(10)]
    assert sum(1 for part in scrubbed(wide) for row in part for _ in row) <= VALUES_MAX + ITEMS_MAX


def test_a_secret_that_the_cut_goes_through_is_gone() -> None:
    secret = planted("json web token", 1)
    for before in range(0, 200, 7):
        clean = scrubbed_text("a " * (CHARACTERS_MAX // 2 - before) + secret.text + " b" * CHARACTERS_MAX)
        _assert_gone(secret, clean)


@pytest.mark.parametrize("attack", _ATTACKS, ids=[attack[:12] for attack in _ATTACKS])
def test_no_text_makes_it_slow(attack: str) -> None:
    begun = time.process_time()
    scrubbed_text(attack)
    assert time.process_time() - begun < 1.0  # some milliseconds; quadratic patterns took 17 seconds


@settings(max_examples=200)
@given(st.binary(max_size=200) | _values)
def test_whatever_comes_is_answered_in_plain_parts(value: Any) -> None:
    json.dumps(scrubbed(value))


def _assert_gone(secret: Planted, clean: Any) -> None:
    text = json.dumps(clean)
    for part in secret.parts:
        assert part not in text, (secret, clean)
        assert base64.b64encode(part.encode()).decode() not in text
