"""One output in a process of its own: ``python -m streaming.output``, started by :mod:`streaming.outlet`.

One process is one connection. What fails ends the process with a sentence; the parent decides whether
and when there is a next one. Messages (JSON header and body, ``engine.link``):

    parent → child   {"name", "module", "settings", "info"}        first
                     {"op": "packets", "list": [[codec, pts, dts, duration, time_base, key, size], …]}
                     {"op": "request", "id", "request"}
                     {"op": "close"}
    child → parent   {"op": "open", "codecs"}        ready for packets; a key frame is wanted
                     {"op": "status", …}             every second, and when it goes live
                     {"op": "key"}                   a viewer needs a key frame
                     {"op": "answer", "id", "answer" | "error", "retryable"}
                     {"op": "failed", "error", "retryable"}
"""

from __future__ import annotations

import importlib
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

from engine.errors import LinkError, NightmarketError
from engine.link import BlockingLink, parent
from engine.media import Packet, StreamInfo, VideoFormat
from engine.ports import Publisher
from streaming.label import labelled, sei
from streaming.redact import redact
from streaming.splice import Splice, is_key_picture

DEADMAN_S = 30
STATUS_EVERY_S = 1.0
ALL_CODECS = ("h264", "aac", "opus")


def run(link: BlockingLink) -> int:
    """Serve the parent until it closes the link or the publisher fails; returns the exit code."""
    try:
        order, _ = link.receive()
        _Connection(link, order).serve()
    except LinkError:
        return 0  # the parent left: nobody to tell
    except Exception as error:  # the last rung: everything a publisher can raise becomes one message
        _tell_failure(link, error)
        return 1
    return 0


class _Connection:
    """A publisher, from opening to closing."""

    def __init__(self, link: BlockingLink, order: Mapping[str, Any]) -> None:
        self._link = link
        module = importlib.import_module(order["module"])
        self._codecs = tuple(getattr(module, "CODECS", ALL_CODECS))
        self._publisher: Publisher = module.create(order["settings"])
        self._info = info_from_json(order["info"])
        self._splice = Splice()
        self._label = sei(self._info.aigc)
        self._live = False
        self._keys_wanted = 0
        self._told_s = 0.0

    def serve(self) -> None:
        _still_alive()
        self._publisher.open(self._info)
        self._link.send({"op": "open", "codecs": self._codecs})
        # Requests wait for networks; packets do not wait for requests.
        with ThreadPoolExecutor(4, "request") as requests:
            try:
                while self._step(requests):
                    _still_alive()
            except LinkError:
                pass  # the parent left without a word: finish the file, say goodbye to the server
            _still_alive()
            self._publisher.close()
        self._tell_status()

    def _step(self, requests: ThreadPoolExecutor) -> bool:
        if self._link.arrived(0.25):
            header, body = self._link.receive()
            if header["op"] == "close":
                return False
            if header["op"] == "packets":
                self._write(packets_from(header["list"], body))
            elif header["op"] == "request":
                requests.submit(self._answer, header["id"], header["request"])
        self._tell()
        return True

    def _write(self, packets: Iterator[Packet]) -> None:
        for packet in packets:
            if is_key_picture(packet):
                packet = replace(packet, data=labelled(packet.data, self._label))
            for taken in self._splice.take(packet):
                self._publisher.write(taken)
                _still_alive()
        if self._splice.started and not self._live:
            self._live = True
            self._tell_status()

    def _tell(self) -> None:
        status = self._publisher.status()
        if status.get("keys_wanted", 0) != self._keys_wanted:
            self._keys_wanted = status["keys_wanted"]
            self._link.send({"op": "key"})
        if time.monotonic() - self._told_s >= STATUS_EVERY_S:
            self._tell_status()

    def _tell_status(self) -> None:
        self._told_s = time.monotonic()
        status = dict(self._publisher.status())
        status["detail"] = redact(str(status.get("detail", "")))
        self._link.send({"op": "status", "live": self._live, **status})

    def _answer(self, number: int, request: Mapping[str, Any]) -> None:
        try:
            answer: dict[str, Any] = {"answer": dict(self._publisher.request(request))}
        except Exception as error:  # a request may fail, the output goes on
            answer = _failure(error)
        with suppress(LinkError):  # the parent is gone: the main loop ends too
            self._link.send({"op": "answer", "id": number, **answer})


def packets_from(rows: list[list[Any]], body: bytes) -> Iterator[Packet]:
    """The packets of one message, in order; ``body`` is their data end to end."""
    start = 0
    for codec, pts, dts, duration, time_base, key, size in rows:
        data = bytes(body[start : start + size])
        start += size
        yield Packet(codec, data, pts, dts, duration, time_base, key)


def info_from_json(info: Mapping[str, Any]) -> StreamInfo:
    """The other end of ``outlet.info_to_json``."""
    return StreamInfo(
        room=info["room"],
        video=VideoFormat(**info["video"]),
        aac_config=bytes.fromhex(info["aac_config"]),
        title=info["title"],
        aigc=info["aigc"],
    )


def _still_alive() -> None:
    # A dead man's switch. A silent server can hold this process inside PyAV, with the GIL, where no
    # thread and no signal handler of ours runs; the default action of SIGALRM needs neither.
    signal.setitimer(signal.ITIMER_REAL, DEADMAN_S)


def _failure(error: Exception) -> dict[str, Any]:
    if isinstance(error, NightmarketError):
        return {"error": redact(str(error)), "retryable": error.retryable}
    return {"error": redact(f"{type(error).__name__}: {error}"), "retryable": True}


def _tell_failure(link: BlockingLink, error: Exception) -> None:
    with suppress(LinkError):  # nobody to tell
        link.send({"op": "failed", **_failure(error)})


if __name__ == "__main__":
    sys.exit(run(parent()))
