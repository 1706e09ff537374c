"""Hair as strands between two guide curves, with a broken band of light."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from avatars.faces.illustrated.curves import Path, Point, mix, resample, smooth, taper
from avatars.faces.illustrated.svg import Drawing


@dataclass(frozen=True)
class HairPaint:
    deep: str
    base: str
    mid: str
    light: str
    glint: str
    rim: str


def comb(
    d: Drawing,
    inner: Sequence[Point],
    outer: Sequence[Point],
    paint: HairPaint,
    seed: int,
    count: int = 44,
    band: tuple[float, float] = (0.28, 0.56),
    shine: float = 1.0,
) -> None:
    """Strands from ``inner`` to ``outer`` (guides from root to tip); light falls in ``band`` of their length."""
    chance = random.Random(seed)
    a, b = resample(inner, 16), resample(outer, 16)

    def strand(t: float, first: float, last: float) -> list[Point]:
        line = mix(a, b, t)
        i, j = int(first * 15), max(int(last * 15), int(first * 15) + 3)
        return line[i : j + 1]

    for k in range(count):
        t = (k + chance.uniform(0.1, 0.9)) / count
        dark = chance.random() < 0.5
        line = strand(t, chance.uniform(0, 0.12), chance.uniform(0.85, 1))
        d.fill(taper(line, (0.6, 2.8 if dark else 1.9, 0.6)), paint.deep if dark else paint.mid, 0.36 if dark else 0.40)
    for k in range(int(count * 1.15)):
        t = (k + chance.uniform(0, 1)) / (count * 1.15)
        start = band[0] + chance.uniform(-0.06, 0.10)
        end = band[1] + chance.uniform(-0.12, 0.08)
        heart = 1 - abs(t - 0.5) * 1.1
        line = strand(min(t, 1), max(0, start), min(1, end))
        d.fill(taper(line, (0.2, 1.9, 0.2)), paint.light, (0.16 + 0.30 * chance.random()) * heart * shine, blur=0.4)
        if chance.random() < 0.38:
            short = strand(t, start + 0.05, end - 0.05)
            d.fill(taper(short, (0.2, 1.1, 0.2)), paint.glint, 0.5 * heart * shine, blur=0.3)


def lock(d: Drawing, points: Sequence[Point], widths: Sequence[float], paint: HairPaint, seed: int) -> None:
    """One tapered lock with a few strands and a light on its upper half."""
    shape: Path = taper(points, widths)
    x0, y0 = points[0]
    x1, y1 = points[-1]
    d.fill(shape, d.linear((x0, y0, x1, y1), (0, paint.base), (0.45, paint.mid), (1, paint.deep)))
    chance = random.Random(seed)
    with d.clipped(shape):
        for _ in range(5):
            k = chance.uniform(-0.32, 0.32) * max(widths)
            line = [(x + k * 0.5, y + k) for x, y in points]
            tone = paint.light if chance.random() < 0.5 else paint.deep
            d.fill(taper(line, (0.3, 1.5, 0.3)), tone, 0.4)


def stray(d: Drawing, points: Sequence[Point], paint: HairPaint, opacity: float = 0.6) -> None:
    """A single hair out of place."""
    d.stroke(smooth(points), paint.mid, 0.7, opacity)
