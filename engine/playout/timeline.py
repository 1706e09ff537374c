"""When each picture is due: pure arithmetic on the monotonic clock.

The tick number is the clock. Late pictures are held (the last one is shown again), never the sound;
a room that slept for seconds (a suspended machine) starts counting anew instead of racing.
"""

from __future__ import annotations

from dataclasses import dataclass

SLACK_PICTURES = 4
"""A picture may be this far behind its time before the last one is held instead: players buffer more
than that (160 ms at 25 fps), and a room that composes faster than real time catches up at once."""
REANCHOR_S = 2.0
"""Further behind than this, the schedule is moved instead of caught up."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What to do about one tick: wait, then show it fresh or hold the last picture."""

    wait_s: float
    hold: bool
    reanchored_s: float = 0.0
    """How far the schedule was moved, 0 when it stands."""


class Pacer:
    """Paces ticks on a clock that never goes back.

    Args:
        fps: pictures per second.
        start_s: clock time of tick 0.
    """

    def __init__(self, fps: int, start_s: float) -> None:
        self._fps = fps
        self._start_s = start_s

    def due_s(self, tick: int) -> float:
        """Clock time at which ``tick`` is due."""
        return self._start_s + tick / self._fps

    def pace(self, tick: int, now_s: float) -> Pace:
        """Decide about ``tick`` at ``now_s``: beyond the slack it is late and held, two seconds re-anchor."""
        behind_s = now_s - self.due_s(tick)
        if behind_s >= REANCHOR_S:
            self._start_s += behind_s
            return Pace(0.0, hold=False, reanchored_s=behind_s)
        return Pace(max(0.0, -behind_s), hold=behind_s > SLACK_PICTURES / self._fps)
