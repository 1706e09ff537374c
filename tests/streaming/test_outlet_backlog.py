"""The queue before an output, under any order of feeding and taking."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.media import Packet
from streaming.backlog import Backlog

LIMIT_S = 2.0


def tick(number: int, key: bool) -> list[Packet]:
    return [
        Packet("h264", b"p", number * 3600, number * 3600, 3600, 90_000, key),
        Packet("opus", b"s", number * 1920, number * 1920, 1920, 48_000, True),
    ]


def seconds(packets: list[Packet], codec: str) -> float:
    return sum(p.duration / p.time_base for p in packets if p.codec == codec)


steps = st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0, 0, 0, 0, 0, 1, 5, 50])), min_size=1, max_size=400)


@given(steps)
def test_what_comes_out_is_decodable_in_order_and_counted(script: list[tuple[bool, int]]) -> None:
    backlog = Backlog(LIMIT_S)
    fed: list[Packet] = []
    out: list[Packet] = []
    for number, (key, take) in enumerate(script):
        for packet in tick(number, key or number == 0):
            backlog.push(packet)
            fed.append(packet)
        out += backlog.take(take)
    out += backlog.take(10**9)
    assert len(out) + backlog.dropped == len(fed)
    for codec in ("h264", "opus"):
        kept = [p.pts for p in out if p.codec == codec]
        assert kept == sorted(set(kept))
    last = -1
    for picture in (p for p in out if p.codec == "h264"):
        number = picture.pts // 3600
        assert picture.key or number == last + 1, "a gap that does not end in a key frame"
        last = number


@given(st.integers(0, 300), st.integers(1, 60))
def test_it_never_holds_more_than_it_may(ticks: int, key_every: int) -> None:
    backlog = Backlog(LIMIT_S)
    for number in range(ticks):
        for packet in tick(number, number % key_every == 0):
            backlog.push(packet)
    held = backlog.take(10**9)
    assert seconds(held, "h264") <= LIMIT_S + 1e-9
    assert seconds(held, "opus") <= 3 * LIMIT_S + 1e-9
    if ticks <= 3 * LIMIT_S * 25:
        assert round(seconds(held, "opus") * 25) == ticks, "sound is kept"


def test_a_jump_of_time_drops_nothing() -> None:
    backlog = Backlog(LIMIT_S)
    for packet in tick(0, True) + tick(10**6, False):
        backlog.push(packet)
    assert backlog.dropped == 0
    assert len(backlog) == 4
