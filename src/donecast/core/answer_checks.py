"""What an engine wrote is looked through before anybody sees it: a draft comes out, or the reason why none did."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from donecast.core.answer_form import read_answer
from donecast.core.injected import speaks_to_a_program
from donecast.core.languages import content_words, is_plausible, runs, script_of, small_words, words_in
from donecast.core.passages import ends_sentence
from donecast.core.text_draft import (
    ANSWER_CHARACTERS_MAX,
    ANSWER_SENTENCES_MAX,
    CHAPTER_CHARACTERS_MAX,
    NOTES_CHARACTERS_MAX,
    SUMMARY_CHARACTERS_MAX,
    TAG_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    DraftKind,
    RefusalReason,
    Refused,
    TextDraft,
)
from donecast.core.text_request import EXCERPT_MARK, TextRequest

_CHARACTERS_MAX: Mapping[DraftKind, int] = {
    "titles": TITLE_CHARACTERS_MAX,
    "notes": NOTES_CHARACTERS_MAX,
    "tags": TAG_CHARACTERS_MAX,
    "chapters": CHAPTER_CHARACTERS_MAX,
    "summary": SUMMARY_CHARACTERS_MAX,
    "answer": ANSWER_CHARACTERS_MAX,
}
_STEM = 5
_RELATED_SHARE_MIN = 0.2
_ECHO_RUN, _ORDER_RUN, _WISH_RUN = 5, 4, 4
_WISH_SHARE_MAX = 0.7
_REPEATED_WORDS_MIN, _DISTINCT_SHARE_MIN = 12, 0.25
_SAME_LINES_MAX = 2
_WITHOUT_SPACES = {"HAN", "JAPANESE", "THAI", "LAO", "KHMER", "MYANMAR"}

_MARKUP = re.compile(
    r"<[a-zA-Z/!?][^<>]*>?|&(?:#\d+|#x[0-9a-f]+|[a-z]\w{1,30});|```|`|\*\*|__|~~|^\s*#{1,6}\s|^\s*>\s|!?\[[^\]]*\]\("
    r"|(?<!\w)\*\S[^*\n]*\S\*(?!\w)|^\s*\|.*\|\s*$|^\s*(?:-{3,}|={3,}|\*{3,})\s*$|\{\{|\}\}|\\u[0-9a-f]{4}|\\n",
    re.IGNORECASE | re.MULTILINE,
)
_LIST_LINE = re.compile(r"^\s*(?:[-*•–]|\d{1,3}[.)])\s", re.MULTILINE)
_TOP_LEVEL = (
    "com|org|net|info|biz|io|co|tv|fm|ai|app|dev|me|ly|gl|gg|xyz|shop|site|online|link|club|top|store|blog|news|edu|gov"
    "|eu|uk|de|fr|es|it|nl|ch|at|ru|cn|us|ca|au|example"
)
# Looked for word by word, and without repetition inside a pattern: a hostile answer must not cost minutes.
_ADDRESS_SIGN = re.compile(
    rf"[a-z]://|^(?:javascript|data|mailto|tel):.|^www\.|@\w|\w\.(?:{_TOP_LEVEL})(?![\w-])|\d\.\d{{1,3}}\.\d{{1,3}}\.\d",
    re.IGNORECASE,
)
_AROUND_ADDRESS = "\"'“”„«»()[]{}<>.,;:!?…/"
_BEFORE_DOMAIN = re.compile(r"^(?:https?://)?(?:www\.)?")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s().\-]?\d){8,}")
_CANNOT = r"(?:can't|can not|cannot|won't|am unable to|'m unable to|am not able to|'m not able to|must decline)"
_TO_WRITE = r"(?:help|assist|comply|fulfil+|provide|generate|create|write|produce|access|summari[sz]e|do)"
_REFUSALS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bas an? (?:(?:large )?language model|virtual assistant|ai (?:model|assistant|language model))\b",
        r"\bas an ai i\b|\bi(?:'m| am) (?:just )?an? (?:ai|(?:large )?language model)\b",
        rf"\bi(?:'m| am) (?:very |so |really )?(?:sorry|afraid)\b.{{0,30}}\bi ?{_CANNOT}",
        rf"\bi ?{_CANNOT} (?:to )?{_TO_WRITE}\b",
        r"\b(?:unable|not able) to (?:comply|assist|fulfil+|generate|process (?:this|the|your))\b",
        r"\b(?:content|usage) (?:policy|policies|guidelines)\b",
        r"\bno (?:transcript|excerpt|recording|text) (?:was|is|has been) (?:provided|available|given)\b",
        r"\bplease (?:provide|share|send|paste)\b.{0,30}\b(?:transcript|excerpt|recording|text|content)\b",
        r"\bes tut mir leid,? (?:aber )?ich kann\b|\bals (?:ki|sprachmodell) (?:kann|darf|bin|habe)\b",
        r"\bje suis désolée? mais je ne\b|\ben tant qu'(?:ia|intelligence artificielle|assistant virtuel)\b",
        r"\blo siento,? pero no puedo\b|\bcomo (?:modelo de lenguaje|asistente virtual|ia)\b",
    )
)
_CHATTER = re.compile(
    r"^(?:sure|certainly|of course|absolutely|okay|great question|great|happy to help)"
    r" (?:here|i can|i'll|i will|let me)\b"
    r"|^here(?:'s| is| are)\b.{0,60}\b(?:titles?|notes|summary|tags?|chapters?|answer|json|suggestions?|options?)\b"
    r"|\b(?:let me know if|hope this helps|feel free to (?:ask|adjust)|would you like me to)\b"
    r"|\b(?:this|the) (?:transcript|excerpt|passage)s? (?:does not|doesn't|is|are|appears?|seems?|provided|contains?)\b"
    r"|\bpassages? \d+\b|\blorem ipsum\b"
)
# The words of the order itself tell nothing; those that it wants to see written do.
_ORDER_WORDS = frozenset(
    {
        *("ignore", "disregard", "forget", "override", "previous", "prior", "earlier", "instructions", "instruction"),
        *("prompt", "system", "model", "language", "assistant", "write", "respond", "reply", "answer", "output"),
        *("title", "titles", "notes", "summary", "tags", "description", "episode", "podcast", "show", "following"),
        *("print", "instead", "exactly", "word", "words", "include", "everything", "text", "recording", "listeners"),
        *("http", "https", "www", "com", "org", "net", "example"),
    }
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An answer as the checks look at it: its texts one by one, all of them together, and what was asked."""

    draft: TextDraft
    texts: tuple[str, ...]
    whole: str
    request: TextRequest


