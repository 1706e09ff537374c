"""Whatever a merchant or a viewer writes, ink stays inside its zone and nothing is raised."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from avatars.stage import board, bubble, captions, card, closeup, offer, plate, slate, slip
from avatars.stage.canvas import Sprite
from avatars.stage.layout import Box, grid
from avatars.stage.look import Look, words
from avatars.stage.theme import load
from engine.media import Board, Caption, Card, Language, Plate, Question, Upcoming, VideoFormat

CACHE = Path(gettempdir()) / "nightmarket-stage"
NASTY = [
    "超长商品名" * 60, "W" * 300, "https://example.com/" + "a/b?c=d&" * 30, "🎉🎁💥" * 20, "مرحبا بالعالم",
    "a\u200bb\ufeffc\u2060", "Ѐ" * 120, "1234567890" * 20, "", " ", "ﷺ" * 9,
    "line\nbreak\r\n\ttab", "\u202eevil\u202c", "𝕳𝖊𝖑𝖑𝖔", "·" * 80, "，" * 60, "（" * 40,
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=300))
PRICES = st.one_of(
    st.sampled_from(["¥268", "$123,456,789.00", "¥999999999", "免费", "", "€ 12.50 / kg", "价" * 99]), TEXTS
)
LOOKS = [
    ("warm", "zh", (720, 1280)), ("clean", "en", (720, 1280)), ("warm", "zh", (1280, 720)), ("clean", "en", (960, 540)),
]  # fmt: skip
At = tuple[str, Language, tuple[int, int]]
ROWS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=8)


def look(theme: str, language: Language, size: tuple[int, int]) -> Look:
    return Look(load(theme), language, grid(VideoFormat(*size)), words(language), CACHE)


def drawn(table: Look, *sprites: Sprite) -> NDArray[np.int16]:
    canvas = np.full((table.grid.height_px, table.grid.width_px, 3), 128, np.uint8)
    for sprite in sprites:
        sprite.draw(canvas)
    return canvas.astype(np.int16)


def changed(table: Look, one: Sprite, other: Sprite) -> NDArray[np.bool_]:
    """Where two sprites differ."""
    return np.asarray(np.abs(drawn(table, one) - drawn(table, other)).max(axis=2) > 12)


def solid(table: Look, sprite: Sprite) -> NDArray[np.bool_]:
    """Where a sprite hides what is below it (shadows do not)."""
    black = np.zeros((table.grid.height_px, table.grid.width_px, 3), np.uint8)
    white = black + 255
    sprite.draw(black)
    sprite.draw(white)
    return np.asarray((white.astype(np.int16) - black).max(axis=2) < 100)


def inside(table: Look, mask: NDArray[np.bool_], box: Box, margin: float = 2) -> bool:
    """All of ``mask`` lies in ``box`` (design units), with some px to spare."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return True
    s = table.grid.scale
    return bool(
        rows[0] >= box.y * s - margin
        and rows[-1] <= box.bottom * s + margin
        and columns[0] >= box.x * s - margin
        and columns[-1] <= box.right * s + margin
    )


@st.composite
def cards(draw: st.DrawFn) -> Card:
    return Card(
        product="p",
        number=draw(st.sampled_from([0, 3, 99, 123456789, -1])),
        name=draw(TEXTS),
        summary=draw(TEXTS),
        price=draw(PRICES),
        compare_at=draw(st.none() | PRICES),
        stock=draw(st.none() | st.integers(-5, 10**12)),
        stock_full=draw(st.none() | st.integers(-1, 10**12)),
    )


BLANK = Card("p", 3, "", "", "")
EACH = pytest.mark.parametrize("at", LOOKS, ids=str)


@EACH
@given(item=cards())
@settings(max_examples=6, deadline=None)
def test_card_keeps_its_text_inside(at: At, item: Card) -> None:
    table = look(*at)
    assert inside(table, changed(table, card.card(table, item), card.card(table, BLANK)), table.grid.zones("talk").card)


