"""What an art file (``avatars/hosts/<name>/art.py``) must offer: proportions, paints and drawings.

Design units: the skull is 240 units from crown to chin. Head drawings have their origin in the middle
of the head (crown y = −118, chin y ≈ +118). Body drawings have their origin above the hair, in
the middle of the figure; the head's middle stands at y = ``HEAD_Y`` and the table edge at ``TABLE_Y``.
Light: a soft key from the upper left, and a rim from the right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from avatars.faces.illustrated.arms import Arm, Sleeve
from avatars.faces.illustrated.curves import Box, Point
from avatars.faces.illustrated.svg import Drawing

TOP_Y = 17.0
"""The top of the hair, in body coordinates."""
HEAD_Y = 157.0
TABLE_Y = 771.0
"""At 754 units, the talk layout of a 720 × 1280 picture is drawn at exactly one pixel to a unit."""
NECK_Y = 262.0
"""Where the head turns, in body coordinates: under the chin."""
HEAD_VIEW: Box = (-140, -164, 140, 150)
FOOT_Y = TABLE_Y + 9
"""Bodies are drawn a little below the table's edge, so that a lean leaves no gap there."""
BODY_VIEW: Box = (-330, 170, 330, FOOT_Y)
ARM_VIEW: Box = (-130, 330, 330, FOOT_Y)
"""The arm on the viewer's right; the other one's is its mirror image."""


@dataclass(frozen=True)
class Skin:
    """From light to core shadow; ``lip`` is (body, upper, edge, line)."""

    light: str
    base: str
    turn: str
    shade: str
    core: str
    blush: str
    rim: str
    lip: tuple[str, str, str, str]
    lip_opacity: float = 1.0


@dataclass(frozen=True)
class Eyes:
    """``x``, ``y``: centre of the eye from the head's; ``slant``: how far the outer corner is raised."""

    x: float
    y: float
    scale: float
    slant: float
    lid: float
    wing: float
    iris: tuple[str, str, str, str]
    lash: str = "#2a1614"


@dataclass(frozen=True)
class Brows:
    """Tapered strokes of short hairs; points from the inner end outwards, from the eye's centre."""

    points: tuple[Point, ...]
    widths: tuple[float, ...]
    colour: str


@dataclass(frozen=True)
class Lips:
    """``half``: half width at rest; ``upper``/``lower``: heights of the lips at rest."""

    y: float
    half: float
    upper: float
    lower: float


@dataclass(frozen=True)
class Nose:
    y: float
    half: float
    bridge: float = 1.0
    """How strongly the bridge is modelled, 0…1."""


@dataclass(frozen=True)
class Art:
    """One host, ready to be drawn."""

    skin: Skin
    eyes: Eyes
    brows: Brows
    lips: Lips
    nose: Nose
    face: tuple[Point, ...]
    """The right half of the face's outline, as cubic segments: start, then (handle, handle, end)…"""
    sleeve: Sleeve
    rest: tuple[Arm, Arm]
    """The arms at rest: the one on the viewer's left, then on the viewer's right."""
    gestures: dict[str, tuple[Arm | None, Arm | None]]
    """Where each arm goes; None stays at rest."""
    ears: Callable[[Drawing], None]
    hair_back: Callable[[Drawing], None] | None
    hair_front: Callable[[Drawing], None]
    beard: Callable[[Drawing], None] | None
    neck_width: float
    collar_back: Callable[[Drawing], None]
    torso: Callable[[Drawing], None]
