"""Talking to our own processes: framed messages over a stream socket, no pickle.

A message is a JSON object and a binary body::

    4 bytes "NMK1" | header length, u32 | body length, u32 | header (UTF-8 JSON object) | body

Lengths are big-endian and capped, so a stranger or a torn stream costs a :class:`LinkError`, never
memory. :class:`Link` is the asyncio side, :class:`BlockingLink` the side of a process that may
block. :func:`spawn` starts a child that inherits one end of a socket pair; what it must know,
secrets too, is the first message and so never in argv or the environment.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine.errors import LinkError

Message = tuple[dict[str, Any], bytes]

MAX_HEADER_BYTES = 4 << 20
MAX_BODY_BYTES = 128 << 20
FD_VARIABLE = "NIGHTMARKET_LINK_FD"

_MAGIC = b"NMK1"
_PREFIX = struct.Struct(">4sII")
_READ_AHEAD_BYTES = 1 << 20
_ORPHAN_GRACE_S = 5.0
_PR_SET_PDEATHSIG = 1
_QUIET_MATHS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    # glibc keeps an arena per thread; pictures come and go on several, and memory would only grow.
    "MALLOC_ARENA_MAX": "2",
}


# --- frames --------------------------------------------------------------------------------------


def pack(header: Mapping[str, Any], body: bytes | bytearray | memoryview = b"") -> bytes:
    """One message as bytes.

    Raises:
        LinkError: the header is not JSON, or a part is larger than the cap.
    """
    try:
        text = json.dumps(dict(header), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        encoded = text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise LinkError(f"message is not JSON: {error}", retryable=False) from error
    size = memoryview(body).nbytes
    _check_sizes(len(encoded), size)
    return b"".join((_PREFIX.pack(_MAGIC, len(encoded), size), encoded, body))


def unpack(frame: bytes) -> Message:
    """The one message in ``frame``.

    Raises:
        LinkError: it is not exactly one message.
    """
    if len(frame) < _PREFIX.size:
        raise LinkError("message is cut short")
    header_bytes, body_bytes = _read_prefix(frame[: _PREFIX.size])
    body_start = _PREFIX.size + header_bytes
    if len(frame) != body_start + body_bytes:
        raise LinkError("message is cut short")
    return _read_header(frame[_PREFIX.size : body_start]), frame[body_start:]


def _check_sizes(header_bytes: int, body_bytes: int) -> None:
    if header_bytes > MAX_HEADER_BYTES or body_bytes > MAX_BODY_BYTES:
        raise LinkError(
            f"message of {header_bytes} + {body_bytes} bytes is larger than "
            f"{MAX_HEADER_BYTES} + {MAX_BODY_BYTES}",
            retryable=False,
        )


def _read_prefix(prefix: bytes) -> tuple[int, int]:
    magic, header_bytes, body_bytes = _PREFIX.unpack(prefix)
    if magic != _MAGIC:
        raise LinkError("the other process does not speak our language", retryable=False)
    _check_sizes(header_bytes, body_bytes)
    return header_bytes, body_bytes


def _read_header(encoded: bytes) -> dict[str, Any]:
    try:
        header = json.loads(encoded.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LinkError("message header is not JSON", retryable=False) from error
    if not isinstance(header, dict):
        raise LinkError("message header is not an object", retryable=False)
    return header


# --- two sides -----------------------------------------------------------------------------------


class Link:
    """The asyncio side. Any task may send; one task receives."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, sock: socket.socket) -> Link:
        """A link over a connected stream socket, which it owns from now on."""
        reader, writer = await asyncio.open_connection(sock=sock, limit=_READ_AHEAD_BYTES)
        return cls(reader, writer)

    async def send(self, header: Mapping[str, Any], body: bytes | memoryview = b"") -> None:
        """Send one message; waits while the other side is slow.

        Raises:
            LinkError: the other side is gone, or the message is too large or not JSON.
        """
        frame = pack(header, body)
        if self._writer.is_closing():
            raise LinkError("the link is closed")
        try:
            self._writer.write(frame)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise LinkError(f"the other process went away: {error}") from error

    async def receive(self) -> Message:
        """The next message.

        Raises:
            LinkError: the other side closed (``retryable``), or sent nonsense (not ``retryable``;
                nothing after it can be trusted: close).
        """
        try:
            header_bytes, body_bytes = _read_prefix(await self._reader.readexactly(_PREFIX.size))
            header = _read_header(await self._reader.readexactly(header_bytes))
            return header, await self._reader.readexactly(body_bytes)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise LinkError("the other process closed the link") from error

    async def close(self) -> None:
        """Close; harmless when closed already."""
        self._writer.close()
        with suppress(OSError, RuntimeError):
            await self._writer.wait_closed()


