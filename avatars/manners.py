"""Body language: what the performance asks, turned into a pose for every picture.

Nothing here ever stands still, and nothing jumps except what jumps in people: lids and eyes. Every
slow part (head, brows, smile, arms) is a spring that runs after its goal, so that an abrupt change of
:class:`Acting` becomes a movement. The same seed gives the same performance.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.media import Acting, Pose
from engine.ports import Manners

# The lids over one blink, per 40 ms: closing is quicker than opening.
BLINK = (0.45, 0.0, 0.0, 0.3, 0.72)
BLINK_PICTURE_S = 0.04
DOUBLE_BLINK = 0.15
HEAD_DELAY_S = 0.12
"""The head follows the eyes this much later."""
RAISE_S, LOWER_S = 0.55, 0.70
"""How long an arm takes from rest to a whole gesture, and back."""

SMILES = {"neutral": 0.42, "warm": 0.62, "excited": 0.88, "thinking": 0.36, "sorry": 0.22}
BROWS = {"neutral": 0.0, "warm": 0.05, "excited": 0.28, "thinking": 0.12, "sorry": 0.22}
LIDS = {"neutral": 0.92, "warm": 0.91, "excited": 0.95, "thinking": 0.88, "sorry": 0.86}

# Where eyes (−1…1) and head (degrees) go for each look: x, y, yaw, pitch.
Gaze = tuple[float, float, float, float]
LOOKS: dict[str, Gaze] = {
    "camera": (0.0, 0.0, 0.0, 0.0),
    "product": (-0.36, 0.62, -5.5, 4.5),
    "chat": (0.62, 0.22, 5.5, 1.5),
}


@dataclass
class Spring:
    """Follows a goal without a jump, critically damped: ``settle_s`` is about the time it takes."""

    settle_s: float
    value: float = 0.0
    speed: float = 0.0

    def step(self, goal: float, dt: float) -> float:
        """Move for ``dt`` seconds (exact solution, so any rate of pictures is stable)."""
        omega = 5.0 / self.settle_s
        away = self.value - goal
        drift = (self.speed + omega * away) * dt
        fade = math.exp(-omega * dt)
        self.value = goal + (away + drift) * fade
        self.speed = (self.speed - omega * drift) * fade
        return self.value


@dataclass
class Sway:
    """A slow wave of two incommensurate periods: never twice the same, never more than ±1."""

    period_s: float
    phase: float
    ratio: float = 1.618

    def at(self, t: float) -> float:
        a = 2 * math.pi * t / self.period_s
        return 0.66 * math.sin(a + self.phase) + 0.34 * math.sin(a / self.ratio + 2.1 * self.phase)


@dataclass
class Eyes:
    """Lids and gaze: blinks, small saccades, glances."""

    chance: random.Random
    blink_s: float
    blink: list[float] = field(default_factory=list)
    next_blink_s: float = 1.2
    next_saccade_s: float = 0.8
    jitter: tuple[float, float] = (0.0, 0.0)
    look: str = "camera"

    def step(self, t: float, dt: float, look: str) -> tuple[float, tuple[float, float]]:
        """How far the lids are open (0…1 of the mood's opening), and where the eyes look."""
        if look != self.look:
            self.look = look
            self._start_blink(t, dt)
            self.jitter = (0.0, 0.0)
        if t >= self.next_blink_s and not self.blink:
            self._start_blink(t, dt)
        if t >= self.next_saccade_s:
            self.jitter = (self.chance.uniform(-0.16, 0.16), self.chance.uniform(-0.12, 0.10))
            self.next_saccade_s = t + self.chance.uniform(0.6, 1.8)
        x, y, _, _ = LOOKS[look]
        lids = self.blink.pop(0) if self.blink else 1.0
        return lids, (x + self.jitter[0], y + self.jitter[1])

    def _start_blink(self, t: float, dt: float) -> None:
        if self.blink:
            return
        times = 2 if self.chance.random() < DOUBLE_BLINK else 1
        curve = [*BLINK, 1.0] * times
        pictures = max(3, round(len(curve) * BLINK_PICTURE_S / dt))
        self.blink = [curve[min(len(curve) - 1, int(i * len(curve) / pictures))] for i in range(pictures)]
        wait = self.chance.lognormvariate(math.log(self.blink_s), 0.22)
        self.next_blink_s = t + min(max(wait, 0.7 * self.blink_s), 1.45 * self.blink_s)


class Host:
    """See ``engine.ports.Manners``."""

    def __init__(self, fps: int, seed: int, manner: Mapping[str, Any]) -> None:
        chance = random.Random(seed)
        self._dt = 1.0 / fps
        self._t = 0.0
        self._energy = float(manner.get("energy", 1.0))
        self._yaw_rest = float(manner.get("yaw_deg", 0.0))
        self._roll_rest = float(manner.get("roll_deg", 0.0))
        self._smile_rest = float(manner.get("smile", SMILES["warm"])) - SMILES["warm"]
        self._eyes = Eyes(chance, float(manner.get("blink_s", 3.7)))
        self._chance = chance

        def sway(period_s: float) -> Sway:
            return Sway(period_s, chance.uniform(0, 2 * math.pi))

        self._breath, self._lean, self._shift = sway(3.8), sway(6.7), sway(9.1)
        self._roll, self._turn, self._tip, self._bob = sway(5.3), sway(4.4), sway(3.7), sway(2.9)
        warm = SMILES["warm"] + self._smile_rest
        self._smile, self._brow, self._lids = Spring(0.7, warm), Spring(0.30), Spring(0.4, LIDS["warm"])
        self._yaw, self._pitch = Spring(0.62, self._yaw_rest), Spring(0.62)
        self._tilt, self._nod, self._alive = Spring(1.2, self._roll_rest), Spring(0.34), Spring(0.9, 0.75)
        self._looks = ["camera"] * (round(HEAD_DELAY_S * fps) + 1)
        self._gesture, self._raise = "rest", 0.0
        self._was_speaking = False
        self._flash_until_s = 0.0
        self._peak = False
        self._side = 1.0

    def step(self, acting: Acting) -> Pose:
        t, dt = self._t, self._dt
        self._t += dt
        look = acting.look if acting.look in LOOKS else "camera"
        mood = acting.mood if acting.mood in SMILES else "warm"
        self._listen(acting, t)
        smile = self._smile.step(SMILES[mood] + self._smile_rest - (0.06 if acting.speaking else 0.0), dt)
        lids, (gaze_x, gaze_y) = self._eyes.step(t, dt, look)
        # A glance down lowers the lids with the eyes; a broad smile narrows them.
        open_goal = LIDS[mood] - 0.20 * max(0.0, gaze_y) - 0.14 * max(0.0, smile - 0.6)
        eyes_open = self._lids.step(open_goal, dt) * lids
        flash = 0.42 if t < self._flash_until_s else 0.0
        brow = self._brow.step(BROWS[mood] + self._energy * (flash + 0.38 * acting.emphasis), dt)
        yaw, pitch = self._head(look, mood)
        alive = self._alive.step(1.0 if acting.speaking else 0.75, dt) * self._energy
        roll = self._tilt.step(self._roll_rest + self._side * (1.2 if acting.speaking else 0.0), dt)
        nod = self._nod.step(24.0 * self._energy * acting.emphasis, dt)
        name, amount = self._arm(acting.gesture, dt)
        breath = self._breath.at(t)
        return Pose(
            mouth=acting.mouth,
            eyes_open=min(1.0, max(0.0, eyes_open)),
            gaze_x=min(1.0, max(-1.0, gaze_x - 0.035 * (yaw - self._yaw_rest - LOOKS[look][2]))),
            gaze_y=min(1.0, max(-1.0, gaze_y)),
            brow=min(1.0, max(-1.0, brow)),
            smile=min(1.0, max(0.0, smile)),
            yaw_deg=yaw + 1.5 * alive * self._turn.at(t),
            pitch_deg=pitch + 0.9 * alive * self._tip.at(t) + 0.10 * nod,
            roll_deg=roll + 1.3 * alive * self._roll.at(t),
            nod=nod + 5.0 * alive * self._bob.at(t) - 2.0 * self._breath.at(t - 0.08),
            lean_deg=-0.28 * self._roll_rest + 0.24 * self._lean.at(t) + 0.16 * alive * self._shift.at(t),
            breath=breath,
            gesture=name,
            gesture_amount=amount,
        )

    def _listen(self, acting: Acting, t: float) -> None:
        """Phrase starts raise the brows, stressed words now and then tilt the head the other way."""
        if acting.speaking and not self._was_speaking:
            self._flash_until_s = t + 0.26
        peak = acting.emphasis > 0.5
        if peak and not self._peak and self._chance.random() < 0.5:
            self._side = -self._side
        self._was_speaking, self._peak = acting.speaking, peak

    def _head(self, look: str, mood: str) -> tuple[float, float]:
        """Yaw and pitch in degrees; they follow a look ``HEAD_DELAY_S`` after the eyes."""
        self._looks.append(look)
        _, _, yaw, pitch = LOOKS[self._looks.pop(0)]
        aside = 2.5 if mood == "thinking" else 0.0
        low = {"thinking": -2.5, "sorry": 3.0}.get(mood, 0.0)
        return (
            self._yaw.step(self._yaw_rest + yaw + aside, self._dt),
            self._pitch.step(pitch + low, self._dt),
        )

    def _arm(self, wanted: str, dt: float) -> tuple[str, float]:
        """The gesture shown and how far it is raised, eased; a new one waits until the arm is down."""
        if wanted == self._gesture and wanted != "rest":
            self._raise = min(1.0, self._raise + dt / RAISE_S)
        else:
            self._raise = max(0.0, self._raise - dt / LOWER_S)
            if self._raise == 0.0:
                self._gesture = wanted
        r = self._raise
        return (self._gesture, r * r * (3 - 2 * r)) if r > 0 else ("rest", 0.0)


def create(fps: int = 25, seed: int = 0, manner: Mapping[str, Any] | None = None) -> Manners:
    """The body language of one host. ``manner`` (``host.yaml``): ``energy`` (1), ``yaw_deg`` and
    ``roll_deg`` (how the head rests), ``smile`` (0.62) and ``blink_s`` (median, 3.7)."""
    return Host(fps, seed, manner or {})
