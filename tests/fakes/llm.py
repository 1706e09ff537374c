"""A small real language model server: OpenAI's address, one route, scripted replies and troubles.

    async with FakeModel(say("…")) as model:
        writer = LanguageModelWriter(model.base_url, "fake", "en")

Each request takes the next reply; the last one stays. ``requests`` are the bodies it was sent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Reply:
    """One HTTP answer. ``wait_s``: silence before it (for timeouts)."""

    body: str
    status: int = 200
    content_type: str = "application/json"
    wait_s: float = 0.0


def say(content: str, **reply: Any) -> Reply:
    """A completion whose message is ``content``."""
    body = {
        "id": "fake", "object": "chat.completion", "created": 0, "model": "fake",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
    }
    return Reply(json.dumps(body, ensure_ascii=False), **reply)


def lines(*entries: Mapping[str, Any] | str) -> Reply:
    """A completion with a well-formed script: texts, or whole entries."""
    made = [{"text": e, "facts": [], "gesture": "rest", "look": "camera", "mood": "warm"} if isinstance(e, str) else e
            for e in entries]
    return say(json.dumps({"lines": made}, ensure_ascii=False))


def refuse(status: int) -> Reply:
    """An error as servers give it."""
    return Reply(json.dumps({"error": {"message": "no", "type": "error"}}), status)


class FakeModel:
    """The server; it knows only the JSON modes in ``knows`` and answers 400 to the others."""

    def __init__(self, *replies: Reply, knows: tuple[str, ...] = ("json_schema", "json_object", "plain")) -> None:
        self._replies = list(replies)
        self._knows = knows
        self.requests: list[dict[str, Any]] = []
        self.base_url = ""

    async def __aenter__(self) -> FakeModel:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(body)
        mode = body.get("response_format", {}).get("type", "plain")
        if mode not in self._knows:
            return web.json_response({"error": {"message": f"unknown response_format {mode}"}}, status=400)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if reply.wait_s:
            await asyncio.sleep(reply.wait_s)
        return web.Response(text=reply.body, status=reply.status, content_type=reply.content_type)
