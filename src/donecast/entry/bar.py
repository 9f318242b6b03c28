"""How far something is, for people at a terminal."""

import time
from typing import TextIO

from donecast.production.rules import StepView


class Bar:
    """A progress bar on a terminal, one plain line a step elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        self._title: str | None = None
        self._begun = time.monotonic()

    def show(self, step: StepView) -> None:
        """Draws how far a step is."""
        self.tell(step.title, step.percent)

    def tell(self, title: str, percent: int | None) -> None:
        """Draws how far something is; ``percent`` is None where it is not measured."""
        if self._live:
            filled = "█" * ((percent or 0) // 5)
            share = f"{percent:3d} %" if percent is not None else "     "
            self._out.write(f"\r\x1b[K{title:36} {filled:20} {share}")
        elif title != self._title:
            self._out.write(f"{title}\n")
        self._title = title
        self._out.flush()

    def end(self, how: str) -> None:
        """Clears the line and says how it ended."""
        if self._live:
            self._out.write("\r\x1b[K")
        self._out.write(f"{how} after {time.monotonic() - self._begun:.0f} s.\n")
        self._out.flush()
