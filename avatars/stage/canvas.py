"""Panes and sprites: what is painted once, and what is blended into every picture.

A :class:`Pane` is painted slowly and well, in design units (720 on the short side), as premultiplied
float BGRA. A :class:`Sprite` is a finished pane in pixels: opaque insides are copied, the rest is blended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.media import BGR

Colour = tuple[int, int, int]
"""Blue, green, red, each 0…255."""
Mask = NDArray[np.float32]
"""``(height, width)``, 0…1."""
Bgra = NDArray[np.uint8]
"""``(height, width, 4)``, straight (not premultiplied) alpha."""
Floats = NDArray[np.float32]

_CELL: Final = 8


def colour(text: str) -> Colour:
    """``#RRGGBB`` as blue, green, red.

    >>> colour("#FF8000")
    (0, 128, 255)
    """
    digits = text.lstrip("#")
    red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return blue, green, red


def unit(fill: Colour) -> Floats:
    """The colour as three values of 0…1."""
    return np.array(fill, np.float32) / np.float32(255)


def floats(image: NDArray[np.uint8]) -> Floats:
    """A picture's values as 0…1."""
    return image.astype(np.float32) / np.float32(255)


def bytes_of(values: Floats) -> NDArray[np.uint8]:
    """Values of 0…1 as a picture's."""
    return np.asarray(np.clip(values * 255 + 0.5, 0, 255), np.uint8)


