"""A room that is a small machine of its own: a scripted show, a chat that gets answers, no video.

It implements ``RoomPort``. ``step()`` plays one beat, so tests decide when time passes; ``play(clock)``
plays on its own, for looking::

    python -m tests.fakes.room --port 8090 --still picture.png     (two rooms, until Ctrl-C)

Trouble buttons: ``go_away()`` and ``come_back()``; ``refuse_chat``; ``video``.
"""

from __future__ import annotations

import argparse
import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.clock import Clock, SystemClock, VirtualClock
from engine.errors import ControlError, LinkError, PublishError

BEHIND = 500

Product = dict[str, Any]


def _product(
    name: str,
    number: int,
    title: str,
    summary: str,
    price: str,
    compare_at: str | None,
    stock: int | None,
    full: int | None = None,
) -> Product:
    return {
        "id": name,
        "number": number,
        "name": title,
        "summary": summary,
        "price": price,
        "compare_at": compare_at,
        "stock": stock,
        "stock_full": full,
        "sold_out": stock == 0,
        "picture": name,
        "url": f"https://shop.example/{name}",
    }


SHOWS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Evening edit",
        "theme": "clean",
        "shop": {"name": "Juniper & Oak", "url": "https://juniper-and-oak.example"},
        "host": {"name": "June", "label": "AI-generated host"},
        "products": [
            _product(
                "flask",
                3,
                "Juniper Vacuum Flask",
                "500 ml · keeps hot 12 h · base 7.2 cm · 310 g",
                "$24.00",
                "$32.00",
                23,
                60,
            ),
            _product("mug", 4, "Stone Mug", "350 ml · dishwasher safe", "$18.00", None, 40, 40),
            _product("lamp", 6, "Halo Table Lamp", "Dimmable · 30 h on USB-C", "$48.00", "$64.00", 41, 50),
            _product("candle", 5, "Cedar Candle", "220 g · soy wax", "$22.00", None, None),
            _product("canister", 7, "Oat Canister", "1.2 l · oak lid", "$26.00", None, 0, 30),
        ],
        "lines": [
            ("flask", "This is the Juniper flask, in green enamel."),
            ("flask", "Yes — the base is 7.2 cm, so it fits a 7.5 cm holder."),
            ("flask", "It keeps tea hot for 12 hours, and it weighs 310 g."),
            ("mug", "Next on the table: the stone mug, glazed by hand in two tones."),
        ],
        "chat": [
            ("Marco", "Evening everyone", None),
            ("Sunniva", "How long does shipping to Oslo take?", ("written", "4 to 6 working days, $9.00.")),
            ("kettle_fan", "that lamp glow though", None),
            ("Dev", "Is the lid dishwasher safe?", ("written", "The lid is. The body is hand wash only.")),
            ("Jo", "Flask or tumbler for hiking?", ("queued", "June will set the two side by side.")),
            ("Lily", "Does it fit a car cup holder?", ("speaking", "Base 7.2 cm, fits a 7.5 cm holder.")),
            ("Ravi", "Ordered the green one, thank you", None),
        ],
        "reply": "The catalogue says: base 7.2 cm.",
    },
    "zh": {
        "title": "春茶夜话",
        "theme": "warm",
        "shop": {"name": "静山茶社", "url": "https://jingshan-tea.example"},
        "host": {"name": "小梅", "label": "AI生成·虚拟主播"},
        "products": [
            _product("teapot", 3, "西施紫砂壶", "朱泥手工 · 容量 220 ml", "¥268", "¥328", 23, 60),
            _product("cups", 4, "青瓷对杯", "一对 · 每只 90 ml", "¥128", None, 40, 40),
            _product("tea", 5, "正岩肉桂", "炭焙 · 罐装 100 克", "¥198", "¥238", 12, 50),
            _product("jug", 6, "玻璃公道杯", "高硼硅 · 300 ml", "¥58", None, None),
            _product("tray", 7, "竹编茶席", "90 × 30 厘米", "¥88", None, 0, 20),
        ],
        "lines": [
            ("teapot", "晚上好，欢迎来到静山茶社。"),
            ("teapot", "这把壶的容量是220毫升，一个人慢慢喝，刚刚好。"),
            ("teapot", "朱泥手工，现在的价格是268元。"),
            ("cups", "下一件是青瓷对杯，每只90毫升。"),
        ],
        "chat": [
            ("云朵", "壶把烫不烫手？", ("written", "壶把离壶身有两指宽，不烫手。")),
            ("阿澄", "晚上好呀", None),
            ("老周", "发新疆要几天？", ("written", "新疆 5 到 7 天，包邮。")),
            ("一叶", "壶和杯一起买有优惠吗？", ("queued", "小梅稍后回答。")),
            ("小鹿", "这把壶，一个人喝会不会太大？", ("speaking", "容量 220 毫升。")),
        ],
        "reply": "目录上写的是 220 毫升。",
    },
}

LINE_S = 4.0


