"""Templates: the reusable structure of a show's episodes, as a JSON value with a schema version."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from donecast.core.errors import TemplateUnreadable
from donecast.core.plan import Ducking

FORMAT = "donecast.template"
FORMAT_VERSION = 1
SEGMENTS_MAX = 50
MUSIC_RULES_MAX = 20
SPOKEN_CHARACTERS_MAX = 2_000
OFFSET_MS_MAX = 600_000

# The project's own music bed, there from the start; every other asset is an id from the library.
HOUSE_MUSIC = "house:music-bed"
VARIABLES = ("show", "title", "host", "guests")

SegmentKind = Literal["intro", "content", "outro", "advert", "transition", "sound_effect"]

_VARIABLE = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """The episode's own recording, edited."""

    type: Literal["recording"] = "recording"


@dataclass(frozen=True, slots=True)
class MediaSource:
    """A file of the library; ``asset`` is its id, ``name`` what people call it."""

    asset: str
    name: str = ""
    type: Literal["media"] = "media"


@dataclass(frozen=True, slots=True)
class SpokenSource:
    """Text that a voice speaks; ``voice`` None is the default. Each of `VARIABLES` in braces is filled in: ``{show}``.

    A stretch in square brackets is left out when a variable inside it is empty: ``[, with {host}]``.
    """

    text: str
    voice: str | None = None
    type: Literal["speech"] = "speech"


Source = RecordingSource | MediaSource | SpokenSource


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the episode. It starts ``offset_ms`` after the part before it ends; negative overlaps."""

    id: str
    kind: SegmentKind
    title: str
    source: Source
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class MusicRule:
    """Music under the named segments; neighbours share one stretch, segments apart get one each.

    A stretch reaches from ``start_offset_ms`` after its first segment's start (negative: before) to ``end_offset_ms``
    after its last one's end. ``level_db`` is the level under speech, relative to it; where nobody speaks, music with
    ducking swells by the amount that ducking takes away.
    """

    asset: str
    under: tuple[str, ...]
    start_offset_ms: int = 0
    end_offset_ms: int = 0
    fade_in_ms: int = 2_000
    fade_out_ms: int = 3_000
    level_db: float = -15.0
    ducking: Ducking | None = field(default_factory=Ducking)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """Segments in order, exactly one of them the content, and music. Raises TemplateUnreadable otherwise."""

    name: str
    segments: tuple[Segment, ...]
    music: tuple[MusicRule, ...] = ()

    def __post_init__(self) -> None:
        ids = [segment.id for segment in self.segments]
        if len(set(ids)) != len(ids):
            raise TemplateUnreadable(f'Two parts of the template "{self.name}" have the same id.')
        content = [segment for segment in self.segments if isinstance(segment.source, RecordingSource)]
        if len(content) != 1 or [s for s in self.segments if s.kind == "content"] != content:
            raise TemplateUnreadable(f'The template "{self.name}" must have your recording in it exactly once.')
        for segment in self.segments:
            _check_segment(segment)
        for rule in self.music:
            _check_music(rule, ids)

    @property
    def assets(self) -> tuple[str, ...]:
        """Every library asset the template names, each once, in order of first use."""
        named = [segment.source.asset for segment in self.segments if isinstance(segment.source, MediaSource)]
        return tuple(dict.fromkeys([*named, *(rule.asset for rule in self.music)]))


def template_to_json(template: Template) -> dict[str, Any]:
    """The document that `template_from_json` reads back to an equal template."""
    return {"format": FORMAT, "format_version": FORMAT_VERSION, **_plain(asdict(template))}


def template_from_json(document: Any) -> Template:
    """Reads a template. Raises TemplateUnreadable, saying what is wrong, for anything else."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise TemplateUnreadable("This is not a DoneCast template.")
    if document.get("format_version") != FORMAT_VERSION:
        raise TemplateUnreadable(f"Template version {document.get('format_version')!r} is not known here.")
    if set(document) - {"format", "format_version", "name", "segments", "music"}:
        raise TemplateUnreadable("The template has fields that are not known here.")
    name = _field(document, "name", str, "template")
    segments = _list(document, "segments", SEGMENTS_MAX)
    music = _list(document, "music", MUSIC_RULES_MAX)
    return Template(name, tuple(map(_segment_from_json, segments)), tuple(map(_music_from_json, music)))


def spoken_texts(template: Template, variables: Mapping[str, str]) -> dict[str, str]:
    """What a voice has to speak, by segment id, variables filled in.

    Segments whose text comes out empty are not named: leave them out of the assembly too.
    """
    texts = {
        segment.id: filled_in(segment.source.text, variables)
        for segment in template.segments
        if isinstance(segment.source, SpokenSource)
    }
    return {identity: text for identity, text in texts.items() if text}


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """The text with ``{name}`` replaced and white space made single. Variables without a value are empty.

    Raises TemplateUnreadable for a variable that does not exist.
    """

    def optional(match: re.Match[str]) -> str:
        names = _VARIABLE.findall(match.group(1))
        return match.group(1) if all(variables.get(name, "").strip() for name in names) else ""

    _check_variables(text)
    # Brackets are decided before anything is filled in: a title may well contain brackets or braces of its own.
    chosen = _OPTIONAL.sub(optional, text)
    return " ".join(_VARIABLE.sub(lambda match: variables.get(match.group(1), ""), chosen).split())


def _check_variables(text: str) -> None:
    for name in _VARIABLE.findall(text):
        if name not in VARIABLES:
            known = ", ".join(f"{{{variable}}}" for variable in VARIABLES)
            raise TemplateUnreadable(f"The spoken text names {{{name}}}, but only {known} can be filled in.")


