"""What commands print: colour where it helps, JSON where it is data, one sentence for an error."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

_CODES = {"red": "31", "yellow": "33", "green": "32", "bold": "1", "dim": "2"}


def coloured(text: str, colour: str, stream: IO[str] | None = None) -> str:
    """``text`` in a colour, on a terminal that wants any (NO_COLOR, TERM=dumb)."""
    stream = stream or sys.stdout
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    return text if plain else f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def complain(message: str, *, where: str | None = None, fix: str | None = None) -> None:
    """One sentence on standard error: where, what, and the way out."""
    place = f"{nearby(where)}: " if where else ""
    way_out = f" ({fix})" if fix else ""
    print(f"{coloured('error:', 'red', sys.stderr)} {place}{message}{way_out}", file=sys.stderr)


def print_json(data: Any) -> None:
    """Data for programs: UTF-8, indented, keys as they are."""
    print(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def nearby(place: str) -> str:
    """A path as seen from here where that is shorter."""
    here = f"{Path.cwd()}{os.sep}"
    return place[len(here) :] if place.startswith(here) else place
