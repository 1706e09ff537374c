"""Recordings as other programs see them: ffprobe finds the label, ffmpeg decodes every picture."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.real.air import Air
from tests.real.conftest import need
from tests.streaming.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def run(program: str, *arguments: str) -> tuple[str, str]:
    """What ``program`` wrote on its two outputs."""
    process = await asyncio.create_subprocess_exec(
        need(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await process.communicate()
    return said.decode(), complained.decode()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.mp4"))


async def test_a_killed_recording_and_the_next_both_play(tmp_path: Path) -> None:
    with Air() as air:
        output: Any = air.output("file", "recording", folder=str(tmp_path), min_free_mb=1)
        await until(lambda: output.status().sent_bytes > 500_000)
        os.kill(output._child.process.pid, signal.SIGKILL)
        await until(lambda: output.status().state == "reconnecting")
        await until(lambda: output.status().state == "live")
        await asyncio.sleep(3)
        await output.close()
    assert output.status().reconnects == 1
    paths = files(tmp_path)
    assert len(paths) == 2
    for path in paths:
        said, _ = await run("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path))
        facts = json.loads(said)
        assert json.loads(facts["format"]["tags"]["AIGC"])["ContentProducer"] == "夜市"
        assert float(facts["format"]["duration"]) > 2
        assert [s["codec_name"] for s in facts["streams"]] == ["h264", "aac"]
        _, complained = await run("ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-")
        assert complained == ""
