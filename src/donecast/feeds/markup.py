"""Text that is safe inside XML, a small writer for feeds, and HTML cut to a number of bytes without breaking it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

import nh3
from markdown_it import MarkdownIt

NOTES_TAGS = frozenset({"p", "br", "ol", "ul", "li", "a", "b", "i", "strong", "em"})
"""What Apple shows inside a description; headings, pictures and tables become plain text."""

NOTES_URL_SCHEMES = frozenset({"http", "https", "mailto"})

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLOCK_END = re.compile(r"</(?:p|li|ol|ul)>|<br\s*/?>")
_HEADING = re.compile(r"<(/?)h[1-6]>")
_VOID = frozenset({"br"})
_ELLIPSIS = "…"


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 (section 2.2) forbids, line ends as a line feed."""
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The text as one line: characters that XML forbids dropped, white space folded, ends trimmed."""
    return " ".join(xml_text(text).split())


@lru_cache(maxsize=512)
def notes_html(markdown: str) -> str:
    """A person's Markdown (raw HTML allowed) as harmless HTML of the tags in `NOTES_TAGS`.

    A heading becomes a bold paragraph, so that it still looks like one. Scripts, styles and unknown tags go; links keep
    http, https and mailto targets only. The result is valid inside CDATA and on our own pages.
    """
    rendered = MarkdownIt("commonmark", {"html": True, "breaks": True}).render(xml_text(markdown))
    headed = _HEADING.sub(lambda match: "</strong></p>" if match[1] else "<p><strong>", rendered)
    cleaned = nh3.clean(
        headed,
        tags=set(NOTES_TAGS),
        attributes={"a": {"href"}},
        url_schemes=set(NOTES_URL_SCHEMES),
        link_rel=None,
    )
    return cleaned.strip()


@lru_cache(maxsize=512)
def plain_text(html: str) -> str:
    """What a person reads in the HTML, as one line; for page descriptions and previews."""
    parser = _TextOnly()
    parser.feed(_BLOCK_END.sub(lambda match: match[0] + " ", html))
    parser.close()
    return " ".join("".join(parser.parts).split())


def cut_text(text: str, characters_max: int) -> str:
    """The text at most so long, cut between words and ending in an ellipsis when something was left out."""
    if len(text) <= characters_max:
        return text
    head = text[:characters_max]
    return (head.rsplit(" ", 1)[0] if " " in head else head[:-1]).rstrip(" ,.;:") + _ELLIPSIS


def cut_html(html: str, bytes_max: int) -> str:
    """The HTML with at most ``bytes_max`` bytes of UTF-8: every opened tag closed, no character or entity split.

    Returned untouched when it fits. Expects what `notes_html` makes: balanced, few tags.
    """
    if len(html.encode()) <= bytes_max:
        return html
    cutter = _HtmlCutter(bytes_max)
    cutter.feed(html)
    cutter.close()
    return cutter.result()


class _TextOnly(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


class _HtmlCutter(HTMLParser):
    """Copies tokens while they fit together with the closing tags that they will need."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(convert_charrefs=True)
        self._left = bytes_max
        self._parts: list[str] = []
        self._open: list[str] = []
        self._full = False

    def result(self) -> str:
        return "".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = f"<{tag}" + "".join(f' {name}="{escape(value or "")}"' for name, value in attrs) + ">"
        closing = 0 if tag in _VOID else len(f"</{tag}>")
        if self._full or len(start.encode()) + closing + len(_ELLIPSIS.encode()) > self._left:
            self._full = True
            return
        self._left -= len(start.encode()) + closing
        self._parts.append(start)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._full and self._open and self._open[-1] == tag:
            self._parts.append(f"</{self._open.pop()}>")

    def handle_data(self, data: str) -> None:
        if self._full:
            return
        whole = escape(data, quote=False)
        if len(whole.encode()) + len(_ELLIPSIS.encode()) <= self._left:
            self._left -= len(whole.encode())
            self._parts.append(whole)
            return
        self._full = True
        kept, room = 0, self._left - len(_ELLIPSIS.encode())
        for character in data:
            room -= len(escape(character, quote=False).encode())
            if room < 0:
                break
            kept += 1
        head = data[:kept]
        head = head.rsplit(" ", 1)[0] if " " in head else head
        self._parts.append(escape(head, quote=False) + _ELLIPSIS)


class XmlWriter:
    """Writes indented XML line by line; every text and attribute is made safe on its way in."""

    def __init__(self) -> None:
        self._lines = ['<?xml version="1.0" encoding="UTF-8"?>']
        self._open: list[str] = []

    def open(self, name: str, attributes: Mapping[str, str] | None = None) -> None:
        """Starts an element that holds others."""
        self._line(f"<{name}{_attributes(attributes)}>")
        self._open.append(name)

    def close(self) -> None:
        """Ends the element opened last."""
        name = self._open.pop()
        self._line(f"</{name}>")

    def text(self, name: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
        """An element with text on one line."""
        self._line(f"<{name}{_attributes(attributes)}>{escape(one_line(text), quote=False)}</{name}>")

    def html(self, name: str, html: str) -> None:
        """An element with HTML inside CDATA."""
        inside = xml_text(html).replace("]]>", "]]]]><![CDATA[>")
        self._line(f"<{name}><![CDATA[{inside}]]></{name}>")

    def empty(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element that says everything in its attributes."""
        self._line(f"<{name}{_attributes(attributes)}/>")

    def document(self) -> bytes:
        """The whole as UTF-8, with a line feed at the end. Raises ValueError while an element is open."""
        if self._open:
            raise ValueError(f"elements are still open: {self._open}")
        return ("\n".join(self._lines) + "\n").encode()

    def _line(self, line: str) -> None:
        self._lines.append("  " * len(self._open) + line)


def _attributes(attributes: Mapping[str, str] | None) -> str:
    return "".join(f' {name}="{escape(one_line(value))}"' for name, value in (attributes or {}).items())
