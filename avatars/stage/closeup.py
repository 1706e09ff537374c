"""The product large, slowly coming nearer, with its facts beside the small host."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from avatars.stage.canvas import Piece, Sprite
from avatars.stage.card import footprint, tray
from avatars.stage.fonts import clean
from avatars.stage.look import Look
from avatars.stage.plate import rounded
from avatars.stage.text import measure, write
from engine.media import Card

ZOOM = 1.06
_ZOOM_S = 12.0
_STEPS = 100
"""Steps of the zoom: a fifth of a pixel each for a product of 340 px."""


@dataclass(frozen=True, slots=True)
class Large:
    """The product for a close-up: stand and facts that rest, and the picture that moves.

    ``paint`` is premultiplied (height, width, 4); it stands on ``(foot_x, foot_y)`` px.
    """

    rest: Sprite
    paint: NDArray[np.uint8]
    foot_x: float
    foot_y: float
    _kept: list[tuple[int, Sprite]] = field(default_factory=list)
    """The product as shown last."""

    def at(self, elapsed_s: float) -> Sprite:
        """The product ``elapsed_s`` after the close-up began. It grows in steps that are not seen."""
        share = min(1.0, elapsed_s / _ZOOM_S)
        step = round(share * share * (3 - 2 * share) * _STEPS)
        if not self._kept or self._kept[0][0] != step:
            self._kept[:] = [(step, self._grown(1 + (ZOOM - 1) * step / _STEPS))]
        return self._kept[0][1]

    def _grown(self, scale: float) -> Sprite:
        height, width = self.paint.shape[:2]
        out_w, out_h = int(width * ZOOM) + 2, int(height * ZOOM) + 2
        x0, y0 = int(self.foot_x - out_w / 2), int(self.foot_y - out_h + 1)
        left, top = self.foot_x - x0 - scale * width / 2, self.foot_y - y0 - scale * height
        to = np.array([[scale, 0, left], [0, scale, top]], np.float32)
        moved = np.asarray(cv2.warpAffine(self.paint, to, (out_w, out_h), flags=cv2.INTER_LINEAR), np.uint8)
        keep = cv2.bitwise_not(cv2.extractChannel(moved, 3))
        paint = np.asarray(cv2.cvtColor(moved, cv2.COLOR_BGRA2BGR), np.uint8)
        piece = Piece(0, 0, paint, np.asarray(cv2.cvtColor(keep, cv2.COLOR_GRAY2BGR), np.uint8))
        return Sprite(x0, y0, out_w, out_h, (piece,))


def large(look: Look, item: Card) -> Large:
    """Prepare a product's close-up."""
    zones, s, theme = look.grid.zones("closeup"), look.grid.scale, look.theme
    box = zones.goods
    pane = look.pane(box.width + 100, box.height + 140)
    ox, oy = 50.0, 70.0
    width, height = box.width / ZOOM - 20, (box.height - 46) / ZOOM
    picture = look.good(item.picture)
    if picture.cut_out:
        foot = oy + box.height - 46
        tray(pane, look, ox + box.width / 2, foot, min(box.width, 460.0))
        image = picture.fitted(round(width * s), round(height * s))
        wide = image.shape[1] / s
        stands = footprint(image)
        if stands:
            first, width_foot = ox + (box.width - wide) / 2 + stands[0] / s, stands[1] / s
            pane.shadow(first - 4, foot - 14, width_foot + 14, 22, 11, 0, 16, 0.55, theme["shade"])
        foot_y = box.bottom - 46 + 2
    else:
        side = min(width, height + 20)
        image = rounded(picture.covering(round(side * s), round(side * s)), 0.09)
        pane.shadow(ox + (box.width - side) / 2, oy + box.height - 16 - side, side, side, 30, 18, 44, 0.4)
        foot_y = box.bottom - 16
    values = image.astype(np.float32)
    values[:, :, :3] *= values[:, :, 3:] / 255
    rest = look.finish(pane, box.x - ox, box.y - oy)
    facts_sprite = _facts(look, item)
    joined = Sprite(0, 0, look.grid.width_px, look.grid.height_px, tuple(
        Piece(p.x + part.x, p.y + part.y, p.paint, p.keep) for part in (rest, facts_sprite) for p in part.pieces
    ))  # fmt: skip
    return Large(
        joined,
        np.ascontiguousarray(np.clip(values + 0.5, 0, 255).astype(np.uint8)),
        (box.x + box.width / 2) * s + look.grid.left_px,
        foot_y * s + look.grid.top_px,
    )


def facts(summary: str) -> list[tuple[str, str]]:
    """Label and value of up to three facts in a summary.

    >>> facts("朱泥手工 · 容量 220 ml")
    [('', '朱泥手工'), ('容量', '220 ml')]
    """
    out = []
    for part in re.split(r"\s*[·|；;]\s*|，|,\s", clean(summary))[:3]:
        found = re.match(r"^(\D{1,24}?)\s+(\d.*)$", part)
        out.append((found.group(1), found.group(2)) if found else ("", part))
    return [fact for fact in out if fact[1]]


def _facts(look: Look, item: Card) -> Sprite:
    box, theme, language, s = look.grid.zones("closeup").text, look.theme, look.language, look.grid.scale
    pane = look.pane(box.width + 60, box.height + 60)
    found = facts(item.summary)
    value, label = look.style("name", 27), look.style("small")
    gap, room = 26.0, box.width - 40
    widths = [max(measure(v, value, language, s), measure(n, label, language, s)) for n, v in found]
    while found and sum(widths) + gap * (len(found) - 1) > room and len(found) > 1:
        found.pop()
        widths.pop()
    if not found:
        return look.finish(pane, box.x - 30, box.y - 30)
    total = min(room, sum(widths) + gap * (len(found) - 1))
    dark = theme.captions == "scrim"
    labelled = any(n for n, _ in found)
    height = 92.0 if labelled else 62.0
    top = 30 + box.height - height
    pane.shadow(30, top, total + 44, height, 20, 8, 22, 0.22)
    pane.rect(30, top, total + 44, height, 20, theme["ground"] if dark else theme["paper"], 0.78 if dark else 0.96)
    x = 30 + 22.0
    for (n, v), width in zip(found, widths, strict=True):
        if n:
            write(pane, n, x, top + 35, label, theme["to_come"] if dark else theme["muted"], language, width=room)
        base = top + (height - 20 if n else height / 2 + 10)
        write(pane, v, x, base, value, theme["said"] if dark else theme["ink"], language, width=min(width + 2, room))
        x += width + gap
    return look.finish(pane, box.x - 30, box.y - 30)
