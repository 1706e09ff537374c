"""Prices as displayed: the sign small, the whole number large, cents raised no higher than they count."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from avatars.stage.canvas import Colour, Pane
from avatars.stage.fonts import clean
from avatars.stage.look import Look
from avatars.stage.text import measure, write

_PARTS = re.compile(r"^(\D{0,6}?)(\d[\d,]*)(\.\d{1,2})?(\D{0,6})$")


def parts(price: str) -> tuple[str, str, str, str] | None:
    """Sign, whole number, cents and what follows; None when it is not a plain price.

    >>> parts("$24.00")
    ('$', '24', '.00', '')
    """
    found = _PARTS.match(price)
    if not found:
        return None
    sign, whole, cents, rest = found.groups(default="")
    return sign.strip(), whole, cents, rest.strip()


def saving(price: str, compare_at: str | None) -> str | None:
    """What is saved, written like the price, or None when it cannot be told.

    >>> saving("¥228", "¥268")
    '¥40'
    """
    now, before = parts(price), parts(compare_at or "")
    if not now or not before or now[0] != before[0] or now[3] != before[3]:
        return None
    try:
        less = Decimal((before[1] + before[2]).replace(",", "")) - Decimal(
            (now[1] + now[2]).replace(",", "")
        )
    except InvalidOperation:
        return None
    if less <= 0:
        return None
    return f"{now[0]}{str(less).removesuffix('.00')}{now[3]}"


def price_width(look: Look, price: str, size: float) -> float:
    """Width of a set price in units."""
    return _set(None, look, price, 0, 0, size, (0, 0, 0))


def write_price(
    pane: Pane, look: Look, price: str, x: float, baseline: float, size: float, fill: Colour, width: float
) -> tuple[float, float]:
    """Write a price no wider than ``width`` (it gets smaller); returns its width and its size."""
    price = clean(price)[:24]
    wanted = price_width(look, price, size)
    if wanted > width:
        size = max(12.0, size * width / wanted * 0.99)
    return _set(pane, look, price, x, baseline, size, fill, width), size


def _set(
    pane: Pane | None,
    look: Look,
    price: str,
    x: float,
    baseline: float,
    size: float,
    fill: Colour,
    width: float | None = None,
) -> float:
    split = parts(price)
    runs = [(price, 1.0, 0.0)]
    if split:
        sign, whole, cents, rest = split
        runs = [(sign, 0.6, 0.035), (whole, 1.0, 0.0), (cents, 0.56, 0.03), (rest, 0.5, 0.0)]
    at = x
    for text, share, gap in runs:
        if not text:
            continue
        style = look.style("price", size * share)
        if pane is None:
            at += measure(text, style, look.language, look.grid.scale)
        else:
            room = None if width is None else max(0.0, x + width - at)
            at += write(pane, text, at, baseline, style, fill, look.language, width=room)
        at += gap * size if share == 0.6 else 0
    return at - x


def write_struck(
    pane: Pane, look: Look, price: str, x: float, baseline: float, size: float, width: float
) -> float:
    """The old price, muted, with a thin line through it; nothing when it does not fit."""
    price = clean(price)[:24]
    style = look.style("figure", size)
    style = type(style)(size, 400, 450, tabular=True)
    wanted = measure(price, style, look.language, look.grid.scale)
    if not price or wanted > width:
        return 0.0
    muted = look.theme["muted"]
    write(pane, price, x, baseline, style, muted, look.language)
    pane.rect(x - 2, baseline - size * 0.37, wanted + 4, 2, 1, muted)
    return wanted
