"""The eyes in layers: a ball with an iris that slides, a lid opening as a mask, lids and lashes over it.

Units: u outwards, v down from the eye's centre, times ``Eyes.scale``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from avatars.faces.illustrated.curves import Box, Path, Point, ellipse, polyline, taper
from avatars.faces.illustrated.look import Art, Eyes
from avatars.faces.illustrated.svg import Drawing, Sprite

OPENNESS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.72, 0.82, 0.91, 1.0)
"""The lids are baked at these openings."""
REACH_X, REACH_Y = 6.5, 4.5
"""How far the iris slides at gaze ±1, in design units."""
EYE_BOX: Box = (-36, -34, 36, 26)
"""One eye's patch around its centre, in design units."""


@dataclass(frozen=True)
class Layers:
    """One side's sprites of one openness, all of ``EYE_BOX``: the hole in the lids, then what covers."""

    hole: Sprite
    lids: Sprite


def _cubic(a: Point, b: Point, c: Point, d: Point, n: int = 20) -> list[Point]:
    found = []
    for i in range(n + 1):
        t = i / n
        w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        found.append(
            (
                sum(k * p[0] for k, p in zip(w, (a, b, c, d), strict=True)),
                sum(k * p[1] for k, p in zip(w, (a, b, c, d), strict=True)),
            )
        )
    return found


def _lines(e: Eyes, openness: float, side: int) -> tuple[list[Point], list[Point]]:
    """Upper and lower lid, both from the inner corner outwards, in design units."""
    inner, outer = (-20.5, 5.5), (22.5, -2.5 - e.slant)
    k, o = e.lid, openness
    up_a = (-14 + (1 - o) * 5, -17 * k * o + 13.5 * (1 - o))
    up_b = (8 + (1 - o) * 6, -21 * k * o + 10.5 * (1 - o))
    upper = _cubic(inner, up_a, up_b, outer)
    lower = _cubic(inner, (-9, 15.5), (16, 12.5), outer)

    def place(points: list[Point]) -> list[Point]:
        return [(side * u * e.scale, v * e.scale) for u, v in points]

    return place(upper), place(lower)


def _hole(e: Eyes, openness: float, side: int) -> Path:
    upper, lower = _lines(e, openness, side)
    return polyline(upper + lower[::-1])


def layers(art: Art, openness: float, side: int, scale: float) -> Layers:
    """The hole (white where the ball shows) and the lids of one eye; ``side`` −1 is the viewer's left."""
    e, s = art.eyes, art.skin
    hole = Drawing(EYE_BOX)
    if openness > 0.02:
        hole.fill(_hole(e, openness, side), "#ffffff")
    d = Drawing(EYE_BOX)
    upper, lower = _lines(e, openness, side)
    k = e.scale
    if openness > 0.02:
        with d.clipped(_hole(e, openness, side)):
            shadow = [(x, y + 2.6) for x, y in upper]
            d.stroke(polyline(shadow, closed=False), "#3a1a20", 8.5, 0.46, blur=1.7)
            d.stroke(polyline(lower, closed=False), "#c98478", 2.2, 0.5, blur=0.7)
            d.fill(ellipse(side * -18.6 * k, 5.4 * k, 4.2, 2.8), "#e09a8c", 0.85, blur=0.8)
    lid_light = [(x, y - 4.2 - 1.5 * openness) for x, y in upper[3:-3]]
    d.stroke(polyline(lid_light, closed=False), s.shade, 6, 0.20, blur=2.4)
    # Crease above the lid, and the fold under the eye that a smile deepens.
    lift = 4.6 * openness + 2.2
    crease = [(x + side * 0.8, y - lift) for x, y in upper[4:]]
    d.fill(taper(crease[::3], (0.4, 1.6, 1.9, 0.5)), s.core, 0.62, blur=0.5)
    fold = [(x, y + 5.5) for x, y in lower[4:-4]]
    d.fill(taper(fold[::3], (0.3, 1.8, 1.8, 0.3)), s.shade, 0.30, blur=1.1)
    d.fill(taper(lower[7::3], (0.3, 0.8, 1.4, 1.2)), e.lash, 0.50, blur=0.4)
    _lashes(d, e, upper, openness, side)
    return Layers(hole.raster(scale), d.raster(scale))


