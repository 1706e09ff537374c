"""Letters come from the right font, and what cannot be drawn is left out."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from avatars.stage.canvas import Pane
from avatars.stage.fonts import clean, family_of, font, font_file
from avatars.stage.text import Style, measure, set_line, shorten, write


def glyph(index: int, char: str) -> bytes:
    face = ImageFont.truetype(str(font_file("cjk")), 64, index=index)
    face.set_variation_by_axes([400])
    return bytes(face.getmask(char))


@pytest.mark.parametrize("char", list("骨直门"))
def test_chinese_is_drawn_with_simplified_glyphs(char: str) -> None:
    ours = bytes(font("cjk", 64.0, 400, 24).getmask(char))
    assert ours == glyph(2, char)
    assert ours != glyph(0, char), "the Japanese shape"


@pytest.mark.parametrize(
    ("char", "chinese", "family"),
    [
        ("茶", True, "cjk"), ("，", True, "cjk"), ("“", True, "cjk"), ("“", False, "inter"), ("A", True, "inter"),
        ("2", True, "inter"), ("·", True, "inter"), ("¥", True, "inter"), ("—", False, "inter"), ("あ", False, "cjk"),
    ],
)  # fmt: skip
def test_family_of_a_character(char: str, chinese: bool, family: str) -> None:
    assert family_of(char, chinese) == family


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("茶🍵杯", "茶杯"),
        ("a\u200bb\u202ec", "abc"),
        ("❤️ tea", "❤ tea"),
        ("مرحبا tea", "tea"),
        ("two\n lines", "two lines"),
        ("x\x00\x07y", "xy"),
        ("👨‍👩‍👧", ""),
        (None, ""),
    ],
)
def test_text_without_glyphs_is_left_out(text: str | None, drawn: str) -> None:
    assert clean(text).strip() == drawn


def test_newlines_stay_where_lines_are_wanted() -> None:
    assert clean("one\n two", lines=True) == "one\ntwo"


def test_prices_have_digits_of_one_width() -> None:
    style = Style(58, 700, tabular=True)
    widths = {measure(digit, style, "zh", 1.0) for digit in "0123456789"}
    assert len(widths) == 1


def test_places_are_the_edges_of_characters() -> None:
    line = set_line("容量220毫升", Style(46, 700), "zh", 1.0)
    assert len(line.places) == 8
    assert list(line.places) == sorted(line.places)


def test_shortened_text_fits_and_says_so() -> None:
    text = shorten("一把非常非常非常长名字的茶壶" * 20, Style(32, 700), "zh", 1.0, 300)
    assert text.endswith("…")
    assert measure(text, Style(32, 700), "zh", 1.0) <= 300


def test_writing_stays_on_its_baseline() -> None:
    pane = Pane(200, 100, 1.0)
    write(pane, "HE", 20, 60, Style(40), (0, 0, 0), "en")
    rows = np.flatnonzero((pane.paint[:, :, 3] > 0.5).any(axis=1))
    assert rows[-1] == 59
