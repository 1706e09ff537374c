"""The product card of a talk: beside the host in landscape, below in portrait; the strip of a close-up."""

from __future__ import annotations

import cv2
import numpy as np

from avatars.stage.canvas import Bgra, Pane, Sprite, joined
from avatars.stage.fonts import clean
from avatars.stage.layout import Box
from avatars.stage.lines import block
from avatars.stage.look import Look
from avatars.stage.plate import rounded
from avatars.stage.price import price_width, write_price, write_struck
from avatars.stage.raster import Job, rasterise
from avatars.stage.text import Style, measure, write
from engine.media import Card

MARGIN = 72
"""Room for the shadow around a card."""


def card(look: Look, item: Card) -> Sprite:
    """The whole card in its zone."""
    return joined(base(look, item), price_tag(look, item), stock_tag(look, item))


def base(look: Look, item: Card) -> Sprite:
    """What rarely changes: paper, picture, number and name."""
    box = look.grid.zones("talk").card
    pane = look.pane(box.width + 2 * MARGIN, box.height + 2 * MARGIN)
    inner = Box(MARGIN, MARGIN, box.width, box.height)
    if look.grid.portrait:
        _wide(pane, look, item, inner)
    else:
        _tall(pane, look, item, inner)
    return look.finish(pane, box.x - MARGIN, box.y - MARGIN)


def base_key(item: Card) -> tuple[object, ...]:
    """What :func:`base` depends on."""
    return item.product, item.name, item.summary, item.number, item.picture, item.sold_out


def price_tag(look: Look, item: Card) -> Sprite:
    """Price and compare-at price, clear around."""
    box, place = look.grid.zones("talk").card, price_box(look, item)
    pane = look.pane(place.width + 12, place.height + 12)
    baseline, room = 6 + (48.0 if look.grid.portrait else 46.0), place.width
    fill = look.theme["muted"] if item.sold_out else look.theme["sale"]
    used, _ = write_price(pane, look, item.price, 6, baseline, 58, fill, room)
    if item.sold_out:
        sold_out(pane, look, 6 + used + 16, baseline, room - used - 16)
    elif item.compare_at:
        write_struck(pane, look, item.compare_at, 6 + used + 14, baseline, 28, room - used - 14)
    return look.finish(pane, box.x + place.x - 6, box.y + place.y - 6)


def stock_tag(look: Look, item: Card) -> Sprite:
    """Stock with its bar, clear around."""
    box = look.grid.zones("talk").card
    if look.grid.portrait:
        place = Box(box.right - 164, box.y + 100, 138, 60)
    else:
        place = Box(box.x + 28, box.y + 448, box.width - 56, 40)
    pane = look.pane(place.width + 80, place.height + 8)
    stock(pane, look, item, Box(80, 0, place.width, place.height), beside=not look.grid.portrait)
    return look.finish(pane, place.x - 80, place.y)


def ground(pane: Pane, look: Look, box: Box, radius: float = 30) -> None:
    """The paper of a card with its shadow."""
    theme = look.theme
    pane.shadow(box.x, box.y, box.width, box.height, radius, 22, 56, theme.shadow)
    pane.rect(box.x, box.y, box.width, box.height, radius, (theme["paper"], theme["paper_low"]))


def _wide(pane: Pane, look: Look, item: Card, box: Box) -> None:
    ground(pane, look, box)
    text_x = box.x + (222 if stand(pane, look, item, box.x + 106, box.y + 82, 92) else 182)
    left = number_tag(pane, look, item, box.right - 24, box.y + 20)
    name(pane, look, item, text_x, left - 14 - text_x, box.y)


def price_box(look: Look, item: Card) -> Box:
    """Where the price stands on the card, relative to the card."""
    if look.grid.portrait:
        x = 222 if look.good(item.picture).cut_out else 182
        # The stock's place is free when there is none left.
        right = 672 - 24 if item.sold_out else 672 - 164 - 12
        return Box(x - 2, 94, right - x, 58)
    return Box(26, 372, 330, 60)


def sold_out(pane: Pane, look: Look, x: float, baseline: float, room: float) -> None:
    """The tag that says so, at the price's right."""
    text, style = look.words["sold_out"], look.style("small_bold")
    width = measure(text, style, look.language, look.grid.scale) + 24
    if width > room:
        return
    pane.rect(x, baseline - 30, width, 38, 10, look.theme["ink"])
    write(pane, text, x + 12, baseline - 3, style, look.theme["paper"], look.language)


def name(pane: Pane, look: Look, item: Card, x: float, room: float, top: float) -> None:
    """The product's name on one line with the summary below, or smaller on two lines."""
    language, s = look.language, look.grid.scale
    text, style = clean(item.name), look.style("name")
    if measure(text, style, language, s) <= room:
        write(pane, text, x, top + 48, style, look.theme["ink"], language)
        summary = clean(item.summary)
        write(pane, summary, x, top + 79, look.style("small"), look.theme["muted"], language,
              width=672 + MARGIN - 24 - x if look.grid.portrait else room)  # fmt: skip
        return
    style = look.style("name", 28 if language == "zh" else 27)
    lines = block(text, room, lambda t: measure(t, style, language, s), 2)
    for i, line in enumerate(lines):
        write(pane, line, x, top + 42 + i * 35, style, look.theme["ink"], language, width=room + 14)


