"""Chat from the room page.

Nothing is received here: the page's live socket ends in the front door, which stands in the supervisor
and calls ``RoomPort.hear(user, text, "web")``. Listing ``- web: {}`` under ``chat:`` is how a merchant
says that the room listens to the page; the source itself only waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from engine.errors import ConfigError
from engine.ports import ChatSource


def create(settings: Mapping[str, Any]) -> ChatSource:
    """``settings`` is empty.

    Raises:
        ConfigError: something is set that does not exist.
    """
    if settings:
        raise ConfigError(f"chat source web knows no setting {sorted(settings)[0]!r}", fix="write `web: {}`")
    return _Elsewhere()


class _Elsewhere:
    """A source whose words come another way."""

    async def run(self, put: Callable[[str, str], Awaitable[None]]) -> None:
        await asyncio.get_running_loop().create_future()
