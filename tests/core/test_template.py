"""Templates: a readable document that cannot contradict itself."""

import json
from typing import Any

import pytest

from donecast.core.assembly import HOUSE_MUSIC, ready_templates
from donecast.core.errors import TemplateUnreadable
from donecast.core.plan import Ducking
from donecast.core.template import (
    MediaSource,
    MusicRule,
    RecordingSource,
    Segment,
    SpokenSource,
    Template,
    filled_in,
    spoken_texts,
    template_from_json,
    template_to_json,
)

CONTENT = Segment("content", "content", "The episode", RecordingSource())
FULL = Template(
    "All there is",
    (
        Segment("jingle", "intro", "Jingle", MediaSource("med_1", "Jingle.wav")),
        Segment("intro", "intro", "Intro", SpokenSource("This is {show}.", voice="slt"), offset_ms=-500),
        CONTENT,
        Segment("ad", "advert", "Advert", MediaSource("med_2")),
    ),
    (
        MusicRule("med_3", ("jingle", "intro"), -100, 200, 1, 2, -12.5, Ducking(-6.0, 1, 2, 3), "Tune"),
        MusicRule("med_1", ("ad",), ducking=None),
    ),
)


@pytest.mark.parametrize("template", [FULL, *ready_templates()], ids=lambda template: template.name)
def test_a_template_survives_json(template: Template) -> None:
    document = template_to_json(template)
    assert json.loads(json.dumps(document)) == document
    assert template_from_json(document) == template


def test_every_show_comes_with_two_templates_that_speak_and_play_the_house_music() -> None:
    assert [template.name for template in ready_templates()] == ["Just me", "Interview"]
    for template in ready_templates():
        assert template.assets == (HOUSE_MUSIC,)
        assert set(spoken_texts(template, {})) == {"intro", "outro"}


def test_what_is_left_out_of_a_document_has_its_default() -> None:
    document = {
        "format": "donecast.template",
        "format_version": 1,
        "name": "Plain",
        "segments": [{"id": "c", "kind": "content", "title": "T", "source": {"type": "recording"}}],
        "music": [{"asset": "med_1", "under": ["c"]}],
    }
    assert template_from_json(document).music == (MusicRule("med_1", ("c",)),)
    assert template_from_json({**document, "music": []}) == Template(
        "Plain", (Segment("c", "content", "T", RecordingSource()),)
    )


def test_assets_are_named_once_each() -> None:
    assert FULL.assets == ("med_1", "med_2", "med_3")


@pytest.mark.parametrize(
    ("text", "host", "spoken"),
    [
        ("Welcome to {show}.", "", "Welcome to Bees."),
        ("Welcome to {show}[, with {host}].", "", "Welcome to Bees."),
        ("Welcome to {show}[, with {host}].", "Ann", "Welcome to Bees, with Ann."),
        ("{show}:   {title}", "", "Bees: All about [wax] and {host}"),
        ("[{host}]", "", ""),
    ],
)
def test_variables_are_filled_in(text: str, host: str, spoken: str) -> None:
    variables = {"show": "Bees", "title": "All about [wax] and {host}", "host": host}
    assert filled_in(text, variables) == spoken


def test_an_unknown_variable_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TemplateUnreadable, match=r"\{guest\}, but only \{show\}, \{title\}, \{host\}"):
        filled_in("Here is {guest}", {"guest": "Bo"})


@pytest.mark.parametrize(
    ("segments", "music", "sentence"),
    [
        ((), (), "your recording in it exactly once"),
        ((CONTENT, Segment("b", "content", "B", RecordingSource())), (), "exactly once"),
        ((CONTENT, Segment("b", "outro", "B", RecordingSource())), (), "exactly once"),
        ((Segment("b", "content", "B", MediaSource("med_1")),), (), "exactly once"),
        ((CONTENT, Segment("content", "outro", "B", MediaSource("med_1"))), (), "same id"),
        ((CONTENT, Segment("", "outro", "B", MediaSource("med_1"))), (), '"B" has no id'),
        ((CONTENT, Segment("b", "outro", "B", MediaSource(""))), (), "no file is chosen"),
        ((CONTENT, Segment("b", "outro", "B", SpokenSource(" "))), (), "no text to speak"),
        ((CONTENT, Segment("b", "outro", "B", SpokenSource("x" * 2_001))), (), "longer than 2,000"),
        ((CONTENT, Segment("b", "outro", "B", SpokenSource("{nobody}"))), (), "nobody"),
        ((CONTENT, Segment("b", "outro", "B", MediaSource("m"), 600_001)), (), "ten minutes"),
        ((CONTENT,), (MusicRule("m", ("gone",)),), "does not have: gone"),
        ((CONTENT,), (MusicRule("m", ()),), "does not have"),
        ((CONTENT,), (MusicRule("", ("content",)),), "no file"),
        ((CONTENT,), (MusicRule("m", ("content",), 0, 600_001),), "ten minutes"),
        ((CONTENT,), (MusicRule("m", ("content",), fade_in_ms=-1),), "negative"),
        ((CONTENT,), (MusicRule("m", ("content",), level_db=13.0),), "between -60 and 12"),
        ((CONTENT,), (MusicRule("m", ("content",), ducking=Ducking(amount_db=3.0)),), "0 to 60 dB"),
    ],
)
def test_a_template_that_contradicts_itself_is_refused(
    segments: tuple[Segment, ...], music: tuple[MusicRule, ...], sentence: str
) -> None:
    with pytest.raises(TemplateUnreadable, match=sentence):
        Template("T", segments, music)


DOCUMENT = template_to_json(FULL)
PART, MUSIC = DOCUMENT["segments"][1], DOCUMENT["music"][0]


@pytest.mark.parametrize(
    "document",
    [
        None,
        "template",
        {},
        {**DOCUMENT, "format_version": 2},
        {**DOCUMENT, "name": 5},
        {**DOCUMENT, "colour": "red"},
        {**DOCUMENT, "segments": {}},
        {**DOCUMENT, "segments": ["intro"]},
        {**DOCUMENT, "segments": [PART] * 51},
        *[
            {**DOCUMENT, "segments": [{**PART, **change}, *DOCUMENT["segments"][2:]], "music": []}
            for change in (
                {"kind": "interlude"},
                {"source": None},
                {"source": {"type": "stream"}},
                {"source": {"type": "media"}},
                {"source": {"type": "speech", "text": "a", "voice": 5}},
                {"offset_ms": "soon"},
                {"offset_ms": True},
                {"colour": "red"},
            )
        ],
        *[
            {**DOCUMENT, "music": [{**MUSIC, **change}]}
            for change in (
                {"under": "intro"},
                {"under": [1]},
                {"level_db": "loud"},
                {"fade_in_ms": 1.5},
                {"ducking": "yes"},
                {"ducking": {"amount_db": -9.0, "speed": 1}},
                {"colour": "red"},
            )
        ],
    ],
)
def test_what_is_no_template_is_refused_with_a_sentence(document: Any) -> None:
    with pytest.raises(TemplateUnreadable) as caught:
        template_from_json(document)
    assert caught.value.message.endswith(".")
