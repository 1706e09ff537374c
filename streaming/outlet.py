"""The room's side of an output: a queue, a process, and the stubbornness to start it again.

    feed() ─► Backlog ─► link ─► python -m streaming.output ─► the world
                                   (one process = one connection)

The process is ended and a new one started when it says it failed, when it died, when it is silent,
and when a connection has lasted as long as it may.
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine.clock import Clock
from engine.errors import LinkError, PublishError
from engine.link import Child, spawn
from engine.media import OutputStatus, Packet, StreamInfo
from streaming.backlog import Backlog
from streaming.reconnect import Backoff
from streaming.redact import redact

QUEUE_S = 5.0
SILENT_S = 15.0
REQUEST_S = 15.0
LONGEST_SESSION_H = 24 * 24
"""FLV counts milliseconds in 31 bits: after 24.8 days its time stamps wrap without a word."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings every kind of output has.

    ``queue_s``: seconds of pictures that may wait; ``silent_s``: a process that has not spoken for so
    long is killed; ``max_session_h``: a connection is renewed after it (platforms cap sessions).
    """

    queue_s: float = QUEUE_S
    silent_s: float = SILENT_S
    max_session_h: float = LONGEST_SESSION_H


class Outlet:
    """One output of a room (``engine.ports.Output``).

    ``start``, ``request`` and ``close`` belong to the room's event loop; ``feed`` and ``status`` may
    be called from any thread and never wait for more than a lock.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        settings: Mapping[str, Any],
        info: StreamInfo,
        clock: Clock,
        on_key_wanted: Callable[[], None],
        limits: Limits | None = None,
        module: str | None = None,
    ) -> None:
        limits = limits or Limits()
        self._order = {
            "name": name,
            "module": module or f"streaming.publishers.{kind}",
            "settings": dict(settings),
            "info": info_to_json(info),
        }
        self._clock = clock
        self._on_key_wanted = on_key_wanted
        self._limits = limits
        self._lock = threading.Lock()
        self._backlog = Backlog(limits.queue_s)
        self._codecs: frozenset[str] = frozenset()  # empty: nobody is connected
        self._status = OutputStatus(name, kind, "stopped")
        self._earlier_bytes = 0
        self._earlier_dropped = 0
        self._child_dropped = 0
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._more = asyncio.Event()
        self._awake = False
        self._task: asyncio.Task[None] | None = None
        self._child: Child | None = None
        self._open = False
        self._requests: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._request_count = 0
        self._heard_s = 0.0
        self._live_since_s: float | None = None

    # --- what the room calls -------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect. Call from the room's event loop, once."""
        self._set(state="starting")
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._keep_connected(), name=f"output {self._status.name}")

    def feed(self, packet: Packet) -> None:
        """Queue a packet; does nothing while nobody is connected."""
        if packet.codec not in self._codecs:
            return
        with self._lock:
            self._backlog.push(packet)
            wake, self._awake = not self._awake, True
        if wake and self._loop is not None:
            with suppress(RuntimeError):  # the room's loop has ended: nothing to send any more
                self._loop.call_soon_threadsafe(self._more.set)

    async def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask the publisher (WebRTC signalling).

        Raises:
            PublishError: it refused, does not answer, or is not connected (``retryable``).
        """
        child = self._child
        if child is None or not self._open:
            raise PublishError(f"output {self._status.name} is not connected")
        self._request_count += 1
        number = self._request_count
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._requests[number] = answer
        try:
            await child.link.send({"op": "request", "id": number, "request": dict(request)})
            async with asyncio.timeout(REQUEST_S):
                return await answer
        except (LinkError, TimeoutError) as error:
            raise PublishError(f"output {self._status.name} does not answer") from error
        finally:
            self._requests.pop(number, None)

    def status(self) -> OutputStatus:
        with self._lock:
            dropped = self._earlier_dropped + self._child_dropped + self._backlog.dropped
        return replace(self._status, dropped_packets=dropped)

    async def close(self, timeout_s: float = 5.0) -> None:
        """End the connection properly within ``timeout_s``, then by force. Harmless when repeated."""
        task, self._task = self._task, None
        if task is None:
            return
        self._closing = True
        child = self._child
        if child is not None and self._open:
            await self._finish(child, timeout_s)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self._set(state="stopped", viewers=0)

    # --- one connection after the other ----------------------------------------------------------

    async def _keep_connected(self) -> None:
        name = self._status.name
        backoff = Backoff(seed=zlib.crc32(f"{self._order['info']}/{name}".encode()))
        # The flag, and not only the cancellation: asyncio.wait_for in Python 3.11 can swallow one.
        while not self._closing:
            detail = self._status.detail
            try:
                await self._one_connection()
                backoff = Backoff(backoff.seed)  # renewed on purpose: at once
            except (LinkError, PublishError) as error:
                detail = redact(str(error))
                if not error.retryable and not self._closing:
                    self._set(state="failed", detail=detail, viewers=0)
                    return
                backoff = backoff.failed(self._live_s())
            if self._closing:
                return
            reconnects = self._status.reconnects + 1
            self._set(state="reconnecting", detail=detail, viewers=0, reconnects=reconnects)
            await self._clock.sleep(backoff.wait_s())

    def _live_s(self) -> float:
        return 0.0 if self._live_since_s is None else self._clock.now_s() - self._live_since_s

    async def _one_connection(self) -> None:
        """Returns when the connection is as old as it may be.

        Raises:
            LinkError: the process died. PublishError: it says that it failed, or it hung.
        """
        self._live_since_s = None
        self._heard_s = self._clock.now_s()
        child = await spawn("streaming.output", self._order, arguments=[self._status.name])
        self._child = child
        parts = {asyncio.ensure_future(part) for part in (self._listen(child), self._send(child), self._watch())}
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            # The listener knows best why it ended: a link that broke while sending broke for a reason.
            await asyncio.wait(parts - done, timeout=0.2)
            for part in sorted((p for p in parts if p.done()), key=_least_telling_last):
                part.result()
            await self._finish(child, 3.0)  # as old as it may be
        finally:
            self._disconnected()
            for part in parts:
                part.cancel()
            child.kill()
            await child.close()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _listen(self, child: Child) -> None:
        while True:
            header, _ = await child.link.receive()
            self._heard_s = self._clock.now_s()
            match header.get("op"):
                case "open":
                    self._connected(header["codecs"])
                case "status":
                    self._take_status(header)
                case "key":
                    self._on_key_wanted()
                case "answer":
                    self._take_answer(header)
                case "failed":
                    raise PublishError(str(header["error"]), retryable=bool(header["retryable"]))

    async def _send(self, child: Child) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            await self._send_waiting(child)

    async def _send_waiting(self, child: Child) -> None:
        while True:
            with self._lock:
                packets = self._backlog.take()
                self._awake = bool(packets)
            if not packets:
                return
            await child.link.send(
                {"op": "packets", "list": [_row(p) for p in packets]},
                b"".join(p.data for p in packets),
            )

    async def _watch(self) -> None:
        """Returns when the connection is old enough; raises PublishError when the process is silent."""
        start_s = self._clock.now_s()
        while self._clock.now_s() - start_s < self._limits.max_session_h * 3600:
            await self._clock.sleep(min(1.0, self._limits.silent_s / 4))
            if self._clock.now_s() - self._heard_s > self._limits.silent_s:
                raise PublishError(f"silent for {self._limits.silent_s:.0f} s, ended by force")

    async def _finish(self, child: Child, timeout_s: float) -> None:
        with suppress(LinkError, TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._send_waiting(child)  # the last sound belongs to the last picture
                await child.link.send({"op": "close"})
                await child.process.wait()

    # --- what changes ---------------------------------------------------------------------------

    def _connected(self, codecs: list[str]) -> None:
        with self._lock:
            self._backlog.clear()
        self._codecs = frozenset(codecs)
        self._open = True
        self._on_key_wanted()

    def _disconnected(self) -> None:
        self._codecs = frozenset()
        self._open = False
        self._child = None
        self._earlier_bytes = self._status.sent_bytes
        self._earlier_dropped += self._child_dropped
        self._child_dropped = 0
        with self._lock:
            self._backlog.clear()
            self._awake = False
        for answer in self._requests.values():
            if not answer.done():
                answer.set_exception(PublishError(f"output {self._status.name} lost its connection"))

    def _take_status(self, told: Mapping[str, Any]) -> None:
        if told.get("live") and self._live_since_s is None:
            self._live_since_s = self._clock.now_s()
        self._child_dropped = int(told.get("dropped_packets", 0))
        self._set(
            state="live" if told.get("live") else self._status.state,
            detail=str(told.get("detail", "")) if told.get("live") else self._status.detail,
            viewers=int(told.get("viewers", 0)),
            sent_bytes=self._earlier_bytes + int(told.get("sent_bytes", 0)),
        )

    def _take_answer(self, told: Mapping[str, Any]) -> None:
        answer = self._requests.get(told["id"])
        if answer is None or answer.done():
            return  # nobody waits any more
        if "error" in told:
            answer.set_exception(PublishError(told["error"], retryable=bool(told["retryable"])))
        else:
            answer.set_result(told["answer"])

    def _set(self, **changes: Any) -> None:
        self._status = replace(self._status, **changes)


def create(
    name: str,
    kind: str,
    settings: Mapping[str, Any],
    info: StreamInfo,
    clock: Clock,
    on_key_wanted: Callable[[], None],
) -> Outlet:
    """An output called ``name`` of ``kind`` (a file name in ``streaming/publishers``), not yet started.

    ``settings`` are the publisher's own, and ``queue_s``, ``silent_s``, ``max_session_h`` (see
    :class:`Limits`). ``on_key_wanted`` may be called often; the encoder limits the rate.

    Raises:
        PublishError: ``kind`` is no name (not ``retryable``).
    """
    if not kind.isidentifier():
        raise PublishError(f"{kind!r} is no kind of output", retryable=False)
    own = dict(settings)
    limits = Limits(
        queue_s=float(own.pop("queue_s", QUEUE_S)),
        silent_s=float(own.pop("silent_s", SILENT_S)),
        max_session_h=min(float(own.pop("max_session_h", LONGEST_SESSION_H)), LONGEST_SESSION_H),
    )
    return Outlet(name, kind, own, info, clock, on_key_wanted, limits)


def info_to_json(info: StreamInfo) -> dict[str, Any]:
    """``info`` as a JSON object (``streaming.output`` reads it)."""
    return {
        "room": info.room,
        "video": asdict(info.video),
        "aac_config": info.aac_config.hex(),
        "title": info.title,
        "aigc": dict(info.aigc),
    }


def _row(packet: Packet) -> list[Any]:
    return [
        packet.codec,
        packet.pts,
        packet.dts,
        packet.duration,
        packet.time_base,
        packet.key,
        len(packet.data),
    ]


def _least_telling_last(part: asyncio.Future[None]) -> bool:
    return isinstance(part.exception(), LinkError)
