"""``nightmarket ask``: what the host would answer."""

from __future__ import annotations

import argparse

from engine.cli.arguments import add_config, add_json

HELP = "print what a room's host would answer to a viewer now, and from which facts"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("room", metavar="ROOM")
    parser.add_argument("text", metavar="TEXT", help="the viewer's question")
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.room import offline

    return offline.ask(args.config, args.room, args.text, args.as_json)
