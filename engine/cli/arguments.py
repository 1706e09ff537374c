"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT_CONFIG = Path("config.yaml")


def add_config(parser: argparse.ArgumentParser, *, positional: bool = False) -> None:
    """Which config: ``[CONFIG]`` or ``--config PATH``."""
    words = "the config file (default: config.yaml)"
    if positional:
        parser.add_argument("config", nargs="?", type=Path, default=DEFAULT_CONFIG, metavar="CONFIG", help=words)
    else:
        parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="PATH", help=words)


def add_rooms(parser: argparse.ArgumentParser) -> None:
    """Which rooms: ``--room NAME``, several times for several rooms."""
    words = "this room, enabled or not; repeat for several (default: all that are enabled)"
    parser.add_argument("--room", action="append", default=[], dest="rooms", metavar="NAME", help=words)


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")


def seconds(text: str) -> float:
    """A duration above zero."""
    value = float(text)
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0")
    return value


def whole(text: str) -> int:
    """A count of at least one."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value
