"""Joining a stream that already runs: from a key frame on, with time starting at 0."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from engine.media import Packet


class Splice:
    """Cuts one running stream for one receiver: a connection, a file, a viewer.

    Nothing comes out before the first key frame. Then that picture has time 0, sound from the same
    moment on follows it, and sound from before it is dropped.
    """

    def __init__(self) -> None:
        self._start: tuple[int, int] | None = None
        # A tick's sound may come before its picture: about 150 ms of it wait for the key frame.
        self._sound: deque[Packet] = deque(maxlen=16)

    @property
    def started(self) -> bool:
        return self._start is not None

    def take(self, packet: Packet) -> list[Packet]:
        """What the receiver gets now that ``packet`` has come, oldest first."""
        if self._start is not None:
            return self._moved(packet)
        if packet.codec != "h264":
            self._sound.append(packet)
            return []
        if not packet.key:
            return []
        self._start = packet.pts, packet.time_base
        taken = self._moved(packet)
        for waiting in self._sound:
            taken += self._moved(waiting)
        self._sound.clear()
        return taken

    def _moved(self, packet: Packet) -> list[Packet]:
        assert self._start is not None
        pts, time_base = self._start
        start = pts * packet.time_base // time_base
        if packet.pts < start:
            return []
        return [replace(packet, pts=packet.pts - start, dts=packet.dts - start)]


def is_key_picture(packet: Packet) -> bool:
    """True where a file or a connection may begin."""
    return packet.codec == "h264" and packet.key
