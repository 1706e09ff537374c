"""The slate: a title and a subtitle without a host, calm. Opening, pause, end and the safe picture."""

from __future__ import annotations

import numpy as np

from avatars.stage.canvas import Colour, Pane, Sprite, blurred, mix, unit
from avatars.stage.fonts import clean
from avatars.stage.lines import block
from avatars.stage.look import Look
from avatars.stage.text import Style, lay, measure, set_line, write


def slate(look: Look, title: str, says: str, clocked: bool) -> Sprite:
    """Title and subtitle, centred; with ``clocked`` the moon for the clock below them."""
    theme, language, s = look.theme, look.language, look.grid.scale
    box = look.grid.zones("slate").text
    pane = look.pane(box.width, box.height)
    title_style, lines = _title(look, clean(title), box.width - 20)
    pitch = title_style.size * (1.16 if language == "zh" else 1.1)
    under = look.style("subtitle")
    rows: list[str] = []
    for paragraph in clean(says, lines=True).split("\n"):
        rows += block(paragraph, box.width - 20, lambda t: measure(t, under, language, s), 2)
    rows = rows[:3]
    height = pitch * len(lines) + (24 + 46 * len(rows) if rows else 0)
    y = 0.0 if clocked else max(0.0, (box.height - height) / 2 - 10)
    cx = box.width / 2
    for i, line in enumerate(lines):
        _soft(pane, look, line, cx, y + title_style.size * 0.88 + i * pitch, title_style, theme["slate_ink"])
    y += pitch * len(lines) + 24
    for i, row in enumerate(rows):
        _soft(pane, look, row, cx, y + 30 + i * 46, under, theme["slate_second"])
    return look.finish(pane, box.x, box.y)


def _title(look: Look, title: str, room: float) -> tuple[Style, list[str]]:
    """The title as large as it fits on two lines."""
    style = look.style("title")
    for share in (1.0, 0.86, 0.74, 0.62, 0.52)[0 if look.grid.portrait else 1 :]:
        style = look.style("title", round(look.style("title").size * share))

        def width(text: str, style: Style = style) -> float:
            return measure(text, style, look.language, look.grid.scale)

        lines = block(title, room, width, 2)
        if not lines or (not lines[-1].endswith("…") and all(width(line) <= room for line in lines)):
            return style, lines
    return style, lines


def _soft(
    pane: Pane, look: Look, text: str, cx: float, baseline: float, style: Style, fill: Colour
) -> None:
    """Centred text on a soft shadow of itself."""
    line = set_line(text, style, look.language, pane.scale)
    layer = Pane(pane.width, pane.height, pane.scale)
    lay(layer, line, cx - line.width / 2, baseline, (0, 0, 0))
    shadow = blurred(layer.paint[:, :, 3], 8 * pane.scale) * np.float32(0.5)
    pane.tint(shadow, 0, round(2 * pane.scale), unit(look.theme["shade"]))
    lay(pane, line, cx - line.width / 2, baseline, fill)


def _clock_place(look: Look) -> tuple[float, float, float]:
    """Middle and radius of the moon, in units."""
    return (360.0, 646.0, 130.0) if look.grid.portrait else (640.0, 470.0, 104.0)


def moon(look: Look) -> Sprite:
    """The lit disc a clock stands on."""
    cx, cy, r = _clock_place(look)
    pane = look.pane(6 * r, 6 * r)
    height, width = pane.paint.shape[:2]
    y, x = np.ogrid[:height, :width]
    far = np.hypot(x - width / 2, y - height / 2) / (look.grid.scale * r)
    glow = np.clip(1 - (far - 1) / 1.6, 0, 1).astype(np.float32) ** 3 * 0.5
    pane.tint(glow, 0, 0, unit(look.theme["lit"]))
    pane.rect(2 * r, 2 * r, 2 * r, 2 * r, r, (_light(look, 0.15), _light(look, 0.55)))
    return look.finish(pane, cx - 3 * r, cy - 3 * r)


def _light(look: Look, share: float) -> Colour:
    return mix((240, 252, 255), look.theme["disc_low"], share)


def clock(look: Look, text: str) -> Sprite:
    """The time on the moon."""
    cx, cy, r = _clock_place(look)
    pane = look.pane(2 * r, 120)
    style = look.style("price", 0.62 * r)
    write(pane, text, r, 60 + style.size * 0.36, style, look.theme["ink"], look.language, align=0.5, width=1.84 * r)
    return look.finish(pane, cx - r, cy - 60)


def track(look: Look) -> tuple[Sprite, Sprite, float]:
    """The waiting bar: its track, the piece that moves on it, and how far it may move, in px."""
    portrait = look.grid.portrait
    cx, y = (360.0, 742.0) if portrait else (640.0, 448.0)
    ground = look.pane(200, 6)
    ground.rect(0, 0, 200, 6, 3, look.theme["slate_second"], alpha=0.26)
    piece = look.pane(74, 6)
    piece.rect(0, 0, 74, 6, 3, look.theme["lit"])
    return look.finish(ground, cx - 100, y), look.finish(piece, cx - 100, y), 126 * look.grid.scale
