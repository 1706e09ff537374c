"""The mouth, drawn from a few parameters: a closed, smiling, rounded or open pair of lips.

The chin is not drawn here: it drops by the head's warp (see ``warp.py``), the mouth with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from avatars.faces.illustrated.curves import Box, Path, Point, ellipse, polyline, smooth, taper
from avatars.faces.illustrated.look import Art
from avatars.faces.illustrated.svg import Drawing, Sprite

MOUTH_BOX: Box = (-58, -30, 58, 36)
"""The mouth's patch around ``(0, Lips.y)``, in design units."""
JAW = 19.0
"""How far the lower lip drops at ``open`` 1, before the chin's own drop."""
SMILE = 0.55
"""The smile the sprites are baked with; the warp adds or takes the rest."""


@dataclass(frozen=True)
class Lip:
    """One mouth: ``open`` 0…1; ``width`` −1 (round) … 1 (spread); ``press``, ``tuck``, ``tongue`` 0…1."""

    open: float = 0.0
    width: float = 0.0
    press: float = 0.0
    tuck: float = 0.0
    tongue: float = 0.0


def draw(art: Art, lip: Lip, scale: float) -> Sprite:
    """One mouth as a sprite of ``MOUTH_BOX``."""
    d = Drawing(MOUTH_BOX)
    m, s = art.lips, art.skin
    rnd, spread = max(0.0, -lip.width), max(0.0, lip.width)
    half = m.half * (1 + 0.14 * SMILE * (1 - rnd) + 0.13 * spread - 0.44 * rnd - 0.05 * lip.press)
    smile = SMILE * (1 - 0.8 * rnd)
    corner = -8.0 * smile
    jaw = JAW * lip.open
    lift = (2.2 + 1.8 * spread) * min(1.0, 2.5 * lip.open) * (1 - 0.6 * rnd) + 3.0 * lip.tuck
    gap_top, gap_low = -lift, jaw
    corner_y = corner * (1 - 0.25 * lip.open) + 0.30 * jaw
    upper = m.upper * (1 - 0.16 * smile + 0.30 * rnd - 0.55 * lip.press)
    lower = m.lower * (1 + 0.28 * rnd - 0.45 * lip.press - 0.30 * lip.tuck)
    hand = half * (0.66 + 0.26 * rnd)
    inner = half - 2.6 + 1.0 * rnd
    is_open = lip.open > 0.02 or lip.tuck > 0.1

    def arc(x: float, y: float, mid: float, flat: float) -> list[Point]:
        return [(-x, y), (-flat, mid), (flat, mid), (x, y)]

    def bezier(points: list[Point]) -> str:
        (ax, ay), (bx, by), (cx, cy) = points[1:]
        return f"C{ax:.2f},{ay:.2f} {bx:.2f},{by:.2f} {cx:.2f},{cy:.2f}"

    # A cubic reaches 3/4 of the way to its handles: aim the handles past the wanted middle.
    def reach(end: float, middle: float) -> float:
        return end + (middle - end) / 0.75

    bow = 2.4 * (1 - 0.5 * smile)
    top = [
        (-half, corner_y),
        (-half * 0.62, corner_y * 0.45 + (gap_top - upper) * 0.62),
        (-half * 0.24, gap_top - upper - 0.2),
        (0, gap_top - upper + bow),
        (half * 0.24, gap_top - upper - 0.2),
        (half * 0.62, corner_y * 0.45 + (gap_top - upper) * 0.62),
        (half, corner_y),
    ]
    low_out = arc(half, corner_y, reach(corner_y, gap_low + lower), hand)
    low_in = arc(inner, corner_y + 0.4, reach(corner_y, gap_low), hand * 0.98)
    top_in = arc(inner, corner_y + 0.4, reach(corner_y, gap_top), hand * 0.98)
    closed_line = arc(inner + 1.5, corner_y + 0.4, reach(corner_y, 0.9), half * 0.5)

    top_path = smooth(top)
    back = low_out[::-1]
    outer = f"{top_path} {bezier(back)} Z"
    hole = f"M{-inner:.2f},{corner_y + 0.4:.2f} {bezier(top_in)} {bezier(low_in[::-1])} Z"

    _around(d, art, half, corner_y, gap_low + lower, lip)
    body, dark, edge, line = s.lip
    o = s.lip_opacity
    d.fill(outer, body, o, blur=0.7)
    with d.clipped(outer):
        seam = top_in if is_open else closed_line
        upper_half = f"{top_path} L{inner:.2f},{corner_y + 0.4:.2f} {bezier(seam[::-1])} Z"
        d.fill(upper_half, dark, 0.85 * o, blur=0.6)
        d.stroke(outer, edge, 2.4, 0.40 * o, blur=1.2)
        y = gap_low + lower * 0.46
        d.fill(
            ellipse(-half * 0.10, y, half * 0.34, lower * 0.20), "#ffe3d8", 0.62 * o * (1 - 0.6 * lip.press), blur=1.3
        )
        d.fill(ellipse(-half * 0.15, gap_top - upper * 0.66, half * 0.20, 1.1), "#ffd9cf", 0.35 * o, blur=0.9)
    if is_open:
        _inside(d, art, hole, lip, inner, gap_top, gap_low, corner_y)
        d.stroke(hole, line, 1.3, 0.55, blur=0.4)
    else:
        points = [_at(closed_line, t / 12) for t in range(13)]
        d.fill(taper(points, (0.6, 1.7, 2.2, 1.7, 0.6)), line, 0.92, blur=0.3)
        if lip.press > 0.3:
            d.stroke(polyline(points[2:-2], closed=False), s.shade, 3.0, 0.4 * lip.press, blur=1.6)
    for k in (-1, 1):
        d.fill(ellipse(k * (half + 0.6), corner_y, 2.6, 2.2), line, 0.45, blur=1.3)
    return d.raster(scale)


