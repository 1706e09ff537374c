"""Product pictures: cut out of their ground where possible, never an exception.

A picture with alpha or on white becomes a cut-out (it stands on a disc); any other becomes a tile with
round corners; a missing, damaged or huge one becomes a drawn parcel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from avatars.stage.canvas import Bgra
from avatars.stage.raster import Job, rasterise
from engine.errors import PictureError

_MASTER_PX: Final = 720
"""Longest side of the kept master; uses are reduced from it."""
_MOST_BYTES: Final = 30_000_000
_MOST_PIXELS: Final = 50_000_000

_PARCEL: Final = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 220">
<defs><linearGradient id="a" x2="0" y2="1"><stop stop-color="#e6c79a"/><stop offset="1" stop-color="#c99d66"/>
</linearGradient><linearGradient id="b" x2="1"><stop stop-color="#d9b27c"/><stop offset="1" stop-color="#b98a55"/>
</linearGradient></defs>
<path d="M120 26 218 66 120 108 22 66Z" fill="#f0d9b4"/>
<path d="M22 66 120 108V206L22 162Z" fill="url(#a)"/><path d="M218 66 120 108V206L218 162Z" fill="url(#b)"/>
<path d="M71 46 169 87V117L151 124V95L54 53Z" fill="#a87442" opacity=".55"/>
<path d="M120 108V206" stroke="#9a6b3d" stroke-width="2" opacity=".5"/></svg>"""


@dataclass(frozen=True, slots=True)
class Good:
    """A product's picture. ``cut_out``: it has no ground of its own."""

    image: Bgra
    cut_out: bool

    def fitted(self, width_px: int, height_px: int) -> Bgra:
        """The picture as large as it fits, in proportion."""
        height, width = self.image.shape[:2]
        scale = min(width_px / width, height_px / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return _resize(self.image, size)

    def covering(self, width_px: int, height_px: int) -> Bgra:
        """The middle of the picture, filling the size."""
        height, width = self.image.shape[:2]
        scale = max(width_px / width, height_px / height)
        size = max(width_px, round(width * scale)), max(height_px, round(height * scale))
        whole = _resize(self.image, size)
        x, y = (size[0] - width_px) // 2, (size[1] - height_px) // 2
        return np.ascontiguousarray(whole[y : y + height_px, x : x + width_px])


def _resize(image: Bgra, size: tuple[int, int]) -> Bgra:
    """Resize with premultiplied colours, so that edges do not pick up the ground."""
    values = image.astype(np.float32)
    values[:, :, :3] *= values[:, :, 3:] / 255
    shrinking = size[0] < image.shape[1]
    values = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC))
    alpha = np.clip(values[:, :, 3:], 0, 255)
    values[:, :, :3] = np.clip(values[:, :, :3] * 255 / np.maximum(alpha, 1), 0, 255)
    values[:, :, 3:] = alpha
    return values.astype(np.uint8)


def good(path: Path | None, cache: Path) -> Good:
    """The picture at ``path``, ready to be placed; a parcel when there is none to be had."""
    try:
        if path is None:
            raise PictureError("no picture")
        if path.suffix.lower() == ".svg":
            return Good(_trim(_svg(path, cache)), True)
        return _photo(path)
    except (PictureError, OSError, ValueError, cv2.error, UnidentifiedImageError, Image.DecompressionBombError):
        try:
            return Good(_trim(rasterise([Job(_PARCEL, _MASTER_PX)], cache)[0]), True)
        except PictureError:
            return Good(np.full((8, 8, 4), (150, 190, 220, 255), np.uint8), False)


def _svg(path: Path, cache: Path) -> Bgra:
    if path.stat().st_size > 4_000_000:
        raise PictureError(f"{path.name} is larger than 4 MB")
    text = path.read_text(encoding="utf-8")
    if re.search(r"<!ENTITY|href\s*=\s*[\"'](?!#|data:image/)", text):
        raise PictureError(f"{path.name} refers to other files")
    box = re.search(r"viewBox\s*=\s*[\"']\s*[\d.eE+-]+[\s,]+[\d.eE+-]+[\s,]+([\d.]+)[\s,]+([\d.]+)", text)
    tall = bool(box) and float(box.group(2)) > float(box.group(1)) if box else False
    job = Job(text, 0 if tall else _MASTER_PX, _MASTER_PX if tall else 0)
    return rasterise([job], cache)[0]


def _photo(path: Path) -> Good:
    if path.stat().st_size > _MOST_BYTES:
        raise PictureError(f"{path.name} is larger than 30 MB")
    with Image.open(path) as opened:
        if opened.width * opened.height > _MOST_PIXELS or min(opened.size) < 8:
            raise PictureError(f"{path.name} has {opened.width} × {opened.height} pixels")
        opened.draft("RGB", (_MASTER_PX * 2, _MASTER_PX * 2))
        opened.thumbnail((_MASTER_PX, _MASTER_PX))
        rgba = np.asarray(opened.convert("RGBA"))
    image = np.ascontiguousarray(rgba[:, :, [2, 1, 0, 3]])
    if (image[:, :, 3] < 250).mean() > 0.02:
        return Good(_trim(image), True)
    image[:, :, 3] = 255
    if _on_white(image):
        return Good(_trim(_without_white(image)), True)
    return Good(image, False)


def _on_white(image: Bgra) -> bool:
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])[:, :3]
    return bool((rim.min(axis=1) >= 242).mean() > 0.94)


def _without_white(image: Bgra) -> Bgra:
    """Clear the white that is connected to the picture's rim."""
    height, width = image.shape[:2]
    near = (image[:, :, :3].min(axis=2) >= 236).astype(np.uint8)
    near = cv2.copyMakeBorder(near, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, labels = cv2.connectedComponents(near, connectivity=4)
    ground = (labels == labels[0, 0])[1 : height + 1, 1 : width + 1]
    alpha = cv2.erode((~ground).astype(np.uint8) * 255, np.ones((3, 3), np.uint8))
    out = image.copy()
    out[:, :, 3] = cv2.GaussianBlur(alpha, (0, 0), 0.8)
    return out


def _trim(image: Bgra) -> Bgra:
    """Cut away what is clear around the picture.

    Raises:
        PictureError: the picture is clear all over.
    """
    inked: NDArray[np.bool_] = image[:, :, 3] > 8
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        raise PictureError("the picture is empty")
    return np.ascontiguousarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
