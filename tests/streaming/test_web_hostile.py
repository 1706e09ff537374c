"""The front door against people who do not want to watch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from engine.clock import VirtualClock
from streaming.web import gate
from streaming.web.audience import BEHIND, Listener
from streaming.web.doorway import address_of
from streaming.web.limits import Allowance, Seats
from streaming.web.plain import plain
from tests.streaming.test_web import house, said

pytestmark = pytest.mark.asyncio


async def raw(url: str, *chunks: bytes) -> bytes:
    """Send bytes over a bare socket and return everything until the other side closes."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static/..%5cserver.py",
        "/static//etc/passwd",
        "/static/room.html",
        "/fonts/../static/room.js",
        "/rooms/home-en/pictures/..%2f..%2fstate.png",
        "/rooms/..%2f..%2fetc",
    ],
)
async def test_no_path_leads_out(path: str) -> None:
    async with house() as h:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = await raw(h.door.url, request.encode())
    assert answer.split(b" ", 2)[1] in {b"404", b"400"}


async def test_a_silent_connection_is_closed() -> None:
    async with house(silent_s=0.1) as h:
        assert await raw(h.door.url) == b""


async def test_a_head_that_never_ends_is_closed() -> None:
    async with house(silent_s=0.1) as h:
        assert await raw(h.door.url, b"GET / HTTP/1.1\r\n", b"X-Slow: 1\r\n") == b""


async def test_a_connection_that_spoke_is_kept() -> None:
    async with house(silent_s=0.1) as h, h.live() as socket:
        await said(socket, "hello")
        assert (
            await raw(h.door.url) == b""
        )  # came later, stayed silent, is gone: the first one's time was up too
        h.home.say("Still here.")
        assert (await said(socket, "line"))["text"] == "Still here."


async def test_one_address_cannot_take_every_connection() -> None:
    async with house(most_each=4) as h:
        host, _, port = h.door.url.removeprefix("http://").partition(":")
        opened = [await asyncio.open_connection(host, int(port)) for _ in range(6)]
        async with asyncio.timeout(10):
            assert [await reader.read() for reader, _ in opened[4:]] == [b"", b""]
        for _, writer in opened:
            writer.close()


async def test_a_body_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_S", 0.1)
    head = b"POST /rooms/home-en/whep HTTP/1.1\r\nHost: x\r\n"
    head += b"Content-Type: application/sdp\r\nContent-Length: 100\r\n\r\n"
    async with house() as h:
        answer = await raw(h.door.url, head, b"v=0")
    assert answer.split(b" ", 2)[1] == b"408"


async def test_a_viewer_that_does_not_listen_is_sent_away() -> None:
    listener = Listener()
    for number in range(BEHIND + 10):
        listener.tell(str(number))
    texts = [listener.texts.get_nowait() for _ in range(listener.texts.qsize())]
    assert (len(texts), texts[0], texts[-2], texts[-1]) == (BEHIND + 1, "0", str(BEHIND - 1), None)


