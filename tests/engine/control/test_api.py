"""The operator's socket: who may use it, what reaches a room, and what is said when it does not."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import __version__
from engine.control import api
from engine.control.models import COMMANDS
from engine.errors import ConfigError, NightmarketError, VoiceError
from tests.engine.control.desk import TOKEN, ToldRoom, desk, happened, rows, until_heard

SAID = {
    "pause": ({}, {}),
    "resume": ({}, {}),
    "skip": ({}, {}),
    "say": ({"text": " Good evening. "}, {"text": "Good evening.", "now": False}),
    "pin": ({"product": "mug"}, {"product": "mug"}),
    "price": ({"product": "flask", "value": "19.90"}, {"product": "flask", "value": "19.90"}),
    "stock": ({"product": "flask", "value": "5"}, {"product": "flask", "value": "5"}),
    "mute-chat": ({}, {"value": "on"}),
    "reload": ({}, {}),
    "panic": ({}, {}),
    "stop": ({}, {}),
}
"""What is sent, and what the room is told."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- the socket file ---------------------------------------------------------------------------


async def test_the_socket_is_born_for_its_owner_only(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        assert mode(at.socket) == 0o600
        assert mode(tmp_path / "control.sock.lock") == 0o600


async def test_its_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    async with desk(tmp_path / "state"):
        assert mode(tmp_path / "state") == 0o700


async def test_a_file_made_while_the_socket_is_opened_keeps_its_mode(tmp_path: Path) -> None:
    async def neighbour() -> None:
        for number in range(20):
            (tmp_path / f"{number}").touch()
            await asyncio.sleep(0)

    (tmp_path / "before").touch()
    working = asyncio.create_task(neighbour())
    async with desk(tmp_path):
        await working
    assert {mode(tmp_path / f"{number}") for number in range(20)} == {mode(tmp_path / "before")}


async def test_a_living_instance_keeps_its_socket(tmp_path: Path) -> None:
    async with desk(tmp_path) as first:
        second = api.create({}, socket=first.socket)
        with pytest.raises(ConfigError, match=r"a living instance holds .*control\.sock \(stop it first\)"):
            await second.start()
        await second.close()
        assert (await first.get("/healthz")).status == 200


async def test_a_dead_instances_socket_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "control.sock"))
    left.close()
    async with desk(tmp_path) as at:
        assert (await at.get("/healthz")).status == 200


async def test_another_programs_socket_is_left_alone(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(str(tmp_path / "control.sock"))
        theirs.listen()
        with pytest.raises(ConfigError, match="another program listens on"):
            await api.create({}, socket=tmp_path / "control.sock").start()
    assert (tmp_path / "control.sock").is_socket()


async def test_a_file_at_the_sockets_path_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "control.sock").write_text("my notes")
    with pytest.raises(ConfigError, match="is there and is no socket"):
        await api.create({}, socket=tmp_path / "control.sock").start()
    assert (tmp_path / "control.sock").read_text() == "my notes"


@pytest.mark.parametrize("length", [120, 300])
async def test_a_path_that_is_too_long_is_refused_in_one_sentence(tmp_path: Path, length: int) -> None:
    with pytest.raises(ConfigError, match=r"^cannot listen on .*too long \(give control\.socket a shorter"):
        await api.create({}, socket=tmp_path / ("x" * length)).start()


async def test_a_folder_that_cannot_be_made_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot listen on"):
        await api.create({}, socket=tmp_path / "file" / "control.sock").start()


async def test_a_closed_socket_is_gone_and_can_be_opened_again(tmp_path: Path) -> None:
    async with desk(tmp_path):
        pass
    assert not (tmp_path / "control.sock").exists()
    async with desk(tmp_path) as again:
        assert (await again.get("/healthz")).status == 200


# --- commands ----------------------------------------------------------------------------------


NOT_JSON = ("the body is not JSON", 'send an object, such as {"product": "flask"}')
PRICE = 'value is the price as text, such as "19.90"'
TEXT = "text is what to say, at most 400 characters"
STOCK = 'value is how many are left as text, such as "5"'


def test_every_command_has_an_example_here() -> None:
    assert set(SAID) == set(COMMANDS)