def number_tag(pane: Pane, look: Look, item: Card, right: float, top: float, short: bool = False) -> float:
    """The link number in a dark tag that ends at ``right``; returns its left edge."""
    words, style = look.words, look.style("small_bold")
    text = clean(words["number_short" if short else "number"].format(n=item.number))[:12]
    width = measure(text, style, look.language, look.grid.scale) + 28
    pane.rect(right - width, top, width, 38, 19, look.theme["ink"])
    write(pane, text, right - width / 2, top + 28, style, look.theme["paper"], look.language, align=0.5)
    return right - width


def stock(pane: Pane, look: Look, item: Card, box: Box, beside: bool = False) -> None:
    """Stock as a number with a bar; unknown stock says so in words and shows no bar."""
    theme, language = look.theme, look.language
    if item.sold_out:
        return
    if item.stock is None:
        write(pane, look.words["in_stock"], box.right, box.y + (52 if not beside else 29), look.style("small"),
              theme["ink"], language, align=1.0)  # fmt: skip
        return
    count = str(item.stock) if item.stock < 100_000 else "99999+"
    runs = [
        (part.format(n=count), look.style("figure", 24) if "{n}" in part else look.style("small"))
        for part in look.words["stock"]
    ]
    widths = [_run_width(look, text, style) for text, style in runs]
    x = box.right - sum(widths)
    baseline = box.y + 29
    full = item.stock_full or 0
    if not full and not beside:
        baseline = box.y + 52
    for (text, style), width in zip(runs, widths, strict=True):
        lead = _space(look, style) if text.startswith(" ") else 0
        write(pane, text, x + lead, baseline, style, theme["ink"], language)
        x += width
    if full <= 0:
        return
    share = min(1.0, max(0.02, item.stock / full))
    if beside:
        bar = Box(box.x, box.y + 16, box.width - sum(widths) - 16, 8)
    else:
        bar = Box(box.x, box.y + 44, box.width, 8)
    pane.rect(bar.x, bar.y, bar.width, bar.height, 4, theme["line"])
    pane.rect(bar.x, bar.y, max(8, bar.width * share), bar.height, 4, theme["brand"])


def _space(look: Look, style: Style) -> float:
    return style.size * 0.26


def _run_width(look: Look, text: str, style: Style) -> float:
    bare = text.strip()
    width = measure(bare, style, look.language, look.grid.scale) if bare else 0.0
    return width + _space(look, style) * (text.startswith(" ") + (text.endswith(" ") and bool(bare)))


def stand(pane: Pane, look: Look, item: Card, cx: float, cy: float, radius: float) -> bool:
    """The product: a cut-out on a disc, over the card's edge, or a photograph as a tile. True: a disc."""
    theme, s = look.theme, look.grid.scale
    picture = look.good(item.picture)
    if not picture.cut_out:
        side = 144 if radius < 95 else 164
        image = rounded(picture.covering(round(side * s), round(side * s)), 0.14)
        left, top = cx - radius + (8 if radius < 95 else 12), cy + 4 - side / 2
        pane.shadow(left, top, side, side, 20, 5, 14, 0.18, theme["shade"])
        pane.image(_greyed(image) if item.sold_out else image, left, top)
        return False
    pane.shadow(cx - radius, cy - radius, 2 * radius, 2 * radius, radius, 6, 20, 0.22, theme["shade"])
    pane.rect(cx - radius, cy - radius, 2 * radius, 2 * radius, radius, (theme["disc"], theme["disc_low"]))
    place(pane, look, item, Box(cx - radius * 0.86, cy - radius * 1.02, radius * 1.72, radius * 1.74))
    return True


def place(pane: Pane, look: Look, item: Card, box: Box, shadow: float = 0.34) -> Box:
    """A cut-out standing at the bottom middle of ``box`` with its shadow; returns where it is."""
    s = look.grid.scale
    image, width, height = look.fitted(item.picture, box)
    left, top = box.x + (box.width - width) / 2, box.bottom - height
    foot = footprint(image)
    if foot:
        first, wide = foot[0] / s, foot[1] / s
        flat = max(6.0, min(wide * 0.13, 24))
        pane.shadow(left + first - wide * 0.02, box.bottom - flat * 0.6, wide * 1.06, flat, flat / 2, 0, flat * 1.1,
                    shadow, look.theme["shade"])  # fmt: skip
    pane.image(_greyed(image) if item.sold_out else image, left, round(top * s) / s)
    return Box(left, top, width, height)


def tray(pane: Pane, look: Look, cx: float, foot: float, width: float) -> None:
    """The theme's tray, its top around ``foot``: what a large product stands on."""
    svg = (look.theme.folder / "tray.svg").read_text("utf-8")
    image = rasterise([Job(svg, round(width * look.grid.scale))], look.cache)[0]
    pane.image(image, cx - width / 2, foot - width * 44 / 480)


