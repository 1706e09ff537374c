"""One per machine: starts the speech process, the rooms, the front door and the control socket, and keeps
them alive until a signal comes."""

from __future__ import annotations

import asyncio
import fcntl
import importlib
import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from engine import config, configfile, plugins
from engine.clock import Clock, SystemClock
from engine.control import api
from engine.errors import ConfigError, ControlError, LinkError, NightmarketError
from engine.link import Child, spawn
from engine.room.parts import speech_cache
from engine.room.proxy import RoomProxy

log = logging.getLogger(__name__)

STOP_S = 7.5
"""Rooms have this long to leave the air before they are killed."""
BEAT_S = 20.0
"""A room whose air has not ticked for this long is killed and started again."""
_START_GRACE_S = 120.0
_BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


def run(path: Path, rooms: list[str]) -> int:
    """Put rooms on air and stay until SIGINT or SIGTERM; returns the exit code.

    Args:
        rooms: names to start; none means every enabled room.

    Raises:
        ConfigError: the config is wrong, names an unknown room, or the state directory is in use.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    settings = configfile.read(path)
    names = choose(settings, rooms)
    lock = hold_lock(settings.state)
    try:
        return asyncio.run(_Supervisor(path, settings, names).run())
    finally:
        lock.close()


def choose(settings: config.Config, wanted: list[str]) -> list[str]:
    """The rooms to start, in the config's order.

    Raises:
        ConfigError: an unknown name, or nothing is enabled.
    """
    known = tuple(settings.rooms)
    for name in wanted:
        if name not in known:
            raise ConfigError(f"no room is called {name!r}", fix=plugins.suggestion(name, known))
    names = [name for name, room in settings.rooms.items() if (name in wanted if wanted else room.enabled)]
    if not names:
        raise ConfigError("no room is enabled", fix="set enabled: true, or name one with --room")
    return names


def hold_lock(state: Path) -> TextIO:
    """Take the state directory for this process; the lock goes when the file is closed.

    Raises:
        ConfigError: another instance holds it.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = (state / "lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConfigError(
            f"another Nightmarket already runs from {state}", fix="stop it, or give this one its own 'state:'"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


@dataclass(slots=True)
class _Post:
    """One room under supervision."""

    proxy: RoomProxy
    child: Child | None = None
    stopping: bool = False
    failures: int = 0
    on_air: asyncio.Event = field(default_factory=asyncio.Event)
    gave_up: str = ""


class _Supervisor:
    def __init__(self, path: Path, settings: config.Config, names: list[str]) -> None:
        self._path = path.resolve()
        self._settings = settings
        self._clock: Clock = SystemClock()
        self._posts = {name: _Post(RoomProxy(name)) for name in names}
        self._over = asyncio.Event()
        self._speech_socket = settings.state

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._over.set)
        async with AsyncExitStack() as stack:
            await self._open_doors(stack)
            await self._start_speech(stack)
            tasks = [asyncio.create_task(self._keep(name)) for name in self._posts]
            stack.push_async_callback(_cancel, tasks)
            stack.push_async_callback(self._stop_rooms)
            sources = self._start_sources()
            stack.push_async_callback(_cancel, sources)
            await self._over.wait()
            print("Going off air …", flush=True)
        gone = [post.gave_up for post in self._posts.values() if post.gave_up]
        return 3 if gone and len(gone) == len(self._posts) else 0

    # --- the parts ---------------------------------------------------------------------------

    async def _start_speech(self, stack: AsyncExitStack) -> None:
        house = importlib.import_module("avatars.speech.house").SpeechHouse(
            self._settings.state, speech_cache(), threads=self._settings.speech.threads,
            most_bytes=self._settings.speech.cache_mb << 20,
        )
        self._speech_socket = house.socket_path
        stack.push_async_callback(house.stop)
        try:
            await house.start()
        except LinkError as error:
            log.error("%s; rooms go on air with captions and music until it does", error)

    async def _open_doors(self, stack: AsyncExitStack) -> None:
        """The operator's socket, then the page."""
        proxies: Mapping[str, RoomProxy] = {name: post.proxy for name, post in self._posts.items()}
        control = api.create(
            proxies,
            socket=self._settings.control.socket or self._settings.state / "control.sock",
            tcp=self._settings.control.tcp,
            token=os.environ.get(self._settings.control.token_env, ""),
        )
        await control.start()
        stack.push_async_callback(control.close)
        door = importlib.import_module("streaming.web.server").create(
            proxies, host=self._settings.web.host, port=self._settings.web.port,
            webhook_secrets=self._webhook_secrets(),
        )
        try:
            await door.start()
        except OSError as error:
            web = self._settings.web
            raise ConfigError(f"the page cannot listen on {web.host}:{web.port}: {os.strerror(error.errno or 0)}",
                              fix="stop what listens there, or choose another port under web:") from error
        stack.push_async_callback(door.close)
        print(f"Room page  {door.url}", flush=True)
        print(f"Operator   {control.where}   (nightmarket ctl {next(iter(self._posts))} state)", flush=True)

    def _webhook_secrets(self) -> dict[str, str]:
        secrets = {}
        for name in self._posts:
            for entry in self._settings.rooms[name].chat:
                if "webhook" in entry:
                    secrets[name] = plugins.load("chat", "webhook").secret(entry["webhook"] or {})
        return secrets

    def _start_sources(self) -> list[asyncio.Task[None]]:
        tasks = []
        for name, post in self._posts.items():
            for entry in self._settings.rooms[name].chat:
                for kind, settings in entry.items():
                    source = plugins.load("chat", kind).create(settings or {})
                    tasks.append(asyncio.create_task(_listen(source, kind, post.proxy)))
        return tasks

    # --- the rooms ---------------------------------------------------------------------------

    async def _keep(self, name: str) -> None:
        """Start a room, and again whenever it dies."""
        post = self._posts[name]
        while not post.stopping:
            began = self._clock.now_s()
            try:
                await self._run_once(name, post)
            except LinkError as error:
                log.warning("room %s: %s", name, error)
            post.proxy.detach()
            if post.stopping:
                return
            if post.gave_up:
                print(f"Room {name} cannot go on air: {post.gave_up}", file=sys.stderr, flush=True)
                if all(p.gave_up for p in self._posts.values()):
                    self._over.set()
                return
            post.failures = 0 if self._clock.now_s() - began > 60 else post.failures + 1
            wait_s = _BACKOFF_S[min(post.failures, len(_BACKOFF_S) - 1)]
            log.warning("room %s ended; starting it again in %.0f s", name, wait_s)
            await self._clock.sleep(wait_s)

    async def _run_once(self, name: str, post: _Post) -> None:
        child = await spawn(
            "engine.room.process",
            {"config": str(self._path), "room": name, "speech": str(self._speech_socket)},
            arguments=[name],
        )
        post.child = child
        post.proxy.attach(child.link)
        watching = asyncio.create_task(self._watch(name, post, child))
        try:
            while True:
                header, body = await child.link.receive()
                self._took(name, post, header, body)
        except LinkError:
            pass  # the room has ended; whether that was wanted is for the caller to know
        finally:
            watching.cancel()
            await child.close(2.0)
            post.child = None

    def _took(self, name: str, post: _Post, header: dict[str, Any], body: bytes) -> None:
        if "ready" in header:
            post.on_air.set()
            print(f"Room {name} is on air", flush=True)
        elif "failed" in header:
            failed = header["failed"]
            if not failed["retryable"]:
                post.gave_up = failed["message"]
        elif "beat" in header:
            post.proxy.last_beat_s = float(header["beat"]["air_s"])
        else:
            post.proxy.took(header, body)

    async def _watch(self, name: str, post: _Post, child: Child) -> None:
        """Kill a room whose air stands still: the monotonic clock is the same in every process here."""
        began = self._clock.now_s()
        post.proxy.last_beat_s = 0.0
        while True:
            await asyncio.sleep(2.0)
            now, beat = self._clock.now_s(), post.proxy.last_beat_s
            still = now - beat > BEAT_S if beat else now - began > _START_GRACE_S
            if still:
                log.error("room %s stands still; it is killed and started again", name)
                child.kill()
                return

    async def _stop_rooms(self) -> None:
        """Ask every room to leave the air; kill what has not left in time."""
        for post in self._posts.values():
            post.stopping = True
            with suppress(NightmarketError):
                await post.proxy.command("stop", {}, "supervisor")
        until = self._clock.now_s() + STOP_S
        while any(post.child for post in self._posts.values()) and self._clock.now_s() < until:
            await asyncio.sleep(0.05)
        for post in self._posts.values():
            if post.child is not None:
                post.child.kill()


async def _listen(source: Any, kind: str, proxy: RoomProxy) -> None:
    """Carry one chat source's messages into its room until it is dry."""

    async def put(user: str, text: str) -> None:
        with suppress(LinkError, ControlError):
            await proxy.hear(user, text, kind)

    try:
        await source.run(put)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        log.error("chat source %s of room %s ended: %s", kind, proxy.name, error)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
