"""AI text: nasty answers of a scripted model never reach an episode, rude services have outcomes, extracts can be read.

A stand-in over a real socket plays the model of a running installation, whose episode holds a talk with orders to
writing programs in it. Every nasty answer must be refused for its own reason, and neither it nor an attempt to accept
it may change the episode; fine answers must pass. Each engine then meets each rude behaviour of a service. Last, the
engine that needs no key reads three recordings, from their true words and from those that the built-in recogniser
hears; how good that is, is for the reader to say.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import soundfile

from donecast.core.answer_checks import checked
from donecast.core.extracts import extract
from donecast.core.passages import passages_of
from donecast.core.text_draft import DraftKind, Refused
from donecast.core.text_request import text_request
from donecast.core.words import Word
from donecast.engine.analysis import speech_feed
from donecast.engine.limits import EngineLimits
from donecast.kit.errors import DonecastError
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from proofs.harness import ProofFailed, Studio, donecast_up, folder, sample, speak, table
from tests.support.talks import FINE, NASTY, QUESTION, TALK, told, wish
from tests.support.text_services import (
    ENGINES,
    KEY,
    MANNERS,
    MODEL,
    OUTCOMES,
    Desk,
    Dialect,
    Manner,
    TextService,
    text_service,
)

DURATION = "about 5 minutes"
_NASTY_MIN = 30
_SAMPLES = ("bush_radio_address_2008.flac", "jfk_inaugural_1961.flac", "librivox_sonnet_01.flac")
_SHOWN: tuple[DraftKind, ...] = ("titles", "notes", "tags", "chapters")
_PATIENCE_SECONDS = 2


def main(arguments: Sequence[str] = ()) -> int:
    del arguments
    with folder() as data:
        refused, reached, passed = _scripted_model(data)
    as_expected, met = _rude_services()
    shown, unreadable = _extracts()
    print(
        f"S8: {len(NASTY)} nasty outputs, {refused} refused each for its reason, {reached} reached an episode; "
        f"{passed} of {len(FINE)} fine ones passed; {as_expected} of {met} rude meetings as expected; "
        f"{shown} extracts of {len(_SAMPLES)} samples shown, {unreadable} refused by the checks"
    )
    well = refused == len(NASTY) >= _NASTY_MIN and not reached and passed == len(FINE)
    return 0 if well and as_expected == met and not unreadable else 1


def _scripted_model(data: Path) -> tuple[int, int, int]:
    """How many nasty answers were refused, how many left a trace in the episode, and how many fine ones passed."""
    with text_service("openai_compatible") as service:
        settings = {
            "ai_text_engine": "openai_compatible",
            "ai_text_url": service.url,
            "ai_text_model": MODEL,
            "ai_text_key": KEY,
            "ai_text_attempts_max": 1,
        }
        with donecast_up(data / "data", **settings) as (studio, _):
            episode_id = _episode(studio, data)
            rows: list[tuple[object, ...]] = []
            refused, reached = 0, 0
            for nasty in NASTY:
                before = _traces(studio, episode_id)
                made = _draft(studio, service, episode_id, nasty.kind, nasty.raw)
                is_refused = made["status"] == "refused" and made["reason"] == nasty.reason and not made["texts"]
                accepted = studio.client.post(
                    f"{studio.url}/api/episodes/{episode_id}/drafts/{made['id']}/accept", json={"replace": True}
                )
                touched = accepted.status_code != 409 or _traces(studio, episode_id) != before
                refused, reached = refused + is_refused, reached + touched
                rows.append((nasty.name, nasty.kind, made["reason"] or "", "REACHED IT" if touched else "untouched"))
            print(table(rows, ("nasty answer", "asked for", "refused because", "episode")))
            passed = sum(
                _draft(studio, service, episode_id, kind, raw)["status"] == "proposed" for kind, raw in FINE.items()
            )
            return refused, reached, passed


def _episode(studio: Studio, data: Path) -> str:
    show = studio.make_show("The Allotment Hour")
    recording = studio.upload(speak(TALK, data / "talk.wav"))
    episode_id = studio.make_episode(show["id"], recording["id"], transcript=TALK)
    operation = studio.wait(studio.produce(episode_id))
    if operation["state"] != "done":
        raise ProofFailed(f"the episode was not made: {operation}")
    return episode_id


def _draft(studio: Studio, service: TextService, episode_id: str, kind: DraftKind, raw: str) -> dict[str, Any]:
    service.says = raw
    body = {"kind": kind, **({"question": QUESTION} if kind == "answer" else {})}
    made: dict[str, Any] = studio.ask("POST", f"/api/episodes/{episode_id}/drafts", json=body)
    return made


def _traces(studio: Studio, episode_id: str) -> Any:
    """All that an episode shows of itself."""
    return studio.ask("GET", f"/api/episodes/{episode_id}")


def _rude_services() -> tuple[int, int]:
    """How many meetings of an engine with a manner end as the table of outcomes says, and how many there are."""
    rows: list[tuple[object, ...]] = []
    as_expected = 0
    for manner in MANNERS:
        wanted = OUTCOMES[manner][0]
        cells = [_outcome(dialect, manner) for dialect in ("gemini", "openai_compatible")]
        as_expected += sum(cell == (wanted.code if wanted else "an answer") for cell in cells)
        rows.append((manner, *cells, _outcome("extractive", manner)))
        as_expected += rows[-1][-1] == "an answer"
    print(f"\n{table(rows, ('behaviour', 'gemini', 'openai_compatible', 'extractive'))}")
    return as_expected, len(MANNERS) * len(ENGINES)


def _outcome(engine: Dialect | str, manner: Manner) -> str:
    if engine == "extractive":
        return "an answer" if Desk(engine, None).writer().write(wish("titles")).text else "nothing"
    with text_service("gemini" if engine == "gemini" else "openai_compatible") as service:
        service.says = FINE["titles"]
        service.behave(manner)
        try:
            answer = Desk(engine, service).writer(ai_text_deadline_seconds=_PATIENCE_SECONDS).write(wish("titles"))
        except DonecastError as error:
            return error.code
        return "an answer" if answer.text == FINE["titles"] else "something else"


def _extracts() -> tuple[int, int]:
    """How many extracts were shown, and how many of them the checks refused."""
    shown, unreadable = 0, 0
    with folder() as place:
        for name in _SAMPLES:
            source = sample(name)
            duration_ms = round(soundfile.info(source).duration * 1000)
            true_words = told(source.with_suffix(".txt").read_text("utf-8"), duration_ms)
            feed = speech_feed(source, place / f"{source.stem}.wav", limits=EngineLimits())
            heard = PocketSphinxTranscriber().transcribe(feed, duration_ms=duration_ms)
            for label, words, rough in (("its true words", true_words, False), ("as it is heard", heard.words, True)):
                print(f"\n--- {source.stem}, {label}")
                for kind in _SHOWN:
                    shown += 1
                    unreadable += _show(words, kind, rough=rough)
    return shown, unreadable


def _show(words: Sequence[Word], kind: DraftKind, *, rough: bool) -> bool:
    """Prints an extract; answers whether the checks refused it. Where there is nothing, that is said."""
    request = text_request(kind, passages_of(words), language="en", characters_max=60_000, rough=rough)
    raw = extract(request)
    if raw is None:
        print(f"{kind}: nothing to be found")
        return False
    outcome = checked(raw, request)
    if isinstance(outcome, Refused):
        print(f"{kind}: REFUSED ({outcome.reason}) {raw}")
        return True
    chapters = [f"{one.start_ms // 60_000}:{one.start_ms // 1000 % 60:02d} {one.title}" for one in outcome.chapters]
    lines = [line for text in (chapters or outcome.texts) for line in text.splitlines()]
    print(f"{kind}: {', '.join(lines)}" if kind == "tags" else "\n  ".join([f"{kind}:", *lines]))
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
