"""One feed written out in a process that is weighed: ``python -m proofs.one_transcript ENGINE FEED [VENDOR_URL]``."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic

from donecast.kit.clock import SystemClock
from donecast.speech.assemblyai import AssemblyAI
from donecast.speech.elsewhere import Elsewhere
from donecast.speech.feed import Feed
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import STANDARD_MARKERS, Subject, Transcriber
from tests.support.assemblyai_server import KEY
from tests.support.vendor import QUICK, memory_books

LOCAL, VENDOR = "pocketsphinx", "assemblyai"
_PATIENCE_SECONDS = 600.0


def main(arguments: list[str]) -> int:
    """Prints the words (``[text, start_ms, end_ms]``), and the wall and processor seconds that they took."""
    engine, feed = arguments[0], Path(arguments[1])
    with Feed(feed) as opened:
        duration_ms = opened.duration_ms
    ear: Transcriber = PocketSphinxTranscriber() if engine == LOCAL else _vendor(arguments[2])
    ear = ear.for_recording(Subject("acc_prover", feed.stem, duration_ms))
    begun, worked = monotonic(), _processor_seconds()
    heard = ear.transcribe(feed, duration_ms=duration_ms, markers=STANDARD_MARKERS)
    answer = {
        "wall_s": monotonic() - begun,
        "cpu_s": _processor_seconds() - worked,
        "words": [[word.text, word.start_ms, word.end_ms] for word in heard.words if word.kind == "word"],
    }
    print(json.dumps(answer))
    return 0


def _vendor(url: str) -> Elsewhere:
    remote = AssemblyAI(key=KEY, base_url=url, language="en_us")
    return Elsewhere(remote, memory_books(), SystemClock(), replace(QUICK, wait_longest=_PATIENCE_SECONDS))


def _processor_seconds() -> float:
    """Of this process and all that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
