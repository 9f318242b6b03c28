"""Words that call a sound, through the whole line with its real tools: the sound is heard where they were said."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr

from donecast.core.span import Span
from donecast.platform.durable import InlineRunner
from donecast.platform.web import Ground
from donecast.production import service
from donecast.production.line import Line
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.spotting import spot_markers
from donecast.speech.transcriber import cue_spec
from donecast.speech.voice_activity import listen
from tests.support.library import made, show_wish, upload
from tests.support.people import Person
from tests.support.sounds import encoded
from tests.support.spoken_scene import SpokenScene

pytestmark = pytest.mark.usefixtures("heard_once")

TONE_HZ = 3_150
CLIP_MS = 1_200
RATE = 16_000
_WINDOW_MS = 20


@dataclass(frozen=True)
class Recorded:
    """A recording of which every instant is known."""

    path: Path
    called: Span
    """Where the sound is called, with silence on both sides."""
    after: Span
    """What is said next."""
    spoken_about: Span
    """Where the same words are said in running speech."""


@pytest.fixture
def ground(housed_ground: Ground) -> Ground:
    return housed_ground


@pytest.fixture(scope="module", params=["slt", "rms"])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    if FliteSynthesizer().check():
        pytest.skip("flite is not installed (Debian: apt-get install flite)")
    scene = SpokenScene(tmp_path_factory.mktemp("cue"), request.param)
    scene.rest(700)
    scene.say("The beans are up and the rain was kind to us.")
    scene.rest(700)
    spoken_about = scene.say("They asked the people for applause please and nobody did it.")
    scene.rest(700)
    called = scene.say("applause please")
    scene.rest(700)
    after = scene.say("So we went home and had a cup of tea.")
    scene.rest(700)
    return Recorded(scene.write("Beans and rain.wav"), called, after, spoken_about)


def tone_spans(sound: npt.NDArray[np.float32], rate: int) -> list[Span]:
    """Where nothing but the clip's tone is heard, to ten milliseconds."""
    step, size = rate // 100, rate * _WINDOW_MS // 1000
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    near = np.abs(frequencies - TONE_HZ) <= 150
    pure = []
    for start in range(0, len(sound) - size, step):
        power = np.abs(np.fft.rfft(sound[start : start + size] * np.hanning(size))) ** 2
        pure.append(bool(power.sum() > 1e-3 and power[near].sum() > 0.9 * power.sum()))
    spans: list[Span] = []
    for index, is_pure in enumerate(pure):
        at_ms = 10 * index + _WINDOW_MS // 2
        if is_pure and spans and at_ms - spans[-1].end_ms <= 30:
            spans[-1] = Span(spans[-1].start_ms, at_ms)
        elif is_pure:
            spans.append(Span(at_ms, at_ms + 1))
    return [span for span in spans if span.duration_ms > 200]


