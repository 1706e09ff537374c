"""Takes everything, sends it nowhere: for rehearsals, and to measure what a room costs without a wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import PublishError
from engine.media import Packet, StreamInfo


class NullPublisher:
    """Counts what it is given (``engine.ports.Publisher``)."""

    def __init__(self) -> None:
        self._sent_bytes = 0

    def open(self, info: StreamInfo) -> None:
        pass

    def write(self, packet: Packet) -> None:
        self._sent_bytes += len(packet.data)

    def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        raise PublishError("the null output answers no requests", retryable=False)

    def status(self) -> Mapping[str, Any]:
        return {"sent_bytes": self._sent_bytes}

    def close(self) -> None:
        pass


def create(settings: Mapping[str, Any]) -> NullPublisher:
    """No settings."""
    return NullPublisher()
