"""A room's mind: what is on the rundown, what viewers want, what the shop has, and what may be said of it.

Called on the event loop (planning, chat, commands) and, for the few things that the air asks every
tick, on the air's thread: those are reads of values that are replaced whole, never changed in place.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine import config, plugins
from engine.clock import Clock
from engine.errors import ControlError
from engine.hosts import read_host
from engine.media import Card, Language, Plate, Upcoming
from engine.performance import Performed
from engine.script import importing, pictures
from engine.script.catalog import Catalog, Product
from engine.script.claims import CheckContext, check, is_current, names_of
from engine.script.money import money
from engine.script.segment import FactUse, Line, Script, Segment, SegmentKind
from engine.script.writer import TemplateWriter, WriterContext
from engine.show.audience import Audience, Reply, Taken
from engine.show.cards import Cards
from engine.show.planner import Aired, ShowView, next_segment

log = logging.getLogger(__name__)

LABELS: dict[Language, str] = {"zh": "AI生成·虚拟主播", "en": "AI-generated host"}
"""The visible label (rules of the air): never empty, no setting changes it."""
_SLATES: dict[Language, tuple[str, str]] = {
    "zh": ("马上回来", "节目暂停，直播间还在。问题可以继续留言。"),
    "en": ("Back in a moment", "The show is paused, the room is not. Keep asking: answers follow."),
}
_RECALL_AFTER_S = 180.0

Event = dict[str, Any]
AirState = Literal["on-air", "paused", "panic"]


class Writer(Protocol):
    """Puts a segment into words; never fails. Templates answer at once, a language model later."""

    def write(self, segment: Segment, catalog: Catalog, context: WriterContext) -> Script | Awaitable[Script]: ...


class Show:
    """The mind of one room.

    Attributes:
        air_state: ``on-air``, ``paused`` or ``panic``; the operator sets it, the air obeys it every tick.
        audience: what viewers write, want and are answered.
        pinned: the product that the operator keeps on the card, or None.
        on_dropped: told of each line that lost its voice (claims, stale facts).
    """

    def __init__(
        self, name: str, room: config.Room, catalog: Catalog, writer: Writer,
        templates: TemplateWriter, *, host: str, seed: int, clock: Clock,
    ) -> None:
        self._name = name
        self._room = room
        self._language: Language = room.language
        self._writer = writer
        self._templates = templates
        self._host = host
        self._clock = clock
        self._seed = seed
        self._cards = Cards(catalog.currency)
        self.catalog = catalog
        self.air_state: AirState = "on-air"
        self.pinned: str | None = None
        self.on_dropped: Callable[[Event], None] = lambda event: None
        self._plate = Plate(room.shop.name, room.title, LABELS[self._language], room.shop.mark)
        self.audience = Audience(room, templates)
        self._history: tuple[Aired, ...] = ()
        self._begun: deque[str] = deque(maxlen=64)
        self._planned: list[Segment] = []
        self._requested: deque[tuple[SegmentKind, str, str]] = deque()
        self._said: deque[str] = deque(maxlen=400)
        self._scripts: deque[tuple[float, Script]] = deque(maxlen=60)
        self._written: dict[str, Script] = {}
        self._now_s = 0.0
        self._notice_at_s = float("-inf")
        self._segments = 0
        self._inserts = 0
        self._interlude_turn = 0
        self._zone = _zone(room.show.timezone)
        for product in catalog.products:
            self.card(product.id)

    @classmethod
    def open(cls, name: str, room: config.Room, clock: Clock, *, seed: int | None = None) -> Show:
        """Read catalog, templates and host of a room.

        Raises:
            CatalogError, ConfigError, TemplateError: the room cannot go on air with them.
        """
        catalog = _load(room)
        folder = plugins.ROOT / "scripts_templates"
        templates = TemplateWriter(folder, room.language)
        writer: Writer = templates
        if room.writer.kind == "llm":
            from engine.script.llm import FallbackWriter  # brings the openai package, which takes a second

            writer = FallbackWriter.open(room.writer, templates, folder)
        host = read_host(room.host).name(room.language)
        chosen = seed if seed is not None else room.show.seed
        return cls(name, room, catalog, writer, templates, host=host, clock=clock,
                   seed=chosen if chosen is not None else time.time_ns() % 1_000_000)

    # --- what the air asks every tick --------------------------------------------------------

    @property
    def plate(self) -> Plate:
        return self._plate

    def card(self, product: str) -> Card | None:
        return self._cards.card(self.catalog, product)

    def upcoming(self, current: str | None) -> Upcoming | None:
        """The product of the next planned segment that shows another one."""
        for segment in tuple(self._planned):
            if segment.product and segment.product != current and (card := self.card(segment.product)):
                return Upcoming(card)
        return None

    def slate(self) -> tuple[str, str]:
        return _SLATES[self._language]

    # --- what the director asks --------------------------------------------------------------

    async def next_script(self) -> Script | None:
        """Plan the next segment and write it; segments of which nothing may be said are left out."""
        for _ in range(8):
            segment = self._plan()
            script = await self._write(segment)
            self._report_dropped(script)
            if script.lines:
                self._planned.append(segment)
                self._written[segment.id] = script
                return script
            log.warning("nothing may be said in %s of %s; planning on", segment.kind, segment.product)
            self._history += (Aired(segment.kind, segment.product, self._now_s, segment.other),)
        return self._last_resort()

    def _plan(self) -> Segment:
        while self._requested:
            kind, product, reason = self._requested.popleft()
            if (found := self.catalog.get(product)) is not None and found.sellable:
                return Segment(self._next_id(), kind, reason, product)
        segment = next_segment(self._view())
        self._segments = max(self._segments + 1, int(segment.id[1:]))
        return segment

    def _next_id(self) -> str:
        self._segments += 1
        return f"s{self._segments:04d}"

    def _view(self) -> ShowView:
        return ShowView(
            now_s=self._now_s,
            catalog=self.catalog,
            history=self._history,
            demand=self.audience.demand(self._now_s),
            asked=self.audience.asked_lately(self._now_s),
            planned=tuple(self._planned),
            pinned=self.pinned,
            seed=self._seed,
            numbered=self._segments,
        )

    async def _write(self, segment: Segment) -> Script:
        context = self._context(segment)
        written = self._writer.write(segment, self.catalog, context)
        script = await written if isinstance(written, Awaitable) else written
        if any(line.notice for line in script.lines):
            self._notice_at_s = self._now_s
        self._said.extend(line.text for line in script.lines)
        return script

    def _context(self, segment: Segment) -> WriterContext:
        return WriterContext(
            host=self._host,
            shop=self._room.shop.name,
            show=self._room.title,
            local_hour=self._clock.wall().astimezone(self._zone).hour if self._zone else 20,
            said_recently=tuple(self._said),
            asked=tuple(self.audience.recap),
            shown=tuple(dict.fromkeys(a.product for a in self._history if a.product)),
            seed=self._seed,
            notice_due=self._now_s - self._notice_at_s >= self._room.show.notice_every_min * 60,
            next_product=self._after(segment),
            on_air_min=self._now_s / 60,
        )

    def _after(self, segment: Segment) -> str | None:
        """The product that comes next if nothing changes."""
        view = self._view()
        return next_segment(replace(view, planned=(*view.planned, segment))).product

    def _last_resort(self) -> Script | None:
        """Nothing that was planned may be said: the notice alone is always true."""
        segment = Segment(f"s{self._segments:04d}", SegmentKind.FILLER, "nothing else may be said")
        lines = self._templates.notice(segment, self.catalog, self._context(segment))
        return Script(segment, lines) if lines else None

    def interlude(self) -> Script:
        """Name, summary and price of the next products, silent, from the catalog as it is now."""
        goods = [p for p in self.catalog.products if p.sellable] or list(self.catalog.products)
        product = self._interlude_product(goods)
        lines = tuple(
            Line(text, self._language, uses, product.id)
            for text, uses in _caption_facts(product, self.catalog.currency)
        )
        segment = Segment(f"i{self._interlude_turn:04d}", SegmentKind.INTERLUDE,
                          "the voice is preparing the next segment", product.id)
        return Script(segment, lines, "catalog")

    def _interlude_product(self, goods: list[Product]) -> Product:
        self._interlude_turn += 1
        return goods[self._interlude_turn % len(goods)]

    def recall(self) -> Script | None:
        """The script that was said longest ago, if long enough, and is still true and about another product."""
        last = self._history[-1].product if self._history else None
        for at_s, script in self._scripts:
            product = self.catalog.get(script.segment.product or "")
            if self._now_s - at_s < _RECALL_AFTER_S or product is None or not product.sellable or product.id == last:
                continue
            if all(self.fresh(line) for line in script.lines):
                self._scripts.remove((at_s, script))
                segment = replace(script.segment, id=self._next_id(),
                                  reason="the voice needs time: these lines are already spoken")
                again = replace(script, segment=segment)
                self._planned.append(segment)
                self._written[segment.id] = again
                return again
        return None

    def fresh(self, line: Line) -> bool:
        return is_current(line, self.catalog)

    def dropped_stale(self, performed: Performed) -> None:
        segment = performed.segment
        self._forget(segment)
        self.on_dropped({"event": "dropped", "segment": segment.id, "text": performed.line.text,
                         "reason": "a fact changed after the line was prepared"})

    def forget_planned(self) -> None:
        """The director threw away what had not started."""
        self._planned.clear()

    def _forget(self, segment: Segment) -> None:
        self._planned = [s for s in self._planned if s.id != segment.id]

    def _report_dropped(self, script: Script) -> None:
        for text, reason in script.dropped:
            log.info("not said: %r (%s)", text, reason)
            self.on_dropped({"event": "dropped", "segment": script.segment.id, "text": text, "reason": reason})

    # --- what the air reports ----------------------------------------------------------------

    def on_time(self, t_s: float) -> None:
        """Room time has come this far."""
        self._now_s = max(self._now_s, t_s)

    def aired_segment(self, event: Event) -> None:
        """A segment has begun on air, or goes on after an answer (that is told again, and counts once)."""
        self.on_time(float(event["t"]))
        if event["id"] in self._begun:
            return
        self._begun.append(event["id"])
        kind, product = SegmentKind(event["kind"]), event.get("product")
        self._planned = [s for s in self._planned if s.id != event["id"]]
        if (script := self._written.pop(event["id"], None)) is not None:
            self._scripts.append((self._now_s, script))
        if kind not in (SegmentKind.ANSWER, SegmentKind.INTERLUDE):
            self._history = (*self._history[-300:], Aired(kind, product, self._now_s, event.get("other")))

    def aired_line(self, event: Event) -> None:
        """A line has begun on air."""
        self.on_time(float(event["t"]))
        if event.get("notice"):
            self._notice_at_s = self._now_s

    # --- chat --------------------------------------------------------------------------------

    def hear(self, user: str, text: str, source: str, now_s: float) -> Taken:
        """Take in one message (``engine.show.audience``); answers come from :meth:`next_reply`."""
        self.on_time(now_s)
        return self.audience.hear(user, text, source, now_s, self.catalog, self._on_card())

    def next_reply(self, now_s: float) -> Reply | None:
        """The next question answered from facts; None while enough answers wait for the air, or nobody asks."""
        self.on_time(now_s)
        context = replace(self._context(Segment("", SegmentKind.ANSWER, "")), notice_due=False)
        reply = self.audience.next_reply(now_s, self.catalog, context)
        if reply is not None:
            self._said.extend(line.text for line in reply.script.lines)
        return reply

    def _on_card(self) -> str | None:
        if self.pinned:
            return self.pinned
        return next((a.product for a in reversed(self._history) if a.product), None)

    # --- the operator ------------------------------------------------------------------------

    def operator_script(self, text: str) -> Script:
        """The operator's words as a script, each sentence checked like any line."""
        self._inserts += 1
        segment = Segment(f"o{self._inserts:04d}", SegmentKind.FILLER, "the operator's words", self._on_card())
        context = CheckContext(tuple(p.id for p in self.catalog.products),
                               names_of(self._host, self._room.shop.name, self._room.title))
        lines: list[Line] = []
        dropped: list[tuple[str, str]] = []
        for sentence in _sentences(text):
            verdict = check(Line(sentence, self._language), self.catalog, context)
            if verdict.line is not None:
                lines.append(verdict.line)
            else:
                dropped.append((sentence, "; ".join(verdict.reasons)))
        return Script(segment, tuple(lines), "operator", tuple(dropped))

    def pin(self, product: str | None) -> None:
        """Keep a product on the card, or none.

        Raises:
            ControlError: no such product.
        """
        self.pinned = self._known(product).id if product else None
        self._planned.clear()
        if self.pinned:
            self._requested.append((SegmentKind.PITCH, self.pinned, "pinned by the operator"))

    def set_price(self, product: str, value: str) -> str:
        """Change a price; returns the product's id.

        Raises:
            ControlError: no such product, or not a price.
        """
        found = self._known(product)
        try:
            price = Decimal(value)
        except InvalidOperation:
            raise ControlError(f"{value!r} is no price", fix="write a number such as 19.90") from None
        if not 0 < price < 10_000_000:
            raise ControlError(f"{value} is no price", fix="write a number above 0")
        self.catalog = self.catalog.with_price(found.id, price.quantize(Decimal("0.01")))
        return found.id

    def set_stock(self, product: str, value: str) -> str:
        """Change a stock; returns the product's id.

        Raises:
            ControlError: no such product, or not a count.
        """
        found = self._known(product)
        if not value.isdigit():
            raise ControlError(f"{value!r} is no stock", fix="write a whole number such as 12")
        self.catalog = self.catalog.with_stock(found.id, int(value))
        return found.id

    def news_of(self, product: str) -> Script | None:
        """What the host says of a product whose price has just changed while it is on the card."""
        found = self.catalog.get(product)
        if found is None or not found.sellable or product != self._on_card():
            return None
        self._requested.append((SegmentKind.OFFER, product, "its price or stock has just changed"))
        return None

    def reload(self, room: config.Room) -> list[str]:
        """Read the catalog again; returns its problems as sentences.

        Raises:
            CatalogError: it cannot be read: the old one stays.
        """
        fresh = _load(room)
        self.catalog = replace(fresh, version=self.catalog.version + 1)
        self._planned.clear()
        return []

    def products(self) -> list[Event]:
        """Every product as the page shows it (``engine.ports.RoomPort.state``)."""
        told = []
        for product in self.catalog.products:
            card = self.card(product.id)
            if card is None:
                continue
            told.append({
                "id": product.id, "number": card.number, "name": card.name, "summary": card.summary,
                "price": card.price, "compare_at": card.compare_at, "stock": card.stock,
                "stock_full": card.stock_full, "sold_out": card.sold_out,
                "picture": product.id if card.picture else None, "url": product.url,
                "version": card.version,
            })
        return told

    def _known(self, product: str | None) -> Product:
        found = self.catalog.get(product or "")
        if found is None:
            ids = tuple(p.id for p in self.catalog.products)
            raise ControlError(f"no product {product!r}", fix=plugins.suggestion(product or "", ids))
        return found


