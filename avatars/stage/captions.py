"""Captions: two lines at most, words light as they are spoken.

A page is measured and drawn once; when the lit word moves on, only colours change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from avatars.stage.canvas import Mask, Piece, Rect, Sprite, bytes_of, unit
from avatars.stage.fonts import clean
from avatars.stage.layout import Box
from avatars.stage.lines import Span, pages
from avatars.stage.look import Look
from avatars.stage.text import Line, measure, set_line
from engine.media import Caption, Language

_MARGIN = 24


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a page: where it starts in the text, its px in the pane and its set line."""

    start: int
    x: float
    baseline: float
    line: Line
    rect: Rect = (0, 0, 0, 0)
    """Everything painted for this line, in px of the page."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is on screen at a time. ``start`` and ``end`` are characters of the caption's text."""

    start: int
    end: int
    x: int
    y: int
    scale: float
    rows: tuple[_Row, ...]
    ink: NDArray[np.uint8]
    """Coverage of the letters, (height, width, 3)."""
    ground: NDArray[np.uint8]
    """What lies below the letters, premultiplied and without the letters' place."""
    keep: NDArray[np.uint8]

    def reached(self, row: _Row, limit: int) -> int:
        """How many characters of a row lie before the character ``limit`` of the text."""
        return min(max(0, limit - row.start), len(row.line.text))

    def underlines(self, lit_start: int, lit_end: int) -> list[tuple[float, float, float]]:
        """Where the lit characters are: left, right and baseline of each row, in px of the picture."""
        out = []
        for row in self.rows:
            a, b = max(0, lit_start - row.start), min(len(row.line.text), lit_end - row.start)
            while a < b and not row.line.text[b - 1].isalnum() and row.line.text[b - 1] not in "%℃°)）":
                b -= 1
            if b > a:
                left, right = row.line.places[a], row.line.places[b]
                out.append((self.x + row.x + left, self.x + row.x + right, self.y + row.baseline))
        return out


def read(caption: Caption) -> tuple[str, int, int]:
    """The caption's text as it can be drawn, with the lit range moved along."""
    text = clean(caption.text)
    if text == caption.text:
        return text, caption.lit_start, caption.lit_end
    before = len(clean(caption.text[: max(0, caption.lit_start)] + "|")) - 1
    upto = len(clean(caption.text[: max(0, caption.lit_end)] + "|")) - 1
    return text, min(before, len(text)), min(max(before, upto), len(text))


def _plated(look: Look) -> bool:
    return look.theme.captions == "plate" or not look.grid.portrait


def paginate(look: Look, text: str, language: Language, zone: Box) -> list[list[Span]]:
    """The caption's text as pages of lines."""
    style, s = look.style("caption"), look.grid.scale
    room = zone.width - (36 if _plated(look) else 4)
    if language == "zh":
        room = min(room, 13.6 * style.size)
    return pages(text, room, lambda part: measure(part, style, language, s), 2)