@pytest.mark.parametrize("command", SAID)
async def test_a_command_reaches_its_room_with_a_checked_body(tmp_path: Path, command: str) -> None:
    room, other = ToldRoom(), ToldRoom("tea-zh", "zh")
    room.answer_with = {"state": "as told"}
    sent, told = SAID[command]
    async with desk(tmp_path, room, other) as at:
        answer = await at.post(f"/v1/rooms/home-en/{command}", sent)
    assert (answer.status, answer.body) == (200, {"state": "as told"})
    assert (room.told, other.told) == ([(command, told)], [])


async def test_an_empty_body_stands_for_no_fields(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at:
        assert (await at.post("/v1/rooms/home-en/pin")).status == 200
    assert room.told == [("pin", {"product": ""})]


async def test_a_command_is_on_record_with_the_user_and_process_it_came_from(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at:
        await at.post("/v1/rooms/home-en/pause")
    assert room.by == [f"uid {os.getuid()} pid {os.getpid()}"]


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("home-em/pause", {}, 404, ("no room 'home-em' is on air here", "did you mean 'home-en'?")),
        ("home-en/pauze", {}, 404, ("no command 'pauze'", "did you mean 'pause'?")),
        ("home-en/say/twice", {}, 404,
         ("nothing is at /v1/rooms/home-en/say/twice", "GET /v1/openapi.json lists what is")),
        ("home-en/pause", {"for": 3}, 422, ("pause takes no 'for'", "pause takes no arguments")),
        ("home-en/price", {"prodct": "flask", "value": "1"}, 422,
         ("price takes no 'prodct'", "did you mean 'product'?")),
        ("home-en/price", {"product": "flask"}, 422, ("price needs 'value'", PRICE)),
        ("home-en/price", {"product": "flask", "value": "cheap"}, 422,
         ("price: value: string should match pattern '^[0-9]{1,9}(\\.[0-9]{1,2})?$'", PRICE)),
        ("home-en/price", {"product": "flask", "value": 19.9}, 422,
         ("price: value: input should be a valid string", PRICE)),
        ("home-en/stock", {"product": "flask", "value": "-1"}, 422,
         ("stock: value: string should match pattern '^[0-9]{1,9}$'", STOCK)),
        ("home-en/say", {"text": "   "}, 422,
         ("say: text: string should have at least 1 character", TEXT)),
        ("home-en/say", {"text": "a" * 401}, 422,
         ("say: text: string should have at most 400 characters", TEXT)),
        ("home-en/mute-chat", {"value": "loud"}, 422,
         ("mute-chat: value: input should be 'on' or 'off'", "value is on or off")),
        ("home-en/pin", {"product": "flusk"}, 409, ("no product 'flusk'", "did you mean 'flask'?")),
        ("home-en/pause", b"{", 400, NOT_JSON),
        ("home-en/pause", b"\xff\xfe\xfd", 400, NOT_JSON),
        ("home-en/pause", b"[" * 16000, 400, NOT_JSON),
        ("home-en/pause", b"[]", 422,
         ("the body is not an object", 'send one, such as {"product": "flask"}')),
        ("home-en/say", b'{"text": "' + b"a" * 16384 + b'"}', 413,
         ("the body is larger than 16384 bytes", "send the command's fields only")),
    ],
)  # fmt: skip
async def test_what_cannot_be_carried_out_is_one_sentence_and_its_fix(
    tmp_path: Path, path: str, body: Any, status: int, sentence: tuple[str, str]
) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at:
        answer = await at.post(f"/v1/rooms/{path}", body)
    assert (answer.status, answer.sentence) == (status, sentence)
    assert answer.body["retryable"] is False
    assert room.told == []


