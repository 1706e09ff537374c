"""A small SVG writer: definitions, marks in painting order, and the light of the recipe.

Shading follows one idea: a shape's own outline, stroked wide, blurred, shifted towards the light and
clipped to the shape, is its form shadow; a thin bright one on the other side is its rim light.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray

from avatars.faces.illustrated.curves import Box, Path, bounds

Stop = tuple[float, str] | tuple[float, str, float]
"""Offset 0…1, colour, and optionally opacity."""
Sprite = NDArray[np.uint8]
"""Premultiplied BGRA, shape ``(height, width, 4)``."""


class Drawing:
    """An SVG picture of the design rectangle ``view`` = ``(x0, y0, x1, y1)``."""

    def __init__(self, view: Box) -> None:
        self.view = view
        self._defs: list[str] = []
        self._marks: list[str] = []
        self._count = 0

    # --- definitions -----------------------------------------------------------------------------

    def _define(self, tag: str, attributes: str, body: str) -> str:
        self._count += 1
        name = f"{tag[0]}{self._count}"
        self._defs.append(f'<{tag} id="{name}" {attributes}>{body}</{tag}>')
        return f"url(#{name})"

    def linear(self, box: Box, *stops: Stop) -> str:
        """A gradient from ``(x0, y0)`` to ``(x1, y1)`` in design units."""
        x0, y0, x1, y1 = box
        where = f'gradientUnits="userSpaceOnUse" x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}"'
        return self._define("linearGradient", where, _stops(stops))

    def radial(self, cx: float, cy: float, r: float, *stops: Stop) -> str:
        where = f'gradientUnits="userSpaceOnUse" cx="{cx}" cy="{cy}" r="{r}"'
        return self._define("radialGradient", where, _stops(stops))

    def _blur(self, sigma: float, box: Box) -> str:
        x0, y0, x1, y1 = box
        m = 3 * sigma + 2
        where = (
            f'color-interpolation-filters="sRGB" filterUnits="userSpaceOnUse" x="{x0 - m:.1f}" y="{y0 - m:.1f}" '
            f'width="{x1 - x0 + 2 * m:.1f}" height="{y1 - y0 + 2 * m:.1f}"'
        )
        return self._define("filter", where, f'<feGaussianBlur stdDeviation="{sigma}"/>')

    # --- marks -----------------------------------------------------------------------------------

    def fill(self, path: Path, paint: str, opacity: float = 1.0, blur: float = 0.0) -> None:
        """A filled shape, softened by ``blur`` (standard deviation, design units)."""
        soft = f' filter="{self._blur(blur, bounds(path))}"' if blur else ""
        self._marks.append(f'<path d="{path}" fill="{paint}" opacity="{opacity:.3f}"{soft}/>')

    def stroke(
        self, path: Path, paint: str, width: float, opacity: float = 1.0, blur: float = 0.0, dash: str = ""
    ) -> None:
        """An even line with round ends."""
        soft = ""
        if blur:
            x0, y0, x1, y1 = bounds(path)
            soft = f' filter="{self._blur(blur, (x0 - width, y0 - width, x1 + width, y1 + width))}"'
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._marks.append(
            f'<path d="{path}" fill="none" stroke="{paint}" stroke-width="{width}" opacity="{opacity:.3f}" '
            f'stroke-linecap="round" stroke-linejoin="round"{dashes}{soft}/>'
        )

    @contextmanager
    def clipped(self, path: Path) -> Iterator[None]:
        """Marks made inside are cut to ``path``."""
        clip = self._define("clipPath", "", f'<path d="{path}"/>')
        self._marks.append(f'<g clip-path="{clip}">')
        yield
        self._marks.append("</g>")

    @contextmanager
    def moved(self, transform: str, opacity: float = 1.0) -> Iterator[None]:
        """Marks made inside are transformed (SVG transform text) and faded together."""
        self._marks.append(f'<g transform="{transform}" opacity="{opacity:.3f}">')
        yield
        self._marks.append("</g>")

    def inner(
        self,
        path: Path,
        paint: str,
        width: float,
        blur: float,
        shift: tuple[float, float] = (0, 0),
        opacity: float = 1.0,
    ) -> None:
        """The outline of ``path``, blurred and moved by ``shift``, seen only inside the shape."""
        dx, dy = shift
        x0, y0, x1, y1 = bounds(path)
        reach = self._blur(blur, (x0 - width, y0 - width, x1 + width, y1 + width))
        with self.clipped(path):
            self._marks.append(
                f'<path d="{path}" transform="translate({dx},{dy})" fill="none" stroke="{paint}" '
                f'stroke-width="{width}" opacity="{opacity:.3f}" filter="{reach}"/>'
            )

    def crescent(self, path: Path, paint: str, shift: tuple[float, float], blur: float, opacity: float = 1.0) -> None:
        """The part of ``path`` that the same shape moved by ``shift`` leaves bare: light or shade on one side."""
        dx, dy = shift
        x0, y0, x1, y1 = bounds(path)
        m = 3 * blur + abs(dx) + abs(dy) + 4
        box = (x0 - m, y0 - m, x1 + m, y1 + m)
        left, top, right, low = box[0] - dx, box[1] - dy, box[2] - dx, box[3] - dy
        far = f"M{left},{top} L{right},{top} L{right},{low} L{left},{low} Z"
        with self.clipped(path):
            self._marks.append(
                f'<g filter="{self._blur(blur, box)}" opacity="{opacity:.3f}"><path d="{far} {path}" '
                f'transform="translate({dx},{dy})" fill="{paint}" fill-rule="evenodd"/></g>'
            )

    # --- out -------------------------------------------------------------------------------------

    def svg(self, scale: float = 1.0) -> str:
        """The document, ``scale`` pixels to a design unit."""
        x0, y0, x1, y1 = self.view
        w, h = round((x1 - x0) * scale), round((y1 - y0) * scale)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" '
            f'viewBox="{x0} {y0} {w / scale} {h / scale}"><defs>{"".join(self._defs)}</defs>'
            f"{''.join(self._marks)}</svg>"
        )

    def raster(self, scale: float) -> Sprite:
        """Pixels of the drawing, ``scale`` to a design unit."""
        png = resvg_py.svg_to_bytes(svg_string=self.svg(scale), skip_system_fonts=True)
        straight = cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED)
        return premultiplied(np.asarray(straight, np.uint8))


def premultiplied(straight: Sprite) -> Sprite:
    """Colour times alpha, so that blending is one multiply and one add."""
    if straight.shape[2] == 3:
        straight = np.dstack([straight, np.full(straight.shape[:2], 255, np.uint8)])
    alpha = straight[:, :, 3:].astype(np.uint16)
    colour = (straight[:, :, :3] * alpha + 127) // 255
    return np.dstack([colour.astype(np.uint8), straight[:, :, 3]])


def over(top: Sprite, bottom: Sprite) -> Sprite:
    """``top`` laid on ``bottom``, both premultiplied and of one shape."""
    rest = 255 - top[:, :, 3:].astype(np.uint16)
    return np.asarray(top + (bottom * rest + 127) // 255, np.uint8)


def _stops(stops: Sequence[Stop]) -> str:
    text = []
    for stop in stops:
        opacity = f' stop-opacity="{stop[2]}"' if len(stop) == 3 else ""
        text.append(f'<stop offset="{stop[0]}" stop-color="{stop[1]}"{opacity}/>')
    return "".join(text)
