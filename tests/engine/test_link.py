"""Frames survive any content; whatever is not a frame is a LinkError, in both kinds of link."""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import link
from engine.errors import LinkError

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROOT = Path(__file__).resolve().parents[2]

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
headers = st.dictionaries(
    st.text(), st.recursive(scalars, lambda inner: st.lists(inner, max_size=3))
)
messages = st.lists(st.tuples(headers, st.binary(max_size=4096)), max_size=4)


def through(raw: bytes) -> link.BlockingLink:
    """A blocking link whose other side wrote ``raw`` and left."""
    ours, theirs = socket.socketpair()
    theirs.sendall(raw)
    theirs.close()
    return link.BlockingLink(ours)


def with_link(raw: bytes, use: Callable[[link.Link], Awaitable[Any]]) -> Any:
    """Run ``use`` on an asyncio link whose other side wrote ``raw`` and left."""

    async def run() -> Any:
        ours, theirs = socket.socketpair()
        theirs.sendall(raw)
        theirs.close()
        connection = await link.Link.over(ours)
        try:
            return await use(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


@RELAXED
@given(messages)
def test_what_is_sent_arrives_in_order_on_the_blocking_side(sent: list[link.Message]) -> None:
    connection = through(b"".join(link.pack(header, body) for header, body in sent))
    assert [connection.receive() for _ in sent] == sent
    connection.close()


@RELAXED
@given(messages)
def test_what_is_sent_arrives_in_order_on_the_asyncio_side(sent: list[link.Message]) -> None:
    async def read(connection: link.Link) -> list[link.Message]:
        return [await connection.receive() for _ in sent]

    assert with_link(b"".join(link.pack(*message) for message in sent), read) == sent


@RELAXED
@given(headers, st.binary(max_size=4096))
def test_a_packed_message_unpacks_and_nothing_else_does(
    header: dict[str, Any], body: bytes
) -> None:
    frame = link.pack(header, body)
    assert link.unpack(frame) == (header, body)
    for wrong in (frame[:-1], frame + b"x", frame[:5]):
        with pytest.raises(LinkError):
            link.unpack(wrong)


WHOLE = link.pack({"a": 1}, b"xyz")


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_a_torn_message_is_an_error_that_may_be_retried(cut: int) -> None:
    with pytest.raises(LinkError) as blocking:
        through(WHOLE[:cut]).receive()
    with pytest.raises(LinkError) as waiting:
        with_link(WHOLE[:cut], lambda connection: connection.receive())
    assert blocking.value.retryable
    assert waiting.value.retryable


def frame(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">4sII", b"NMK1", len(header), len(body)) + header + body


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        frame(b"[1, 2]"),
        frame(b"null"),
        frame(b"{"),
        frame(b"\xff\xfe"),
        frame(b"[" * 100_000),
        struct.pack(">4sII", b"NMK1", link.MAX_HEADER_BYTES + 1, 0),
        struct.pack(">4sII", b"NMK1", 2, link.MAX_BODY_BYTES + 1),
        b"\x80\x04\x95" + b"\x00" * 64,
    ],
)
def test_nonsense_is_refused_for_good(raw: bytes) -> None:
    with pytest.raises(LinkError) as blocking:
        through(raw).receive()
    with pytest.raises(LinkError) as waiting:
        with_link(raw, lambda connection: connection.receive())
    assert not blocking.value.retryable
    assert not waiting.value.retryable


@RELAXED
@given(st.binary(max_size=200))
def test_random_bytes_never_raise_anything_else(raw: bytes) -> None:
    try:
        header, _ = through(raw).receive()
    except LinkError:
        return
    assert isinstance(header, dict)


@pytest.mark.parametrize("header", [{"x": object()}, {"x": float("nan")}, {"x": b"bytes"}])
def test_a_header_that_is_not_json_is_not_sent(header: dict[str, Any]) -> None:
    with pytest.raises(LinkError):
        link.pack(header)


