"""``nightmarket schema``: the config's JSON schema, for editors."""

from __future__ import annotations

import argparse
from typing import Any

from engine.cli.terminal import print_json

HELP = "print the JSON schema of config.yaml, for editors"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(args: argparse.Namespace) -> int:
    print_json(schema())
    return 0


def schema() -> dict[str, Any]:
    """The schema, with the names that are installed here as the values allowed."""
    from engine import plugins
    from engine.config import Config

    found = Config.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "Nightmarket config"
    room = found["$defs"]["Room"]["properties"]
    for key in ("host", "theme"):
        if names := plugins.names(key):
            room[key]["examples"] = list(names)
    for key, port in (("outputs", "publisher"), ("chat", "chat")):
        if names := plugins.names(port):
            room[key]["items"]["propertyNames"] = {"enum": list(names)}
    return found
