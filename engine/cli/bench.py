"""``nightmarket bench``: what a room costs on this machine."""

from __future__ import annotations

import argparse

from engine.cli.arguments import add_config, add_json

HELP = "measure what rooms and viewers cost on this machine"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine.room.bench import bench

    return bench(args.config, args.as_json)
