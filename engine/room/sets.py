"""One scene of every layout, so that a stage can build all its sets before they are needed."""

from __future__ import annotations

from engine.media import Board, Card, Layout, Plate, Scene

LAYOUTS: tuple[Layout, ...] = ("talk", "slate", "closeup", "offer", "compare")


def scene_of(layout: Layout, plate: Plate, card: Card) -> Scene:
    """A scene that needs the layout's whole set."""
    board = Board(card, card, (("", "", ""),)) if layout == "compare" else None
    return Scene(plate=plate, layout=layout, card=card, board=board, title=plate.show)
