"""Time in pictures: easing, and things that come and go."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

Thing = TypeVar("Thing")


def ease_out(share: float) -> float:
    """Entering: cubic-bezier(.2, .8, .2, 1)."""
    return _bezier(share, 0.2, 0.8, 0.2, 1.0)


def ease_in(share: float) -> float:
    """Leaving: cubic-bezier(.4, 0, 1, 1)."""
    return _bezier(share, 0.4, 0.0, 1.0, 1.0)


def _bezier(share: float, x1: float, y1: float, x2: float, y2: float) -> float:
    if share <= 0.0 or share >= 1.0:
        return min(1.0, max(0.0, share))
    low, high = 0.0, 1.0
    for _ in range(18):
        t = (low + high) / 2
        x = 3 * x1 * t * (1 - t) ** 2 + 3 * x2 * t * t * (1 - t) + t**3
        low, high = (t, high) if x < share else (low, t)
    t = (low + high) / 2
    return 3 * y1 * t * (1 - t) ** 2 + 3 * y2 * t * t * (1 - t) + t**3


@dataclass(frozen=True, slots=True)
class Manner:
    """How a thing comes and goes: milliseconds, and how far it rises in design units."""

    enter_ms: float
    leave_ms: float
    rise: float = 0.0


CARD: Final = Manner(280, 200, 24)
BUBBLE: Final = Manner(240, 160, 14)
SLIP: Final = Manner(280, 200, -16)
CAPTION: Final = Manner(120, 120)
SCENE_MS: Final = 320.0


@dataclass(slots=True)
class Slot(Generic[Thing]):
    """One place in which one thing is shown at a time."""

    manner: Manner
    key: Hashable = None
    thing: Thing | None = None
    since_ms: float = 0.0
    _old: Thing | None = field(default=None)
    _old_since_ms: float = 0.0

    def show(self, key: Hashable, thing: Thing | None, now_ms: float, at_once: bool = False) -> None:
        """Show ``thing``; the same ``key`` is the same thing, changed without motion."""
        if key != self.key:
            self._old, self._old_since_ms = self.thing, now_ms
            self.since_ms = now_ms - (self.manner.enter_ms if at_once else 0.0)
            if at_once:
                self._old = None
        self.key, self.thing = key, thing

    def visible(self, now_ms: float) -> list[tuple[Thing, float, float]]:
        """What is to be drawn: thing, strength 0…1 and how far below its place (design units)."""
        out: list[tuple[Thing, float, float]] = []
        if self._old is not None:
            share = (now_ms - self._old_since_ms) / self.manner.leave_ms
            if share >= 1.0:
                self._old = None
            else:
                out.append((self._old, 1 - ease_in(share), 0.0))
        if self.thing is not None:
            share = ease_out((now_ms - self.since_ms + 40.0) / self.manner.enter_ms)
            out.append((self.thing, share, (1 - share) * self.manner.rise))
        return out
