"""What every part of the stage paints with: theme, language, grid, words and text styles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from avatars.stage.canvas import Bgra, Pane, Sprite
from avatars.stage.goods import Good, good
from avatars.stage.layout import Box, Grid
from avatars.stage.text import Style
from avatars.stage.theme import Theme
from engine.media import Language

_STYLES: Final[Mapping[Language, Mapping[str, Style]]] = {
    "zh": {
        "label": Style(40, 400, 420, 0.03),
        "show": Style(26),
        "caption": Style(46, 700, 680),
        "question": Style(34, 700, 650),
        "name": Style(32, 700, 650),
        "small": Style(24),
        "small_bold": Style(24, 700, 650),
        "title": Style(108, 700, 650, 0.08, serif=True),
        "strip": Style(40, 700, 650, 0.02, serif=True),
        "upright": Style(30, 700, 650, serif=True),
        "subtitle": Style(32, 400, 400, 0.03),
    },
    "en": {
        "label": Style(40, 400, 560, -0.018),
        "show": Style(26, 400, 500),
        "caption": Style(42, 700, 650, -0.014),
        "question": Style(34, 700, 650, -0.012),
        "name": Style(32, 700, 650, -0.012),
        "small": Style(24),
        "small_bold": Style(24, 700, 640),
        "title": Style(84, 700, 620, -0.04),
        "strip": Style(36, 700, 650, -0.015),
        "upright": Style(24, 700, 600),
        "subtitle": Style(32, 400, 420, -0.008),
    },
}
_PRICE: Final = Style(58, 700, 720, -0.02, tabular=True)
_FIGURE: Final = Style(28, 700, 640, tabular=True)


@dataclass(frozen=True, slots=True)
class Look:
    """The painter's table of one stage."""

    theme: Theme
    language: Language
    grid: Grid
    words: Mapping[str, Any]
    cache: Path

    def style(self, role: str, size: float | None = None) -> Style:
        """The text style of a role (``price`` and ``figure`` are the same in every language)."""
        style = {"price": _PRICE, "figure": _FIGURE}.get(role) or _STYLES[self.language][role]
        return style if size is None else style.sized(size)

    def pane(self, width: float, height: float) -> Pane:
        return Pane(width, height, self.grid.scale)

    def finish(self, pane: Pane, x: float, y: float) -> Sprite:
        """The pane as a sprite with its corner at ``(x, y)`` units of the grid."""
        sprite = pane.sprite(x, y)
        return Sprite(
            sprite.x + self.grid.left_px,
            sprite.y + self.grid.top_px,
            sprite.width,
            sprite.height,
            sprite.pieces,
        )

    def good(self, path: Path | None) -> Good:
        return _good(path, _stamp(path), self.cache)

    def fitted(self, path: Path | None, box: Box) -> tuple[Bgra, float, float]:
        """A product picture as large as the box allows, with its size in units."""
        s = self.grid.scale
        image = self.good(path).fitted(max(1, round(box.width * s)), max(1, round(box.height * s)))
        return image, image.shape[1] / s, image.shape[0] / s


@lru_cache(maxsize=24)
def _good(path: Path | None, stamp: float, cache: Path) -> Good:
    return good(path, cache)


def _stamp(path: Path | None) -> float:
    try:
        return path.stat().st_mtime if path else 0.0
    except OSError:
        return 0.0


def words(language: Language) -> Mapping[str, Any]:
    """The stage's own words (``words.yaml``)."""
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)[language]
    return found
