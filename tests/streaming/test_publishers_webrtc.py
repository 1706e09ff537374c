"""The WebRTC publisher against aiortc peers (a real browser is in ``tests/real/test_webrtc.py``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from engine.errors import PublishError
from streaming import measure
from streaming.publishers import webrtc
from streaming.publishers.webrtc import WebRtcPublisher
from tests.streaming.stream import SMALL, a_second, info, later
from tests.streaming.waiting import until


class Watcher:
    """A peer that receives; ``packets`` are the RTP packets, before any decoder, ``frames`` are decoded."""

    def __init__(self, decode: bool = False) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.packets: dict[str, list[Any]] = {"video": [], "audio": []}
        self.frames: dict[str, list[Any]] = {"video": [], "audio": []}
        self.receivers: dict[str, Any] = {}
        for kind in ("video", "audio"):
            receiver = self.connection.addTransceiver(kind, direction="recvonly").receiver
            self.receivers[kind] = receiver
            if decode:
                continue

            async def take(packet: Any, arrival_time_ms: int, kind: str = kind) -> None:
                self.packets[kind].append(packet)

            receiver._handle_rtp_packet = take
        self._tasks = []
        if decode:
            self.connection.on("track", lambda track: self._tasks.append(asyncio.ensure_future(self._see(track))))

    async def join(self, publisher: WebRtcPublisher) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        offer = {"op": "offer", "sdp": self.connection.localDescription.sdp}
        answer: Mapping[str, Any] = await asyncio.to_thread(publisher.request, offer)
        await self.connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        return str(answer["id"])

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.connection.close()

    async def _see(self, track: Any) -> None:
        while True:
            self.frames[track.kind].append(await track.recv())


@pytest.fixture
async def publisher() -> AsyncIterator[WebRtcPublisher]:
    publisher = webrtc.create({"max_viewers": 3})
    publisher.open(info())
    yield publisher
    await asyncio.to_thread(publisher.close)


async def feed_until(publisher: WebRtcPublisher, happened: Any) -> None:
    """The same second again and again, with time going on, until ``happened()``."""
    async with asyncio.timeout(60):
        second = 0
        while not happened():
            for packet in a_second():
                if packet.pts >= 0:
                    publisher.write(later(packet, second))
                    await asyncio.sleep(0.002)
            second += 1


async def test_a_viewer_sees_and_hears(publisher: WebRtcPublisher) -> None:
    watcher = Watcher(decode=True)
    await watcher.join(publisher)
    await feed_until(publisher, lambda: len(watcher.frames["video"]) > 20 and len(watcher.frames["audio"]) > 20)
    assert (watcher.frames["video"][0].width, watcher.frames["video"][0].height) == (96, 160)
    assert publisher.status()["viewers"] == 1
    assert publisher.status()["keys_wanted"] >= 1, "a viewer who joins asks for a key frame"
    await watcher.leave()
    await until(lambda: publisher.status()["viewers"] == 0)


async def test_the_first_packets_are_a_key_frame_and_the_padding_is_gone(publisher: WebRtcPublisher) -> None:
    watcher = Watcher()
    await watcher.join(publisher)
    await feed_until(publisher, lambda: len(watcher.packets["video"]) > 50)
    first = watcher.packets["video"][0]
    assert first.payload[0] & 31 in (7, 24), "SPS, alone or in an aggregate"
    stamps = sorted({p.timestamp for p in watcher.packets["video"]})
    assert stamps[1] - stamps[0] == 3600
    assert sum(len(p.payload) for p in watcher.packets["video"][1:]) / len(stamps) < 400
    await watcher.leave()


async def test_a_lost_packet_is_sent_again_and_a_lost_picture_asked_for(publisher: WebRtcPublisher) -> None:
    watcher = Watcher()
    await watcher.join(publisher)
    await feed_until(publisher, lambda: len(watcher.packets["video"]) > 10)
    lost, wanted = watcher.packets["video"][3], publisher.status()["keys_wanted"]
    receiver = watcher.receivers["video"]
    await receiver._send_rtcp_nack(lost.ssrc, [lost.sequence_number])
    await receiver._send_rtcp_pli(lost.ssrc)
    again = lost.sequence_number.to_bytes(2, "big") + lost.payload
    await until(lambda: any(p.payload == again for p in watcher.packets["video"]))
    await until(lambda: publisher.status()["keys_wanted"] > wanted)
    await watcher.leave()


async def test_sound_and_picture_belong_to_one_stream(publisher: WebRtcPublisher) -> None:
    watcher = Watcher()
    await watcher.join(publisher)
    sdp = watcher.connection.remoteDescription.sdp
    streams = {line.split()[0] for line in sdp.splitlines() if line.startswith("a=msid:")}
    assert len(streams) == 1, "else a browser does not line them up"
    await watcher.leave()


async def test_a_full_room_refuses_and_a_hangup_makes_place(publisher: WebRtcPublisher) -> None:
    watchers = [Watcher() for _ in range(4)]
    names = [await watcher.join(publisher) for watcher in watchers[:3]]
    with pytest.raises(PublishError, match="full") as error:
        await watchers[3].join(publisher)
    assert error.value.retryable
    await asyncio.to_thread(publisher.request, {"op": "hangup", "id": names[0]})
    await watchers[3].join(publisher)
    for watcher in watchers:
        await watcher.leave()


@pytest.mark.parametrize("sdp", ["", "v=0", "hello", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF\r\n", "m=\r\n" * 50])
async def test_what_is_no_offer_is_refused(publisher: WebRtcPublisher, sdp: str) -> None:
    with pytest.raises(PublishError) as error:
        await asyncio.to_thread(publisher.request, {"op": "offer", "sdp": sdp})
    assert not error.value.retryable
    assert publisher.status()["viewers"] == 0


async def test_a_browser_without_h264_is_refused(publisher: WebRtcPublisher) -> None:
    watcher = Watcher()
    await watcher.connection.setLocalDescription(await watcher.connection.createOffer())
    sdp = watcher.connection.localDescription.sdp.replace("H264/90000", "H265/90000")
    with pytest.raises(PublishError) as error:
        await asyncio.to_thread(publisher.request, {"op": "offer", "sdp": sdp})
    assert not error.value.retryable
    await watcher.leave()


async def test_who_never_connects_is_forgotten(publisher: WebRtcPublisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc, "CONNECT_S", 0.2)
    for _ in range(3):
        watcher = Watcher()
        await watcher.connection.setLocalDescription(await watcher.connection.createOffer())
        offer = {"op": "offer", "sdp": watcher.connection.localDescription.sdp}
        await asyncio.to_thread(publisher.request, offer)
        await watcher.leave()

    async def join() -> bool:
        late = Watcher()
        try:
            await late.join(publisher)
        except PublishError:
            return False
        finally:
            await late.leave()
        return True

    async with asyncio.timeout(30):
        while not await join():
            await asyncio.sleep(0.1)


async def test_the_cost_of_viewers_can_be_measured() -> None:
    packets = [p for p in a_second() if p.pts >= 0 and p.codec != "aac"]
    first = next(n for n, p in enumerate(packets) if p.key and p.codec == "h264")
    cost = await measure.viewer_cost(info(SMALL), packets[first:], viewers=2)
    assert cost.received > 0
