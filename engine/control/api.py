"""The operator's socket: HTTP with JSON on a Unix socket, and on TCP only with a bearer token."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hmac
import json
import logging
import os
import socket as sockets
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web
from pydantic import ValidationError

from engine import __version__
from engine.control.metrics import prometheus
from engine.control.models import COMMANDS, openapi
from engine.errors import ConfigError, ControlError, LinkError, NightmarketError
from engine.ports import RoomPort

log = logging.getLogger(__name__)

BODY_MAX = 16 * 1024
_SHORT = ("room", "title", "language", "state", "on_air_s", "viewers", "late_pictures")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create(rooms: Mapping[str, RoomPort], *, socket: Path, tcp: str | None = None, token: str = "") -> ControlSocket:
    """The control socket of these rooms; nothing listens until :meth:`ControlSocket.start`."""
    return ControlSocket(rooms, socket, tcp, token)


class ControlSocket:
    """Serves the API. ``where`` says how to reach it."""

    def __init__(self, rooms: Mapping[str, RoomPort], socket: Path, tcp: str | None, token: str) -> None:
        self._rooms = rooms
        self._socket = socket
        self._tcp = tcp
        self._token = token
        self._lock: TextIO | None = None
        self._runners: list[web.AppRunner] = []

    @property
    def where(self) -> str:
        return f"{self._socket}" + (f" and tcp {self._tcp}" if self._tcp else "")

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: a living instance holds the socket, the path is too long, or TCP has no token.
        """
        if self._tcp and len(self._token) < 16:
            raise ConfigError("control on TCP needs a token of at least 16 characters",
                              fix="set the environment variable that control.token_env names")
        self._take_socket()
        # Born 0600: the mask is set before the socket exists, so there is no moment in which others may connect.
        mask = os.umask(0o177)
        try:
            runner = await self._serve(guarded=False)
            await web.UnixSite(runner, str(self._socket)).start()
        except OSError as error:
            raise ConfigError(f"cannot listen on {self._socket}: {error.strerror or error}",
                              fix="give control.socket a shorter path in a folder of yours") from error
        finally:
            os.umask(mask)
        if self._tcp:
            host, _, port = self._tcp.rpartition(":")
            try:
                await web.TCPSite(await self._serve(guarded=True), host, int(port)).start()
            except OSError as error:
                raise ConfigError(f"cannot listen on {self._tcp}: {error.strerror or error}") from error

    async def close(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        with contextlib.suppress(OSError):
            self._socket.unlink()
        if self._lock is not None:
            self._lock.close()

    def _take_socket(self) -> None:
        """Take the lock beside the socket first: asyncio would silently replace a living one."""
        self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._socket.with_name(self._socket.name + ".lock").open("a", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise ConfigError(f"a living instance holds {self._socket}", fix="stop it first") from None
        self._lock = lock
        with contextlib.suppress(FileNotFoundError):
            self._socket.unlink()

    async def _serve(self, *, guarded: bool) -> web.AppRunner:
        runner = web.AppRunner(self.application(guarded=guarded), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        return runner

    def application(self, *, guarded: bool) -> web.Application:
        """The aiohttp application; ``guarded`` asks for the bearer token."""
        app = web.Application(client_max_size=BODY_MAX, middlewares=[self._errors, *([self._guard] if guarded else [])])
        app.add_routes([
            web.get("/v1/rooms", self._list),
            web.get("/v1/rooms/{room}", self._state),
            web.post("/v1/rooms/{room}/{command}", self._command),
            web.get("/v1/events", self._events),
            web.get("/v1/openapi.json", self._openapi),
            web.get("/healthz", self._health),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ])
        return app

    # --- middleware --------------------------------------------------------------------------

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _failure(error.status, error.reason)
        except LinkError as error:
            return _failure(503, error.message, error.fix, retryable=True)
        except ControlError as error:
            return _failure(409, error.message, error.fix)
        except NightmarketError as error:
            return _failure(502, error.message, error.fix, retryable=error.retryable)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return _failure(401, "a bearer token is needed")
        return await handler(request)

    # --- handlers ----------------------------------------------------------------------------

    async def _list(self, _: web.Request) -> web.StreamResponse:
        states = await self._states()
        return web.json_response({"rooms": [
            {key: state.get(key) for key in _SHORT} if state else {"room": name, "state": "away"}
            for name, state in states.items()
        ]})

    async def _state(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(await self._room(request).state())

    async def _command(self, request: web.Request) -> web.StreamResponse:
        room, command = self._room(request), request.match_info["command"]
        if command not in COMMANDS:
            return _failure(404, f"no command {command!r}", f"commands: {', '.join(COMMANDS)}")
        text = await request.text()
        try:
            body = COMMANDS[command][0].model_validate(json.loads(text) if text.strip() else {})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            return _failure(422, f"{where}: {first['msg']}")
        except ValueError:
            return _failure(400, "the body is not JSON")
        return web.json_response(await room.command(command, body.model_dump(), _caller(request)))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("room")
        rooms = {name: room for name, room in self._rooms.items() if wanted in (None, name)}
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(500)
        readers = [asyncio.create_task(_read(room, queue)) for room in rooms.values()]
        try:
            await response.write(b": the events of the rooms follow\n\n")
            while True:
                try:
                    name, event = await asyncio.wait_for(queue.get(), 15.0)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                data = json.dumps({"room": name, **event}, ensure_ascii=False)
                await response.write(f"event: {event['event']}\ndata: {data}\n\n".encode())
        except (ConnectionError, asyncio.CancelledError):
            return response
        finally:
            for reader in readers:
                reader.cancel()

    async def _openapi(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(openapi(__version__))

    async def _health(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True, "version": __version__})

    async def _ready(self, _: web.Request) -> web.StreamResponse:
        away = [name for name, state in (await self._states()).items() if state is None]
        return web.json_response({"ready": not away, "away": away}, status=503 if away else 200)

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text=prometheus(await self._states()), content_type="text/plain")

    def _room(self, request: web.Request) -> RoomPort:
        name = request.match_info["room"]
        if name not in self._rooms:
            raise ControlError(f"no room is called {name!r}", fix=f"on air here: {', '.join(self._rooms)}")
        return self._rooms[name]

    async def _states(self) -> dict[str, dict[str, Any] | None]:
        async def ask(room: RoomPort) -> dict[str, Any] | None:
            try:
                return await room.state()
            except LinkError:
                return None

        answers = await asyncio.gather(*(ask(room) for room in self._rooms.values()))
        return dict(zip(self._rooms, answers, strict=True))


async def _read(room: RoomPort, queue: asyncio.Queue[tuple[str, dict[str, Any]]]) -> None:
    """One room's events into the queue; a listener that is 500 behind loses the oldest."""
    async for event in room.events():
        if queue.full():
            queue.get_nowait()
        queue.put_nowait((room.name, event))


def _caller(request: web.Request) -> str:
    """Who commands, for the record: the user at the other end of the Unix socket, or the TCP address."""
    peer = request.transport.get_extra_info("socket") if request.transport else None
    if peer is not None and peer.family == sockets.AF_UNIX and hasattr(sockets, "SO_PEERCRED"):
        pid, uid, _ = struct.unpack("3i", peer.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, 12))
        return f"uid {uid} pid {pid}"
    return f"token from {request.remote}"


def _failure(status: int, error: str, fix: str | None = None, *, retryable: bool = False) -> web.Response:
    headers = {"Retry-After": "3"} if retryable else {}
    return web.json_response({"error": error, "fix": fix, "retryable": retryable}, status=status, headers=headers)