def blurred(values: Floats, sigma: float) -> Floats:
    """Gaussian blur; outside there is nothing."""
    rows, columns = values.shape[:2]
    step = max(1, int(sigma / 3.5))
    if step == 1 or min(rows, columns) < 8 * step:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), np.float32)
    # A wide blur holds no detail: blur a smaller picture.
    small = cv2.resize(values, (columns // step, rows // step), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32).clip(0, 1)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """``share`` of ``b`` in ``a``."""
    blue, green, red = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return blue, green, red


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of a sprite, relative to its corner. ``keep`` is None where the sprite is opaque."""

    x: int
    y: int
    paint: BGR
    keep: BGR | None


@dataclass(frozen=True, slots=True)
class Sprite:
    """A finished texture at ``(x, y)`` of the picture, in px."""

    x: int
    y: int
    width: int
    height: int
    pieces: tuple[Piece, ...]

    def draw(self, canvas: BGR, dx: int = 0, dy: int = 0, alpha: float = 1.0) -> None:
        """Blend into ``canvas`` (height, width, 3), moved by ``(dx, dy)`` px; clipped at the edges."""
        if alpha <= 0.0:
            return
        rows, columns = canvas.shape[:2]
        for piece in self.pieces:
            x, y = self.x + piece.x + dx, self.y + piece.y + dy
            height, width = piece.paint.shape[:2]
            left, top = max(0, -x), max(0, -y)
            right, bottom = min(width, columns - x), min(height, rows - y)
            if right <= left or bottom <= top:
                continue
            into = canvas[y + top : y + bottom, x + left : x + right]
            paint = piece.paint[top:bottom, left:right]
            keep = None if piece.keep is None else piece.keep[top:bottom, left:right]
            if alpha < 1.0:
                _blend_faint(into, paint, keep, alpha)
            elif keep is None:
                np.copyto(into, paint)
            else:
                cv2.multiply(into, keep, dst=into, scale=1 / 255)
                cv2.add(into, paint, dst=into)


def _blend_faint(into: BGR, paint: BGR, keep: BGR | None, alpha: float) -> None:
    if keep is None:
        cv2.addWeighted(into, 1 - alpha, paint, alpha, 0, dst=into)
        return
    # 1 - alpha * (1 - keep) = (1 - alpha) + alpha * keep
    faint = cv2.convertScaleAbs(keep, alpha=alpha, beta=255 * (1 - alpha))
    cv2.multiply(into, faint, dst=into, scale=1 / 255)
    cv2.add(into, cv2.convertScaleAbs(paint, alpha=alpha), dst=into)


def joined(*sprites: Sprite) -> Sprite:
    """Several sprites as one, the later above the earlier."""
    x, y = min(s.x for s in sprites), min(s.y for s in sprites)
    pieces = [Piece(s.x - x + p.x, s.y - y + p.y, p.paint, p.keep) for s in sprites for p in s.pieces]
    right, bottom = max(s.x + s.width for s in sprites), max(s.y + s.height for s in sprites)
    return Sprite(x, y, right - x, bottom - y, tuple(pieces))


def sprite(paint: Floats, x: int, y: int) -> Sprite:
    """Cut premultiplied ``(height, width, 4)`` values of 0…1 into what is copied and what is blended."""
    alpha = paint[:, :, 3]
    height, width = alpha.shape
    solid = bytes_of(paint)
    inked = solid[:, :, 3] > 0
    if not inked.any():
        return Sprite(x, y, width, height, ())
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    ox, oy, ow, oh = _largest_opaque(solid[:, :, 3])
    if ow * oh < 4096:
        boxes = [(left, top, right, bottom, False)]
    else:
        boxes = [
            (left, top, right, oy, False),
            (left, oy, ox, oy + oh, False),
            (ox, oy, ox + ow, oy + oh, True),
            (ox + ow, oy, right, oy + oh, False),
            (left, oy + oh, right, bottom, False),
        ]
    pieces = []
    for x0, y0, x1, y1, opaque in boxes:
        if x1 <= x0 or y1 <= y0:
            continue
        part = solid[y0:y1, x0:x1]
        keep = None
        if not opaque:
            keep = np.ascontiguousarray(np.repeat(255 - part[:, :, 3:], 3, axis=2))
        pieces.append(Piece(x0, y0, np.ascontiguousarray(part[:, :, :3]), keep))
    return Sprite(x, y, width, height, tuple(pieces))


def _largest_opaque(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """The largest rectangle of full alpha on a coarse grid, as x, y, width, height in px."""
    rows, columns = alpha.shape[0] // _CELL, alpha.shape[1] // _CELL
    if rows == 0 or columns == 0:
        return 0, 0, 0, 0
    cells = alpha[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    full = cells.min(axis=(1, 3)) == 255
    best, box = 0, (0, 0, 0, 0)
    heights = [0] * (columns + 1)
    for row in range(rows):
        stack: list[int] = []
        for column in range(columns + 1):
            if column < columns:
                heights[column] = heights[column] + 1 if full[row, column] else 0
            while stack and heights[stack[-1]] >= heights[column]:
                height = heights[stack.pop()]
                start = stack[-1] + 1 if stack else 0
                area = height * (column - start)
                if area > best:
                    best = area
                    box = (start, row - height + 1, column - start, height)
            stack.append(column)
    x, y, width, height = box
    return x * _CELL, y * _CELL, width * _CELL, height * _CELL


Fill = Colour | tuple[Colour, ...]
"""One colour, or stops of an even gradient."""


class Pane:
    """A surface of ``width`` × ``height`` design units, painted at ``scale`` px per unit."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        self.scale = scale
        self.width, self.height = width, height
        self.paint: Floats = np.zeros(
            (max(1, round(height * scale)), max(1, round(width * scale)), 4), np.float32
        )

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        radius: float | tuple[float, float, float, float] = 0,
        fill: Fill = (0, 0, 0),
        alpha: float | tuple[float, float] = 1.0,
        across: bool = False,
    ) -> None:
        """A rounded rectangle; ``radius`` may be (top left, top right, bottom right, bottom left).

        Gradients run down, or to the right with ``across``; ``alpha`` may run too.
        """
        mask, left, top = self._shape(x, y, width, height, radius)
        if mask.size == 0:
            return
        rows, columns = mask.shape
        ramp = np.linspace(0, 1, columns if across else rows, dtype=np.float32)
        tint = _ramp(fill, ramp)
        tint = tint[None, :, :] if across else tint[:, None, :]
        if isinstance(alpha, tuple):
            strength = (alpha[0] + (alpha[1] - alpha[0]) * ramp)[None, :] if across else (
                alpha[0] + (alpha[1] - alpha[0]) * ramp
            )[:, None]
            mask = mask * strength
        else:
            mask = mask * alpha
        self.tint(mask, left, top, tint)

    def edge(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        radius: float | tuple[float, float, float, float],
        fill: Colour,
        line: float,
        alpha: float = 1.0,
    ) -> None:
        """The outline of a rounded rectangle, ``line`` units wide, inside the rectangle."""
        outer, left, top = self._shape(x, y, width, height, radius)
        inner, _, _ = self._shape(x, y, width, height, radius, inset=line)
        self.tint(np.float32(alpha) * (outer - inner).clip(0, 1), left, top, unit(fill))

    def shadow(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        radius: float | tuple[float, float, float, float],
        down: float,
        blur: float,
        alpha: float,
        fill: Colour = (8, 10, 14),
    ) -> None:
        """A soft shadow of that rectangle, ``down`` units lower (CSS blur: sigma is half of it)."""
        mask = np.zeros(self.paint.shape[:2], np.float32)
        shape, left, top = self._shape(x, y + down, width, height, radius)
        _put_max(mask, shape, left, top)
        sigma = max(0.3, blur * self.scale / 2)
        soft = blurred(mask, sigma)
        self.tint(soft * np.float32(alpha), 0, 0, unit(fill))

    def tint(self, mask: Mask, left: int, top: int, tint: Floats) -> None:
        """Lay a colour (0…1, anything that broadcasts) over the pane where ``mask`` is, in px."""
        rows, columns = self.paint.shape[:2]
        y0, x0 = max(0, top), max(0, left)
        y1, x1 = min(rows, top + mask.shape[0]), min(columns, left + mask.shape[1])
        if y1 <= y0 or x1 <= x0:
            return
        part = mask[y0 - top : y1 - top, x0 - left : x1 - left, None]
        if tint.ndim == 3:
            tint = tint[
                (slice(y0 - top, y1 - top) if tint.shape[0] > 1 else slice(None)),
                (slice(x0 - left, x1 - left) if tint.shape[1] > 1 else slice(None)),
            ]
        under = self.paint[y0:y1, x0:x1]
        under *= 1 - part
        under[:, :, :3] += part * tint
        under[:, :, 3:] += part

    def image(self, image: Bgra, left: float, top: float, alpha: float = 1.0) -> None:
        """Lay a straight-alpha picture of final px size at ``(left, top)`` units."""
        values = floats(image)
        at = round(left * self.scale), round(top * self.scale)
        self.tint(values[:, :, 3] * np.float32(alpha), *at, values[:, :, :3])

    def sprite(self, x: float, y: float) -> Sprite:
        """Finish: the pane's corner goes to ``(x, y)`` units of the picture."""
        return sprite(self.paint, round(x * self.scale), round(y * self.scale))

    def _shape(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        radius: float | tuple[float, float, float, float],
        inset: float = 0.0,
    ) -> tuple[Mask, int, int]:
        """Exact coverage of a rounded rectangle, with the px corner of its mask."""
        s = self.scale
        x0, y0, x1, y1 = x * s, y * s, (x + width) * s, (y + height) * s
        left, top = int(np.floor(x0)) - 1, int(np.floor(y0)) - 1
        columns, rows = int(np.ceil(x1)) + 1 - left, int(np.ceil(y1)) + 1 - top
        if columns <= 2 or rows <= 2 or columns * rows > 64_000_000:
            return np.zeros((0, 0), np.float32), left, top
        cx, cy, hx, hy = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2
        dx = (np.arange(columns, dtype=np.float32) + left + 0.5 - cx)[None, :]
        dy = (np.arange(rows, dtype=np.float32) + top + 0.5 - cy)[:, None]
        corners = radius if isinstance(radius, tuple) else (radius,) * 4
        tl, tr, br, bl = (min(r * s, hx, hy) for r in corners)
        r = np.where(dy < 0, np.where(dx < 0, tl, tr), np.where(dx < 0, bl, br)).astype(np.float32)
        qx, qy = np.abs(dx) - hx + r, np.abs(dy) - hy + r
        distance = np.minimum(np.maximum(qx, qy), 0) + np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) - r
        return np.clip(0.5 - distance - inset * s, 0, 1).astype(np.float32), left, top


def _ramp(fill: Fill, ramp: Floats) -> Floats:
    """Colours (n, 3) in 0…1 along ``ramp``."""
    if isinstance(fill[0], int):
        return np.broadcast_to(unit(fill), (1, 3))
    stops = np.array(fill, np.float32) / np.float32(255)
    at = np.linspace(0, 1, len(stops), dtype=np.float32)
    return np.stack([np.interp(ramp, at, stops[:, c]) for c in range(3)], axis=1).astype(np.float32)


def _put_max(into: Mask, mask: Mask, left: int, top: int) -> None:
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(into.shape[0], top + mask.shape[0]), min(into.shape[1], left + mask.shape[1])
    if y1 > y0 and x1 > x0:
        np.maximum(
            into[y0:y1, x0:x1], mask[y0 - top : y1 - top, x0 - left : x1 - left], out=into[y0:y1, x0:x1]
        )
