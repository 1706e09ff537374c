"""Records the room as MP4 files that survive a power cut and carry the AI label.

While it is written a file is fragmented: whatever happens, it plays up to the last key frame. When it
is closed it becomes an ordinary MP4. Files change at a key frame every ``rotate_min`` minutes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import av

from engine.clock import Clock, SystemClock
from engine.errors import PublishError
from engine.media import Packet, StreamInfo
from streaming.mux import Muxer, without_filler
from streaming.splice import Splice, is_key_picture

CODECS = ("h264", "aac")
_MOVFLAGS = "hybrid_fragmented+frag_keyframe+default_base_moof+use_metadata_tags"


class Recording:
    """One room's files in one folder (``engine.ports.Publisher``)."""

    def __init__(self, folder: Path, pattern: str, rotate_s: float, min_free_bytes: int, clock: Clock) -> None:
        self._folder = folder
        self._pattern = pattern
        self._rotate_s = rotate_s
        self._min_free_bytes = min_free_bytes
        self._clock = clock
        self._info: StreamInfo | None = None
        self._file: Muxer | None = None
        self._path: Path | None = None
        self._splice = Splice()
        self._earlier_bytes = 0

    def open(self, info: StreamInfo) -> None:
        """Check the folder; the first file is made with the first key frame.

        Raises:
            PublishError: the folder cannot be written, or the disk is nearly full.
        """
        self._info = info
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PublishError(f"cannot record to {self._folder}: {error.strerror}") from error
        self._check_space()

    def write(self, packet: Packet) -> None:
        """Raises PublishError when the disk is full or gone."""
        try:
            if is_key_picture(packet) and self._is_due(packet):
                self._next_file(packet)
            for taken in self._splice.take(packet):
                if self._file is not None:
                    self._file.write(_slim(taken))
        except (av.error.FFmpegError, OSError) as error:
            raise PublishError(f"cannot record to {self._path}: {error.strerror}") from error

    def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        raise PublishError("a recording answers no requests", retryable=False)

    def status(self) -> Mapping[str, Any]:
        now = self._file.written_bytes if self._file else 0
        return {
            "sent_bytes": self._earlier_bytes + now,
            "detail": str(self._path) if self._path else "",
        }

    def close(self) -> None:
        """Finish the file. Raises PublishError when that fails (what is on disk still plays)."""
        try:
            self._end_file()
        except (av.error.FFmpegError, OSError) as error:
            raise PublishError(f"cannot finish {self._path}: {error.strerror}") from error

    def _is_due(self, key: Packet) -> bool:
        if self._file is None:
            return True
        return (key.pts - self._file_start) / key.time_base >= self._rotate_s

    def _next_file(self, key: Packet) -> None:
        assert self._info is not None
        self._end_file()
        self._check_space()
        self._path = self._free_path()
        self._file_start = key.pts
        self._splice = Splice()
        self._file = Muxer(
            # "file:" because a name with a colon in it would be read as a protocol.
            f"file:{self._path}",
            "mp4",
            self._info,
            key,
            {"movflags": _MOVFLAGS, "flush_packets": "1"},
            _labels(self._info),
        )

    def _end_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            self._earlier_bytes += file.written_bytes
            file.close()

    def _check_space(self) -> None:
        # Stop before the disk is full: the evidence log and the database live on it too.
        free = shutil.disk_usage(self._folder).free
        if free < self._min_free_bytes:
            raise PublishError(
                f"disk full: {free >> 20} MB free in {self._folder}, {self._min_free_bytes >> 20} MB are kept",
                fix="delete old recordings",
            )

    def _free_path(self) -> Path:
        assert self._info is not None
        start = self._clock.wall().astimezone()
        name = self._pattern.format(room=self._info.room, start=start)
        path = self._folder / f"{name}.mp4"
        number = 2
        while path.exists():
            path = self._folder / f"{name}-{number}.mp4"
            number += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _slim(packet: Packet) -> Packet:
    """A picture without its padding. Sound stays as it is: what looks like padding there is sound."""
    return replace(packet, data=without_filler(packet.data)) if packet.codec == "h264" else packet


def _labels(info: StreamInfo) -> dict[str, str]:
    labels = {"title": info.title or info.room}
    if info.aigc:
        labels["AIGC"] = json.dumps(dict(info.aigc), ensure_ascii=False)
    return labels


def create(settings: Mapping[str, Any], clock: Clock | None = None) -> Recording:
    """Settings: ``folder``; ``pattern`` (default ``{room}_{start:%Y%m%d-%H%M%S}``, local time of the
    file's start); ``rotate_min`` (60); ``min_free_mb`` (500).

    Raises:
        PublishError: the pattern cannot be filled in, or leaves the folder.
    """
    pattern = str(settings.get("pattern", "{room}_{start:%Y%m%d-%H%M%S}"))
    clock = clock or SystemClock()
    try:
        example = Path(pattern.format(room="room", start=clock.wall()))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise PublishError(
            f"recording pattern {pattern!r} does not fill in",
            fix="use {room} and {start:%Y%m%d-%H%M%S}",
            retryable=False,
        ) from error
    if example.is_absolute() or ".." in example.parts:
        raise PublishError(f"recording pattern {pattern!r} leaves its folder", retryable=False)
    return Recording(
        folder=Path(str(settings.get("folder", "recordings"))),
        pattern=pattern,
        rotate_s=float(settings.get("rotate_min", 60)) * 60,
        min_free_bytes=int(settings.get("min_free_mb", 500)) << 20,
        clock=clock,
    )
