"""The viewer's question that is being answered."""

from __future__ import annotations

from avatars.stage.canvas import Pane, Sprite
from avatars.stage.fonts import clean
from avatars.stage.lines import block
from avatars.stage.look import Look
from avatars.stage.text import measure, shorten, write
from engine.media import Question

_MARGIN = 48
_RADIUS = (32.0, 32.0, 32.0, 10.0)


def bubble(look: Look, asked: Question) -> Sprite:
    """The bubble at the bottom of its zone, as wide as its words (portrait), or at the top (landscape)."""
    zone, language, s, theme = look.grid.zones("talk").bubble, look.language, look.grid.scale, look.theme
    style, small = look.style("question"), look.style("small")
    user = clean(asked.user)[:40]
    who = look.words["asks"].format(x=user) if user else look.words["viewer"]
    text = clean(asked.text)
    if look.grid.portrait:
        room = zone.width - 90 - 36
        lines = block(text, room, lambda t: measure(t, style, language, s), 2) or ["…"]
        who = shorten(who, small, language, s, room)
        widest = max(measure(t, style, language, s) for t in [*lines, who])
        widest = max(widest, measure(who, small, language, s))
        width, height = min(zone.width, 90 + widest + 36), 92 + 41 * (len(lines) - 1)
        pane = _ground(look, width, height)
        x, y = _MARGIN, _MARGIN
        _portrait(pane, look, user, x + 44, y + height / 2)
        text_x, top, first = x + 90, y + 35, y + 73
        place = zone.x, zone.bottom - height
    else:
        room = zone.width - 52
        lines = block(text, room, lambda t: measure(t, style, language, s), 6) or ["…"]
        who = shorten(who, small, language, s, room - 56)
        width, height = zone.width, 96 + 41 * len(lines)
        pane = _ground(look, width, height)
        x, y = _MARGIN, _MARGIN
        _portrait(pane, look, user, x + 50, y + 44, 24)
        text_x, top, first = x + 26, y + 53, y + 111
        place = zone.x, zone.y
    ink = theme["audience_ink"]
    write(pane, who, text_x + (0 if look.grid.portrait else 60), top, small, ink, language, width=room)
    for i, line in enumerate(lines):
        write(pane, line, text_x, first + 41 * i, style, ink, language, width=room + 17)
    return look.finish(pane, place[0] - _MARGIN, place[1] - _MARGIN)


def is_tall(look: Look, made: Sprite) -> bool:
    """The bubble has two lines and reaches up beside the face, where the slip hangs (portrait)."""
    return look.grid.portrait and made.height > (92 + 2 * _MARGIN + 20) * look.grid.scale


def _ground(look: Look, width: float, height: float) -> Pane:
    pane = look.pane(width + 2 * _MARGIN, height + 2 * _MARGIN)
    pane.shadow(_MARGIN, _MARGIN, width, height, _RADIUS, 14, 34, 0.26)
    pane.rect(_MARGIN, _MARGIN, width, height, _RADIUS, look.theme["audience"])
    return pane


def _portrait(pane: Pane, look: Look, user: str, cx: float, cy: float, radius: float = 30) -> None:
    """A disc with the first letter of the viewer's name."""
    initial = next((c for c in reversed(user) if "\u4e00" <= c <= "\u9fff"), "") if look.language == "zh" else ""
    initial = initial or next((c for c in user if c.isalnum()), "?").upper()
    pane.rect(cx - radius, cy - radius, 2 * radius, 2 * radius, radius, look.theme["audience_ink"])
    size = radius * 0.93
    style = look.style("small_bold", size)
    write(pane, initial, cx, cy + size * 0.365, style, look.theme["audience"], look.language, align=0.5)
