"""``config.yaml`` to a :class:`~engine.config.Config`, with the place of every mistake.

:func:`read` is what a room starts with; :func:`problems` is what ``validate`` prints: the same mistakes, all
at once, and what would only bite on air (:mod:`engine.preflight`). Relative paths count from the folder of
the file. A secret is never in the file: a key that ends in ``_env`` names the variable that holds it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine import preflight, yamlfile
from engine.config import Config
from engine.errors import ConfigError
from engine.plugins import closest
from engine.problem import Problem, in_order, shown
from engine.yamlfile import Tree

MAX_BYTES = 1 << 20

_FILE_SETTINGS = ("folder", "file", "key_file", "secret_file", "path")
"""Settings of outputs and chat sources that are files or folders."""


def read(path: Path) -> Config:
    """The config as written, its paths absolute.

    Raises:
        ConfigError: it cannot be read or has mistakes; the first one, with its place, and how many more.
    """
    _, config, found = _read(path)
    errors = [problem for problem in found if problem.severity == "error"]
    if config is None or errors:
        first = errors[0]
        more = f"; {len(errors) - 1} more: nightmarket validate {path}" if len(errors) > 1 else ""
        raise ConfigError(f"{first.message}{more}", where=first.where, fix=first.fix)
    return config


def problems(path: Path, rooms: Collection[str] | None = None) -> list[Problem]:
    """Everything that is wrong, sorted by place.

    ``rooms`` are those that go on air (default: the enabled ones). What only concerns a room that stays
    off the air is a warning.
    """
    tree, config, found = _read(path)
    if tree is not None and config is not None:
        found = [*found, *preflight.check(config, tree, rooms)]
    return in_order(found)


def _read(path: Path) -> tuple[Tree | None, Config | None, list[Problem]]:
    """The tree, the config as far as it makes sense, and what is wrong with its words and shape."""
    file = str(path)
    text = _text(path)
    if isinstance(text, Problem):
        return None, None, [text]
    tree = yamlfile.parse(text, file)
    if tree.data is None:
        empty = [Problem(file, 1, 1, "the config is empty", allowed=("version", "rooms"))]
        return tree, None, tree.problems or empty
    if not isinstance(tree.data, dict):
        wrong = tree.problem((), "a config is a mapping: 'rooms:' and what belongs to it")
        return tree, None, [*tree.problems, wrong]
    config, errors = _shaped(_anchored(tree.data, path.absolute().parent))
    found = [*tree.problems, *(_problem(tree, error) for error in errors)]
    found.extend(_written_secrets(tree, tree.data, ()))
    return tree, config, in_order(found)


def _text(path: Path) -> str | Problem:
    file = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            return Problem(file, 0, 0, f"the config is larger than {MAX_BYTES >> 20} MB")
        data = path.read_bytes()
    except FileNotFoundError:
        return Problem(file, 0, 0, "there is no such config; 'nightmarket init DIR' writes one")
    except OSError as error:
        return Problem(file, 0, 0, f"the config cannot be read: {error.strerror}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", errors="replace")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        written = shown(data.splitlines()[line - 1].decode("utf-8", errors="replace"))
        return Problem(file, line, column, "not UTF-8: save the file as UTF-8", written)


# --- paths -----------------------------------------------------------------------------------------


def _anchored(written: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A copy in which the paths that Nightmarket knows of are absolute."""
    data = copy.deepcopy(dict(written))
    data.setdefault("state", ".nightmarket")
    _anchor(data, "state", folder)
    _anchor(data.get("control"), "socket", folder)
    rooms = data.get("rooms")
    for room in rooms.values() if isinstance(rooms, dict) else ():
        if not isinstance(room, dict):
            continue
        _anchor(room, "catalog", folder)
        _anchor(room.get("shop"), "mark", folder)
        if str(room.get("theme", "")).endswith((".yaml", ".yml")):
            _anchor(room, "theme", folder)
        for part in ("outputs", "chat"):
            entries = room.get(part)
            for entry in entries if isinstance(entries, list) else ():
                for settings in entry.values() if isinstance(entry, dict) else ():
                    for key in _FILE_SETTINGS:
                        _anchor(settings, key, folder)
    return data


def _anchor(part: Any, key: str, folder: Path) -> None:
    written = part.get(key) if isinstance(part, dict) else None
    if isinstance(written, str) and written not in ("", "-"):
        part[key] = str(folder / Path(written).expanduser())


# --- shape -----------------------------------------------------------------------------------------


