"""A small room's packets for tests: real codecs, a flash and a beep now and then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np

from engine.media import I420, Packet, Samples, StreamInfo, VideoFormat
from streaming.encoder import create

SMALL = VideoFormat(width_px=96, height_px=160, fps=25, bitrate_kbps=100, preset="ultrafast")
BEEP_HZ = 1000


def picture(format: VideoFormat, bright: bool) -> I420:
    """A dark picture, or a flash."""
    i420 = np.full((format.height_px * 3 // 2, format.width_px), 128, np.uint8)
    i420[: format.height_px] = 235 if bright else 16
    return i420


def sound(format: VideoFormat, loud: bool) -> Samples:
    """One tick of silence, or of a beep."""
    count = np.arange(format.samples_per_tick)
    wave = 0.5 * np.sin(2 * np.pi * BEEP_HZ * count / 48_000) if loud else 0.0 * count
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


def flashes(
    format: VideoFormat, ticks: int, every: int = 0, first: int = 0, keys: frozenset[int] = frozenset()
) -> Iterator[Packet]:
    """The packets of ``ticks`` ticks; tick ``first`` and each ``every`` ticks later flashes and beeps."""
    encoder = create(format)
    dark, light = picture(format, False), picture(format, True)
    silence, beep = sound(format, False), sound(format, True)
    for tick in range(ticks):
        now = every > 0 and tick % every == first
        if tick in keys:
            encoder.force_key()
        yield from encoder.sound(tick, beep if now else silence)
        yield from encoder.picture(tick, light if now else dark)
    yield from encoder.close()


def info(format: VideoFormat = SMALL, room: str = "test") -> StreamInfo:
    """What an output of such a room is told."""
    return StreamInfo(room, format, aac_config(format), "A test", {"Label": "1", "ContentProducer": "夜市"})


@cache
def aac_config(format: VideoFormat) -> bytes:
    return create(format).aac_config


@cache
def a_second(seconds: int = 1) -> tuple[Packet, ...]:
    """``seconds`` of the small room."""
    return tuple(flashes(SMALL, 25 * seconds, every=25))


def later(packet: Packet, seconds: int) -> Packet:
    """The same packet, later."""
    moved = seconds * packet.time_base
    return replace(packet, pts=packet.pts + moved, dts=packet.dts + moved)


# --- the receiving end ------------------------------------------------------------------------


def decoded(codec: str, packets: list[Packet]) -> list[Any]:
    """Decoded frames, with the time stamps of their packets."""
    decoder: Any = av.CodecContext.create("libopus" if codec == "opus" else codec, "r")
    if codec != "h264":
        decoder.sample_rate, decoder.layout = 48_000, "stereo"
    if codec == "aac":
        decoder.extradata = aac_config(SMALL)
    frames = []
    for packet in packets:
        coded: Any = av.Packet(packet.data)
        coded.pts, coded.time_base = packet.pts, Fraction(1, packet.time_base)
        frames += decoder.decode(coded)
    return frames + decoder.decode(None)


def brightness(frame: Any) -> float:
    return float(frame.to_ndarray()[: frame.height].mean())


def onsets(frames: list[Any], first_pts: int) -> list[float]:
    """Where silence turns into a beep, in seconds; samples are counted from the first packet's time."""
    heard = np.concatenate([_mono(frame) for frame in frames])
    loud = np.abs(heard) > 0.1
    starts = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    # A sine is quiet twice a period: a beep starts where half a second before was silent.
    first = [n for k, n in enumerate(starts) if k == 0 or n - starts[k - 1] > 24_000]
    return [(n + first_pts) / 48_000 for n in first]


def _mono(frame: Any) -> Any:
    array = frame.to_ndarray()
    if array.dtype == np.int16:
        array = array.astype(np.float32) / 32768
    return array[0] if frame.format.is_planar else array.reshape(-1, 2)[:, 0]
