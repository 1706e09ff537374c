"""The room behind and the table in front, baked once per layout from the theme's drawings.

The back is one opaque picture; the front (scrim under the captions, table, props) is a sprite that is
laid over the host.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatars.stage.canvas import Floats, Sprite, bytes_of, floats, sprite, unit
from avatars.stage.layout import Grid, Zones
from avatars.stage.raster import Job, rasterise
from avatars.stage.theme import Theme
from engine.errors import ConfigError
from engine.media import BGR, Layout

_VERSION: Final = 3
"""Raise when the baking itself changes: kept pictures are then made anew."""


@dataclass(frozen=True, slots=True)
class Room:
    """A layout's baked scenery. ``back`` (height, width, 3) is opaque."""

    back: BGR
    front: Sprite


def bake(theme: Theme, layout: Layout, grid: Grid, cache: Path) -> Room:
    """The room of one layout, from the disk if it has been baked before."""
    key = _key(theme, layout, grid)
    kept = cache / "rooms" / f"{key}.npz"
    if kept.exists():
        try:
            with np.load(kept) as file:
                return Room(file["back"], _front(file["front"]))
        except (OSError, ValueError, KeyError):
            kept.unlink(missing_ok=True)
    back = _back(theme, layout, grid, cache)
    front = _table(theme, layout, grid, cache)
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part.npz")
    packed = bytes_of(front)
    np.savez(part, back=back, front=packed)
    part.replace(kept)
    return Room(back, _front(packed))


def _front(packed: NDArray[np.uint8]) -> Sprite:
    return sprite(floats(packed), 0, 0)


def _key(theme: Theme, layout: Layout, grid: Grid) -> str:
    drawings = "".join(p.name + p.read_text("utf-8") for p in sorted(theme.folder.glob("*.svg")))
    facts = json.dumps([_VERSION, layout, grid.width_px, grid.height_px, theme.scenery, theme.captions,
                        {k: list(v) for k, v in theme.colours.items()}], sort_keys=True, default=str)  # fmt: skip
    facts += repr(grid.zones(layout))
    return f"{theme.name}-{layout}-" + hashlib.sha256((facts + drawings).encode()).hexdigest()[:20]


def _back(theme: Theme, layout: Layout, grid: Grid, cache: Path) -> BGR:
    picture: Floats = np.zeros((grid.height_px, grid.width_px, 4), np.float32)
    zoom, blur, dim = 1.0, 0.0, 0.0
    treatment: Mapping[str, float] = theme.scenery.get(layout, {}) if layout in ("closeup", "slate") else {}
    zoom, blur, dim = treatment.get("zoom", 1.0), treatment.get("blur", 0.0), treatment.get("dim", 0.0)
    items = [item for item in _orientation(theme, grid)["back"] if layout not in item.get("not", ())]
    _place(picture, [item for item in items if not item.get("lit")], theme, grid, cache, zoom)
    picture[:, :, :3] *= _vignette(grid, theme.scenery.get("vignette", 0.0))[:, :, None]
    _place(picture, [item for item in items if item.get("lit")], theme, grid, cache, zoom)
    if blur:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur * grid.scale), np.float32)
    rgb: Floats = picture[:, :, :3]
    if dim:
        shade = unit(theme["shade"])
        rgb = rgb * (1 - dim) + shade * dim
    grain = np.random.default_rng(3).normal(0, 0.004, rgb.shape[:2]).astype(np.float32)
    return bytes_of(rgb + grain[:, :, None])


def _vignette(grid: Grid, strength: float) -> Floats:
    x = np.linspace(-1, 1, grid.width_px, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, grid.height_px, dtype=np.float32)[:, None]
    fall = np.clip((np.hypot(x * 0.9, (y + 0.15) * 0.9) - 0.45) / 0.85, 0, 1)
    return np.asarray(1 - strength * fall * fall * (3 - 2 * fall), np.float32)


def _table(theme: Theme, layout: Layout, grid: Grid, cache: Path) -> Floats:
    """Scrim, table and props, premultiplied (height, width, 4)."""
    picture = np.zeros((grid.height_px, grid.width_px, 4), np.float32)
    room = _orientation(theme, grid)
    zones = grid.zones(layout)
    if theme.captions == "scrim" and grid.portrait and layout != "slate":
        _scrim(picture, theme, grid, zones, layout)
    table = dict(room["table_low" if layout == "closeup" else "table"])
    # The table reaches over the whole picture, whatever its shape.
    table |= {"x": -grid.left_px / grid.scale, "w": grid.width_px / grid.scale}
    table["h"] = max(table["h"], (grid.height_px - grid.top_px) / grid.scale - table["y"])
    _contact(picture, grid, table["y"], theme)
    _place(picture, [table, *room["props"].get(layout, [])], theme, grid, cache)
    _floor_shade(picture, grid, table["y"])
    return picture


