"""The front door: one HTTP server for every room's page, video signalling, live socket and webhook.

    GET    /                              the rooms, as a page          GET /rooms  as JSON
    GET    /rooms/{room}                  the room's page
    GET    /rooms/{room}/state            the public snapshot, JSON
    GET    /rooms/{room}/live             WebSocket (see streaming.web.live)
    POST   /rooms/{room}/whep             SDP offer → 201, answer (see streaming.web.whep)
    DELETE /rooms/{room}/whep/{id}        end that session
    POST   /rooms/{room}/chat             signed webhook (see streaming.web.webhook)
    GET    /rooms/{room}/pictures/{product}.png, /rooms/{room}/still (204: none)
    GET    /static/{file}, /fonts/{file}

It stands in the supervisor and talks to rooms only through ``RoomPort``; a room that is away is a 503
with Retry-After, and the page comes back by itself.
"""

from __future__ import annotations

import asyncio
import html
import logging
import resource
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from engine.clock import Clock, SystemClock
from engine.errors import NightmarketError
from engine.ports import RoomPort
from streaming.web import files, gate, live, view, whep
from streaming.web.audience import Audience
from streaming.web.doorway import Doorway
from streaming.web.gate import Refusal
from streaming.web.limits import Allowance, Seats
from streaming.web.pictures import STILL, Pictures
from streaming.web.webhook import BODY_BYTES, Hook

log = logging.getLogger(__name__)

ASK_S = 5.0

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create(
    rooms: Mapping[str, RoomPort],
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    webhook_secrets: Mapping[str, str] | None = None,
    behind_proxy: bool = False,
    clock: Clock | None = None,
    most_connections: int = 2048,
    most_each: int = 256,
    silent_s: float = 10.0,
) -> FrontDoor:
    """A front door for these rooms, not yet open.

    ``webhook_secrets``: room name → secret; a room without one has no webhook. ``port`` 0 takes a free
    one. ``behind_proxy``: count limits by the last address in X-Forwarded-For (only behind a proxy of
    our own: anyone can write that header; it must pass Host on as it came). ``most_connections`` is also
    kept under the process's limit of open files. ``most_each``: connections per address, generous
    because thousands of phones share one.
    """
    files_left = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 128
    most = (min(most_connections, max(64, files_left)), most_each)
    return FrontDoor(
        rooms, (host, port), webhook_secrets or {}, behind_proxy, clock or SystemClock(), most, silent_s
    )


