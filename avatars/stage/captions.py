"""Captions: two lines at most, words light as they are spoken.

A page is measured and drawn once; when the lit word moves on, only colours change.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from avatars.stage.canvas import Piece, Sprite, unit
from avatars.stage.fonts import clean
from avatars.stage.layout import Box
from avatars.stage.lines import Span, pages
from avatars.stage.look import Look
from avatars.stage.text import Line, lay, measure, set_line
from engine.media import Caption, Language

_MARGIN = 24


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a page: where it starts in the text, its px in the pane and its set line."""

    start: int
    x: float
    baseline: float
    line: Line


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
    letters = look.pane(zone.width + 2 * _MARGIN, zone.height + 2 * _MARGIN)
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
        lay(letters, line, x, baseline, (255, 255, 255))
        rows.append(_Row(start, x * s, baseline * s, line))
    ink = letters.paint[:, :, 3]
    if not plated:
        soft = cv2.GaussianBlur(ink, (0, 0), 5 * s)
        near = cv2.GaussianBlur(ink, (0, 0), 1.6 * s)
        shadow = np.clip(soft * 0.75 + near * 0.4, 0, 0.7)
        pane.tint(np.roll(shadow, round(2 * s), axis=0), 0, 0, unit(theme["ground"]))
    ground = pane.paint * (1 - ink[:, :, None])
    alpha = ground[:, :, 3] + ink
    keep = np.clip(255.5 - alpha * 255, 0, 255).astype(np.uint8)
    return Page(
        start=lines[0][0],
        end=lines[-1][1],
        x=round((zone.x - _MARGIN) * s) + look.grid.left_px,
        y=round((zone.y - _MARGIN) * s) + look.grid.top_px,
        scale=s,
        rows=tuple(rows),
        ink=np.repeat((ink * 255 + 0.5).astype(np.uint8)[:, :, None], 3, axis=2),
        ground=np.clip(ground[:, :, :3] * 255 + 0.5, 0, 255).astype(np.uint8),
        keep=np.ascontiguousarray(np.repeat(keep[:, :, None], 3, axis=2)),
    )


def coloured(look: Look, sheet: Page, lit_start: int, lit_end: int) -> Sprite:
    """The page with its words said, lit and to come."""
    theme = look.theme
    height, width = sheet.ink.shape[:2]
    colours = np.empty((height, width, 3), np.uint8)
    edges = [0] + [
        round((a.baseline + b.baseline - 0.55 * b.line.style.size * sheet.scale) / 2)
        for a, b in zip(sheet.rows, sheet.rows[1:], strict=False)
    ] + [height]  # fmt: skip
    for row, top, bottom in zip(sheet.rows, edges, edges[1:], strict=False):
        band = np.empty((width, 3), np.uint8)
        band[:] = theme["to_come"]
        for limit, token in ((lit_end, "lit"), (lit_start, "said")):
            upto = min(max(0, limit - row.start), len(row.line.text))
            if upto > 0:
                band[: round(row.x + row.line.places[upto])] = theme[token]
        colours[top:bottom] = band[None]
    paint = np.asarray(cv2.multiply(sheet.ink, colours, scale=1 / 255), np.uint8)
    cv2.add(paint, sheet.ground, dst=paint)
    return Sprite(sheet.x, sheet.y, width, height, (Piece(0, 0, paint, sheet.keep),))
