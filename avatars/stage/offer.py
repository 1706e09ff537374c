"""The offer card: what it is called, until when, what it costs now.

The scene's ``title`` names the offer, ``subtitle`` says what comes after it (``21:30 恢复 ¥268``). A line
of the subtitle that is a bare clock (``04:32``) is the time left and stands large at the right.
"""

from __future__ import annotations

import re
from typing import Final

from avatars.stage.canvas import Pane, Sprite, joined
from avatars.stage.card import MARGIN, ground, number_tag, place, sold_out, stand, stock, tag_width
from avatars.stage.fonts import clean
from avatars.stage.layout import Box
from avatars.stage.lines import block
from avatars.stage.look import Look
from avatars.stage.price import price_width, saving, write_price, write_struck
from avatars.stage.text import measure, write
from engine.media import Card

_STRIP: Final = 84.0
_CLOCK: Final = re.compile(r"^\d{1,2}:\d{2}(?::\d{2})?$")


def split_clock(subtitle: str) -> tuple[str, str]:
    """What the subtitle says, and the clock in it.

    >>> split_clock("21:30 back to $64\\n04:32")
    ('21:30 back to $64', '04:32')
    """
    lines = clean(subtitle, lines=True).split("\n")
    clock = next((line.strip() for line in lines if _CLOCK.match(line.strip())), "")
    rest = "\n".join(line for line in lines if line.strip() != clock or not clock)
    return rest, clock


def offer(look: Look, item: Card, title: str, says: str, clocked: bool) -> Sprite:
    """The whole card without its running clock (see :func:`clock`); ``clocked`` leaves room for it."""
    return joined(base(look, item, title, says, clocked), stock_tag(look, item))


def stock_tag(look: Look, item: Card) -> Sprite:
    """Stock with its bar, clear around: it changes while the offer runs."""
    box = look.grid.zones("offer").card
    if look.grid.portrait:
        x = box.x + (246 if look.good(item.picture).cut_out else 218)
        place_ = Box(x, box.y + 228, box.right - 26 - x, 40)
    else:
        place_ = Box(box.x + 28, box.y + 448, box.width - 56, 40)
    pane = look.pane(place_.width, place_.height)
    stock(pane, look, item, Box(0, 0, place_.width, place_.height), beside=True)
    return look.finish(pane, place_.x, place_.y)


def base(look: Look, item: Card, title: str, says: str, clocked: bool) -> Sprite:
    """What rests while the offer runs: strip, picture, name and price."""
    box = look.grid.zones("offer").card
    pane = look.pane(box.width + 2 * MARGIN, box.height + 2 * MARGIN)
    inner = Box(MARGIN, MARGIN, box.width, box.height)
    ground(pane, look, inner)
    _strip(pane, look, inner, title, says.replace("\n", " "), clocked)
    if look.grid.portrait:
        _wide(pane, look, item, inner)
    else:
        _tall(pane, look, item, inner)
    return look.finish(pane, box.x - MARGIN, box.y - MARGIN)


def clock(look: Look, text: str) -> Sprite:
    """The time left, for the right end of the strip."""
    box = look.grid.zones("offer").card
    size = 62.0 if look.grid.portrait else 36.0
    pane = look.pane(260, _STRIP)
    write(pane, text, 250, 64 if look.grid.portrait else 42, look.style("price", size), look.theme["strip_ink"],
          look.language, align=1.0, width=250)  # fmt: skip
    return look.finish(pane, box.right - 28 - 250, box.y)


