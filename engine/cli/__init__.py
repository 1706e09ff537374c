"""The command line: ``nightmarket``. One file per command; nothing heavy is imported before it is needed.

Exit codes: 0 done · 1 a problem was found · 2 wrong usage · 3 cannot run · 130 interrupted.

A command's module has ``HELP`` (one line), ``arguments(parser)`` and ``run(args) -> exit code``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from engine import __version__
from engine.cli import ask, bench, ctl, doctor, init, models, render, run, schema, script, validate
from engine.cli.terminal import complain
from engine.errors import NightmarketError

OK, PROBLEM, USAGE, CANNOT, INTERRUPTED = 0, 1, 2, 3, 130

COMMANDS = {
    "run": run,
    "validate": validate,
    "schema": schema,
    "init": init,
    "doctor": doctor,
    "render": render,
    "script": script,
    "ask": ask,
    "ctl": ctl,
    "models": models,
    "bench": bench,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; returns the exit code."""
    args = _parsed(sys.argv[1:] if argv is None else list(argv))
    try:
        code: int = COMMANDS[args.command].run(args)
        sys.stdout.flush()
        return code
    except NightmarketError as error:
        if args.debug:
            raise
        complain(error.message, where=error.where, fix=error.fix)
        return CANNOT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if args.debug:
            raise
        complain(f"{type(error).__name__}: {error}", fix="this is our mistake; --debug shows where")
        return CANNOT


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="nightmarket",
        description="Nightmarket 夜市: a virtual host who sells your catalog live.",
        epilog="Exit codes: 0 done, 1 a problem was found, 2 wrong usage, 3 cannot run, 130 interrupted.",
    )
    top.add_argument("--version", action="version", version=f"nightmarket {__version__}")
    top.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        one = commands.add_parser(name, help=module.HELP, description=module.HELP)
        one.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks")
        module.arguments(one)
    return top


def _parsed(argv: list[str]) -> argparse.Namespace:
    top = parser()
    args, more = top.parse_known_args(argv)
    # `ctl ROOM say --now TEXT`: argparse takes a list of words in one piece only.
    if more and args.command == "ctl" and not any(word.startswith("--") for word in more):
        args.words.extend(more)
    elif more:
        top.error(f"unrecognized arguments: {' '.join(more)}")
    return args
