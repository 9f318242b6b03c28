"""What a person chose to have done to the sound of a source, done to the unpacked sound on disk.

Each part goes over the sound in blocks, more than once, and holds nothing of it but small numbers per second. Length
and instants stay. A part that finds nothing to do leaves every sample as it is.
"""

from collections.abc import Callable
from pathlib import Path

from donecast.core.plan import Treatment
from donecast.engine.de_essing import soften_sibilants
from donecast.engine.levelling import level_talk
from donecast.engine.noise_reduction import reduce_noise
from donecast.engine.raw_audio import RawAudio

Report = Callable[[float], None]
_Part = Callable[[RawAudio, Path, int, Report], RawAudio | None]


def treat(source: RawAudio, out: Path, sample_rate: int, treatment: Treatment, on_progress: Report) -> RawAudio:
    """The treated sound, as long as the source, in a file beside ``out``; the source itself if nothing had to be done.

    A source that was replaced is closed. ``on_progress`` is called with the part that is done, 0 to 1.
    """
    # Noise first, so that quiet talk is raised without it; levels before sibilants, which are judged by the voice's.
    chosen: list[_Part] = []
    chosen += [reduce_noise] if treatment.noise_reduction else []
    chosen += [level_talk] if treatment.levelling else []
    chosen += [soften_sibilants] if treatment.de_essing else []
    for number, part in enumerate(chosen):

        def tell(done: float, number: int = number) -> None:
            on_progress((number + done) / len(chosen))

        treated = part(source, out.with_name(f"{out.name}-{number}"), sample_rate, tell)
        if treated is not None:
            source.close()
            source = treated
    return source
