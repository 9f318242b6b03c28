"""Text by strangers, shown to a model as data: alerts, log lines, titles of errors, comments in code.

A filter does not stop an injection; that nothing in the model's hands can act does. The fence is there so that an
honest model can tell what it is told from what it is shown.
"""

import re

FENCE_BYTES = 16
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def fenced(label: str, text: str, token: str) -> str:
    """The text between two marks that nobody could know before, without what nobody can see in it."""
    visible = _CONTROL.sub("", text.replace("\r\n", "\n")).replace(token, "")
    return f"<data {token} of={label!r}>\n{visible}\n</data {token}>"
