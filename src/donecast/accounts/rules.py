"""Pure rules of accounts: the frozen value that travels, what an address is, whether a write may pass."""

import hashlib
import re
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Literal
from urllib.parse import urlsplit

from donecast.kit.addresses import is_address

Role = Literal["user", "admin"]
TOKEN_PREFIX = "dct_"  # noqa: S105  a visible mark, so that leaked tokens can be found by scanners
_HOST_OF_PEOPLE = re.compile(r".+\.[^.]{2,}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Account:
    """A person as other features see them."""

    id: str
    email: str
    name: str
    role: Role


def normal_address(email: str) -> str | None:
    """The address in the form in which it is compared, or None when it is not one."""
    address = email.strip().lower()
    host = address.rpartition("@")[2]
    return address if len(address) <= 254 and is_address(address) and _HOST_OF_PEOPLE.fullmatch(host) else None


def fingerprint(secret: str) -> str:
    """What is stored of a session or token: SHA-256, enough for secrets of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def changes_things(method: str) -> bool:
    """Whether a request of this method may change anything."""
    return method not in _SAFE_METHODS


def place_of(host: str) -> str:
    """The place that one person can try from: an IPv4 address, or the half of an IPv6 one that a household gets."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, 64), strict=False))
    return str(address)


def sent_by_us(origin: str | None, referer: str | None, host: str | None, base_url: str) -> bool:
    """Whether a write without a session came from one of our pages, or from a program, which names no page at all."""
    return same_origin(origin if origin is not None else referer, host, base_url)


def same_origin(origin: str | None, host: str | None, base_url: str) -> bool:
    """Whether a browser's Origin header is ours; programs that send none are judged by their CSRF token alone."""
    if origin is None:
        return True
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:
        return False
    return netloc in {host, urlsplit(base_url).netloc}