def _scrim(picture: Floats, theme: Theme, grid: Grid, zones: Zones, layout: Layout) -> None:
    """Darken the picture behind the captions: full 10 units above the first line."""
    ramp = 56.0 if layout == "closeup" else 118.0
    full = zones.captions.y - 10
    y = (np.arange(grid.height_px, dtype=np.float32) + 0.5 - grid.top_px) / grid.scale
    low = zones.board.bottom if layout == "compare" else zones.card.bottom
    up = np.clip((y - full + ramp) / ramp, 0, 1)
    # Below the captions the card brings its own ground: let the host be seen again.
    down = np.clip((y - zones.captions.bottom - 4) / 120, 0, 1)
    out = np.clip((y - low) / 40, 0, 1)
    alpha = 0.78 * up * up * (3 - 2 * up) * (1 - 0.72 * down) * (1 - out)
    tint = unit(theme["ground"])
    picture[:, :, :3] = alpha[:, None, None] * tint
    picture[:, :, 3] = alpha[:, None]


def _contact(picture: Floats, grid: Grid, edge: float, theme: Theme) -> None:
    """The soft dark line where wall and host meet the table."""
    y = (np.arange(grid.height_px, dtype=np.float32) + 0.5 - grid.top_px) / grid.scale
    strength = np.clip((y - edge + 34) / 40, 0, 1) ** 2 * (0.45 if theme.captions == "scrim" else 0.26)
    alpha = np.where(y > edge + 12, 0, strength).astype(np.float32)[:, None, None]
    tint = np.append(unit(theme["shade"]), np.float32(1))
    picture[:] = picture * (1 - alpha) + alpha * tint


def _floor_shade(picture: Floats, grid: Grid, edge: float) -> None:
    """Let the table fall off towards the lower edge."""
    y = (np.arange(grid.height_px, dtype=np.float32) + 0.5 - grid.top_px) / grid.scale
    end = (grid.height_px - grid.top_px) / grid.scale
    fall = np.clip((y - edge - 60) / max(1.0, end - edge - 60), 0, 1)
    picture[:, :, :3] *= (1 - 0.22 * fall)[:, None, None]


def _orientation(theme: Theme, grid: Grid) -> Mapping[str, Any]:
    found: Mapping[str, Any] = theme.scenery["portrait" if grid.portrait else "landscape"]
    return found


def _place(
    picture: Floats, items: list[Any], theme: Theme, grid: Grid, cache: Path, zoom: float = 1.0
) -> None:
    """Lay the theme's drawings over the picture, each blurred on its own."""
    s = grid.scale * zoom
    middle_x, middle_y = grid.width_px / 2, grid.height_px * 0.36
    # A picture of another shape: the back covers it, centred.
    jobs = []
    for item in items:
        path = theme.folder / f"{item['art']}.svg"
        if not path.is_file():
            raise ConfigError(f"the theme {theme.name} has no drawing {item['art']!r}", where=str(path))
        width, height = round(item.get("w", 0) * s), round(item.get("h", 0) * s)
        jobs.append(Job(_stretched(path.read_text("utf-8"), width, height), width, height))
    for item, image in zip(items, rasterise(jobs, cache), strict=True):
        x, y = item["x"] * grid.scale + grid.left_px, item["y"] * grid.scale + grid.top_px
        if zoom != 1.0:
            x, y = middle_x + (x - middle_x) * zoom, middle_y + (y - middle_y) * zoom
        values: Floats = floats(image)
        values[:, :, :3] *= values[:, :, 3:]
        blur = item.get("blur", 0.0) * grid.scale
        pad = int(blur * 3) if blur else 0
        if pad:
            opaque = values[:, :, 3].min() > 0.999
            mode = cv2.BORDER_REPLICATE if opaque else cv2.BORDER_CONSTANT
            padded = cv2.copyMakeBorder(values, pad, pad, pad, pad, mode)
            values = np.asarray(cv2.GaussianBlur(padded, (0, 0), blur), np.float32)
        _over(picture, values, round(x) - pad, round(y) - pad)
    if theme.scenery and items and items[0]["art"] == "wall":
        _fill_rim(picture)


def _stretched(svg: str, width: int, height: int) -> str:
    """A drawing wanted at both sizes is stretched to them."""
    if not (width and height):
        return svg
    return svg.replace("<svg ", f'<svg width="{width}" height="{height}" preserveAspectRatio="none" ', 1)


def _over(picture: Floats, values: Floats, x: int, y: int) -> None:
    rows, columns = picture.shape[:2]
    y0, x0 = max(0, y), max(0, x)
    y1, x1 = min(rows, y + values.shape[0]), min(columns, x + values.shape[1])
    if y1 <= y0 or x1 <= x0:
        return
    part = values[y0 - y : y1 - y, x0 - x : x1 - x]
    picture[y0:y1, x0:x1] = picture[y0:y1, x0:x1] * (1 - part[:, :, 3:]) + part


def _fill_rim(picture: Floats) -> None:
    """Stretch the outermost drawn pixels over what no drawing reached (unusual picture shapes)."""
    drawn = picture[:, :, 3] > 0.99
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        return
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    core = picture[y0:y1, x0:x1]
    height, width = picture.shape[:2]
    picture[:] = cv2.copyMakeBorder(
        core, int(y0), int(height - y1), int(x0), int(width - x1), cv2.BORDER_REPLICATE
    )
