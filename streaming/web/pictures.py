"""Pictures by way of a small cache: a thousand viewers must not ask a room a thousand times."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from engine.clock import Clock
from engine.ports import RoomPort
from streaming.web.files import File, file

STILL = "@stage"
"""``RoomPort.picture(STILL)`` may give a still of the show; a room without one answers None."""
KEPT = 200
ASK_S = 5.0
_FRESH_S = {STILL: 5.0}


class Pictures:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, File | None]] = OrderedDict()

    async def get(self, room: RoomPort, product: str) -> File | None:
        """The picture as its room had it at most 30 s ago (a still: 5 s), or None.

        Raises:
            LinkError, TimeoutError: the room is away or does not answer.
        """
        key = (room.name, product)
        until_s, kept = self._kept.get(key, (float("-inf"), None))
        if self._clock.now_s() < until_s:
            return kept
        fresh_s = _FRESH_S.get(product, 30.0)
        async with asyncio.timeout(ASK_S):
            content = await room.picture(product)
        kept = file("x.png", content, f"public, max-age={int(fresh_s)}") if content else None
        self._kept[key] = (self._clock.now_s() + fresh_s, kept)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return kept
