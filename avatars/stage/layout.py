"""Where everything stands, in design units: 720 × 1280 portrait, 1280 × 720 landscape.

Other sizes scale by the short side; the grid is centred when the shape differs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engine.media import Layout, Placement, VideoFormat


@dataclass(frozen=True, slots=True)
class Box:
    """A zone in design units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of one layout."""

    captions: Box
    card: Box
    bubble: Box
    slip: Box
    goods: Box
    """The large product: close-up; left product in a comparison."""
    goods_right: Box
    board: Box
    text: Box
    """Title and subtitle of a slate; facts of a close-up."""
    host: Placement | None
    edge: float
    """Where the table starts."""
    centred: bool
    """Captions centred (portrait) or from the left (landscape)."""


PLATE_PORTRAIT = Box(0, 166, 500, 102)
PLATE_LANDSCAPE = Box(64, 36, 500, 102)
FACE_PORTRAIT = Box(190, 268, 330, 262)
FACE_LANDSCAPE = Box(500, 80, 220, 210)

_P = Zones(
    captions=Box(40, 676, 640, 124),
    card=Box(24, 812, 672, 172),
    bubble=Box(32, 530, 594, 134),
    slip=Box(574, 282, 122, 286),
    goods=Box(36, 284, 196, 286),
    goods_right=Box(488, 284, 196, 286),
    board=Box(24, 744, 672, 246),
    text=Box(60, 312, 600, 420),
    host=Placement(357, 290, 1034),
    edge=1040,
    centred=True,
)
_L = Zones(
    captions=Box(64, 556, 740, 124),
    card=Box(840, 84, 376, 512),
    bubble=Box(64, 166, 340, 370),
    slip=Box(64, 166, 340, 370),
    goods=Box(700, 66, 516, 400),
    goods_right=Box(0, 0, 0, 0),
    board=Box(760, 66, 456, 530),
    text=Box(140, 150, 1000, 290),
    host=Placement(620, 94, 640),
    edge=640,
    centred=False,
)

_PORTRAIT: dict[Layout, Zones] = {
    "talk": _P,
    "offer": replace(_P, slip=Box(574, 276, 122, 270), captions=Box(40, 556, 640, 124),
                      card=Box(24, 706, 672, 284)),
    "closeup": replace(_P, captions=Box(40, 786, 640, 124),
                        card=Box(24, 922, 672, 68), goods=Box(34, 288, 440, 340),
                        text=Box(32, 676, 424, 92),
                        host=Placement(556, 552, 1206), edge=1212),
    "compare": replace(_P, captions=Box(40, 606, 640, 124),
                        host=Placement(360, 292, 1034)),
    "slate": replace(_P, host=None),
}
_LANDSCAPE: dict[Layout, Zones] = {
    "talk": _L,
    "offer": _L,
    "closeup": replace(_L, captions=Box(64, 556, 650, 124), card=Box(740, 574, 476, 68),
                        text=Box(740, 482, 476, 80), goods=Box(740, 70, 476, 396),
                        host=Placement(560, 150, 640)),
    "compare": replace(_L, host=Placement(586, 152, 640)),
    "slate": replace(_L, host=None),
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture's size and how design units map to it."""

    width_px: int
    height_px: int
    portrait: bool
    scale: float
    """px per design unit."""
    plate_scale: float
    """px per design unit of the plate: always short side / 720, the law counts from there."""
    left_px: int
    top_px: int

    def zones(self, layout: Layout) -> Zones:
        return (_PORTRAIT if self.portrait else _LANDSCAPE)[layout]

    def placement(self, layout: Layout) -> Placement | None:
        """Where the host stands, in px."""
        host = self.zones(layout).host
        if host is None:
            return None
        s, x, y = self.scale, self.left_px, self.top_px
        return Placement(x + host.center_px * s, y + host.top_px * s, y + host.bottom_px * s)

    @property
    def label_px(self) -> int:
        """Font size of the AI label: its ink must be at least 5 % of the short side."""
        return math.ceil(0.0556 * min(self.width_px, self.height_px))


def grid(size: VideoFormat) -> Grid:
    """The grid of a video format."""
    portrait = size.is_portrait
    columns, rows = (720, 1280) if portrait else (1280, 720)
    scale = min(size.width_px / columns, size.height_px / rows)
    return Grid(
        width_px=size.width_px,
        height_px=size.height_px,
        portrait=portrait,
        scale=scale,
        plate_scale=min(size.width_px, size.height_px) / 720,
        left_px=round((size.width_px - columns * scale) / 2),
        top_px=round((size.height_px - rows * scale) / 2),
    )