async def test_a_giant_header_is_refused() -> None:
    async with house() as h:
        answer = await raw(h.door.url, b"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + b"x" * 20_000 + b"\r\n\r\n")
    assert answer.split(b" ", 2)[1] == b"400"


async def test_a_page_from_elsewhere_may_not_open_the_socket() -> None:
    async with house() as h:
        for origin in ("https://evil.example", "null", h.door.url + ".evil.example"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with h.live(Origin=origin):
                    pass
            assert refused.value.status == 403
        async with h.live(Origin=h.door.url) as socket:
            await said(socket, "hello")


@pytest.mark.parametrize("text", ["not json", "[]", '{"event": "command", "name": "panic"}', "[" * 3000])
async def test_nonsense_on_the_socket_ends_it(text: str) -> None:
    async with house() as h, h.live() as socket:
        await said(socket, "hello")
        await socket.send_str(text)
        message = await socket.receive(timeout=10)
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_a_giant_message_ends_the_socket() -> None:
    async with house() as h, h.live() as socket:
        await said(socket, "hello")
        await socket.send_str(json.dumps({"event": "say", "text": "x" * 5000}))
        message = await socket.receive(timeout=10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1009)
        assert h.home.heard == []


async def test_a_flood_of_messages_ends_the_socket() -> None:
    async with house() as h, h.live() as socket:
        for _ in range(21):
            await socket.send_json({"event": "say", "text": "buy followers", "ref": "r"})
        codes = [message.data async for message in _all(socket) if message.type is aiohttp.WSMsgType.CLOSE]
        assert codes == [1008]
        assert len(h.home.heard) == 3


async def _all(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[aiohttp.WSMessage]:
    while True:
        message = await socket.receive(timeout=10)
        yield message
        if message.type is not aiohttp.WSMsgType.TEXT:
            return


async def test_live_sockets_of_one_address_are_counted() -> None:
    async with house(most_each=4) as h, h.live(), h.live():
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with h.live():
                pass
        assert refused.value.status == 429


async def test_a_flood_of_requests_is_told_to_wait() -> None:
    async with house() as h:
        statuses = []
        for _ in range(401):
            async with h.http.get("/healthz") as answer:
                statuses.append(answer.status)
        assert statuses == [200] * 400 + [429]
        h.clock.advance(1.0)
        async with h.http.get("/healthz") as answer:
            assert answer.status == 200


async def test_a_packed_body_is_not_unpacked() -> None:
    async with house() as h:
        headers = {"Content-Type": "application/sdp", "Content-Encoding": "br"}
        async with h.http.post("/rooms/home-en/whep", data=b"x", headers=headers) as answer:
            assert answer.status in {400, 415}


async def test_a_written_forwarding_header_changes_nothing_without_our_proxy() -> None:
    async with house() as h:
        for number in range(400):
            async with h.http.get(
                "/healthz", headers={"X-Forwarded-For": f"10.0.{number // 256}.{number % 256}"}
            ):
                pass
        async with h.http.get("/healthz", headers={"X-Forwarded-For": "10.1.0.1"}) as answer:
            assert answer.status == 429


async def test_behind_our_proxy_the_last_address_counts() -> None:
    async with house(behind_proxy=True) as h:
        for _ in range(400):
            async with h.http.get("/healthz", headers={"X-Forwarded-For": "6.6.6.6, 10.0.0.1"}):
                pass
        async with h.http.get("/healthz", headers={"X-Forwarded-For": "7.7.7.7, 10.0.0.1"}) as answer:
            assert answer.status == 429
        async with h.http.get("/healthz", headers={"X-Forwarded-For": "6.6.6.6, 10.0.0.2"}) as answer:
            assert answer.status == 200


# --- the pure parts ------------------------------------------------------------------------------


async def test_a_bucket_fills_again_with_time() -> None:
    clock = VirtualClock()
    allowance = Allowance(clock, per_s=0.5, burst=2)
    assert [allowance.take("a") for _ in range(3)] == [0.0, 0.0, 2.0]
    assert allowance.take("b") == 0.0
    clock.advance(1.0)
    assert allowance.take("a") == 1.0
    clock.advance(1.0)
    assert allowance.take("a") == 0.0


async def test_buckets_are_forgotten_oldest_first() -> None:
    allowance = Allowance(VirtualClock(), per_s=1, burst=1, keys=2)
    assert [allowance.take(key) for key in ("a", "b", "c")] == [0.0, 0.0, 0.0]
    assert allowance.take("c") == 1.0
    assert allowance.take("a") == 0.0


async def test_seats_are_counted_per_row_and_in_the_house() -> None:
    seats = Seats(most=3, most_each=2)
    assert [seats.sit("a"), seats.sit("a"), seats.sit("a"), seats.sit("b"), seats.sit("c")] == [
        True, True, False, True, False,
    ]  # fmt: skip
    seats.leave("a")
    assert (seats.sit("c"), seats.taken()) == (True, 3)


@pytest.mark.parametrize(
    ("peer", "key"),
    [
        (("203.0.113.9", 4711), "203.0.113.9"),
        (("2001:db8:1:2:3:4:5:6", 1, 0, 0), "2001:db8:1:2::/64"),
        (("::ffff:203.0.113.9", 1, 0, 0), "203.0.113.9"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/64"),
        ("not an address", "?"),
        (None, "?"),
    ],
)
async def test_addresses_are_counted_by_what_one_person_gets(peer: object, key: str) -> None:
    assert address_of(peer) == key


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\n\nlines\t", "two lines"),
        ("a\u202eb\u200bc\u0000d", "abcd"),
        ("👨\u200d👩\u200d👧 ok", "👨\u200d👩\u200d👧 ok"),
        ("\u200d\u200c", ""),
        ("e\u0301", "é"),
        (42, ""),
        ("\ud800x", "x"),
        ("x" * 20, "x" * 10),
    ],
)
async def test_words_from_strangers_become_one_plain_line(text: object, line: str) -> None:
    assert plain(text, 10) == line
