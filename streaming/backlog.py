"""What waits for one output: packets in order, bounded in seconds."""

from __future__ import annotations

from collections import defaultdict, deque
from fractions import Fraction

from engine.media import Packet


class Backlog:
    """A queue that holds at most ``limit_s`` seconds of pictures.

    When it is full, pictures are dropped from its old end up to the next key frame, so that what is
    sent stays decodable and the output catches up; with no key frame in the queue all its pictures
    go, and new ones are refused until a key frame comes. Sound is kept, for a gap in the sound is
    worse than one in the picture, up to three times the limit: then the oldest sound goes too.
    Seconds are sums of durations, so a jump of the time stamps drops nothing. Not thread-safe.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._queue: deque[Packet] = deque()
        self._waiting_s: defaultdict[str, Fraction] = defaultdict(Fraction)
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
        self._waiting_s[packet.codec] += _seconds(packet)
        if packet.codec == "h264":
            if self._waiting_s["h264"] > self._limit_s:
                self._drop_pictures()
        elif self._waiting_s[packet.codec] > 3 * self._limit_s:
            self._drop([next(p for p in self._queue if p.codec == packet.codec)])

    def take(self, most: int = 256) -> list[Packet]:
        """Up to ``most`` packets, oldest first; they leave the queue."""
        taken = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
        for packet in taken:
            self._waiting_s[packet.codec] -= _seconds(packet)
        return taken

    def clear(self) -> None:
        """Forget everything (nobody was connected: not counted as dropped)."""
        self._queue.clear()
        self._waiting_s.clear()
        self._needs_key = False

    def _drop_pictures(self) -> None:
        pictures = [p for p in self._queue if p.codec == "h264"]
        restart = next((n for n, p in enumerate(pictures) if n and p.key), len(pictures))
        self._needs_key = restart == len(pictures)
        self._drop(pictures[:restart])

    def _drop(self, packets: list[Packet]) -> None:
        gone = {id(packet) for packet in packets}
        self._queue = deque(p for p in self._queue if id(p) not in gone)
        for packet in packets:
            self._waiting_s[packet.codec] -= _seconds(packet)
        self.dropped += len(packets)


def _seconds(packet: Packet) -> Fraction:
    # Exact: a queue that is never empty would add up rounding errors for weeks.
    return Fraction(packet.duration, packet.time_base)
