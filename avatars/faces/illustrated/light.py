"""What puts a figure into a room: the room's tint, its glow around the edges, the figure's shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from avatars.faces.illustrated.svg import Sprite
from engine.media import BGR


@dataclass(frozen=True)
class Light:
    """``tint``: multipliers, BGR; ``wrap``: how much of the background glows over the edges."""

    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    wrap: float = 0.42

    @staticmethod
    def of(light: Mapping[str, Any]) -> Light:
        b, g, r = (float(v) for v in light.get("tint", (1.0, 1.0, 1.0)))
        return Light((b, g, r), 0.62 if light.get("dark", False) else 0.42)


def tinted(sprite: Sprite, light: Light) -> Sprite:
    """The sprite in the room's colour."""
    if light.tint == (1.0, 1.0, 1.0):
        return sprite
    return np.asarray(cv2.transform(sprite, np.diag([*light.tint, 1.0])), np.uint8)


def glow(sprite: Sprite, behind: BGR, light: Light, reach_px: float) -> BGR:
    """The background's light on the sprite's edges, to be laid on with :func:`screen`.

    ``behind``: the blurred background under the sprite, same height and width.
    """
    alpha = sprite[:, :, 3]
    small = cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), reach_px / 4), (alpha.shape[1], alpha.shape[0]))
    edge = cv2.multiply(255 - soft, alpha, scale=1.5 * light.wrap / 255)
    return np.asarray(cv2.multiply(behind, cv2.cvtColor(edge, cv2.COLOR_GRAY2BGR), scale=1 / 255), np.uint8)


def screen(sprite: Sprite, glowing: BGR) -> Sprite:
    """Lay light on premultiplied colour: like two projectors, never darker, never over the alpha."""
    colour = sprite[:, :, :3]
    alpha = cv2.cvtColor(sprite[:, :, 3], cv2.COLOR_GRAY2BGR)
    light = cv2.multiply(glowing, cv2.subtract(alpha, colour), scale=1 / 255)
    return np.dstack([cv2.add(colour, light), sprite[:, :, 3]])


def settled(sprite: Sprite, table_row: int, reach: int) -> Sprite:
    """Darken the last ``reach`` rows above the table by up to a fifth."""
    rows = np.arange(sprite.shape[0], dtype=np.float32)
    keep = 1 - 0.20 * np.clip((rows - (table_row - reach)) / reach, 0, 1) ** 1.5
    dark = sprite.copy()
    dark[:, :, :3] = (sprite[:, :, :3] * keep[:, None, None]).astype(np.uint8)
    return dark


def shadowed(background: BGR, alpha: NDArray[np.uint8], corner: tuple[int, int], scale: float) -> BGR:
    """``background`` with a soft shadow of the figure whose alpha stands at ``corner`` (x, y)."""
    h, w = background.shape[:2]
    mask = np.zeros((h // 4 + 1, w // 4 + 1), np.uint8)
    small = cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    x, y = (corner[0] + round(14 * scale)) // 4, (corner[1] + round(10 * scale)) // 4
    x0, y0 = max(x, 0), max(y, 0)
    part = small[y0 - y : mask.shape[0] - y, x0 - x : mask.shape[1] - x]
    mask[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
    mask = cv2.GaussianBlur(mask, (0, 0), 26 * scale / 4)
    keep = 255 - 0.30 * cv2.resize(mask, ((w // 4 + 1) * 4, (h // 4 + 1) * 4))[:h, :w].astype(np.float32)
    return np.asarray(background * (keep / 255)[:, :, None], np.uint8)
