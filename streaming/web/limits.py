"""How much one stranger may ask for: token buckets, pure except for the clock they are given."""

from __future__ import annotations

from collections import OrderedDict

from engine.clock import Clock


class Allowance:
    """One bucket per key: ``burst`` at once, then ``per_s`` a second.

    At most ``keys`` buckets are remembered; the one unused for longest goes first, so that a flood
    from many addresses costs a fixed amount of memory.
    """

    def __init__(self, clock: Clock, *, per_s: float, burst: int, keys: int = 4096) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = burst
        self._keys = keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one token; 0.0 when there was one, else the seconds until there is one."""
        now_s = self._clock.now_s()
        tokens, seen_s = self._buckets.pop(key, (float(self._burst), now_s))
        tokens = min(float(self._burst), tokens + (now_s - seen_s) * self._per_s)
        wait_s = 0.0 if tokens >= 1 else (1 - tokens) / self._per_s
        self._buckets[key] = (tokens - 1 if wait_s == 0 else tokens, now_s)
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return wait_s


class Seats:
    """How many of something each key holds right now."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._held: dict[str, int] = {}

    def sit(self, key: str) -> bool:
        """Take a seat; False when the house, or this key's row, is full."""
        mine = self._held.get(key, 0)
        if mine >= self._most_each or sum(self._held.values()) >= self._most:
            return False
        self._held[key] = mine + 1
        return True

    def leave(self, key: str) -> None:
        mine = self._held.get(key, 0) - 1
        if mine > 0:
            self._held[key] = mine
        else:
            self._held.pop(key, None)

    def taken(self) -> int:
        return sum(self._held.values())