def _strip(pane: Pane, look: Look, box: Box, title: str, says: str, clocked: bool) -> None:
    theme, language, s = look.theme, look.language, look.grid.scale
    pane.rect(box.x, box.y, box.width, _STRIP, (30, 30, 0, 0), (theme["strip"], theme["strip_low"]), across=True)
    pane.rect(box.x, box.y + _STRIP, box.width, 5, 0, theme["lit"])
    style, small = look.style("strip"), look.style("small")
    if not look.grid.portrait:
        style = style.sized(style.size * 0.85)
    clock_room = 0 if not clocked else 190 if look.grid.portrait else 112
    room = box.width - 56 - clock_room
    x = box.x + 28
    title = clean(title) or look.words["offer"]
    if look.grid.portrait:
        used = write(pane, title, x, box.y + 57, style, theme["strip_ink"], language, width=room)
        left = room - used - 20
        if says and measure(clean(says), small, language, s) <= left:
            write(pane, says, x + used + 20, box.y + 54, small, theme["strip_ink"], language)
            return
        if not says:
            return
        # Two rows when one is too short.
        pane.rect(box.x, box.y, box.width, _STRIP, (30, 30, 0, 0), (theme["strip"], theme["strip_low"]), across=True)
    if not says:
        write(pane, title, x, box.y + 56, style, theme["strip_ink"], language, width=room)
        return
    write(pane, title, x, box.y + 41, style.sized(30), theme["strip_ink"], language, width=room)
    write(pane, says, x, box.y + 72, small, theme["strip_ink"], language,
          width=room if look.grid.portrait else box.width - 56)  # fmt: skip


def _wide(pane: Pane, look: Look, item: Card, box: Box) -> None:
    language, s = look.language, look.grid.scale
    x = box.x + (246 if stand(pane, look, item, box.x + 120, box.y + 182, 98) else 218)
    left = number_tag(pane, look, item, box.right - 24, box.y + 104, short=True)
    style = look.style("name", 34)
    name = clean(item.name)
    if measure(name, style, language, s) > left - 14 - x:
        style = look.style("name", 28)
    write(pane, name, x, box.y + 135, style, look.theme["ink"], language, width=left - 14 - x)
    _price(pane, look, item, x - 2, box.y + 221, 88, box.right - 24)


def _price(pane: Pane, look: Look, item: Card, x: float, baseline: float, size: float, right: float) -> None:
    """New price, old price, what is saved: as many of them as there is room for, in that order."""
    theme, language = look.theme, look.language
    saved = saving(clean(item.price), clean(item.compare_at)) if not item.sold_out else None
    chip = 0.0
    style = look.style("figure", 26)
    if saved:
        text = look.words["save"].format(x=saved)
        chip = measure(text, style, language, look.grid.scale) + 28
    struck = measure(clean(item.compare_at)[:24], look.style("figure", 28), language, look.grid.scale) + 14
    wanted = price_width(look, clean(item.price)[:24], size)
    room = right - x
    if wanted + struck + chip + 10 > room:
        size *= 0.84
        wanted = price_width(look, clean(item.price)[:24], size)
    if wanted + struck + chip + 10 > room:
        chip = 0.0
    fill = theme["muted"] if item.sold_out else theme["sale"]
    used, _ = write_price(pane, look, item.price, x, baseline, size, fill, room)
    if item.sold_out:
        sold_out(pane, look, x + used + 16, baseline, room - used - 16)
        return
    if item.compare_at:
        write_struck(pane, look, item.compare_at, x + used + 14, baseline, 28, room - used - 14 - chip)
    if chip and saved:
        pane.rect(right - chip, baseline - 44, chip, 46, 12, theme["sale"])
        write(pane, look.words["save"].format(x=saved), right - chip / 2, baseline - 12, style, theme["strip_ink"],
              language, align=0.5)  # fmt: skip


def _tall(pane: Pane, look: Look, item: Card, box: Box) -> None:
    theme, language, s = look.theme, look.language, look.grid.scale
    top, bottom = box.y + _STRIP + 5, box.y + 290
    pane.rect(box.x, top, box.width, bottom - top, 0, (theme["disc"], theme["disc_low"]))
    picture = look.good(item.picture)
    if picture.cut_out:
        place(pane, look, item, Box(box.x + 54, top + 16, box.width - 108, bottom - top - 34))
    else:
        pane.image(picture.covering(round(box.width * s), round((bottom - top) * s)), box.x, top)
    number_tag(pane, look, item, box.x + 22 + tag_width(look, item), top + 20)
    x, room = box.x + 28, box.width - 56
    style = look.style("name")
    name = clean(item.name)
    if measure(name, style, language, s) > room:
        style = look.style("name", 27)
    lines = block(name, room, lambda t: measure(t, style, language, s), 1)
    for line in lines:
        write(pane, line, x, box.y + 336, style, theme["ink"], language, width=room)
    _price(pane, look, item, x - 2, box.y + 420, 76, box.right - 24)

