"""Product pictures: checked where they lie, fetched safely where they are an address.

A catalog is not trusted with the network: only http and https, only public addresses (the address that
was checked is the one connected to, so a name cannot change its mind), at most three redirects, each
checked again, 10 MB, 10 s, 40 megapixels. What arrives is decoded by Pillow and kept as a PNG of our own;
no other program ever sees the bytes. SVG from an address is refused: it can point at files.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image, ImageOps

from engine.errors import PictureError
from engine.problem import Problem
from engine.script.importing import Loaded

MAX_BYTES = 10 << 20
MAX_PIXELS = 40_000_000
MAX_SIDE_PX = 1280
MAX_REDIRECTS = 3
TIMEOUT_S = 10.0
FRESH_S = 7 * 24 * 3600
"""A picture fetched within a week is not asked for again; an older one serves when its address fails."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_AT_ONCE = 4
_TRANSLATED = IPv6Network("64:ff9b::/96")


def check(path: Path) -> None:
    """Make sure that a local picture (PNG, JPEG, WebP, GIF or SVG) can be shown.

    Raises:
        PictureError: it is missing, too large or damaged.
    """
    try:
        if not path.is_file():
            raise PictureError(f"{path.name} is not there")
        if path.stat().st_size > MAX_BYTES:
            raise PictureError(f"{path.name} is larger than {MAX_BYTES >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path.name} cannot be read: {error.strerror}") from error
    if path.suffix.lower() == ".svg":
        _check_svg(data, path.name)
    else:
        try:
            _open(data).verify()
        except PictureError as error:
            raise PictureError(f"{path.name}: {error.message}") from error
        except Exception as error:  # Pillow raises SyntaxError, struct.error and more for damaged files
            raise PictureError(f"{path.name} is damaged") from error


def _check_svg(data: bytes, name: str) -> None:
    if b"<!ENTITY" in data:
        raise PictureError(f"{name} defines entities")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        raise PictureError(f"{name} is no SVG: {error}") from error
    if not root.tag.endswith("svg"):
        raise PictureError(f"{name} is no SVG")


async def fetch(loaded: Loaded, folder: Path, *, allow_private: bool = False) -> Loaded:
    """The same catalog with its pictures by address in ``folder``, as files.

    A picture that cannot be had is a warning; its product goes without.
    """
    limit = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, Path] = {}
    problems: list[Problem] = []
    silent: set[str] = set()  # hosts that gave no answer: not waited for again, twenty pictures long

    async def one(product: str, url: str) -> None:
        host = url.partition("://")[2].partition("/")[0]
        async with limit:
            try:
                found[product] = await fetch_one(url, folder, allow_private=allow_private, skip=host in silent)
            except PictureError as error:
                if error.retryable:
                    silent.add(host)
                shown = re.split(r"[?#]", url, maxsplit=1)[0][:200]
                message = f"{product!r} goes without a picture: {error.message}"
                problems.append(Problem(shown, 0, 0, message, severity="warning"))

    await asyncio.gather(*(one(product, url) for product, url in loaded.picture_urls.items()))
    goods = tuple(replace(p, picture=found.get(p.id, p.picture)) for p in loaded.catalog.products)
    return replace(
        loaded,
        catalog=replace(loaded.catalog, products=goods),
        problems=(*loaded.problems, *sorted(problems, key=lambda p: p.message)),
    )


def fetch_now(loaded: Loaded, folder: Path, *, allow_private: bool = False) -> Loaded:
    """:func:`fetch` for callers that may block (in a thread of its own: an event loop may be running)."""
    if not loaded.picture_urls:
        return loaded
    with ThreadPoolExecutor(1, "pictures") as thread:
        return thread.submit(asyncio.run, fetch(loaded, folder, allow_private=allow_private)).result()


async def fetch_one(url: str, folder: Path, *, allow_private: bool = False, skip: bool = False) -> Path:
    """One picture as a PNG file in ``folder``, named after its content. ``skip``: only what is kept.

    Raises:
        PictureError: it cannot be had, and no older copy is kept.
    """
    note = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.from"
    kept, age_s = _kept(note, folder)
    if kept is not None and age_s < FRESH_S:
        return kept
    try:
        if skip:
            raise PictureError("the server gave no answer before", retryable=True)
        async with asyncio.timeout(TIMEOUT_S):
            data = await _download(url, allow_private)
        png = await asyncio.to_thread(_as_png, data)
    except (PictureError, TimeoutError) as error:
        if kept is not None:
            return kept
        if isinstance(error, TimeoutError):
            raise PictureError(f"no answer within {TIMEOUT_S:.0f} s", retryable=True) from error
        raise
    return _keep(png, note)


def _kept(note: Path, folder: Path) -> tuple[Path | None, float]:
    """The file that an address gave before, and how long ago in seconds of wall time."""
    try:
        path = folder / Path(note.read_text()).name
        return (path if path.is_file() else None), max(0.0, time.time() - note.stat().st_mtime)
    except (OSError, UnicodeDecodeError):
        return None, 0.0


def _keep(png: bytes, note: Path) -> Path:
    path = note.parent / f"{hashlib.sha256(png).hexdigest()[:32]}.png"
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        _write(path, png)
        _write(note, path.name.encode())
    except OSError as error:
        raise PictureError(f"the picture cannot be kept: {error.strerror}") from error
    return path


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)


