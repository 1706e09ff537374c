"""``nightmarket render``: the show as a file, in virtual time."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.arguments import add_config, add_json, seconds

HELP = "render a room's show to an MP4, as fast as the machine can; same seed, same show"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("room", metavar="ROOM")
    parser.add_argument("out", type=Path, metavar="OUT.mp4")
    parser.add_argument("--seconds", type=seconds, required=True, metavar="N", help="length of the show")
    chat = 'viewers\' messages, one a line: {"at": 12.5, "user": …, "text": …}'
    parser.add_argument("--chat", type=Path, metavar="FILE.jsonl", help=chat)
    parser.add_argument("--trace", type=Path, metavar="FILE.jsonl", help="write what happened, one event a line")
    parser.add_argument("--seed", type=int, metavar="S", help="the show's seed (default: the config's)")
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.room import offline

    return offline.render(
        args.config, args.room, args.out, args.seconds, args.chat, args.trace, args.seed, args.as_json
    )