class FakeRoom:
    """One room. ``heard`` and ``requests`` are what came in, in order."""

    def __init__(
        self,
        name: str = "home-en",
        language: str = "en",
        *,
        size: tuple[int, int] = (720, 1280),
        clock: Clock | None = None,
        still: Path | None = None,
        pictures: Path | None = None,
    ) -> None:
        self._name = name
        self._show = SHOWS[language]
        self._language = language
        self._size = size
        self._clock = clock or VirtualClock()
        self._start_s = self._clock.now_s()
        self._still = still
        self._pictures = pictures
        self._products = [dict(one) for one in self._show["products"]]
        self._pinned: str = self._products[0]["id"]
        self._line: dict[str, Any] | None = None
        self._beat = 0
        self._chat: list[dict[str, Any]] = []
        self._subscribers: set[asyncio.Queue[dict[str, Any] | None]] = set()
        self._away = False
        self.viewers = 128 if language == "en" else 96
        self.heard: list[tuple[str, str, str]] = []
        self.requests: list[dict[str, Any]] = []
        self.refuse_chat = ""
        self.video = False
        self.answer_offer: Callable[[str], Awaitable[str]] | None = None
        """Where set, the output has real video: an SDP offer to an SDP answer."""
        for user, text, answer in self._show["chat"]:
            chat = self._remember("chat", id=self._next_id(), user=user, text=text)
            if answer is not None:
                self._remember("answer", chat=chat["id"], status=answer[0], text=answer[1])

    @property
    def name(self) -> str:
        return self._name

    # --- trouble ----------------------------------------------------------------------------------

    def go_away(self) -> None:
        """The room process dies: every call raises LinkError, every subscription ends."""
        self._away = True
        for queue in self._subscribers:
            queue.put_nowait(None)

    def come_back(self) -> None:
        self._away = False

    def _be_here(self) -> None:
        if self._away:
            raise LinkError(f"room {self._name} is away")

    # --- RoomPort ---------------------------------------------------------------------------------

    async def state(self) -> dict[str, Any]:
        self._be_here()
        return {
            "room": self._name,
            "title": self._show["title"],
            "language": self._language,
            "theme": self._show["theme"],
            "size": list(self._size),
            "state": "on-air",
            "shop": dict(self._show["shop"]),
            "host": dict(self._show["host"]),
            "on_air_s": self._t(),
            "viewers": self.viewers,
            "late_pictures": 0,
            "segment": {
                "id": "s1",
                "kind": "answers",
                "product": self._pinned,
                "reason": "asked 3 times in 4 min",
            },
            "rundown": [
                {
                    "id": "s2",
                    "kind": "first-look",
                    "product": self._products[1]["id"],
                    "reason": "promised",
                    "ready": True,
                }
            ],
            "line": self._line,
            "pinned": self._pinned,
            "products": [dict(one) for one in self._products],
            "outputs": [{"name": "tv", "kind": "rtmp", "state": "live", "detail": "rtmp://example/***"}],
            "voice": {"name": "af_heart", "reason": ""},
            "cache": {"hits": 3, "misses": 4},
            "chat": self._chat[-50:],
        }

    async def command(self, command: str, arguments: Mapping[str, Any], by: str) -> dict[str, Any]:
        self._be_here()
        if command != "price":
            raise ControlError(f"unknown command {command!r}; this room knows price")
        self.change(str(arguments["product"]), price=str(arguments["price"]))
        return {}

    async def output_request(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self._be_here()
        self.requests.append({"kind": kind, **request})
        if self.answer_offer is not None and request["op"] == "offer":
            return {"id": f"viewer-{len(self.requests)}", "sdp": await self.answer_offer(request["sdp"])}
        if not self.video and self.answer_offer is None:
            raise PublishError("this room has no video")
        if request["op"] == "hangup":
            if self.answer_offer is None and request["id"] != "viewer-1":
                raise PublishError("no such session", retryable=False)
            return {}
        return {"id": "viewer-1", "sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"}

    async def hear(self, user: str, text: str, source: str) -> dict[str, Any]:
        self._be_here()
        self.heard.append((user, text, source))
        if self.refuse_chat:
            return {"id": "", "accepted": False, "why": self.refuse_chat}
        said = self._remember("chat", id=self._next_id(), user=user, text=text)
        self._tell(said)
        return {"id": said["id"], "accepted": True, "why": ""}

    async def picture(self, product: str) -> bytes | None:
        self._be_here()
        if product == "@stage":
            return self._still.read_bytes() if self._still else None
        for number, one in enumerate(self._products):
            if one["id"] == product:
                drawn = self._pictures / f"{product}.png" if self._pictures else None
                return drawn.read_bytes() if drawn and drawn.is_file() else png(160, 160, number)
        return None

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        self._be_here()
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._subscribers.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._subscribers.discard(queue)

    # --- the show ---------------------------------------------------------------------------------

    def listeners(self) -> int:
        return len(self._subscribers)

    def step(self) -> dict[str, Any]:
        """Say the next line; returns its event."""
        product, text = self._show["lines"][self._beat % len(self._show["lines"])]
        self._beat += 1
        if product != self._pinned:
            self._pinned = product
            self._tell(
                {
                    "event": "segment",
                    "id": f"s{self._beat}",
                    "kind": "first-look",
                    "product": product,
                    "reason": "demo",
                }
            )
        return self.say(text, product)

    def say(self, text: str, product: str | None = None, duration_s: float = LINE_S) -> dict[str, Any]:
        """Say any line, its words spread evenly."""
        words = list(_words(text, duration_s))
        line = {
            "event": "line",
            "t": self._t(),
            "id": f"l{self._beat}-{len(text)}-{int(self._t() * 10)}",
            "text": text,
            "language": self._language,
            "product": product or self._pinned,
            "segment": "s1",
            "duration_s": duration_s,
            "words": words,
            "facts": [],
        }
        self._line = line
        self._tell(line)
        return line

    def answer(self, chat: str, status: str, text: str = "") -> None:
        self._tell(self._remember("answer", chat=chat, status=status, text=text or self._show["reply"]))

    def change(self, product: str, **values: Any) -> None:
        """A product changes (``price``, ``stock``, ``sold_out``, …)."""
        for one in self._products:
            if one["id"] == product:
                one.update(values)
                self._tell({"event": "product", **one})
                return
        raise ControlError(f"unknown product {product!r}")

    def send(self, event: dict[str, Any]) -> None:
        """Any event, as it is."""
        self._tell(event)

    async def play(self) -> None:
        """The show in real time, until cancelled: lines, a question every few, an answer, a price change."""
        beat = 0
        while True:
            self.step()
            await self._clock.sleep(LINE_S + 0.6)
            beat += 1
            if beat % 3 == 1 and self.heard:
                waiting = [one for one in self._chat if one["event"] == "chat"][-1]
                self.answer(waiting["id"], "speaking")
            if beat % 5 == 4:
                first = self._products[0]
                self.change(first["id"], stock=max(0, (first["stock"] or 0) - 1))

    # --- inside -----------------------------------------------------------------------------------

    def _t(self) -> float:
        return round(self._clock.now_s() - self._start_s, 3)

    def _next_id(self) -> str:
        return f"c{sum(1 for one in self._chat if one['event'] == 'chat') + 1}"

    def _remember(self, event: str, **fields: Any) -> dict[str, Any]:
        said = {"event": event, "t": self._t(), "wall": self._clock.wall().isoformat(), **fields}
        self._chat.append(said)
        return said

    def _tell(self, event: dict[str, Any]) -> None:
        event.setdefault("t", self._t())
        for queue in self._subscribers:
            if queue.qsize() >= BEHIND:
                queue.get_nowait()
            queue.put_nowait(event)


def _words(text: str, duration_s: float) -> Iterator[list[float]]:
    """Words as a room sends them: Latin words and numbers whole, Chinese characters in pairs."""
    spans: list[tuple[int, int]] = []
    for at, char in enumerate(text):
        if not (char.isalnum() or char in ".%"):
            continue
        joins = spans and spans[-1][1] == at and (char.isascii() == text[at - 1].isascii())
        if joins and (char.isascii() or spans[-1][1] - spans[-1][0] < 2):
            spans[-1] = (spans[-1][0], at + 1)
        elif char.isalnum():
            spans.append((at, at + 1))
    for number, (start, end) in enumerate(spans):
        yield [duration_s * number / len(spans), duration_s * (number + 1) / len(spans), start, end]


def png(width: int, height: int, seed: int) -> bytes:
    """A plain PNG: a warm ground with a disc on it."""
    ground, disc = (
        (232, 226, 214),
        ((178, 92, 60), (92, 140, 120), (214, 168, 84), (120, 96, 140), (130, 130, 130))[seed % 5],
    )
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(width, height) * 0.32) ** 2
            rows += bytes(disc if inside else ground)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(rows)))
        + chunk(b"IEND", b"")
    )


async def _show(port: int, stills: Mapping[str, Path], pictures: Path | None) -> None:
    from streaming.web import server

    clock = SystemClock()
    rooms = {
        "home-en": FakeRoom("home-en", "en", clock=clock, still=stills.get("en"), pictures=pictures),
        "tea-zh": FakeRoom("tea-zh", "zh", clock=clock, still=stills.get("zh"), pictures=pictures),
        "wide-en": FakeRoom(
            "wide-en", "en", size=(1280, 720), clock=clock, still=stills.get("wide"), pictures=pictures
        ),
    }
    door = server.create(rooms, port=port)
    await door.start()
    print(door.url, flush=True)
    try:
        await asyncio.gather(*(room.play() for room in rooms.values()))
    finally:
        await door.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show fake rooms in a browser.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument(
        "--still", action="append", default=[], metavar="en=FILE", help="a still for en, zh or wide"
    )
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    given = {key: Path(path) for key, _, path in (one.partition("=") for one in options.still)}
    asyncio.run(_show(options.port, given, options.pictures))
