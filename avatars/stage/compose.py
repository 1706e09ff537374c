"""Scene and pose to a finished picture: what changed is drawn, the rest is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any, Final, TypeVar

import cv2
import numpy as np

from avatars.stage import board as boards
from avatars.stage import bubble, captions, card, closeup, motion, offer, plate, pricemove, scenery, slate, slip
from avatars.stage.canvas import Sprite, joined
from avatars.stage.lines import Span
from avatars.stage.look import Look
from avatars.stage.motion import Slot
from engine.media import BGR, I420, Card, Layout, Pose, Scene, VideoFormat
from engine.ports import Face, Figure

Made = TypeVar("Made")

_KEPT: Final = 96
"""Textures kept; the largest are about 2 MB."""


class Shelf:
    """Finished textures by content, the oldest thrown away. Safe for two threads."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept under ``key``, made now if it is not there."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                kept: Made = self._made[key]
                return kept
        made = make()
        with self._lock:
            self._made[key] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._made)


@dataclass(slots=True)
class _Set:
    """A layout, built: its room, the host standing in it, and the canvas they are drawn on."""

    room: scenery.Room
    still: BGR
    """Back and front without a host."""
    figure: Figure | None
    canvas: BGR
    """Back and host."""


class RoomStage:
    """The stage of one room. ``picture`` is called once a tick; its call number is its clock."""

    def __init__(self, look: Look, size: VideoFormat, face: Face | None) -> None:
        self._look, self._size, self._face = look, size, face
        self._shelf = Shelf()
        self._sets: dict[Layout, _Set] = {}
        self._building = Lock()
        self._tick = 0
        self._out: BGR = np.zeros((size.height_px, size.width_px, 3), np.uint8)
        self._i420: I420 = np.zeros((size.height_px * 3 // 2, size.width_px), np.uint8)
        self._layout: Layout | None = None
        self._before: BGR | None = None
        self._changed_ms = -1e9
        self._shown: dict[str, Card] = {}
        self._price: tuple[Card, Card, float] | None = None
        """A price change under way: old card, new card, since when."""
        self._card: Slot[Sprite] = Slot(motion.CARD)
        self._goods: Slot[Any] = Slot(motion.CARD)
        self._bubble: Slot[Sprite] = Slot(motion.BUBBLE)
        self._slip: Slot[Sprite] = Slot(motion.SLIP)
        self._words: Slot[Sprite] = Slot(motion.CAPTION)
        self._bar: tuple[Hashable, float, float, float, float] | None = None
        """Underline: page, left and right it slides from, since when, baseline."""
        self._bar_to = (0.0, 0.0)
        # The safe picture is there from the start; other layouts are built when they are prepared.
        self._set("slate")

    # --- contract --------------------------------------------------------------------------------

    def prepare(self, scene: Scene) -> None:
        """Make every texture of ``scene``; may take a second, draws nothing."""
        scene = whole(scene)
        self._set(scene.layout)
        self._plate(scene)
        if scene.question:
            self._bubble_of(scene)
        if scene.upcoming:
            self._slip_of(scene)
        if scene.caption:
            text, _, _ = captions.read(scene.caption)
            for index in range(len(self._pages(scene, text))):
                self._page(scene, text, index)
        self._panel(scene)
        self._large_goods(scene)
        if scene.layout == "talk" and scene.card:
            old = self._shown.get(scene.card.product)
            if old and old.price != scene.card.price:
                for index in range(int(pricemove.LENGTH_MS * self._size.fps / 1000) + 1):
                    self._price_frame(old, scene.card, index)

    def picture(self, scene: Scene, pose: Pose) -> I420:
        """Compose the next picture."""
        scene = whole(scene)
        now = self._tick * 1000.0 / self._size.fps
        out = self._base(scene, pose, now)
        if scene.layout == "slate":
            self._slate(out, scene, now)
        else:
            self._overlays(out, scene, now)
        self._plate(scene).draw(out)
        self._tick += 1
        cv2.cvtColor(out, cv2.COLOR_BGR2YUV_I420, dst=self._i420)
        return self._i420

    # --- room and host ---------------------------------------------------------------------------

    def _set(self, layout: Layout) -> _Set:
        found = self._sets.get(layout)
        if found:
            return found
        with self._building:
            if layout not in self._sets:
                self._sets[layout] = self._build(layout)
        return self._sets[layout]

    def _build(self, layout: Layout) -> _Set:
        look = self._look
        room = scenery.bake(look.theme, layout, look.grid, look.cache)
        still = room.back.copy()
        room.front.draw(still)
        place = look.grid.placement(layout)
        figure = None
        if self._face is not None and place is not None:
            figure = self._face.stand(room.back, place, look.theme.light)
        return _Set(room, still, figure, room.back.copy())

    def _compose(self, built: _Set, out: BGR, pose: Pose | None) -> None:
        """Room and host onto ``out``; without a pose the host stays as drawn last."""
        np.copyto(out, built.still)
        if built.figure is None:
            return
        if pose is not None:
            built.figure.draw(built.canvas, pose)
        x, y, width, height = built.figure.box_px
        rows, columns = out.shape[:2]
        x0, y0, x1, y1 = max(0, x), max(0, y), min(columns, x + width), min(rows, y + height)
        if x1 <= x0 or y1 <= y0:
            return
        part = out[y0:y1, x0:x1]
        np.copyto(part, built.canvas[y0:y1, x0:x1])
        built.room.front.draw(part, -x0, -y0)

    def _base(self, scene: Scene, pose: Pose, now: float) -> BGR:
        """Room and host, cross-faded from the layout before."""
        built = self._set(scene.layout)
        if scene.layout != self._layout:
            if self._layout is not None:
                self._before = np.empty_like(self._out)
                self._compose(self._set(self._layout), self._before, None)
                self._changed_ms = now
            self._layout = scene.layout
        self._compose(built, self._out, pose)
        if self._before is not None:
            share = (now - self._changed_ms + 40.0) / motion.SCENE_MS
            if share >= 1.0:
                self._before = None
            else:
                eased = share * share * (3 - 2 * share)
                cv2.addWeighted(self._out, eased, self._before, 1 - eased, 0, dst=self._out)
        return self._out

    # --- overlays --------------------------------------------------------------------------------

    def _overlays(self, out: BGR, scene: Scene, now: float) -> None:
        layout = scene.layout
        goods = self._large_goods(scene)
        key = (layout, scene.card.product if scene.card else None) if goods else None
        self._goods.show(key, goods, now)
        for thing, strength, _ in self._goods.visible(now):
            if isinstance(thing, closeup.Large):
                elapsed = (now - self._goods.since_ms) / 1000 if thing is goods else 12.0
                thing.draw(out, elapsed, 0, strength)
            else:
                for sprite in thing:
                    sprite.draw(out, 0, 0, strength)
        room_for_slip = layout in ("talk", "offer") and (self._look.grid.portrait or not scene.question)
        asked = scene.question if layout == "talk" or (layout != "offer" and not self._look.grid.portrait) else None
        if asked and bubble.is_tall(self._look, self._bubble_of(scene)):
            room_for_slip = False
        self._put(self._slip, out, now, scene.upcoming if room_for_slip else None, lambda: self._slip_of(scene))
        self._put(self._bubble, out, now, asked, lambda: self._bubble_of(scene))
        self._put_panel(out, scene, now)
        self._caption(out, scene, now)

    def _put(
        self, slot: Slot[Sprite], out: BGR, now: float, key: Hashable, make: Callable[[], Sprite]
    ) -> None:
        slot.show(key, make() if key is not None else None, now)
        self._draw(slot, out, now)

    def _draw(self, slot: Slot[Sprite], out: BGR, now: float) -> None:
        for sprite, strength, below in slot.visible(now):
            sprite.draw(out, 0, round(below * self._look.grid.scale), strength)

    def _put_panel(self, out: BGR, scene: Scene, now: float) -> None:
        """The card of the layout, with a price change when there is one."""
        panel = self._panel(scene)
        item, layout = scene.card, scene.layout
        key: Hashable = None
        if panel is not None:
            key = (layout, scene.board.left.product, scene.board.right.product) if scene.board and layout == "compare" \
                else (layout, item.product if item else None)  # fmt: skip
        if item and layout == "talk" and panel is not None:
            old = self._shown.get(item.product)
            if self._card.key == key and old and old.price != item.price and not item.sold_out:
                self._price = (old, item, now)
            self._shown[item.product] = item
            if len(self._shown) > 64:
                self._shown.pop(next(iter(self._shown)))
        frame: Sprite | None = None
        if self._price and item and self._price[1].product == item.product and layout == "talk":
            before, after, since = self._price
            if now - since <= pricemove.LENGTH_MS:
                frame = self._price_frame(before, after, round((now - since) * self._size.fps / 1000))
                panel = self._shelf.get(("bare", item), lambda: self._card_of(item, priced=False))
            else:
                self._price = None
        else:
            self._price = None
        self._card.show(key, panel, now)
        self._draw(self._card, out, now)
        if frame is not None:
            frame.draw(out)
        if layout == "offer" and item:
            _, time = offer.split_clock(scene.subtitle)
            if time:
                strength, below = self._card.visible(now)[-1][1:]
                ticking = self._shelf.get(("time", time), lambda: offer.clock(self._look, time))
                ticking.draw(out, 0, round(below * self._look.grid.scale), strength)

    def _caption(self, out: BGR, scene: Scene, now: float) -> None:
        if scene.caption is None or not scene.caption.text.strip():
            self._words.show(None, None, now)
            self._draw(self._words, out, now)
            self._bar = None
            return
        text, start, end = captions.read(scene.caption)
        pages = self._pages(scene, text)
        if not pages:
            self._words.show(None, None, now)
            return
        starts = [lines[0][0] for lines in pages]
        index = max((i for i, first in enumerate(starts) if first <= max(0, start)), default=0)
        sheet = self._page(scene, text, index)
        key = (text, scene.caption.language, scene.layout, index)
        sprite = self._shelf.get(
            ("lit", key, start, end), lambda: captions.coloured(self._look, sheet, start, end)
        )
        self._words.show(key, sprite, now)
        self._draw(self._words, out, now)
        self._underline(out, key, sheet.underlines(start, end), now)

    def _underline(self, out: BGR, page: Hashable, lit: list[tuple[float, float, float]], now: float) -> None:
        s = self._look.grid.scale
        for i, (left, right, baseline) in enumerate(lit):
            if i == 0:
                left, right = self._slide(page, left, right, baseline, now)
            width = max(4, round(right - left))
            bar = self._shelf.get(("bar", width), partial(self._bar_sprite, width))
            bar.draw(out, round(left), round(baseline + 11 * s))
        if not lit:
            self._bar = None

    def _slide(self, page: Hashable, left: float, right: float, baseline: float, now: float) -> tuple[float, float]:
        """The underline follows the lit word within 80 ms, on one row."""
        bar = self._bar
        if bar is None or bar[0] != page or bar[4] != baseline:
            self._bar, self._bar_to = (page, left, right, now - 1000, baseline), (left, right)
            return left, right
        if self._bar_to != (left, right):
            self._bar, self._bar_to = (page, *self._bar_to, now, baseline), (left, right)
            bar = self._bar
        share = motion.ease_out((now - bar[3] + 40) / 80)
        return bar[1] + (left - bar[1]) * share, bar[2] + (right - bar[2]) * share

    def _bar_sprite(self, width_px: int) -> Sprite:
        s = self._look.grid.scale
        pane = self._look.pane(width_px / s, 5)
        pane.rect(0, 0, width_px / s, 5, 2.5, self._look.theme["lit"])
        return pane.sprite(0, 0)

    # --- slate -----------------------------------------------------------------------------------

    def _slate(self, out: BGR, scene: Scene, now: float) -> None:
        look = self._look
        says, time = offer.split_clock(scene.subtitle)
        key = ("slate", scene.title, says, bool(time))
        words = self._shelf.get(key, lambda: slate.slate(look, scene.title, says, bool(time)))
        if time:
            self._shelf.get(("moon",), lambda: slate.moon(look)).draw(out)
            self._shelf.get(("slate time", time), lambda: slate.clock(look, time)).draw(out)
        elif scene.title:
            track, piece, reach = self._shelf.get(("track",), lambda: slate.track(look))
            track.draw(out)
            phase = (now / 2600.0) % 2.0
            share = phase if phase < 1 else 2 - phase
            piece.draw(out, round(reach * share * share * (3 - 2 * share)))
        words.draw(out)
        for slot in (self._card, self._goods, self._bubble, self._slip, self._words):
            slot.show(None, None, now, at_once=True)

    # --- textures --------------------------------------------------------------------------------

    def _plate(self, scene: Scene) -> Sprite:
        return self._shelf.get(scene.plate, lambda: plate.plate(self._look, scene.plate))

    def _bubble_of(self, scene: Scene) -> Sprite:
        assert scene.question is not None
        question = scene.question
        return self._shelf.get(question, lambda: bubble.bubble(self._look, question))

    def _slip_of(self, scene: Scene) -> Sprite:
        assert scene.upcoming is not None
        upcoming = scene.upcoming
        layout: Layout = "offer" if scene.layout == "offer" else "talk"
        return self._shelf.get((upcoming, layout), lambda: slip.slip(self._look, upcoming, layout))

    def _panel(self, scene: Scene) -> Sprite | None:
        item, look = scene.card, self._look
        if scene.layout == "compare" and scene.board:
            both = scene.board
            return self._shelf.get(("table", both), lambda: boards.table(look, both))
        if item is None:
            return None
        if scene.layout == "closeup":
            return self._shelf.get(("strip", item), lambda: card.strip(look, item))
        if scene.layout == "offer":
            says, time = offer.split_clock(scene.subtitle)
            key = ("offer", item, scene.title, says, bool(time))
            return self._shelf.get(key, lambda: self._offer_of(item, scene.title, says, bool(time)))
        if scene.layout == "talk":
            return self._shelf.get(("card", item), lambda: self._card_of(item))
        return None

    def _offer_of(self, item: Card, title: str, says: str, clocked: bool) -> Sprite:
        look = self._look
        key = ("offer base", *card.base_key(item), item.price, item.compare_at, title, says, clocked)
        rest = self._shelf.get(key, lambda: offer.base(look, item, title, says, clocked))
        return joined(rest, offer.stock_tag(look, item))

    def _card_of(self, item: Card, priced: bool = True) -> Sprite:
        """The card, of parts that are kept: a new stock or price costs a few milliseconds."""
        look = self._look
        parts = [self._shelf.get(("base", card.base_key(item)), lambda: card.base(look, item))]
        if priced:
            key: Hashable = ("price tag", item.price, item.compare_at, item.sold_out, item.picture)
            parts.append(self._shelf.get(key, lambda: card.price_tag(look, item)))
        key = ("stock tag", item.stock, item.stock_full)
        parts.append(self._shelf.get(key, lambda: card.stock_tag(look, item)))
        return joined(*parts)

    def _large_goods(self, scene: Scene) -> closeup.Large | list[Sprite] | None:
        if scene.layout == "closeup" and scene.card:
            item = scene.card
            key: Hashable = ("large", item.product, item.picture, item.summary)
            return self._shelf.get(key, lambda: closeup.large(self._look, item))
        if scene.layout == "compare" and scene.board:
            both = scene.board
            key = ("pair", both.left.picture, both.right.picture, both.left.sold_out, both.right.sold_out)
            return self._shelf.get(key, lambda: boards.goods(self._look, both))
        return None

    def _price_frame(self, old: Card, new: Card, index: int) -> Sprite:
        key = ("price", old.price, new.price, new.picture, index)
        at_ms = index * 1000 / self._size.fps
        return self._shelf.get(key, lambda: pricemove.price_move(self._look, old, new, at_ms))

    def _pages(self, scene: Scene, text: str) -> list[list[Span]]:
        assert scene.caption is not None
        language = scene.caption.language
        zone = self._look.grid.zones(scene.layout).captions
        return self._shelf.get(
            ("pages", text, language, zone), lambda: captions.paginate(self._look, text, language, zone)
        )

    def _page(self, scene: Scene, text: str, index: int) -> captions.Page:
        assert scene.caption is not None
        language = scene.caption.language
        zone = self._look.grid.zones(scene.layout).captions
        return self._shelf.get(
            ("page", text, language, zone, index),
            lambda: captions.page(self._look, text, self._pages(scene, text)[index], language, zone),
        )


def whole(scene: Scene) -> Scene:
    """The scene, in a layout it has everything for."""
    lacking = (
        (scene.layout in ("closeup", "offer") and scene.card is None)
        or (scene.layout == "compare" and scene.board is None)
    )  # fmt: skip
    return replace(scene, layout="talk") if lacking else scene

