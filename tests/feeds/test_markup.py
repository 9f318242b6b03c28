"""What people type reaches readers readable and harmless, in any language, at any length."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.feeds.markup import XmlWriter, cut_html, cut_text, notes_html, one_line, plain_text, xml_text


class Balance(HTMLParser):
    """Fails on a tag closed that was not open, and remembers what stays open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_balanced(html: str) -> None:
    parser = Balance()
    parser.feed(html)
    parser.close()
    assert parser.open == []


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("**bold** and _soft_", "<p><strong>bold</strong> and <em>soft</em></p>"),
        ("[here](https://example.org)", '<p><a href="https://example.org">here</a></p>'),
        ("[mail](mailto:a@example.org)", '<p><a href="mailto:a@example.org">mail</a></p>'),
        ("# Links", "<p><strong>Links</strong></p>"),
        ("", ""),
    ],
)
def test_markdown_becomes_plain_html(typed: str, html: str) -> None:
    assert notes_html(typed) == html


@pytest.mark.parametrize(
    "typed",
    [
        "<script>steal()</script>",
        "<img src=x onerror=steal()>",
        "[x](javascript:steal())",
        '<a href="data:text/html,steal()">x</a>',
        '<p style="position:fixed" onclick="steal()">x</p>',
        "<iframe src=https://bad.example></iframe>",
        "<style>steal()</style>",
    ],
)
def test_nothing_harmful_gets_through(typed: str) -> None:
    html = notes_html(f"before {typed}\n\n{typed}\n\nafter")
    for sign in ("steal", "javascript", "data:", "iframe", "onclick", "onerror", "style"):
        assert f"<{sign}" not in html
        assert f"{sign}=" not in html
        assert f'"{sign}' not in html
    assert "before" in html
    assert "after" in html


def test_characters_that_xml_forbids_are_dropped() -> None:
    assert xml_text("a\x00b\x0bc\ufffed\ud800e\tf\r\ng\rh") == "abcde\tf\ng\nh"
    assert one_line("  two\n\twords\x07 ") == "two words"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two &amp; three.</p>", "One. Two & three."),
        ("<ul>\n<li>a</li><li>b</li></ul>", "a b"),
        ("<p>new<br>line</p>", "new line"),
        ("<p>in<em>side</em> word</p>", "inside word"),
    ],
)
def test_previews_read_like_sentences(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_a_preview_ends_at_a_word() -> None:
    assert cut_text("Two pallets and a level", 16) == "Two pallets and…"
    assert cut_text("short", 16) == "short"
    assert len(cut_text("x" * 50, 10)) == 10


def test_what_fits_is_left_alone() -> None:
    html = "<p>Grüße</p>"
    assert cut_html(html, len(html.encode())) == html


@given(
    words=st.lists(
        st.sampled_from(["garden", "Ø", "a & b", "<", "🌱🌱", "**bold**", "[l](https://e.org?a&b)", "\n\n- "])
    ),
    bytes_max=st.integers(1, 400),
)
def test_cut_html_fits_and_stays_whole(words: list[str], bytes_max: int) -> None:
    html = notes_html(" ".join(words))
    cut = cut_html(html, bytes_max)
    assert len(cut.encode()) <= bytes_max
    assert_balanced(cut)
    assert plain_text(html).startswith(plain_text(cut).rstrip("…").rstrip())


def test_the_cut_falls_between_characters_and_entities() -> None:
    html = "<p>" + "&amp;ü" * 30 + "</p>"
    for bytes_max in range(10, len(html.encode())):
        cut = cut_html(html, bytes_max)
        assert len(cut.encode()) <= bytes_max
        assert set(plain_text(cut)) <= set("&ü…")


def test_the_writer_makes_every_text_safe() -> None:
    writer = XmlWriter()
    writer.open("a", {"b": "\"'<&>\x01\n"})
    writer.text("t", "1 < 2 & \x02")
    writer.html("h", "<p>]]></p>")
    writer.empty("e", {"x": "y"})
    writer.close()
    root = ElementTree.fromstring(writer.document())
    assert root.attrib["b"] == "\"'<&>"
    assert root.findtext("t") == "1 < 2 &"
    assert root.findtext("h") == "<p>]]></p>"


def test_the_writer_does_not_hand_out_half_a_document() -> None:
    writer = XmlWriter()
    writer.open("rss")
    with pytest.raises(ValueError, match="rss"):
        writer.document()
