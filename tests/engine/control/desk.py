"""An operator's desk: the real control socket on a real Unix socket, with small rooms behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from engine.clock import VirtualClock
from engine.control import api
from engine.errors import ControlError
from engine.ports import RoomPort
from tests.fakes.room import FakeRoom

TOKEN = "a token of some length"


class ToldRoom(FakeRoom):
    """Remembers what it was told in ``told``, and by whom; knows its products and nothing else."""

    def __init__(self, name: str = "home-en", language: str = "en") -> None:
        super().__init__(name, language)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.by: list[str] = []
        self.answer_with: dict[str, Any] = {}

    async def command(self, command: str, arguments: Mapping[str, Any], by: str) -> dict[str, Any]:
        state = await self.state()
        product = arguments.get("product")
        if product and product not in [one["id"] for one in state["products"]]:
            raise ControlError(f"no product {product!r}", fix="did you mean 'flask'?")
        self.told.append((command, dict(arguments)))
        self.by.append(by)
        return self.answer_with


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def sentence(self) -> tuple[str, str | None]:
        """The error and its fix."""
        return self.body["error"], self.body["fix"]


@dataclass
class Desk:
    """One side of the socket: ``get`` and ``post`` as an operator would."""

    socket: Path
    control: api.ControlSocket
    session: aiohttp.ClientSession

    async def get(self, path: str, **more: Any) -> Answer:
        return await self._ask("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        given = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return await self._ask("POST", path, data=given, **more)

    async def _ask(self, method: str, path: str, base: str = "http://desk", **more: Any) -> Answer:
        async with self.session.request(method, base + path, **more) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.text()
            return Answer(response.status, body, response.headers)


@asynccontextmanager
async def desk(folder: Path, *rooms: RoomPort, **more: Any) -> AsyncIterator[Desk]:
    """A control socket in ``folder`` that listens until the block ends."""
    socket = folder / "control.sock"
    more.setdefault("clock", VirtualClock())
    control = api.create({room.name: room for room in rooms or [ToldRoom()]}, socket=socket, **more)
    await control.start()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session:
            yield Desk(socket, control, session)
    finally:
        await control.close()


async def rows(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    """The rows of an event stream, blank ones left out."""
    async for row in response.content:
        if text := row.decode().strip():
            yield text


async def happened(response: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
    """The next ``count`` events of a stream."""
    found: list[dict[str, Any]] = []
    async for row in rows(response):
        if row.startswith("data: "):
            found.append(json.loads(row[6:]))
            if len(found) == count:
                break
    return found


async def until_heard(room: FakeRoom, listeners: int) -> None:
    """Let the loop turn until ``room`` has so many listeners."""
    while room.listeners() != listeners:
        await asyncio.sleep(0)
