"""When to try again: pure back-off, no clock and no sleep in it.

2 s, 3 s, 4.5 s … at most 30 s, each with a jitter of ±20 % so that a room's outputs do not all
knock at the same moment; after a minute on air the count starts again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

FIRST_S = 2.0
GROWTH = 1.5
CAP_S = 30.0
JITTER = 0.2
STABLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """What is known about an output's failures: a value, replaced at every failure.

    ``seed`` makes the jitter repeatable, ``failures`` counts since the last stable minute.
    """

    seed: int = 0
    failures: int = 0

    def wait_s(self) -> float:
        """Seconds to wait before the next attempt (0 before the first failure, never over 30)."""
        if not self.failures:
            return 0.0
        # The exponent is bounded because a float is not: after a week of failures 1.5**n overflows.
        grown = FIRST_S * GROWTH ** min(self.failures - 1, 20)
        jitter = random.Random(f"{self.seed}/{self.failures}").uniform(1 - JITTER, 1 + JITTER)
        return min(CAP_S, grown * jitter)

    def failed(self, live_s: float) -> Backoff:
        """The state after a failure, ``live_s`` seconds of which the output had been live before."""
        return replace(self, failures=1 if live_s >= STABLE_S else self.failures + 1)
