"""The body: neck, torso and arms; one drawing for each step of each gesture."""

from __future__ import annotations

import cv2
import numpy as np

from avatars.faces.illustrated import arms as arm_drawing
from avatars.faces.illustrated.arms import between, mirrored
from avatars.faces.illustrated.curves import ellipse, smooth
from avatars.faces.illustrated.look import ARM_VIEW, BODY_VIEW, Art
from avatars.faces.illustrated.svg import Drawing, Sprite, over

STEPS = 10
"""Drawings between rest and a whole gesture."""


def torso(art: Art, scale: float) -> Sprite:
    """Collar, neck with the chin's shadow, and clothes; no arms."""
    d = Drawing(BODY_VIEW)
    art.collar_back(d)
    _neck(d, art)
    art.torso(d)
    return d.raster(scale)


def _neck(d: Drawing, art: Art) -> None:
    s, w = art.skin, art.neck_width / 2
    points = [
        (-w, 190),
        (-w + 1, 250),
        (-w - 3, 290),
        (-w - 16, 345),
        (w + 16, 345),
        (w + 3, 290),
        (w - 1, 250),
        (w, 190),
    ]
    shape = smooth(points, closed=True, tension=0.7)
    d.fill(shape, d.linear((-w, 0, w, 20), (0, s.base), (0.45, s.turn), (1, s.shade)))
    with d.clipped(shape):
        d.fill(ellipse(6, 240, w * 1.25, 38), "#a04a3a", 0.60, blur=6)
        d.fill(ellipse(9, 234, w * 1.1, 26), "#7c3434", 0.42, blur=4)
        d.stroke(smooth([(w, 250), (w + 2, 290), (w + 14, 330)]), s.core, 18, 0.5, blur=7)
        d.fill(ellipse(-w * 0.35, 298, w * 0.30, 20), s.light, 0.35, blur=7)
        d.stroke(smooth([(-4, 316), (0, 324), (6, 317)]), s.core, 5, 0.35, blur=3)
    d.crescent(shape, s.rim, (-3, 0), 1.3, 0.55)


def arm(art: Art, side: int, gesture: str, amount: float, scale: float) -> Sprite:
    """One arm, ``amount`` (0…1) of the way from rest to ``gesture``; ``side`` +1 is the viewer's right."""
    x0, y0, x1, y1 = ARM_VIEW
    d = Drawing(ARM_VIEW if side > 0 else (-x1, y0, -x0, y1))
    at_rest = art.rest[side > 0]
    target = art.gestures.get(gesture, (None, None))[side > 0]
    pose = between(at_rest, target, amount) if target else at_rest
    arm_drawing.draw(d, pose if side > 0 else mirrored(pose), art.sleeve, side)
    return d.raster(scale)


def whole(torso_sprite: Sprite, left: Sprite, right: Sprite, scale: float) -> Sprite:
    """Both arms laid on the torso, the left one last, with the soft shadow they throw on it."""
    shown = np.zeros_like(torso_sprite)
    for sprite, view_x in ((right, ARM_VIEW[0]), (left, -ARM_VIEW[2])):
        x, y = round((view_x - BODY_VIEW[0]) * scale), round((ARM_VIEW[1] - BODY_VIEW[1]) * scale)
        h, w = min(sprite.shape[0], shown.shape[0] - y), min(sprite.shape[1], shown.shape[1] - x)
        shown[y : y + h, x : x + w] = over(sprite[:h, :w], shown[y : y + h, x : x + w])
    alpha = shown[:, :, 3]
    small = cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    cast = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2 * scale), (alpha.shape[1], alpha.shape[0]))
    move = np.array([[1, 0, 4 * scale], [0, 1, 7 * scale]], np.float32)
    cast = cv2.warpAffine(cast, move, (alpha.shape[1], alpha.shape[0]))
    # None at the shoulder, where the sleeve is one with the torso.
    rows = np.arange(alpha.shape[0], dtype=np.float32) / scale + BODY_VIEW[1]
    depth = 0.36 * np.clip((rows - 400) / 110, 0, 1)
    keep = 1 - depth[:, None, None] * cast.astype(np.float32)[:, :, None] / 255
    shaded = torso_sprite.copy()
    shaded[:, :, :3] = (torso_sprite[:, :, :3] * keep).astype(np.uint8)
    return over(shown, shaded)