def page(look: Look, text: str, lines: list[Span], language: Language, zone: Box) -> Page:
    """Set one page in its zone."""
    theme, s, style = look.theme, look.grid.scale, look.style("caption")
    plated = _plated(look)
    pitch = 61.0 if plated else 58.0
    pane = look.pane(zone.width + 2 * _MARGIN, zone.height + 2 * _MARGIN)
    below: Mask = pane.paint[:, :, 3]
    ink = np.zeros(pane.paint.shape[:2], np.float32)
    top = _MARGIN + (0 if len(lines) == 2 else pitch / 2)
    rows = []
    for i, (start, end) in enumerate(lines):
        line = set_line(text[start:end], style, language, s)
        hang = style.size / 4 if text[end - 1] in "，。、；：！？" else 0.0
        baseline = top + i * pitch + (44 if plated else 49)
        if look.grid.portrait:
            x = _MARGIN + (zone.width - line.width) / 2 + hang
        else:
            x = _MARGIN + 18.0
        if plated:
            right = 18 - (hang if hang else 0)
            pane.rect(x - 18, top + i * pitch, line.width + 18 + max(8.0, right), 59, 14, theme["ground"])
        _letters(ink, line, x * s, baseline * s)
        rows.append(_Row(start, x * s, baseline * s, line))
    if not plated:
        soft = cv2.GaussianBlur(ink, (0, 0), 5 * s)
        near = cv2.GaussianBlur(ink, (0, 0), 1.6 * s)
        shadow = np.clip(soft * 0.75 + near * 0.4, 0, 0.7)
        below = np.asarray(np.roll(shadow, round(2 * s), axis=0), np.float32)
    # One colour lies below all letters, so its strength is all there is to work out.
    below = below * (1 - ink)
    covered = bytes_of(ink)
    # Rounded so that letter, ground and what is kept of the picture add up to 255.
    keep = np.asarray(cv2.bitwise_not(cv2.add(bytes_of(below), covered)), np.uint8)
    return Page(
        start=lines[0][0],
        end=lines[-1][1],
        x=round((zone.x - _MARGIN) * s) + look.grid.left_px,
        y=round((zone.y - _MARGIN) * s) + look.grid.top_px,
        scale=s,
        rows=_split(rows, s, keep),
        ink=np.asarray(cv2.cvtColor(covered, cv2.COLOR_GRAY2BGR), np.uint8),
        ground=np.asarray(cv2.merge([bytes_of(below * share) for share in unit(theme["ground"])]), np.uint8),
        keep=np.asarray(cv2.cvtColor(keep, cv2.COLOR_GRAY2BGR), np.uint8),
    )


def _letters(ink: Mask, line: Line, x: float, baseline: float) -> None:
    """Add the coverage of a set line that starts at ``(x, baseline)`` px."""
    whole = int(np.floor(x))
    mask, dx, dy = line.ink(x - whole)
    left, top = whole + dx, round(baseline) + dy
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(ink.shape[0], top + mask.shape[0]), min(ink.shape[1], left + mask.shape[1])
    if y1 > y0 and x1 > x0:
        under = ink[y0:y1, x0:x1]
        under += (1 - under) * mask[y0 - top : y1 - top, x0 - left : x1 - left]


def _split(rows: list[_Row], scale: float, keep: NDArray[np.uint8]) -> tuple[_Row, ...]:
    """The rows with the rectangle that each one's paint fills."""
    height = keep.shape[0]
    between = [round((a.baseline + b.baseline - 0.55 * b.line.style.size * scale) / 2) for a, b in pairwise(rows)]
    painted = cv2.bitwise_not(keep)
    out = []
    for row, top, low in zip(rows, [0, *between], [*between, height], strict=True):
        x, y, wide, high = cv2.boundingRect(painted[top:low])
        out.append(replace(row, rect=(x, top + y, x + wide, top + y + high)))
    return tuple(out)


def coloured(look: Look, sheet: Page, row: _Row, said: int, lit: int) -> Sprite:
    """A row of the page with its first ``said`` characters said and those up to ``lit`` lit."""
    theme = look.theme
    left, top, right, low = row.rect
    band = np.empty((right - left, 3), np.uint8)
    band[:] = theme["to_come"]
    for upto, token in ((lit, "lit"), (said, "said")):
        if upto > 0:
            band[: max(0, round(row.x + row.line.places[upto]) - left)] = theme[token]
    colours = np.broadcast_to(band, (low - top, right - left, 3))
    part = np.s_[top:low, left:right]
    paint = np.asarray(cv2.multiply(sheet.ink[part], np.ascontiguousarray(colours), scale=1 / 255), np.uint8)
    cv2.add(paint, sheet.ground[part], dst=paint)
    return Sprite(sheet.x + left, sheet.y + top, right - left, low - top, (Piece(0, 0, paint, sheet.keep[part]),))
