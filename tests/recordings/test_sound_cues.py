"""Words of a show that call a sound, over HTTP: what may be called, what is refused, and whose it is."""

from typing import Any

import pytest
from sqlalchemy import text

from donecast.core.sound_cues import CUE_CLIP_MS_MAX, CUES_MAX
from donecast.platform.web import Ground
from tests.support.library import made, show_wish
from tests.support.people import Person
from tests.support.sounds import tone

WORDS = [
    "applause please",
    "door bell",
    "thunder",
    "big drum roll",
    "canned laughter",
    "rooster",
    "magic wand",
    "foghorn",
    "police siren",
    "camera shutter",
    "gunfight",
    "jazz quartet",
    "whistle",
    "zebra hooves",
    "typewriter",
    "cash machine",
    "old radio",
    "yodelling",
    "banjo",
    "kettle boiling",
]


@pytest.fixture
def show_id(ann: Person) -> str:
    return made(ann, "/api/shows", json=show_wish())["id"]


def file_of(person: Person, seconds: float = 1.0, category: str = "sound_effect", name: str = "clap.wav") -> str:
    answer = person.ask("POST", "/api/media", files={"file": (name, tone(seconds))}, data={"category": category})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def add(person: Person, show_id: str, words: str, clip_id: str, **more: Any) -> Any:
    body = {"words": words, "clip_id": clip_id, **more}
    return person.ask("POST", f"/api/shows/{show_id}/sound-cues", json=body)


def cues(person: Person, show_id: str) -> list[dict[str, Any]]:
    answer = person.ask("GET", f"/api/shows/{show_id}/sound-cues")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def refused(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def test_words_call_a_sound_of_the_library(ann: Person, show_id: str) -> None:
    clip = file_of(ann)
    assert cues(ann, show_id) == []
    added = add(ann, show_id, "  Applause, PLEASE! ", clip, gain_db=-6)
    assert added.status_code == 201, added.text
    cue = added.json()
    assert cue == {
        "id": cue["id"],
        "words": "applause please",
        "clip_id": clip,
        "clip_name": "clap",
        "clip_duration_ms": 1_000,
        "gain_db": -6.0,
        "by_itself": True,
    }
    assert cues(ann, show_id) == [cue]


def test_they_can_be_changed_and_taken_off_the_list(ann: Person, show_id: str) -> None:
    clip, other = file_of(ann), file_of(ann, 0.5)
    cue = add(ann, show_id, "applause please", clip).json()
    bell = add(ann, show_id, "door bell", clip).json()
    path = f"/api/shows/{show_id}/sound-cues/{cue['id']}"
    wish = {"words": "applause now", "clip_id": other, "gain_db": 3, "by_itself": False}
    changed = ann.ask("PUT", path, json=wish)
    assert changed.status_code == 200, changed.text
    assert changed.json() == {**cue, **wish, "clip_duration_ms": 500}
    assert [one["id"] for one in cues(ann, show_id)] == [cue["id"], bell["id"]]
    assert ann.ask("DELETE", path).status_code == 204
    assert cues(ann, show_id) == [bell]
    for again in (ann.ask("DELETE", path), ann.ask("PUT", path, json=wish)):
        assert refused(again)[:2] == (404, "no_such_cue")


def test_other_settings_of_the_show_leave_them_alone(ann: Person, show_id: str) -> None:
    cue = add(ann, show_id, "door bell", file_of(ann)).json()
    answer = ann.ask("PATCH", f"/api/shows/{show_id}", json={"title": "Peas", "cleanup": {"cover_with": "silence"}})
    assert answer.status_code == 200
    assert cues(ann, show_id) == [cue]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("pop", '"pop" cannot be listened for.'),
        ("take 5", '"take 5" cannot be listened for.'),
        ("a bell that nobody hears twice", '"a bell that nobody hears twice" cannot be listened for.'),
        ("Flubber!", '"flubber" already says that you made a mistake.'),
        ("intern", '"intern" already calls the intern.'),
        ("the door bell", '"the door bell" sounds too much like "door bell", which calls a sound.'),
    ],
)
def test_words_that_will_not_do_are_refused_in_a_sentence(ann: Person, show_id: str, words: str, message: str) -> None:
    clip = file_of(ann)
    kept = add(ann, show_id, "door bell", clip).json()
    assert refused(add(ann, show_id, words, clip)) == (400, "cleanup_unreadable", message)
    assert cues(ann, show_id) == [kept]


