"""``nightmarket init``: a config and a catalog that work, to be changed."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write a working starter config and catalog into a folder"

STARTER = Path(__file__).resolve().parent.parent / "starter"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--language", choices=("en", "zh"), default="en", help="the room's language (default: en)")


def run(args: argparse.Namespace) -> int:
    written = write(args.folder, args.language)
    for path in written:
        print(path)
    print(f"\nOn air:  nightmarket run {args.folder / 'config.yaml'}")
    return 0


def write(folder: Path, language: str) -> list[Path]:
    """Copy the starter; returns what was written.

    Raises:
        ConfigError: one of the files is there already (nothing is written then), or none can be.
    """
    from engine.errors import ConfigError

    wanted = {
        folder / source.relative_to(part): source
        for part in (STARTER / language, STARTER / "both")
        for source in sorted(part.rglob("*"))
        if source.is_file()
    }
    for path in wanted:
        if path.exists():
            raise ConfigError("nothing is overwritten", where=str(path), fix="name another folder")
    try:
        for path, source in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot write here: {error.strerror}", where=str(folder)) from error
    return list(wanted)
