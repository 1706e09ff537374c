"""``nightmarket ctl``: a thin client of the control socket."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp

from engine import configfile, plugins
from engine.control.models import COMMANDS
from engine.errors import ConfigError, ControlError

EXIT_OK, EXIT_REFUSED, EXIT_USAGE, EXIT_AWAY = 0, 1, 2, 3


def ctl(config: Path, room: str, words: list[str], now: bool, as_json: bool) -> int:
    """Send one command to a room that is on air; returns the exit code (0 done, 1 refused, 2 usage, 3 away).

    Args:
        words: the command and its arguments, such as ``["price", "flask", "19.90"]``; ``state`` and
            ``events`` read.

    Raises:
        ConfigError: the config cannot be read, or names no such room.
    """
    try:
        command, body = read_words(words, now)
    except ControlError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    settings = configfile.read(config)
    if room not in settings.rooms:
        raise ConfigError(f"no room is called {room!r}", fix=plugins.suggestion(room, tuple(settings.rooms)))
    socket = settings.control.socket or settings.state / "control.sock"
    try:
        if command == "events":
            return asyncio.run(_listen(socket, room))
        status, answer = asyncio.run(ask(socket, room, command, body))
    except (aiohttp.ClientConnectionError, OSError):
        print(f"nobody answers on {socket}: is the room on air? (nightmarket run)", file=sys.stderr)
        return EXIT_AWAY
    except aiohttp.ClientError:
        print(f"the answer on {socket} ended early: did the room go off air?", file=sys.stderr)
        return EXIT_AWAY
    return _show(status, answer, command, as_json)


def read_words(words: list[str], now: bool) -> tuple[str, dict[str, Any]]:
    """The command and its body.

    Raises:
        ControlError: unknown command, or too few or too many arguments.
    """
    known = ("state", "events", *COMMANDS)
    if not words or words[0] not in known:
        word = words[0] if words else ""
        raise ControlError(f"no command {word!r}", fix=plugins.suggestion(word, known))
    command, arguments = words[0], words[1:]
    if now and command != "say":
        raise ControlError("--now belongs to say", fix="nightmarket ctl ROOM say --now TEXT")
    if command == "say" and arguments:
        return command, {"text": " ".join(arguments), "now": now}
    needed, allowed = _arguments(command)
    if not needed <= len(arguments) <= len(allowed):
        raise ControlError(f"{command} takes {' '.join(a.upper() for a in allowed) or 'no arguments'}")
    return command, dict(zip(allowed, arguments, strict=False))


def _arguments(command: str) -> tuple[int, tuple[str, ...]]:
    """How many words a command needs, and the names of all it takes."""
    if command == "say":
        return 1, ("text",)
    fields = COMMANDS[command][0].model_fields if command in COMMANDS else {}
    return sum(field.is_required() for field in fields.values()), tuple(fields)


async def ask(socket: Path, room: str, command: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """One call to the control socket: the HTTP status and the answer. Raises aiohttp errors and OSError."""
    base = f"http://nightmarket/v1/rooms/{room}"
    timeout = aiohttp.ClientTimeout(total=15)
    connector = aiohttp.UnixConnector(str(socket))
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        request = session.get(base) if command == "state" else session.post(f"{base}/{command}", json=body)
        async with request as response:
            return response.status, await response.json()


async def _listen(socket: Path, room: str) -> int:
    """Print events as JSON lines until interrupted, or until the rooms go off air."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), timeout=timeout) as session,
        session.get("http://nightmarket/v1/events", params={"room": room}) as response,
    ):
        if response.status != 200:
            return _show(response.status, await response.json(), "events", as_json=False)
        async for row in response.content:
            if row.startswith(b"data: ") and not _print(row[6:].decode().rstrip()):
                break
    return EXIT_OK


def _print(row: str) -> bool:
    """Print at once; False when the reader (``| head``) has had enough."""
    try:
        print(row, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains at exit
        return False
    return True


def _show(status: int, answer: dict[str, Any], command: str, as_json: bool) -> int:
    if status != 200:
        if as_json:
            print(json.dumps(answer, ensure_ascii=False))
        fix = f" ({answer['fix']})" if answer.get("fix") else ""
        print(f"{answer.get('error', 'refused')}{fix}", file=sys.stderr)
        return EXIT_AWAY if status == 503 else EXIT_REFUSED
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    elif command == "state":
        _show_state(answer)
    else:
        told = (f"{key.replace('_', ' ')}: {_plain(value)}" for key, value in answer.items() if value)
        print(", ".join(told) or "done")
    return EXIT_OK


def _plain(value: Any) -> str:
    """A value of an answer for a person: lists without brackets."""
    if isinstance(value, list):
        return "; ".join(_plain(part) for part in value)
    return str(value)


def _show_state(state: dict[str, Any]) -> None:
    segment = state.get("segment")
    print(
        f"{state['room']}: {state['state']}, {state['on_air_s']:.0f} s on air, {state['viewers']} viewers, "
        f"{state['late_pictures']} late pictures, {state.get('ahead_s', 0):.0f} s ready ahead"
    )
    if segment:
        print(f"  now   {_planned(segment)}")
    for planned in state["rundown"]:
        print(f"  next  {_planned(planned)} ({'ready' if planned['ready'] else 'in the making'})")
    for output in state["outputs"]:
        print(f"  out   {output['name']}: {output['state']} {output['detail']}".rstrip())


def _planned(segment: dict[str, Any]) -> str:
    return f"{' '.join(filter(None, (segment['kind'], segment.get('product'))))}: {segment['reason']}"
