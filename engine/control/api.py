"""The operator's socket: HTTP with JSON on a Unix socket, and on TCP only with a bearer token."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import socket as sockets
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web
from pydantic import ValidationError

from engine import __version__, plugins
from engine.clock import Clock, SystemClock
from engine.control import socketfile
from engine.control.metrics import prometheus
from engine.control.models import COMMANDS, Body, Failure, openapi
from engine.errors import CatalogError, ConfigError, ControlError, LinkError, NightmarketError
from engine.ports import RoomPort

log = logging.getLogger(__name__)

BODY_MAX = 16 * 1024
TOKEN_MIN = 16
EVENTS_MAX = 500
"""Events a slow listener may be behind; then it loses the oldest."""
HEARTBEAT_S = 15.0
_RETRY_S = 1.0
_OFF_AIR = (None, "starting", "stopping")
_SHORT = ("room", "title", "language", "state", "on_air_s", "viewers", "late_pictures")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Queue = asyncio.Queue[bytes | None]


class _Wrong(ControlError):
    """A request that no room needs to see: its HTTP status, one sentence, what to do about it."""

    def __init__(self, status: int, message: str, fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.status = status


def create(
    rooms: Mapping[str, RoomPort],
    *,
    socket: Path,
    tcp: str | None = None,
    token: str = "",
    clock: Clock | None = None,
    heartbeat_s: float = HEARTBEAT_S,
) -> ControlSocket:
    """The control socket of these rooms; nothing listens until :meth:`ControlSocket.start`.

    Args:
        tcp: ``host:port`` to serve the same API on, for those who send ``token``.
        heartbeat_s: how long an event stream may be silent before a comment keeps it open.
    """
    return ControlSocket(rooms, socket, tcp, token, clock or SystemClock(), heartbeat_s)


class ControlSocket:
    """Serves the API. ``where`` says how to reach it."""

    def __init__(
        self,
        rooms: Mapping[str, RoomPort],
        socket: Path,
        tcp: str | None,
        token: str,
        clock: Clock,
        heartbeat_s: float,
    ) -> None:
        self._rooms = rooms
        self._socket = socket
        self._tcp = tcp
        self._token = token
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._lock: TextIO | None = None
        self._bound = False
        self._runners: list[web.AppRunner] = []
        self._listeners: set[_Queue] = set()

    @property
    def where(self) -> str:
        return f"{self._socket}" + (f" and tcp {self._tcp}" if self._tcp else "")

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: a living instance holds the socket, its path cannot be used, or TCP has no token.
        """
        if self._tcp and len(self._token) < TOKEN_MIN:
            raise ConfigError(
                f"control on TCP needs a token of at least {TOKEN_MIN} characters",
                fix="set the environment variable that control.token_env names",
            )
        try:
            await self._listen_unix()
            if self._tcp:
                await self._listen_tcp(self._tcp)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop listening; event streams end, what is being answered has a second to finish."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if self._bound:  # else what lies there is not ours to remove
            with contextlib.suppress(OSError):
                self._socket.unlink()
            self._bound = False
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def _listen_unix(self) -> None:
        try:
            self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = socketfile.hold(self._socket)
            socketfile.clear(self._socket)
            bound = socketfile.bind(self._socket)
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {self._socket}: {error.strerror or error}",
                fix="give control.socket a shorter path in a folder of yours",
            ) from error
        self._bound = True
        await web.SockSite(await self._serve(guarded=False), bound).start()

    async def _listen_tcp(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        runner = await self._serve(guarded=True)
        try:
            await web.TCPSite(runner, host, int(port)).start()
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"cannot listen on {address}: {getattr(error, 'strerror', None) or error}",
                fix="give control.tcp another address",
            ) from error
        self._tcp = f"{host}:{runner.addresses[0][1]}"  # port 0 means any: say which it became

    async def _serve(self, *, guarded: bool) -> web.AppRunner:
        runner = web.AppRunner(self.application(guarded=guarded), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        return runner

    def application(self, *, guarded: bool) -> web.Application:
        """The aiohttp application; ``guarded`` asks for the bearer token."""
        guard = [self._guard] if guarded else []
        app = web.Application(client_max_size=BODY_MAX, middlewares=[self._errors, *guard])
        app.add_routes([
            web.get("/v1/rooms", self._list),
            web.get("/v1/rooms/{room}", self._state),
            web.post("/v1/rooms/{room}/{command}", self._command),
            web.get("/v1/events", self._events, allow_head=False),
            web.get("/v1/openapi.json", self._openapi),
            web.get("/healthz", self._health),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ])
        app.on_shutdown.append(self._end_listeners)
        return app

    # --- middleware --------------------------------------------------------------------------

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _http_failure(request, error)
        except _Wrong as error:
            return _failure(error.status, error.message, error.fix)
        except LinkError as error:
            return _failure(503, error.message, error.fix, retryable=True)
        except (ControlError, ConfigError, CatalogError) as error:
            where = f"{error.where}: " if error.where else ""
            return _failure(409, where + error.message, error.fix)
        except NightmarketError as error:
            return _failure(502, error.message, error.fix, retryable=error.retryable)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return _failure(500, "this is a mistake of ours", "the log says more")

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # Headers come with bytes that are no UTF-8 as surrogates; encoded the same way they only differ.
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            refused = _failure(401, "a bearer token is needed", "send the header 'Authorization: Bearer …'")
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        return await handler(request)

    # --- handlers ----------------------------------------------------------------------------

    async def _list(self, _: web.Request) -> web.StreamResponse:
        states = await self._states()
        return web.json_response({"rooms": [
            {key: state.get(key) for key in _SHORT} if state else {"room": name, "state": "away"}
            for name, state in states.items()
        ]})

    async def _state(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(await self._room(request.match_info["room"]).state())

    async def _command(self, request: web.Request) -> web.StreamResponse:
        room, command = self._room(request.match_info["room"]), request.match_info["command"]
        if command not in COMMANDS:
            known = tuple(COMMANDS)
            raise _Wrong(404, f"no command {command[:40]!r}", plugins.suggestion(command, known))
        body = _read_body(command, await request.read())
        return web.json_response(await room.command(command, body.model_dump(), _caller(request)))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("room")
        rooms = self._rooms.values() if wanted is None else [self._room(wanted)]
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        queue: _Queue = asyncio.Queue(EVENTS_MAX)
        self._listeners.add(queue)
        readers = [asyncio.create_task(_follow(room, queue, self._clock)) for room in rooms]
        try:
            await asyncio.sleep(0)  # the readers subscribe: who has read the greeting misses nothing
            await response.write(b": the events of the rooms follow\n\n")
            while (message := await self._next(queue)) is not None:
                await response.write(message)
        except ConnectionError:
            pass  # the listener has left
        finally:
            self._listeners.discard(queue)
            for reader in readers:
                reader.cancel()
        return response

    async def _next(self, queue: _Queue) -> bytes | None:
        """The next message for a listener, a comment when there is none for long, None at the end."""
        try:
            return await asyncio.wait_for(queue.get(), self._heartbeat_s)
        except TimeoutError:
            return b": still here\n\n"

    async def _end_listeners(self, _: web.Application) -> None:
        for queue in self._listeners:
            _put(queue, None)

    async def _openapi(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(openapi(__version__))

    async def _health(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True, "version": __version__})

    async def _ready(self, _: web.Request) -> web.StreamResponse:
        """Ready is every room on air; a paused room is, one that starts or stops is not."""
        states = {name: (state or {}).get("state") for name, state in (await self._states()).items()}
        away = [name for name, state in states.items() if state in _OFF_AIR]
        return web.json_response({"ready": not away, "away": away}, status=503 if away else 200)

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return web.Response(text=prometheus(await self._states()), headers={"Content-Type": kind})

    def _room(self, name: str) -> RoomPort:
        if name not in self._rooms:
            known = tuple(self._rooms)
            raise _Wrong(404, f"no room {name[:40]!r} is on air here", plugins.suggestion(name, known))
        return self._rooms[name]

    async def _states(self) -> dict[str, dict[str, Any] | None]:
        async def ask(room: RoomPort) -> dict[str, Any] | None:
            try:
                return await room.state()
            except LinkError:
                return None

        answers = await asyncio.gather(*(ask(room) for room in self._rooms.values()))
        return dict(zip(self._rooms, answers, strict=True))


# --- requests and answers ----------------------------------------------------------------------


def _read_body(command: str, raw: bytes) -> Body:
    """The checked body of a command; an empty one stands for ``{}``.

    Raises:
        _Wrong: not JSON (400), or not what the command takes (422).
    """
    try:
        given = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError):
        raise _Wrong(400, "the body is not JSON", 'send an object, such as {"product": "flask"}') from None
    if not isinstance(given, dict):
        raise _Wrong(422, "the body is not an object", 'send one, such as {"product": "flask"}')
    model = COMMANDS[command][0]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        # A misspelt field is also a missing one; the misspelling is the news.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    name = str(first["loc"][0])[:40]
    if first["type"] == "extra_forbidden":
        allowed = tuple(model.model_fields)
        fix = plugins.suggestion(name, allowed) if allowed else f"{command} takes no arguments"
        raise _Wrong(422, f"{command} takes no {name!r}", fix)
    meaning = f"{name} is {model.model_fields[name].description}"
    if first["type"] == "missing":
        raise _Wrong(422, f"{command} needs {name!r}", meaning)
    said = str(first["msg"])
    raise _Wrong(422, f"{command}: {name}: {said[:1].lower()}{said[1:]}", meaning)


async def _follow(room: RoomPort, queue: _Queue, clock: Clock) -> None:
    """Carry one room's events into a listener's queue, through the room's restarts too."""
    while True:
        with contextlib.suppress(LinkError):
            async for event in room.events():
                _put(queue, _message(room.name, event))
        await clock.sleep(_RETRY_S)


def _put(queue: _Queue, message: bytes | None) -> None:
    """Queue a message; a listener that is too far behind loses the oldest."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(message)


def _message(room: str, event: Mapping[str, Any]) -> bytes:
    data = json.dumps({"room": room, **event}, ensure_ascii=False)
    return f"event: {event['event']}\ndata: {data}\n\n".encode("utf-8", "replace")


def _caller(request: web.Request) -> str:
    """Who commands, for the record: the user at the other end of the Unix socket, or the TCP address."""
    peer = request.transport.get_extra_info("socket") if request.transport else None
    if peer is None or peer.family != sockets.AF_UNIX:
        return f"token from {request.remote}"
    if not hasattr(sockets, "SO_PEERCRED"):
        return "unix socket"  # macOS has another way to ask; only our user can have connected
    pid, uid, _ = struct.unpack("3i", peer.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, 12))
    return f"uid {uid} pid {pid}"


def _http_failure(request: web.Request, error: web.HTTPException) -> web.Response:
    """What aiohttp refuses by itself, in our words."""
    if error.status == 404:
        return _failure(404, f"nothing is at {request.path[:80]}", "GET /v1/openapi.json lists what is")
    if isinstance(error, web.HTTPMethodNotAllowed):
        refused = _failure(405, f"{request.path[:80]} takes no {request.method}",
                           f"use {' or '.join(sorted(error.allowed_methods))}")
        refused.headers["Allow"] = error.headers["Allow"]
        return refused
    if error.status == 413:
        return _failure(413, f"the body is larger than {BODY_MAX} bytes", "send the command's fields only")
    return _failure(error.status, error.reason.lower())


def _failure(status: int, error: str, fix: str | None = None, *, retryable: bool = False) -> web.Response:
    body = Failure(error=error, fix=fix, retryable=retryable).model_dump()
    return web.json_response(body, status=status, headers={"Retry-After": "3"} if retryable else {})
