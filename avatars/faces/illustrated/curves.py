"""Points to SVG path text: smooth curves, tapered strokes and tubes.

Points are ``(x, y)`` in design units, y down. Paths use absolute ``M``, ``L``, ``C`` and ``Z`` only,
so that :func:`bounds` can read them back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np

Point = tuple[float, float]
Path = str
Box = tuple[float, float, float, float]
"""``(x0, y0, x1, y1)``"""

_NUMBER = re.compile(r"-?\d+\.?\d*")


def polyline(points: Sequence[Point], closed: bool = True) -> Path:
    """Straight segments through ``points``."""
    text = "M" + " L".join(f"{x:.2f},{y:.2f}" for x, y in points)
    return text + " Z" if closed else text


def smooth(points: Sequence[Point], closed: bool = False, tension: float = 1.0) -> Path:
    """A Catmull-Rom curve through ``points`` (``tension`` 0 gives straight lines)."""
    n = len(points)
    last = n if closed else n - 1

    def at(i: int) -> Point:
        return points[i % n] if closed else points[min(max(i, 0), n - 1)]

    parts = [f"M{points[0][0]:.2f},{points[0][1]:.2f}"]
    k = tension / 6
    for i in range(last):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = at(i - 1), at(i), at(i + 1), at(i + 2)
        parts.append(
            f"C{bx + (cx - ax) * k:.2f},{by + (cy - ay) * k:.2f} "
            f"{cx - (dx - bx) * k:.2f},{cy - (dy - by) * k:.2f} {cx:.2f},{cy:.2f}"
        )
    return " ".join(parts) + (" Z" if closed else "")


def trace(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """Points along the same curve as :func:`smooth` (open), ``steps`` to a segment."""
    found: list[Point] = []
    n = len(points)
    for i in range(n - 1):
        a, b = points[max(i - 1, 0)], points[i]
        c, d = points[i + 1], points[min(i + 2, n - 1)]
        for s in range(steps + (i == n - 2)):
            t = s / steps
            weights = (
                -0.5 * t + t * t - 0.5 * t**3,
                1 - 2.5 * t * t + 1.5 * t**3,
                0.5 * t + 2 * t * t - 1.5 * t**3,
                -0.5 * t * t + 0.5 * t**3,
            )
            x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
            found.append((x, y))
    return found


def normals(points: Sequence[Point]) -> list[Point]:
    """The unit normal (to the left of the direction of travel) at every point."""
    found = []
    n = len(points)
    for i in range(n):
        (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, n - 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        found.append(((by - ay) / length, -(bx - ax) / length))
    return found


def tube(points: Sequence[Point], width: Callable[[float], float], steps: int = 8) -> list[Point]:
    """The outline of a stroke along the smooth curve; ``width(t)`` is its full width at t in 0…1."""
    line = trace(points, steps)
    left, right = [], []
    for i, ((x, y), (nx, ny)) in enumerate(zip(line, normals(line), strict=True)):
        half = width(i / (len(line) - 1)) / 2
        left.append((x + nx * half, y + ny * half))
        right.append((x - nx * half, y - ny * half))
    return left + right[::-1]


def sausage(points: Sequence[Point], width: Callable[[float], float], steps: int = 8) -> list[Point]:
    """The outline of a round brush drawn along the curve; unlike :func:`tube` it never crosses itself,
    however sharp the bend, and its start is round."""
    line = trace(points, steps)
    around = normals(line)
    fine = 8.0  # pixels to a unit on the scratch mask
    x0, y0 = min(x for x, _ in line) - 99, min(y for _, y in line) - 99
    x1, y1 = max(x for x, _ in line) + 99, max(y for _, y in line) + 99
    mask = np.zeros((int((y1 - y0) * fine), int((x1 - x0) * fine)), np.uint8)
    last = len(line) - 1

    def on_mask(x: float, y: float) -> tuple[int, int]:
        return round((x - x0) * fine), round((y - y0) * fine)

    for i, ((x, y), (nx, ny)) in enumerate(zip(line, around, strict=True)):
        half = width(i / last) / 2
        if i < last - steps:
            cv2.circle(mask, on_mask(x, y), round(half * fine), 255, -1)
        if i < last:
            (ex, ey), (mx, my), far = line[i + 1], around[i + 1], width((i + 1) / last) / 2
            quad = [
                on_mask(x + nx * half, y + ny * half),
                on_mask(ex + mx * far, ey + my * far),
                on_mask(ex - mx * far, ey - my * far),
                on_mask(x - nx * half, y - ny * half),
            ]
            cv2.fillConvexPoly(mask, cv2.convexHull(np.array(quad, np.int32)), 255)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)[::6, 0, :].astype(float)
    return [(float(x) / fine + x0, float(y) / fine + y0) for x, y in contour]


def taper(points: Sequence[Point], widths: Sequence[float]) -> Path:
    """A brush stroke: ``widths`` are spread evenly from the first point to the last."""

    def width(t: float) -> float:
        place = t * (len(widths) - 1)
        i = min(int(place), len(widths) - 2)
        return widths[i] + (widths[i + 1] - widths[i]) * (place - i)

    return polyline(tube(points, width))


def mirror(points: Sequence[Point]) -> list[Point]:
    """The same points on the other side of x = 0, in reverse order (so outlines can be joined)."""
    return [(-x, y) for x, y in reversed(points)]


def mix(a: Sequence[Point], b: Sequence[Point], t: float) -> list[Point]:
    """Point by point from ``a`` (t = 0) to ``b`` (t = 1)."""
    return [(ax + (bx - ax) * t, ay + (by - ay) * t) for (ax, ay), (bx, by) in zip(a, b, strict=True)]


def resample(points: Sequence[Point], count: int) -> list[Point]:
    """``count`` points at even distances along the smooth curve through ``points``."""
    line = trace(points, 12)
    lengths = [0.0]
    for (ax, ay), (bx, by) in pairwise(line):
        lengths.append(lengths[-1] + math.hypot(bx - ax, by - ay))
    found, j = [], 0
    for i in range(count):
        want = lengths[-1] * i / (count - 1)
        while j < len(line) - 2 and lengths[j + 1] < want:
            j += 1
        span = (lengths[j + 1] - lengths[j]) or 1.0
        found.append(mix([line[j]], [line[j + 1]], (want - lengths[j]) / span)[0])
    return found


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Path:
    """An ellipse as four cubic arcs."""
    k = 0.5523
    return (
        f"M{cx + rx:.2f},{cy:.2f} "
        f"C{cx + rx:.2f},{cy + k * ry:.2f} {cx + k * rx:.2f},{cy + ry:.2f} {cx:.2f},{cy + ry:.2f} "
        f"C{cx - k * rx:.2f},{cy + ry:.2f} {cx - rx:.2f},{cy + k * ry:.2f} {cx - rx:.2f},{cy:.2f} "
        f"C{cx - rx:.2f},{cy - k * ry:.2f} {cx - k * rx:.2f},{cy - ry:.2f} {cx:.2f},{cy - ry:.2f} "
        f"C{cx + k * rx:.2f},{cy - ry:.2f} {cx + rx:.2f},{cy - k * ry:.2f} {cx + rx:.2f},{cy:.2f} Z"
    )


def bounds(path: Path) -> Box:
    """A box that holds the path (its control points)."""
    numbers = [float(text) for text in _NUMBER.findall(path)]
    xs, ys = numbers[0::2], numbers[1::2]
    return min(xs), min(ys), max(xs), max(ys)
