"""``nightmarket validate``: everything that is wrong, at once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from engine.cli.arguments import add_config, add_json, add_rooms
from engine.cli.terminal import coloured, nearby, print_json

if TYPE_CHECKING:
    from engine.problem import Problem

HELP = "check a config, its catalogs and pictures, and what would only bite on air"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser, positional=True)
    add_rooms(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from engine import configfile

    problems = configfile.problems(args.config, args.rooms or None)
    errors = sum(problem.severity == "error" for problem in problems)
    if args.as_json:
        print_json({"ok": not errors, "problems": [problem.as_dict() for problem in problems]})
    else:
        for problem in problems:
            _show(problem)
        warnings = len(problems) - errors
        verdict = "cannot go on air" if errors else "can go on air"
        print(f"{args.config}: {verdict} ({errors} errors, {warnings} warnings)")
    return 1 if errors else 0


def _show(problem: Problem) -> None:
    colour = "red" if problem.severity == "error" else "yellow"
    kind = coloured(f"{problem.severity}:", colour)
    way_out = f" ({problem.fix})" if problem.fix else ""
    print(f"{nearby(problem.where)}: {kind} {problem.message}{way_out}")
    if problem.text:
        print(coloured(f"    {problem.text}", "dim"))
        # The arrow counts characters; wide ones (中) take two places on a terminal.
        before = problem.text[: problem.column - 1]
        print(f"    {' ' * sum(2 if c > '⺀' else 1 for c in before)}^")
