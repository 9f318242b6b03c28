"""The edit list keeps its laws, undo goes back to the byte, and captions of what was edited stand where it is heard.

1. Random operations of every kind, one after another, are added, changed and taken out again. After each: kept and cut
   are the source; time never runs backwards unless something is moved; an instant that is heard is found again from
   both sides; the document is read back as it was written; applying what is there already changes nothing.
2. A person at a running installation edits at random, undoes and redoes: each answer is compared byte by byte with what
   was there before.
3. A talk is edited with all kinds of operations, put together, rendered as MP3 and heard by the recogniser again. Its
   words must stand where the captions of the edited talk have them.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks._material import SENTENCES
from donecast.core.assembly import RECORDING, SourceFacts, assemble, to_render_plan
from donecast.core.captions import cues
from donecast.core.edit_list import (
    EditList,
    apply,
    edit_list_from_json,
    operation_from_json,
    to_json,
)
from donecast.core.errors import EditListUnreadable
from donecast.core.likeness import normalised
from donecast.core.operations import HOUSE_BEEP, Move, Operation
from donecast.core.ready_templates import RECORDING_ALONE
from donecast.core.span import Span, merged, total_ms
from donecast.core.timeline import shifted
from donecast.core.words import Word
from donecast.engine.analysis import analyse, speech_feed
from donecast.engine.beep import synthesise_beep
from donecast.engine.limits import EngineLimits
from donecast.engine.render import render
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from proofs.harness import ProofFailed, Studio, donecast_up, folder, speak, table
from tests.support.spoken_scene import SpokenScene

DURATION = "about 8 minutes"
STEPS = 100_000
_OPERATIONS_AT_ONCE = 24
_SOURCE_MS = 3_600_000
_INSTANTS = 20
_HTTP_STEPS = 300
_NEAR_MS = 120
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_BY = {"decided_by": "acc_1", "decided_at": "2026-01-05T12:00:00Z", "reason": "", "proposal_id": None}


def main(arguments: Sequence[str] = ()) -> int:
    steps = int(arguments[0]) if arguments else STEPS
    rows: list[tuple[object, ...]] = []
    held = [_laws(steps, rows)]
    with folder() as place:
        held.append(_undo(place / "studio", rows))
        held.append(_captions(place, rows))
    print(table(rows, ("what", "how many", "wrong or off", "goal")))
    print(f"S7: {sum(held)} of {len(held)} parts hold")
    return 0 if all(held) else 1


def _laws(steps: int, rows: list[tuple[object, ...]]) -> bool:
    """100,000 random operations; prints the first that breaks a law."""
    chance = random.Random(7)
    edit_list, history, broken, counts = EditList(0, _SOURCE_MS), [], 0, dict.fromkeys(_KINDS, 0)
    began = time.monotonic()
    for number in range(steps):
        operations = list(edit_list.operations)
        if operations and (len(operations) >= _OPERATIONS_AT_ONCE or chance.random() < 0.4):
            operations.pop(chance.randrange(len(operations)))
        document = _random_operation(chance, f"op_{number}", _SOURCE_MS, "med_1", 5_000)
        before = json.dumps(to_json(edit_list))
        try:
            after = apply(edit_list, [*operations, operation_from_json(document)], edit_list.version)
        except EditListUnreadable:  # moves that tangle are refused, and nothing changes
            broken += json.dumps(to_json(edit_list)) != before
            continue
        counts[document["kind"]] += 1
        problems = list(_broken_laws(after, chance))
        undone = apply(after, edit_list_from_json(json.loads(before)).operations, after.version)
        if json.dumps(to_json(undone) | {"version": edit_list.version}) != before:
            problems.append("undo does not return to the byte")
        if undone.timeline != edit_list.timeline:
            problems.append("what is undone sounds otherwise than before")
        if problems:
            broken += 1
            print(f"  step {number}: {'; '.join(problems)}")
        edit_list = after
        history.append(len(after.operations))
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    print(
        f"{sum(counts.values())} of {steps} random operations applied ({told}; the others were refused: moves that "
        f"tangle), {statistics.mean(history):.0f} at once on average, {time.monotonic() - began:.0f} s"
    )
    rows.append(("random operations, all laws", sum(counts.values()), broken, "0"))
    return not broken and min(counts.values()) > 0


_KINDS = ("cut", "replace", "insert", "gain", "move")


def _random_operation(
    chance: random.Random, identity: str, source_ms: int, asset: str, asset_ms: int, kinds: Sequence[str] = _KINDS
) -> dict[str, Any]:
    kind = chance.choice(kinds)
    start_ms = chance.randrange(source_ms - 1)
    span = {"start_ms": start_ms, "end_ms": min(source_ms, start_ms + 1 + int(chance.expovariate(1 / 4_000)))}
    own: dict[str, Any]
    match kind:
        case "replace":
            chosen = chance.choice([None, HOUSE_BEEP, asset])
            own = {**span, "asset": chosen, "duration_ms": chance.randint(1, asset_ms) if chosen == asset else None}
        case "insert":
            length_ms = chance.randint(1, asset_ms)
            own = {"at_ms": start_ms, "asset": asset, "duration_ms": length_ms, "gap_ms": chance.choice([0, 500])}
        case "gain":
            own = {**span, "gain_db": round(chance.uniform(-20, 20), 1)}
        case "move":
            own = {**span, "to_ms": chance.randint(0, source_ms)}
        case _:
            own = span
    return {"kind": kind, "id": identity, **own, **_BY}


def _broken_laws(edit_list: EditList, chance: random.Random) -> Iterator[str]:
    timeline, whole = edit_list.timeline, Span(0, edit_list.source_duration_ms)
    if merged([*timeline.kept, *timeline.cuts]) != (whole,):
        yield "kept and cut are not the source"
    if total_ms(timeline.kept) + total_ms(timeline.cuts) != whole.duration_ms:
        yield "something is kept and cut at once"
    if sum(part.duration_ms for part in timeline.parts) != timeline.duration_ms:
        yield "the parts are not as long as the whole"
    instants_ms = sorted(chance.randrange(whole.end_ms) for _ in range(_INSTANTS))
    finished_ms = [timeline.to_finished_clamped(instant_ms) for instant_ms in instants_ms]
    if not any(isinstance(one, Move) for one in edit_list.operations) and finished_ms != sorted(finished_ms):
        yield "time runs backwards"
    for instant_ms in instants_ms:
        found_ms = timeline.to_finished(instant_ms)
        if found_ms is not None and timeline.to_source(found_ms) != instant_ms:
            yield "an instant is not found again"
    if edit_list_from_json(json.loads(json.dumps(to_json(edit_list)))) != edit_list:
        yield "the document is not read back as it was written"
    if apply(edit_list, edit_list.operations, edit_list.version) is not edit_list:
        yield "applying nothing changes something"


def _undo(data: Path, rows: list[tuple[object, ...]]) -> bool:
    """Random steps over HTTP; undo and redo give back what was there, to the byte."""
    chance, wrong = random.Random(8), 0
    data.mkdir()
    with donecast_up(data / "data") as (studio, _):
        recording = studio.upload(speak(" ".join(SENTENCES[:12]), data / "talk.wav"))
        jingle = studio.upload(speak("Good evening.", data / "jingle.wav", "rms"))
        recording, jingle = (_ready(studio, media["id"]) for media in (recording, jingle))
        episode = studio.make_episode(studio.make_show("Undone")["id"], recording["id"])
        path = f"/api/episodes/{episode}/edit-list"
        done = 0
        for number in range(_HTTP_STEPS):
            before = studio.ask("GET", path)
            kept = [one for one in before["operations"] if chance.random() < 0.8]
            new = _random_operation(
                chance, f"op_{number}", recording["duration_ms"], jingle["id"], jingle["duration_ms"]
            )
            answer = studio.client.put(
                f"{studio.url}{path}", json={"version": before["version"], "operations": [*kept, new]}
            )
            if answer.status_code == 400:  # a move that tangles
                wrong += studio.ask("GET", path) != before
                continue
            done += 1
            after = answer.json()
            undone = studio.ask("POST", f"{path}/undo", json={"version": after["version"]})
            redone = studio.ask("POST", f"{path}/redo", json={"version": undone["version"]})
            wrong += json.dumps(undone["operations"]) != json.dumps(before["operations"])
            wrong += json.dumps(redone["operations"]) != json.dumps(after["operations"])
    rows.append(("edits over HTTP, undone and redone", done, wrong, "0"))
    return not wrong and done > _HTTP_STEPS // 2


def _ready(studio: Studio, media_id: str) -> dict[str, Any]:
    for _ in range(300):
        media: dict[str, Any] = studio.ask("GET", f"/api/media/{media_id}")
        if media["state"] == "ready":
            return media
        time.sleep(0.1)
    raise ProofFailed(f"{media_id} was not checked within 30 s")


def _captions(place: Path, rows: list[tuple[object, ...]]) -> bool:
    """How far the captions of an edited talk stand from where their words are heard."""
    recogniser = PocketSphinxTranscriber()
    talk, sentences = _talk(place)
    sound, beep = (
        speak("Now a word from somebody else.", place / "sound.wav", "rms"),
        synthesise_beep(place / "beep.wav"),
    )
    facts = {RECORDING: _facts(talk), "med_1": _facts(sound), HOUSE_BEEP: _facts(beep)}
    words = recogniser.transcribe(talk, duration_ms=facts[RECORDING].duration_ms).words
    edit_list = _edited(facts[RECORDING].duration_ms, facts["med_1"].duration_ms, sentences, words)
    timeline = edit_list.timeline
    episode = assemble(RECORDING_ALONE, timeline, facts)
    sources = {facts[key].content_hash: path for key, path in ((RECORDING, talk), ("med_1", sound), (HOUSE_BEEP, beep))}
    finished = place / "finished.mp3"
    render(to_render_plan(episode), sources, finished, limits=EngineLimits())
    captioned = shifted(timeline.retime(words), episode.content_start_ms)
    feed = speech_feed(finished, place / "feed.wav", limits=EngineLimits())
    heard = recogniser.transcribe(feed, duration_ms=episode.duration_ms).words
    apart_ms = _distances(captioned, heard)
    cue_starts_ms = {cue.start_ms for cue in cues(captioned, duration_ms=episode.duration_ms)}
    off_ms = list(apart_ms.values())
    cue_off_ms = [off for word, off in apart_ms.items() if captioned[word].start_ms in cue_starts_ms]
    kinds = ", ".join(f"{sum(one.kind == kind for one in edit_list.operations)} {kind}" for kind in _KINDS)
    print(
        f"a talk of {facts[RECORDING].duration_ms / 1000:.0f} s, edited ({kinds}), is an episode of "
        f"{episode.duration_ms / 1000:.0f} s; {len(off_ms)} of {len(captioned)} captioned words were heard again"
    )
    for what, distances in (("words of the captions", off_ms), ("first words of captions", cue_off_ms)):
        percentile = statistics.quantiles(distances, n=20)[-1]
        told = f"median {statistics.median(distances):.0f} ms, p95 {percentile:.0f} ms"
        rows.append((what, len(distances), told, f"median {_NEAR_MS} ms"))
    return (
        len(off_ms) > len(captioned) // 2 and max(statistics.median(off_ms), statistics.median(cue_off_ms)) <= _NEAR_MS
    )


def _talk(place: Path) -> tuple[Path, list[Span]]:
    scene = SpokenScene(place)
    sentences = []
    told = [f"{day}. {sentence}" for day in _DAYS for sentence in SENTENCES]
    for number, sentence in enumerate(told):
        sentences.append(scene.say(sentence))
        scene.rest(400 + 37 * (number % 9))
    return scene.write("talk.wav"), sentences


def _edited(duration_ms: int, sound_ms: int, sentences: Sequence[Span], words: Sequence[Word]) -> EditList:
    """Every fourth sentence is cut, two are moved, sounds are put between, words are covered, levels changed."""
    operations: list[dict[str, Any]] = []

    def add(kind: str, **own: Any) -> None:
        operations.append({"kind": kind, "id": f"op_{len(operations)}", **own, **_BY})

    for number, span in enumerate(sentences):
        stretch = {"start_ms": span.start_ms, "end_ms": span.end_ms}
        match number % 8:
            case 0 | 4:
                add("cut", start_ms=max(0, span.start_ms - 150), end_ms=span.end_ms + 100)
            case 1:
                add("gain", **stretch, gain_db=-4.5)
            case 2:
                add("insert", at_ms=span.end_ms + 100, asset="med_1", duration_ms=sound_ms, gap_ms=500)
            case 6 if number < len(sentences) - 8:
                add("move", **stretch, to_ms=sentences[number + 3].start_ms - 50)
    for word in words[20::25]:
        add("replace", start_ms=word.start_ms, end_ms=word.end_ms, asset=HOUSE_BEEP, duration_ms=None)
    read: tuple[Operation, ...] = tuple(operation_from_json(one) for one in operations)
    return EditList(1, duration_ms, read)


def _facts(path: Path) -> SourceFacts:
    with folder() as scraps:
        audio = analyse(path, scraps, limits=EngineLimits()).facts
    return SourceFacts(sha256(path.read_bytes()).hexdigest(), audio.duration_ms, audio.loudness_lufs, audio.channels)


def _distances(captioned: Sequence[Word], heard: Sequence[Word]) -> dict[int, int]:
    """How far apart words begin that stand in the same order in both; by number of the captioned one."""
    first, second = ([normalised(word.text) for word in words] for words in (captioned, heard))
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    return {
        block.a + number: abs(captioned[block.a + number].start_ms - heard[block.b + number].start_ms)
        for block in blocks
        for number in range(block.size)
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
