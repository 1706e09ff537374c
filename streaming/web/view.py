"""What of a room the public may see.

A snapshot and events of a ``RoomPort`` also carry what only an operator should read (why the planner
chose, which outputs run, which commands came in). The page gets what is named here, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_SNAPSHOT = (
    "room", "title", "language", "theme", "size", "state", "shop", "host", "on_air_s", "viewers", "pinned",
)  # fmt: skip
_SEGMENT = ("id", "kind", "product")
_PRODUCT = (
    "id", "number", "name", "summary", "price", "compare_at", "stock", "stock_full", "sold_out", "picture",
    "url", "version",
)  # fmt: skip
_EVENTS: dict[str, tuple[str, ...]] = {
    "line": ("id", "text", "language", "product", "segment", "duration_s", "words"),
    "segment": _SEGMENT,
    "product": _PRODUCT,
    "chat": ("id", "user", "text", "wall"),
    "answer": ("chat", "text", "status", "wall"),
    "state": ("state", "viewers", "pinned"),
}


def snapshot(state: Mapping[str, Any]) -> dict[str, Any]:
    """The public part of ``RoomPort.state()``, same shapes."""
    seen = _pick(state, _SNAPSHOT)
    seen["shop"] = _shop(state.get("shop") or {})
    seen["segment"] = _pick(state["segment"], _SEGMENT) if state.get("segment") else None
    seen["rundown"] = [_pick(item, _SEGMENT) for item in state.get("rundown", ())]
    seen["line"] = event({"event": "line", **state["line"]}) if state.get("line") else None
    seen["products"] = [_product(item) for item in state.get("products", ())]
    seen["chat"] = [said for item in state.get("chat", ()) if (said := event(item)) is not None]
    return seen


def listed(seen: Mapping[str, Any]) -> dict[str, Any]:
    """A room as the list of rooms shows it: the snapshot without talk."""
    return {name: value for name, value in seen.items() if name not in {"chat", "line"}}


def event(happened: Mapping[str, Any]) -> dict[str, Any] | None:
    """The public part of one event, or None when viewers have no business with it."""
    name = happened.get("event")
    fields = _EVENTS.get(name) if isinstance(name, str) else None
    if fields is None:
        return None
    seen = _product(happened) if name == "product" else _pick(happened, fields)
    return {"event": name, "t": happened.get("t"), **seen}


def _pick(source: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: source[name] for name in names if name in source}


def _product(item: Mapping[str, Any]) -> dict[str, Any]:
    seen = _pick(item, _PRODUCT)
    seen["url"] = web_address(item.get("url"))
    return seen


def _shop(shop: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": shop.get("name", ""), "url": web_address(shop.get("url"))}


def web_address(url: object) -> str:
    """``url`` when it is an http(s) address, else empty: a catalog must not plant ``javascript:``."""
    if not isinstance(url, str):
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else ""
