"""A room's way to its voice: :func:`connect` to the speech process, or :func:`in_process`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from avatars.speech.cache import SpeechCache, fingerprint, from_message
from avatars.speech.process import Booth, spec_to_plain
from engine import link
from engine.clock import Clock, SystemClock
from engine.errors import LinkError, VoiceError
from engine.link import Link
from engine.media import Language, Speech, VoiceSpec

TIMEOUT_S = 120.0
PATIENCE_S = 20.0
"""How long a room waits for a speech process that is being started again."""

_TRIES = 2


def connect(
    socket_path: Path,
    room: str,
    spec: VoiceSpec,
    cache: Path,
    *,
    clock: Clock | None = None,
    timeout_s: float = TIMEOUT_S,
    patience_s: float = PATIENCE_S,
) -> RoomSpeaker:
    """A Speaker that asks the speech process at ``socket_path``; connects when first needed.

    ``cache`` is the folder the process was given: lines in it do not wait for the process.
    """
    return RoomSpeaker(
        socket_path, room, spec, SpeechCache(cache), clock or SystemClock(), timeout_s, patience_s
    )


def in_process(spec: VoiceSpec, cache: Path, *, threads: int = 2) -> LocalSpeaker:
    """A Speaker with the voice in this process, for work that is not live."""
    return LocalSpeaker(spec, Booth(SpeechCache(cache), threads=threads))


class LocalSpeaker:
    """See ``engine.ports.Speaker``. One line at a time, in a thread; priorities do not matter."""

    def __init__(self, spec: VoiceSpec, booth: Booth) -> None:
        self._spec = spec
        self._booth = booth
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="booth")

    @property
    def stats(self) -> Mapping[str, Any]:
        ladder, _ = self._booth.ladder(self._spec)
        return {"queue": 0, **self._booth.status(), **ladder.status}

    async def say(self, text: str, language: Language, priority: int = 1) -> Speech:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._booth.say, self._spec, text, language)

    async def cached(self, text: str, language: Language) -> bool:
        _, print_of_voice = self._booth.ladder(self._spec)
        cache = self._booth.cache
        return cache.has(cache.key(self._spec, print_of_voice, text, language))

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


class RoomSpeaker:
    """See ``engine.ports.Speaker``. Outlives the speech process: connects again, asks once more."""

    def __init__(
        self,
        socket_path: Path,
        room: str,
        spec: VoiceSpec,
        cache: SpeechCache,
        clock: Clock,
        timeout_s: float,
        patience_s: float,
    ) -> None:
        self._socket_path = socket_path
        self._room = room
        self._spec = spec
        self._cache = cache
        self._clock = clock
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._print: str | None = None
        self._link: Link | None = None
        self._listening: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Speech]] = {}
        self._status: dict[str, Any] = {"voice": spec.engine, "wanted": spec.engine, "why": ""}
        self._hits = self._misses = self._reconnects = 0

    @property
    def stats(self) -> Mapping[str, Any]:
        """``voice`` in use, ``wanted`` and ``why`` not it, ``speech_per_s`` (seconds of speech per
        second of work, lately), ``queue`` (as of the last line), ``hits``, ``misses``."""
        return {
            "queue": 0,
            "speech_per_s": None,
            **self._status,
            "hits": self._hits,
            "misses": self._misses,
            "reconnects": self._reconnects,
            "connected": self._link is not None,
        }

    async def say(self, text: str, language: Language, priority: int = 1) -> Speech:
        """See ``engine.ports.Speaker``."""
        key = await self._key(text, language)
        if known := await asyncio.to_thread(self._cache.get, key):
            self._hits += 1
            return known
        self._misses += 1
        trouble = LinkError("the speech process does not answer")
        for _ in range(_TRIES):
            try:
                return await self._ask(text, language, priority)
            except LinkError as error:
                trouble = error
        raise VoiceError(f"the speech process is away: {trouble.message}") from trouble

    async def cached(self, text: str, language: Language) -> bool:
        """See ``engine.ports.Speaker``."""
        return await asyncio.to_thread(self._cache.has, await self._key(text, language))

    async def close(self) -> None:
        """Leave; lines still asked for fail."""
        if self._listening:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await self._lose(LinkError("the speaker was closed"))

    async def _key(self, text: str, language: Language) -> str:
        if self._print is None:
            self._print = await asyncio.to_thread(fingerprint, self._spec)
        return self._cache.key(self._spec, self._print, text, language)

    async def _ask(self, text: str, language: Language, priority: int) -> Speech:
        connection = await self._connected()
        number = next(self._numbers)
        answer: asyncio.Future[Speech] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        order = {"say": number, "text": text, "language": language, "priority": priority}
        try:
            await connection.send(order)
            return await asyncio.wait_for(answer, self._timeout_s)
        except TimeoutError as error:
            raise VoiceError(f"no speech within {self._timeout_s:.0f} s") from error
        finally:
            self._waiting.pop(number, None)
            if answer.cancelled() and self._link is connection:
                with suppress(LinkError):
                    await connection.send({"drop": number})

    async def _connected(self) -> Link:
        async with self._connecting:
            if self._link is not None:
                return self._link
            deadline_s = self._clock.now_s() + self._patience_s
            while True:
                try:
                    fresh = await link.connect(self._socket_path)
                    await fresh.send({"hello": self._room, "voice": spec_to_plain(self._spec)})
                    await fresh.receive()  # a process that is going away may still take callers
                    break
                except LinkError:
                    if self._clock.now_s() >= deadline_s:
                        raise
                    await self._clock.sleep(0.1)
            self._link = fresh
            self._listening = asyncio.create_task(self._listen(fresh))
            return fresh

    async def _listen(self, connection: Link) -> None:
        try:
            while True:
                header, body = await connection.receive()
                self._hear(header, body)
        except LinkError as error:
            self._reconnects += 1
            await self._lose(error)

    def _hear(self, header: dict[str, Any], body: bytes) -> None:
        answer = self._waiting.get(header.get("said", header.get("failed", -1)))
        if answer is None or answer.done():
            return
        if "failed" in header:
            error = VoiceError(str(header["message"]), retryable=bool(header["retryable"]))
            answer.set_exception(error)
            return
        self._status.update(header.get("status", {}))
        answer.set_result(from_message(header, body, cached=bool(header.get("cached"))))

    async def _lose(self, error: LinkError) -> None:
        gone, self._link = self._link, None
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_exception(error)
        if gone:
            await gone.close()


__all__ = ["LocalSpeaker", "RoomSpeaker", "connect", "in_process"]
