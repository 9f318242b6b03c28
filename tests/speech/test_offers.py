"""What a podcaster is told about those who write out words and those who speak."""

import pytest

from donecast.core.engine_choice import TRANSCRIBERS
from donecast.speech.offers import EngineOffer, synthesizer_offers, transcriber_offers


def transcribers(**facts: object) -> dict[str, EngineOffer]:
    known = {
        "default": "pocketsphinx",
        "is_built_in_whole": True,
        "model": None,
        "runs_models": False,
        "keys": (),
    }
    return {offer.id: offer for offer in transcriber_offers(**{**known, **facts})}  # type: ignore[arg-type]


def test_everyone_who_may_be_named_is_offered() -> None:
    assert tuple(transcribers()) == TRANSCRIBERS


def test_each_says_what_it_is_good_for_and_where_the_sound_goes() -> None:
    voices = synthesizer_offers(default="flite", here=["flite"], keys=[])
    for offer in (*transcribers().values(), *voices):
        assert offer.good_for.startswith("Good for ")
        assert offer.sound_goes.endswith(".")
        assert ("on the internet, which charges for it" in offer.sound_goes) == offer.is_elsewhere
        assert (offer.remedy is None) == (offer.state == "ready")


def test_a_service_waits_for_its_key_and_says_who_sets_it() -> None:
    without, with_key = transcribers()["assemblyai"], transcribers(keys=["assemblyai"])["assemblyai"]
    assert (without.state, without.command, with_key.state) == ("needs_key", None, "ready")
    assert without.remedy == (
        "The person who runs this DoneCast puts a key of AssemblyAI into its settings, as DONECAST_ASSEMBLYAI_KEY."
    )


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ({}, "donecast speech install whisper-small"),
        ({"model": "whisper-small"}, "./dev whisper"),
        ({"model": "whisper-small", "runs_models": True}, None),
    ],
)
def test_whisper_says_what_is_still_missing(facts: dict[str, object], command: str | None) -> None:
    whisper = transcribers(**facts)["whisper"]
    assert whisper.command == command
    assert whisper.state == ("ready" if command is None else "not_installed")


def test_a_broken_installation_of_the_built_in_one_is_told() -> None:
    built_in = transcribers(is_built_in_whole=False)["pocketsphinx"]
    assert (built_in.state, built_in.command) == ("not_installed", "./dev up")


def test_who_is_taken_where_nobody_chose_is_marked() -> None:
    marked = [offer.id for offer in transcribers(default="whisper").values() if offer.is_default]
    assert marked == ["whisper"]
    voices = synthesizer_offers(default="google", here=["espeak-ng"], keys=["google"])
    assert [offer.id for offer in voices if offer.is_default] == ["google"]
    assert [(offer.id, offer.state) for offer in voices] == [
        ("flite", "not_installed"),
        ("espeak-ng", "ready"),
        ("piper", "not_installed"),
        ("kokoro", "not_installed"),
        ("elevenlabs", "needs_key"),
        ("google", "ready"),
    ]
    assert voices[0].command == "sudo apt install flite"
