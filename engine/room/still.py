"""A still of the show for the page's cards: half size, good enough to look at."""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.media import I420

STILL = "@stage"
"""Asked for as a product's picture (``RoomPort.picture``), it is the show itself."""


def still(i420: I420) -> Image.Image:
    """A picture of shape ``(height * 3 // 2, width)`` as RGB at half its size (BT.601, limited range)."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    luma = i420[:height].reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    chroma = i420[height:].reshape(2, height // 2, width // 2).astype(np.float32) - 128
    y, u, v = 1.164 * (luma - 16), chroma[0], chroma[1]
    rgb = np.stack([y + 1.596 * v, y - 0.392 * u - 0.813 * v, y + 2.017 * u], axis=-1)
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))
