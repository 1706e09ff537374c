"""Product pictures: checked where they lie, fetched by a client that a catalog cannot abuse."""

from __future__ import annotations

import io
import os
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from engine.errors import PictureError
from engine.script.catalog import Catalog, Product
from engine.script.importing import Loaded
from engine.script.pictures import as_image, check, fetch, fetch_now, fetch_one, is_public

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(out, kind, **more)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes with the header of a huge one."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


class Shop:
    """A real server on this machine that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app)

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked.append(path)
        if self.broken:
            return web.Response(status=503)
        if path.startswith("hop/"):
            left = int(path.removeprefix("hop/"))
            raise web.HTTPFound(f"/hop/{left - 1}" if left > 1 else "/mug.png")
        match path:
            case "mug.png":
                return web.Response(body=picture())
            case "big.jpg":
                return web.Response(body=picture("JPEG", (3000, 1500)))
            case "turned.jpg":
                exif = Image.Exif()
                exif[0x0112] = 6
                return web.Response(body=picture("JPEG", (60, 20), exif=exif.tobytes()))
            case "bomb.png":
                return web.Response(body=png_that_claims(30_000, 30_000))
            case "drawing.svg":
                body = "<svg xmlns='http://www.w3.org/2000/svg'/>"
                return web.Response(text=body, content_type="image/svg+xml")
            case "cut.png":
                return web.Response(body=picture(size=(400, 300))[:200])
            case "endless.png":
                response = web.StreamResponse()
                await response.prepare(request)
                for _ in range(400):
                    await response.write(b"\0" * (1 << 16))
                return response
            case "to-file":
                raise web.HTTPFound("file:///etc/passwd")
            case "to-password":
                raise web.HTTPFound("http://user:secret@example.com/a.png")
        return web.Response(status=404)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.server.start_server()
    yield shop
    await shop.server.close()


def loaded(**urls: str) -> Loaded:
    goods = tuple(Product(id=name, number=n, name=name, price=Decimal(1)) for n, name in enumerate(urls, 1))
    return Loaded(Catalog("USD", goods), picture_urls=urls)


# --- fetching --------------------------------------------------------------------------------------


async def test_a_picture_is_kept_as_a_png_named_after_its_content(shop: Shop, tmp_path: Path) -> None:
    first = await fetch_one(shop.url("/mug.png"), tmp_path, allow_private=True)
    same = await fetch_one(shop.url("/hop/1"), tmp_path, allow_private=True)
    assert first == same
    assert first.suffix == ".png"
    with Image.open(first) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (40, 30), "RGB")


async def test_a_large_picture_is_made_smaller(shop: Shop, tmp_path: Path) -> None:
    with Image.open(await fetch_one(shop.url("/big.jpg"), tmp_path, allow_private=True)) as image:
        assert image.size == (1280, 640)


async def test_a_turned_photo_is_set_upright(shop: Shop, tmp_path: Path) -> None:
    with Image.open(await fetch_one(shop.url("/turned.jpg"), tmp_path, allow_private=True)) as image:
        assert image.size == (20, 60)


async def test_three_redirects_are_followed_and_a_fourth_is_not(shop: Shop, tmp_path: Path) -> None:
    assert (await fetch_one(shop.url("/hop/3"), tmp_path, allow_private=True)).is_file()
    with pytest.raises(PictureError, match="more than 3 redirects"):
        await fetch_one(shop.url("/hop/4"), tmp_path, allow_private=True)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/nothing.png", "the server answers 404"),
        ("/bomb.png", "more than 40 megapixels"),
        ("/drawing.svg", "this is no PNG, JPEG, WebP or GIF picture"),
        ("/cut.png", "the picture is damaged"),
        ("/endless.png", "larger than 10 MB"),
        ("/to-file", "only http and https addresses are fetched"),
        ("/to-password", "an address with a password is not fetched"),
    ],
)
async def test_what_cannot_be_shown_is_refused(shop: Shop, tmp_path: Path, path: str, sentence: str) -> None:
    with pytest.raises(PictureError) as caught:
        await fetch_one(shop.url(path), tmp_path, allow_private=True)
    assert caught.value.message == sentence
    assert list(tmp_path.iterdir()) == []


async def test_the_private_network_is_not_asked(shop: Shop, tmp_path: Path) -> None:
    port = shop.server.port
    for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"):
        with pytest.raises(PictureError):
            await fetch_one(f"http://{host}:{port}/mug.png", tmp_path)
    assert shop.asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x/y.png", "gopher://x", "http://", "http://[", "http://a:b/"]
)
async def test_only_http_addresses_are_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(PictureError):
        await fetch_one(url, tmp_path, allow_private=True)


async def test_a_picture_fetched_before_is_not_asked_for_again(shop: Shop, tmp_path: Path) -> None:
    for _ in range(3):
        await fetch_one(shop.url("/mug.png"), tmp_path, allow_private=True)
    assert shop.asked == ["mug.png"]


async def test_an_old_copy_serves_when_its_address_fails(shop: Shop, tmp_path: Path) -> None:
    first = await fetch_one(shop.url("/mug.png"), tmp_path, allow_private=True)
    for note in tmp_path.glob("*.from"):
        os.utime(note, (0, 0))
    shop.broken = True
    assert await fetch_one(shop.url("/mug.png"), tmp_path, allow_private=True) == first
    assert shop.asked == ["mug.png", "mug.png"]


async def test_a_host_that_gives_no_answer_is_not_asked_for_every_picture(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    urls = {f"p{n}": f"http://127.0.0.1:{port}/{n}.png" for n in range(9)}
    after = await fetch(loaded(**urls), tmp_path, allow_private=True)
    told = [problem.message.partition(": ")[2] for problem in after.problems]
    assert len(told) == 9
    assert told.count("the server gave no answer before") >= 5


async def test_an_address_that_is_none_costs_its_product_the_picture(tmp_path: Path) -> None:
    after = await fetch(loaded(mug="http://[", cup="http://"), tmp_path)
    assert len(after.problems) == 2


async def test_a_product_whose_picture_fails_goes_without_it(shop: Shop, tmp_path: Path) -> None:
    before = loaded(mug=shop.url("/mug.png"), cup=shop.url("/nothing.png?token=secret"))
    after = await fetch(before, tmp_path, allow_private=True)
    mug, cup = after.catalog.products
    assert mug.picture is not None
    assert cup.picture is None
    (problem,) = after.problems
    assert problem.severity == "warning"
    assert problem.message == "'cup' goes without a picture: the server answers 404"
    assert "secret" not in problem.where


def test_pictures_can_be_fetched_by_code_that_blocks(tmp_path: Path) -> None:
    after = fetch_now(loaded(mug="ftp://nowhere/mug.png"), tmp_path)
    assert [p.message for p in after.problems] == [
        "'mug' goes without a picture: only http and https addresses are fetched"
    ]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.0.0.1", False), ("192.168.1.1", False),
        ("172.16.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("127.0.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("fe80::1", False),
        ("fd00::1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False), ("2002:a00:1::", False),
    ],
)  # fmt: skip
def test_an_address_is_public_or_not(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


# --- local pictures --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_local_picture_is_shown_at_the_size_asked_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"mug.{kind.lower()}"
    path.write_bytes(picture(kind, (400, 200)))
    check(path)
    assert as_image(path, 100).size == (100, 50)


def test_an_svg_is_drawn_at_the_size_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "mug.svg"
    path.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 40'><rect width='20' height='40' fill='#f00'/></svg>"
    )
    check(path)
    image = as_image(path, 200)
    assert image.size == (100, 200)
    assert image.convert("RGB").getpixel((50, 100)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.svg", b"<html/>", "a.svg is no SVG"),
        ("a.svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "a.svg defines entities"),
        ("a.png", b"text", "a.png: this is no PNG, JPEG, WebP or GIF picture"),
        ("a.png", png_that_claims(30_000, 30_000), "a.png: more than 40 megapixels"),
        ("a.png", b"\0" * (11 << 20), "a.png is larger than 10 MB"),
        ("a.png", picture(size=(400, 300))[:100], "a.png is damaged"),
    ],
)
def test_a_local_picture_that_cannot_be_shown_is_refused(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(PictureError) as caught:
        check(tmp_path / name)
    assert caught.value.message == sentence
