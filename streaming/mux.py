"""Packets that are encoded already into a container: MP4 for files, FLV for RTMP.

PyAV sets up a stream from an encoder it opens, or from a stream it has read. Ours come from neither,
so the two templates are read out of the first packets themselves.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av

from engine.media import RATE_HZ, Packet, StreamInfo

VIDEO_HZ = 90_000
_START_CODE = b"\x00\x00\x01"
_FILLER = 12
_FILLER_START = _START_CODE + bytes([_FILLER])
_SILENT_ADTS = bytes.fromhex("fff14c8001bffc211004608c1c")
"""One frame of silent AAC-LC, 48 kHz, stereo: what PyAV reads the audio template from."""


class Muxer:
    """A container with one H.264 and one AAC stream; Opus packets are left out.

    Opening it may connect and block, holding the GIL. Packets start at 0 with ``key``, the first
    picture, which is given here to read the sizes from and written later like the others.
    """

    def __init__(
        self,
        target: str,
        container: str,
        info: StreamInfo,
        key: Packet,
        options: Mapping[str, str],
        metadata: Mapping[str, str],
    ) -> None:
        # A closed muxer must not leave file descriptors behind: everything av opened is closed here.
        self._out: Any = av.open(target, "w", format=container, options=dict(options))
        try:
            self._add_streams(info, key)
            self._out.metadata.update(metadata)
            self._out.start_encoding()
        except BaseException:
            self._out = None
            raise
        self.written_bytes = 0

    def _add_streams(self, info: StreamInfo, key: Packet) -> None:
        with av.open(io.BytesIO(key.data), format="h264") as template:
            self._video: Any = self._out.add_stream_from_template(template.streams.video[0], opaque=False)
        with av.open(io.BytesIO(_SILENT_ADTS * 3), format="aac") as template:
            self._audio: Any = self._out.add_stream_from_template(template.streams.audio[0])
        self._audio.codec_context.extradata = info.aac_config
        self._video.time_base = Fraction(1, VIDEO_HZ)
        self._audio.time_base = Fraction(1, RATE_HZ)

    def write(self, packet: Packet) -> None:
        """Write one packet. Raises av.error.FFmpegError when the place it goes to does."""
        if packet.codec == "opus":
            return
        moved: Any = av.Packet(packet.data)
        moved.pts, moved.dts, moved.duration = packet.pts, packet.dts, packet.duration
        moved.time_base = Fraction(1, packet.time_base)
        moved.is_keyframe = packet.key
        moved.stream = self._video if packet.codec == "h264" else self._audio
        self._out.mux_one(moved)
        self.written_bytes += len(packet.data)

    def close(self) -> None:
        """Finish the container. Raises av.error.FFmpegError; closed afterwards in any case."""
        out, self._out = self._out, None
        if out is not None:
            out.close()


def without_filler(data: bytes) -> bytes:
    """An Annex B access unit without the filler that constant bit rate puts in.

    A platform's ingest wants the padding; a file and a viewer's data plan do not.
    """
    if _FILLER_START not in data:
        return data
    kept = []
    position = data.find(_START_CODE)
    while position >= 0:
        following = data.find(_START_CODE, position + 3)
        unit = data[position:] if following < 0 else data[position:following]
        if unit[3] & 31 != _FILLER:
            kept.append(unit)
        position = following
    return b"\x00" + b"".join(kept)
