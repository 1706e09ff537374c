"""A room as the supervisor holds it: calls go down its link, events come up.

The room's process may be away (starting, crashed, restarting); then every call says so at once.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from engine.errors import CatalogError, ConfigError, ControlError, LinkError, NightmarketError, PublishError
from engine.link import Link

EVENTS_MAX = 500
"""Events a slow subscriber may be behind; then it loses the oldest."""
CALL_TIMEOUT_S = 10.0

_ERRORS: dict[str, type[NightmarketError]] = {
    error.__name__: error for error in (CatalogError, ConfigError, ControlError, LinkError, PublishError)
}


class RoomProxy:
    """Implements ``engine.ports.RoomPort`` over a link that may come and go."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._link: Link | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[tuple[dict[str, Any], bytes]]] = {}
        self._subscribers: set[asyncio.Queue[dict[str, Any]]] = set()
        self.last_beat_s = 0.0

    @property
    def name(self) -> str:
        return self._name

    # --- the supervisor's side ---------------------------------------------------------------

    def attach(self, link: Link) -> None:
        """The room's process has started."""
        self._link = link

    def detach(self) -> None:
        """The room's process has gone: whoever waits is told."""
        self._link = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._away())
        self._waiting.clear()
        self.publish({"event": "state", "t": 0.0, "state": "starting", "viewers": 0})

    def took(self, header: dict[str, Any], body: bytes) -> None:
        """A message from the room: an answer to a call, or an event."""
        if "re" in header:
            future = self._waiting.pop(int(header["re"]), None)
            if future is not None and not future.done():
                future.set_result((header, body))
        elif "event" in header:
            self.publish(header["event"])

    def publish(self, event: dict[str, Any]) -> None:
        """Hand an event to every subscriber; the slow lose their oldest."""
        for queue in self._subscribers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    # --- RoomPort ----------------------------------------------------------------------------

    async def state(self) -> dict[str, Any]:
        return await self._call("state")

    async def command(self, command: str, arguments: Mapping[str, Any], by: str) -> dict[str, Any]:
        return await self._call("command", command=command, arguments=dict(arguments), by=by)

    async def output_request(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return await self._call("output", kind=kind, request=dict(request))

    async def hear(self, user: str, text: str, source: str) -> dict[str, Any]:
        return await self._call("hear", user=user, text=text, source=source)

    async def picture(self, product: str) -> bytes | None:
        answer = await self._call("picture", product=product)
        return base64.b64decode(answer["png"]) if answer.get("png") else None

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(EVENTS_MAX)
        self._subscribers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._subscribers.discard(queue)

    async def _call(self, op: str, **arguments: Any) -> dict[str, Any]:
        link = self._link
        if link is None:
            raise self._away()
        number = next(self._ids)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await link.send({"op": op, "id": number, **arguments})
            header, _ = await asyncio.wait_for(future, CALL_TIMEOUT_S)
        except TimeoutError:
            raise LinkError(f"room {self._name} did not answer within {CALL_TIMEOUT_S:.0f} s") from None
        finally:
            with suppress(KeyError):
                del self._waiting[number]
        if "error" in header:
            error = header["error"]
            raise _ERRORS.get(error["type"], LinkError)(error["message"], fix=error.get("fix"))
        answer: dict[str, Any] = header["ok"]
        return answer

    def _away(self) -> LinkError:
        return LinkError(f"room {self._name} is starting or being restarted", fix="ask again in a few seconds")
