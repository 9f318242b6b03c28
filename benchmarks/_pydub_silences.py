"""Silence removal as pydub's own guide has it, run in the peers' environment: ``python _pydub_silences.py OPTIONS``."""

import json
import sys

from pydub import AudioSegment  # type: ignore[import-not-found]
from pydub.silence import split_on_silence  # type: ignore[import-not-found]


def main(options: dict) -> None:  # type: ignore[type-arg]
    """Splits at long pauses, keeps a little of each, joins what is left in the quickest way and writes it."""
    sound = AudioSegment.from_file(options["source"])
    pieces = split_on_silence(
        sound,
        min_silence_len=options["long_ms"],
        silence_thresh=sound.dBFS - options["below_db"],
        keep_silence=options["becomes_ms"] // 2,
        seek_step=options["step_ms"],
    )
    # Their "sum" copies all that it has for each piece, which takes far longer.
    whole = sound._spawn(b"".join(piece.raw_data for piece in pieces))
    whole.export(options["out"], format="wav")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
