"""How credits work, in plain words, for a person on a plan. Every number comes from where it is decided."""

from dataclasses import dataclass
from datetime import timedelta

from donecast.credits.rules.grants import REFUND_GRANT_AGE_MAX
from donecast.credits.rules.pricing import (
    BYTES_PER_GB,
    MS_PER_MINUTE,
    Assembly,
    Speech,
    Storage,
    Transcription,
    Work,
    price,
)
from donecast.credits.rules.rates import Rates
from donecast.credits.rules.tiers import Tier
from donecast.credits.rules.wording import short_text

EXAMPLE_MINUTES = 10
"""The recording that stands for any other where a price is told before there is one."""


@dataclass(frozen=True, slots=True)
class GuideSection:
    """A heading and what stands below it."""

    id: str
    heading: str
    paragraphs: tuple[str, ...]


def credits_guide(
    rates: Rates, tier: Tier, *, uploads_stop_after: timedelta, kept_at_least: timedelta
) -> tuple[GuideSection, ...]:
    """The whole guide: what credits are, what they pay for, in which order they go, and what is never charged."""
    return (
        GuideSection(
            "what",
            "What credits are",
            (
                "Credits pay for the work that an episode takes. Listening, publishing and everything in this studio "
                "is free.",
                f"{_allowance(tier)} Every plan can do everything; plans differ only in their credits.",
            ),
        ),
        GuideSection("prices", "What takes credits", _prices(rates)),
        GuideSection(
            "order",
            "Which credits go first",
            (
                "First credits kept from the month before, then those of this month, then presents, then what was "
                "given back; of each kind, those first that would be lost soonest. Credits that you bought go last, "
                "and never expire.",
            ),
        ),
        GuideSection(
            "fairness",
            "When something goes wrong",
            (
                "You see what an episode takes at most before it is made, and so much is set aside. What it really "
                "took is charged when it is done, never more than was set aside; the rest is yours again at once.",
                "Nothing is charged for a step that comes to nothing, or that you stop; steps that were finished stay "
                "paid, and are not paid again when you go on. One thing differs: a service on the internet that "
                "has taken your recording is paid, so that is charged. If the fault was ours, it is given back by "
                "itself.",
                "You can ask for any charge back, on this page. What is given back goes where it came from: to this "
                "month's credits, or to those that you bought. Where those have run out meanwhile, you have "
                f"{REFUND_GRANT_AGE_MAX.days} days to use it.",
            ),
        ),
        GuideSection(
            "empty",
            "When there are none left",
            (
                "Your episodes stay on air, and people go on listening. Only new work waits, until you buy credits or "
                "the next month begins.",
                f"Storage that could not be paid is owed. After {uploads_stop_after.days} days you cannot send new "
                f"recordings until it is paid; nothing is deleted within {kept_at_least.days} days.",
            ),
        ),
    )


def _allowance(tier: Tier) -> str:
    if tier.monthly_mc is None:
        return f"Your plan, {tier.name}, has no limit: what is used is written down, and nothing is refused."
    return f"Your plan, {tier.name}, brings {short_text(tier.monthly_mc)} credits each month."


def _prices(rates: Rates) -> tuple[str, ...]:
    def of(work: Work) -> str:
        return short_text(price(rates, work).amount_mc)

    recording_ms = EXAMPLE_MINUTES * MS_PER_MINUTE
    example_mc = sum(
        price(rates, work).amount_mc for work in (Transcription(recording_ms, "local"), Assembly(recording_ms))
    )
    return (
        f"Writing out the words: {of(Transcription(MS_PER_MINUTE, 'local'))} credits for each minute of your recording "
        f"by this computer, {of(Transcription(MS_PER_MINUTE))} by AssemblyAI, "
        f"{of(Transcription(MS_PER_MINUTE, 'auphonic'))} by Auphonic.",
        f"Speaking an intro, an outro or an answer: {of(Speech(MS_PER_MINUTE, 'local'))} credits for each minute of "
        f"speech by this computer, {of(Speech(MS_PER_MINUTE))} by Google, {of(Speech(MS_PER_MINUTE, 'elevenlabs'))} by "
        "ElevenLabs. What was spoken once is not paid again.",
        f"Putting the episode together: {short_text(rates.assembly_mc)} credits, and "
        f"{short_text(rates.assembly_mc_per_minute)} more for each minute of the finished episode.",
        f"Keeping your files: {of(Storage('2026-03', (BYTES_PER_GB,) * 31))} credits a month for each gigabyte.",
        f"So a recording of {EXAMPLE_MINUTES} minutes, written out by this computer and put together, takes about "
        f"{short_text(example_mc)} credits.",
    )