class BlockingLink:
    """The blocking side. Any thread may send; one thread receives."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(True)
        self._socket = sock
        self._sending = threading.Lock()

    def send(self, header: Mapping[str, Any], body: bytes | memoryview = b"") -> None:
        """Send one message; blocks while the other side is slow. Raises as ``Link.send``."""
        frame = pack(header, body)
        try:
            with self._sending:
                self._socket.sendall(frame)
        except OSError as error:
            raise LinkError(f"the other process went away: {error}") from error

    def receive(self) -> Message:
        """Wait for the next message. Raises LinkError as ``Link.receive``."""
        header_bytes, body_bytes = _read_prefix(self._read(_PREFIX.size))
        header = _read_header(self._read(header_bytes))
        return header, self._read(body_bytes)

    def arrived(self, timeout_s: float = 0.0) -> bool:
        """True when ``receive`` has something to read (or to raise) within ``timeout_s``."""
        try:
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            return bool(poll.poll(timeout_s * 1000))
        except (OSError, ValueError):
            return True

    def close(self) -> None:
        """Close; harmless when closed already. Wakes a thread that is in ``receive``."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self, size: int) -> bytes:
        buffer = bytearray(size)
        view = memoryview(buffer)
        got = 0
        while got < size:
            try:
                count = self._socket.recv_into(view[got:])
            except OSError as error:
                raise LinkError(f"the other process went away: {error}") from error
            if not count:
                raise LinkError("the other process closed the link")
            got += count
        return bytes(buffer)


# --- Unix sockets --------------------------------------------------------------------------------


async def connect(path: Path) -> Link:
    """A link to the process that listens on ``path``.

    Raises:
        LinkError: nobody listens there.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=_READ_AHEAD_BYTES)
    except OSError as error:
        raise LinkError(f"nobody listens on {path}: {error}") from error
    return Link(reader, writer)


async def listen(path: Path, serve: Callable[[Link], Awaitable[None]]) -> asyncio.Server:
    """Listen on a Unix socket, born 0600 in a folder of 0700; ``serve`` runs once per caller.

    A socket file left by a dead process is replaced; that no living one is robbed is for the caller
    to make sure of (one owner per state folder).

    Raises:
        LinkError: the socket cannot be made (its path is longer than about 100 bytes, …).
    """

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer)
        try:
            await serve(link)
        except LinkError:
            pass  # a caller that left or spoke nonsense ends its own link only
        finally:
            await link.close()

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mask = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        return await asyncio.start_unix_server(greet, str(path), limit=_READ_AHEAD_BYTES)
    except OSError as error:
        raise LinkError(f"cannot listen on {path}: {error}", retryable=False) from error
    finally:
        os.umask(mask)


# --- children ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours and the link to it."""

    process: asyncio.subprocess.Process
    link: Link

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    def kill(self) -> None:
        """End it at once (SIGKILL); harmless when it has ended."""
        with suppress(ProcessLookupError):
            self.process.kill()

    async def close(self, timeout_s: float = 5.0) -> int:
        """Close the link, give it ``timeout_s`` to finish, then kill it; returns its exit code."""
        await self.link.close()
        try:
            # Not wait_for: in Python 3.11 it can swallow a cancellation.
            async with asyncio.timeout(timeout_s):
                return await self.process.wait()
        except TimeoutError:
            self.kill()
            return await self.process.wait()


async def spawn(
    module: str,
    settings: Mapping[str, Any],
    *,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    output: int | IO[Any] | None = None,
) -> Child:
    """Start ``python -m module`` with a link; ``settings`` is its first message.

    Args:
        arguments: for ``ps`` only; nothing secret.
        environment: added to ours.
        output: where its stdout and stderr go; our stderr when None.

    Raises:
        LinkError: it could not be started, or ended before it took its settings.
    """
    ours, theirs = socket.socketpair()
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    variables = {
        **os.environ,
        **_QUIET_MATHS,
        **(environment or {}),
        "PYTHONPATH": os.pathsep.join(paths),
        FD_VARIABLE: str(theirs.fileno()),
    }
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a folder named like a module in the working directory must not be imported
            "-m",
            module,
            *arguments,
            env=variables,
            pass_fds=(theirs.fileno(),),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=2 if output is None else output,
            stderr=2 if output is None else output,
            # A Ctrl-C in the terminal goes to its whole group; only the supervisor may act on it.
            start_new_session=True,
        )
    except OSError as error:
        ours.close()
        raise LinkError(f"cannot start {module}: {error}") from error
    finally:
        theirs.close()
    child = Child(process, await Link.over(ours))
    try:
        await child.link.send(settings)
    except LinkError:
        child.kill()
        await child.close()
        raise
    return child


def parent_socket(*, at_once: bool = False) -> socket.socket:
    """In a child: the socket to the parent; call it once, first thing.

    From then on the child does not outlive its parent: the socket ends, and five seconds later the
    process is ended wherever it is. ``at_once`` asks the kernel for SIGKILL instead (Linux), which
    also reaches a process that is stuck in C code with the GIL; for who has nothing to finish.
    (The kernel watches the *thread* that called :func:`spawn`; keep it in the main one.)

    Raises:
        LinkError: this process was not started by :func:`spawn`.
    """
    number = os.environ.pop(FD_VARIABLE, "")
    try:
        sock = socket.socket(fileno=int(number))
    except (ValueError, OSError) as error:
        raise LinkError("started by hand: only the engine starts this process") from error
    sock.set_inheritable(False)
    if at_once and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_outlive_nobody, args=(os.getppid(),), daemon=True).start()
    return sock


def parent(*, at_once: bool = False) -> BlockingLink:
    """In a blocking child: the link to the parent (see :func:`parent_socket`)."""
    return BlockingLink(parent_socket(at_once=at_once))


def _outlive_nobody(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(0.5)
    time.sleep(_ORPHAN_GRACE_S)
    os._exit(1)


__all__ = [
    "MAX_BODY_BYTES",
    "MAX_HEADER_BYTES",
    "BlockingLink",
    "Child",
    "Link",
    "connect",
    "listen",
    "pack",
    "parent",
    "parent_socket",
    "spawn",
    "unpack",
]
