"""A host standing on one background: pose to pixels, a few milliseconds a picture.

The body with its arms is laid on the background once for every small step of breath and lean that
occurs and kept (``_Bodies``); drawing it again is a copy. The head's painting is put together when
the face changes, then bent, turned and laid on in one go.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from avatars.faces.illustrated import body as body_drawing
from avatars.faces.illustrated import light as lighting
from avatars.faces.illustrated.baking import HEAD_DETAIL, Sprites, body_name
from avatars.faces.illustrated.light import Light
from avatars.faces.illustrated.look import BODY_VIEW, HEAD_VIEW, HEAD_Y, NECK_Y, TABLE_Y, TOP_Y, Art
from avatars.faces.illustrated.mouth import SMILE
from avatars.faces.illustrated.painting import HeadPainting
from avatars.faces.illustrated.svg import Sprite
from avatars.faces.illustrated.warp import Bend, mesh
from engine.media import BGR, Placement, Pose

Affine = NDArray[np.float64]
Box = tuple[int, int, int, int]

BREATH_STRETCH = 0.0036
"""The body grows by this much from the table up at breath 1."""
BREATH_STEPS, LEAN_STEPS_PER_DEG = 6, 24
BODIES_KEPT = 28
_NO_SECOND_MAP: Any = None  # the stubs of cv2 ask for one; an empty array gives noise


class IllustratedFigure:
    """See ``engine.ports.Figure``."""

    def __init__(self, art: Art, sprites: Sprites, background: BGR, place: Placement, light: Mapping[str, Any]) -> None:
        self._art = art
        self._place = place
        self._scale = (place.bottom_px - place.top_px) / (TABLE_Y - TOP_Y)
        self._height, self._width = background.shape[:2]
        self._bottom = min(self._height, math.floor(place.bottom_px))
        lit = Light.of(light)
        small = cv2.resize(background, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), 5.5 * self._scale), (self._width, self._height))
        blurred = np.asarray(soft, np.uint8)
        head_behind = self._under(blurred, HEAD_VIEW, HEAD_Y, self._scale * HEAD_DETAIL, sprites.part("skin").shape)
        self._painting = HeadPainting(art, sprites, head_behind, lit, self._scale)
        self._box = self._reach()
        x, y, w, h = self._box
        corner = self._corner(BODY_VIEW, 0.0)
        backdrop = lighting.shadowed(background, sprites.part(body_name("rest", 0))[:, :, 3], corner, self._scale)
        corner = self._corner(HEAD_VIEW, HEAD_Y)
        head = cv2.resize(self._painting.canvas[:, :, 3], None, fx=1 / HEAD_DETAIL, fy=1 / HEAD_DETAIL)
        backdrop = lighting.shadowed(backdrop, np.asarray(head, np.uint8), corner, self._scale)
        part = np.s_[y : y + h, x : x + w]
        weight = self._faded(w, h)
        self._backdrop = np.asarray(background[part] * (1 - weight) + backdrop[part] * weight, np.uint8)
        behind = self._under(blurred, BODY_VIEW, 0.0, self._scale, sprites.part(body_name("rest", 0)).shape)
        self._bodies: dict[str, tuple[Sprite, tuple[int, int]]] = {}
        table_row = round((TABLE_Y - BODY_VIEW[1]) * self._scale)
        for name, sprite in sprites.parts.items():
            if name.startswith("body-"):
                worn = lighting.settled(lighting.tinted(sprite, lit), table_row, round(150 * self._scale))
                worn = lighting.screen(worn, lighting.glow(worn, behind, lit, 7 * self._scale))
                left, top, wide, high = cv2.boundingRect(worn[:, :, 3])
                self._bodies[name] = np.ascontiguousarray(worn[top : top + high, left : left + wide]), (left, top)
        self._kept: OrderedDict[tuple[str, int, int], tuple[BGR, NDArray[np.uint8]]] = OrderedDict()

    @property
    def box_px(self) -> Box:
        return self._box

    def draw(self, canvas: BGR, pose: Pose) -> None:
        x, y, w, h = self._box
        picture, body_alpha = self._body(pose)
        area = canvas[y : y + h, x : x + w]
        area[:] = picture
        self._painting.show(pose)
        place = self._head_place(pose)
        self._lay_behind(area, place, pose.yaw_deg, body_alpha)
        bend = Bend(
            yaw=math.radians(pose.yaw_deg),
            pitch=math.radians(pose.pitch_deg),
            jaw=self._painting.jaw,
            brow=pose.brow,
            smile=pose.smile - SMILE,
        )
        self._lay_head(area, place, bend)

    # --- places ----------------------------------------------------------------------------------

    def _corner(self, view: tuple[float, float, float, float], down: float) -> tuple[int, int]:
        """The pixel of a view's upper left corner at rest."""
        s, p = self._scale, self._place
        return round(p.center_px + view[0] * s), round(p.top_px + (view[1] + down - TOP_Y) * s)

    def _reach(self) -> Box:
        """Everything draw may touch: all body drawings, and the head with room to move."""
        s, p = self._scale, self._place
        left, right = p.center_px + BODY_VIEW[0] * s - 8, p.center_px + BODY_VIEW[2] * s + 8
        x0, x1 = max(0, math.floor(left)), min(self._width, math.ceil(right))
        y0 = max(0, math.floor(p.top_px - 40 * s))
        return x0, y0, x1 - x0, max(0, self._bottom - y0)

    def _faded(self, width: int, height: int) -> NDArray[np.float32]:
        """1 inside the box, easing to 0 at its sides and top: the shadow must not end in an edge."""
        reach = 56 * self._scale
        across = np.arange(width, dtype=np.float32)
        sides = np.minimum(across, across[::-1])
        from_edge = np.minimum(sides[None, :], np.arange(height, dtype=np.float32)[:, None])
        t = np.clip(from_edge / reach, 0, 1)[:, :, None]
        return np.asarray(t * t * (3 - 2 * t), np.float32)

    def _under(
        self, picture: BGR, view: tuple[float, float, float, float], down: float, scale: float, shape: tuple[int, ...]
    ) -> BGR:
        """``picture`` as it lies behind a view at rest, at ``scale`` pixels to a unit."""
        ratio = self._scale / scale
        s, p = self._scale, self._place
        x, y = p.center_px + view[0] * s, p.top_px + (view[1] + down - TOP_Y) * s
        m = np.array([[ratio, 0, x], [0, ratio, y]], np.float64)
        size = (shape[1], shape[0])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(picture, m, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def _body_to_box(self, breath: float, lean_deg: float) -> Affine:
        """Body units to pixels of the box: stretched by the breath and turned about the table's edge."""
        s, p = self._scale, self._place
        a = math.radians(lean_deg)
        c, n = math.cos(a), math.sin(a)
        stretch = 1 + BREATH_STRETCH * breath
        foot_x, foot_y = p.center_px - self._box[0], p.bottom_px - self._box[1]
        return np.array([
            [s * c, -s * n * stretch, foot_x + s * n * stretch * TABLE_Y],
            [s * n, s * c * stretch, foot_y - s * c * stretch * TABLE_Y],
        ])  # fmt: skip

    def _head_place(self, pose: Pose) -> Affine:
        """Head units to pixels of the box."""
        a = math.radians(pose.roll_deg)
        c, n = math.cos(a), math.sin(a)
        pivot = NECK_Y - HEAD_Y
        turn = np.array([
            [c, -n, n * pivot + 10 * math.sin(math.radians(pose.yaw_deg))],
            [n, c, NECK_Y - c * pivot + 0.24 * pose.nod + 12 * math.sin(math.radians(pose.pitch_deg))],
            [0, 0, 1],
        ])  # fmt: skip
        return np.asarray(self._body_to_box(pose.breath, pose.lean_deg) @ turn)

    # --- layers ----------------------------------------------------------------------------------

    def _body(self, pose: Pose) -> tuple[BGR, NDArray[np.uint8]]:
        """The backdrop with the body on it, and the body's alpha; from the kept ones if possible."""
        step = round(min(1.0, max(0.0, pose.gesture_amount)) * body_drawing.STEPS)
        name = body_name(pose.gesture, step)
        if name not in self._bodies:
            name = body_name("rest", 0)
        breath = round(min(1.5, max(-1.5, pose.breath)) * BREATH_STEPS)
        lean = round(pose.lean_deg * LEAN_STEPS_PER_DEG)
        key = (name, breath, lean)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        place = self._body_to_box(breath / BREATH_STEPS, lean / LEAN_STEPS_PER_DEG)
        body, (x, y) = self._bodies[name]
        unit = 1 / self._scale
        from_sprite = np.array([[unit, 0, BODY_VIEW[0] + x * unit], [0, unit, BODY_VIEW[1] + y * unit], [0, 0, 1]])
        place = place @ from_sprite
        left, top, right, low = self._around(place, (0, 0, body.shape[1], body.shape[0]))
        place[:, 2] -= (left, top)
        if right == left or low == top:
            return self._backdrop, np.zeros(self._backdrop.shape[:2], np.uint8)
        sprite = np.asarray(cv2.warpAffine(body, place, (right - left, low - top), flags=cv2.INTER_LINEAR), np.uint8)
        alpha = np.zeros(self._backdrop.shape[:2], np.uint8)
        alpha[top:low, left:right] = sprite[:, :, 3]
        picture = self._backdrop.copy()
        _blend(picture[top:low, left:right], sprite)
        self._kept[key] = (picture, alpha)
        if len(self._kept) > BODIES_KEPT:
            self._kept.popitem(last=False)
        return picture, alpha

    def _around(self, place: Affine, box: tuple[float, float, float, float]) -> Box:
        """Pixels of the figure's box (left, top, right, low) around a transformed box; may be empty."""
        x0, y0, x1, y1 = box
        corners = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]]) @ place.T
        limits = (self._box[2], self._box[3])
        left, top = np.clip(np.floor(corners.min(0)).astype(int), 0, limits).tolist()
        right, low = np.clip(np.ceil(corners.max(0)).astype(int), 0, limits).tolist()
        return left, top, max(left, right), max(top, low)

    def _lay_behind(self, area: BGR, place: Affine, yaw_deg: float, body_alpha: NDArray[np.uint8]) -> None:
        """Lay the hair behind the neck: it turns the other way, and the body hides it."""
        if self._painting.behind is None:
            return
        x0, y0, x1, y1 = self._painting.behind_box
        unit = 1 / (self._scale * HEAD_DETAIL)
        away = x0 - 14 * math.sin(math.radians(yaw_deg))
        place = place @ np.array([[unit, 0, away], [0, unit, y0], [0, 0, 1]])
        left, top, right, low = self._around(place, (0, 0, (x1 - x0) / unit, (y1 - y0) / unit))
        if right == left or low == top:
            return
        place[:, 2] -= (left, top)
        sprite = cv2.warpAffine(self._painting.behind, place, (right - left, low - top), flags=cv2.INTER_LINEAR)
        seen = cv2.merge([255 - body_alpha[top:low, left:right]] * 4)
        _blend(area[top:low, left:right], np.asarray(cv2.multiply(sprite, seen, scale=1 / 255), np.uint8))

    def _lay_head(self, area: BGR, place: Affine, bend: Bend) -> None:
        """Bend the painting of the head, put it in its place and lay it on ``area``."""
        left, top, right, low = self._around(place, self._painting.box)
        if right == left or low == top:
            return
        inverse = np.linalg.inv(np.vstack([place, [0, 0, 1]]))[:2]
        inverse[:, 2] += inverse[:, 0] * left + inverse[:, 1] * top
        art, fine = self._art, self._scale * HEAD_DETAIL
        brow_y = art.eyes.y - 32
        source = mesh((right - left, low - top), inverse, HEAD_VIEW[:2], fine, bend, art.lips.y, brow_y)
        sprite = cv2.remap(
            self._painting.canvas, source, _NO_SECOND_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
        )
        _blend(area[top:low, left:right], np.asarray(sprite, np.uint8))


def _blend(under: BGR, sprite: Sprite) -> None:
    """Lay a premultiplied sprite on a picture of the same size, in place."""
    rest = cv2.cvtColor(255 - sprite[:, :, 3], cv2.COLOR_GRAY2BGR)
    dimmed = cv2.multiply(under, rest, scale=1 / 255)
    cv2.add(dimmed, cv2.cvtColor(sprite, cv2.COLOR_BGRA2BGR), dst=under)
