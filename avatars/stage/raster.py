"""SVG to pixels, outside this process: resvg holds the interpreter for up to 90 ms at a time.

Results are kept on disk by content, so a drawing is rasterised once per size and machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatars.stage.canvas import Bgra
from engine.errors import PictureError

_LIMIT_S: Final = 60
_LARGEST: Final = 4_000_000
"""Bytes of an SVG that is still drawn."""


@dataclass(frozen=True, slots=True)
class Job:
    """One drawing: SVG text, and the width or height in px it is wanted at (0: in proportion)."""

    svg: str
    width_px: int = 0
    height_px: int = 0

    def file(self, cache: Path) -> Path:
        key = f"{self.width_px}x{self.height_px} resvg-0.5 {self.svg}".encode()
        return cache / "svg" / f"{hashlib.sha256(key).hexdigest()[:32]}.png"


def rasterise(jobs: Sequence[Job], cache: Path) -> list[Bgra]:
    """Straight-alpha pictures of the jobs, in order; one child process draws what is not cached.

    Raises:
        PictureError: a drawing is damaged, too large or too slow to draw.
    """
    missing = {job.file(cache): job for job in jobs if not job.file(cache).exists()}
    if missing:
        (cache / "svg").mkdir(parents=True, exist_ok=True)
        orders = [
            {"svg": job.svg, "width": job.width_px, "height": job.height_px, "out": str(out)}
            for out, job in missing.items()
        ]
        if any(len(job.svg) > _LARGEST for job in jobs):
            raise PictureError("an SVG is larger than 4 MB", fix="simplify the drawing")
        _child(orders)
    out = []
    for job in jobs:
        image = cv2.imread(str(job.file(cache)), cv2.IMREAD_UNCHANGED)
        if image is None or image.ndim != 3 or image.shape[2] != 4:
            raise PictureError("an SVG could not be drawn")
        out.append(image.astype(np.uint8))
    return out


def _child(orders: list[dict[str, object]]) -> None:
    root = Path(__file__).resolve().parents[2]
    env = dict(os.environ)
    env["PYTHONPATH"] = os.pathsep.join([str(root), env.get("PYTHONPATH", "")])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "avatars.stage.raster"],
            input=json.dumps(orders).encode(),
            capture_output=True,
            timeout=_LIMIT_S,
            env=env,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PictureError(f"an SVG could not be drawn: {error}") from error
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise PictureError(f"an SVG could not be drawn: {' '.join(reason)[:200]}")


def _draw(orders: list[dict[str, object]]) -> None:
    import resvg_py

    for order in orders:
        width, height = (int(str(order[name])) or None for name in ("width", "height"))
        png = resvg_py.svg_to_bytes(svg_string=str(order["svg"]), skip_system_fonts=True, width=width, height=height)
        image = cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise SystemExit("resvg made no picture")
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGRA)
        elif image.shape[2] == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)
        out = Path(str(order["out"]))
        part = out.with_suffix(f".{os.getpid()}.png")
        cv2.imwrite(str(part), image, [cv2.IMWRITE_PNG_COMPRESSION, 2])
        part.replace(out)


if __name__ == "__main__":
    _draw(json.load(sys.stdin))