def produced(ground: Ground, line: Line, ann: Person, recording: Path, *, by_itself: bool) -> dict[str, Any]:
    """The episode of a show that calls a tone by "applause please", without anything around the recording."""
    show = made(ann, "/api/shows", json=show_wish())
    template = ann.ask("GET", f"/api/shows/{show['id']}/templates").json()[0]
    content = [one for one in template["definition"]["segments"] if one["kind"] == "content"]
    definition = {**template["definition"], "segments": content, "music": []}
    assert ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": definition}).status_code == 200
    tone = 0.3 * np.sin(2 * np.pi * TONE_HZ * np.arange(CLIP_MS * RATE // 1000) / RATE)
    clip = ground.settings.data / "tone.wav"
    clip.write_bytes(encoded(tone, rate=RATE))
    clip_id = upload(ann, clip, "sound_effect")["id"]
    wish = {"words": "Applause, please", "clip_id": clip_id, "by_itself": by_itself}
    made(ann, f"/api/shows/{show['id']}/sound-cues", json=wish)
    episode = made(ann, "/api/episodes", json={"show_id": show["id"], "recording_id": upload(ann, recording)["id"]})
    with ground.database.transaction() as session:
        operation_id = service.order(
            session,
            ground.clock,
            account_id=ann.account.id,
            episode_id=episode["id"],
            until="ready",
            publish_when="not_yet",
            request_id="req-1",
        )
    line.produce(InlineRunner(), operation_id)
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert operation["state"] == "done", operation
    found: dict[str, Any] = ann.ask("GET", f"/api/episodes/{episode['id']}").json()
    return found


def heard(ann: Person, episode_id: str) -> tuple[npt.NDArray[np.float32], int]:
    answer = ann.ask("GET", f"/api/episodes/{episode_id}/audio")
    assert answer.status_code == 200
    sound, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32", always_2d=True)
    return sound.mean(axis=1), rate


def cues_of(ann: Person, episode_id: str) -> list[dict[str, Any]]:
    return [one for one in ann.ask("GET", f"/api/episodes/{episode_id}/proposals").json() if one["kind"] == "sound_cue"]


def said_in(sound: npt.NDArray[np.float32], rate: int, folder: Path) -> list[Span]:
    """Where somebody who only listens hears the words."""
    feed = folder / "heard.wav"
    soundfile.write(feed, soxr.resample(sound, rate, RATE), RATE, "PCM_16")
    activity = listen(feed)
    spec = cue_spec("applause please")
    hits = spot_markers(feed, {spec.keyword: spec}, pauses=activity.pauses, duration_ms=activity.duration_ms)
    return [hit.span for hit in hits if (hit.confidence or 0) > 0.9]


def test_the_sound_is_heard_where_its_words_were_said_and_they_are_gone(
    ground: Ground, line: Line, ann: Person, recorded: Recorded, tmp_path: Path
) -> None:
    episode = produced(ground, line, ann, recorded.path, by_itself=True)
    acting = [one for one in cues_of(ann, episode["id"]) if one["cut"]]
    (cue,) = acting
    assert cue["reason"] == 'You said "applause please". We put "tone" there instead.'
    assert abs(cue["start_ms"] - recorded.called.start_ms) <= 50
    assert abs(cue["end_ms"] - recorded.called.end_ms) <= 50

    sound, rate = heard(ann, episode["id"])
    (tone,) = tone_spans(sound, rate)
    assert abs(tone.start_ms - recorded.called.start_ms) <= 50
    assert abs(tone.end_ms - (recorded.called.start_ms + CLIP_MS)) <= 50
    after_ms = recorded.after.start_ms + CLIP_MS - recorded.called.duration_ms
    following = sound[(tone.end_ms + 30) * rate // 1000 :]
    begins_ms = tone.end_ms + 30 + int(np.flatnonzero(np.abs(following) > 0.02)[0]) * 1000 // rate
    assert abs(begins_ms - after_ms) <= 60

    assert not any(abs(span.start_ms - tone.start_ms) < 1_500 for span in said_in(sound, rate, tmp_path))
    original, original_rate = soundfile.read(recorded.path, dtype="float32")
    assert any(span.overlaps(recorded.called) for span in said_in(original, original_rate, tmp_path))
    words = ann.ask("GET", f"/api/episodes/{episode['id']}/transcript.json").json()
    assert not any("applause please" in str(word).lower() for word in words)


def test_who_is_asked_first_hears_the_words_until_then(
    ground: Ground, line: Line, ann: Person, recorded: Recorded
) -> None:
    episode = produced(ground, line, ann, recorded.path, by_itself=False)
    assert [one["cut"] for one in cues_of(ann, episode["id"])].count(True) == 0
    asked = [
        one for one in cues_of(ann, episode["id"]) if one["start_ms"] < recorded.called.end_ms < one["end_ms"] + 60
    ]
    assert asked
    assert asked[0]["decision"] is None
    sound, rate = heard(ann, episode["id"])
    assert tone_spans(sound, rate) == []
