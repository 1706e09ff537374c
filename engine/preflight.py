"""What would only bite on air: names that no plug-in has, files, ports, secrets, a voice for the language."""

from __future__ import annotations

import os
import socket
import tempfile
import zoneinfo
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import plugins, yamlfile
from engine.config import Config, Room
from engine.errors import PictureError
from engine.plugins import closest
from engine.problem import Problem
from engine.script import importing, pictures
from engine.yamlfile import Tree


def check(config: Config, tree: Tree, rooms: Collection[str] | None = None) -> list[Problem]:
    """All of it, for the whole config. A room that stays off the air only gets warnings.

    Raises:
        nothing: what cannot be checked is a problem.
    """
    found = [*_web(config, tree), *_control(config, tree), *_state(config, tree)]
    for name, room in config.rooms.items():
        on_air = name in rooms if rooms is not None else room.enabled
        for problem in _room(name, room, tree):
            found.append(problem if on_air else replace(problem, severity="warning"))
    if rooms is not None:
        known = tuple(config.rooms)
        for name in rooms:
            if name not in known:
                message = f"there is no room {name!r}"
                found.append(
                    tree.problem(("rooms",), message, key=True, allowed=known, meant=closest(name, known))
                )
    return [*found, *_recordings(config, tree)]


# --- the machine -----------------------------------------------------------------------------------


def _web(config: Config, tree: Tree) -> Iterator[Problem]:
    if why := port_in_use(config.web.host, config.web.port):
        yield tree.problem(
            ("web", "port"), f"the page cannot listen on {config.web.host}:{config.web.port}: {why}"
        )


def _control(config: Config, tree: Tree) -> Iterator[Problem]:
    if config.control.tcp is None:
        return
    host, _, port = config.control.tcp.rpartition(":")
    if why := port_in_use(host, int(port)):
        yield tree.problem(("control", "tcp"), f"control cannot listen on {config.control.tcp}: {why}")
    if not os.environ.get(config.control.token_env):
        message = f"control over TCP needs a token: the variable {config.control.token_env} is not set"
        yield tree.problem(("control", "token_env"), message)


def port_in_use(host: str, port: int) -> str | None:
    """Why nobody can listen there now, or None."""
    if port == 0:
        return None
    if port > 65535:
        return "there is no such port"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        return "no such host"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def _state(config: Config, tree: Tree) -> Iterator[Problem]:
    if why := not_writable(config.state):
        yield tree.problem(("state",), f"the state directory {config.state} cannot be written: {why}")


