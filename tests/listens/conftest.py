"""The public side is tested in front of a show that is on air."""

from tests.support.on_air import station

__all__ = ["station"]
