"""The next product: a paper slip at the side (portrait) or a small card at the left (landscape)."""

from __future__ import annotations

from avatars.stage.canvas import Pane, Sprite
from avatars.stage.card import place
from avatars.stage.fonts import clean
from avatars.stage.layout import Box
from avatars.stage.lines import block
from avatars.stage.look import Look
from avatars.stage.plate import rounded
from avatars.stage.text import measure, write
from engine.media import Card, Layout, Upcoming

_MARGIN = 48


def slip(look: Look, upcoming: Upcoming, layout: Layout = "talk") -> Sprite:
    """The slip in its slot."""
    if not look.grid.portrait:
        return _lying(look, upcoming)
    return _hanging(look, upcoming, look.grid.zones(layout).slip)


def _ground(look: Look, width: float, height: float, radius: float) -> Pane:
    pane = look.pane(width + 2 * _MARGIN, height + 2 * _MARGIN)
    theme = look.theme
    pane.shadow(_MARGIN, _MARGIN, width, height, radius, 12, 30, theme.shadow * 0.75)
    pane.rect(_MARGIN, _MARGIN, width, height, radius, (theme["paper"], theme["paper_low"]))
    return pane


def _hanging(look: Look, upcoming: Upcoming, zone: Box) -> Sprite:
    theme, language, s = look.theme, look.language, look.grid.scale
    upright = language == "zh" and _is_han(upcoming.card.name)
    width = 112.0 if upright else 122.0
    when = clean(upcoming.when)[:10]
    name = clean(upcoming.card.name)
    small = look.style("upright" if upright else "small_bold", 28 if upright else 24)
    if upright:
        # One column of five, or two of four.
        columns = [name[:5]] if len(name) <= 5 else [name[:4], name[4:8]]
        rows = max(len(c) for c in columns)
        middle = rows * 30.0 + 6
    else:
        lines = block(name, width - 16, lambda t: measure(t, small, language, s), 3)
        middle = len(lines) * 29.0 + 8
    below = 36.0 if when else 10.0
    tall = max(44.0, min(70.0, zone.height - 46 - 6 - middle - below))
    height = min(zone.height, 46 + tall + 6 + middle + below)
    pane = _ground(look, width, height, 14 if upright else 26)
    x, y = float(_MARGIN), float(_MARGIN)
    cx = x + width / 2
    header = theme["sale"] if theme.mark == "seal" else theme["brand"]
    write(pane, look.words["next"], cx, y + 34, look.style("small_bold"), header, language, align=0.5)
    picture(pane, look, upcoming.card, Box(x + 17, y + 46, width - 34, tall))
    top = y + 54 + tall
    if upright:
        style = look.style("upright", 28)
        for c, column in enumerate(columns):
            at = cx + (0 if len(columns) == 1 else (15 if c == 0 else -15))
            for r, char in enumerate(column):
                write(pane, char, at, top + 23 + r * 30, style, theme["ink"], language, align=0.5)
    else:
        for i, line in enumerate(lines):
            write(pane, line, cx, top + 22 + i * 29, small, theme["ink"], language, align=0.5, width=width - 12)
    if when:
        write(pane, when, cx, y + height - 14, look.style("figure", 24).__class__(24, 400, 450, tabular=True),
              theme["muted"], language, align=0.5, width=width - 10)  # fmt: skip
    if upright:
        # It hangs from the lantern above on a thread.
        pane.rect(cx - 1, y - _MARGIN, 2, _MARGIN, 0, theme["lit"], alpha=(0.0, 0.8))
    left = zone.right - width
    return look.finish(pane, left - _MARGIN, zone.y - _MARGIN)


def _lying(look: Look, upcoming: Upcoming) -> Sprite:
    zone, theme, language, s = look.grid.zones("talk").slip, look.theme, look.language, look.grid.scale
    width = zone.width
    style = look.style("name", 28)
    name = clean(upcoming.card.name)
    lines = block(name, width - 146, lambda t: measure(t, style, language, s), 2)
    height = 96.0 + 35 * len(lines) if len(lines) > 1 else 124.0
    pane = _ground(look, width, height, 26)
    x, y = float(_MARGIN), float(_MARGIN)
    picture(pane, look, upcoming.card, Box(x + 18, y + 16, 92, height - 32))
    header = theme["sale"] if theme.mark == "seal" else theme["brand"]
    used = write(pane, look.words["next"], x + 128, y + 42, look.style("small_bold"), header, language)
    when = clean(upcoming.when)[:10]
    if when:
        write(pane, when, x + 128 + used + 12, y + 42, look.style("small"), theme["muted"], language,
              width=width - 128 - used - 24)  # fmt: skip
    for i, line in enumerate(lines):
        write(pane, line, x + 128, y + 80 + i * 35, style, theme["ink"], language, width=width - 140)
    return look.finish(pane, zone.x - _MARGIN, zone.y - _MARGIN)


def picture(pane: Pane, look: Look, card: Card, box: Box) -> None:
    """A small product picture: standing cut-out or tile."""
    good = look.good(card.picture)
    if good.cut_out:
        place(pane, look, card, box, 0.3)
        return
    s = look.grid.scale
    side = min(box.width, box.height)
    tile = rounded(good.covering(round(side * s), round(side * s)), 0.16)
    pane.image(tile, box.x + (box.width - side) / 2, box.y + (box.height - side) / 2)


def _is_han(text: str) -> bool:
    letters = [c for c in clean(text) if c.isalnum()]
    return bool(letters) and all("\u4e00" <= c <= "\u9fff" for c in letters)