class FrontDoor:
    """``await start()``, then ``url`` says where; ``await close()`` sends everyone home."""

    def __init__(
        self,
        rooms: Mapping[str, RoomPort],
        where: tuple[str, int],
        secrets: Mapping[str, str],
        behind_proxy: bool,
        clock: Clock,
        most: tuple[int, int],
        silent_s: float,
    ) -> None:
        self._where = where
        self._behind_proxy = behind_proxy
        self._clock = clock
        self._most = most
        self._silent_s = silent_s
        self._audiences = {name: Audience(room, clock) for name, room in rooms.items()}
        self._hooks = {name: Hook(secret, clock) for name, secret in secrets.items() if secret}
        self._static = files.static()
        self._fonts = files.fonts()
        self._pictures = Pictures(clock)
        self._requests = Allowance(clock, per_s=40, burst=400)
        self._offers = Allowance(clock, per_s=0.5, burst=12)
        self._chat = Allowance(clock, per_s=2, burst=12)
        self._hook_calls = Allowance(clock, per_s=20, burst=40)
        self._live_seats = Seats(most[0] * 3 // 4, max(1, most[1] // 2))
        self._sockets: set[web.WebSocketResponse] = set()
        self._doorway: Doorway | None = None
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._followers: list[asyncio.Task[None]] = []

    # --- open and close ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen, and follow every room.

        Raises:
            OSError: the address is taken or not ours.
        """
        app = web.Application(
            middlewares=[gate.middleware(self._heard, self._requests.take, self._address)],
            client_max_size=64 * 1024,
        )
        app.on_response_prepare.append(gate.dress)
        app.add_routes(self._routes())
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=30.0, lingering_time=1.0, shutdown_timeout=2.0
        )
        await self._runner.setup()
        assert self._runner.server is not None
        # Behind a proxy every connection comes from the proxy's own address.
        each = self._most[0] if self._behind_proxy else self._most[1]
        self._doorway = Doorway(
            self._runner.server, most=self._most[0], most_each=each, silent_s=self._silent_s
        )
        try:
            self._listening = await asyncio.get_running_loop().create_server(
                self._doorway, *self._where, backlog=256
            )
        except OSError:
            await self._runner.cleanup()
            raise
        self._followers = [asyncio.create_task(audience.run()) for audience in self._audiences.values()]
        for follower in self._followers:
            follower.add_done_callback(_tell_if_broken)

    async def close(self) -> None:
        """Stop listening, hang up on everyone, stop following."""
        if self._listening is not None:
            self._listening.close()
        for follower in self._followers:
            follower.cancel()
        await asyncio.gather(*self._followers, return_exceptions=True)
        goodbyes = [one.close(code=1001, message=b"closing") for one in tuple(self._sockets)]
        await asyncio.gather(*goodbyes, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:8080`` (a browser's address: a wildcard host is shown as loopback)."""
        if self._listening is None or not self._listening.sockets:
            raise RuntimeError("the front door is not open")
        listening = self._listening.sockets[0]
        host, port = listening.getsockname()[:2]
        if host in {"0.0.0.0", "::"}:
            host = "127.0.0.1" if listening.family == socket.AF_INET else "::1"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _routes(self) -> list[web.RouteDef]:
        room = r"/rooms/{room:[a-z0-9][a-z0-9-]{0,39}}"
        return [
            web.get("/", self._index),
            web.get("/healthz", self._health),
            web.get("/rooms", self._list),
            web.get(room, self._page),
            web.get(room + "/state", self._state),
            web.get(room + "/live", self._live, allow_head=False),
            web.post(room + "/chat", self._webhook),
            web.post(room + "/whep", self._offer),
            web.options(room + "/whep", self._preflight),
            web.delete(room + f"/whep/{{session:{whep.SESSION}}}", self._hangup),
            web.options(room + f"/whep/{{session:{whep.SESSION}}}", self._preflight),
            web.get(room + r"/pictures/{product:[A-Za-z0-9._-]{1,80}}.png", self._picture),
            web.get(room + "/still", self._still),
            web.get("/static/{file}", self._static_file),
            web.get("/fonts/{file}", self._font),
            web.get("/favicon.ico", self._favicon),
        ]

    # --- pages and files --------------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return self._static["index.html"].answer(request)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["room"]
        audience = self._audiences.get(name)
        if audience is None:
            lost = self._static["lost.html"]
            return web.Response(status=404, body=lost.content, content_type="text/html", charset="utf-8")
        seen = audience.last
        page = self._static["room.html"].content.decode()
        for mark, value in {
            "ROOM": name,
            "TITLE": seen.get("title", name),
            "LANG": seen.get("language", "en"),
        }.items():
            page = page.replace(f"{{{{{mark}}}}}", html.escape(str(value)))
        return web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-cache"})

    async def _static_file(self, request: web.Request) -> web.StreamResponse:
        return _known(self._static, request.match_info["file"]).answer(request)

    async def _font(self, request: web.Request) -> web.StreamResponse:
        return _known(self._fonts, request.match_info["file"]).answer(request)

    async def _favicon(self, request: web.Request) -> web.StreamResponse:
        return self._static["mark.svg"].answer(request)

    # --- rooms ------------------------------------------------------------------------------------

    async def _health(self, request: web.Request) -> web.StreamResponse:
        return gate.answer({"rooms": len(self._audiences), "live": self._live_seats.taken()})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        return gate.answer({"rooms": await asyncio.gather(*map(_listed, self._audiences.values()))})

    async def _state(self, request: web.Request) -> web.StreamResponse:
        return gate.answer(await self._audience(request).snapshot())

    async def _live(self, request: web.Request) -> web.StreamResponse:
        audience = self._audience(request)
        address = self._address(request)
        live.check_origin(request)
        if not self._live_seats.sit(address):
            raise Refusal(429, "Too many live sockets are open.", retry_s=10)
        wire = live.socket()
        self._sockets.add(wire)
        try:
            return await live.serve(request, wire, audience, live.Limits(self._clock, address, self._chat))
        finally:
            self._sockets.discard(wire)
            self._live_seats.leave(address)

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        audience = self._audience(request)
        hook = self._hooks.get(audience.room.name)
        if hook is None:
            raise Refusal(404, "This room has no webhook.")
        if (wait_s := self._hook_calls.take(audience.room.name)) > 0:
            raise Refusal(429, "Too many messages.", retry_s=wait_s)
        raw = await gate.body(request, BODY_BYTES)
        said = hook.read(
            request.headers.get("X-Nightmarket-Timestamp", ""),
            request.headers.get("X-Nightmarket-Signature", ""),
            raw,
        )
        async with asyncio.timeout(ASK_S):
            heard = await audience.room.hear(said.user, said.text, "webhook")
        return gate.answer(heard, status=202)

    # --- video ------------------------------------------------------------------------------------

    async def _offer(self, request: web.Request) -> web.StreamResponse:
        room = self._audience(request).room
        if (wait_s := self._offers.take(self._address(request))) > 0:
            raise Refusal(429, "Too many offers from this address.", retry_s=wait_s)
        return await whep.offer(room, request)

    async def _hangup(self, request: web.Request) -> web.StreamResponse:
        return await whep.hangup(self._audience(request).room, request.match_info["session"])

    async def _preflight(self, request: web.Request) -> web.StreamResponse:
        return whep.preflight("DELETE, OPTIONS" if "session" in request.match_info else "POST, OPTIONS")

    # --- pictures ---------------------------------------------------------------------------------

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        picture = await self._pictures.get(self._audience(request).room, request.match_info["product"])
        if picture is None:
            raise Refusal(404, "There is no such picture.")
        response = picture.answer(request)
        if "v" in request.query:  # the address carries the version: this one never changes
            response.headers["Cache-Control"] = "public, max-age=86400, immutable"
        return response

    async def _still(self, request: web.Request) -> web.StreamResponse:
        still = await self._pictures.get(self._audience(request).room, STILL)
        return web.Response(status=204) if still is None else still.answer(request)

    # --- who and what -----------------------------------------------------------------------------

    def _audience(self, request: web.Request) -> Audience:
        audience = self._audiences.get(request.match_info["room"])
        if audience is None:
            raise Refusal(404, "There is no such room.")
        return audience

    def _address(self, request: web.Request) -> str:
        return gate.peer(request, behind_proxy=self._behind_proxy)

    def _heard(self, transport: asyncio.BaseTransport | None) -> None:
        if self._doorway is not None:
            self._doorway.heard(transport)


def _tell_if_broken(follower: asyncio.Task[None]) -> None:
    """A follower ends only by a mistake of ours: its room's pages would stand still without a word."""
    if not follower.cancelled() and (mistake := follower.exception()) is not None:
        log.error("a room is no longer followed", exc_info=mistake)


def _known(kept: Mapping[str, files.File], name: str) -> files.File:
    if name not in kept or name.endswith(".html"):
        raise Refusal(404, "There is no such file.")
    return kept[name]


async def _listed(audience: Audience) -> dict[str, Any]:
    try:
        return {"away": False, **view.listed(await audience.snapshot())}
    except NightmarketError:
        return {"away": True, **view.listed(audience.last), "room": audience.room.name}
