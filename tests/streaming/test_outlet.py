"""An outlet: real child processes with the fake publisher, and the queue in front of them."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.clock import SystemClock
from engine.errors import PublishError
from streaming.outlet import Limits, Outlet, create
from tests.streaming.stream import a_second, info, later

FAKE = "tests.fakes.publisher"


class Bench:
    """An outlet with the fake publisher, its log and the key frames it asked for."""

    def __init__(self, folder: Path, limits: Limits | None = None, **settings: Any) -> None:
        self.log_path = folder / "log"
        self.keys = 0
        self._second = 0
        settings = {"log": str(self.log_path), **settings}
        self.outlet = Outlet("bench", "fake", settings, info(), SystemClock(), self._key, limits, module=FAKE)
        self.outlet.start()

    def _key(self) -> None:
        self.keys += 1

    def log(self) -> list[dict[str, Any]]:
        if not self.log_path.exists():
            return []
        return [json.loads(line) for line in self.log_path.read_text().splitlines() if line.endswith("}")]

    def pids(self) -> list[int]:
        return [line["pid"] for line in self.log() if "open" in line]

    async def until(self, happened: Callable[[], object]) -> None:
        """Feed second after second until ``happened()``; the deadline only ends a broken test."""
        deadline = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < deadline, (self.outlet.status(), self.log()[-3:])
            for packet in a_second():
                if packet.pts >= 0 and packet.pts < packet.time_base:
                    self.outlet.feed(later(packet, self._second))
            self._second += 1
            await asyncio.sleep(0.05)

    def is_live(self) -> bool:
        return self.outlet.status().state == "live"


async def test_packets_arrive_from_a_key_frame_and_time_zero(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.until(bench.is_live)
    await bench.outlet.close()
    packets = [line for line in bench.log() if "codec" in line]
    assert packets[0] == {"codec": "h264", "pts": 0, "key": True}
    assert all(p["pts"] >= 0 for p in packets)
    assert bench.keys >= 1
    assert bench.log()[-1] == {"close": "open"}
    assert bench.outlet.status().state == "stopped"
    assert bench.outlet.status().sent_bytes > 0


@pytest.mark.parametrize("trouble", ["refuse", "break", "die"])
async def test_a_connection_that_fails_is_followed_by_another(tmp_path: Path, trouble: str) -> None:
    bench = Bench(tmp_path, trouble=trouble, once=str(tmp_path / "once"), after=5)
    await bench.until(lambda: len(bench.pids()) > 1 and bench.is_live())
    status = bench.outlet.status()
    await bench.outlet.close()
    assert status.reconnects == 1
    first_of_second = bench.log().index({"codec": "h264", "pts": 0, "key": True}, 2)
    assert first_of_second > 0


async def test_a_hung_process_is_killed_and_replaced(tmp_path: Path) -> None:
    limits = Limits(silent_s=2.0)
    bench = Bench(tmp_path, limits, trouble="hang", once=str(tmp_path / "once"))
    await bench.until(lambda: len(bench.pids()) > 1 and bench.is_live())
    await bench.outlet.close()
    hung, _ = bench.pids()
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)


async def test_feeding_never_waits_for_a_hung_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(queue_s=2.0), trouble="hang")
    await bench.until(lambda: bench.outlet.status().dropped_packets > 0)
    before = bench.outlet.status().dropped_packets
    feeder = threading.Thread(target=lambda: [bench.outlet.feed(p) for p in a_second(2) * 50])
    feeder.start()
    await asyncio.to_thread(feeder.join)
    assert bench.outlet.status().dropped_packets > before
    await bench.outlet.close(timeout_s=0.2)


async def test_a_slow_connection_skips_to_a_key_frame_and_keeps_the_sound(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(queue_s=2.0), trouble="slow", slow_s=0.02)
    await bench.until(lambda: bench.outlet.status().dropped_packets > 100)
    await bench.until(lambda: len([x for x in bench.log() if x.get("codec") == "h264"]) > 300)
    await bench.outlet.close(timeout_s=0.5)
    pictures = [x for x in bench.log() if x.get("codec") == "h264"]
    jumps = [b for a, b in pairwise(pictures) if b["pts"] != a["pts"] + 3600]
    assert jumps
    assert all(picture["key"] for picture in jumps)


async def test_what_cannot_work_is_not_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, trouble="forbid")
    await bench.until(lambda: bench.outlet.status().state == "failed")
    assert bench.outlet.status().detail == "the fake forbids"
    assert len(bench.pids()) == 1
    await bench.outlet.close()


async def test_a_stream_key_in_an_error_does_not_reach_the_status(tmp_path: Path) -> None:
    bench = Bench(tmp_path, trouble="refuse")
    await bench.until(lambda: bench.outlet.status().state == "reconnecting")
    assert "sesame" not in bench.outlet.status().detail
    assert "example.com/live" in bench.outlet.status().detail
    await bench.outlet.close()


async def test_an_old_connection_is_renewed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(max_session_h=1 / 3600))
    await bench.until(lambda: len(bench.pids()) > 1)
    assert {"close": "open"} in bench.log()
    await bench.outlet.close()


async def test_requests_are_answered_or_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(PublishError, match="not connected"):
        await bench.outlet.request({"op": "echo", "text": "too soon"})
    await bench.until(bench.is_live)
    assert await bench.outlet.request({"op": "echo", "text": "早"}) == {"echo": "早"}
    with pytest.raises(PublishError, match="does not know"):
        await bench.outlet.request({"op": "dance"})
    keys = bench.keys
    await bench.outlet.request({"op": "key"})
    await bench.until(lambda: bench.keys > keys)
    assert bench.outlet.status().viewers == 7
    await bench.outlet.close()


async def test_closing_twice_and_closing_before_it_is_connected(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.outlet.close()
    await bench.outlet.close()
    bench.outlet.feed(a_second()[0])
    assert bench.outlet.status().state == "stopped"


def test_a_kind_is_a_name() -> None:
    with pytest.raises(PublishError, match="no kind of output"):
        create("x", "../../etc", {}, info(), SystemClock(), lambda: None)
