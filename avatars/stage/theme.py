"""Themes: colours, text styles and scenery as data, one YAML file each in ``themes/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from avatars.stage.canvas import Colour, colour
from engine.errors import ConfigError

FOLDER: Final = Path(__file__).parent / "themes"

_COLOURS: Final = (
    "paper", "paper_low", "disc", "disc_low", "line", "ink", "muted", "sale", "brand", "brand_ink", "audience",
    "audience_ink", "said", "lit", "to_come", "ground", "plate", "plate_low", "plate_edge", "plate_title",
    "plate_ink", "strip", "strip_low", "strip_ink", "lit_row", "slate_ink", "slate_second", "shade",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by token, and where the scenery stands.

    ``captions``: ``scrim`` (text on the darkened scene) or ``plate`` (one opaque plate a line).
    ``light``: what a face is told about the room (``dark``, ``tint``).
    """

    name: str
    folder: Path
    colours: Mapping[str, Colour]
    captions: Literal["scrim", "plate"]
    mark: Literal["seal", "tile"]
    shadow: float
    light: Mapping[str, Any]
    scenery: Mapping[str, Any]

    def __getitem__(self, token: str) -> Colour:
        return self.colours[token]


def load(name: str, brand: str | None = None) -> Theme:
    """The theme ``name`` of ``themes/``, or the theme file at that path; ``brand`` is ``#RRGGBB``.

    Raises:
        ConfigError: there is no such theme, or a colour of it is missing or wrong.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.yaml")))
        raise ConfigError(f"there is no stage theme {name!r}", fix=f"use one of: {known}")
    try:
        data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        texts = dict(data["colours"])
        if brand:
            texts["brand"] = brand
        colours = {token: colour(str(texts[token])) for token in _COLOURS}
        return Theme(
            name=path.stem,
            folder=path.parent / path.stem,
            colours=colours,
            captions=data["captions"],
            mark=data["mark"],
            shadow=float(data["shadow"]),
            light=data["light"],
            scenery=data["scenery"],
        )
    except (KeyError, TypeError, ValueError, YAMLError) as error:
        raise ConfigError(f"the theme is wrong at {error}", where=str(path)) from error


def contrast(a: Colour, b: Colour) -> float:
    """Contrast of two colours after WCAG, 1…21."""
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(bgr: Colour) -> float:
    linear = [(v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4) for v in bgr]
    return 0.0722 * linear[0] + 0.7152 * linear[1] + 0.2126 * linear[2]
