"""``nightmarket models``: the pinned model files."""

from __future__ import annotations

import argparse
import sys
import time

from engine.cli.arguments import add_json
from engine.cli.terminal import coloured, print_json

HELP = "list or fetch the voices' model files (pinned, checked, fetched once)"

_EVERY_S = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="list|pull", required=True)
    listing = verbs.add_parser("list", help="what there is, and what is here")
    pull = verbs.add_parser("pull", help="fetch what is missing")
    pull.add_argument("names", nargs="*", metavar="NAME", help="a file or a group (default: voice)")
    add_json(listing)
    add_json(pull)


def run(args: argparse.Namespace) -> int:
    return _list(args.as_json) if args.verb == "list" else _pull(args.names or ["voice"], args.as_json)


def _list(as_json: bool) -> int:
    from engine import models

    rows = models.listing()
    if as_json:
        print_json({"folder": models.folder(), "models": rows})
        return 0
    for row in rows:
        state = coloured("here   ", "green") if row["here"] else coloured("missing", "yellow")
        print(f"{state} {row['name']:<28} {row['bytes'] / 1e6:7.1f} MB  {row['group']:<6} {row['about']}")
    return 0


def _pull(names: list[str], as_json: bool) -> int:
    from engine import models

    paths = models.pull(names, progress=_Bar())
    if as_json:
        print_json({"files": paths})
    return 0


class _Bar:
    """A line per file on standard error: moving on a terminal, one at the end elsewhere."""

    def __init__(self) -> None:
        self._shown_s = 0.0
        self._moving = sys.stderr.isatty()
        self._begun: set[str] = set()

    def __call__(self, name: str, done: int, total: int) -> None:
        ended = done >= total
        if ended and name not in self._begun:
            return  # it was here already
        self._begun.add(name)
        now_s = time.monotonic()
        if not ended and (not self._moving or now_s - self._shown_s < _EVERY_S):
            return
        self._shown_s = now_s
        share = done / total if total else 1.0
        bar = "█" * int(share * 24)
        line = f"{name:<28} {bar:<24} {share:4.0%} of {total / 1e6:.1f} MB"
        print(f"\r{line}" if self._moving else line, end="\n" if ended else "", file=sys.stderr, flush=True)
