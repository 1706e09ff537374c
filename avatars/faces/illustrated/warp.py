"""How the head turns and its skin moves: a mesh that says where every pixel comes from.

The head is painted once, looking straight ahead. Turning, nodding, raising a brow, smiling and dropping
the jaw are smooth displacements of that painting, as in 2.5-D puppets: near parts (the nose) move
further than far ones (the ears). The mesh is coarse (``CELL`` pixels) and interpolated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _bump(x: Field, y: Field, cx: float, cy: float, rx: float, ry: float) -> Field:
    return np.asarray(np.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2), np.float32)


def displacement(x: Field, y: Field, bend: Bend, mouth_y: float, brow_y: float) -> tuple[Field, Field]:
    """How far the painting moves at head points ``(x, y)``, in design units."""
    # Depth of the surface: a dome over the face, the nose on it, ears and back of the head behind it.
    round_ = 1 - (x / 100) ** 2 - ((y - 8) / 150) ** 2
    depth = 84 * np.maximum(round_, -0.25) + 11 * _bump(x, y, 0, 46, 15, 20) - 8
    dx = depth * math.sin(bend.yaw)
    dy = depth * math.sin(bend.pitch)
    x, y = np.asarray(x - dx, np.float32), np.asarray(y - dy, np.float32)  # where this skin was before the turn
    if bend.jaw:
        dy = dy + CHIN_DROP * bend.jaw * _step(y, mouth_y - 4, mouth_y + 30) * np.exp(-((x / 78) ** 2))
    if bend.brow:
        rise = np.where(y < brow_y, 1 - _step(brow_y - y, 6, 46), 1 - _step(y - brow_y, 3, 17))
        dy = dy - 6.5 * bend.brow * rise * np.exp(-(((np.abs(x) - 36) / 46) ** 4))
    if bend.smile:
        corners = _bump(np.abs(x), y, 27, mouth_y - 3, 17, 15)
        cheeks = _bump(np.abs(x), y, 50, mouth_y - 34, 24, 20)
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
    across, down = w // CELL + 2, h // CELL + 2
    # Pixel centres of the coarse cells, so that cv2.resize puts them where they belong.
    px = (np.arange(across, dtype=np.float32) + 0.5) * CELL - 0.5
    py = (np.arange(down, dtype=np.float32) + 0.5) * CELL - 0.5
    gx, gy = np.meshgrid(px, py)
    m = to_head
    x = np.asarray(m[0, 0] * gx + m[0, 1] * gy + m[0, 2], np.float32)
    y = np.asarray(m[1, 0] * gx + m[1, 1] * gy + m[1, 2], np.float32)
    dx, dy = displacement(x, y, bend, mouth_y, brow_y)
    coarse = np.dstack([(x - dx - origin[0]) * scale - 0.5, (y - dy - origin[1]) * scale - 0.5])
    full = cv2.resize(coarse, (across * CELL, down * CELL), interpolation=cv2.INTER_LINEAR)[:h, :w]
    return np.asarray(full, np.float32)
