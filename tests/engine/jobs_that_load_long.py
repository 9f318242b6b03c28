"""A job whose loading takes longer than anybody waits for it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

time.sleep(20)


def answer(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    return {"given": len(arguments)}