def not_writable(folder: Path) -> str | None:
    """Why no file can be made in a folder (or the folder itself), or None; leaves nothing behind."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return (error.strerror or str(error)).lower()


# --- a room ----------------------------------------------------------------------------------------


def _room(name: str, room: Room, tree: Tree) -> Iterator[Problem]:
    path: yamlfile.Path = ("rooms", name)
    yield from _host(room, tree, path)
    if not room.theme.endswith((".yaml", ".yml")):
        yield from _name("theme", room.theme, tree, (*path, "theme"))
    elif not Path(room.theme).is_file():
        yield tree.problem((*path, "theme"), f"the theme {room.theme} is not there")
    if room.voice.engine:
        yield from _name("voice", room.voice.engine, tree, (*path, "voice", "engine"))
    yield from _mark(room, tree, path)
    if not room.outputs:
        yield replace(tree.problem((*path, "outputs"), "no output: nobody will see this room"), severity="warning")
    yield from _entries("publisher", "outputs", room.outputs, tree, path)
    yield from _entries("chat", "chat", room.chat, tree, path)
    yield from _variables(room.voice.options, tree, (*path, "voice", "options"))
    yield from _writer(room, tree, path)
    try:
        zoneinfo.ZoneInfo(room.show.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zones = tuple(sorted(zoneinfo.available_timezones()))
        message = f"there is no time zone {room.show.timezone!r}"
        meant = closest(room.show.timezone, zones) or "Asia/Shanghai"
        yield tree.problem((*path, "show", "timezone"), message, meant=meant)
    yield from _catalog(room, tree, path)


def _name(port: str, name: str, tree: Tree, path: yamlfile.Path, *, key: bool = False) -> Iterator[Problem]:
    allowed = plugins.names(port)
    if name not in allowed:
        message = f"there is no {port} {name!r}"
        yield tree.problem(path, message, key=key, allowed=allowed, meant=closest(name, allowed))


def _host(room: Room, tree: Tree, path: yamlfile.Path) -> Iterator[Problem]:
    unknown = list(_name("host", room.host, tree, (*path, "host")))
    if unknown:
        yield from unknown
        return
    speaks = plugins.languages_of(room.host)
    if speaks and room.language not in speaks:
        others = (host for host in plugins.names("host") if room.language in plugins.languages_of(host))
        message = f"{room.host!r} does not speak the room's language {room.language!r}"
        yield tree.problem((*path, "host"), message, allowed=tuple(others))


def _mark(room: Room, tree: Tree, path: yamlfile.Path) -> Iterator[Problem]:
    if room.shop.mark is None:
        return
    try:
        pictures.check(room.shop.mark)
    except PictureError as error:
        yield tree.problem((*path, "shop", "mark"), f"the shop's mark cannot be shown: {error.message}")


def _entries(
    port: str, part: str, entries: list[dict[str, dict[str, Any]]], tree: Tree, path: yamlfile.Path
) -> Iterator[Problem]:
    for index, entry in enumerate(entries):
        here = (*path, part, index)
        if len(entry) != 1:
            yield tree.problem(here, f"an entry of {part!r} is one word with its settings below it")
        for kind, settings in entry.items():
            yield from _name(port, kind, tree, (*here, kind), key=True)
            yield from _variables(settings, tree, (*here, kind))


def _variables(settings: dict[str, Any], tree: Tree, path: yamlfile.Path) -> Iterator[Problem]:
    for key, value in settings.items():
        if key.endswith("_env") and not os.environ.get(str(value)):
            yield tree.problem((*path, key), f"the environment variable {value} is not set")
        if key in ("key_file", "secret_file") and not Path(str(value)).is_file():
            yield tree.problem((*path, key), f"the file {value} is not there")


def _writer(room: Room, tree: Tree, path: yamlfile.Path) -> Iterator[Problem]:
    if room.writer.kind != "llm":
        return
    for key in ("base_url", "model"):
        if not getattr(room.writer, key):
            yield tree.problem((*path, "writer"), f"a writer of kind 'llm' needs {key!r}", key=True)
    variable = room.writer.api_key_env
    if variable and not os.environ.get(variable):
        yield tree.problem(
            (*path, "writer", "api_key_env"), f"the environment variable {variable} is not set"
        )


def _catalog(room: Room, tree: Tree, path: yamlfile.Path) -> Iterator[Problem]:
    loaded = importing.read(room.catalog, language=room.language, currency=room.currency)
    for problem in loaded.problems:
        if problem.line == 0:  # the file as a whole: where the config names it
            yield replace(tree.problem((*path, "catalog"), problem.message), severity=problem.severity)
        else:
            yield problem
    for product in loaded.catalog.products:
        if product.picture is not None:
            try:
                pictures.check(product.picture)
            except PictureError as error:
                message = f"{product.id!r} goes without a picture: {error.message}"
                yield Problem(str(product.picture), 0, 0, message, severity="warning")


def _recordings(config: Config, tree: Tree) -> Iterator[Problem]:
    """Two recordings that would write the same files."""
    taken: dict[tuple[str, str], str] = {}
    for name, room in config.rooms.items():
        for index, entry in enumerate(room.outputs):
            settings = entry.get("recording")
            if settings is None:
                continue
            pattern = str(settings.get("pattern", "{room}")).replace("{room}", name)
            files = (str(settings.get("folder", "recordings")), pattern)
            if files in taken:
                message = f"records the same files as {taken[files]!r}: give it another folder or pattern"
                yield tree.problem(("rooms", name, "outputs", index), message)
            taken[files] = name