# --- the network -----------------------------------------------------------------------------------


async def _download(url: str, allow_private: bool) -> bytes:
    connector = aiohttp.TCPConnector(resolver=_Checked(allow_private), use_dns_cache=False)
    agent = {"User-Agent": "nightmarket", "Accept": "image/png, image/jpeg, image/webp, image/gif"}
    async with aiohttp.ClientSession(
        connector=connector, headers=agent, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as session:
        for _ in range(MAX_REDIRECTS + 1):
            _check_url(url, allow_private)
            try:
                async with session.get(url, allow_redirects=False) as response:
                    if response.status in (301, 302, 303, 307, 308):
                        url = urljoin(url, response.headers.get("Location", ""))
                        continue
                    if response.status != 200:
                        raise PictureError(f"the server answers {response.status}")
                    return await _body(response)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                refused = _refusal(error)
                message = refused or f"the server cannot be reached ({type(error).__name__})"
                raise PictureError(message, retryable=refused is None) from error
    raise PictureError(f"more than {MAX_REDIRECTS} redirects")


def _check_url(url: str, allow_private: bool) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise PictureError("this is no address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise PictureError("only http and https addresses are fetched")
    if parts.username or parts.password:
        raise PictureError("an address with a password is not fetched")
    try:
        address = ip_address(host)
    except ValueError:
        return  # a name: its addresses are checked when it is resolved
    if not allow_private and not is_public(address):
        raise PictureError(f"{host} is not a public address")


async def _body(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > MAX_BYTES:
            raise PictureError(f"larger than {MAX_BYTES >> 20} MB")
    return bytes(data)


class _Refused(OSError):
    """The name resolves to an address that is not fetched from."""


def _refusal(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, _Refused):
            return str(error)
        error = error.__cause__ or error.__context__
    return None


class _Checked(AbstractResolver):
    """Names to addresses, none of them private: the connection is made to these very addresses."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys((str(info[4][0]), int(info[4][1]), info[0]) for info in infos))
        if not self._allow_private:
            _require_public(host, (address for address, _, _ in addresses))
        return [
            ResolveResult(hostname=host, host=address, port=number, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for address, number, kind in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _require_public(host: str, addresses: Iterable[str]) -> None:
    for address in addresses:
        if not is_public(ip_address(address.partition("%")[0])):
            raise _Refused(f"{host} is not a public address")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """True for an address of the public internet, looking into addresses that carry another one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or address in _TRANSLATED:
            return False
    return address.is_global and not address.is_multicast


# --- pixels ----------------------------------------------------------------------------------------


def _open(data: bytes) -> Image.Image:
    """A picture's header, checked for size before a pixel is decoded.

    Raises:
        PictureError: another format, or more than 40 megapixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureError(f"more than {MAX_PIXELS // 1_000_000} megapixels") from error
    except Exception as error:
        raise PictureError("this is no PNG, JPEG, WebP or GIF picture") from error
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(f"more than {MAX_PIXELS // 1_000_000} megapixels")
    return image


def as_image(path: Path, side_px: int) -> Image.Image:
    """A local picture as RGB or RGBA pixels, its longer side at most ``side_px`` (an SVG's: exactly).

    Blocks for up to a second. SVG is drawn in a process of its own: resvg would hold the interpreter, and
    with it the room's pictures, for up to 90 ms.

    Raises:
        PictureError: it is missing, too large or damaged.
    """
    check(path)
    data = path.read_bytes()
    if path.suffix.lower() == ".svg":
        data = _drawn(data, side_px, path.name)
    return _pixels(data, side_px)


def _drawn(svg: bytes, side_px: int, name: str) -> bytes:
    root = ElementTree.fromstring(svg)
    box = [float(n) for n in re.findall(r"[0-9.]+", root.get("viewBox", ""))] or [0.0, 0.0, 1.0, 1.0]
    side = "width" if len(box) == 4 and box[2] >= box[3] else "height"
    draw = (
        "import sys, resvg_py;"
        "svg = sys.stdin.buffer.read().decode('utf-8');"
        f"sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes(svg_string=svg, {side}={side_px})))"
    )
    try:
        done = subprocess.run([sys.executable, "-c", draw], input=svg, capture_output=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise PictureError(f"{name} takes more than {TIMEOUT_S:.0f} s to draw") from error
    if done.returncode:
        raise PictureError(f"{name} cannot be drawn")
    return done.stdout


def _as_png(data: bytes) -> bytes:
    """Decode and encode again: upright, RGB or RGBA, at most 1280 px, nothing of the original file left.

    Raises:
        PictureError: it cannot be decoded.
    """
    pixels = _pixels(data, MAX_SIDE_PX)
    pixels.info.clear()
    out = io.BytesIO()
    pixels.save(out, "PNG")
    return out.getvalue()


def _pixels(data: bytes, side_px: int) -> Image.Image:
    try:
        with _open(data) as image:
            image.draft("RGB", (side_px, side_px))
            upright = ImageOps.exif_transpose(image)
            clear = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            pixels = upright.convert("RGBA" if clear else "RGB")
    except PictureError:
        raise
    except Exception as error:  # Pillow raises SyntaxError, struct.error and more for damaged files
        raise PictureError("the picture is damaged") from error
    pixels.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    return pixels
