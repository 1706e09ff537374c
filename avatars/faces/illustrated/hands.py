"""A hand by forward kinematics: palm, four fingers and a thumb from angles.

Hand units: the wrist is (0, 0), the fingers point up (−y), the thumb to −x when the palm is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from avatars.faces.illustrated.curves import Point, ellipse, polyline, smooth, taper, trace, tube
from avatars.faces.illustrated.svg import Drawing


@dataclass(frozen=True)
class Hand:
    """``angle_deg``: where the fingers point, clockwise from up; ``turn``: 0 shows the back, 1 the palm;
    ``open``: 0 relaxed … 1 spread; ``fist``: 0 … 1 curls the four fingers; ``narrow``: seen breadth."""

    angle_deg: float = 0.0
    turn: float = 0.0
    open: float = 0.0
    fist: float = 0.0
    narrow: float = 0.82
    length: float = 0.82


@dataclass(frozen=True)
class HandPaint:
    light: str
    base: str
    turn: str
    shade: str
    core: str
    nail: str
    size: float = 1.0


_KNUCKLES: dict[str, Point] = {"pinky": (24, -62), "ring": (9.5, -71), "middle": (-6, -74), "index": (-21, -69)}
_LENGTHS = {"pinky": (23, 16, 15), "ring": (30, 21, 18), "middle": (32, 23, 18), "index": (29, 20, 17)}
_RELAXED = {"pinky": (11, 8, 5), "ring": (4, 3, 2), "middle": (-1, 0, 0), "index": (-6, -4, -2)}
_SPREAD = {"pinky": (25, 22, 18), "ring": (9, 10, 10), "middle": (-3, -1, 1), "index": (-14, -10, -6)}
_WIDTHS = {"pinky": (13.5, 9.4), "ring": (15.8, 10.6), "middle": (16.5, 10.8), "index": (16.2, 10.4)}


def _finger(base: Point, lengths: tuple[float, ...], angles: tuple[float, ...]) -> list[Point]:
    x, y = base
    points = [(x, y)]
    for length, angle in zip(lengths, angles, strict=True):
        a = math.radians(angle)
        x, y = x + length * math.sin(a), y - length * math.cos(a)
        points.append((x, y))
    return points


def _width(thick: float, thin: float) -> Callable[[float], float]:
    def width(t: float) -> float:
        w = thick + (thin - thick) * t
        return w * math.sqrt(max(0.0, 1 - ((t - 0.88) / 0.12) ** 2)) if t > 0.88 else w

    return width


def draw(d: Drawing, hand: Hand, wrist: Point, paint: HandPaint, side: int) -> None:
    """Draw one hand; ``side`` +1 is the host's left hand (on the viewer's right)."""
    facing = math.cos(math.pi * hand.turn)  # 1 back … −1 palm: the thumb changes sides with it
    broad = math.copysign(max(0.36, abs(facing)), facing) * hand.narrow * side
    a = math.radians(hand.angle_deg)
    size = paint.size
    palm_seen = facing < 0

    def place(points: Sequence[Point]) -> list[Point]:
        found = []
        for x, y in points:
            u, v = -x * broad * size, y * hand.length * size
            found.append((wrist[0] + u * math.cos(a) - v * math.sin(a), wrist[1] + u * math.sin(a) + v * math.cos(a)))
        return found

    heart = place([(0, -60)])[0]
    reach = 95 * size
    skin = d.linear(
        (heart[0] - reach * 0.6, heart[1] - reach, heart[0] + reach * 0.6, heart[1] + reach * 0.8),
        (0, paint.light),
        (0.45, paint.base),
        (1, paint.turn),
    )
    grow = abs(broad)
    for name in ("pinky", "ring", "middle", "index"):
        angles = tuple(r + (s - r) * hand.open for r, s in zip(_RELAXED[name], _SPREAD[name], strict=True))
        lengths = tuple(v * (1 - k * hand.fist) for v, k in zip(_LENGTHS[name], (0.50, 0.80, 0.85), strict=True))
        line = place(_finger(_KNUCKLES[name], lengths, angles))
        thick, thin = (w * size * (0.25 + 0.75 * grow / max(hand.narrow, 0.01) * 0.95) for w in _WIDTHS[name])
        _digit(d, line, thick, thin, skin, paint, palm_seen)
    palm = place(
        [
            (-15, 6),
            (-20, -16),
            (-29, -42),
            (-28, -66),
            (-20, -76),
            (-6, -81),
            (10, -78),
            (24, -69),
            (33, -58),
            (31, -34),
            (22, -14),
            (15, 6),
        ]
    )
    shape = smooth(palm, closed=True)
    d.fill(shape, skin)
    with d.clipped(shape):
        side_shade = place([(34, -62), (34, -30), (20, 4)])
        d.stroke(smooth(side_shade), paint.shade, 14 * size, 0.42, blur=5)
        if palm_seen:
            d.fill(ellipse(*place([(-14, -28)])[0], 15 * size, 17 * size), paint.light, 0.55, blur=5)
            d.fill(ellipse(*place([(4, -46)])[0], 13 * size, 12 * size), paint.shade, 0.34, blur=5)
            for crease in (
                [(-27, -56), (-8, -54), (6, -36), (6, -14)],
                [(-27, -58), (0, -58), (28, -48)],
                [(-12, -66), (10, -62), (30, -58)],
            ):
                d.fill(taper(place(crease), (0.4, 1.3, 0.4)), paint.core, 0.36, blur=0.5)
        else:
            for x, y in _KNUCKLES.values():
                d.fill(ellipse(*place([(x, y + 2)])[0], 5 * size, 4 * size), paint.shade, 0.28, blur=2.2)
                d.fill(taper(place([(x, y + 8), (x * 0.72, y * 0.55)]), (3, 0.5)), paint.shade, 0.20, blur=1.8)
    thumb_open = hand.open
    angles = tuple(r + (s - r) * thumb_open for r, s in zip((-34, -14, 2), (-54, -36, -24), strict=True))
    up = hand.fist
    angles = tuple(v * (1 - up) + w * up for v, w in zip(angles, (-62, -74, -80), strict=True))
    thumb = place(_finger((-16, -22), (28, 27, 22), angles))
    _digit(d, thumb, 22 * size * (0.35 + 0.65 * grow), 11.5 * size * (0.4 + 0.6 * grow), skin, paint, palm_seen)
    root = smooth(place([(-19, -8), (-25, -24), (-20, -44), (-6, -40), (-6, -16)]), closed=True)
    d.fill(root, skin, 0.95, blur=3.2 * size)


def _digit(d: Drawing, line: list[Point], thick: float, thin: float, skin: str, paint: HandPaint, palm: bool) -> None:
    """A finger: its dark contour, its skin, its light and shade, and a nail when the back is seen."""
    shape = polyline(tube(line, _width(thick, thin), steps=6))
    path = trace(line, 6)
    d.stroke(
        polyline(tube(path[len(path) // 3 :], lambda t: thick + (thin - thick) * (0.33 + 0.67 * t)), closed=False),
        paint.core,
        2.0,
        0.42,
        blur=0.8,
    )
    d.fill(shape, skin)
    with d.clipped(shape):
        right = [(x + thick * 0.42, y + thick * 0.2) for x, y in line]
        d.stroke(smooth(right), paint.shade, thick * 0.5, 0.55, blur=thick * 0.17)
        left = [(x - thick * 0.22, y - thick * 0.12) for x, y in line]
        d.stroke(smooth(left), paint.light, thick * 0.26, 0.6, blur=thick * 0.12)
        for joint in line[1:3]:
            d.fill(ellipse(joint[0], joint[1], thick * 0.34, thick * 0.2), paint.shade, 0.28, blur=1.2)
    if not palm:
        (ax, ay), (bx, by) = line[-2], line[-1]
        nail = [(bx - (bx - ax) * k, by - (by - ay) * k) for k in (0.62, 0.36, 0.08)]
        w = thin * 0.56
        d.fill(polyline(tube(nail, lambda t: w * (1 - 0.55 * abs(2 * t - 1) ** 3))), paint.nail, 0.72, blur=0.4)
        d.stroke(smooth([(x - w * 0.2, y) for x, y in nail[:2]]), "#fff4ec", 1.0, 0.5, blur=0.4)
