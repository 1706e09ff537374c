"""``nightmarket run``: rooms on air."""

from __future__ import annotations

import argparse

from engine.cli.arguments import add_config, add_rooms

HELP = "put the rooms of a config on air, until Ctrl-C"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser, positional=True)
    add_rooms(parser)


def run(args: argparse.Namespace) -> int:
    from engine.room import supervisor

    return supervisor.run(args.config, args.rooms)
