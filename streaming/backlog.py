"""What waits for one output: packets in order, bounded in seconds."""

from __future__ import annotations

from collections import deque

from engine.media import Packet


class Backlog:
    """A queue that holds at most ``limit_s`` seconds of pictures.

    When it is full, pictures are dropped from its old end up to the next key frame, so that what is
    sent stays decodable and the output catches up; with no key frame in the queue all its pictures
    go, and new ones are refused until a key frame comes. Sound is kept, for a gap in the sound is
    worse than one in the picture, up to three times the limit: then the oldest sound goes too.
    Not thread-safe.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._queue: deque[Packet] = deque()
        self._needs_key = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._queue)

    def push(self, packet: Packet) -> None:
        """Queue one packet; drops what the bound demands."""
        if packet.codec == "h264":
            if self._needs_key and not packet.key:
                self.dropped += 1
                return
            self._needs_key = False
        self._queue.append(packet)
        if packet.codec == "h264" and self._span_s("h264") > self._limit_s:
            self._drop_pictures()
        elif packet.codec != "h264" and self._span_s(packet.codec) > 3 * self._limit_s:
            self._drop_oldest(packet.codec)

    def take(self, most: int = 256) -> list[Packet]:
        """Up to ``most`` packets, oldest first; they leave the queue."""
        return [self._queue.popleft() for _ in range(min(most, len(self._queue)))]

    def clear(self) -> None:
        """Forget everything (nobody was connected: not counted as dropped)."""
        self._queue.clear()
        self._needs_key = False

    def _span_s(self, codec: str) -> float:
        newest = next((p for p in reversed(self._queue) if p.codec == codec), None)
        oldest = next((p for p in self._queue if p.codec == codec), None)
        if newest is None or oldest is None:
            return 0.0
        return (newest.pts + newest.duration - oldest.pts) / newest.time_base

    def _drop_pictures(self) -> None:
        pictures = [p for p in self._queue if p.codec == "h264"]
        restart = next((p for p in pictures[1:] if p.key), None)
        self._needs_key = restart is None
        kept: deque[Packet] = deque()
        for packet in self._queue:
            if packet.codec == "h264" and (restart is None or packet.pts < restart.pts):
                self.dropped += 1
            else:
                kept.append(packet)
        self._queue = kept

    def _drop_oldest(self, codec: str) -> None:
        oldest = next(p for p in self._queue if p.codec == codec)
        self._queue.remove(oldest)
        self.dropped += 1