def _check_segment(segment: Segment) -> None:
    if not segment.id or abs(segment.offset_ms) > OFFSET_MS_MAX:
        raise TemplateUnreadable(f'The part "{segment.title}" has no id, or an offset of more than ten minutes.')
    if isinstance(segment.source, SpokenSource):
        if not segment.source.text.strip():
            raise TemplateUnreadable(f'The part "{segment.title}" has no text to speak.')
        if len(segment.source.text) > SPOKEN_CHARACTERS_MAX:
            raise TemplateUnreadable(
                f'The text of the part "{segment.title}" is longer than {SPOKEN_CHARACTERS_MAX:,} characters.'
            )
        _check_variables(segment.source.text)
    if isinstance(segment.source, MediaSource) and not segment.source.asset:
        raise TemplateUnreadable(f'For the part "{segment.title}" no file is chosen.')


def _check_music(rule: MusicRule, ids: Sequence[str]) -> None:
    unknown = [identity for identity in rule.under if identity not in ids]
    if unknown or not rule.under:
        raise TemplateUnreadable(f"The music lies under parts that the template does not have: {', '.join(unknown)}.")
    if not rule.asset:
        raise TemplateUnreadable("For a piece of music no file is chosen.")
    if max(abs(rule.start_offset_ms), abs(rule.end_offset_ms), rule.fade_in_ms, rule.fade_out_ms) > OFFSET_MS_MAX:
        raise TemplateUnreadable("Music can reach at most ten minutes beyond the parts it lies under.")
    if min(rule.fade_in_ms, rule.fade_out_ms) < 0 or not -60.0 <= rule.level_db <= 12.0:
        raise TemplateUnreadable("Music fades cannot be negative, and its level lies between -60 and 12 dB.")
    ducking = rule.ducking
    if ducking and (
        not -60.0 <= ducking.amount_db <= 0.0 or min(ducking.attack_ms, ducking.hold_ms, ducking.release_ms) < 0
    ):
        raise TemplateUnreadable("Ducking takes 0 to 60 dB away, and its times cannot be negative.")


def _segment_from_json(entry: Mapping[str, Any]) -> Segment:
    kind = _field(entry, "kind", str, "part")
    if kind not in get_args(SegmentKind):
        raise TemplateUnreadable(f"A template has no part of the kind {kind!r}.")
    source: Source
    document = _field(entry, "source", Mapping, "part")
    match document.get("type"):
        case "recording":
            source = RecordingSource()
        case "media":
            source = MediaSource(_field(document, "asset", str, "part"), str(document.get("name") or ""))
        case "speech":
            voice = document.get("voice")
            if voice is not None and not isinstance(voice, str):
                raise TemplateUnreadable("A voice is chosen by its name.")
            source = SpokenSource(_field(document, "text", str, "part"), voice)
        case other:
            raise TemplateUnreadable(f"A part of the template cannot come from {other!r}.")
    _refuse_unknown(entry, ("id", "kind", "title", "source", "offset_ms"))
    return Segment(
        id=_field(entry, "id", str, "part"),
        kind=kind,
        title=_field(entry, "title", str, "part"),
        source=source,
        offset_ms=_field({"offset_ms": 0, **entry}, "offset_ms", int, "part"),
    )


def _music_from_json(entry: Mapping[str, Any]) -> MusicRule:
    _refuse_unknown(entry, tuple(MusicRule.__dataclass_fields__))
    under = _field(entry, "under", list, "piece of music")
    if not all(isinstance(identity, str) for identity in under):
        raise TemplateUnreadable("Music lies under parts, named by their ids.")
    times = {
        name: _field(entry, name, int, "piece of music")
        for name in ("start_offset_ms", "end_offset_ms", "fade_in_ms", "fade_out_ms")
        if name in entry
    }
    level_db = float(_field({"level_db": -15.0, **entry}, "level_db", (int, float), "piece of music"))
    ducking = _ducking_from_json(entry["ducking"]) if "ducking" in entry else Ducking()
    return MusicRule(
        asset=_field(entry, "asset", str, "piece of music"),
        under=tuple(under),
        level_db=level_db,
        ducking=ducking,
        name=str(entry.get("name") or ""),
        **times,
    )


def _ducking_from_json(entry: Any) -> Ducking | None:
    if entry is None:
        return None
    if not isinstance(entry, Mapping):
        raise TemplateUnreadable("Ducking is described by its amount and times.")
    _refuse_unknown(entry, tuple(Ducking.__dataclass_fields__))
    amount_db = float(_field({"amount_db": -9.0, **entry}, "amount_db", (int, float), "ducking"))
    times = {name: _field(entry, name, int, "ducking") for name in entry if name != "amount_db"}
    return Ducking(amount_db=amount_db, **times)


def _refuse_unknown(entry: Mapping[str, Any], known: Iterable[str]) -> None:
    unknown = set(entry) - set(known)
    if unknown:
        raise TemplateUnreadable(f"The template has fields that are not known here: {', '.join(sorted(unknown))}.")


def _field(entry: Mapping[str, Any], name: str, kind: type | tuple[type, ...], what: str) -> Any:
    value = entry.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TemplateUnreadable(f'In a {what}, "{name}" is missing or of the wrong kind.')
    return value


def _list(document: Mapping[str, Any], name: str, count_max: int) -> list[Mapping[str, Any]]:
    entries = document.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise TemplateUnreadable(f'In a template, "{name}" is a list.')
    if len(entries) > count_max:
        raise TemplateUnreadable(f'A template has at most {count_max} entries in "{name}".')
    return entries


def _plain(value: Any) -> Any:
    """Tuples as lists, so that the document equals what comes back from JSON text."""
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
