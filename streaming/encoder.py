"""One encode per room: pictures to H.264, sound to AAC (RTMP, MP4) and Opus (WebRTC).

Every number below is one that platforms and browsers accept at once: constant bit rate with an HRD,
a key frame every two seconds and none in between unless asked, no B-frames, no delay, Annex B with
SPS and PPS at every key frame.

Time stamps come from the tick number alone. A sound encoder looks ahead, so the first thing its
decoder says is not the first thing we said: AAC is 1024 samples behind, Opus 312. A packet's ``pts``
is therefore the place of the *first sample its decoder gives out*, which makes the first packets
negative; an output that starts at a key frame drops what lies before it and is in sync to the sample.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.video.frame import PictureType

from engine.media import I420, RATE_HZ, Codec, Packet, Samples, VideoFormat

VIDEO_HZ = 90_000
AAC_FRAME = 1024
OPUS_FRAME = 960
KEY_EVERY_S = 2
AAC_KBPS = 128
OPUS_KBPS = 96
# Level 10 costs half as much again; at 96 kbit/s the difference was not compared by ear.
OPUS_OPTIONS = {"frame_duration": "20", "application": "audio", "compression_level": "5"}


class X264Encoder:
    """The room's encoder (``engine.ports.Encoder``). Call from one thread; ``force_key`` from any.

    Ticks count up by one; the pictures and the sound of a tick may come in either order.
    """

    def __init__(self, format: VideoFormat) -> None:
        self._format = format
        self._video = _open_x264(format)
        self._aac = _Sound("aac", "aac", AAC_FRAME, AAC_KBPS, {"aac_coder": "fast"})
        self._opus = _Sound("opus", "libopus", OPUS_FRAME, OPUS_KBPS, OPUS_OPTIONS)
        self._key_wanted = False
        self._may_force_at = 0
        self._last_tick: int | None = None

    @property
    def aac_config(self) -> bytes:
        """The AudioSpecificConfig that muxers need (AAC-LC, 48 kHz, stereo)."""
        return self._aac.config

    def picture(self, tick: int, i420: I420) -> list[Packet]:
        """Encode the picture of ``tick``, shape ``(height * 3 // 2, width)``; it may be reused afterwards.

        Raises:
            ValueError: wrong shape, or a tick that is not later than the one before.
        """
        if i420.shape != (self._format.height_px * 3 // 2, self._format.width_px):
            raise ValueError(f"picture is {i420.shape}, the room is {self._format}")
        if self._last_tick is not None and tick <= self._last_tick:
            raise ValueError(f"picture {tick} after picture {self._last_tick}")
        self._last_tick = tick
        # No copy: x264 copies the picture before encode() returns.
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(i420), format="yuv420p")
        frame.pts = tick
        frame.time_base = Fraction(1, self._format.fps)
        if self._key_wanted and tick >= self._may_force_at:
            self._key_wanted = False
            self._may_force_at = tick + self._format.fps // 2
            frame.pict_type = PictureType.I
        return self._pictures(self._video.encode(frame))

    def sound(self, tick: int, samples: Samples) -> list[Packet]:
        """Encode the ``(samples_per_tick, 2)`` float samples of ``tick``; louder than 1 is clipped."""
        start = tick * self._format.samples_per_tick
        clipped = np.clip(samples, -1.0, 1.0)
        return self._aac.encode(start, clipped) + self._opus.encode(start, clipped)

    def force_key(self) -> None:
        """Make the next picture a key frame; a second wish within half a second waits its turn."""
        self._key_wanted = True

    def close(self) -> list[Packet]:
        """Flush. The encoder cannot be used afterwards."""
        return self._pictures(self._video.encode(None)) + self._aac.flush() + self._opus.flush()

    def _pictures(self, encoded: list[Any]) -> list[Packet]:
        step = VIDEO_HZ // self._format.fps
        return [
            Packet(
                codec="h264",
                data=bytes(p),
                pts=(p.pts or 0) * step,
                dts=(p.dts or 0) * step,
                duration=step,
                time_base=VIDEO_HZ,
                key=p.is_keyframe,
            )
            for p in encoded
        ]


class _Sound:
    """One sound codec with the queue that cuts ticks into its frames."""

    def __init__(self, codec: Codec, encoder: str, frame: int, kbps: int, options: dict[str, str]) -> None:
        self._codec: Codec = codec
        self._frame = frame
        self._context = cast(av.AudioCodecContext, av.CodecContext.create(encoder, "w"))
        self._context.sample_rate = RATE_HZ
        self._context.layout = "stereo"
        self._context.format = "fltp" if codec == "aac" else "flt"
        self._context.bit_rate = kbps * 1000
        self._context.time_base = Fraction(1, RATE_HZ)
        self._context.options = options
        self._context.flags |= av.codec.context.Flags.global_header
        self._context.open()
        self._rest = np.zeros((0, 2), np.float32)
        self._rest_at: int | None = None

    @property
    def config(self) -> bytes:
        return bytes(self._context.extradata or b"")

    def encode(self, start: int, samples: Samples) -> list[Packet]:
        """Queue ``(n, 2)`` samples that start at sample number ``start``; encode every whole frame."""
        if self._rest_at is None or start != self._rest_at + len(self._rest):
            # The first sound, or ticks were left out (a machine woke up): less than a frame is lost.
            self._rest, self._rest_at = self._rest[:0], start
        queued = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        packets = []
        while len(queued) >= self._frame:
            packets += self._encode(self._rest_at, queued[: self._frame])
            queued = queued[self._frame :]
            self._rest_at += self._frame
        self._rest = queued.copy()
        return packets

    def flush(self) -> list[Packet]:
        """Encode the last, padded frame and what the encoder still holds."""
        packets = []
        if self._rest_at is not None and len(self._rest):
            last = np.zeros((self._frame, 2), np.float32)
            last[: len(self._rest)] = self._rest
            packets = self._encode(self._rest_at, last)
        return packets + self._packets(self._context.encode(None))

    def _encode(self, start: int, samples: Samples) -> list[Packet]:
        planar = self._codec == "aac"
        array = np.ascontiguousarray(samples.T) if planar else samples.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(array, format="fltp" if planar else "flt", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.time_base = Fraction(1, RATE_HZ)
        frame.pts = start
        return self._packets(self._context.encode(frame))

    def _packets(self, encoded: list[Any]) -> list[Packet]:
        return [
            Packet(
                codec=self._codec,
                data=bytes(p),
                pts=p.pts or 0,
                dts=p.pts or 0,
                duration=self._frame,
                time_base=RATE_HZ,
                key=True,
            )
            for p in encoded
        ]


def create(format: VideoFormat) -> X264Encoder:
    """Open the three codecs.

    Raises:
        av.error.FFmpegError: x264 refuses the format (odd sizes, an unknown preset).
    """
    return X264Encoder(format)


def _open_x264(format: VideoFormat) -> av.VideoCodecContext:
    rate = str(format.bitrate_kbps * 1000)
    video = av.CodecContext.create("libx264", "w")
    video.width = format.width_px
    video.height = format.height_px
    video.pix_fmt = "yuv420p"
    video.framerate = Fraction(format.fps)
    video.time_base = Fraction(1, format.fps)
    video.bit_rate = int(rate)
    video.color_range = av.video.reformatter.ColorRange.MPEG
    # One thread: two sliced threads cost 13 % more CPU for the same picture, two frame threads cost
    # a picture of delay. Rooms are many, cores are few.
    video.thread_count = 1
    video.options = {
        "preset": format.preset,
        "tune": "zerolatency",
        "profile": "high",
        "nal-hrd": "cbr",
        "maxrate": rate,
        "bufsize": rate,
        "g": str(KEY_EVERY_S * format.fps),
        "bf": "0",
        "forced-idr": "1",
        # Players guess the colours of an untagged picture from its height, and guess wrong.
        "x264-params": "sliced-threads=0:scenecut=0:repeat-headers=1"
        ":colormatrix=smpte170m:colorprim=bt709:transfer=bt709",
    }
    video.open()
    return video
