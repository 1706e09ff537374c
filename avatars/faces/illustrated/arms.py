"""Arms: a sleeve, a forearm and a hand from three joints; every in-between is drawn, not warped."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, fields

from avatars.faces.illustrated import hands
from avatars.faces.illustrated.curves import Path, Point, mix, normals, polyline, sausage, smooth, taper, trace, tube
from avatars.faces.illustrated.hands import Hand, HandPaint
from avatars.faces.illustrated.svg import Drawing


@dataclass(frozen=True)
class Arm:
    """Joints in body coordinates, for the viewer's right; the other side is mirrored."""

    shoulder: Point
    elbow: Point
    wrist: Point
    hand: Hand


@dataclass(frozen=True)
class Sleeve:
    """``widths``: full widths from shoulder to cuff; ``end``: where the cuff sits on the forearm, 0…1."""

    widths: tuple[float, ...]
    end: float
    cloth: tuple[str, str, str]
    cloth_box: tuple[float, float, float, float]
    shade: str
    deep: str
    rim: str
    rim_opacity: float
    forearm: tuple[float, float]
    """Widths of the bare forearm at the cuff and the wrist."""
    paint: HandPaint
    cuff: Callable[[Drawing, Point, Point, Point], None]
    """Draws the hem: (drawing, one end, other end, direction towards the hand)."""
    ribs: float = 0.0
    """Strength of the knit's ribs, 0…1."""
    slubs: float = 0.0
    """Strength of raw silk's threads, 0…1."""


def between(a: Arm, b: Arm, t: float) -> Arm:
    """The arm on its way from ``a`` (t = 0) to ``b`` (t = 1); the wrist swings on an arc."""
    swing = math.sin(math.pi * t)
    elbow = mix([a.elbow], [b.elbow], t)[0]
    wrist = mix([a.wrist], [b.wrist], t)[0]
    wrist = (wrist[0] + 26 * swing, wrist[1] + 10 * swing)
    hand = Hand(
        **{
            f.name: getattr(a.hand, f.name) + (getattr(b.hand, f.name) - getattr(a.hand, f.name)) * t
            for f in fields(Hand)
        }
    )
    return Arm(mix([a.shoulder], [b.shoulder], t)[0], elbow, wrist, hand)


def mirrored(arm: Arm) -> Arm:
    """The same arm on the viewer's left."""
    hand = Hand(**{f.name: getattr(arm.hand, f.name) for f in fields(Hand)} | {"angle_deg": -arm.hand.angle_deg})
    flip = [(-x, y) for x, y in (arm.shoulder, arm.elbow, arm.wrist)]
    return Arm(flip[0], flip[1], flip[2], hand)


def draw(d: Drawing, arm: Arm, sleeve: Sleeve, side: int) -> None:
    """The sleeve, then the forearm in front of it, its start under the cuff. ``side`` +1 is the
    viewer's right."""
    s, e, w = arm.shoulder, arm.elbow, arm.wrist
    cuff = mix([e], [w], sleeve.end)[0]
    _sleeve(d, s, e, cuff, sleeve, side)
    _forearm(d, cuff, w, sleeve)
    hands.draw(d, arm.hand, w, sleeve.paint, side)
    _cuff(d, e, cuff, w, sleeve)


def _forearm(d: Drawing, cuff: Point, wrist: Point, sleeve: Sleeve) -> None:
    """Bare skin from the cuff to just past the wrist, lit across, with the cuff's shadow on it."""
    p, (thick, thin) = sleeve.paint, sleeve.forearm
    line = [cuff, mix([cuff], [wrist], 0.5)[0], mix([cuff], [wrist], 1.16)[0]]

    def width(t: float) -> float:
        round_end = math.sqrt(max(0.0, 1 - ((t - 0.86) / 0.14) ** 2)) if t > 0.86 else 1.0
        return (thick + (thin - thick) * min(1.0, t * 1.1)) * round_end

    shape = polyline(tube(line, width))
    (cx, cy) = cuff
    nx, ny = normals([cuff, wrist])[0]
    if nx + ny < 0:
        nx, ny = -nx, -ny  # towards the shadow side, right and below
    h = thick * 0.5
    skin = d.linear((cx - nx * h, cy - ny * h, cx + nx * h, cy + ny * h), (0, p.light), (0.42, p.base), (1, p.turn))
    d.fill(shape, skin)
    with d.clipped(shape):
        low = [(x + nx * thick * 0.44, y + ny * thick * 0.44) for x, y in line]
        d.stroke(smooth(low), p.shade, thick * 0.34, 0.6, blur=5)
        d.stroke(smooth(low), p.core, thick * 0.12, 0.4, blur=2.5)
        start = mix([cuff], [wrist], 0.08)[0]
        across = polyline([(start[0] - nx * 40, start[1] - ny * 40), (start[0] + nx * 40, start[1] + ny * 40)], False)
        d.stroke(across, "#8f4638", 15, 0.5, blur=4)


