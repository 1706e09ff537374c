"""A publisher that writes down what it is given and checks that it is called in order.

Trouble is a setting: ``refuse`` (open fails, retryable), ``forbid`` (open fails for good), ``break``
(write fails after ``after`` packets), ``die`` (the process ends there), ``hang`` (write never returns,
with the GIL free), ``slow`` (every picture takes ``slow_s``). ``once`` names a file: the trouble is
over when it exists, and it is made when trouble begins. ``log`` names a file for JSON lines.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import PublishError
from engine.media import Packet, StreamInfo


class FakePublisher:
    """A small real machine (``engine.ports.Publisher``)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._trouble = str(settings.get("trouble", ""))
        self._state = "new"
        self._count = 0
        self._sent_bytes = 0
        self._keys_wanted = 0

    def open(self, info: StreamInfo) -> None:
        assert self._state == "new", f"open when {self._state}"
        self._write_down({"open": info.room, "pid": os.getpid()})
        if self._in_trouble("refuse"):
            raise PublishError("the fake refuses rtmp://example.com/live/sesame")
        if self._in_trouble("forbid"):
            raise PublishError("the fake forbids", retryable=False)
        self._state = "open"

    def write(self, packet: Packet) -> None:
        assert self._state == "open", f"write when {self._state}"
        if self._count >= int(self._settings.get("after", 0)):
            if self._in_trouble("break"):
                raise PublishError("the fake breaks")
            if self._in_trouble("die"):
                os._exit(3)
            while self._in_trouble("hang"):
                time.sleep(60)
        if self._trouble == "slow" and packet.codec == "h264":
            time.sleep(float(self._settings.get("slow_s", 0.1)))
        self._count += 1
        self._sent_bytes += len(packet.data)
        self._write_down({"codec": packet.codec, "pts": packet.pts, "key": packet.key})

    def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._state == "open", f"request when {self._state}"
        if request.get("op") == "echo":
            return {"echo": request["text"]}
        if request.get("op") == "key":
            self._keys_wanted += 1
            return {}
        raise PublishError(f"the fake does not know {request.get('op')}", retryable=False)

    def status(self) -> Mapping[str, Any]:
        return {"sent_bytes": self._sent_bytes, "keys_wanted": self._keys_wanted, "viewers": 7}

    def close(self) -> None:
        self._write_down({"close": self._state})
        self._state = "closed"

    def _in_trouble(self, kind: str) -> bool:
        if self._trouble != kind:
            return False
        once = self._settings.get("once")
        if once is None:
            return True
        over = Path(once).exists()
        Path(once).touch()
        return not over

    def _write_down(self, line: Mapping[str, Any]) -> None:
        log = self._settings.get("log")
        if log is not None:
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def create(settings: Mapping[str, Any]) -> FakePublisher:
    return FakePublisher(settings)
