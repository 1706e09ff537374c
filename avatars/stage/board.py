"""Two products side by side: their pictures, and a table in which the row being spoken is lit."""

from __future__ import annotations

from avatars.stage.canvas import Pane, Sprite
from avatars.stage.card import MARGIN, ground, place, tray
from avatars.stage.fonts import clean
from avatars.stage.layout import Box
from avatars.stage.lines import block
from avatars.stage.look import Look
from avatars.stage.plate import rounded
from avatars.stage.price import price_width, write_price
from avatars.stage.text import Style, measure, write
from engine.media import Board, Card


def goods(look: Look, board: Board) -> list[Sprite]:
    """The two products left and right of the host (portrait only)."""
    if not look.grid.portrait:
        return []
    zones = look.grid.zones("compare")
    return [_good(look, board.left, zones.goods), _good(look, board.right, zones.goods_right)]


def _good(look: Look, item: Card, box: Box) -> Sprite:
    pane = look.pane(box.width + 80, box.height + 80)
    inner = Box(40, 40, box.width, box.height)
    if look.good(item.picture).cut_out:
        tray(pane, look, inner.x + inner.width / 2, inner.bottom - 3, box.width + 8)
    _product(pane, look, item, inner)
    return look.finish(pane, box.x - 40, box.y - 40)


def _product(pane: Pane, look: Look, item: Card, box: Box) -> None:
    picture = look.good(item.picture)
    if picture.cut_out:
        place(pane, look, item, box, 0.42)
        return
    s, side = look.grid.scale, min(box.width, box.height)
    left, top = box.x + (box.width - side) / 2, box.bottom - side
    pane.shadow(left, top, side, side, 22, 10, 26, 0.3)
    tile = rounded(picture.covering(round(side * s), round(side * s)), 0.12)
    pane.image(tile, left, top)


def table(look: Look, board: Board) -> Sprite:
    """The board: names and prices above, up to three rows (portrait) or five (landscape)."""
    box = look.grid.zones("compare").board
    pane = look.pane(box.width + 2 * MARGIN, box.height + 2 * MARGIN)
    inner = Box(MARGIN, MARGIN, box.width, box.height)
    ground(pane, look, inner)
    top = inner.y
    head = 112.0 if any(_long(look, item, inner) for item in (board.left, board.right)) else 96.0
    if not look.grid.portrait:
        tall = max(120.0, inner.height - head - 56.0 * max(1, min(5, len(board.rows))) - 4)
        pane.rect(inner.x, inner.y, inner.width, tall, (30, 30, 0, 0), (look.theme["disc"], look.theme["disc_low"]))
        half = inner.width / 2
        _product(pane, look, board.left, Box(inner.x + 30, inner.y + 14, half - 60, tall - 32))
        _product(pane, look, board.right, Box(inner.x + half + 30, inner.y + 14, half - 60, tall - 32))
        top += tall
    _head(pane, look, board, inner, top)
    _rows(pane, look, board, inner, top + head)
    return look.finish(pane, box.x - MARGIN, box.y - MARGIN)


def _columns(box: Box) -> tuple[float, float, float, float, float]:
    """Middle of left, label and right column; room for a name and for a value."""
    wide = box.width > 600
    off = 0.285 if not wide else 0.293
    middle = box.x + box.width / 2
    return middle - off * box.width, middle, middle + off * box.width, 0.385 * box.width, 0.31 * box.width


def _long(look: Look, item: Card, box: Box) -> bool:
    """The name needs two lines."""
    style = look.style("name", 26)
    return measure(clean(item.name), style, look.language, look.grid.scale) > _columns(box)[3]


def _head(pane: Pane, look: Look, board: Board, box: Box, top: float) -> None:
    left, middle, right, room, _ = _columns(box)
    language, s = look.language, look.grid.scale
    two = _long(look, board.left, box) or _long(look, board.right, box)
    for item, cx in ((board.left, left), (board.right, right)):
        style = look.style("name", 24 if two else 28)
        if not two and measure(clean(item.name), style, language, s) > room:
            style = look.style("name", 26)

        def width(text: str, style: Style = style) -> float:
            return measure(text, style, language, s)

        lines = block(clean(item.name), room, width, 2 if two else 1)
        first = top + (42 if not two else 32 if len(lines) == 2 else 48)
        for i, line in enumerate(lines):
            write(pane, line, cx, first + i * 28, style, look.theme["ink"], language, align=0.5, width=room)
        wide = min(room, price_width(look, clean(item.price)[:24], 38))
        write_price(pane, look, item.price, cx - wide / 2, top + (83 if not two else 98), 38, look.theme["sale"], room)
    write(pane, look.words["versus"], middle, top + 62, look.style("small"), look.theme["muted"], language,
          align=0.5, width=box.width * 0.2)  # fmt: skip


def _rows(pane: Pane, look: Look, board: Board, box: Box, top: float) -> None:
    theme, language = look.theme, look.language
    left, middle, right, _, room = _columns(box)
    rows, lit = list(board.rows), board.lit_row
    most = 3 if look.grid.portrait else 5
    first = 0
    if lit is not None and len(rows) > most:
        first = min(max(0, lit - most // 2), len(rows) - most)
    shown = rows[first : first + most]
    if not shown:
        return
    height = min(50.0 if look.grid.portrait else 56.0, (box.bottom - 4 - top) / len(shown))
    for i, (label, a, b) in enumerate(shown):
        y = top + i * height
        is_lit = lit is not None and first + i == lit
        if is_lit:
            last = i == len(shown) - 1 and box.bottom - (y + height) < 8
            corners = (0, 0, 30, 30) if last else 0
            pane.rect(box.x, y, box.width, (box.bottom - y) if last else height, corners, theme["lit_row"])
        elif i and not (lit is not None and first + i - 1 == lit):
            pane.rect(box.x + 28, y - 0.5, box.width - 56, 1, 0, theme["line"])
        value = look.style("name", 28 if not is_lit else 30) if is_lit else look.style("small", 28)
        name = look.style("small_bold") if is_lit else look.style("small")
        base = y + height / 2 + 10
        write(pane, a, left, base, value, theme["ink"], language, align=0.5, width=room)
        write(pane, b, right, base, value, theme["ink"], language, align=0.5, width=room)
        write(pane, label, middle, base - 1, name, theme["ink"] if is_lit else theme["muted"], language,
              align=0.5, width=box.width * (0.21 if box.width > 600 else 0.27))  # fmt: skip