def _lashes(d: Drawing, e: Eyes, upper: list[Point], openness: float, side: int) -> None:
    (bx, by), (ax, ay) = upper[-1], upper[-4]
    length = math.hypot(bx - ax, by - ay) or 1.0
    # The wing leaves along the lid and turns up a little, the less the more the eye is closed.
    ux, uy = (bx - ax) / length, (by - ay) / length - 0.55 * openness
    wing = [*upper[:-1:2], (bx, by), (bx + ux * e.wing, by + uy * e.wing)]
    weight = 1.0 if e.wing > 4 else 0.74
    d.fill(taper(wing, [w * weight for w in (0.6, 1.8, 2.9, 3.7, 4.3, 4.6, 4.4, 3.6, 0.3)]), e.lash, 0.97)
    if e.wing > 4:
        for i, length in ((17, 3.4), (19, 4.2)):
            x, y = upper[i]
            hair = [(x, y - 1), (x + side * length * 0.7, y - length * (0.25 + 0.6 * openness))]
            d.fill(taper(hair, (2.0, 0.3)), e.lash, 0.8)


def ball(art: Art, scale: float, side: int) -> Sprite:
    """The white of one eye, filling ``EYE_BOX``."""
    d = Drawing(EYE_BOX)
    x0, y0, x1, y1 = EYE_BOX
    box = polyline([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    d.fill(box, d.linear((0, -17, 0, 13), (0, "#cbb3ae"), (0.45, "#f4ece6"), (1, "#fbf5f0")))
    d.fill(ellipse(side * 24, 4, 9, 15), "#c39c94", 0.45, blur=4)
    d.fill(ellipse(side * -23, 6, 8, 12), "#d2a096", 0.45, blur=4)
    return d.raster(scale)


def iris(art: Art, scale: float) -> Sprite:
    """The iris with its pupil, in the middle of ``EYE_BOX``."""
    d = Drawing(EYE_BOX)
    rim, dark, mid, glow = art.eyes.iris
    r, y = 13.0 * art.eyes.scale, -1.2
    d.fill(ellipse(0, y, r, r), rim, 0.95, blur=0.5)
    d.fill(ellipse(0, y, r * 0.91, r * 0.91), d.linear((0, y - r, 0, y + r), (0, rim), (0.35, dark), (1, mid)))
    d.fill(ellipse(0, y + r * 0.42, r * 0.62, r * 0.40), glow, 0.75, blur=2.0)
    for i in range(15):  # fibres
        a = math.pi * (0.06 + 0.88 * i / 14)
        line = [(r * k * math.cos(a), y + r * k * math.sin(a)) for k in (0.5, 0.84)]
        d.fill(taper(line, (0.4, 0.8)), glow if i % 2 else rim, 0.20, blur=0.3)
    d.fill(ellipse(0, y, r * 0.47, r * 0.47), "#0d0607", 0.98, blur=0.4)
    return d.raster(scale)


def glint(art: Art, scale: float) -> Sprite:
    """The catch lights of one eye: over the lid's shadow, cut by the lids."""
    d = Drawing(EYE_BOX)
    r, y = 13.0 * art.eyes.scale, -1.2
    d.fill(ellipse(-r * 0.34, y - r * 0.28, r * 0.26, r * 0.28), "#ffffff", 0.97)
    d.fill(ellipse(r * 0.40, y + r * 0.42, r * 0.14, r * 0.13), "#ffe7c4", 0.9)
    d.fill(ellipse(r * 0.32, y - r * 0.42, r * 0.12, r * 0.08), "#ffffff", 0.45, blur=0.5)
    return d.raster(scale)
