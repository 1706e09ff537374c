"""The body: neck, torso and arms; one drawing for each step of each gesture."""

from __future__ import annotations

import cv2
import numpy as np

from avatars.faces.illustrated import arms as arm_drawing
from avatars.faces.illustrated.arms import between, mirrored
from avatars.faces.illustrated.curves import ellipse, smooth
from avatars.faces.illustrated.look import BODY_VIEW, Art
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
    points = [(-w, 190), (-w + 1, 250), (-w - 3, 290), (-w - 16, 345), (w + 16, 345), (w + 3, 290), (w - 1, 250), (w, 190)]
    shape = smooth(points, closed=True, tension=0.7)
    d.fill(shape, d.linear((-w, 0, w, 20), (0, s.base), (0.45, s.turn), (1, s.shade)))
    with d.clipped(shape):
        d.fill(ellipse(6, 240, w * 1.25, 38), "#a04a3a", 0.60, blur=6)
        d.fill(ellipse(9, 234, w * 1.1, 26), "#7c3434", 0.42, blur=4)
        d.stroke(smooth([(w, 250), (w + 2, 290), (w + 14, 330)]), s.core, 18, 0.5, blur=7)
        d.fill(ellipse(-w * 0.35, 298, w * 0.30, 20), s.light, 0.35, blur=7)
        d.stroke(smooth([(-4, 316), (0, 324), (6, 317)]), s.core, 5, 0.35, blur=3)
    d.crescent(shape, s.rim, (-3, 0), 1.3, 0.55)


def arms(art: Art, gesture: str, amount: float, scale: float) -> Sprite:
    """Both arms, ``amount`` (0…1) of the way from rest to ``gesture``."""
    d = Drawing(BODY_VIEW)
    left, right = art.gestures.get(gesture, (None, None))
    right_arm = between(art.rest[1], right, amount) if right else art.rest[1]
    left_arm = between(art.rest[0], left, amount) if left else art.rest[0]
    arm_drawing.draw(d, right_arm, art.sleeve, 1)
    arm_drawing.draw(d, mirrored(left_arm), art.sleeve, -1)
    return d.raster(scale)


def whole(torso_sprite: Sprite, arms_sprite: Sprite, scale: float) -> Sprite:
    """Arms laid on the torso, with the soft shadow they throw on it."""
    alpha = arms_sprite[:, :, 3]
    cast = cv2.GaussianBlur(alpha, (0, 0), 8 * scale)
    move = np.array([[1, 0, 4 * scale], [0, 1, 7 * scale]], np.float32)
    cast = cv2.warpAffine(cast, move, (alpha.shape[1], alpha.shape[0]))
    keep = 1 - 0.34 * cast.astype(np.float32)[:, :, None] / 255
    shaded = torso_sprite.copy()
    shaded[:, :, :3] = (torso_sprite[:, :, :3] * keep * (1, 0.98, 1.0)).astype(np.uint8)
    return over(arms_sprite, shaded)
