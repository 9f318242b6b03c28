"""Why something outside cannot work here, told before anybody asks it to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an engine cannot work here, and what to do about it, as sentences."""

    code: str
    message: str
    action: str
