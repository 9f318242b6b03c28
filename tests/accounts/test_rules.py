"""Addresses of people and of places; whether a write may pass."""

import pytest

from donecast.accounts.rules import normal_address, place_of, same_origin


@pytest.mark.parametrize(
    "email",
    ["", "eve", "@example.com", "eve@", "eve@example", "eve@example.c", "a b@example.com", "eve@exa mple.com",
     "eve@@example.com", "<eve@example.com>", "eve,ann@example.com", f"{'e' * 65}@example.com",
     f"eve@{'x' * 250}.com", "eve@example.com\nBcc: all@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_none(email: str) -> None:
    assert normal_address(email) is None


def test_addresses_are_compared_without_case_and_margins() -> None:
    assert normal_address(" Eve.Smith+pod@Mail.Example.COM ") == "eve.smith+pod@mail.example.com"


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_place_is_what_one_person_can_try_from(host: str, place: str) -> None:
    assert place_of(host) == place


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        (None, True),
        ("https://pod.example.org", True),
        ("http://10.0.0.5:8000", True),
        ("https://pod.example.org.evil.example", False),
        ("https://evil.example/pod.example.org", False),
        ("https://pod.example.org@evil.example", False),
        ("null", False),
        ("", False),
        ("http://[half", False),
    ],
)
def test_an_origin_is_ours_by_name_or_by_the_host_that_was_asked(origin: str | None, ours: bool) -> None:
    assert same_origin(origin, "10.0.0.5:8000", "https://pod.example.org") is ours
