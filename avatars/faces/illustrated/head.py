"""The head without what moves in it: skin, nose, blush; brows and hair in front."""

from __future__ import annotations

import random

from avatars.faces.illustrated.curves import Path, Point, ellipse, smooth, taper, trace
from avatars.faces.illustrated.look import HEAD_VIEW, Art
from avatars.faces.illustrated.svg import Drawing, Sprite


def outline(half: tuple[Point, ...]) -> Path:
    """The whole face from its right half (see ``Art.face``), crown to chin and back."""
    right = [(f"C{a[0]},{a[1]} {b[0]},{b[1]} {c[0]},{c[1]}") for a, b, c in _cubics(half)]
    left = [
        f"C{-b[0]},{b[1]} {-a[0]},{a[1]} {-start[0]},{start[1]}"
        for start, (a, b, _) in reversed(list(zip(half[0::3], _cubics(half), strict=False)))
    ]
    return f"M{half[0][0]},{half[0][1]} " + " ".join(right + left) + " Z"


def _cubics(half: tuple[Point, ...]) -> list[tuple[Point, Point, Point]]:
    return [(half[i], half[i + 1], half[i + 2]) for i in range(1, len(half), 3)]


def skin(art: Art, scale: float) -> Sprite:
    """Ears, face, nose, eye sockets, blush and beard; no eyes, no mouth."""
    d = Drawing(HEAD_VIEW)
    s, face = art.skin, outline(art.face)
    art.ears(d)
    d.fill(face, d.linear((-60, -110, 70, 120), (0, s.light), (0.45, s.base), (1, s.turn)))
    right = d.linear((0, 0, 90, 0), (0, s.shade, 0), (0.35, s.shade, 0.2), (1, s.shade, 1))
    d.crescent(face, right, (-24, -6), 13, 0.75)
    core = d.linear((30, 0, 90, 20), (0, s.core, 0), (1, s.core, 1))
    d.inner(face, core, 18, 8, (6, 2), 0.38)
    under = d.linear((0, 70, 0, 122), (0, s.shade, 0), (1, s.shade, 0.9))
    d.inner(face, under, 26, 9, (0, 6), 0.55)
    left = d.linear((-90, 0, -40, 0), (0, s.shade, 0.8), (1, s.shade, 0))
    d.inner(face, left, 20, 9, (-5, 0), 0.35)
    _light(d, art)
    _sockets(d, art)
    for side in (-1, 1):
        d.fill(ellipse(side * 50, 46, 27, 17), s.blush, 0.34, blur=11)
        d.fill(ellipse(side * 47, 37, 13, 6), "#fff3e2", 0.24 if side < 0 else 0.12, blur=5)
    d.crescent(face, d.linear((0, -40, 0, 90), (0, s.rim, 1), (1, s.rim, 0)), (-3.2, 0.5), 1.3, 0.8)
    if art.beard:
        art.beard(d)
    _nose(d, art)
    return d.raster(scale)


def _light(d: Drawing, art: Art) -> None:
    """Soft planes turned to the key: forehead, cheek, chin."""
    s = art.skin
    d.fill(ellipse(-22, -58, 44, 30), s.light, 0.75, blur=15)
    d.fill(ellipse(-44, 24, 24, 22), s.light, 0.5, blur=12)
    d.fill(ellipse(-4, art.lips.y + 26, 15, 7), s.light, 0.6, blur=5)
    d.fill(ellipse(0, art.lips.y + 14.5, 16, 4.5), s.shade, 0.34, blur=3)


def _sockets(d: Drawing, art: Art) -> None:
    e, s = art.eyes, art.skin
    for side in (-1, 1):
        x = side * e.x
        d.fill(ellipse(x, e.y - 4, 34, 21), s.shade, 0.26, blur=7)
        d.fill(ellipse(x - side * 18, e.y - 10, 9, 12), s.shade, 0.26, blur=5)
        d.fill(ellipse(x + side * 3, e.y - 15, 21, 6), s.blush, 0.22, blur=4)


def _nose(d: Drawing, art: Art) -> None:
    n, s = art.nose, art.skin
    y, h = n.y, n.half
    # The far side of the bridge, from the brow's root down to the wing.
    side = [(9, -14), (8, 8), (8.5, 30), (h * 0.72, y - 9)]
    d.stroke(smooth(side), s.shade, 7, 0.30 * n.bridge, blur=4.5)
    d.fill(ellipse(-1.5, 12, 4, 26), s.light, 0.55 * n.bridge, blur=4)
    ball = ellipse(0, y - 7, h * 0.72, 9.5)
    d.fill(ball, s.blush, 0.30, blur=4)
    d.fill(ellipse(h * 0.55, y - 5, 6, 7), s.shade, 0.5, blur=3.5)
    d.fill(ellipse(0, y + 4.5, h * 0.95, 4), s.shade, 0.42, blur=3)
    d.fill(ellipse(-2.6, y - 11, 4.2, 3.4), "#fffaf2", 0.8, blur=1.7)
    for k in (-1, 1):
        wing = [(k * h * 0.80, y - 10), (k * (h + 0.5), y - 5), (k * h * 0.80, y + 0.5), (k * h * 0.55, y + 0.5)]
        d.fill(taper(wing, (0.4, 1.5, 1.8, 0.5)), s.core, 0.55 if k > 0 else 0.4, blur=0.5)
        hole = [(k * h * 0.68, y - 0.6), (k * h * 0.44, y - 2.4), (k * h * 0.2, y + 0.6)]
        d.fill(taper(hole, (0.5, 2.7, 0.6)), "#7c3a2a", 0.72, blur=0.5)


def front(art: Art, scale: float) -> Sprite:
    """What lies over the eyes: brows, then hair."""
    d = Drawing(HEAD_VIEW)
    for side in (-1, 1):
        _brow(d, art, side)
    art.hair_front(d)
    return d.raster(scale)


def _brow(d: Drawing, art: Art, side: int) -> None:
    b, e = art.brows, art.eyes
    points = [(side * (e.x + u), e.y + v) for u, v in b.points]
    d.fill(taper(points, b.widths), b.colour, 0.78, blur=0.9)
    chance = random.Random(5)
    line = trace(points, 12)
    for i in range(2, len(line) - 1):
        (x, y), half = line[i], max(b.widths) * 0.42 * min(1.0, 2.2 * (1 - i / len(line)))
        for _ in range(2):
            y1 = y + chance.uniform(-half, half)
            hair = [(x, y1 + 1.4), (x + side * 4.5, y1 - 1.1 + 2.2 * i / len(line))]
            d.stroke(smooth(hair), b.colour, 0.9, 0.42)


def back(art: Art, scale: float) -> Sprite | None:
    """Hair behind the neck, or None."""
    if art.hair_back is None:
        return None
    d = Drawing(HEAD_VIEW)
    art.hair_back(d)
    return d.raster(scale)