def test_the_word_after_a_mistake_cannot_be_one_of_them(ann: Person, show_id: str) -> None:
    add(ann, show_id, "door bell", file_of(ann))
    answer = ann.ask("PATCH", f"/api/shows/{show_id}", json={"cleanup": {"flubber_keyword": "doorbell"}})
    assert refused(answer) == (
        400,
        "cleanup_unreadable",
        '"door bell" sounds too much like "doorbell", which says that you made a mistake.',
    )


def test_a_show_has_so_many_and_no_more(ann: Person, show_id: str) -> None:
    clip = file_of(ann)
    answers = [add(ann, show_id, words, clip) for words in WORDS]
    assert [answer.status_code for answer in answers] == [201] * CUES_MAX, [answer.text for answer in answers]
    one_more = add(ann, show_id, "velvet umbrella", clip)
    assert refused(one_more)[2] == "A show has at most 20 sounds that are called by a word."
    assert len(cues(ann, show_id)) == CUES_MAX


@pytest.mark.parametrize("category", ["recording", "advert"])
def test_a_file_that_is_meant_for_something_else_is_refused(ann: Person, show_id: str, category: str) -> None:
    status, code, message = refused(add(ann, show_id, "door bell", file_of(ann, category=category)))
    assert (status, code) == (400, "cue_clip_unfitting")
    assert message.startswith("“clap” is ")
    assert cues(ann, show_id) == []


def test_at_the_limit_a_sound_is_taken_and_beyond_it_refused(ann: Person, show_id: str) -> None:
    assert add(ann, show_id, "door bell", file_of(ann, CUE_CLIP_MS_MAX / 1000)).status_code == 201
    longer = add(ann, show_id, "thunder", file_of(ann, CUE_CLIP_MS_MAX / 1000 + 0.01, name="storm.wav"))
    assert refused(longer) == (
        400,
        "cue_clip_unfitting",
        "“storm” is longer than 30 seconds, the most for a sound that is called by a word.",
    )


@pytest.mark.parametrize(("state", "code"), [("checking", "media_not_ready"), ("refused", "media_refused")])
def test_a_file_that_is_not_ready_is_refused(ground: Ground, ann: Person, show_id: str, state: str, code: str) -> None:
    clip = file_of(ann)
    with ground.database.transaction() as session:
        session.execute(text("UPDATE media_items SET state = :state WHERE id = :id"), {"state": state, "id": clip})
    assert refused(add(ann, show_id, "door bell", clip))[1] == code
    assert cues(ann, show_id) == []


def test_a_loudness_out_of_bounds_is_refused(ann: Person, show_id: str) -> None:
    clip = file_of(ann)
    assert add(ann, show_id, "door bell", clip, gain_db=12).status_code == 201
    assert add(ann, show_id, "thunder", clip, gain_db=12.5).status_code in {400, 422}


def test_another_persons_sound_and_show_are_not_there(ann: Person, ben: Person, show_id: str) -> None:
    theirs = file_of(ben)
    assert refused(add(ann, show_id, "door bell", theirs))[:2] == (404, "no_such_media")
    assert refused(add(ben, show_id, "door bell", theirs))[:2] == (404, "no_such_show")
    assert cues(ann, show_id) == []


def test_a_sound_that_words_call_cannot_be_deleted(ann: Person, show_id: str) -> None:
    clip = file_of(ann)
    cue = add(ann, show_id, "door bell", clip).json()
    kept = ann.ask("DELETE", f"/api/media/{clip}")
    assert refused(kept) == (
        409,
        "media_in_cue",
        "“clap” is heard where you say “door bell”, so it cannot be deleted.",
    )
    assert ann.ask("GET", f"/api/media/{clip}").status_code == 200
    ann.ask("DELETE", f"/api/shows/{show_id}/sound-cues/{cue['id']}")
    assert ann.ask("DELETE", f"/api/media/{clip}").status_code == 204


def test_a_sound_that_is_gone_all_the_same_is_said_to_be(ground: Ground, ann: Person, show_id: str) -> None:
    clip = file_of(ann)
    add(ann, show_id, "door bell", clip)
    with ground.database.transaction() as session:
        session.execute(text("DELETE FROM media_peaks WHERE media_id = :id"), {"id": clip})
        session.execute(text("DELETE FROM media_items WHERE id = :id"), {"id": clip})
    (cue,) = cues(ann, show_id)
    assert (cue["clip_name"], cue["clip_duration_ms"]) == (None, None)
