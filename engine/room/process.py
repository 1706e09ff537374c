"""The process of one room: ``python -m engine.room.process``, started by the supervisor.

Its first message is ``{"config": path, "room": name, "speech": socket path}``; then calls come as
``{"op", "id", …}`` and are answered with ``{"re": id, "ok" | "error": …}``; events go up as
``{"event": {…}}`` and ``{"beat": {…}}`` once a second tells that the air is alive.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from engine import configfile
from engine.errors import LinkError, NightmarketError
from engine.hosts import read_host
from engine.link import Link, parent_socket
from engine.room.live import LiveRoom
from engine.room.parts import speech_cache, voice_of

log = logging.getLogger(__name__)
UP_MAX = 2000
"""Messages that may wait for the supervisor; then the oldest events are lost."""


class _Up:
    """The link to the supervisor with a bounded queue before it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(UP_MAX)

    def put(self, message: dict[str, Any]) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(message)

    async def run(self) -> None:
        while True:
            await self._link.send(await self._queue.get())


async def main() -> int:
    link = await Link.over(parent_socket())
    settings, _ = await link.receive()
    name = str(settings["room"])
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {name}: %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("aiortc").setLevel(logging.WARNING)
    up = _Up(link)
    loop = asyncio.get_running_loop()
    try:
        room = await _room(name, settings, up)
    except NightmarketError as error:
        await link.send({"failed": {"message": str(error), "retryable": error.retryable}})
        return 3
    # The supervisor stops us with a message; a terminal's Ctrl-C goes to the whole group and is not ours.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_signal_handler(signal.SIGTERM, lambda: None)
    sending = asyncio.create_task(up.run())
    beating = asyncio.create_task(_beat(room, up))
    hearing = asyncio.create_task(_hear(link, room, up))

    async def ready() -> None:
        up.put({"ready": True})

    try:
        await room.on_air(ready)
        return 0
    except NightmarketError as error:
        await link.send({"failed": {"message": str(error), "retryable": error.retryable}})
        return 3
    finally:
        for task in (beating, hearing, sending):
            task.cancel()


async def _room(name: str, settings: dict[str, Any], up: _Up) -> LiveRoom:
    path = Path(settings["config"])
    room = configfile.read(path).rooms[name]
    spec = voice_of(room, read_host(room.host))
    connect = importlib.import_module("avatars.speech.client").connect
    speaker = connect(Path(settings["speech"]), name, spec, speech_cache())
    return LiveRoom(name, path, speaker, lambda event: up.put({"event": event}))


async def _beat(room: LiveRoom, up: _Up) -> None:
    while True:
        await asyncio.sleep(1.0)
        up.put({"beat": {"air_s": room.beat_s()}})


async def _hear(link: Link, room: LiveRoom, up: _Up) -> None:
    """Serve calls until the supervisor goes away; then leave the air."""
    calls: set[asyncio.Task[None]] = set()
    while True:
        try:
            header, _ = await link.receive()
        except LinkError:
            await room.command("stop", {}, "supervisor gone")
            return
        task = asyncio.create_task(_serve(header, room, up))
        calls.add(task)
        task.add_done_callback(calls.discard)


async def _serve(header: dict[str, Any], room: LiveRoom, up: _Up) -> None:
    number = header.get("id")
    try:
        answer = {"re": number, "ok": await room.call(str(header.get("op")), header)}
    except NightmarketError as error:
        answer = {"re": number, "error": {"type": type(error).__name__, "message": error.message, "fix": error.fix}}
    except Exception as error:
        log.exception("a call failed")
        answer = {"re": number, "error": {"type": "LinkError", "message": f"the room could not answer: {error!r}"}}
    up.put(answer)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
