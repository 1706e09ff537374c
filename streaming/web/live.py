"""The live socket: one WebSocket per viewer, events and captions out, chat in.

Out:
    hello (room: the snapshot)     first, and whenever the room is back
    away                           the room is gone for a moment
    rundown (rundown, pinned)      after each segment
    sent (ref, id, accepted, why)  what became of a message
    …                              the room's public events as they happen (see ``view``)
In:
    say (user, text, ref)          nothing else

``why`` is ``empty``, ``slow-down`` (with ``wait_s``), ``away`` or the room's own sentence.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from engine.clock import Clock
from engine.errors import NightmarketError
from streaming.web.audience import AWAY, Audience, Listener, hello
from streaming.web.gate import Refusal
from streaming.web.limits import Allowance
from streaming.web.plain import TEXT_CHARS, USER_CHARS, plain

log = logging.getLogger(__name__)

MESSAGE_BYTES = 4 * 1024
SEND_S = 10.0
"""A viewer that takes longer than this to take one message is gone."""
HEAR_S = 5.0
BEAT_S = 20.0


def check_origin(request: web.Request) -> None:
    """Only our own pages may open the socket from a browser (programs send no Origin).

    Raises:
        Refusal: the page that asks is from elsewhere.
    """
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise Refusal(403, "This page may not open the live socket.")


class Limits:
    """How much one viewer may say: 3 messages at once, then one in two seconds; and per address."""

    def __init__(self, clock: Clock, address: str, by_address: Allowance) -> None:
        self._address = address
        self._by_address = by_address
        self._by_socket = Allowance(clock, per_s=0.5, burst=3, keys=1)
        self._frames = Allowance(clock, per_s=5, burst=20, keys=1)

    def frame(self) -> bool:
        return self._frames.take("") == 0

    def message_wait_s(self) -> float:
        return self._by_socket.take("") or self._by_address.take(self._address)


def socket() -> web.WebSocketResponse:
    # No compression: a viewer could otherwise make us hold 64 KB of window each.
    return web.WebSocketResponse(heartbeat=BEAT_S, max_msg_size=MESSAGE_BYTES, compress=False, timeout=3.0)


async def serve(
    request: web.Request, wire: web.WebSocketResponse, audience: Audience, limits: Limits
) -> web.WebSocketResponse:
    """Talk to one viewer until either side leaves."""
    await wire.prepare(request)
    viewer = _Viewer(wire, audience, limits)
    with audience.listen() as listener:
        writer = asyncio.create_task(viewer.write(listener))
        try:
            await viewer.read(listener)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
    return wire


class _Viewer:
    def __init__(self, wire: web.WebSocketResponse, audience: Audience, limits: Limits) -> None:
        self._wire = wire
        self._audience = audience
        self._limits = limits

    async def write(self, listener: Listener) -> None:
        try:
            text: str | None = hello(await self._audience.snapshot())
        except NightmarketError:
            text = AWAY
        try:
            while text is not None:
                async with asyncio.timeout(SEND_S):
                    await self._wire.send_str(text)
                text = await listener.texts.get()
            await self._wire.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"behind")
        except (TimeoutError, ConnectionError):
            await self._wire.close(code=WSCloseCode.GOING_AWAY)

    async def read(self, listener: Listener) -> None:
        async for frame in self._wire:
            said = _parse(frame.data) if frame.type is WSMsgType.TEXT else None
            if said is None or not self._limits.frame():
                await self._wire.close(code=WSCloseCode.POLICY_VIOLATION, message=b"not understood")
                return
            listener.tell(json.dumps(await self._say(said), ensure_ascii=False))

    async def _say(self, said: dict[str, Any]) -> dict[str, Any]:
        ref = plain(said.get("ref"), 40)
        text = plain(said.get("text"), TEXT_CHARS)
        refused: dict[str, Any] = {"event": "sent", "ref": ref, "id": None, "accepted": False}
        if not text:
            return {**refused, "why": "empty"}
        wait_s = self._limits.message_wait_s()
        if wait_s > 0:
            return {**refused, "why": "slow-down", "wait_s": round(wait_s, 1)}
        try:
            async with asyncio.timeout(HEAR_S):
                heard = await self._audience.room.hear(plain(said.get("user"), USER_CHARS), text, "web")
        except (NightmarketError, TimeoutError) as gone:
            log.info("room %s did not hear: %s", self._audience.room.name, gone)
            return {**refused, "why": "away"}
        accepted, why = bool(heard.get("accepted")), str(heard.get("why") or "")
        return {"event": "sent", "ref": ref, "id": heard.get("id"), "accepted": accepted, "why": why}


def _parse(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and content.get("event") == "say" else None
