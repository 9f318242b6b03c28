"""Covers: what directories ask of them, and the one that a show has until it brings its own.

Apple's rules (Podcasts for Creators, "Show cover"): square, 1400 to 3000 pixels, JPEG or PNG, RGB.
"""

import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from donecast.engine.errors import CoverRefused, EngineOutOfMemory, EngineTimeout
from donecast.engine.sandbox import run_job

SIDE_PIXELS_MIN = 1_400
SIDE_PIXELS_MAX = 3_000
FILE_BYTES_MAX = 10 * 1024**2
_SECONDS_MAX = 30.0
_MEMORY_BYTES_MAX = 1024**3
"""A picture of 3000 by 3000 pixels takes 36 MB; the rest is room for the libraries."""

_PAPER, _PINE, _MOSS, _INK = (0xF7, 0xF3, 0xEA), (0x1F, 0x4D, 0x3F), (0x7C, 0x9A, 0x86), (0x24, 0x2B, 0x28)
_LINES_MAX = 5
_PLAIN = {
    **{
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "æ": "ae",
        "Æ": "Ae",
        "œ": "oe",
        "Œ": "Oe",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
    },
    **{"–": "-", "—": "-", "‘": "’", "„": "“", "\u00a0": " "},
}


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """A cover that may be used."""

    format: Literal["jpeg", "png"]
    side_pixels: int


def check_cover(path: Path) -> CoverFacts:
    """Looks whether a picture may be a cover, in a process of its own.

    Raises CoverRefused with the sentence that fits, EngineFailed in its kinds when the work itself fails.
    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise CoverRefused(f"This picture is larger than {FILE_BYTES_MAX // 1024**2} MB.", action="Save it as JPEG.")
    try:
        answer = run_job(
            "donecast.engine.cover_job:look",
            {"path": str(path.absolute())},
            readable=[path],
            deadline_seconds=_SECONDS_MAX,
            memory_bytes_max=_MEMORY_BYTES_MAX,
        )
    except (EngineTimeout, EngineOutOfMemory) as error:  # no honest picture of this size asks for so much
        raise CoverRefused(
            "This picture cannot be read.", action="Open it on your computer, save it again and upload that."
        ) from error
    return CoverFacts(**answer)


def draw_cover(title: str, *, author: str = "", side_pixels: int = SIDE_PIXELS_MAX) -> bytes:
    """A JPEG with the show's title on paper and pine; the same title always gives the same bytes.

    Pillow's own font knows the plain Latin letters: others lose their accents, and a title in another script is left
    out rather than drawn as boxes.
    """
    image = Image.new("RGB", (side_pixels, side_pixels), _PAPER)
    draw = ImageDraw.Draw(image)
    unit = side_pixels / 100
    _draw_waves(draw, unit)
    lines, font = _fitted(draw, _drawable(title), width=82 * unit, height=44 * unit, largest=17 * unit)
    top = 9 * unit
    for line in lines:
        draw.text((9 * unit, top), line, font=font, fill=_PINE)
        top += _line_height(font)
    names, small = _fitted(draw, _drawable(author), width=82 * unit, height=7 * unit, largest=5 * unit)
    draw.text((9 * unit, 88 * unit), names[0], font=small, fill=_PAPER)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, optimize=True)
    return out.getvalue()


def _drawable(text: str) -> str:
    """The text in letters that the font has; empty when more than a few are left without one."""
    plain = "".join(_PLAIN.get(letter, letter) for letter in text)
    letters = [letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter)]
    known = "".join(letter for letter in letters if " " <= letter <= "~" or letter in "…“”’©")
    return " ".join(known.split()) if len(known) * 4 >= len(letters) * 3 else ""


def _draw_waves(draw: ImageDraw.ImageDraw, unit: float) -> None:
    """The lower part is pine; out of it rise bars like those of a waveform."""
    ground = 82 * unit
    draw.rectangle((0, ground, 100 * unit, 100 * unit), fill=_PINE)
    heights = (3, 5, 9, 6, 12, 18, 11, 7, 14, 20, 13, 8, 5, 10, 16, 9, 6, 11, 7, 4)
    for index, height in enumerate(heights):
        left = (9 + index * 4.15) * unit
        colour = _MOSS if index % 3 else _PINE
        box = (left, ground - height * unit, left + 2.2 * unit, ground + unit)
        draw.rounded_rectangle(box, radius=1.1 * unit, fill=colour)


def _fitted(
    draw: ImageDraw.ImageDraw, text: str, *, width: float, height: float, largest: float
) -> tuple[list[str], FreeTypeFont]:
    """The text in lines, in the largest type in which it fits; what is longer still ends in an ellipsis."""
    size = largest
    while True:
        font = _font(size)
        lines = _wrapped(draw, text, font, width)
        longest = max(draw.textlength(line, font) for line in lines)
        fits = len(lines) * _line_height(font) <= height and longest <= width
        if fits and len(lines) <= _LINES_MAX:
            return lines, font
        if size < largest / 6:
            lines = [line for line in lines if draw.textlength(line, font) <= width] or [lines[0]]
            kept = lines[: max(1, int(height / _line_height(font)))]
            return [*kept[:-1], _shortened(draw, kept[-1] + "…", font, width)], font
        size *= 0.92


def _font(size: float) -> FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


def _line_height(font: FreeTypeFont) -> float:
    ascent, descent = font.getmetrics()
    return (ascent + descent) * 1.05


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split() or [""]:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _shortened(draw: ImageDraw.ImageDraw, line: str, font: FreeTypeFont, width: float) -> str:
    while len(line) > 2 and draw.textlength(line, font) > width:
        line = line[:-2] + "…"
    return line
