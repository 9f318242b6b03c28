"""Words in a recording that speak to a writing program instead of to listeners.

Whoever speaks into a recording could tell the model what to write. Such passages are kept from every engine, and what
comes back is looked through for their words (`core.answer_checks`).
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

from donecast.core.languages import words_in
from donecast.core.passages import Passage

_IGNORE = (
    r"(?:ignor\w*|disregard|forget|override|bypass|vergiss|vergesst|missachte|oublie[rz]?|olvid[ae]\w*|dimentica\w*"
    r"|negeer|vergeet|esque[cç]a)"
)
_BEFORE = r"(?:previous|prior|above|earlier|preceding|system|your)"
_PROMPTS = (
    r"(?:instructions|prompts?|directives|anweisung\w*|consignes|instrucciones|istruzioni|instruções|opdracht\w*"
    r"|instructies)"
)
_MODEL = r"(?:language model|chatbot|chatgpt|llm|ai (?:assistant|model|system))"
_READER = r"(?:ai|assistant|language model|chatbot|chatgpt|llm|bot|summari[sz]er|ki|ia)"
_FIELD = r"(?:titles?|headline|description|summary|tags)"
# Speakers do say "I put the link in the show notes" and "hey Claude", so these stand in no pattern.
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_IGNORE}\b(?: \w+){{0,6}} {_PROMPTS}\b",
        rf"\b{_IGNORE}\b(?: \w+){{0,3}} {_BEFORE} (?:\w+ )?(?:rules|guidelines|directions|commands|orders)\b",
        r"\b(?:system prompt|developer message|system message|hidden instructions?|new instructions?|jailbreak)\b",
        rf"\b(?:dear|hey|attention|(?:note|message|instructions?) (?:to|for)(?: the| any)?) {_READER}\b",
        rf"\byou are (?:now )?(?:an? )?(?:\w+ )?{_MODEL}\b",
        rf"\b(?:act|behave|respond|answer|reply|pretend to be) (?:as|like) (?:an? )?(?:\w+ )?{_MODEL}\b",
        rf"\b(?:write|use|include|output|print)\b(?: [\w']+){{1,14}} (?:as|in|into) (?:the|your) (?:\w+ )?{_FIELD}\b",
        rf"\b(?:set|change)(?: the| this| your)? (?:\w+ )?{_FIELD} (?:to|be|say)\b",
        rf"\b(?:the|your) (?:\w+ )?{_FIELD}(?: of this (?:episode|podcast|show))? (?:must|has to) (?:be|say|read)\b",
        r"\b(?:respond|reply|output|print) (?:only|exactly|nothing but)\b",
        r"\bdo not (?:summari[sz]e|describe) this\b",
        r"\bend of (?:the )?(?:transcript|excerpt|prompt)\b",
    )
)
_ROLE_MARKS = re.compile(
    r"<\|?/?(?:system|user|assistant|im_start|im_end)\|?>|\[/?INST\]|^#{2,}|^(?:system|assistant)\s*:", re.IGNORECASE
)
_IMPERATIVES = frozenset(
    {
        *("write", "say", "answer", "reply", "respond", "output", "print", "tell", "include", "add", "put", "repeat"),
        *("instead", "only", "just", "then", "translate", "reveal", "show", "return", "now", "and", "you"),
    }
)
_FOLLOWING_MAX = 2


def withheld_from_programs(passages: Sequence[Passage]) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """The passages for listeners, and those that speak to a writing program, found also where a pause splits them.

    Up to two passages that go on with an order after such a one belong to it.
    """
    marked = {number for number, passage in enumerate(passages) if _ROLE_MARKS.search(passage.text)}
    texts = [" ".join(words_in(passage.text)) for passage in passages]
    whole, starts = " ".join(texts), _starts(texts)
    for pattern in _PATTERNS:
        for match in pattern.finditer(whole):
            marked.update(_touched(starts, match.start(), match.end()))
    for number in sorted(marked):
        for following in range(number + 1, min(number + 1 + _FOLLOWING_MAX, len(texts))):
            if texts[following].partition(" ")[0] not in _IMPERATIVES:
                break
            marked.add(following)
    told = tuple(passage for number, passage in enumerate(passages) if number not in marked)
    return told, tuple(passages[number] for number in sorted(marked))


def speaks_to_a_program(text: str) -> bool:
    """Whether a text gives orders to a writing program."""
    plain = " ".join(words_in(text))
    return bool(_ROLE_MARKS.search(text)) or any(pattern.search(plain) for pattern in _PATTERNS)


def _starts(texts: Sequence[str]) -> list[int]:
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    return starts


def _touched(starts: Sequence[int], first: int, past: int) -> range:
    """The numbers of the texts that the characters from ``first`` to ``past`` lie in."""
    return range(bisect_right(starts, first) - 1, bisect_right(starts, past - 1))
