"""A price change on the card: the old price is struck, shrinks aside, the new one rises."""

from __future__ import annotations

from typing import Final

from avatars.stage.canvas import Sprite, mix
from avatars.stage.card import price_box
from avatars.stage.fonts import clean
from avatars.stage.look import Look
from avatars.stage.motion import ease_out
from avatars.stage.price import price_width, write_price, write_struck
from engine.media import Card

LENGTH_MS: Final = 440.0


def price_move(look: Look, old: Card, new: Card, at_ms: float) -> Sprite:
    """The change as it is after ``at_ms``, to lie on a card without a price."""
    theme, card = look.theme, look.grid.zones("talk").card
    place = price_box(look, new)
    pane = look.pane(place.width + 8, place.height + 24)
    baseline, size = 48.0 + 8, 58.0
    before, after = clean(old.price)[:24], clean(new.price)[:24]
    room = place.width
    aside = min(room, price_width(look, after, size)) + 14
    if at_ms <= 160:
        used, drawn = write_price(pane, look, before, 0, baseline, size, theme["sale"], room)
        pane.rect(-2, baseline - drawn * 0.39, (used + 6) * ease_out(at_ms / 160), 5, 2.5, theme["ink"])
    elif at_ms <= 280:
        share = ease_out((at_ms - 160) / 120)
        now = size + (28 - size) * share
        fill = mix(theme["sale"], theme["muted"], share)
        x = aside * share
        used, drawn = write_price(pane, look, before, x, baseline, now, fill, max(1.0, room - x))
        pane.rect(x - 2, baseline - drawn * 0.38, used + 4, 5 - 3 * share, 1.5, fill)
    else:
        share = ease_out((at_ms - 280) / 160)
        fill = mix(theme["paper"], theme["sale"], 0.25 + 0.75 * share)
        write_price(pane, look, after, 0, baseline + 8 * (1 - share), size, fill, room)
        write_struck(pane, look, before, aside, baseline, 28, room - aside)
    return look.finish(pane, card.x + place.x, card.y + place.y - 8)
