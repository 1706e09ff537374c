"""The stage: scene and pose to a finished picture.

``create`` builds a stage for one room. Scenery, cards, captions and plate are drawn once and kept; a
picture costs what changed.
"""

from __future__ import annotations

from pathlib import Path

from avatars.stage.compose import RoomStage
from avatars.stage.layout import grid
from avatars.stage.look import Look, words
from avatars.stage.theme import load
from engine.media import Language, VideoFormat
from engine.ports import Face

__all__ = ["create"]


def create(
    format: VideoFormat,
    theme: str,
    language: Language,
    face: Face | None,
    cache: Path,
    brand: str | None = None,
) -> RoomStage:
    """A stage for pictures of ``format``.

    ``theme`` names a file of ``themes/`` (or is the path of one), ``brand`` (``#RRGGBB``) replaces its
    brand colour, ``face`` is the host (None: an empty room), ``cache`` a folder for what takes long to draw.

    Raises:
        ConfigError: the theme does not exist or is wrong.
        PictureError: the theme's drawings or a font cannot be read.
    """
    cache.mkdir(parents=True, exist_ok=True)
    look = Look(load(theme, brand), language, grid(format), words(language), cache)
    return RoomStage(look, format, face)
