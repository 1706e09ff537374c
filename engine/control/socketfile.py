"""The control socket's file: held by one instance, left alone where it is not ours, born 0600."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
from pathlib import Path
from typing import TextIO

from engine.errors import ConfigError


def hold(path: Path) -> TextIO:
    """Take the lock beside the socket: asyncio would silently replace a living instance's.

    Raises:
        ConfigError: a living instance holds it.
    """
    name = path.with_name(path.name + ".lock")
    lock = os.fdopen(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise ConfigError(f"a living instance holds {path}", fix="stop it first") from None
    return lock


def clear(path: Path) -> None:
    """Remove what a dead instance left, and nothing else.

    Raises:
        ConfigError: a file of the user's lies there, or another program listens there.
    """
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise ConfigError(f"{path} is there and is no socket", fix="give control.socket another path")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()  # nobody listens
            return
    raise ConfigError(f"another program listens on {path}", fix="give control.socket another path")


def bind(path: Path) -> socket.socket:
    """A socket born 0600: the mask is set before it exists, so at no moment may others connect.

    The mask is the whole process's and children inherit it, so nothing is awaited while it is set.
    """
    bound = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        bound.bind(str(path))
    except OSError:
        bound.close()
        raise
    finally:
        os.umask(mask)
    return bound
