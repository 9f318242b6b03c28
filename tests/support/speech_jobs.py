"""Jobs for tests of the crew: they sleep, answer, raise or crash as told."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from donecast.speech.errors import FeedUnreadable


def sleep(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Sleeps ``seconds``, then answers ``say``, or raises, or crashes."""
    progress(50)
    time.sleep(arguments["seconds"])
    if arguments.get("raise"):
        raise FeedUnreadable
    if arguments.get("crash"):
        os._exit(9)
    return {"said": arguments.get("say")}