@EACH
@given(item=cards())
@settings(max_examples=6, deadline=None)
def test_strip_keeps_its_text_inside(at: At, item: Card) -> None:
    table = look(*at)
    box = table.grid.zones("closeup").card
    assert inside(table, changed(table, card.strip(table, item), card.strip(table, BLANK)), box)


@EACH
@given(item=cards(), title=TEXTS, says=TEXTS, clocked=st.booleans())
@settings(max_examples=6, deadline=None)
def test_offer_keeps_its_text_inside(
    at: At, item: Card, title: str, says: str, clocked: bool
) -> None:
    table = look(*at)
    one, other = offer.offer(table, item, title, says, clocked), offer.offer(table, BLANK, "", "", False)
    assert inside(table, changed(table, one, other), table.grid.zones("offer").card)


@EACH
@given(left=cards(), right=cards(), rows=ROWS, lit=st.none() | st.integers(-2, 9))
@settings(max_examples=6, deadline=None)
def test_board_keeps_its_text_inside(
    at: At, left: Card, right: Card, rows: list[tuple[str, str, str]], lit: int | None
) -> None:
    table = look(*at)
    one = board.table(table, Board(left, right, tuple(rows), lit))
    other = board.table(table, Board(BLANK, BLANK, tuple(("", "", "") for _ in rows)))
    assert inside(table, changed(table, one, other), table.grid.zones("compare").board)


@EACH
@given(user=TEXTS, text=TEXTS)
@settings(max_examples=6, deadline=None)
def test_bubble_stays_in_its_zone(at: At, user: str, text: str) -> None:
    table = look(*at)
    assert inside(table, solid(table, bubble.bubble(table, Question(user, text))), table.grid.zones("talk").bubble)


@EACH
@given(item=cards(), when=TEXTS)
@settings(max_examples=6, deadline=None)
def test_slip_stays_in_its_slot(at: At, item: Card, when: str) -> None:
    table = look(*at)
    box = table.grid.zones("talk").slip
    hung = Box(box.x, box.y - 50, box.width, box.height + 50)
    assert inside(table, solid(table, slip.slip(table, Upcoming(item, when))), hung)


@EACH
@given(text=TEXTS, start=st.integers(-3, 400), length=st.integers(-3, 400))
@settings(max_examples=6, deadline=None)
def test_captions_stay_in_their_zone(
    at: At, text: str, start: int, length: int
) -> None:
    table = look(*at)
    zone = table.grid.zones("talk").captions
    said, first, last = captions.read(Caption(text, at[1], start, start + length))
    for lines in captions.paginate(table, said, at[1], zone):
        assert len(lines) <= 2
        page = captions.page(table, said, lines, at[1], zone)
        mask = solid(table, captions.coloured(table, page, first, last))
        # A closing mark may hang over the edge by half of itself.
        assert inside(table, mask, zone, margin=14 * table.grid.scale)


@EACH
@given(shop=TEXTS, show=TEXTS, label=TEXTS)
@settings(max_examples=6, deadline=None)
def test_plate_stays_on_the_picture(at: At, shop: str, show: str, label: str) -> None:
    table = look(*at)
    box = Box(0, 166, 700, 102) if table.grid.portrait else Box(64, 36, 700, 102)
    assert inside(table, solid(table, plate.plate(table, Plate(shop, show, label))), box)


@EACH
@given(title=TEXTS, says=TEXTS, clocked=st.booleans())
@settings(max_examples=6, deadline=None)
def test_slate_stays_in_its_box(
    at: At, title: str, says: str, clocked: bool
) -> None:
    table = look(*at)
    words_ = slate.slate(table, title, says, clocked)
    assert inside(table, solid(table, words_), table.grid.zones("slate").text)


@EACH
@given(item=cards())
@settings(max_examples=6, deadline=None)
def test_closeup_is_made_of_anything(at: At, item: Card) -> None:
    table = look(*at)
    canvas = np.zeros((table.grid.height_px, table.grid.width_px, 3), np.uint8)
    closeup.large(table, item).draw(canvas, 99.0)
    assert canvas.any()
