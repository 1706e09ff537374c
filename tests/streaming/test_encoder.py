"""What the encoder promises to every output: exact time, steady key frames, sound that fits the picture."""

from __future__ import annotations

import numpy as np
import pytest

from engine.media import Packet, VideoFormat
from streaming.encoder import create
from streaming.mux import without_filler
from tests.streaming.stream import SMALL, brightness, decoded, flashes, onsets, picture, sound

BOTH_RATES = [25, 30]


def at(fps: int) -> VideoFormat:
    return VideoFormat(SMALL.width_px, SMALL.height_px, fps, 100, "ultrafast")


def of(codec: str, packets: list[Packet]) -> list[Packet]:
    return [p for p in packets if p.codec == codec]


def units(data: bytes) -> list[int]:
    """NAL unit types of an Annex B access unit."""
    return [part[0] & 31 for part in data.split(b"\x00\x00\x01")[1:]]


@pytest.mark.parametrize("fps", BOTH_RATES)
def test_time_stamps_are_tick_numbers(fps: int) -> None:
    packets = list(flashes(at(fps), 2 * fps))
    video = of("h264", packets)
    assert [p.pts for p in video] == [n * 90_000 // fps for n in range(2 * fps)]
    assert all(p.dts == p.pts for p in video), "no B-frames"
    for codec, frame in (("aac", 1024), ("opus", 960)):
        times = [p.pts for p in of(codec, packets)]
        assert np.unique(np.diff(times)).tolist() == [frame]
        assert times[-1] + frame >= 2 * 48_000


@pytest.mark.parametrize("fps", BOTH_RATES)
def test_a_picture_comes_out_when_it_goes_in(fps: int) -> None:
    encoder = create(at(fps))
    for tick in range(5):
        (packet,) = encoder.picture(tick, picture(at(fps), False))
        assert packet.pts == tick * 90_000 // fps
    assert encoder.close() is not None


def test_a_key_frame_every_two_seconds_carries_its_parameters() -> None:
    video = of("h264", list(flashes(SMALL, 150, every=7)))
    assert [n for n, p in enumerate(video) if p.key] == [0, 50, 100]
    assert units(video[50].data)[:2] == [7, 8]
    assert 5 in units(video[50].data)
    assert all(5 not in units(p.data) for p in video if not p.key)


def test_wishes_for_key_frames_are_granted_at_most_twice_a_second() -> None:
    video = of("h264", list(flashes(SMALL, 60, keys=frozenset(range(10, 40)))))
    keys = [n for n, p in enumerate(video) if p.key]
    assert keys == [0, 10, 22, 34, 46], "the last wish is not forgotten"


def test_the_stream_is_constant_bit_rate_and_a_file_does_without_the_padding() -> None:
    video = of("h264", list(flashes(SMALL, 500)))
    sent = sum(len(p.data) for p in video) * 8 / 20
    kept = [without_filler(p.data) for p in video]
    assert abs(sent / 100_000 - 1) < 0.1
    assert sum(map(len, kept)) < sum(len(p.data) for p in video) / 4
    assert all(12 not in units(data) for data in kept)
    assert [[u for u in units(p.data) if u != 12] for p in video] == [units(data) for data in kept]


def test_the_array_may_be_reused() -> None:
    encoder = create(SMALL)
    canvas = picture(SMALL, True)
    (packet,) = encoder.picture(0, canvas)
    canvas[:] = 0
    assert brightness(decoded("h264", [packet])[0]) > 200


def test_a_wrong_picture_is_refused() -> None:
    encoder = create(SMALL)
    with pytest.raises(ValueError, match="the room is"):
        encoder.picture(0, np.zeros((10, 10), np.uint8))
    encoder.picture(5, picture(SMALL, False))
    with pytest.raises(ValueError, match="picture 5 after picture 5"):
        encoder.picture(5, picture(SMALL, False))


def test_ticks_may_be_left_out() -> None:
    encoder = create(SMALL)
    packets: list[Packet] = []
    for tick in [*range(10), *range(1000, 1010)]:
        packets += encoder.sound(tick, sound(SMALL, False)) + encoder.picture(tick, picture(SMALL, False))
    packets += encoder.close()
    assert of("h264", packets)[10].pts == 1000 * 3600
    for codec in ("aac", "opus"):
        last = of(codec, packets)[-1]
        assert abs(last.pts + last.duration - 1010 * 1920) <= 2048


def test_loud_sound_is_clipped_not_wrapped() -> None:
    encoder = create(SMALL)
    packets: list[Packet] = []
    for tick in range(25):
        packets += encoder.sound(tick, 5 * sound(SMALL, True))
    heard = np.concatenate([f.to_ndarray() for f in decoded("aac", of("aac", packets))], axis=1)
    assert np.abs(heard).max() < 1.7


@pytest.mark.slow
@pytest.mark.parametrize("fps", BOTH_RATES)
def test_sound_and_picture_are_together_from_the_first_minute_to_the_fifth(fps: int) -> None:
    """A flash and a beep in the same tick of every minute."""
    format = at(fps)
    packets = list(flashes(format, 300 * fps, every=60 * fps, first=9 * fps))
    flash_s = [f.time for f in decoded("h264", of("h264", packets)) if brightness(f) > 128]
    assert len(flash_s) == 5
    for codec in ("aac", "opus"):
        beep_s = onsets(decoded(codec, of(codec, packets)), of(codec, packets)[0].pts)
        assert np.abs(np.array(flash_s) - np.array(beep_s)).max() < 0.005
