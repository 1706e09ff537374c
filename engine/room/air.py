"""The air's thread: ticks on the monotonic clock until told to stop."""

from __future__ import annotations

import logging
import threading
import time

from engine.clock import Clock
from engine.playout.playout import Playout
from engine.playout.timeline import Pacer

log = logging.getLogger(__name__)


class Air:
    """Runs a playout in real time on its own thread.

    Args:
        clock: where ``now_s`` comes from; waiting itself is a plain thread wait of at most one picture.
    """

    def __init__(self, playout: Playout, fps: int, clock: Clock) -> None:
        self._playout = playout
        self._fps = fps
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="air", daemon=True)
        self.beat_s = clock.now_s()
        """Clock time of the last finished tick: a watchdog reads it."""
        self.cpu_s = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Stop after the running tick; False when the thread did not end in time."""
        self._stop.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pacer = Pacer(self._fps, self._clock.now_s())
        while not self._stop.is_set():
            tick = self._playout.counters.tick
            pace = pacer.pace(tick, self._clock.now_s())
            if pace.reanchored_s:
                log.warning("the machine stood still for %.1f s; the show goes on from here", pace.reanchored_s)
            if pace.wait_s > 0 and self._stop.wait(pace.wait_s):
                return
            try:
                self._playout.tick(hold=pace.hold)
            except Exception:
                # An encoder that fails on one tick must not end the room; a second failure in a row is paced.
                log.exception("tick %d failed", tick)
                self._playout.counters.tick = tick + 1
            self.beat_s = self._clock.now_s()
            self.cpu_s = time.thread_time()
