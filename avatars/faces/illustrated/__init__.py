"""Illustrated hosts: drawn as vectors by code, baked to sprites, moved as a 2.5-D puppet.

``look`` says what an art file offers; ``head``, ``eyes``, ``mouth``, ``body``, ``arms``, ``hands`` and
``strands`` draw; ``baking`` makes and keeps the pixels; ``painting``, ``warp``, ``light`` and ``figure``
put them on a picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avatars.faces.illustrated.baking import bake as _bake
from avatars.faces.illustrated.baking import load_art
from avatars.faces.illustrated.figure import IllustratedFigure
from avatars.faces.illustrated.look import TABLE_Y, TOP_Y
from engine.errors import PictureError
from engine.media import BGR, Placement
from engine.ports import Face, Figure


class IllustratedFace:
    """See ``engine.ports.Face``."""

    def __init__(self, host: Path) -> None:
        self._host = host
        self._art = load_art(host)

    def stand(self, background: BGR, place: Placement, light: Mapping[str, Any]) -> Figure:
        if place.bottom_px <= place.top_px:
            raise PictureError("a host's table edge must be below the top of the hair")
        scale = (place.bottom_px - place.top_px) / (TABLE_Y - TOP_Y)
        sprites = _bake(self._host, scale).scaled(scale)
        return IllustratedFigure(self._art, sprites, background, place, light)


def create(host: Path) -> Face:
    """The face of the host in this folder (``avatars/hosts/<name>``)."""
    return IllustratedFace(Path(host))


def bake(host: Path, scale: float = 1.0) -> None:
    """Fill the cache for this host, so that :meth:`Face.stand` is quick; 1.0 serves 720 × 1280."""
    _bake(Path(host), scale)


__all__ = ["bake", "create"]