def _sleeve(d: Drawing, s: Point, e: Point, cuff: Point, sleeve: Sleeve, side: int) -> None:
    upper = mix([s], [e], 0.52)[0]
    near, past = mix([s], [e], 0.88)[0], mix([e], [cuff], 0.30)[0]
    line = [s, upper, near, past, cuff]
    widths = sleeve.widths

    def width(t: float) -> float:
        place = t * (len(widths) - 1)
        i = min(int(place), len(widths) - 2)
        return widths[i] + (widths[i + 1] - widths[i]) * (place - i)

    shape: Path = polyline(sausage(line, width))
    d.fill(shape, d.linear(sleeve.cloth_box, (0, sleeve.cloth[0]), (0.45, sleeve.cloth[1]), (1, sleeve.cloth[2])))
    top, y1 = s[1] - 10, s[1] + 90
    fade = d.linear((0, top, 0, y1), (0, sleeve.shade, 0), (1, sleeve.shade, 1))
    deep = d.linear((0, top + 30, 0, y1 + 20), (0, sleeve.deep, 0), (1, sleeve.deep, 1))
    if sleeve.ribs:
        _ribs(d, shape, line, sleeve)
    if sleeve.slubs:
        _slubs(d, shape, line, sleeve)
    d.crescent(shape, fade, (-20, -7), 9, 0.70)
    d.crescent(shape, deep, (-8, -4), 5, 0.55)
    d.crescent(shape, fade, (9, 0), 6, 0.30)
    _folds(d, shape, s, e, cuff, sleeve, side)
    if side > 0:
        rim = d.linear((0, s[1] - 34, 0, s[1] + 10), (0, sleeve.rim, 0), (1, sleeve.rim, 1))
        d.crescent(shape, rim, (-3.4, 1.2), 1.1, sleeve.rim_opacity)


def _cuff(d: Drawing, elbow: Point, cuff: Point, wrist: Point, sleeve: Sleeve) -> None:
    half = sleeve.widths[-1] / 2
    past = mix([elbow], [cuff], 0.30)[0]
    nx, ny = normals([past, cuff])[0]
    length = math.hypot(wrist[0] - elbow[0], wrist[1] - elbow[1]) or 1
    along = ((wrist[0] - elbow[0]) / length, (wrist[1] - elbow[1]) / length)
    sleeve.cuff(d, (cuff[0] + nx * half, cuff[1] + ny * half), (cuff[0] - nx * half, cuff[1] - ny * half), along)


def _folds(d: Drawing, shape: Path, s: Point, e: Point, cuff: Point, sleeve: Sleeve, side: int) -> None:
    """Three folds in the bend of the elbow and one down the upper arm, each with a light twin."""
    inside = (mix([s], [cuff], 0.5)[0][0] - e[0], mix([s], [cuff], 0.5)[0][1] - e[1])
    length = math.hypot(*inside) or 1.0
    ux, uy = inside[0] / length, inside[1] / length
    with d.clipped(shape):
        for t, reach, strength in ((-0.16, 26, 0.34), (0.0, 34, 0.46), (0.2, 24, 0.34)):
            along = mix([e], [s], -t * 0.6)[0] if t < 0 else mix([e], [cuff], t)[0]
            a = (along[0] + ux * 32, along[1] + uy * 32)
            b = (along[0] + ux * (32 - reach), along[1] + uy * (32 - reach) - 6)
            middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 4)
            d.fill(taper([a, middle, b], (7, 6, 0.8)), sleeve.deep, strength, blur=3)
            d.fill(taper([(x - 3, y - 6) for x, y in (a, middle, b)], (4, 4, 0.6)), sleeve.cloth[0], 0.5, blur=2.5)
        p, q = mix([s], [e], 0.35)[0], mix([s], [e], 0.8)[0]
        d.fill(taper([p, ((p[0] + q[0]) / 2 + side * 5, (p[1] + q[1]) / 2), q], (1, 8, 1)), sleeve.shade, 0.30, blur=5)


def _ribs(d: Drawing, shape: Path, line: list[Point], sleeve: Sleeve) -> None:
    """Knit ribs that run along the sleeve, over the shoulder too."""
    (sx, sy), (ux, uy) = line[0], trace(line, 8)[1]
    behind = (sx + (sx - ux) * 9, sy + (sy - uy) * 9)
    path = [behind, *trace(line, 8)]
    across = normals(path)
    with d.clipped(shape):
        for i in range(-11, 12):
            k = i * 4.4
            rib = [(x + nx * k, y + ny * k) for (x, y), (nx, ny) in zip(path, across, strict=True)]
            d.stroke(polyline(rib, closed=False), sleeve.deep, 1.2, 0.30 * sleeve.ribs)
            twin = [(x - 1.5, y - 0.4) for x, y in rib]
            d.stroke(polyline(twin, closed=False), sleeve.cloth[0], 0.9, 0.24 * sleeve.ribs)


def _slubs(d: Drawing, shape: Path, line: list[Point], sleeve: Sleeve) -> None:
    """Short threads of raw silk across the sleeve, fixed to the cloth."""
    chance = random.Random(9)
    path = trace(line, 8)
    across = normals(path)
    with d.clipped(shape):
        for _ in range(130):
            i, k, length = chance.randrange(len(path)), chance.uniform(-40, 40), chance.uniform(3, 11)
            (x, y), (nx, ny) = path[i], across[i]
            x, y = x + chance.uniform(-4, 4), y + chance.uniform(-6, 6)
            thread = [(x + nx * k, y + ny * k), (x + nx * (k + length), y + ny * (k + length))]
            tone = "#e9f6ec" if chance.random() < 0.5 else sleeve.shade
            d.stroke(polyline(thread, closed=False), tone, 0.8, 0.16 * sleeve.slubs)
