"""Everyone who watches one room: its events are read once and handed to every listener."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.clock import Clock
from engine.errors import LinkError, NightmarketError
from engine.ports import RoomPort
from streaming.web import view

log = logging.getLogger(__name__)

ASK_S = 5.0
"""How long a room may take to answer before it counts as away."""
FRESH_S = 0.5
"""How long one snapshot serves everyone who comes (a whole audience reconnects at once)."""
BEHIND = 200
"""Messages a listener may be behind before it is sent away to start afresh."""

AWAY = json.dumps({"event": "away"})


class Listener:
    """One viewer's queue of JSON texts; None means: go, and come again."""

    def __init__(self) -> None:
        self.texts: asyncio.Queue[str | None] = asyncio.Queue(BEHIND + 1)
        self.behind = False

    def tell(self, text: str) -> None:
        if self.behind:
            return
        self.behind = self.texts.qsize() >= BEHIND
        self.texts.put_nowait(None if self.behind else text)


class Audience:
    """``run()`` follows the room for ever; ``listen()`` joins, ``snapshot()`` is what a newcomer sees."""

    def __init__(self, room: RoomPort, clock: Clock) -> None:
        self.room = room
        self.last: dict[str, Any] = {}
        """The last public snapshot, empty before the first."""
        self._clock = clock
        self._listeners: set[Listener] = set()
        self._asking = asyncio.Lock()
        self._asked_s = float("-inf")
        self._away = False

    async def run(self) -> None:
        """Read events until cancelled; when the room goes away, say so, wait longer each time, come back."""
        wait_s = 0.25
        while True:
            try:
                self._tell_all(hello(await self.snapshot(fresh=True)))
                wait_s = 0.25
                self._away = False
                async for happened in self.room.events():
                    self._pass_on(happened)
                    if happened.get("event") == "segment":  # what comes next has moved up
                        self._tell_all(rundown(await self.snapshot(fresh=True)))
            except (NightmarketError, OSError) as gone:
                log.debug("room %s is away: %s", self.room.name, gone)  # the supervisor says why
            if not self._away:
                self._away = True
                self._tell_all(AWAY)
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, 4.0)

    async def snapshot(self, *, fresh: bool = False) -> dict[str, Any]:
        """The public snapshot, at most ``FRESH_S`` old.

        Raises:
            LinkError: the room process is away or does not answer.
        """
        async with self._asking:
            if fresh or not self.last or self._clock.now_s() - self._asked_s > FRESH_S:
                self._asked_s = float("-inf")
                try:
                    async with asyncio.timeout(ASK_S):
                        self.last = view.snapshot(await self.room.state())
                except TimeoutError as slow:
                    raise LinkError(f"room {self.room.name} does not answer") from slow
                self._asked_s = self._clock.now_s()
            return self.last

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def _pass_on(self, happened: dict[str, Any]) -> None:
        seen = view.event(happened)
        if seen is not None:
            self._tell_all(json.dumps(seen, ensure_ascii=False))

    def _tell_all(self, text: str) -> None:
        for listener in tuple(self._listeners):
            listener.tell(text)


def rundown(seen: dict[str, Any]) -> str:
    """Sent after every segment: what is on the table and what comes next."""
    moved = {name: seen.get(name) for name in ("rundown", "pinned")}
    return json.dumps({"event": "rundown", **moved}, ensure_ascii=False)


def hello(seen: dict[str, Any]) -> str:
    """The first message of a live socket, and again whenever the room has come back."""
    return json.dumps({"event": "hello", "room": seen}, ensure_ascii=False)
