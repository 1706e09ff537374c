"""RTMP against nginx: what a viewer's player gets, and what happens when the server goes away."""

from __future__ import annotations

import asyncio
import json
import socket
from itertools import pairwise
from pathlib import Path

import pytest

from tests.real.air import Air
from tests.real.conftest import RtmpServer, need
from tests.streaming.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def pull(url: str, seconds: float, to: Path) -> None:
    """Save ``seconds`` of a live stream with ffmpeg, as it comes, without decoding."""
    process = await asyncio.create_subprocess_exec(
        need("ffmpeg"), "-v", "error", "-y", "-i", url, "-t", str(seconds), "-c", "copy", "-f", "flv", str(to),
        stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(seconds + 60):
        assert await process.wait() == 0


async def probe(path: Path) -> dict[str, list[dict[str, str]]]:
    """Streams, and the time stamps of all packets, as ffprobe sees them."""
    process = await asyncio.create_subprocess_exec(
        need("ffprobe"), "-v", "error", "-show_streams", "-show_packets", "-of", "json", str(path),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    return json.loads(said)  # type: ignore[no-any-return]


async def test_a_player_gets_h264_and_aac_without_a_gap(rtmp_server: RtmpServer, tmp_path: Path) -> None:
    with Air() as air:
        output = air.output("nginx", "rtmp", url=rtmp_server.url, key_file=str(key_file(tmp_path)))
        await until(lambda: output.status().state == "live")
        await pull(f"{rtmp_server.url}/sesame-77", 20, tmp_path / "pulled.flv")
        assert output.status().reconnects == 0
        assert output.status().dropped_packets == 0
        await output.close()
    seen = await probe(tmp_path / "pulled.flv")
    assert {(s["codec_type"], s["codec_name"]) for s in seen["streams"]} == {("video", "h264"), ("audio", "aac")}
    for kind, step_s in (("video", 0.040), ("audio", 1024 / 48_000)):
        times = [float(p["pts_time"]) for p in seen["packets"] if p["codec_type"] == kind]
        gaps = [b - a for a, b in pairwise(times)]
        # FLV counts whole milliseconds.
        assert max(gaps) < step_s + 0.002, f"{kind} has a gap"
        assert times[-1] - times[0] > 15  # ffmpeg counts its 20 s from before it joined


async def test_the_stream_comes_back_and_the_others_never_notice(rtmp_server: RtmpServer, tmp_path: Path) -> None:
    with Air() as air:
        output = air.output("nginx", "rtmp", url=rtmp_server.url, key_file=str(key_file(tmp_path)))
        beside = air.output("file", "recording", folder=str(tmp_path / "files"), min_free_mb=1)
        await until(lambda: output.status().state == beside.status().state == "live")
        rtmp_server.kill()
        await until(lambda: output.status().state == "reconnecting")
        await asyncio.sleep(3)
        rtmp_server.start()
        await until(lambda: output.status().state == "live")
        await pull(f"{rtmp_server.url}/sesame-77", 3, tmp_path / "again.flv")
        assert output.status().reconnects >= 1
        assert "sesame" not in output.status().detail
        assert beside.status().state == "live"
        assert beside.status().reconnects == beside.status().dropped_packets == 0
        await output.close()
        await beside.close()
    (path,) = (tmp_path / "files").glob("*.mp4")
    seen = await probe(path)
    times = [float(p["pts_time"]) for p in seen["packets"] if p["codec_type"] == "video"]
    assert max(b - a for a, b in pairwise(times)) < 0.041, "the recording has a gap"


async def test_a_server_that_accepts_and_stays_silent_stops_nobody(tmp_path: Path) -> None:
    """PyAV would wait for it for ever, and every thread of its process with it."""
    with socket.create_server(("127.0.0.1", 0)) as silent, Air() as air:
        url = f"rtmp://127.0.0.1:{silent.getsockname()[1]}/live"
        output = air.output("silent", "rtmp", url=url, key_file=str(key_file(tmp_path)), silent_s=3)
        beside = air.output("beside", "null")
        await until(lambda: output.status().reconnects >= 1)
        assert "ended by force" in output.status().detail
        assert beside.status().state == "live"
        assert beside.status().reconnects == beside.status().dropped_packets == 0
        await output.close()
        await beside.close()


def key_file(folder: Path) -> Path:
    path = folder / "key"
    path.write_text("sesame-77\n")
    return path
