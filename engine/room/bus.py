"""Events from the air's thread to whoever listens on the event loop, without ever holding the air up."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Event = dict[str, Any]
BUS_MAX = 4000
"""Events that may wait for the loop; then the oldest are lost (the loop has stood still for minutes)."""


class Bus:
    """Takes events on any thread, hands them to listeners on the loop, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Event] = deque(maxlen=BUS_MAX)
        self._scheduled = threading.Event()
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener(event)`` on the loop for every event from now on; it must not block."""
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        """Queue one event (any thread, never blocks)."""
        self._waiting.append(event)
        if not self._scheduled.is_set():
            self._scheduled.set()
            with suppress(RuntimeError):  # the loop has closed: the room is going off air
                self._loop.call_soon_threadsafe(self.drain)

    def drain(self) -> None:
        """Deliver what waits (on the loop's thread)."""
        self._scheduled.clear()
        while self._waiting:
            event = self._waiting.popleft()
            for listener in self._listeners:
                listener(event)