def _shaped(data: dict[str, Any]) -> tuple[Config | None, list[ErrorDetails]]:
    """The config and all mistakes of shape; wrong parts are taken out so that the rest can be checked."""
    errors: list[ErrorDetails] = []
    for _ in range(8):
        try:
            return Config.model_validate(data), errors
        except ValidationError as error:
            found = error.errors(include_url=False)
            errors = errors or found
            if not _without(data, found):
                break
    return None, errors


def _without(data: dict[str, Any], errors: list[ErrorDetails]) -> bool:
    """Take out what is wrong; a part that lacks what cannot be stood in for goes as a whole.

    False: there is nothing to take out.
    """
    changed = False
    for error in errors:
        path = [step for step in error["loc"] if step != "[key]"]
        unknown = not path or error["type"] == "extra_forbidden"
        stand_in = None if unknown else _STAND_INS.get(str(path[-1]))
        if error["type"] == "missing" and stand_in is None:
            path.pop()
        part: Any = data
        try:
            for step in path[:-1]:
                part = part[step]
            if stand_in is not None:
                part[path[-1]] = copy.deepcopy(stand_in)
                changed = True
            elif path:
                del part[path[-1]]
                changed = True
        except (KeyError, IndexError, TypeError):
            continue  # a part above it is gone already
    return changed


def _problem(tree: Tree, error: ErrorDetails) -> Problem:
    path = tuple(step for step in error["loc"] if step != "[key]")
    name = str(path[-1]) if path else "the config"
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = _keys_at(path[:-1])
        meant = closest(name, allowed)
        return tree.problem(path, f"unknown key {name!r}", key=True, allowed=allowed, meant=meant)
    if kind == "missing":
        owner = f"of {str(path[-2])!r} " if len(path) > 1 else ""
        return tree.problem(path[:-1], f"{name!r} {owner}is missing", key=True)
    if kind == "literal_error":
        words = tuple(re.findall(r"[\w.-]+", str(context.get("expected", "")).replace(" or ", " ")))
        written = str(error.get("input"))[:40]
        return tree.problem(
            path, f"{written!r} is no value of {name!r}", allowed=words, meant=closest(written, words)
        )
    return tree.problem(path, f"{name!r} {_reason(error, name)}", key="[key]" in error["loc"])


def _reason(error: ErrorDetails, name: str) -> str:
    written = shown(str(error.get("input")))[:60]
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        said = {
            "size": "is written like 720x1280",
            "tcp": "is written like 127.0.0.1:8081",
            "currency": "is a code like USD or CNY",
        }
        return f"{said.get(name, 'is made of small letters, digits and -')}, not {written!r}"
    if error["type"] in {"greater_than_equal", "less_than_equal", "greater_than", "less_than"}:
        bound = next((f"{word} {context[key]}" for key, word in _BOUNDS.items() if key in context), "")
        return f"is {written}; it must be {bound}"
    if error["type"] == "too_short":
        return "is empty"
    if error["type"] == "dict_type" or error["type"] == "model_type":
        return "is a mapping: keys and values below it"
    reason = error["msg"].removeprefix("Value error, ")
    return f"is {written!r}: {reason[0].lower()}{reason[1:]}"


_STAND_INS: dict[str, Any] = {"title": "?", "name": "?", "shop": {"name": "?"}, "port": 0}
"""What stands in for a value that is missing or wrong, so that the parts around it can be checked."""

_BOUNDS = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}


def _keys_at(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys that the section at ``path`` may have."""
    kind: Any = Config
    for step in path:
        kind = _models(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and step in kind.model_fields:
            kind = kind.model_fields[str(step)].annotation
        elif get_origin(kind) in (dict, list):
            kind = get_args(kind)[-1]
    kind = _models(kind)
    return tuple(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else ()


def _models(kind: Any) -> Any:
    """``X`` of ``X | None``."""
    if get_origin(kind) in (Union, UnionType):
        return next(part for part in get_args(kind) if part is not type(None))
    return kind


def _written_secrets(tree: Tree, part: Any, path: yamlfile.Path) -> list[Problem]:
    """``${NAME}`` is not replaced here, and a secret must not stand in the file: say what to write."""
    if isinstance(part, dict):
        return [p for key, value in part.items() for p in _written_secrets(tree, value, (*path, key))]
    if isinstance(part, list):
        return [p for i, value in enumerate(part) for p in _written_secrets(tree, value, (*path, i))]
    if isinstance(part, str) and (found := re.search(r"\$\{?([A-Z][A-Z0-9_]*)\}?", part)):
        key = next((str(step) for step in reversed(path) if isinstance(step, str)), "key")
        message = f"{found[0]} is not replaced in this file"
        return [tree.problem(path, message, meant=f"{key}_env: {found[1]}")]
    return []
