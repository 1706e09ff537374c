"""Waiting for another process. The deadline is far away: it ends a broken test, it asserts no speed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

DEADLINE_S = 60.0


def wait_until(happened: Callable[[], object]) -> None:
    """Return when ``happened()`` is true.

    Raises:
        TimeoutError: it never was.
    """
    end = time.monotonic() + DEADLINE_S
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(f"{happened} did not come true")
        time.sleep(0.05)


async def until(happened: Callable[[], object]) -> None:
    """As :func:`wait_until`, in an event loop."""
    async with asyncio.timeout(DEADLINE_S):
        while not happened():
            await asyncio.sleep(0.05)
