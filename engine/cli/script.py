"""``nightmarket script``: what the host would say next."""

from __future__ import annotations

import argparse

from engine.cli.arguments import add_config, add_json, whole

HELP = "print a room's next segments as they would be spoken, with reasons and facts"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("room", metavar="ROOM")
    parser.add_argument("--segments", type=whole, default=5, metavar="N", help="how many (default: 5)")
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.room import offline

    return offline.script(args.config, args.room, args.segments, args.as_json)
