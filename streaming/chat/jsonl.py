"""Chat from a file of JSON lines, or from standard input with ``path: "-"``.

    {"at": 12.5, "user": "Lily", "text": "Does it fit a car cup holder?"}

``at`` is seconds after the source started (left out: at once). A line that is broken is logged with
its number and skipped. With ``follow: true`` the file may grow for ever, as another program writes it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from engine.clock import Clock, SystemClock
from engine.errors import ConfigError
from engine.ports import ChatSource

log = logging.getLogger(__name__)

LINE_BYTES = 64 * 1024
"""Longer lines are broken lines."""
LOOK_S = 0.5
"""How often a followed file is looked at."""


def create(settings: Mapping[str, Any], clock: Clock | None = None) -> ChatSource:
    """``settings``: ``path`` (a file, or ``-``) and ``follow`` (default false).

    Raises:
        ConfigError: no path, no such file, or a setting that does not exist.
    """
    unknown = sorted(set(settings) - {"path", "follow"})
    if unknown:
        raise ConfigError(
            f"chat source jsonl knows no setting {unknown[0]!r}", fix="it knows path and follow"
        )
    path = settings.get("path")
    if not isinstance(path, str | Path) or not str(path):
        raise ConfigError("chat source jsonl needs a path", fix='a file, or "-" for standard input')
    follow = settings.get("follow", False)
    if not isinstance(follow, bool):
        raise ConfigError("follow is true or false")
    if str(path) != "-" and not follow and not Path(path).is_file():
        raise ConfigError(f"there is no file {path}")
    return Lines(str(path), follow, clock or SystemClock())


@dataclass(frozen=True, slots=True)
class Line:
    at_s: float
    user: str
    text: str


def parse(raw: bytes) -> Line:
    """One line of the file.

    Raises:
        ValueError: it is not the JSON we ask for; the sentence says why.
    """
    if len(raw) > LINE_BYTES:
        raise ValueError(f"longer than {LINE_BYTES} bytes")
    try:
        content = json.loads(raw)
    except RecursionError as deep:
        raise ValueError("nested too deeply") from deep
    if not isinstance(content, dict):
        raise ValueError("not an object")
    text, user, at_s = content.get("text"), content.get("user", ""), content.get("at", 0)
    if not isinstance(text, str) or not text.strip():
        raise ValueError('"text" is missing or empty')
    if not isinstance(user, str):
        raise ValueError('"user" is not a string')
    if isinstance(at_s, bool) or not isinstance(at_s, int | float) or not 0 <= at_s < float("inf"):
        raise ValueError('"at" is not a number of seconds')
    return Line(float(at_s), user, text)


class Lines:
    """Reads in order; a line whose time has passed is said at once."""

    def __init__(self, path: str, follow: bool, clock: Clock) -> None:
        self._path = path
        self._follow = follow
        self._clock = clock

    async def run(self, put: Callable[[str, str], Awaitable[None]]) -> None:
        start_s = self._clock.now_s()
        number = 0
        async for raw in self._raw():
            number += 1
            if not raw.strip():
                continue
            try:
                line = parse(raw)
            except ValueError as broken:
                log.warning("%s:%d: skipped, %s", self._path, number, broken)
                continue
            await self._clock.sleep(start_s + line.at_s - self._clock.now_s())
            await put(line.user, line.text)

    async def _raw(self) -> AsyncIterator[bytes]:
        if self._path == "-" and not stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):
            async for raw in _standard_input():
                yield raw
            return
        while (
            self._path != "-" and not Path(self._path).is_file()
        ):  # only a followed file may still be missing
            await self._clock.sleep(LOOK_S)
        with await asyncio.to_thread(open, "/dev/stdin" if self._path == "-" else self._path, "rb") as file:
            unfinished = b""
            while True:
                raw = await asyncio.to_thread(_read_line, file)
                unfinished += raw[: LINE_BYTES + 1 - len(unfinished)]
                if raw.endswith(b"\n"):
                    yield unfinished
                    unfinished = b""
                elif not raw and not self._follow:
                    if unfinished:
                        yield unfinished
                    return
                elif not raw:
                    await self._clock.sleep(LOOK_S)


def _read_line(file: BinaryIO) -> bytes:
    return file.readline(LINE_BYTES)


async def _standard_input() -> AsyncIterator[bytes]:
    """Lines of standard input, read without a thread that could not be stopped."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
    )
    try:
        while True:
            try:
                raw = await reader.readline()
            except ValueError:  # longer than the limit; what was read of it is gone
                raw = b"x" * (LINE_BYTES + 1)
            if not raw:
                return
            yield raw
    finally:
        transport.close()
