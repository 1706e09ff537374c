"""The page's own files, read once at the start: what is not in the dictionary does not exist.

No request path ever becomes a file path, so there is nothing to traverse.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).resolve().parent / "static"
_MIME = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".ttf": "font/ttf"}
_FONTS = {"inter.ttf": ("fontpkg_inter", "files/Inter[opsz,wght].ttf")}
# Only fonts that are there are named, so that a page never asks for one that is not.
_FACE = "@font-face {{ font-family: Inter; src: url(/fonts/{name}); font-weight: 100 900; font-display: swap; }}\n"


@dataclass(frozen=True, slots=True)
class File:
    """One file ready to send, plain and packed."""

    mime: str
    content: bytes
    packed: bytes | None
    etag: str
    cache: str

    def answer(self, request: web.Request) -> web.Response:
        headers = {"ETag": self.etag, "Cache-Control": self.cache, "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304, headers=headers)
        content = self.content
        if self.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            content, headers["Content-Encoding"] = self.packed, "gzip"
        return web.Response(body=content, content_type=self.mime, headers=headers, charset=self._charset())

    def _charset(self) -> str | None:
        return "utf-8" if self.mime.startswith("text/") else None


def file(name: str, content: bytes, cache: str = "no-cache") -> File:
    """``no-cache`` means: keep it, ask whether it changed."""
    mime = _MIME.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = None if mime.startswith("image/p") else gzip.compress(content, 6, mtime=0)
    return File(mime, content, packed, f'"{hashlib.sha256(content).hexdigest()[:20]}"', cache)


def static() -> dict[str, File]:
    """Everything in the ``static`` folder by its name (no folders below it)."""
    found = {one.name: file(one.name, one.read_bytes()) for one in sorted(STATIC.iterdir()) if one.is_file()}
    found["fonts.css"] = file("fonts.css", "".join(_FACE.format(name=name) for name in fonts()).encode())
    return found


def fonts() -> dict[str, File]:
    """Fonts found in installed packages (none is copied into this repository); missing ones are left out."""
    found = {}
    for name, (package, inside) in _FONTS.items():
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        path = Path(spec.origin).parent / inside
        if path.is_file():
            found[name] = file(name, path.read_bytes(), "public, max-age=604800")
    return found
