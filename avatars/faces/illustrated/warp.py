"""How the head turns and its skin moves: a mesh that says where every pixel comes from.

The head is painted once, looking straight ahead. Turning, nodding, raising a brow, smiling and dropping
the jaw are smooth displacements of that painting, as in 2.5-D puppets: near parts (the nose) move
further than far ones (the ears). The mesh is coarse (``CELL`` pixels) and interpolated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
CELL = 8
"""Pixels between two points of the mesh."""
CHIN_DROP = 9.0
"""How far the chin drops at ``open`` 1, in design units."""


@dataclass(frozen=True)
class Bend:
    """What bends the head's painting. Angles in radians, the rest as in ``Pose``."""

    yaw: float = 0.0
    pitch: float = 0.0
    jaw: float = 0.0
    brow: float = 0.0
    smile: float = 0.0
    """Relative to the smile the sprites are painted with: −0.6…0.5."""


def _step(x: Field, low: float, high: float) -> Field:
    t = np.minimum(np.maximum((x - low) * (1 / (high - low)), 0), 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _bump(x: Field, y: Field, cx: float, cy: float, rx: float, ry: float) -> Field:
    across, down = (x - cx) * (1 / rx), (y - cy) * (1 / ry)
    return np.asarray(np.exp(-(across * across + down * down)), np.float32)


def displacement(x: Field, y: Field, bend: Bend, mouth_y: float, brow_y: float) -> tuple[Field, Field]:
    """How far the painting moves at head points ``(x, y)``, in design units."""
    # Depth of the surface: a dome over the face, the nose on it, ears and back of the head behind it.
    across, down = x * 0.01, (y - 8) * (1 / 150)
    round_ = 1 - across * across - down * down
    depth = 84 * np.maximum(round_, -0.25) + 11 * _bump(x, y, 0, 46, 15, 20) - 8
    dx = depth * math.sin(bend.yaw)
    dy = depth * math.sin(bend.pitch)
    x, y = x - dx, y - dy  # where this skin was before the turn
    side = np.abs(x)
    if bend.jaw:
        dy = dy + CHIN_DROP * bend.jaw * _step(y, mouth_y - 4, mouth_y + 30) * np.exp(x * x * (-1 / 78**2))
    if bend.brow:
        rise = np.where(y < brow_y, 1 - _step(brow_y - y, 6, 46), 1 - _step(y - brow_y, 3, 17))
        near = ((side - 36) * (1 / 46)) ** 2
        dy = dy - 6.5 * bend.brow * rise * np.exp(-near * near)
    if bend.smile:
        corners = _bump(side, y, 27, mouth_y - 3, 17, 15)
        cheeks = _bump(side, y, 50, mouth_y - 34, 24, 20)
        dy = dy - bend.smile * (7.0 * corners + 4.0 * cheeks)
        dx = dx + np.sign(x) * bend.smile * 4.0 * corners
    return np.asarray(dx, np.float32), np.asarray(dy, np.float32)


def mesh(
    size: tuple[int, int],
    to_head: NDArray[np.float64],
    origin: tuple[float, float],
    scale: float,
    bend: Bend,
    mouth_y: float,
    brow_y: float,
) -> Field:
    """The map for ``cv2.remap``, shape ``(height, width, 2)``, of ``size`` = (width, height) pixels.

    ``to_head`` (2 × 3) takes a pixel of the result to head units; ``origin`` and ``scale`` take head
    units to pixels of the painting.
    """
    w, h = size
    px, py = _grid(w // CELL + 2, h // CELL + 2)
    m = np.asarray(to_head, np.float32)
    x = m[0, 0] * px + (m[0, 1] * py + m[0, 2])
    y = m[1, 0] * px + (m[1, 1] * py + m[1, 2])
    dx, dy = displacement(x, y, bend, mouth_y, brow_y)
    coarse = np.empty((*x.shape, 2), np.float32)
    coarse[:, :, 0] = (x - dx - origin[0]) * scale - 0.5
    coarse[:, :, 1] = (y - dy - origin[1]) * scale - 0.5
    across, down = x.shape[1] * CELL, x.shape[0] * CELL
    return np.asarray(cv2.resize(coarse, (across, down), interpolation=cv2.INTER_LINEAR)[:h, :w], np.float32)


@lru_cache(maxsize=64)
def _grid(across: int, down: int) -> tuple[Field, Field]:
    """Pixel centres of the coarse cells, so that cv2.resize puts them where they belong: a row, a column."""
    px = (np.arange(across, dtype=np.float32) + 0.5) * CELL - 0.5
    py = (np.arange(down, dtype=np.float32) + 0.5) * CELL - 0.5
    return px[None, :], py[:, None]