async def test_a_command_that_is_read_instead_of_posted_is_told_how(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        answer = await at.get("/v1/rooms/home-en/pause")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert answer.sentence == ("/v1/rooms/home-en/pause takes no GET", "use POST")


fields = st.sampled_from(["product", "value", "text", "now", "x"])
bodies = st.dictionaries(fields, st.text() | st.integers() | st.none() | st.booleans())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(command=st.sampled_from(sorted(COMMANDS)), body=st.binary(max_size=200) | bodies)
def test_no_body_is_a_mistake_of_ours(tmp_path: Path, command: str, body: Any) -> None:
    async def post() -> None:
        room = ToldRoom()
        async with desk(tmp_path, room) as at:
            answer = await at.post(f"/v1/rooms/home-en/{command}", body)
        assert answer.status in (200, 400, 409, 422)
        assert (answer.status == 200) == bool(room.told)

    asyncio.run(post())


class FailingRoom(ToldRoom):
    """Fails every command with ``error``."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def command(self, command: str, arguments: Mapping[str, Any], by: str) -> dict[str, Any]:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (ConfigError("no such key 'tilte'", where="config.yaml:3:5", fix="did you mean 'title'?"), 409,
         ("config.yaml:3:5: no such key 'tilte'", "did you mean 'title'?")),
        (VoiceError("no voice could speak it"), 502, ("no voice could speak it", None)),
        (NightmarketError("it broke"), 502, ("it broke", None)),
        (ZeroDivisionError("a secret"), 500, ("this is a mistake of ours", "the log says more")),
    ],
)  # fmt: skip
async def test_a_rooms_own_trouble_comes_back_as_a_sentence(
    tmp_path: Path, error: Exception, status: int, sentence: tuple[str, str | None]
) -> None:
    async with desk(tmp_path, FailingRoom(error)) as at:
        answer = await at.post("/v1/rooms/home-en/reload")
    assert (answer.status, answer.sentence) == (status, sentence)


# --- reading -----------------------------------------------------------------------------------


async def test_all_rooms_are_listed_in_short(tmp_path: Path) -> None:
    away = ToldRoom("tea-zh", "zh")
    away.go_away()
    async with desk(tmp_path, ToldRoom(), away) as at:
        answer = await at.get("/v1/rooms")
    assert answer.body == {"rooms": [
        {"room": "home-en", "title": "Evening edit", "language": "en", "state": "on-air", "on_air_s": 0.0,
         "viewers": 128, "late_pictures": 0},
        {"room": "tea-zh", "state": "away"},
    ]}  # fmt: skip


async def test_one_room_is_told_in_full(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at:
        answer = await at.get("/v1/rooms/home-en")
    assert answer.body == await room.state()


@pytest.mark.parametrize("path", ["/v1/rooms/home-en", "/v1/rooms/home-en/pause"])
async def test_a_room_that_is_away_says_when_to_ask_again(tmp_path: Path, path: str) -> None:
    room = ToldRoom()
    room.go_away()
    async with desk(tmp_path, room) as at:
        answer = await (at.post(path) if path.endswith("pause") else at.get(path))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "3")
    assert answer.body == {"error": "room home-en is away", "fix": None, "retryable": True}


async def test_the_api_describes_itself(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        answer = await at.get("/v1/openapi.json")
    assert (answer.body["openapi"], answer.body["info"]["version"]) == ("3.1.0", __version__)


async def test_every_path_of_the_description_is_served(tmp_path: Path) -> None:
    async with desk(tmp_path, heartbeat_s=0.01) as at:
        paths = (await at.get("/v1/openapi.json")).body["paths"]
        readings = [path.format(room="home-en") for path, item in paths.items() if "get" in item]
        for path in readings:
            async with at.session.get(f"http://desk{path}") as response:
                assert (path, response.status) == (path, 200)


# --- health ------------------------------------------------------------------------------------


async def test_health_is_the_process_not_the_rooms(tmp_path: Path) -> None:
    room = ToldRoom()
    room.go_away()
    async with desk(tmp_path, room) as at:
        answer = await at.get("/healthz")
    assert (answer.status, answer.body) == (200, {"alive": True, "version": __version__})


class StateRoom(ToldRoom):
    """Is in one state of the show."""

    def __init__(self, state: str) -> None:
        super().__init__()
        self._state = state

    async def state(self) -> dict[str, Any]:
        return {**await super().state(), "state": self._state}


@pytest.mark.parametrize(
    ("state", "status"),
    [("on-air", 200), ("paused", 200), ("panic", 200), ("starting", 503), ("stopping", 503)],
)
async def test_ready_is_every_room_on_air(tmp_path: Path, state: str, status: int) -> None:
    async with desk(tmp_path, StateRoom(state)) as at:
        answer = await at.get("/readyz")
    assert (answer.status, answer.body["ready"]) == (status, status == 200)


async def test_a_room_that_is_away_is_not_ready_until_it_is_back(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at:
        room.go_away()
        gone = await at.get("/readyz")
        room.come_back()
        back = await at.get("/readyz")
    assert (gone.status, gone.body) == (503, {"ready": False, "away": ["home-en"]})
    assert (back.status, back.body) == (200, {"ready": True, "away": []})


async def test_metrics_are_served_as_prometheus_reads_them(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        answer = await at.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'nightmarket_viewers{room="home-en"} 128\n' in answer.body


# --- events ------------------------------------------------------------------------------------


async def test_events_of_every_room_arrive_in_order(tmp_path: Path) -> None:
    home, tea = ToldRoom(), ToldRoom("tea-zh", "zh")
    async with desk(tmp_path, home, tea) as at, at.session.get("http://desk/v1/events") as response:
        await anext(rows(response))
        home.send({"event": "state", "state": "paused", "viewers": 3})
        first = await happened(response, 1)
        tea.say("晚上好\n欢迎")
        second = await happened(response, 1)
    assert response.content_type == "text/event-stream"
    assert first == [{"room": "home-en", "event": "state", "state": "paused", "viewers": 3, "t": 0.0}]
    assert (second[0]["room"], second[0]["event"], second[0]["text"]) == ("tea-zh", "line", "晚上好\n欢迎")


async def test_an_event_is_a_kind_and_one_row_of_data(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at, at.session.get("http://desk/v1/events") as response:
        greeting = await response.content.readuntil(b"\n\n")
        room.send({"event": "late", "t": 1.5, "text": "茶"})
        event = await response.content.readuntil(b"\n\n")
    assert greeting == b": the events of the rooms follow\n\n"
    assert event.decode() == (
        'event: late\ndata: {"room": "home-en", "event": "late", "t": 1.5, "text": "茶"}\n\n'
    )


async def test_who_has_read_the_greeting_misses_nothing(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at, at.session.get("http://desk/v1/events") as response:
        await anext(rows(response))
        for number in range(200):
            room.send({"event": "late", "t": float(number)})
        assert [event["t"] for event in await happened(response, 200)] == [float(n) for n in range(200)]


async def test_a_listener_may_ask_for_one_room(tmp_path: Path) -> None:
    home, tea = ToldRoom(), ToldRoom("tea-zh", "zh")
    async with (
        desk(tmp_path, home, tea) as at,
        at.session.get("http://desk/v1/events", params={"room": "tea-zh"}) as response,
    ):
        await anext(rows(response))
        home.send({"event": "late", "t": 1.0})
        tea.send({"event": "late", "t": 2.0})
        assert [event["t"] for event in await happened(response, 1)] == [2.0]


async def test_events_of_an_unknown_room_are_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        answer = await at.get("/v1/events", params={"room": "home"})
    assert (answer.status, answer.body["error"]) == (404, "no room 'home' is on air here")


async def test_a_quiet_stream_is_kept_open_by_a_comment(tmp_path: Path) -> None:
    async with desk(tmp_path, heartbeat_s=0.01) as at, at.session.get("http://desk/v1/events") as response:
        follow = rows(response)
        assert [await anext(follow) for _ in range(3)] == [
            ": the events of the rooms follow",
            ": still here",
            ": still here",
        ]


class TorrentRoom(ToldRoom):
    """Has 2000 events at once, more than any listener can be sent meanwhile; then none."""

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        for number in range(2000):
            yield {"event": "late", "t": number}
        await asyncio.Event().wait()


async def test_a_slow_listener_loses_the_oldest(tmp_path: Path) -> None:
    async with desk(tmp_path, TorrentRoom()) as at, at.session.get("http://desk/v1/events") as response:
        assert [event["t"] for event in await happened(response, 500)] == list(range(1500, 2000))


async def test_a_listener_hears_a_room_again_after_its_restart(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at, at.session.get("http://desk/v1/events") as response:
        await anext(rows(response))
        room.go_away()
        await until_heard(room, 0)
        room.come_back()
        await until_heard(room, 1)
        room.send({"event": "late", "t": 7.0})
        assert [event["t"] for event in await happened(response, 1)] == [7.0]


async def test_a_listener_that_leaves_is_forgotten(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room, heartbeat_s=0.01) as at:
        async with at.session.get("http://desk/v1/events") as response:
            await anext(rows(response))
        await until_heard(room, 0)


async def test_closing_ends_the_streams_properly(tmp_path: Path) -> None:
    room = ToldRoom()
    async with desk(tmp_path, room) as at, at.session.get("http://desk/v1/events") as response:
        await anext(rows(response))
        room.send({"event": "late", "t": 1.0})
        await happened(response, 1)
        await at.control.close()
        assert [row async for row in rows(response)] == []


# --- TCP ---------------------------------------------------------------------------------------


def base(where: str) -> str:
    return "http://" + where.rpartition(" ")[2]


async def over_tcp(where: str, path: str, **headers: str) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    async with aiohttp.ClientSession(headers=headers) as session, session.get(base(where) + path) as response:
        return response.status, await response.json(), response.headers


@pytest.mark.parametrize("token", ["", "fifteen letters"])
async def test_tcp_does_not_start_without_a_long_token(tmp_path: Path, token: str) -> None:
    control = api.create({}, socket=tmp_path / "control.sock", tcp="127.0.0.1:0", token=token)
    with pytest.raises(ConfigError, match="control on TCP needs a token of at least 16") as refused:
        await control.start()
    assert refused.value.fix == "set the environment variable that control.token_env names"
    assert not (tmp_path / "control.sock").exists()


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}"])
@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/v1/events", "/v1/rooms/home-en", "/nowhere"])
async def test_tcp_shows_nothing_without_the_token(tmp_path: Path, path: str, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}
    async with desk(tmp_path, tcp="127.0.0.1:0", token=TOKEN) as at:
        status, body, answered = await over_tcp(at.control.where, path, **headers)
    assert (status, answered["WWW-Authenticate"]) == (401, "Bearer")
    assert body["error"] == "a bearer token is needed"


async def test_a_token_that_is_no_text_is_a_wrong_token(tmp_path: Path) -> None:
    async with desk(tmp_path, tcp="127.0.0.1:0", token=TOKEN) as at:
        status, body = await raw_get(base(at.control.where), "/v1/rooms", b"Bearer \xff")
    assert (status, body["error"]) == (401, "a bearer token is needed")


async def raw_get(address: str, path: str, token: bytes) -> tuple[int, dict[str, Any]]:
    """A request whose header is no UTF-8: no client library would send it."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
                 + token + b"\r\n\r\n")  # fmt: skip
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(body)


