"""What a mail address is, for whoever gives one and for whoever sends mail to it."""

import re

ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,189}"
"""One plain address that every mail server can take: the signs of RFC 5322, 3.2.3, in ASCII, unquoted."""
_ADDRESS = re.compile(ADDRESS)


def is_address(text: str) -> bool:
    """Whether it is one plain address."""
    return _ADDRESS.fullmatch(text) is not None
