"""The name plate: shop and show, below them the AI label, larger. Drawn last in every picture."""

from __future__ import annotations

import numpy as np

from avatars.stage.canvas import Bgra, Colour, Floats, Pane, Sprite, blurred
from avatars.stage.fonts import clean
from avatars.stage.layout import PLATE_LANDSCAPE, PLATE_PORTRAIT
from avatars.stage.look import Look
from avatars.stage.text import measure, shorten, write
from engine.media import Plate

_MARGIN = 44


def plate(look: Look, sign: Plate) -> Sprite:
    """The plate as a sprite. Its scale follows the short side alone: the law counts from there."""
    grid, theme, language = look.grid, look.theme, look.language
    box = PLATE_PORTRAIT if grid.portrait else PLATE_LANDSCAPE
    s = grid.plate_scale
    label = clean(sign.label) or look.words["label"]
    style = look.style("label", grid.label_px / s)
    inset = 32 if grid.portrait else 14
    text_x = inset + 98
    room = 720 - 24 - text_x - 34
    if measure(label, style, language, s) > room:
        label = shorten(label, style, language, s, room)
    show_style = look.style("show")
    title = shorten(" · ".join(t for t in (clean(sign.shop), clean(sign.show)) if t), show_style, language, s,
                    max(measure(label, style, language, s), 500 - text_x - 34))  # fmt: skip
    width = text_x + 34 + max(measure(label, style, language, s), measure(title, show_style, language, s))
    width = max(width, 300)
    pane = Pane(width + 2 * _MARGIN, box.height + 2 * _MARGIN, s)
    x, y, height = _MARGIN, _MARGIN, box.height
    radius: float | tuple[float, float, float, float] = (0, 26, 26, 0) if grid.portrait else 26
    start = x - _MARGIN if grid.portrait else x
    pane.shadow(start, y, x + width - start, height, radius, 14, 30, 0.35 if theme.mark == "seal" else 0.16)
    pane.rect(start, y, x + width - start, height, radius, (theme["plate"], theme["plate_low"]))
    over = 3 if grid.portrait else 0
    pane.edge(start - over, y, x + width - start + over, height, radius, theme["plate_edge"], 1.5, 0.34)
    mark(pane, look, sign, x + inset, y + 10, 82)
    write(pane, title, x + text_x, y + 36, show_style, theme["plate_title"], language)
    write(pane, label, x + text_x, y + 82, style, theme["plate_ink"], language)
    if grid.portrait:
        top = grid.top_px + round((box.y - _MARGIN) * grid.scale) - round(_MARGIN * (s - grid.scale))
        return _moved(pane.sprite(0, 0), -round(_MARGIN * s), top)
    left = grid.left_px + round(box.x * grid.scale) - round(_MARGIN * s)
    top = grid.top_px + round(box.y * grid.scale) - round(_MARGIN * s)
    return _moved(pane.sprite(0, 0), left, top)


def _moved(sprite: Sprite, x: int, y: int) -> Sprite:
    return Sprite(x, y, sprite.width, sprite.height, sprite.pieces)


def mark(pane: Pane, look: Look, sign: Plate, x: float, y: float, size: float) -> None:
    """The shop's mark: its own picture, or a seal (``seal``) or monogram (``tile``) of its name."""
    theme = look.theme
    if sign.mark is not None:
        good = look.good(sign.mark)
        side = round(size * pane.scale)
        image = good.fitted(side, side) if good.cut_out else rounded(good.covering(side, side), 0.2)
        dx = (size - image.shape[1] / pane.scale) / 2
        dy = (size - image.shape[0] / pane.scale) / 2
        pane.image(image, x + dx, y + dy)
        return
    han = [c for c in clean(sign.shop) if "\u4e00" <= c <= "\u9fff"]
    if theme.mark == "seal" and len(han) >= 2:
        seal(pane, look, han[:4], x, y + 2, size - 4, theme["brand"], theme["brand_ink"])
        return
    pane.rect(x, y, size, size, 20, theme["brand"])
    initial = next((c for c in clean(sign.shop) if c.isalnum()), "·").upper()
    style = look.style("name", size * 0.58)
    write(pane, initial, x + size / 2, y + size * 0.705, style, theme["brand_ink"], look.language, align=0.5)


def seal(
    pane: Pane, look: Look, letters: list[str], x: float, y: float, size: float, ground: Colour, ink: Colour
) -> None:
    """A carved seal, read from top to bottom and right to left, its edge worn by use."""
    under = pane.paint.copy()
    pane.rect(x, y, size, size, 9, ground)
    pane.edge(x + 5, y + 5, size - 10, size - 10, 5, ink, 2)
    if len(letters) == 3:
        letters = letters[:2]
    columns = 1 if len(letters) <= 2 else 2
    font = size * (0.37 if columns == 2 else 0.39)
    style = look.style("strip", font)
    step = size * 0.405
    for i, letter in enumerate(letters):
        column, row = i // 2, i % 2
        cx = x + size / 2 + (step / 2 - column * step if columns == 2 else 0)
        cy = y + size / 2 + (row - 0.5) * step
        write(pane, letter, cx, cy + font * 0.37, style, ink, "zh", align=0.5)
    _wear(pane, under, x, y, size)


def _wear(pane: Pane, under: Floats, x: float, y: float, size: float) -> None:
    """Rub the seal's rim away in places, the same ones every time, as a stamp on paper looks."""
    s = pane.scale
    side = round(size * s)
    top, left = round(y * s), round(x * s)
    noise = np.random.default_rng(11).normal(0, 1, (side, side)).astype(np.float32)
    noise = blurred(noise, 1.7 * s)
    noise /= float(noise.std()) or 1.0
    edge = np.arange(side, dtype=np.float32)
    rim = np.minimum(edge, side - 1 - edge) / s
    near = np.minimum(rim[:, None], rim[None, :])
    worn = np.clip((noise - 0.55 - near * 0.42) * 1.6, 0, 1)[:, :, None] * 0.95
    part = pane.paint[top : top + side, left : left + side]
    worn = worn[: part.shape[0], : part.shape[1]]
    part[:] = part * (1 - worn) + under[top : top + side, left : left + side] * worn


def rounded(image: Bgra, share: float) -> Bgra:
    """Round the corners of a straight-alpha picture by ``share`` of its side."""
    height, width = image.shape[:2]
    pane = Pane(width, height, 1)
    pane.rect(0, 0, width, height, share * min(width, height), (255, 255, 255))
    out = image.copy()
    out[:, :, 3] = (out[:, :, 3] * pane.paint[:, :, 3]).astype(np.uint8)
    return out