def _load(room: config.Room) -> Catalog:
    """Read the catalog and fetch the pictures that it names by address.

    Raises:
        CatalogError: it cannot be read, or holds nothing to sell.
    """
    loaded = importing.load(room.catalog, language=room.language, currency=room.currency, shop=room.shop.facts)
    if loaded.picture_urls:
        loaded = pictures.fetch_now(loaded, picture_cache(), allow_private=room.allow_private_pictures)
    for problem in loaded.problems:
        log.warning("%s: %s", problem.where, problem.message)
    return loaded.catalog


def picture_cache() -> Path:
    """Where fetched product pictures are kept (``NIGHTMARKET_CACHE``)."""
    return Path(os.environ.get("NIGHTMARKET_CACHE", "~/.cache/nightmarket")).expanduser() / "pictures"


def _caption_facts(product: Product, currency: str) -> list[tuple[str, tuple[FactUse, ...]]]:
    def whole(path: str, text: str, value: str) -> tuple[str, tuple[FactUse, ...]]:
        return text, (FactUse(f"{product.id}.{path}", value, 0, len(text)),)

    lines = [whole("name", product.name, product.name)]
    if product.summary:
        lines.append(whole("summary", product.summary, product.summary))
    lines.append(whole("price", money(product.price, currency), f"{product.price:.2f}"))
    return lines


def _sentences(text: str) -> list[str]:
    """Cut at sentence ends, so that one bad sentence does not take the others with it."""
    cut: list[str] = []
    current = ""
    for character in text.strip():
        current += character
        if character in "。！？!?\n" or (character == "." and len(current) > 24):
            cut.append(current.strip())
            current = ""
    return [sentence for sentence in [*cut, current.strip()] if sentence]


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.warning("no time zone is called %r; the show does not speak of the hour", name)
        return None