def footprint(image: Bgra) -> tuple[int, int] | None:
    """Where a cut-out stands: left edge and width of its foot in px; None when it brings a shadow."""
    solid = image[:, :, 3] > 200
    rows = np.flatnonzero(solid.any(axis=1))
    height = image.shape[0]
    if not len(rows) or height - 1 - rows[-1] > max(2, height * 0.008):
        return None
    columns = np.flatnonzero(solid[max(0, rows[-1] - height // 12) :].any(axis=0))
    return int(columns[0]), int(columns[-1] - columns[0] + 1)


def _greyed(image: Bgra) -> Bgra:
    out = image.copy()
    grey = cv2.cvtColor(image[:, :, :3], cv2.COLOR_BGR2GRAY).astype(np.float32) * 0.7 + 62
    out[:, :, :3] = np.clip(grey, 0, 255)[:, :, None].astype(np.uint8)
    return out


def _tall(pane: Pane, look: Look, item: Card, box: Box) -> None:
    theme, s = look.theme, look.grid.scale
    ground(pane, look, box)
    tall = 276
    pane.rect(box.x, box.y, box.width, tall, (30, 30, 0, 0),
              (theme["disc"], theme["disc_low"]))  # fmt: skip
    picture = look.good(item.picture)
    if picture.cut_out:
        # It stands out of the card's upper edge.
        place(pane, look, item, Box(box.x + 54, box.y - 10, box.width - 108, tall - 10))
    else:
        image = top_rounded(picture.covering(round(box.width * s), round(tall * s)), 30 * s)
        pane.image(_greyed(image) if item.sold_out else image, box.x, box.y)
    number_tag(pane, look, item, box.x + 22 + tag_width(look, item), box.y + 22)
    name_tall(pane, look, item, box)


def tag_width(look: Look, item: Card) -> float:
    text = clean(look.words["number"].format(n=item.number))[:12]
    return measure(text, look.style("small_bold"), look.language, look.grid.scale) + 28


def name_tall(pane: Pane, look: Look, item: Card, box: Box) -> None:
    """Name and summary below the picture."""
    language, s, room, x = look.language, look.grid.scale, box.width - 56, box.x + 28
    text, style = clean(item.name), look.style("name")
    ink, muted = look.theme["ink"], look.theme["muted"]
    if measure(text, style, language, s) <= room:
        write(pane, text, x, box.y + 322, style, ink, language)
        write(pane, item.summary, x, box.y + 357, look.style("small"), muted, language, width=room)
        return
    style = look.style("name", 28 if language == "zh" else 27)
    for i, line in enumerate(block(text, room, lambda t: measure(t, style, language, s), 2)):
        write(pane, line, x, box.y + 318 + i * 35, style, ink, language, width=room + 14)


def top_rounded(image: Bgra, radius: float) -> Bgra:
    height, width = image.shape[:2]
    mask = Pane(width, height, 1)
    mask.rect(0, 0, width, height, (radius, radius, 0, 0), (255, 255, 255))
    out = image.copy()
    out[:, :, 3] = (out[:, :, 3] * mask.paint[:, :, 3]).astype(np.uint8)
    return out


def strip(look: Look, item: Card) -> Sprite:
    """The slim card under a close-up: number, name, price."""
    box = look.grid.zones("closeup").card
    pane = look.pane(box.width + 2 * MARGIN, box.height + 2 * MARGIN)
    inner = Box(MARGIN, MARGIN, box.width, box.height)
    ground(pane, look, inner, 34)
    short = box.width < 600
    width = measure(clean(look.words["number_short" if short else "number"].format(n=item.number))[:12],
                    look.style("small_bold"), look.language, look.grid.scale) + 28  # fmt: skip
    number_tag(pane, look, item, inner.x + 14 + width, inner.y + 15, short)
    size, baseline = 46.0 if not short else 40.0, inner.y + 50 - short * 2
    price_room = box.width * 0.36
    name_style = look.style("name", 27 if short else 30)
    named = measure(clean(item.name), name_style, look.language, look.grid.scale)
    wanted = min(price_room, price_width(look, clean(item.price)[:24], size))
    old = ""
    struck = 0.0
    if item.compare_at and not item.sold_out:
        struck = measure(clean(item.compare_at)[:24], look.style("figure", 26), look.language, look.grid.scale)
        if struck + 12 < box.width * 0.22 and named + struck + wanted + width + 96 < box.width:
            old = item.compare_at
    right = inner.right - 26 - (struck + 12 if old else 0)
    fill = look.theme["muted"] if item.sold_out else look.theme["sale"]
    write_price(pane, look, item.price, right - wanted, baseline, size, fill, price_room)
    if old:
        write_struck(pane, look, old, inner.right - 26 - struck, baseline, 26, struck + 4)
    x = inner.x + 14 + width + 16
    write(pane, item.name, x, inner.y + 45, name_style, look.theme["ink"], look.language,
          width=max(0.0, right - wanted - 18 - x))  # fmt: skip
    return look.finish(pane, box.x - MARGIN, box.y - MARGIN)
