"""Opaque ids: a short prefix that says what it names, then 26 characters that sort by time of making.

Layout after RFC 9562 (UUID version 7): 48 bits of Unix milliseconds and 80 random bits, in Crockford's base 32.
"""

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26


def new_id(prefix: str, now: datetime) -> str:
    """A fresh id such as ``ep_01k8...``; ids made later sort later, to the millisecond."""
    value = (int(now.timestamp() * 1000) << 80) | secrets.randbits(80)
    characters = [_ALPHABET[(value >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5)]
    return f"{prefix}_{''.join(characters)}"
