"""The picture that is kept from tick to tick: only what changed is composed and converted again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import cv2
import numpy as np

from avatars.stage.canvas import Rect, Sprite, union
from engine.media import BGR, I420, VideoFormat

Ground = Callable[[BGR, Rect], None]
"""Paints what lies below all sprites into a rectangle of a picture."""

_NOTHING: Final = (0, 0, 0, 0)


class Shown(NamedTuple):
    """A sprite in the picture: moved by ``(dx, dy)`` px, ``strength`` 0…1."""

    sprite: Sprite
    dx: int = 0
    dy: int = 0
    strength: float = 1.0

    @property
    def same_as(self) -> tuple[int, int, int, float]:
        """Equal for what looks the same. Sprites are told apart by identity: they never change."""
        return id(self.sprite), self.dx, self.dy, self.strength

    @property
    def rect(self) -> Rect:
        left, top, right, low = self.sprite.ink
        return left + self.dx, top + self.dy, right + self.dx, low + self.dy


class Frame:
    """One picture as BGR and as I420, and the sprites that lie in it."""

    def __init__(self, size: VideoFormat) -> None:
        self._width, self._height = size.width_px, size.height_px
        self.all: Rect = (0, 0, self._width, self._height)
        self._bgr: BGR = np.zeros((self._height, self._width, 3), np.uint8)
        self._i420: I420 = np.zeros((self._height * 3 // 2, self._width), np.uint8)
        chroma = self._i420[self._height :].reshape(2, self._height // 2, self._width // 2)
        self._luma, self._u, self._v = self._i420[: self._height], chroma[0], chroma[1]
        self._lying: list[Shown] | None = None
        """What lies in the picture; None: the picture is to be composed whole."""

    def compose(self, ground: Ground, sprites: list[Shown], moved: Rect = _NOTHING, whole: bool = False) -> I420:
        """Bring the picture up to date.

        ``moved`` is where the ground has changed since the last picture. With ``whole`` all of it has, and
        will have for the next picture too.
        """
        before, self._lying = self._lying, None  # should this fail, the next picture is composed whole
        stale = [self.all] if whole or before is None else self._stale(before, sprites, moved)
        for rect in stale:
            left, top, right, low = rect
            part = self._bgr[top:low, left:right]
            ground(part, rect)
            for sprite, dx, dy, strength in sprites:
                sprite.draw(part, dx - left, dy - top, strength)
        for rect in stale:
            self._convert(rect)
        self._lying = None if whole else sprites
        return self._i420

    def _stale(self, before: list[Shown], sprites: list[Shown], moved: Rect) -> list[Rect]:
        """Rectangles that must be composed anew: none overlap, all are even (chroma has half the size)."""
        old, new = [s.same_as for s in before], [s.same_as for s in sprites]
        rects = [moved]
        if old != new:
            gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
            if [s for s in old if s not in gone] != [s for s in new if s not in come]:
                return [self.all]  # what stayed lies in another order
            rects += [s.rect for s, key in zip(before, old, strict=True) if key in gone]
            rects += [s.rect for s, key in zip(sprites, new, strict=True) if key in come]
        return apart(self._even(rect) for rect in rects)

    def _even(self, rect: Rect) -> Rect:
        left, top, right, low = rect
        return (
            max(0, left) & ~1, max(0, top) & ~1,
            min(self._width, right + 1) & ~1, min(self._height, low + 1) & ~1,
        )  # fmt: skip

    def _convert(self, rect: Rect) -> None:
        if rect == self.all:
            cv2.cvtColor(self._bgr, cv2.COLOR_BGR2YUV_I420, dst=self._i420)
            return
        left, top, right, low = rect
        width, height = right - left, low - top
        planes = cv2.cvtColor(self._bgr[top:low, left:right], cv2.COLOR_BGR2YUV_I420)
        chroma = planes[height:].reshape(2, height // 2, width // 2)
        self._luma[top:low, left:right] = planes[:height]
        half = np.s_[top // 2 : low // 2, left // 2 : right // 2]
        self._u[half], self._v[half] = chroma


def apart(rects: Iterable[Rect]) -> list[Rect]:
    """Rectangles that cover all of ``rects`` and do not overlap; empty ones are left out.

    >>> apart([(0, 0, 4, 4), (2, 2, 6, 6), (8, 0, 9, 9), (5, 5, 5, 9)])
    [(8, 0, 9, 9), (0, 0, 6, 6)]
    """
    found: list[Rect] = []
    for rect in rects:
        if rect[0] >= rect[2] or rect[1] >= rect[3]:
            continue
        while met := [other for other in found if overlap(rect, other)]:
            found = [other for other in found if other not in met]
            rect = union(rect, *met)
        found.append(rect)
    return found


def overlap(a: Rect, b: Rect) -> bool:
    """The two have a pixel in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
