"""Draws what a room needs before its first start: hosts and scenes, rasterised once per size.

``make setup`` runs it (``python -m engine.room.prepare CONFIG``), so that the first start is as quick as any.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

from engine import config, configfile, plugins
from engine.errors import NightmarketError
from engine.hosts import read_host
from engine.media import Card, Plate
from engine.playout.music import bed
from engine.room.parts import cache_folder, format_of
from engine.room.sets import LAYOUTS, scene_of
from engine.show.show import LABELS


def draw(name: str, room: config.Room) -> float:
    """Draw one room's host and scenes into the cache; returns the seconds it took.

    Raises:
        NightmarketError: the host or the theme cannot be drawn.
    """
    began = time.monotonic()
    host = read_host(room.host)
    face = plugins.load("face", host.face).create(host.folder)
    create = importlib.import_module("avatars.stage").create
    stage = create(format_of(room), room.theme, room.language, face, cache_folder() / "stage")
    plate = Plate(room.shop.name, room.title, LABELS[room.language], room.shop.mark)
    for layout in LAYOUTS:
        stage.prepare(scene_of(layout, plate, Card("", 1, room.title, "", "")))
    bed(room.theme, cache_folder() / "music")
    return time.monotonic() - began


def main() -> int:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "config.yaml")
    try:
        for name, room in configfile.read(path).rooms.items():
            print(f"Drawing {name}'s host and scenes …", end=" ", flush=True)
            print(f"{draw(name, room):.0f} s", flush=True)
    except NightmarketError as error:
        print(f"not drawn now, but at the first start: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
