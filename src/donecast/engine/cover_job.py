"""The child's side of `cover.check_cover`: a stranger's picture is read where it can break nothing."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image, UnidentifiedImageError

from donecast.engine.cover import SIDE_PIXELS_MAX, SIDE_PIXELS_MIN
from donecast.engine.errors import CoverRefused


def look(arguments: Mapping[str, Any], _progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `cover.check_cover`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(arguments["path"], formats=("JPEG", "PNG")) as image:
                _check_shape(image)
                image.load()  # a cut-off picture shows itself only now
                return {"format": "png" if image.format == "PNG" else "jpeg", "side_pixels": image.width}
    except UnidentifiedImageError as error:
        raise CoverRefused("This file is not a JPEG or PNG picture.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise CoverRefused("This picture has far too many pixels.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise CoverRefused(
            "This picture is damaged or was cut off.", action="Open it on your computer, save it again and upload that."
        ) from error


def _check_shape(image: Image.Image) -> None:
    width, height = image.size
    if width != height:
        raise CoverRefused(
            f"A cover must be square; this picture is {width} by {height} pixels.",
            action="Crop it to a square of at least 1400 by 1400 pixels.",
        )
    if width < SIDE_PIXELS_MIN:
        raise CoverRefused(
            f"This picture is too small: {width} by {height} pixels.",
            action="Use one of at least 1400 by 1400 pixels; 3000 by 3000 looks best.",
        )
    if width > SIDE_PIXELS_MAX:
        raise CoverRefused(
            f"This picture is too large: {width} by {height} pixels.", action="Make it 3000 by 3000 pixels or smaller."
        )
    if image.mode not in {"RGB", "RGBA", "P", "L"}:
        raise CoverRefused(
            "This picture uses printing colours (CMYK) or another kind that podcast apps do not show.",
            action="Save it again in RGB colours.",
        )
