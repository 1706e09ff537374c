"""The owner of the speech process: starts it, watches it, kills it when it hangs, and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from avatars.speech.cache import MOST_BYTES
from engine import link
from engine.clock import Clock, SystemClock
from engine.errors import LinkError

MODULE = "avatars.speech"
SOCKET_NAME = "speech.sock"

_PING_S = 2.0
_START_S = 60.0
_ANSWER_S = 15.0
_LONGEST_LINE_S = 90.0
_BACK_OFF_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)

_log = logging.getLogger(__name__)


class SpeechHouse:
    """One per machine, in the supervisor. ``await start()``; rooms use ``socket_path``."""

    def __init__(
        self,
        state: Path,
        cache: Path,
        *,
        clock: Clock | None = None,
        threads: int = 2,
        nice: int = 10,
        most_bytes: int = MOST_BYTES,
        module: str = MODULE,
        longest_line_s: float = _LONGEST_LINE_S,
        ping_s: float = _PING_S,
    ) -> None:
        self.socket_path = state / SOCKET_NAME
        self._settings = {
            "socket": str(self.socket_path),
            "cache": str(cache),
            "threads": threads,
            "nice": nice,
            "most_bytes": most_bytes,
        }
        self._clock = clock or SystemClock()
        self._module = module
        self._longest_line_s = longest_line_s
        self._ping_s = ping_s
        self._child: link.Child | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._status: dict[str, Any] = {}
        self._restarts = 0
        self._trouble = ""

    async def start(self, timeout_s: float = _START_S) -> None:
        """Start the process and wait until it listens.

        Raises:
            LinkError: it did not within ``timeout_s`` (it goes on trying).
        """
        self._task = self._task or asyncio.create_task(self._keep())
        try:
            await asyncio.wait_for(self._ready.wait(), timeout_s)
        except TimeoutError as error:
            raise LinkError(f"the speech process does not start: {self._trouble}") from error

    async def stop(self) -> None:
        """End the process; harmless when it has ended."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._child:
            await self._child.close(timeout_s=1.0)
            self._child = None
        self._ready.clear()

    def status(self) -> Mapping[str, Any]:
        """``state`` (ready, starting), ``restarts``, ``trouble``, and what the process says of
        itself: ``queue``, ``busy_s``, ``speech_per_s``."""
        return {
            **self._status,
            "state": "ready" if self._ready.is_set() else "starting",
            "restarts": self._restarts,
            "trouble": self._trouble,
            "pid": self._child.process.pid if self._child else None,
        }

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                await self._begin()
                failures = 0
                await self._watch()
            except (LinkError, TimeoutError) as error:
                self._trouble = str(error) or "no answer"
                _log.warning("speech process: %s; starting it again", self._trouble)
            self._ready.clear()
            self._restarts += 1
            if self._child:
                self._child.kill()
                await self._child.close(timeout_s=1.0)
                self._child = None
            await self._clock.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
            failures += 1

    async def _begin(self) -> None:
        self._child = await link.spawn(self._module, self._settings)
        await asyncio.wait_for(self._child.link.receive(), _START_S)
        self._ready.set()

    async def _watch(self) -> None:
        """Ping until something is wrong (LinkError or TimeoutError)."""
        assert self._child is not None
        number = 0
        while True:
            number += 1
            await self._child.link.send({"ping": number})
            self._status, _ = await asyncio.wait_for(self._child.link.receive(), _ANSWER_S)
            self._status.pop("pong", None)
            if self._status.get("busy_s", 0.0) > self._longest_line_s:
                raise LinkError(f"one line has taken {self._status['busy_s']:.0f} s")
            await self._clock.sleep(self._ping_s)


__all__ = ["SOCKET_NAME", "SpeechHouse"]
