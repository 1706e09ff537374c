"""A room as the supervisor holds it: its process may come and go."""

import asyncio
import socket

import pytest

from engine.errors import ControlError, LinkError
from engine.link import Link
from engine.room.proxy import EVENTS_MAX, RoomProxy


async def linked() -> tuple[RoomProxy, Link, asyncio.Task[None]]:
    """A proxy, the room's end of its link, and the task that reads for the proxy."""
    ours, theirs = socket.socketpair()
    proxy, up, room = RoomProxy("home-en"), await Link.over(ours), await Link.over(theirs)
    proxy.attach(up)

    async def read() -> None:
        while True:
            proxy.took(*await up.receive())

    return proxy, room, asyncio.create_task(read())


async def test_a_call_is_answered_by_the_rooms_process() -> None:
    proxy, room, reading = await linked()
    asking = asyncio.create_task(proxy.state())
    call, _ = await room.receive()
    await room.send({"re": call["id"], "ok": {"room": "home-en"}})
    assert (call["op"], await asking) == ("state", {"room": "home-en"})
    reading.cancel()


async def test_an_error_arrives_as_the_error_it_was() -> None:
    proxy, room, reading = await linked()
    asking = asyncio.create_task(proxy.command("price", {}, "uid 0"))
    call, _ = await room.receive()
    await room.send({"re": call["id"], "error": {"type": "ControlError", "message": "no product", "fix": "name one"}})
    with pytest.raises(ControlError, match="no product"):
        await asking
    reading.cancel()


async def test_whoever_waits_is_told_when_the_room_goes_away() -> None:
    proxy, room, reading = await linked()
    asking = asyncio.create_task(proxy.state())
    await room.receive()
    proxy.detach()
    with pytest.raises(LinkError, match="home-en is starting or being restarted"):
        await asking
    reading.cancel()


async def test_a_room_without_a_process_says_so_at_once() -> None:
    with pytest.raises(LinkError):
        await RoomProxy("tea-zh").state()


async def test_a_listener_learns_that_the_room_is_starting_again() -> None:
    proxy, _, reading = await linked()
    events = proxy.events()
    first = asyncio.create_task(anext(events))
    await asyncio.sleep(0)
    proxy.detach()
    assert (await first)["state"] == "starting"
    reading.cancel()


async def test_a_slow_listener_loses_the_oldest_events() -> None:
    proxy = RoomProxy("home-en")
    events = proxy.events()
    first = asyncio.create_task(anext(events))
    await asyncio.sleep(0)
    for number in range(EVENTS_MAX + 10):
        proxy.publish({"event": "line", "n": number})
    await first
    assert (await anext(events))["n"] >= 10
