"""Stills of the show."""

import numpy as np

from engine.room.still import still


def test_a_still_is_half_the_size_and_keeps_its_colours() -> None:
    picture = np.empty((96, 64), np.uint8)
    picture[:64] = 81
    picture[64:80] = 90
    picture[80:] = 240  # BT.601 red
    image = still(picture)
    assert image.size == (32, 32)
    red, green, blue = image.getpixel((16, 16))  # type: ignore[misc]
    assert (red > 250, green < 5, blue < 5) == (True, True, True)