def _at(cubic: list[Point], t: float) -> Point:
    w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (sum(k * p[0] for k, p in zip(w, cubic, strict=True)), sum(k * p[1] for k, p in zip(w, cubic, strict=True)))


def _around(d: Drawing, art: Art, half: float, corner: float, low: float, lip: Lip) -> None:
    """The shadow under the lower lip, the philtrum and the smile's folds."""
    s = art.skin
    d.fill(ellipse(0, low + 3.0, half * 0.55, 3.2), s.core, 0.36, blur=2.6)
    d.fill(ellipse(0, -art.lips.upper - 6, 3.0, 4.5), s.shade, 0.20, blur=2)
    for k in (-1, 1):
        fold = [(k * (half + 9), -24), (k * (half + 14), -10), (k * (half + 11), corner + 7)]
        strength = 0.20 + 0.16 * max(0.0, lip.width) + 0.10 * lip.open
        d.fill(taper(fold, (0.5, 3.6, 0.5)), s.shade, strength, blur=2.0)
        d.fill(ellipse(k * (half + 4), corner + 2, 4, 5), s.shade, 0.22, blur=2.5)


def _inside(d: Drawing, art: Art, hole: Path, lip: Lip, inner: float, top: float, low: float, corner: float) -> None:
    """Cavity, tongue, teeth and the shadow of the upper lip, cut to the opening."""
    gap = low - top
    rnd, spread = max(0.0, -lip.width), max(0.0, lip.width)
    teeth = max(0.0, 0.95 - 1.4 * rnd) + 0.1 * spread + 0.2 * lip.tuck
    with d.clipped(hole):
        d.fill(hole, d.linear((0, top, 0, low), (0, "#3c1019"), (1, "#2b0a12")))
        if lip.open > 0.4 or lip.tongue > 0:
            # A tongue that says L or T touches the teeth; else it lies at the bottom.
            rise = (0.50 * gap + 1) * lip.tongue
            y, ry = low + 2 - rise * 0.5, 2.5 + 0.12 * gap + rise * 0.5
            colour = d.linear((0, y - ry, 0, y + ry), (0, "#c2626a"), (1, "#96404a"))
            d.fill(ellipse(0, y, inner * (0.54 + 0.08 * lip.tongue), ry), colour, 0.95, blur=0.9)
            d.fill(ellipse(-2, y - ry * 0.45, inner * 0.26, 1.6), "#e79a98", 0.45, blur=1.2)
        if teeth > 0.15:
            depth = min(9.2 * teeth, (0.40 + 0.05 * spread) * gap + 3.0 * lip.tuck)
            wide = inner * (0.90 - 0.2 * rnd)
            edge_y = top + depth
            band = polyline(
                [
                    (-wide, corner - 8),
                    (wide, corner - 8),
                    (wide, corner + depth * 0.3),
                    (wide * 0.6, edge_y - 0.4),
                    (0, edge_y + 0.6),
                    (-wide * 0.6, edge_y - 0.4),
                    (-wide, corner + depth * 0.3),
                ]
            )
            d.fill(band, d.linear((0, top, 0, edge_y), (0, "#dccabf"), (0.4, "#f9f3ee"), (1, "#fffcf8")), blur=0.35)
            for i in range(-2, 3):
                x = i * wide * 0.30
                d.stroke(polyline([(x, top), (x, edge_y - 0.8)], closed=False), "#c9b3a8", 0.7, 0.35)
        lower_teeth = 0.4 * spread * (lip.open < 0.7)
        if lower_teeth > 0.1 and gap > 6:
            d.fill(ellipse(0, low + 1.6, inner * 0.62, 5.0 * lower_teeth + 1), "#eadfd6", 0.9, blur=0.6)
        cast = 0.62 if gap > 9 else 0.35
        d.stroke(hole, "#4a1520", 4.5, cast * 0.8, blur=1.6)
