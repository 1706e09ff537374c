"""What holds for every request: limits, security headers, errors as JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from engine.errors import LinkError, NightmarketError
from streaming.web.doorway import address_of

log = logging.getLogger(__name__)

BODY_S = 10.0
"""How long a client may take to send a body."""

SECURITY = {
    # Nothing inline, nothing from elsewhere: a name or a message that slipped through as markup stays inert.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
        "connect-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "nightmarket",
}

CORS = {
    # Any page may play a public room; there are no cookies to steal.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Accept-Post, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """The request cannot be served; becomes ``{"error": sentence}`` with ``status``."""

    def __init__(
        self, status: int, sentence: str, *, retry_s: float | None = None, hang_up: bool = False
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = {"Connection": "close"} if hang_up else {}
        if retry_s is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_s)))


def middleware(
    heard: Callable[[asyncio.BaseTransport | None], None],
    take: Callable[[str], float],
    address: Callable[[web.Request], str],
) -> Any:
    """``heard`` learns that a connection spoke; ``take`` answers how long this address must wait (0: go)."""

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        heard(request.transport)
        try:
            wait_s = take(address(request))
            if wait_s > 0:
                raise Refusal(429, "Too many requests from this address.", retry_s=wait_s)
            return await handler(request)
        except Refusal as refusal:
            return error(refusal.status, refusal.sentence, refusal.headers)
        except (LinkError, TimeoutError) as away:
            log.info("%s %s: %s", request.method, request.path, away)
            return error(503, "The room is away for a moment.", {"Retry-After": "2"})
        except NightmarketError as wrong:
            log.warning("%s %s: %s", request.method, request.path, wrong)
            return error(
                503 if wrong.retryable else 500, "The room cannot do this now.", {"Retry-After": "5"}
            )
        except web.HTTPException as plain:
            allow = {"Allow": plain.headers["Allow"]} if "Allow" in plain.headers else {}
            return error(plain.status, plain.reason, allow)

    return gate


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Signal ``on_response_prepare``: the headers every answer wears, WebSockets and errors included."""
    for name, value in SECURITY.items():
        response.headers[name] = value
    if "/whep" in request.path:
        response.headers.update(CORS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")


def error(status: int, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    return answer({"error": sentence}, status=status, headers=headers)


def answer(content: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON, not escaped to ASCII."""
    text = json.dumps(content, ensure_ascii=False)
    return web.Response(text=text, status=status, headers=headers, content_type="application/json")


def peer(request: web.Request, *, behind_proxy: bool) -> str:
    """The address limits count. Behind our own proxy it is the last one that proxy wrote down."""
    if behind_proxy:
        forwarded = request.headers.getall("X-Forwarded-For", [])
        if forwarded:
            return address_of(forwarded[-1].rpartition(",")[2].strip())
    transport = request.transport
    return address_of(transport.get_extra_info("peername") if transport is not None else None)


async def body(request: web.Request, most_bytes: int) -> bytes:
    """The whole body, never more than ``most_bytes``, never slower than ``BODY_S``.

    Raises:
        Refusal: too large (413), packed (415) or too slow (408).
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal(415, "Send the body as it is, not compressed.")
    if (request.content_length or 0) > most_bytes:
        raise Refusal(413, f"At most {most_bytes} bytes.", hang_up=True)
    read = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_any():
                read += chunk
                if len(read) > most_bytes:
                    raise Refusal(413, f"At most {most_bytes} bytes.", hang_up=True)
    except TimeoutError as slow:
        raise Refusal(408, "The body came too slowly.", hang_up=True) from slow
    return bytes(read)