async def test_tcp_serves_who_has_the_token(tmp_path: Path) -> None:
    async with desk(tmp_path, tcp="127.0.0.1:0", token=TOKEN) as at:
        status, body, _ = await over_tcp(at.control.where, "/v1/rooms", Authorization=f"Bearer {TOKEN}")
    assert (status, body["rooms"][0]["room"]) == (200, "home-en")


async def test_a_command_over_tcp_is_on_record_with_its_address(tmp_path: Path) -> None:
    room = ToldRoom()
    async with (
        desk(tmp_path, room, tcp="127.0.0.1:0", token=TOKEN) as at,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
    ):
        await session.post(base(at.control.where) + "/v1/rooms/home-en/skip")
    assert room.by == ["token from 127.0.0.1"]


async def test_the_unix_socket_asks_for_no_token(tmp_path: Path) -> None:
    async with desk(tmp_path, tcp="127.0.0.1:0", token=TOKEN) as at:
        assert (await at.get("/v1/rooms")).status == 200


@pytest.mark.parametrize("port", ["taken", "70000"])
async def test_a_port_that_cannot_be_had_leaves_nothing_behind(tmp_path: Path, port: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1] if port == "taken" else port
        control = api.create({}, socket=tmp_path / "control.sock", tcp=f"127.0.0.1:{number}", token=TOKEN)
        with pytest.raises(ConfigError, match=rf"^cannot listen on 127\.0\.0\.1:{number}: .* \(give control"):
            await control.start()
    assert not (tmp_path / "control.sock").exists()
    async with desk(tmp_path) as at:
        assert (await at.get("/healthz")).status == 200