def test_a_body_beyond_the_cap_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MAX_BODY_BYTES", 10)
    with pytest.raises(LinkError):
        link.pack({}, b"12345678901")


def test_a_closed_link_says_so() -> None:
    ours, theirs = socket.socketpair()
    connection = link.BlockingLink(ours)
    theirs.close()
    with pytest.raises(LinkError):
        connection.send({}, b"x" * 10_000_000)
    connection.close()
    connection.close()


def test_a_body_larger_than_the_read_ahead_passes() -> None:
    body = bytes(range(256)) * 20_000

    async def run() -> link.Message:
        ours, theirs = socket.socketpair()
        near, far = await link.Link.over(ours), await link.Link.over(theirs)
        sending = asyncio.create_task(near.send({"n": 1}, body))
        message = await far.receive()
        await sending
        await near.close()
        await far.close()
        return message

    assert asyncio.run(run()) == ({"n": 1}, body)


async def test_the_socket_is_ours_alone(tmp_path: Path) -> None:
    async def echo(caller: link.Link) -> None:
        while True:
            await caller.send(*await caller.receive())

    path = tmp_path / "run" / "x.sock"
    server = await link.listen(path, echo)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    caller = await link.connect(path)
    await caller.send({"say": "夜市"}, b"\x00\x01")
    assert await caller.receive() == ({"say": "夜市"}, b"\x00\x01")
    await caller.close()
    server.close()


async def test_nobody_listening_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LinkError):
        await link.connect(tmp_path / "none.sock")


async def test_a_stranger_ends_its_own_link_only(tmp_path: Path) -> None:
    async def echo(caller: link.Link) -> None:
        while True:
            await caller.send(*await caller.receive())

    path = tmp_path / "x.sock"
    server = await link.listen(path, echo)
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(b"hello, who is there?")
    assert await reader.read() == b""
    writer.close()
    caller = await link.connect(path)
    await caller.send({"n": 1})
    assert await caller.receive() == ({"n": 1}, b"")
    await caller.close()
    server.close()


async def test_a_child_gets_its_settings_by_link_and_nothing_by_argv() -> None:
    child = await link.spawn("tests.engine.link_child", {"key": "secret"}, arguments=["room-1"])
    hello, _ = await child.link.receive()
    assert hello["settings"] == {"key": "secret"}
    assert hello["argv"] == ["room-1"]
    assert hello["blas"] == "1"
    assert hello["fd_variable"] is None
    await child.link.send({"n": 1}, b"body")
    assert await child.link.receive() == ({"n": 1}, b"body")
    assert child.alive
    assert await child.close() == 0


async def test_a_child_that_dies_is_noticed() -> None:
    child = await link.spawn("tests.engine.link_child", {})
    await child.link.receive()
    await child.link.send({"order": "die"})
    with pytest.raises(LinkError):
        await child.link.receive()
    assert await child.close() == 3


async def test_a_child_that_hangs_is_killed() -> None:
    child = await link.spawn("tests.engine.link_child", {})
    await child.link.receive()
    await child.link.send({"order": "stall"})
    assert await child.close(timeout_s=0.05) < 0


def test_a_child_does_not_outlive_its_parent() -> None:
    mother = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.link_parent"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert mother.stdout is not None
    pid = int(mother.stdout.readline())
    watch = os.pidfd_open(pid)  # becomes readable when the child ends
    mother.kill()
    mother.wait()
    mother.stdout.close()
    readable, _, _ = select.select([watch], [], [], 30)
    os.close(watch)
    assert readable


def test_a_child_started_by_hand_refuses() -> None:
    environment = {k: v for k, v in os.environ.items() if k != link.FD_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", "from engine import link; link.parent()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "started by hand" in done.stderr


def test_the_frame_is_as_documented() -> None:
    header = json.dumps({"a": 1}, separators=(",", ":")).encode()
    assert b"NMK1" + struct.pack(">II", len(header), 3) + header + b"xyz" == WHOLE
