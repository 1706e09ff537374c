"""The only reader of real time.

Everything that waits or measures takes a :class:`Clock`, so that a whole night runs in seconds under
:class:`VirtualClock` and a step of the wall clock changes nothing on air.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time as the show sees it."""

    def now_s(self) -> float:
        """Seconds since an arbitrary start; never goes back (pace and measure with this)."""
        ...

    def wall(self) -> datetime:
        """Aware UTC date and time, for schedules and logs only."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` on this clock (at once when not positive)."""
        ...


class SystemClock:
    """The machine's monotonic clock for pace, its wall clock for logs."""

    def now_s(self) -> float:
        return time.monotonic()

    def wall(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class VirtualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start_s: float = 0.0, wall: datetime | None = None) -> None:
        self._start_s = start_s
        self._now_s = start_s
        self._wall = wall or datetime(2026, 1, 1, 20, 0, tzinfo=UTC)

    def now_s(self) -> float:
        return self._now_s

    def wall(self) -> datetime:
        return datetime.fromtimestamp(
            self._wall.timestamp() + (self._now_s - self._start_s), tz=UTC
        )

    async def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Move time forward.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now_s += seconds
