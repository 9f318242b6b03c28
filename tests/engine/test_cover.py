"""Covers: what is refused and why, and the one we draw."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from donecast.engine import cover
from donecast.engine.cover import FILE_BYTES_MAX, check_cover, draw_cover
from donecast.engine.errors import CoverRefused


def _picture(path: Path, width: int, height: int, mode: str = "RGB", form: str = "JPEG") -> Path:
    Image.new(mode, (width, height)).save(path, form)
    return path


@pytest.mark.parametrize(("side", "form", "said"), [(1_400, "JPEG", "jpeg"), (3_000, "PNG", "png")])
def test_what_directories_take_is_taken(tmp_path: Path, side: int, form: str, said: str) -> None:
    facts = check_cover(_picture(tmp_path / "cover", side, side, form=form))
    assert (facts.format, facts.side_pixels) == (said, side)


@pytest.mark.parametrize(
    ("width", "height", "mode", "form", "sentence"),
    [
        (1_500, 1_400, "RGB", "JPEG", "must be square; this picture is 1500 by 1400"),
        (1_399, 1_399, "RGB", "PNG", "too small: 1399"),
        (3_001, 3_001, "L", "PNG", "too large: 3001"),
        (1_400, 1_400, "CMYK", "JPEG", "printing colours"),
        (1_400, 1_400, "RGB", "GIF", "not a JPEG or PNG"),
        (1_400, 1_400, "RGB", "WEBP", "not a JPEG or PNG"),
    ],
)
def test_what_they_refuse_gets_its_sentence(
    tmp_path: Path, width: int, height: int, mode: str, form: str, sentence: str
) -> None:
    with pytest.raises(CoverRefused, match=sentence) as caught:
        check_cover(_picture(tmp_path / "cover.jpg", width, height, mode, form))
    assert caught.value.action


def test_text_a_cut_off_picture_and_a_giant_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    whole = _picture(tmp_path / "cut.png", 1_400, 1_400, form="PNG").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "huge.jpg").write_bytes(b"\xff\xd8" + bytes(FILE_BYTES_MAX))
    _picture(tmp_path / "bomb.png", 15_000, 15_000, mode="1", form="PNG")
    for name, sentence in {
        "text.jpg": "not a JPEG",
        "cut.png": "damaged",
        "huge.jpg": "10 MB",
        "bomb.png": "pixels",
    }.items():
        with pytest.raises(CoverRefused, match=sentence):
            check_cover(tmp_path / name)


def test_a_strangers_picture_is_read_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = _picture(tmp_path / "cover.jpg", 1_400, 1_400)
    monkeypatch.setattr(Image, "open", None)
    assert check_cover(picture).side_pixels == 1_400


def test_a_picture_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "_SECONDS_MAX", 0.01)
    with pytest.raises(CoverRefused, match="cannot be read"):
        check_cover(_picture(tmp_path / "cover.jpg", 1_400, 1_400))


@pytest.mark.parametrize("side", [1_400, 3_000])
def test_our_own_cover_passes_our_own_check(tmp_path: Path, side: int) -> None:
    (tmp_path / "own.jpg").write_bytes(draw_cover("The Long Walk Home", author="Ann", side_pixels=side))
    facts = check_cover(tmp_path / "own.jpg")
    assert (facts.format, facts.side_pixels) == ("jpeg", side)


def test_each_title_has_its_own_and_always_the_same() -> None:
    first = draw_cover("One", side_pixels=300)
    assert first == draw_cover("One", side_pixels=300)
    assert first != draw_cover("Two", side_pixels=300)


@pytest.mark.parametrize(
    "title", ["", "W" * 300, "many words " * 80, "日本語のポッドキャスト", "Grüße aus Łódź", "\n\t\0"]
)
def test_no_title_breaks_the_drawing_or_leaves_the_paper(title: str) -> None:
    image = Image.open(io.BytesIO(draw_cover(title, side_pixels=400)))
    assert image.size == (400, 400)
    margin = np.asarray(image.convert("L"))[:300, 380:]
    assert margin.min() > 200  # nothing runs over the right edge


def test_accents_are_lost_rather_than_drawn_as_boxes() -> None:
    assert draw_cover("Grüße", side_pixels=300) == draw_cover("Grusse", side_pixels=300)
    assert draw_cover("日本語", side_pixels=300) == draw_cover("", side_pixels=300)
