"""How work tells how far it is."""

from collections.abc import Callable

Report = Callable[[int | None, str | None], None]
"""``report(percent, detail)``: percent 0 to 100 or None where it is not measured, detail in plain words or None.

It may raise to stop the work, so call it where stopping leaves nothing behind.
"""


def portion(report: Report, start_percent: int, end_percent: int, detail: str | None) -> Callable[[float], None]:
    """A teller for one part of the work: takes that part's share from 0 to 1, reports the whole's percent."""

    def tell(share: float) -> None:
        held = min(1.0, max(0.0, share))
        report(start_percent + int((end_percent - start_percent) * held), detail)

    return tell
