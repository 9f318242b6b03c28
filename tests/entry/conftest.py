"""The prepared studio of `tests.support.scene`."""

from tests.support.scene import prepared, scene

__all__ = ["prepared", "scene"]
