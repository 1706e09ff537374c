"""``nightmarket ctl``: the operator's hand."""

from __future__ import annotations

import argparse

from engine.cli.arguments import add_config, add_json

HELP = "steer a room that is on air: state, pause, resume, skip, say, pin, price, stock, panic, stop, …"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("room", metavar="ROOM")
    words = "state · pause · resume · skip · say TEXT · pin PRODUCT · price PRODUCT VALUE · stock PRODUCT N · "
    words += "mute-chat · reload · panic · stop"
    parser.add_argument("words", nargs="+", metavar="COMMAND", help=words)
    parser.add_argument("--now", action="store_true", help="say: interrupt at the next phrase")
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.control import client

    return client.ctl(args.config, args.room, args.words, args.now, args.as_json)