def checked(raw: str, request: TextRequest) -> TextDraft | Refused:
    """The draft that an engine's answer is, or why it is none. Total: whatever the text, it never raises."""
    found = read_answer(raw, request)
    if isinstance(found, Refused):
        return found
    texts = tuple(chapter.title for chapter in found.chapters) or found.texts
    seen = _Seen(found, texts, "\n".join(texts), request)
    reason = next((reason for reason, is_so in _CHECKS if is_so(seen)), None)
    return Refused(reason) if reason else found


def _is_too_long(seen: _Seen) -> bool:
    return any(len(text) > _CHARACTERS_MAX[seen.draft.kind] for text in seen.texts)


def _has_control_characters(seen: _Seen) -> bool:
    lines_allowed = seen.draft.kind == "notes"
    return any(_is_invisible(text, at, lines_allowed=lines_allowed) for text in seen.texts for at in range(len(text)))


def _is_invisible(text: str, at: int, *, lines_allowed: bool) -> bool:
    """Controls, formats, private and broken characters; joiners stay where a script writes with them."""
    character = text[at]
    category = unicodedata.category(character)
    if character == "\n":
        return not lines_allowed
    if character in "\u200c\u200d":
        return at == 0 or unicodedata.category(text[at - 1]) not in {"Lo", "Mn", "Mc", "So"}
    return category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or character == "\ufffd"


def _has_markup(seen: _Seen) -> bool:
    if _MARKUP.search(seen.whole):
        return True
    if seen.draft.kind == "tags":
        return any(set(text) & set("#,;<>") for text in seen.texts)
    return seen.draft.kind in {"titles", "chapters", "summary"} and any(_LIST_LINE.match(text) for text in seen.texts)


def _has_foreign_link(seen: _Seen) -> bool:
    """Links and addresses that nobody says in the recording; also as people speak them: "example dot com"."""
    said = seen.request.spoken.casefold()
    spelled = re.sub(r"\s+dot\s+", ".", re.sub(r"\s+at\s+", "@", said))
    digits = re.sub(r"\D", "", said)
    addresses = [_BEFORE_DOMAIN.sub("", address.casefold()) for address in _addresses(seen.whole)]
    numbers = [re.sub(r"\D", "", match.group()) for match in _LONG_NUMBER.finditer(seen.whole)]
    return any(one not in said and one not in spelled for one in addresses) or any(one not in digits for one in numbers)


def _addresses(text: str) -> list[str]:
    """The words of a text that lead somewhere, without the signs around them."""
    words = (word.strip(_AROUND_ADDRESS) for word in text.split())
    return [word for word in words if _ADDRESS_SIGN.search(word)]


