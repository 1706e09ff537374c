"""The head's painting, looking straight ahead, with the eyes and the mouth of the moment in it."""

from __future__ import annotations

from bisect import bisect_right

import cv2
import numpy as np

from avatars.faces.illustrated import eyes, mouth
from avatars.faces.illustrated import light as lighting
from avatars.faces.illustrated.baking import HEAD_DETAIL, OPENINGS, TONGUES, WIDTHS, Sprites, mouth_name
from avatars.faces.illustrated.curves import Box
from avatars.faces.illustrated.light import Light
from avatars.faces.illustrated.look import HEAD_VIEW, Art
from avatars.faces.illustrated.svg import Sprite, over
from engine.media import BGR, Mouth, Pose

ROOM = 14.0
"""Units around what is painted, for what a bend pushes out."""
GAZE_STEPS = 8
EYES_KEPT = 96


class HeadPainting:
    """Keeps ``canvas`` (premultiplied, ``HEAD_VIEW`` at ``HEAD_DETAIL`` × scale) as the pose asks."""

    def __init__(self, art: Art, sprites: Sprites, behind: BGR, light: Light, scale: float) -> None:
        self._art = art
        self._fine = scale * HEAD_DETAIL
        parts = {
            name: lighting.tinted(sprite, light)
            for name, sprite in sprites.parts.items()
            if not name.startswith(("body-", "hole-"))
        }
        self._holes = {name: sprite[:, :, 3] for name, sprite in sprites.parts.items() if name.startswith("hole-")}
        self._parts, self._skin, self._front = parts, parts["skin"], parts["front"]
        bare = over(self._front, self._skin)
        # Below the mouth it is the neck that lies behind, not the room.
        rows = np.arange(bare.shape[0], dtype=np.float32) / self._fine + HEAD_VIEW[1]
        keep = 1 - 0.9 * np.clip((rows - 60) / 40, 0, 1)
        glow = lighting.glow(bare, behind, light, 7 * self._fine)
        self._glow = np.asarray(glow * keep[:, None, None], np.uint8)
        self.canvas: Sprite = lighting.screen(bare, self._glow)
        self.box = self._painted(self.canvas)
        self.behind: Sprite | None = None
        """Hair behind the neck, cut to ``behind_box`` (head units)."""
        self.behind_box: Box = (0, 0, 0, 0)
        if "back" in parts:
            back = lighting.screen(parts["back"], lighting.glow(parts["back"], behind, light, 7 * self._fine))
            x, y, w, h = cv2.boundingRect(back[:, :, 3])
            self.behind = np.ascontiguousarray(back[y : y + h, x : x + w])
            x0, y0 = HEAD_VIEW[0] + x / self._fine, HEAD_VIEW[1] + y / self._fine
            self.behind_box = (x0, y0, x0 + w / self._fine, y0 + h / self._fine)
        self.jaw = 0.0
        """How far the jaw is open in the canvas, for the chin's drop."""
        self._mouths = {
            name: self._worn(sprite, *self._mouth_corner())
            for name, sprite in parts.items()
            if name.startswith("mouth-")
        }
        self._mouth: Mouth | None = None
        self._eyes: tuple[int, int, int] | None = None
        self._eyes_kept: dict[tuple[int, int, int], tuple[Sprite, Sprite]] = {}

    def show(self, pose: Pose) -> None:
        """Bring the canvas to the pose's eyes and mouth."""
        if pose.mouth != self._mouth:
            self._mouth = pose.mouth
            self._show_mouth(pose.mouth)
        levels = eyes.OPENNESS
        wanted = min(1.0, max(0.0, pose.eyes_open))
        level = min(range(len(levels)), key=lambda i: abs(levels[i] - wanted))
        gaze = (
            level,
            round(min(1.0, max(-1.0, pose.gaze_x)) * GAZE_STEPS),
            round(min(1.0, max(-1.0, pose.gaze_y)) * GAZE_STEPS),
        )
        if gaze != self._eyes:
            self._eyes = gaze
            self._show_eyes(gaze)

    # --- mouth -----------------------------------------------------------------------------------

    def _mouth_corner(self) -> tuple[int, int]:
        x, y = mouth.MOUTH_BOX[0] - HEAD_VIEW[0], mouth.MOUTH_BOX[1] + self._art.lips.y - HEAD_VIEW[1]
        return round(x * self._fine), round(y * self._fine)

    def _show_mouth(self, m: Mouth) -> None:
        """Mix the nearest sprites of the grid; press, tuck and tongue are mixed in last."""
        opening = min(1.0, max(0.0, m.open)) * (1 - m.press)
        width = min(1.0, max(-1.0, m.spread - m.round))
        i, u = _between(OPENINGS, opening)
        j, v = _between(WIDTHS, width)
        rows = [_mixed(self._mouths[mouth_name(k, j)], self._mouths[mouth_name(k, j + 1)], v) for k in (i, i + 1)]
        patch = _mixed(rows[0], rows[1], u)
        if m.tongue > 0.02:
            k, t = _between(TONGUES, opening)
            spoken = _mixed(self._mouths[f"mouth-tongue-{k}"], self._mouths[f"mouth-tongue-{k + 1}"], t)
            fits = min(1.0, opening / TONGUES[0]) * max(0.0, 1 - abs(width))
            patch = _mixed(patch, spoken, min(1.0, m.tongue) * fits)
        if m.tuck > 0.02:
            patch = _mixed(patch, self._mouths["mouth-tuck"], min(1.0, m.tuck))
        if m.press > 0.02:
            patch = _mixed(patch, self._mouths["mouth-press"], min(1.0, m.press))
        self._put(patch, *self._mouth_corner())
        self.jaw = opening * (1 - 0.6 * m.tuck)

    # --- eyes ------------------------------------------------------------------------------------

    def _eye_corner(self, side: int) -> tuple[int, int]:
        e = self._art.eyes
        x, y = side * e.x + eyes.EYE_BOX[0] - HEAD_VIEW[0], e.y + eyes.EYE_BOX[1] - HEAD_VIEW[1]
        return round(x * self._fine), round(y * self._fine)

    def _show_eyes(self, gaze: tuple[int, int, int]) -> None:
        pair = self._eyes_kept.get(gaze)
        if pair is None:
            pair = (self._eye(gaze, -1), self._eye(gaze, 1))
            if len(self._eyes_kept) >= EYES_KEPT:
                self._eyes_kept.pop(next(iter(self._eyes_kept)))
            self._eyes_kept[gaze] = pair
        for side, patch in zip((-1, 1), pair, strict=True):
            self._put(patch, *self._eye_corner(side))

    def _eye(self, gaze: tuple[int, int, int], side: int) -> Sprite:
        """One eye: the iris slides on the ball, the lids cut it and lie over it."""
        level, gx, gy = gaze
        name = "left" if side < 0 else "right"
        ball = self._parts[f"ball-{name}"]
        dx = gx / GAZE_STEPS * eyes.REACH_X * self._fine
        dy = gy / GAZE_STEPS * eyes.REACH_Y * self._fine
        move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = (ball.shape[1], ball.shape[0])
        hole = cv2.merge([self._holes[f"hole-{name}-{level}"]] * 4)
        iris, glint = (np.asarray(cv2.warpAffine(self._parts[p], move, size), np.uint8) for p in ("iris", "glint"))
        ball = np.asarray(cv2.multiply(over(iris, ball), hole, scale=1 / 255), np.uint8)
        glint = np.asarray(cv2.multiply(glint, hole, scale=1 / 255), np.uint8)
        return self._worn(over(glint, over(self._parts[f"lids-{name}-{level}"], ball)), *self._eye_corner(side))

    # --- patches ---------------------------------------------------------------------------------

    def _worn(self, sprite: Sprite, x: int, y: int) -> Sprite:
        """A sprite on the skin, under the hair, in the room's light: ready to replace that part."""
        h, w = sprite.shape[:2]
        part = np.s_[y : y + h, x : x + w]
        sprite = np.minimum(sprite, self._skin[part][:, :, 3:])  # nothing hangs over the jaw
        face = over(self._front[part], over(sprite, self._skin[part]))
        return lighting.screen(face, np.ascontiguousarray(self._glow[part]))

    def _put(self, patch: Sprite, x: int, y: int) -> None:
        h, w = patch.shape[:2]
        self.canvas[y : y + h, x : x + w] = patch

    def _painted(self, sprite: Sprite) -> Box:
        """Head units around everything painted, with room to bend."""
        x, y, w, h = cv2.boundingRect(sprite[:, :, 3])
        f = self._fine
        return (
            HEAD_VIEW[0] + x / f - ROOM,
            HEAD_VIEW[1] + y / f - ROOM * 0.5,
            HEAD_VIEW[0] + (x + w) / f + ROOM,
            HEAD_VIEW[1] + (y + h) / f + ROOM,
        )


def _between(levels: tuple[float, ...], value: float) -> tuple[int, float]:
    """The level below ``value`` (never the last) and how far it is to the next, 0…1."""
    i = min(max(bisect_right(levels, value) - 1, 0), len(levels) - 2)
    return i, min(1.0, max(0.0, (value - levels[i]) / (levels[i + 1] - levels[i])))


def _mixed(a: Sprite, b: Sprite, t: float) -> Sprite:
    if t < 0.004:
        return a
    if t > 0.996:
        return b
    return np.asarray(cv2.addWeighted(a, 1 - t, b, t, 0), np.uint8)
