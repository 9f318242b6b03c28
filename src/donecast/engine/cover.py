"""Covers: an uploaded picture checked against what podcast directories take, and a drawn one for shows without.

Rules after Apple Podcasts for Creators (show covers): square, 1400 to 3000 pixels, JPEG or PNG, RGB colours.
"""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from donecast.engine.errors import CoverRefused

SIDE_PX_MIN, SIDE_PX_MAX = 1_400, 3_000
DRAWN_SIDE_PX = 1_400

_MIME = {"JPEG": "image/jpeg", "PNG": "image/png"}
_PAPER, _PINE = "#faf7f1", "#14574a"
_MARGIN_PX = 140
_LINES_MAX = 5


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """A cover that directories take: ``image/jpeg`` or ``image/png``, a square of ``width_px``."""

    mime: str
    width_px: int


def check_cover(path: Path) -> CoverFacts:
    """What the picture is, from its content. Raises CoverRefused with a sentence about the first rule it breaks."""
    try:
        with Image.open(path, formats=tuple(_MIME)) as picture:
            _check_shape(picture)
            picture.load()
            return CoverFacts(_MIME[str(picture.format)], picture.width)
    except UnidentifiedImageError as error:
        raise CoverRefused("This file is not a JPEG or PNG picture.") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise CoverRefused("This picture is damaged and cannot be read.", action="Export it again.") from error


def draw_cover(title: str, out: Path) -> CoverFacts:
    """Draws a plain cover that carries the title, as JPEG; the same title gives the same picture."""
    picture = Image.new("RGB", (DRAWN_SIDE_PX, DRAWN_SIDE_PX), _PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 56, DRAWN_SIDE_PX), fill=_PINE)
    for index, height in enumerate((70, 130, 210, 150, 260, 180, 100, 140, 80)):
        left = _MARGIN_PX + 46 * index
        draw.rounded_rectangle((left, 1_120 - height // 2, left + 22, 1_120 + height // 2), 11, fill=_PINE)
    for size in range(170, 50, -10):
        font = ImageFont.load_default(size)
        lines = _wrapped(draw, title, font)
        if lines and len(lines) <= _LINES_MAX and size * 1.2 * len(lines) < 820:
            break
    text = "\n".join(lines[:_LINES_MAX])
    draw.multiline_text((_MARGIN_PX, _MARGIN_PX), text, font=font, fill=_PINE, spacing=size // 6)
    picture.save(out, "JPEG", quality=90, optimize=True)
    return CoverFacts("image/jpeg", DRAWN_SIDE_PX)


def _check_shape(picture: Image.Image) -> None:
    width, height = picture.size
    if width != height:
        raise CoverRefused(f"This picture is {width} by {height} pixels, but a cover must be square.")
    if not SIDE_PX_MIN <= width <= SIDE_PX_MAX:
        wrong = "small" if width < SIDE_PX_MIN else "large"
        raise CoverRefused(f"This picture is too {wrong} for a cover: it has {width} pixels on each side.")
    if picture.mode not in {"RGB", "P"}:
        raise CoverRefused(
            "The colours of this picture are not plain RGB.",
            action="Export it as an RGB picture without transparency.",
        )


def _wrapped(draw: ImageDraw.ImageDraw, title: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    """The title in lines that fit, or none when a single word is too wide."""
    room = DRAWN_SIDE_PX - 2 * _MARGIN_PX
    lines: list[str] = []
    for word in title.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= room:
            lines[-1] = longer
        elif draw.textlength(word, font=font) <= room:
            lines.append(word)
        else:
            return []
    return lines