def _echoes_prompt(seen: _Seen) -> bool:
    prompt = seen.request.prompt
    if EXCERPT_MARK.casefold() in seen.whole.casefold():
        return True
    spoken = runs(words_in(seen.request.spoken), _ECHO_RUN)
    ours = runs(words_in(prompt.rules), _ECHO_RUN) - spoken
    if any(runs(words_in(text), _ECHO_RUN) & ours for text in seen.texts):
        return True
    wishes = runs(words_in(seen.request.instructions), _WISH_RUN) - runs(words_in(seen.request.spoken), _WISH_RUN)
    return any(_share(runs(words_in(text), _WISH_RUN), wishes) > _WISH_SHARE_MAX for text in seen.texts)


def _share(found: set[tuple[str, ...]], wanted: set[tuple[str, ...]]) -> float:
    return len(found & wanted) / len(found) if found else 0.0


def _declines(seen: _Seen) -> bool:
    """Whether the engine speaks of what it cannot do; people in the recording may say the same, and be quoted."""
    said = " ".join(words_in(seen.request.spoken))
    plain = " ".join(words_in(seen.whole))
    return any(match.group() not in said for pattern in _REFUSALS for match in pattern.finditer(plain))


def _chats(seen: _Seen) -> bool:
    said = " ".join(words_in(seen.request.spoken))
    plain = (" ".join(words_in(text)) for text in seen.texts)
    return any(match.group() not in said for text in plain for match in _CHATTER.finditer(text))


def _is_in_another_language(seen: _Seen) -> bool:
    heard = seen.request.question if seen.draft.kind == "answer" else seen.request.spoken
    return not is_plausible(seen.whole, seen.request.language, heard or seen.request.spoken)


def _follows_orders(seen: _Seen) -> bool:
    """Whether words come back that stand only where the recording, or the question, speaks to a writing program."""
    if speaks_to_a_program(seen.whole):
        return True
    orders = [passage.text for passage in seen.request.withheld]
    if speaks_to_a_program(seen.request.question):
        orders.append(seen.request.question)
    if not orders:
        return False
    told = words_in(f"{seen.request.spoken} {seen.request.instructions}")
    written = words_in(seen.whole)
    ordered = [word for order in orders for word in words_in(order)]
    telling = {word for word in ordered if len(word) > 2} - {*told, *_ORDER_WORDS, *small_words(seen.request.language)}
    if telling & set(written):
        return True
    return bool(runs(written, _ORDER_RUN) & (runs(ordered, _ORDER_RUN) - runs(told, _ORDER_RUN)))


def _is_unrelated(seen: _Seen) -> bool:
    """Whether hardly a word of it is said in the recording, by the words' beginnings; an answer may say new things."""
    request = seen.request
    if seen.draft.kind == "answer" or script_of(seen.whole) in _WITHOUT_SPACES:
        return False
    said = {word[:_STEM] for word in words_in(f"{request.spoken} {request.instructions}")}
    written = [word[:_STEM] for word in content_words(seen.whole, request.language)]
    if not written:
        return False
    known = sum(stem in said for stem in written)
    return known < (_RELATED_SHARE_MIN * len(written) if seen.draft.kind in {"notes", "summary"} else 1)


def _repeats(seen: _Seen) -> bool:
    words = words_in(seen.whole)
    if len(words) >= _REPEATED_WORDS_MIN and len(set(words)) < _DISTINCT_SHARE_MIN * min(len(words), 200):
        return True
    lines = [line.strip().casefold() for line in seen.whole.split("\n") if line.strip()]
    most = 1 if seen.draft.kind != "notes" else _SAME_LINES_MAX
    return any(lines.count(line) > most for line in set(lines))


def _cannot_be_spoken(seen: _Seen) -> bool:
    if seen.draft.kind != "answer":
        return False
    if _addresses(seen.whole) or _LIST_LINE.search(seen.whole) or any(map(_is_picture, seen.whole)):
        return True
    return len(list(_sentences(seen.whole))) > ANSWER_SENTENCES_MAX


def _is_picture(character: str) -> bool:
    is_sign = character <= "\u00ff"  # of degrees, of copyright
    return (unicodedata.category(character) == "So" and not is_sign) or "\ufe00" <= character <= "\ufe0f"


def _sentences(text: str) -> Iterator[str]:
    held: list[str] = []
    for word in text.split():
        held.append(word)
        if ends_sentence(word):
            yield " ".join(held)
            held = []
    if held:
        yield " ".join(held)


# In this order: the first that is so is told, and what tells most about the engine comes first.
_CHECKS: tuple[tuple[RefusalReason, Callable[[_Seen], bool]], ...] = (
    ("too_long", _is_too_long),
    ("control_characters", _has_control_characters),
    ("markup", _has_markup),
    ("prompt_echo", _echoes_prompt),
    ("refusal", _declines),
    ("chatter", _chats),
    ("instruction", _follows_orders),
    ("link", _has_foreign_link),
    ("not_spoken", _cannot_be_spoken),
    ("language", _is_in_another_language),
    ("repetitive", _repeats),
    ("unrelated", _is_unrelated),
)
