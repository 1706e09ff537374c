"""Sends one encoded stream to one WebRTC viewer, cheaply.

aiortc does ICE, DTLS, SRTP keys, RTCP and retransmission. Its sending loop, though, wakes a task per
stream and packs, stamps and awaits every packet for every viewer. With one encode for all viewers the
packing is the same for all, so it is done once, and a :class:`Lane` does the rest of a picture in one
call: a 12-byte header, SRTP, ``sendto``. It takes the place of that loop in an aiortc 1.16 sender;
every private name it touches is in this file.

The clock of the sender reports is the media's own: sound and picture of a viewer share one anchor, so
the browser lines them up exactly, and a step of the wall clock moves nothing.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any, cast

from aiortc import RTCRtpSender
from aiortc.clock import current_ntp_time
from aiortc.codecs.h264 import H264Encoder
from aiortc.rtp import RTP_HISTORY_SIZE, RtpPacket

from streaming.mux import without_filler

REMEMBERED = 1024
"""Packets kept for retransmission: about four seconds of 2.5 Mbit/s."""
FULL_BYTES = 512 << 10
"""When so much waits in the socket of a viewer, pictures are left out until the next key frame."""
_HEADER = struct.Struct("!BBHLL")


def payloads(data: bytes) -> list[bytes]:
    """An H.264 access unit as RTP payloads, without the padding of constant bit rate."""
    return H264Encoder._packetize(H264Encoder._split_bitstream(without_filler(data)))


class Anchor:
    """Where a viewer's time 0 lies on the NTP scale (64-bit fixed point): set by the first packet."""

    def __init__(self) -> None:
        self._zero: int | None = None

    def ntp(self, pts: int, time_base: int) -> int:
        offset = (pts << 32) // time_base
        if self._zero is None:
            self._zero = current_ntp_time() - offset
        return self._zero + offset


class Lane:
    """One stream of one viewer. Use in the event loop of the peer connection only."""

    def __init__(self, sender: RTCRtpSender, anchor: Anchor, on_key_wanted: Callable[[], None]) -> None:
        self._sender = cast(Any, sender)
        self._anchor = anchor
        self._payload_type: int | None = None
        # In the lower half, as aiortc does: an early wrap breaks SRTP in Chromium.
        self._sequence = random.randrange(1 << 15)
        self._origin = random.getrandbits(32)
        self._sent: dict[int, tuple[int, int, int, bytes]] = {}
        self._packets = 0
        self._bytes = 0
        self._aiortc_retransmit = self._sender._retransmit
        self._sender._run_rtp = self._run
        self._sender._retransmit = self._retransmit
        self._sender._send_keyframe = on_key_wanted  # called for PLI and FIR

    def send(self, parts: Sequence[bytes], pts: int, time_base: int) -> int | None:
        """Send one access unit now; its bytes, or None when the socket is full and nothing was sent.

        Raises:
            ConnectionError: not connected (yet, or any more).
        """
        dtls = self._sender.transport
        pair = dtls.transport._connection._nominated.get(1)
        if self._payload_type is None or pair is None or dtls.state != "connected":
            raise ConnectionError("the viewer is not connected")
        udp, address = pair.protocol.transport, pair.remote_addr
        if _waiting_bytes(udp) > FULL_BYTES:
            return None
        protect, ssrc = dtls._tx_srtp.protect, self._sender._ssrc
        stamp = (self._origin + pts) & 0xFFFFFFFF
        sequence, last, size = self._sequence, len(parts) - 1, 0
        for number, payload in enumerate(parts):
            marked = self._payload_type | (0x80 if number == last else 0)
            header = _HEADER.pack(0x80, marked, sequence, stamp, ssrc)
            udp.sendto(protect(header + payload), address)
            self._sent[sequence % REMEMBERED] = (sequence, marked, stamp, payload)
            sequence = (sequence + 1) & 0xFFFF
            size += len(payload)
        self._sequence = sequence
        self._packets += len(parts)
        self._bytes += size
        self._tell_rtcp(stamp, self._anchor.ntp(pts, time_base))
        return size

    def _tell_rtcp(self, stamp: int, ntp: int) -> None:
        sender = self._sender  # what aiortc puts into its sender reports
        sender._RTCRtpSender__rtp_timestamp = stamp
        sender._RTCRtpSender__ntp_timestamp = ntp
        sender._RTCRtpSender__packet_count = self._packets
        sender._RTCRtpSender__octet_count = self._bytes

    async def _run(self, codec: Any) -> None:
        """In the place of ``RTCRtpSender._run_rtp``: learns the payload type, then only waits."""
        self._payload_type = codec.payloadType
        self._sender._RTCRtpSender__rtp_started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass  # stop() cancels and then waits for the line below
        finally:
            self._payload_type = None
            self._sender._RTCRtpSender__rtp_exited.set()

    async def _retransmit(self, sequence: int) -> None:
        """In the place of ``RTCRtpSender._retransmit``: give it back the packet it asks for."""
        kept = self._sent.get(sequence % REMEMBERED)
        if kept is None or kept[0] != sequence:
            return
        _, marked, stamp, payload = kept
        packet = RtpPacket(
            payload_type=marked & 0x7F,
            marker=marked >> 7,
            sequence_number=sequence,
            timestamp=stamp,
            ssrc=self._sender._ssrc,
            payload=payload,
        )
        self._sender._RTCRtpSender__rtp_history[sequence % RTP_HISTORY_SIZE] = packet
        await self._aiortc_retransmit(sequence)


def _waiting_bytes(udp: Any) -> int:
    # A relayed transport (TURN) keeps no count.
    count = getattr(udp, "get_write_buffer_size", None)
    return int(count()) if count is not None else 0
