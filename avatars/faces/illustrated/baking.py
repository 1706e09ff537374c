"""Sprites: every drawing of a host as pixels, made once per size and kept in a cache folder.

Drawing SVG takes seconds, so it never happens while a room is on air. A size is one of ``SIZES``
(pixels to a design unit); a figure of any other size is scaled down from the next larger one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from avatars.faces.illustrated import body, eyes, head, mouth
from avatars.faces.illustrated.look import Art
from avatars.faces.illustrated.mouth import Lip
from avatars.faces.illustrated.svg import Sprite
from engine.errors import PictureError

SIZES = (0.5, 1.0, 2.0)
HEAD_DETAIL = 1.5
"""The head is painted this much finer than it is shown: it is turned and bent every picture."""
OPENINGS = (0.0, 0.07, 0.15, 0.25, 0.37, 0.5, 0.65, 0.82, 1.0)
WIDTHS = (-1.0, -0.5, 0.0, 0.5, 1.0)
TONGUES = (0.12, 0.35, 0.7)


@dataclass(frozen=True)
class Sprites:
    """``scale``: pixels to a design unit in ``body``; the head's sprites are ``HEAD_DETAIL`` finer."""

    scale: float
    parts: dict[str, Sprite]

    def part(self, name: str) -> Sprite:
        return self.parts[name]

    def scaled(self, scale: float) -> Sprites:
        """The same sprites made smaller."""
        if abs(scale / self.scale - 1) < 0.004:
            return self
        ratio = scale / self.scale
        smaller = {}
        for name, sprite in self.parts.items():
            size = max(1, round(sprite.shape[1] * ratio)), max(1, round(sprite.shape[0] * ratio))
            smaller[name] = np.asarray(cv2.resize(sprite, size, interpolation=cv2.INTER_AREA), np.uint8)
        return Sprites(scale, smaller)


def mouth_name(opening: int, width: int) -> str:
    return f"mouth-{opening}-{width}"


def body_name(gesture: str, step: int) -> str:
    return f"body-{gesture}-{step}" if step else "body-rest"


def load_art(host: Path) -> Art:
    """Read ``art.py`` of a host's folder.

    Raises:
        PictureError: there is none, or it does not define ``ART``.
    """
    file = host / "art.py"
    spec = importlib.util.spec_from_file_location(f"nightmarket_host_{host.name}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise PictureError(f"the host {host.name!r} has no picture", where=str(file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    art = getattr(module, "ART", None)
    if not isinstance(art, Art):
        raise PictureError("this file must define ART, an avatars.faces.illustrated.look.Art", where=str(file))
    return art


def size_for(scale: float) -> float:
    """The smallest size that needs no enlarging (a hundredth more is not seen)."""
    return next((size for size in SIZES if scale <= size * 1.01), SIZES[-1])


def bake(host: Path, scale: float) -> Sprites:
    """All sprites of the host, at least ``scale`` pixels to a unit; from the cache when it holds them."""
    size = size_for(scale)
    file = _cache_folder() / f"{host.name}-{_fingerprint(host)}-{size:g}.npz"
    try:
        return Sprites(size, _read(file))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # absent or damaged: draw again
    parts = _draw(load_art(host), size)
    _write(file, parts)
    return Sprites(size, parts)


def _draw(art: Art, size: float) -> dict[str, Sprite]:
    fine = size * HEAD_DETAIL
    parts = {"skin": head.skin(art, fine), "front": head.front(art, fine), "iris": eyes.iris(art, fine)}
    parts["glint"] = eyes.glint(art, fine)
    behind = head.back(art, fine)
    if behind is not None:
        parts["back"] = behind
    for side, name in ((-1, "left"), (1, "right")):
        parts[f"ball-{name}"] = eyes.ball(art, fine, side)
        for i, openness in enumerate(eyes.OPENNESS):
            layers = eyes.layers(art, openness, side, fine)
            parts[f"hole-{name}-{i}"], parts[f"lids-{name}-{i}"] = layers.hole, layers.lids
    for i, opening in enumerate(OPENINGS):
        for j, width in enumerate(WIDTHS):
            parts[mouth_name(i, j)] = mouth.draw(art, Lip(open=opening, width=width), fine)
    parts["mouth-press"] = mouth.draw(art, Lip(press=1.0), fine)
    parts["mouth-tuck"] = mouth.draw(art, Lip(open=0.10, tuck=1.0), fine)
    for i, opening in enumerate(TONGUES):
        parts[f"mouth-tongue-{i}"] = mouth.draw(art, Lip(open=opening, tongue=1.0), fine)
    parts.update(_bodies(art, size))
    return parts


def _bodies(art: Art, size: float) -> dict[str, Sprite]:
    """The body at rest and at every step of every gesture; an arm that rests is drawn once."""
    torso = body.torso(art, size)
    resting = {side: body.arm(art, side, "rest", 0.0, size) for side in (-1, 1)}
    parts = {body_name("rest", 0): body.whole(torso, resting[-1], resting[1], size)}
    for gesture, targets in art.gestures.items():
        for step in range(1, body.STEPS + 1):
            left, right = (
                body.arm(art, side, gesture, step / body.STEPS, size) if targets[side > 0] else resting[side]
                for side in (-1, 1)
            )
            parts[body_name(gesture, step)] = body.whole(torso, left, right, size)
    return parts


def _cache_folder() -> Path:
    root = os.environ.get("NIGHTMARKET_CACHE")
    return Path(root) if root else Path.home() / ".cache" / "nightmarket" / "faces"


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


_DRAWING = _digest(sorted(Path(__file__).parent.glob("*.py")))
"""Changes when any source of the drawing does; read at import, with the code it stands for."""


def _fingerprint(host: Path) -> str:
    art = host / "art.py"
    return hashlib.sha256((_DRAWING + (_digest([art]) if art.is_file() else "")).encode()).hexdigest()[:16]


def _read(file: Path) -> dict[str, Sprite]:
    """Sprites from PNGs in an archive, whose checksums tell when it is damaged."""
    parts = {}
    with np.load(file, allow_pickle=False) as archive:
        for name in archive.files:
            picture = cv2.imdecode(archive[name], cv2.IMREAD_UNCHANGED)
            if picture is None or picture.shape[2:] != (4,):
                raise ValueError(f"{file}: {name} is not a sprite")
            parts[name] = np.asarray(picture, np.uint8)
    return parts


def _write(file: Path, parts: dict[str, Sprite]) -> None:
    """Write beside the place and move there, so that no reader sees half a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    packed = {name: cv2.imencode(".png", sprite, (cv2.IMWRITE_PNG_COMPRESSION, 2))[1] for name, sprite in parts.items()}
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, **packed)  # type: ignore[arg-type]
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
