"""WebRTC to browsers, the server's side of WHEP: one encode, any number of viewers.

The publisher has an event loop in a thread of its own, where aiortc lives. Packets come in through
:meth:`WebRtcPublisher.write` and go out to every viewer in one pass; signalling comes in through
:meth:`WebRtcPublisher.request`, which the front door calls for a browser:

    {"op": "offer", "sdp": …}  →  {"sdp": …, "id": …}
    {"op": "hangup", "id": …}  →  {}

Nobody waits for a slow viewer: its pictures are left out until the next key frame.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Coroutine, Mapping
from typing import Any

from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamTrack

from engine.errors import PublishError
from engine.media import Packet, StreamInfo
from streaming.redact import hide
from streaming.rtp import Anchor, Lane, payloads
from streaming.splice import Splice

CODECS = ("h264", "opus")
ANSWER_S = 12.0
CONNECT_S = 20.0
MOST_WAITING = 2048
"""Packets that wait for the loop before the oldest are dropped: only a stopped loop gets there."""


class WebRtcPublisher:
    """Viewers of one room (``engine.ports.Publisher``)."""

    def __init__(self, max_viewers: int, ice_servers: list[RTCIceServer]) -> None:
        self._max_viewers = max_viewers
        # An explicit list, even when empty: aiortc's own default asks a server on the internet.
        self._configuration = RTCConfiguration(iceServers=ice_servers)
        self._viewers: dict[str, _Viewer] = {}
        self._inbox: deque[Packet] = deque(maxlen=MOST_WAITING)
        self._awake = False
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self.sent_bytes = 0
        self.sent_packets = 0
        self.dropped_packets = 0
        self.keys_wanted = 0

    def open(self, info: StreamInfo) -> None:
        """Begin to listen; nothing can be refused here."""
        self._thread = threading.Thread(target=self._loop.run_forever, name="webrtc", daemon=True)
        self._thread.start()

    def write(self, packet: Packet) -> None:
        if packet.codec == "aac":
            return
        self._inbox.append(packet)
        if not self._awake:
            self._awake = True
            self._loop.call_soon_threadsafe(self._send_all)

    def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises PublishError: not an offer we can answer, or too many viewers (``retryable``)."""
        match request.get("op"):
            case "offer":
                return self._in_loop(self._welcome(str(request.get("sdp", ""))))
            case "hangup":
                return self._in_loop(self._hang_up(str(request.get("id", ""))))
        raise PublishError(f"no such request: {request.get('op')!r}", retryable=False)

    def status(self) -> Mapping[str, Any]:
        """``viewers`` are those who are connected."""
        return {
            "viewers": sum(viewer.connected for viewer in list(self._viewers.values())),
            "sent_bytes": self.sent_bytes,
            "dropped_packets": self.dropped_packets,
            "keys_wanted": self.keys_wanted,
        }

    def close(self) -> None:
        """Send every viewer away and end the loop. Harmless when repeated."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            self._in_loop(self._close_all())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(5)

    def _in_loop(self, work: Coroutine[Any, Any, Mapping[str, Any]]) -> Mapping[str, Any]:
        if self._thread is None and not self._loop.is_running():
            work.close()
            raise PublishError("the WebRTC output is closed")
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_S)
        except TimeoutError as error:
            raise PublishError("the WebRTC output did not answer in time") from error

    # --- in the loop -----------------------------------------------------------------------------

    def want_key(self) -> None:
        self.keys_wanted += 1

    def _send_all(self) -> None:
        self._awake = False
        while self._inbox:
            packet = self._inbox.popleft()
            parts = payloads(packet.data) if packet.codec == "h264" else [packet.data]
            for viewer in self._viewers.values():
                viewer.send(packet, parts)

    async def _welcome(self, offer: str) -> Mapping[str, Any]:
        if len(self._viewers) >= self._max_viewers:
            raise PublishError(f"the room is full: {self._max_viewers} viewers")
        viewer = _Viewer(self, RTCPeerConnection(self._configuration))
        name = secrets.token_urlsafe(12)
        self._viewers[name] = viewer

        def gone() -> None:
            self._viewers.pop(name, None)

        try:
            return {"sdp": await viewer.answer(offer, gone), "id": name}
        except BaseException:
            gone()
            await viewer.close()
            raise

    async def _hang_up(self, name: str) -> Mapping[str, Any]:
        viewer = self._viewers.pop(name, None)
        if viewer is not None:
            await viewer.close()
        return {}

    async def _close_all(self) -> Mapping[str, Any]:
        viewers = list(self._viewers.values())
        self._viewers.clear()
        await asyncio.gather(*(viewer.close() for viewer in viewers), return_exceptions=True)
        return {}


class _Viewer:
    """One browser: a peer connection, and the room's stream from its first key frame on."""

    def __init__(self, room: WebRtcPublisher, connection: RTCPeerConnection) -> None:
        self._room = room
        self._connection = connection
        self._splice = Splice()
        self._starving = False
        self.connected = False
        anchor = Anchor()
        video, audio = self._add("video"), self._add("audio")
        # Browsers keep sound and picture together only when they belong to one stream.
        audio._stream_id = video._stream_id
        self._video = Lane(video, anchor, room.want_key)
        self._audio = Lane(audio, anchor, room.want_key)

    def _add(self, kind: str) -> RTCRtpSender:
        transceiver = self._connection.addTransceiver(_Silent(kind), direction="sendonly")
        wanted = {"video": ("video/h264", "video/rtx"), "audio": ("audio/opus",)}[kind]
        codecs = [c for c in RTCRtpSender.getCapabilities(kind).codecs if c.mimeType.lower() in wanted]
        # Before setRemoteDescription: afterwards aiortc keeps VP8 and packs our H.264 as VP8.
        transceiver.setCodecPreferences(codecs)
        return transceiver.sender

    async def answer(self, offer: str, gone: Any) -> str:
        """The SDP answer; ``gone`` is called when the viewer has left or never came.

        Raises:
            PublishError: not an offer, or one without H.264.
        """
        loop = asyncio.get_running_loop()
        too_late = loop.call_later(CONNECT_S, lambda: self._leave(gone))

        @self._connection.on("connectionstatechange")
        def changed() -> None:
            state = self._connection.connectionState
            if state == "connected":
                too_late.cancel()
                self.connected = True
                self._room.want_key()
            elif state in ("failed", "closed"):
                too_late.cancel()
                self._leave(gone)

        try:
            description = RTCSessionDescription(_without_mdns(offer), "offer")
            await self._connection.setRemoteDescription(description)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as error:  # aiortc's SDP parser raises whatever the text makes it raise
            too_late.cancel()
            raise PublishError(f"cannot answer this offer: {error}", retryable=False) from error
        return str(self._connection.localDescription.sdp)

    def send(self, packet: Packet, parts: list[bytes]) -> None:
        """Send what this viewer should get now; ``parts`` are the payloads of ``packet``."""
        if not self.connected:
            return
        if self._starving and packet.codec == "h264":
            if not packet.key:
                self._room.dropped_packets += 1
                return
            self._starving = False
        for moved in self._splice.take(packet):
            is_video = moved.codec == "h264"
            lane = self._video if is_video else self._audio
            try:
                size = lane.send(parts if is_video else [moved.data], moved.pts, moved.time_base)
            except (ConnectionError, OSError):
                self.connected = False  # the state change that removes us is on its way
                return
            if size is None:
                self._room.dropped_packets += 1
                self._starving = self._starving or is_video
            else:
                self._room.sent_bytes += size
                self._room.sent_packets += len(parts) if is_video else 1

    async def close(self) -> None:
        self.connected = False
        await self._connection.close()

    def _leave(self, gone: Any) -> None:
        gone()
        self.connected = False
        self._closing = asyncio.ensure_future(self._connection.close())


class _Silent(MediaStreamTrack):
    """What aiortc wants to see in a sender; the packets take the lane instead."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> Any:
        raise AssertionError("a lane replaces the loop that calls this")


def _without_mdns(sdp: str) -> str:
    # Browsers hide their addresses behind names that only multicast DNS resolves. They call us anyway.
    lines = sdp.splitlines()
    kept = [line for line in lines if not (line.startswith("a=candidate:") and ".local " in line)]
    return "\r\n".join(kept) + "\r\n"


def create(settings: Mapping[str, Any]) -> WebRtcPublisher:
    """Settings: ``max_viewers`` (50); ``ice_servers`` (none): ``urls``, ``username``, ``credential``.

    Raises:
        PublishError: an ICE server without an address.
    """
    servers = []
    for server in settings.get("ice_servers", ()):
        if not server.get("urls"):
            raise PublishError("an ICE server has no urls", fix="urls: stun:host:port", retryable=False)
        hide(str(server.get("credential") or ""))
        servers.append(RTCIceServer(server["urls"], server.get("username"), server.get("credential")))
    return WebRtcPublisher(int(settings.get("max_viewers", 50)), servers)
