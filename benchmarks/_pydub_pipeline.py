"""The standard job in pydub, run by `_peers` in an environment that has it: ``python _pydub_pipeline.py OPTIONS``."""

import json
import sys

from pydub import AudioSegment  # type: ignore[import-not-found]


def main(options: dict) -> None:  # type: ignore[type-arg]
    """Cuts, joins, adds music, brings the average level up and writes an MP3."""
    speech = AudioSegment.from_file(options["sources"]["speech"])
    if options["form"] == "joined":
        data = b"".join(speech[start:end].raw_data for start, end in options["clips"])
        talk = speech._spawn(data)  # noqa: SLF001: the quick way that its users know
    else:
        talk = AudioSegment.empty()
        for number, (start, end) in enumerate(options["clips"]):
            talk = talk.append(speech[start:end], crossfade=10 if number else 0)
    intro, outro, music = (AudioSegment.from_file(options["sources"][name]) for name in ("intro", "outro", "music"))
    whole = intro + talk + outro
    whole = whole.set_channels(2)
    whole = whole.overlay(music - 15, loop=True)
    whole = whole.apply_gain(-18.5 - whole.dBFS)
    whole.export(options["out"], format="mp3", bitrate="128k", tags={"title": "A long talk"})


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
