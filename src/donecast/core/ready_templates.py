"""The two templates that come with every show: they work as they are, with the house music and the default voice."""

from donecast.core.plan import Ducking
from donecast.core.template import HOUSE_MUSIC, MusicRule, RecordingSource, Segment, SpokenSource, Template

RECORDING_ALONE = Template("The recording alone", (Segment("content", "content", "The episode", RecordingSource()),))
"""No intro, no outro, no music."""
_GENTLE = Ducking(amount_db=-9.0, attack_ms=200, hold_ms=500, release_ms=1_000)


def ready_templates() -> tuple[Template, ...]:
    """ "Just me" and "Interview", in this order; the first is a new show's default."""
    return (
        _template(
            "Just me",
            intro="Welcome to {show}[, with {host}]. Today: {title}.",
            outro="That was {show}[, with {host}]. Thank you for listening, and until next time.",
        ),
        _template(
            "Interview",
            intro="You are listening to {show}[, with {host}]. Here is our conversation: {title}.",
            outro="You have been listening to {show}. Thank you to our guest, and thank you for being here.",
        ),
    )


def _template(name: str, *, intro: str, outro: str) -> Template:
    return Template(
        name=name,
        segments=(
            Segment("intro", "intro", "Intro", SpokenSource(intro)),
            Segment("content", "content", "The episode", RecordingSource(), offset_ms=1_500),
            Segment("outro", "outro", "Outro", SpokenSource(outro), offset_ms=1_500),
        ),
        music=(
            # The music opens alone, steps back for the voice, swells again and is gone as the recording settles in.
            MusicRule(
                HOUSE_MUSIC,
                under=("intro",),
                start_offset_ms=-4_000,
                end_offset_ms=4_000,
                ducking=_GENTLE,
                name="House music",
            ),
            MusicRule(
                HOUSE_MUSIC,
                under=("outro",),
                start_offset_ms=-3_000,
                end_offset_ms=6_000,
                ducking=_GENTLE,
                name="House music",
            ),
        ),
    )
