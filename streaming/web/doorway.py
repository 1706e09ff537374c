"""The first metre of a connection: who may connect, and that they soon say something.

aiohttp waits for ever for the first request line, so a thousand silent sockets would fill the house.
Every connection passes here: too many are closed at once, silent ones after ``SILENT_S``.
"""

from __future__ import annotations

import asyncio
import ipaddress

from aiohttp import web

SILENT_S = 10.0
"""How long a new connection may take to send its first complete request head."""


def address_of(peer: object) -> str:
    """The key limits are counted by: an IPv4 address, or the /64 an IPv6 address is from."""
    host = peer[0] if isinstance(peer, tuple) and peer else peer
    if not isinstance(host, str):
        return "?"
    try:
        address = ipaddress.ip_address(host.partition("%")[0].strip())
    except ValueError:
        return "?"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


class Doorway:
    """A protocol factory around aiohttp's server: ``loop.create_server(doorway, …)``."""

    def __init__(self, server: web.Server, *, most: int, most_each: int, silent_s: float = SILENT_S) -> None:
        self._server = server
        self._most = most
        self._most_each = most_each
        self._silent_s = silent_s
        self._silent: set[asyncio.BaseTransport] = set()

    def __call__(self) -> asyncio.BaseProtocol:
        return _Arrival(self)

    def heard(self, transport: asyncio.BaseTransport | None) -> None:
        """A whole request head came in on this connection (the keep-alive limit watches it from now)."""
        if transport is not None:
            self._silent.discard(transport)

    def admit(self, transport: asyncio.Transport) -> None:
        if not self._has_room(address_of(transport.get_extra_info("peername"))):
            transport.abort()
            return
        protocol = self._server()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._silent.add(transport)
        asyncio.get_running_loop().call_later(self._silent_s, self._close_if_silent, transport)

    def _has_room(self, address: str) -> bool:
        open_now = self._server.connections
        if len(open_now) >= self._most:
            return False
        mine = sum(
            1
            for one in open_now
            if one.transport is not None and address_of(one.transport.get_extra_info("peername")) == address
        )
        return mine < self._most_each

    def _close_if_silent(self, transport: asyncio.Transport) -> None:
        if transport in self._silent:
            self._silent.discard(transport)
            transport.abort()


class _Arrival(asyncio.Protocol):
    """Stands in until the peer is known, then hands the connection over."""

    def __init__(self, doorway: Doorway) -> None:
        self._doorway = doorway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._doorway.admit(transport)
