"""What an encode costs, and what one more WebRTC viewer costs beside it (for ``nightmarket bench``).

Viewers are real aiortc peers in another process, so that only the sending side is counted. They
decode nothing; the packets they get are counted to see that they really watch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from engine.errors import LinkError
from engine.link import BlockingLink, Child, parent, spawn
from engine.media import I420, Packet, StreamInfo, VideoFormat
from streaming.encoder import create as create_encoder
from streaming.publishers.webrtc import create as create_webrtc


@dataclass(frozen=True, slots=True)
class ViewerCost:
    """CPU milliseconds per picture: of all that is paid once, and of each viewer.

    ``received`` is the share of pictures' packets that arrived (1.0 when nothing was lost).
    """

    base_ms: float
    viewer_ms: float
    received: float


def encode_ms(format: VideoFormat, pictures: Sequence[I420]) -> tuple[float, list[Packet]]:
    """CPU milliseconds to encode one of ``pictures``, and the packets."""
    encoder = create_encoder(format)
    start_s = time.process_time()
    packets = [p for tick, picture in enumerate(pictures) for p in encoder.picture(tick, picture)]
    return (time.process_time() - start_s) * 1000 / len(pictures), packets


async def viewer_cost(info: StreamInfo, packets: Sequence[Packet], viewers: int) -> ViewerCost:
    """Send ``packets`` in real time to nobody, then to ``viewers``; about twice their length.

    ``packets`` start with a key frame, in order. Run it in a process that does nothing else: its own
    CPU is what is measured.

    Raises:
        LinkError: the process of the viewers ended.
        PublishError: a viewer was not let in.
    """
    publisher = create_webrtc({"max_viewers": viewers})
    publisher.open(info)
    audience = await spawn("streaming.measure", {"viewers": viewers})
    try:
        alone_ms = await _play(publisher, info.video, packets)
        await _let_in(publisher, audience)
        while publisher.status()["viewers"] < viewers:
            await asyncio.sleep(0.05)
        sent_before = publisher.sent_packets
        together_ms = await _play(publisher, info.video, packets)
        await audience.link.send({"op": "count"})
        counted, _ = await audience.link.receive()
        received = counted["packets"] / max(1, publisher.sent_packets - sent_before)
    finally:
        await asyncio.to_thread(publisher.close)
        audience.kill()
        await audience.close()
    return ViewerCost(alone_ms, (together_ms - alone_ms) / viewers, received)


async def _let_in(publisher: Any, audience: Child) -> None:
    while True:
        told, _ = await audience.link.receive()
        if told["op"] == "connected":
            return
        request = {"op": "offer", "sdp": told["sdp"]}
        answer = await asyncio.to_thread(publisher.request, request)
        await audience.link.send({"sdp": answer["sdp"]})


async def _play(publisher: Any, format: VideoFormat, packets: Sequence[Packet]) -> float:
    """CPU milliseconds of this process per picture while ``packets`` are sent in real time."""
    start_s, start_cpu_s = time.monotonic(), time.process_time()
    first_s = packets[0].pts / packets[0].time_base
    pictures = 0
    for packet in packets:
        if packet.codec == "h264":
            pictures += 1
            due_s = start_s + packet.pts / packet.time_base - first_s
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        publisher.write(packet)
    await asyncio.sleep(1 / format.fps)
    return (time.process_time() - start_cpu_s) * 1000 / pictures


# --- the viewers' process ------------------------------------------------------------------------


async def _watch(link: BlockingLink, viewers: int) -> None:
    from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

    count = [0]

    async def take(packet: Any, arrival_time_ms: int) -> None:
        count[0] += 1

    connections = []
    for _ in range(viewers):
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connections.append(connection)
        for kind in ("video", "audio"):
            receiver = cast(Any, connection.addTransceiver(kind, direction="recvonly").receiver)
            receiver._handle_rtp_packet = take  # in the place of jitter buffer and decoder
        await connection.setLocalDescription(await connection.createOffer())
        link.send({"op": "offer", "sdp": connection.localDescription.sdp})
        answer, _ = await asyncio.to_thread(link.receive)
        await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
    while not all(connection.connectionState == "connected" for connection in connections):
        await asyncio.sleep(0.05)
    link.send({"op": "connected"})
    while True:
        await asyncio.to_thread(link.receive)
        link.send({"packets": count[0]})


def _main() -> None:
    link = parent()
    order, _ = link.receive()
    with suppress(LinkError):  # the measurement is over
        asyncio.run(_watch(link, order["viewers"]))


if __name__ == "__main__":
    _main()
