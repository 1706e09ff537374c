"""A room that is on air for real: flashes and beeps, encoded in real time and fed to outputs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from types import TracebackType

import numpy as np

from engine.clock import SystemClock
from engine.media import VideoFormat
from engine.ports import Output
from streaming.encoder import create
from streaming.outlet import create as create_output
from tests.streaming.stream import info, picture, sound

PHONE = VideoFormat(width_px=360, height_px=640, fps=25, bitrate_kbps=800, preset="ultrafast")


class Air:
    """Use as a context; ``output`` makes one that is fed as long as it lasts."""

    def __init__(self, format: VideoFormat = PHONE) -> None:
        self._format = format
        self._encoder = create(format)
        self._outputs: list[Output] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, name="playout")

    def output(self, name: str, kind: str, **settings: object) -> Output:
        output = create_output(name, kind, settings, info(self._format), SystemClock(), self._encoder.force_key)
        output.start()
        self._outputs = [*self._outputs, output]
        return output

    def __enter__(self) -> Air:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _play(self) -> None:
        dark, light = picture(self._format, False), picture(self._format, True)
        # Something moves, so that a frozen picture can be told from a dark one.
        noise = np.random.default_rng(1).integers(16, 60, (self._format.height_px, self._format.width_px), np.uint8)
        silence, beep = sound(self._format, False), sound(self._format, True)
        start, tick = time.monotonic(), 0
        self.latest_s = 0.0
        while not self._over.is_set():
            now = tick % self._format.fps == 10
            canvas = light if now else dark
            if not now:
                canvas[: self._format.height_px] = np.roll(noise, tick, axis=0)
            self._feed(self._encoder.sound(tick, beep if now else silence))
            self._feed(self._encoder.picture(tick, canvas))
            tick += 1
            self.latest_s = max(self.latest_s, time.monotonic() - start - tick / self._format.fps)
            time.sleep(max(0.0, start + tick / self._format.fps - time.monotonic()))

    def _feed(self, packets: Iterable[object]) -> None:
        for packet in packets:
            for output in self._outputs:
                output.feed(packet)  # type: ignore[arg-type]
