"""One room on air in real time: put together, started, served and taken off air again."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine import __version__, config, configfile
from engine.clock import SystemClock
from engine.errors import ControlError, LinkError, NightmarketError, PublishError
from engine.media import Packet
from engine.performance import Performed
from engine.ports import Output, Speaker
from engine.room.air import Air
from engine.room.bus import Bus
from engine.room.parts import Parts, assemble, make_director, open_outputs
from engine.room.sets import LAYOUTS, scene_of
from engine.room.still import STILL, still
from engine.script.pictures import as_image
from engine.show.director import Director
from engine.show.show import Show
from engine.store import Store

log = logging.getLogger(__name__)

STOP_S = 3.5
"""How long the sentence in the air may take to end before it is faded."""
AHEAD_S = 20.0
_OUTPUTS_WAIT_S = 3.0
Event = dict[str, Any]


class LiveRoom:
    """A room in its own process.

    Args:
        tell: sends an event up to the supervisor; it must not block.
    """

    def __init__(self, name: str, path: Path, speaker: Speaker, tell: Callable[[Event], None]) -> None:
        self._name = name
        self._path = path
        self._speaker = speaker
        self._tell = tell
        self._clock = SystemClock()
        self._bus = Bus(asyncio.get_running_loop())
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._staged = asyncio.Event()
        self._talk: deque[Event] = deque(maxlen=50)
        self._line: Event | None = None
        self._voice_noted = ""
        self._segment: Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._outputs: list[Output] = []
        self._air: Air | None = None
        self._commands: dict[str, Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]] = {
            "pause": self._pause, "resume": self._resume, "skip": self._skip, "say": self._say, "pin": self._pin,
            "price": self._price, "stock": self._stock, "mute-chat": self._mute_chat, "reload": self._reload,
            "panic": self._panic, "stop": self._stop,
        }

    # --- on air ------------------------------------------------------------------------------

    async def on_air(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Go on air, stay there until stopped, leave properly."""
        settings = configfile.read(self._path)
        room = settings.rooms[self._name]
        state = settings.state
        show = Show.open(self._name, room, self._clock)
        store = Store(state / f"{self._name}.sqlite", self._name, __version__, self._clock.wall().isoformat())
        seed = room.show.seed if room.show.seed is not None else int(time.time())
        director = make_director(room, show, self._speaker, self._clock)
        director.rehearse = self._rehearse
        filling = asyncio.create_task(self._keep_filling(director))  # the first words, while the stage is set
        try:
            parts = await asyncio.to_thread(
                assemble, self._name, room, show, director, emit=self._bus.emit, feed=self._feed, seed=seed
            )
            parts.playout.layouts = frozenset({"talk", "slate"})
            self._parts, self._show, self._store = parts, show, store
            show.on_dropped = lambda event: self._bus.emit({"t": round(parts.playout.now_s, 3), **event})
            self._bus.listen(self._took)
            await asyncio.to_thread(parts.playout.warm_up)
            await self._open(state)
            self._air = Air(parts.playout, parts.format.fps, self._clock)
            self._staged.set()
            self._air.start()
            await ready()
            self._tell_state()
            await self._set_scenes(parts)
            await self._stopping.wait()
        finally:
            filling.cancel()
            if self._air is not None:
                await self._leave(self._air)
            await asyncio.to_thread(store.close, 2.0)

    async def _set_scenes(self, parts: Parts) -> None:
        """Set the other layouts while the room is on air; until one stands, its lines are shown as talk."""
        card = self._show.card(self._show.catalog.products[0].id)
        assert card is not None  # it is the catalog's own product
        for layout in LAYOUTS:
            if layout in parts.playout.layouts:
                continue
            try:
                await asyncio.to_thread(parts.stage.prepare, scene_of(layout, self._show.plate, card))
                parts.playout.layouts |= {layout}
            except Exception:
                log.exception("the %s scene cannot be set; its lines are shown as talk", layout)

    async def _open(self, state: Path) -> None:
        self._outputs = open_outputs(self._parts, state, self._clock, on_key_wanted=self._parts.encoder.force_key)
        for output in self._outputs:
            output.start()
        # What is fed before an output's process is open is not kept: let recordings have the first picture.
        until = self._clock.now_s() + _OUTPUTS_WAIT_S
        while any(o.status().state == "starting" for o in self._outputs) and self._clock.now_s() < until:
            await asyncio.sleep(0.05)

    async def _keep_filling(self, director: Director) -> None:
        """Keep the director ahead of the air until the room is stopped."""
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                await director.prepare_interlude()
                await director.fill(seconds=AHEAD_S)
            except Exception:
                log.exception("the next segment could not be prepared; trying again")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), 0.5)

    async def _leave(self, air: Air) -> None:
        director, playout = self._parts.director, self._parts.playout
        director.closing = True
        director.skip()
        director.replan()
        until = self._clock.now_s() + STOP_S
        while playout.on_air is not None and self._clock.now_s() < until:
            await asyncio.sleep(0.04)
        playout.cut()
        await asyncio.sleep(0.2)
        await asyncio.to_thread(air.stop, 1.0)
        for packet in self._parts.encoder.close():
            self._feed(packet)
        await asyncio.gather(*(output.close(2.0) for output in self._outputs), return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        self._bus.drain()

    def _feed(self, packet: Packet) -> None:
        for output in self._outputs:
            output.feed(packet)

    async def _rehearse(self, line: Performed) -> None:
        """Make a line's textures before the air may take it."""
        await self._staged.wait()
        try:
            await asyncio.to_thread(self._parts.stage.prepare, self._parts.playout.scene(line, 1))
        except Exception:
            log.exception("a scene could not be prepared; the stage will make do")

    def _took(self, event: Event) -> None:
        """An event from the air or the desk: remember, keep, tell."""
        kind = event["event"]
        if kind == "mouth":
            return
        wall = self._clock.wall().isoformat(timespec="milliseconds")
        if kind == "line":
            self._line = event
            self._show.aired_line(event)
            self._wake.set()
            self._note_voice()
            if event.get("chat"):
                self._answering(event)
        elif kind == "segment":
            self._segment = event
            self._show.aired_segment(event)
        elif kind in ("chat", "answer"):
            event.setdefault("wall", wall)
            self._talk.append(event)
        self._store.keep(event, wall)
        self._tell(event)

    def _note_voice(self) -> None:
        """Say it once when another voice than the wanted one speaks, and once when that ends."""
        told = self._voice()
        if told.get("voice") != self._voice_noted and told.get("voice"):
            self._voice_noted = told["voice"]
            if told.get("why"):
                log.warning("speaking with %s, not %s: %s", told["voice"], told.get("wanted"), told["why"])
                self._bus.emit({"event": "note", "t": round(self._parts.playout.now_s, 3), "text": "another voice",
                                "voice": told["voice"], "why": told["why"]})

    def _voice(self) -> dict[str, Any]:
        """What the speech process says of itself: the voice in use, hits, misses, speed."""
        stats = getattr(self._speaker, "stats", None)
        return dict(stats() if callable(stats) else stats or {})

    def _answering(self, line: Event) -> None:
        """The first line of an answer is in the air: its question's state changes in the page."""
        for answer in self._show.audience.started(line["chat"]):
            self._bus.emit({**answer, "t": line["t"]})
        self._reply()

    # --- calls from the supervisor -----------------------------------------------------------

    async def call(self, op: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call (``state``, ``command``, ``output``, ``hear``, ``picture``).

        Raises:
            ControlError, PublishError, LinkError: as in ``engine.ports.RoomPort``.
        """
        if op == "command" and arguments.get("command") == "stop":
            return await self._stop({})
        if not self._staged.is_set():
            raise LinkError(f"room {self._name} is starting", fix="ask again in a few seconds")
        if op == "state":
            return self.state()
        if op == "command":
            return await self.command(str(arguments["command"]), arguments["arguments"], str(arguments["by"]))
        if op == "output":
            return await self._output_request(str(arguments["kind"]), arguments["request"])
        if op == "hear":
            return self.hear(str(arguments["user"]), str(arguments["text"]), str(arguments["source"]))
        if op == "picture":
            return {"png": await asyncio.to_thread(self._picture, str(arguments["product"]))}
        raise ControlError(f"the room knows no call {op!r}")

    def state(self) -> dict[str, Any]:
        """The snapshot of ``engine.ports.RoomPort.state``."""
        parts, show, playout = self._parts, self._show, self._parts.playout
        outputs = [asdict(output.status()) for output in self._outputs]
        voice = self._voice()
        return {
            "room": self._name, "title": parts.room.title, "language": parts.room.language,
            "theme": parts.room.theme, "size": [parts.format.width_px, parts.format.height_px],
            "state": "stopping" if self._stopping.is_set() else show.air_state,
            "shop": {"name": parts.room.shop.name, "url": parts.room.shop.url},
            "host": {"name": parts.host.name(parts.room.language), "label": show.plate.label},
            "on_air_s": round(playout.now_s, 2), "viewers": sum(o["viewers"] for o in outputs),
            "late_pictures": playout.counters.late, "standby": playout.counters.standby,
            "segment": self._segment, "line": self._line, "pinned": show.pinned,
            "rundown": [
                {"id": s.segment.id, "kind": str(s.segment.kind), "product": s.segment.product,
                 "reason": s.segment.reason, "ready": s.complete, "writer": s.writer}
                for s in parts.director.rundown() if not s.started
            ],
            "products": show.products(), "outputs": outputs, "voice": voice,
            "cache": {"hits": voice.get("hits", 0), "misses": voice.get("misses", 0)},
            "chat": list(self._talk), "chat_muted": show.audience.muted, "ahead_s": round(parts.director.ahead_s(), 2),
            "lost_records": self._store.lost, "pid": os.getpid(),
            "air_cpu_s": round(self._air.cpu_s, 3) if self._air else 0.0,
        }

    async def _output_request(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        for output in self._outputs:
            if output.status().kind == kind:
                return dict(await output.request(request))
        raise PublishError(f"room {self._name} has no {kind} output", fix=f"add '- {kind}: {{}}' to its outputs")

    def hear(self, user: str, text: str, source: str) -> dict[str, Any]:
        """Take a viewer's message in; an answer, where there is one, is prepared at once."""
        taken = self._show.hear(user, text, source, self._parts.playout.now_s)
        for event in taken.events:
            self._bus.emit(event)
        self._reply()
        return {"id": taken.id, "accepted": taken.accepted, "why": taken.why}

    def _reply(self) -> None:
        """Have the next answers spoken, as many as may wait for the air."""
        while (reply := self._show.next_reply(self._parts.playout.now_s)) is not None:
            for event in reply.events:
                self._bus.emit(event)
            self._spawn(self._parts.director.insert(reply.script, question=reply.question, chat=reply.chat))

    def _picture(self, product: str) -> str | None:
        """A product's picture of at most 640 px, or the show's last one (``@stage``), as base64 PNG."""
        if product == STILL:
            shown = self._parts.playout.last_picture
            image = None if shown is None else still(shown.copy())
        else:
            card = self._show.card(product)
            try:
                image = as_image(card.picture, 640) if card and card.picture else None
            except (NightmarketError, OSError, ValueError):
                image = None
        if image is None:
            return None
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return base64.b64encode(buffer.getvalue()).decode("ascii")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an answer could not be prepared: %s", error)

    # --- the operator's commands -------------------------------------------------------------

    async def command(self, command: str, arguments: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Carry out a command and put it on record."""
        carry_out = self._commands.get(command)
        if carry_out is None:
            raise ControlError(f"no command {command!r}", fix=f"commands: {', '.join(sorted(self._commands))}")
        result: dict[str, Any] = {}
        try:
            result = await carry_out(arguments)
            return result
        except NightmarketError as error:
            result = {"error": str(error)}
            raise
        finally:
            self._bus.emit({"event": "control", "t": round(self._parts.playout.now_s, 3), "command": command,
                            "arguments": dict(arguments), "by": by, "result": result})
            self._tell_state()

    def _tell_state(self) -> None:
        self._bus.emit({"event": "state", "t": round(self._parts.playout.now_s, 3), "state": self._show.air_state,
                        "viewers": sum(o.status().viewers for o in self._outputs)})

    def _tell_product(self, product: str) -> None:
        told = next((p for p in self._show.products() if p["id"] == product), None)
        if told is not None:
            self._bus.emit({"event": "product", "t": round(self._parts.playout.now_s, 3), **told})

    async def _pause(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self._show.air_state = "paused"
        return {"state": "paused"}

    async def _resume(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self._show.air_state = "on-air"
        return {"state": "on-air"}

    async def _panic(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self._show.air_state = "panic"
        self._parts.director.skip()
        self._show.audience.forget_waiting()
        return {"state": "panic"}

    async def _skip(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self._parts.director.skip()
        self._show.audience.forget_waiting()
        self._parts.playout.cut()
        return {"skipped": (self._segment or {}).get("id")}

    async def _say(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        script = self._show.operator_script(str(arguments.get("text", "")))
        if not script.lines:
            reasons = "; ".join(reason for _, reason in script.dropped)
            raise ControlError(f"this may not be said: {reasons}", fix="say only what the catalog says")
        self._spawn(self._parts.director.insert(script, urgent=bool(arguments.get("now"))))
        return {"said": [line.text for line in script.lines], "dropped": [list(d) for d in script.dropped]}

    async def _pin(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._show.pin(str(arguments.get("product", "")) or None)
        self._parts.director.replan()
        self._wake.set()
        return {"pinned": self._show.pinned}

    async def _price(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        product = self._show.set_price(str(arguments.get("product", "")), str(arguments.get("value", "")))
        return self._changed(product)

    async def _stock(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        product = self._show.set_stock(str(arguments.get("product", "")), str(arguments.get("value", "")))
        return self._changed(product)

    def _changed(self, product: str) -> dict[str, Any]:
        """A fact changed: what it made untrue goes, the sentence in the air that says it is cut."""
        playout, director = self._parts.playout, self._parts.director
        dropped = director.drop_stale()
        on_air = playout.on_air
        if on_air is not None and not self._show.fresh(on_air.line):
            playout.cut()
        if (script := self._show.news_of(product)) is not None:
            self._spawn(director.insert(script))
        self._tell_product(product)
        self._wake.set()
        return {"product": product, "lines_dropped": dropped}

    async def _mute_chat(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._show.audience.muted = str(arguments.get("value", "on")).lower() not in ("off", "false", "0", "no")
        return {"muted": self._show.audience.muted}

    async def _reload(self, _: Mapping[str, Any]) -> dict[str, Any]:
        settings: config.Config = await asyncio.to_thread(configfile.read, self._path)
        problems = await asyncio.to_thread(self._show.reload, settings.rooms[self._name])
        self._parts.director.drop_stale()
        self._parts.director.replan()
        for product in self._show.products():
            self._tell_product(product["id"])
        self._wake.set()
        return {"products": len(self._show.products()), "problems": problems}

    async def _stop(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self._stopping.set()
        self._wake.set()
        return {"state": "stopping"}

    def beat_s(self) -> float:
        """Clock time of the air's last tick; 0 before it is on air."""
        return self._air.beat_s if self._air is not None else 0.0
