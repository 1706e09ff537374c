"""Setting one line of text: runs of one font, places of its characters, and the ink of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from avatars.stage.canvas import Colour, Mask, Pane, floats, unit
from avatars.stage.fonts import Family, clean, family_of, font, has_serif
from engine.media import Language

_FINE: Final = 4
"""Glyphs are drawn this much larger and reduced: places between pixels, no hinting."""
_DOT_GAP: Final = 0.16
"""Space on each side of a middle dot between Chinese characters, in em."""
_SCRIPT_GAP: Final = 0.06
"""Space between a Chinese character and a Latin letter or digit, in em."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks. ``size`` in design units, ``tracking`` in em, Inter weight for other scripts."""

    size: float
    weight: int = 400
    inter_weight: int | None = None
    tracking: float = 0.0
    serif: bool = False
    tabular: bool = False
    """Digits of one width, for prices, times and counts."""

    def sized(self, size: float) -> Style:
        return replace(self, size=size)


@dataclass(frozen=True, slots=True)
class _Glyphs:
    """A run drawn in one go: ``text`` at ``x`` px."""

    text: str
    family: Family
    x: float


@dataclass(frozen=True, slots=True)
class Line:
    """A set line. ``places`` holds the left edge of every character and the right edge of the last,
    in px from the line's start."""

    text: str
    style: Style
    scale: float
    places: tuple[float, ...]
    glyphs: tuple[_Glyphs, ...]

    @property
    def width(self) -> float:
        """Width of the line in design units."""
        return self.places[-1] / self.scale

    def ink(self, fraction: float = 0.0) -> tuple[Mask, int, int]:
        """The line's coverage, with its place relative to (line start, baseline) in px.

        ``fraction``: where between two pixels the line starts, 0…1.
        """
        size = self.style.size * self.scale
        side, above, below = int(size * 0.4) + 2, int(size * 1.15) + 2, int(size * 0.45) + 2
        width, height = int(self.places[-1]) + 2 * side + 2, above + below
        image = Image.new("L", (width * _FINE, height * _FINE))
        draw = ImageDraw.Draw(image)
        for run in self.glyphs:
            face = _face(run.family, self.style, self.scale)
            at = ((side + run.x + fraction) * _FINE, above * _FINE)
            features = _features(run.family, self.style)
            # The serif comes in one weight: a hair of outline makes it the bold that titles want.
            hair = size * _FINE * 0.014 if run.family == "serif" else 0
            draw.text(at, run.text, fill=255, font=face, anchor="ls", features=features, stroke_width=hair)
        fine = np.asarray(image)
        small = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
        return floats(np.asarray(small, np.uint8)), -side, -above


def _face(family: Family, style: Style, scale: float) -> ImageFont.FreeTypeFont:
    weight = style.inter_weight if family == "inter" and style.inter_weight else style.weight
    size = style.size * scale * _FINE
    return font(family, round(size, 2), weight, round(style.size))


def _features(family: Family, style: Style) -> list[str] | None:
    return ["tnum"] if family == "inter" and style.tabular else None


@lru_cache(maxsize=4096)
def _advance(family: Family, style: Style, scale: float, text: str) -> float:
    """Width of ``text`` in one font, in px."""
    features = _features(family, style)
    return float(_face(family, style, scale).getlength(text, features=features)) / _FINE


@lru_cache(maxsize=1024)
def set_line(text: str, style: Style, language: Language, scale: float) -> Line:
    """Set ``text`` (already clean) on one line."""
    chinese = language == "zh"
    em = style.size * scale
    families: list[Family] = []
    for char in text:
        family = family_of(char, chinese)
        if family == "cjk" and style.serif and has_serif():
            family = "serif"
        families.append(family)
    places: list[float] = []
    glyphs: list[_Glyphs] = []
    x, start = 0.0, 0
    while start < len(text):
        family = families[start]
        stop = start + 1
        while stop < len(text) and families[stop] == family:
            stop += 1
        run = text[start:stop]
        dotted = run == "·" and chinese
        if dotted:
            x += _DOT_GAP * em
        elif start and _letterlike(text[start - 1]) and _letterlike(run[0]):
            x += _SCRIPT_GAP * em
        track = style.tracking * em
        if family == "inter" and not track and not dotted:
            glyphs.append(_Glyphs(run, family, x))
            places += [x + _advance(family, style, scale, run[:i]) if i else x for i in range(len(run))]
            x += _advance(family, style, scale, run)
        else:
            pen = x
            for i, char in enumerate(run):
                if family == "inter" and i:
                    pair = run[i - 1 : i + 1]
                    pen += _advance(family, style, scale, pair) - _advance(family, style, scale, char)
                    pen -= _advance(family, style, scale, run[i - 1])
                glyphs.append(_Glyphs(char, family, pen))
                places.append(pen)
                pen += _advance(family, style, scale, char) + track
            x = pen
        if dotted:
            x += _DOT_GAP * em
        start = stop
    if text and style.tracking:
        x -= style.tracking * em
    return Line(text, style, scale, (*places, x), tuple(glyphs))


def _letterlike(char: str) -> bool:
    return char.isalnum()


def measure(text: str, style: Style, language: Language, scale: float) -> float:
    """Width of ``text`` in design units."""
    return set_line(text, style, language, scale).width


def shorten(text: str, style: Style, language: Language, scale: float, width: float) -> str:
    """``text``, cut with an ellipsis when it is wider than ``width`` units."""
    text = clean(text)
    if measure(text, style, language, scale) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip() + "…", style, language, scale) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip(" ，。、,.·") + "…" if low else ""


def write(
    pane: Pane,
    text: str,
    x: float,
    baseline: float,
    style: Style,
    fill: Colour,
    language: Language,
    align: float = 0.0,
    width: float | None = None,
) -> float:
    """Write ``text`` on a pane and return its width. ``align`` 0 starts at ``x``, .5 centres, 1 ends.

    With ``width`` the text is shortened to fit.
    """
    text = clean(text)
    if width is not None:
        text = shorten(text, style, language, pane.scale, width)
    if not text:
        return 0.0
    line = set_line(text, style, language, pane.scale)
    lay(pane, line, x - align * line.width, baseline, fill)
    return line.width


def lay(pane: Pane, line: Line, x: float, baseline: float, fill: Colour) -> None:
    """Lay a set line on a pane with its start at ``x`` and its baseline at ``baseline`` units."""
    start = x * pane.scale
    whole = int(np.floor(start))
    mask, dx, dy = line.ink(start - whole)
    pane.tint(mask, whole + dx, round(baseline * pane.scale) + dy, unit(fill))
