"""WHEP: a player POSTs an SDP offer, gets an answer and a session to DELETE (draft-ietf-wish-whep).

The room's ``webrtc`` output does the work; here is only HTTP (CORS is open, see ``gate``). Trickle
ICE is not offered: PATCH says 405.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from engine.errors import LinkError, PublishError
from engine.ports import RoomPort
from streaming.web.gate import Refusal, body

OFFER_BYTES = 32 * 1024
ASK_S = 12.0
"""How long an output may take to gather its addresses and answer."""

SESSION = r"[A-Za-z0-9_-]{1,64}"


def preflight(methods: str) -> web.Response:
    headers = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Content-Type, Authorization, If-Match",
        "Access-Control-Max-Age": "86400",
        "Accept-Post": "application/sdp",
        "Allow": methods,
    }
    return web.Response(status=204, headers=headers)


async def offer(room: RoomPort, request: web.Request) -> web.Response:
    """POST: 201 with the answer, the session's address and its ETag.

    Raises:
        Refusal: not SDP (415), not an offer (400), too large (413), no such output or full (503).
    """
    if request.content_type != "application/sdp":
        raise Refusal(415, "Send the offer as application/sdp.")
    raw = await body(request, OFFER_BYTES)
    try:
        sdp = raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise Refusal(400, "The offer is not UTF-8.") from bad
    if not sdp.startswith("v=0") or "m=" not in sdp:
        raise Refusal(400, "This is not an SDP offer.")
    session = await _ask(room, {"op": "offer", "sdp": sdp})
    name, answer = session.get("id"), session.get("sdp")
    if not isinstance(name, str) or not re.fullmatch(SESSION, name) or not isinstance(answer, str):
        raise LinkError(f"the WebRTC output of {room.name} gave no session")
    headers = {
        "Location": f"/rooms/{room.name}/whep/{name}",
        "ETag": f'"{hashlib.sha256(answer.encode()).hexdigest()[:16]}"',
    }
    return web.Response(status=201, text=answer, content_type="application/sdp", headers=headers)


async def hangup(room: RoomPort, session: str) -> web.Response:
    """DELETE: 200 when the session ended, 404 when there was none."""
    try:
        await _ask(room, {"op": "hangup", "id": session})
    except Refusal as gone:
        if gone.status == 400:
            raise Refusal(404, "No such session.") from gone
        raise
    return web.Response(status=200)


async def _ask(room: RoomPort, request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(ASK_S):
            return await room.output_request("webrtc", request)
    except TimeoutError as slow:
        raise Refusal(503, "The room does not answer.", retry_s=2) from slow
    except LinkError as away:
        raise Refusal(503, "The room is away for a moment.", retry_s=2) from away
    except PublishError as refused:
        if refused.retryable:
            raise Refusal(503, "No video right now.", retry_s=5) from refused
        raise Refusal(400, "The room cannot use this offer.") from refused
