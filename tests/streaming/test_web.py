"""What the front door answers, over real sockets, with rooms that are small machines."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from engine.clock import VirtualClock
from streaming.web import server
from tests.fakes.room import FakeRoom

pytestmark = pytest.mark.asyncio

SECRET = "a-shared-secret-of-some-length"
NOW = "1767297600"  # 2026-01-01 20:00 UTC, where the virtual clock starts
OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"


@dataclass
class House:
    door: server.FrontDoor
    http: aiohttp.ClientSession
    home: FakeRoom
    tea: FakeRoom
    clock: VirtualClock

    @asynccontextmanager
    async def live(
        self, room: str = "home-en", **headers: str
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self.http.ws_connect(f"/rooms/{room}/live", headers=headers) as socket:
            yield socket

    async def hook(
        self, body: bytes, timestamp: str = NOW, signed: str | None = None, room: str = "home-en"
    ) -> Any:
        right = (
            "sha256="
            + hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        )
        headers = {
            "X-Nightmarket-Timestamp": timestamp,
            "X-Nightmarket-Signature": right if signed is None else signed,
        }
        async with self.http.post(f"/rooms/{room}/chat", data=body, headers=headers) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def house(**options: Any) -> AsyncIterator[House]:
    """Two rooms behind an open front door; limits run on a clock that stands still."""
    clock = VirtualClock()
    home, tea = FakeRoom("home-en", "en"), FakeRoom("tea-zh", "zh")
    door = server.create(
        {"home-en": home, "tea-zh": tea}, port=0, webhook_secrets={"home-en": SECRET}, clock=clock, **options
    )
    await door.start()
    try:
        async with aiohttp.ClientSession(door.url) as http:
            yield House(door, http, home, tea, clock)
    finally:
        await door.close()


async def said(socket: aiohttp.ClientWebSocketResponse, event: str) -> dict[str, Any]:
    """The next message with this name."""
    while True:
        message = await socket.receive_json(timeout=10)
        if message["event"] == event:
            return dict(message)


# --- pages ---------------------------------------------------------------------------------------


async def test_the_index_and_a_room_are_pages() -> None:
    async with house() as h:
        async with h.http.get("/") as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        async with h.live("tea-zh") as socket:  # by now the door has seen the room
            await said(socket, "hello")
        async with h.http.get("/rooms/tea-zh") as answer:
            page = await answer.text()
    assert '<html lang="zh" data-room="tea-zh"' in page
    assert "<title>春茶夜话 · Nightmarket</title>" in page


async def test_an_unknown_room_is_a_page_that_says_so() -> None:
    async with house() as h, h.http.get("/rooms/nowhere") as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")


async def test_every_answer_forbids_inline_scripts_and_foreign_origins() -> None:
    async with house() as h:
        for path in ("/", "/rooms/home-en", "/rooms/home-en/state", "/static/room.js", "/nothing"):
            async with h.http.get(path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Server"] == "nightmarket"


async def test_a_static_file_is_not_sent_twice() -> None:
    async with house() as h:
        async with h.http.get("/static/room.js") as answer:
            assert answer.content_type == "text/javascript"
            tag = answer.headers["ETag"]
        async with h.http.get("/static/room.js", headers={"If-None-Match": tag}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")


# --- rooms ---------------------------------------------------------------------------------------


async def test_the_state_holds_what_viewers_may_see_and_nothing_else() -> None:
    async with house() as h, h.http.get("/rooms/home-en/state") as answer:
        state = await answer.json()
    assert sorted(state) == [
        "chat", "host", "language", "line", "on_air_s", "pinned", "products", "room", "rundown", "segment",
        "shop", "size", "state", "theme", "title", "viewers",
    ]  # fmt: skip
    assert state["segment"] == {"id": "s1", "kind": "answers", "product": "flask"}
    assert state["rundown"] == [{"id": "s2", "kind": "first-look", "product": "mug"}]


async def test_the_list_of_rooms_marks_those_that_are_away() -> None:
    async with house() as h:
        h.tea.go_away()
        async with h.http.get("/rooms") as answer:
            rooms = (await answer.json())["rooms"]
    assert [(room["room"], room["away"]) for room in rooms] == [("home-en", False), ("tea-zh", True)]
    assert rooms[0]["shop"] == {"name": "Juniper & Oak", "url": "https://juniper-and-oak.example"}
    assert "chat" not in rooms[0]


async def test_a_room_that_is_away_is_503_with_a_time_to_come_back() -> None:
    async with house() as h:
        h.home.go_away()
        async with h.http.get("/rooms/home-en/state") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
            assert await answer.json() == {"error": "The room is away for a moment."}


async def test_a_link_that_is_no_web_address_is_dropped() -> None:
    async with house() as h:
        h.home.change("flask", url="javascript:alert(1)")
        async with h.http.get("/rooms/home-en/state") as answer:
            products = {item["id"]: item for item in (await answer.json())["products"]}
    assert products["flask"]["url"] == ""
    assert products["mug"]["url"] == "https://shop.example/mug"


async def test_a_picture_is_asked_of_its_room_once() -> None:
    async with house() as h:
        async with h.http.get("/rooms/home-en/pictures/flask.png") as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            tag = answer.headers["ETag"]
        h.home.go_away()
        async with h.http.get("/rooms/home-en/pictures/flask.png", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        async with h.http.get("/rooms/home-en/pictures/flask.png?v=7") as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=86400, immutable"


async def test_no_picture_is_404_and_no_still_is_empty() -> None:
    async with house() as h:
        async with h.http.get("/rooms/home-en/pictures/nothing.png") as answer:
            assert answer.status == 404
        async with h.http.get("/rooms/home-en/still") as answer:
            assert answer.status == 204


# --- the live socket -----------------------------------------------------------------------------


async def test_a_viewer_gets_the_room_and_then_what_happens() -> None:
    async with house() as h, h.live() as socket:
        assert (await said(socket, "hello"))["room"]["title"] == "Evening edit"
        h.home.say("The base is 7.2 cm.", duration_s=2.0)
        line = await said(socket, "line")
    assert (line["text"], line["duration_s"]) == ("The base is 7.2 cm.", 2.0)
    assert line["words"] == [
        [0.0, 0.4, 0, 3],
        [0.4, 0.8, 4, 8],
        [0.8, 1.2, 9, 11],
        [1.2, 1.6, 12, 15],
        [1.6, 2.0, 16, 19],
    ]
    assert "facts" not in line


async def test_what_only_an_operator_should_see_is_not_passed_on() -> None:
    async with house() as h, h.live() as socket:
        await said(socket, "hello")
        h.home.send({"event": "output", "name": "tv", "detail": "rtmp://host/key"})
        h.home.send({"event": "control", "command": "price", "by": "ann"})
        h.home.send(
            {"event": "segment", "id": "s9", "kind": "offer", "product": "mug", "reason": "stock is low"}
        )
        message = await socket.receive_json(timeout=10)
    assert message == {"event": "segment", "t": 0.0, "id": "s9", "kind": "offer", "product": "mug"}


async def test_after_a_segment_comes_what_is_next() -> None:
    async with house() as h, h.live() as socket:
        await said(socket, "hello")
        for _ in range(4):
            h.home.step()
        moved = await said(socket, "rundown")
    assert moved == {
        "event": "rundown",
        "rundown": [{"id": "s2", "kind": "first-look", "product": "mug"}],
        "pinned": "mug",
    }


async def test_a_message_is_heard_once_and_comes_back_with_its_id() -> None:
    async with house() as h, h.live() as socket:
        await said(socket, "hello")
        await socket.send_json({"event": "say", "user": "Lily", "text": "Does it leak?", "ref": "r1"})
        got = {
            message["event"]: message for message in [await socket.receive_json(timeout=10) for _ in range(2)]
        }
        assert h.home.heard == [("Lily", "Does it leak?", "web")]
    assert got["sent"] == {"event": "sent", "ref": "r1", "id": got["chat"]["id"], "accepted": True, "why": ""}
    assert (got["chat"]["user"], got["chat"]["text"]) == ("Lily", "Does it leak?")


async def test_a_message_the_room_refuses_says_why() -> None:
    async with house() as h, h.live() as socket:
        h.home.refuse_chat = "The chat is closed."
        await socket.send_json({"event": "say", "user": "", "text": "hello", "ref": "r1"})
        sent = await said(socket, "sent")
    assert sent == {"event": "sent", "ref": "r1", "id": "", "accepted": False, "why": "The chat is closed."}


async def test_words_are_made_one_plain_line_of_bounded_length() -> None:
    async with house() as h, h.live() as socket:
        text = "<b>hi</b>\n\u202eevil\u200b" + "x" * 300
        await socket.send_json({"event": "say", "user": "L\u0000i\tly" + "y" * 50, "text": text, "ref": "r1"})
        await said(socket, "sent")
    user, heard, _ = h.home.heard[0]
    assert heard == ("<b>hi</b> evil" + "x" * 300)[:200]
    assert user == ("Li ly" + "y" * 50)[:24]


async def test_three_messages_at_once_then_one_in_two_seconds() -> None:
    async with house() as h, h.live() as socket:
        verdicts = []
        for number in range(4):
            await socket.send_json({"event": "say", "user": "", "text": f"message {number}", "ref": "r"})
            verdicts.append(await said(socket, "sent"))
        assert [one["accepted"] for one in verdicts] == [True, True, True, False]
        assert (verdicts[3]["why"], verdicts[3]["wait_s"]) == ("slow-down", 2.0)
        h.clock.advance(2.0)
        await socket.send_json({"event": "say", "user": "", "text": "later", "ref": "r"})
        assert (await said(socket, "sent"))["accepted"] is True


async def test_many_sockets_of_one_address_share_a_limit() -> None:
    async with house() as h:
        verdicts = []
        for _ in range(7):
            async with h.live() as socket:
                for _ in range(2):
                    await socket.send_json({"event": "say", "user": "", "text": "hi", "ref": "r"})
                    verdicts.append((await said(socket, "sent"))["accepted"])
    assert verdicts == [True] * 12 + [False] * 2


async def test_a_room_that_goes_and_comes_back_is_told_on_the_same_socket() -> None:
    async with house() as h, h.live() as socket:
        await said(socket, "hello")
        h.home.go_away()
        assert await said(socket, "away") == {"event": "away"}
        await socket.send_json({"event": "say", "user": "", "text": "anyone?", "ref": "r1"})
        assert (await said(socket, "sent"))["why"] == "away"
        h.home.come_back()
        assert (await said(socket, "hello"))["room"]["room"] == "home-en"


async def test_viewers_share_one_subscription() -> None:
    async with house() as h, h.live() as first, h.live() as second:
        await said(first, "hello")
        await said(second, "hello")
        assert h.home.listeners() == 1


async def test_closing_the_door_sends_everyone_home() -> None:
    async with house() as h, h.live() as socket:
        await said(socket, "hello")
        await h.door.close()
        message = await socket.receive(timeout=10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)


# --- WHEP ----------------------------------------------------------------------------------------


async def test_an_offer_gets_an_answer_and_a_session_to_end() -> None:
    async with house() as h:
        h.home.video = True
        headers = {"Content-Type": "application/sdp", "Origin": "https://elsewhere.example"}
        async with h.http.post("/rooms/home-en/whep", data=OFFER, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (201, "application/sdp")
            assert answer.headers["Location"] == "/rooms/home-en/whep/viewer-1"
            assert answer.headers["ETag"].startswith('"')
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Location" in answer.headers["Access-Control-Expose-Headers"]
            assert (await answer.text()).startswith("v=0")
        async with h.http.delete("/rooms/home-en/whep/viewer-1") as answer:
            assert answer.status == 200
        async with h.http.delete("/rooms/home-en/whep/viewer-2") as answer:
            assert answer.status == 404
    assert h.home.requests == [
        {"kind": "webrtc", "op": "offer", "sdp": OFFER},
        {"kind": "webrtc", "op": "hangup", "id": "viewer-1"},
        {"kind": "webrtc", "op": "hangup", "id": "viewer-2"},
    ]


async def test_a_browser_may_ask_first() -> None:
    async with house() as h:
        async with h.http.options("/rooms/home-en/whep") as answer:
            assert (answer.status, answer.headers["Accept-Post"]) == (204, "application/sdp")
            assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
        async with h.http.options("/rooms/home-en/whep/viewer-1") as answer:
            assert answer.headers["Access-Control-Allow-Methods"] == "DELETE, OPTIONS"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", OFFER, 415),
        ("application/sdp", "hello", 400),
        ("application/sdp", b"v=0\xff m=", 400),
        ("application/sdp", "v=0 m=" + "x" * 40_000, 413),
        ("application/sdp", OFFER, 503),  # the fake has no video
    ],
)
async def test_an_offer_that_cannot_be_served(content_type: str, body: str | bytes, status: int) -> None:
    async with house() as h:
        headers = {"Content-Type": content_type}
        async with h.http.post("/rooms/home-en/whep", data=body, headers=headers) as answer:
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_trickle_is_not_offered() -> None:
    async with house() as h, h.http.patch("/rooms/home-en/whep/viewer-1", data="a=candidate") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "DELETE,OPTIONS")


async def test_offers_of_one_address_are_limited() -> None:
    async with house() as h:
        h.home.video = True
        statuses = []
        for _ in range(13):
            headers = {"Content-Type": "application/sdp"}
            async with h.http.post("/rooms/home-en/whep", data=OFFER, headers=headers) as answer:
                statuses.append(answer.status)
    assert statuses == [201] * 12 + [429]


# --- the webhook ---------------------------------------------------------------------------------


async def test_a_signed_message_is_heard() -> None:
    async with house() as h:
        status, heard = await h.hook('{"user": "小鹿", "text": "多大？"}'.encode())
        assert (status, heard["accepted"]) == (202, True)
        assert h.home.heard == [("小鹿", "多大？", "webhook")]


async def test_a_request_that_is_not_signed_right_is_not_read() -> None:
    body = b'{"user": "x", "text": "y"}'
    stale = "1767297299"  # 301 seconds ago
    async with house() as h:
        assert (await h.hook(body, signed=""))[0] == 401
        assert (await h.hook(body, signed="sha256=" + "0" * 64))[0] == 401
        assert (await h.hook(body, signed="sha256=\u00e9"))[0] == 401
        assert (await h.hook(body, timestamp=stale))[0] == 401
        assert (await h.hook(body, timestamp="soon"))[0] == 401
        assert (await h.hook(body, room="tea-zh"))[0] == 404
        assert h.home.heard == h.tea.heard == []


async def test_a_recorded_request_cannot_be_played_again() -> None:
    body = b'{"user": "x", "text": "y"}'
    async with house() as h:
        assert (await h.hook(body))[0] == 202
        assert (await h.hook(body))[0] == 409
        assert (await h.hook(body, timestamp="1767297601"))[0] == 202


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b"[]", 400),
        (b'{"user": "x"}', 400),
        (b'{"text": "\\u200b"}', 400),
        (b"[" * 5000, 400),
        (json.dumps({"text": "x" * 9000}).encode(), 413),
    ],
)
async def test_a_signed_body_that_is_no_message(body: bytes, status: int) -> None:
    async with house() as h:
        assert (await h.hook(body))[0] == status
        assert h.home.heard == []
