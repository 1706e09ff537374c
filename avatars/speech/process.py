"""The speech process: one voice model, one line at a time, for every room of the machine.

Started by ``house.SpeechHouse``. Rooms reach it on a Unix socket:

    room → process    {"hello": room, "voice": spec} once, answered by {"welcome": room}, then
                      {"say": id, "text", "language", "priority"} or {"drop": id}
    process → room    {"said": id, …} with samples, or {"failed": id, "message", "retryable"}

The parent sends ``{"ping": n}`` and gets the status, ``busy_s`` in it: how long the present line
has taken. The model runs in a thread of its own, so a hanging model shows there.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avatars.speech.cache import MOST_BYTES, SpeechCache, fingerprint, to_message
from avatars.speech.ladder import Ladder, create_ladder
from avatars.speech.turns import Turns
from engine import link
from engine.clock import Clock, SystemClock
from engine.errors import LinkError, NightmarketError, VoiceError
from engine.link import Link
from engine.media import Language, Speech, VoiceSpec

LATELY_S = 60.0
_log = logging.getLogger(__name__)


def spec_to_plain(spec: VoiceSpec) -> dict[str, Any]:
    return {
        "engine": spec.engine,
        "name": spec.name,
        "speed": spec.speed,
        "options": dict(spec.options),
    }


def spec_from_plain(plain: Mapping[str, Any]) -> VoiceSpec:
    return VoiceSpec(
        engine=str(plain["engine"]),
        name=str(plain["name"]),
        speed=float(plain["speed"]),
        options=dict(plain["options"]),
    )


@dataclass
class Booth:
    """Where lines are spoken: a ladder per voice and the cache. One thread at a time."""

    cache: SpeechCache
    clock: Clock = field(default_factory=SystemClock)
    threads: int = 2
    _ladders: dict[str, tuple[Ladder, str]] = field(default_factory=dict)
    _lately: deque[tuple[float, float, float]] = field(default_factory=deque)

    def ladder(self, spec: VoiceSpec) -> tuple[Ladder, str]:
        """The ladder of a voice and the fingerprint of its wanted engine."""
        name = repr(spec_to_plain(spec))
        if name not in self._ladders:
            options = {"threads": self.threads, **spec.options}
            whole = VoiceSpec(spec.engine, spec.name, spec.speed, options)
            self._ladders[name] = create_ladder(whole, self.clock), fingerprint(spec)
        return self._ladders[name]

    def say(self, spec: VoiceSpec, text: str, language: Language) -> Speech:
        """The line from the cache or from the voice.

        Raises:
            VoiceError: there is nothing to say in it.
        """
        ladder, print_of_voice = self.ladder(spec)
        key = self.cache.key(spec, print_of_voice, text, language)
        if known := self.cache.get(key):
            return known
        start_s = self.clock.now_s()
        speech = ladder.say(text, language)
        now_s = self.clock.now_s()
        self._lately.append((now_s, speech.duration_s, now_s - start_s))
        # What a lesser voice said is not kept: the wanted one may be back tomorrow.
        if speech.voice.partition(":")[0] == ladder.wanted != "silent":
            self.cache.put(key, speech)
        return speech

    def status(self) -> dict[str, Any]:
        """``speech_per_s``: seconds of speech made per second of work in the last minute."""
        since_s = self.clock.now_s() - LATELY_S
        while self._lately and self._lately[0][0] < since_s:
            self._lately.popleft()
        rows = list(self._lately)
        worked_s = sum(row[2] for row in rows)
        spoken_s = sum(row[1] for row in rows)
        return {"speech_per_s": round(spoken_s / worked_s, 3) if worked_s > 0 else None}


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    caller: Link
    id: int | None
    """None: only load the voice."""
    spec: VoiceSpec
    text: str = ""
    language: Language = "zh"


class SpeechProcess:
    """Callers on one side, the booth's thread on the other."""

    def __init__(self, booth: Booth, clock: Clock) -> None:
        self._booth = booth
        self._clock = clock
        self._turns: Turns[_Job] = Turns()
        self._changed = threading.Condition()
        self._busy_since_s: float | None = None
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._work, daemon=True, name="booth").start()

    def status(self) -> dict[str, Any]:
        with self._changed:
            queue, since_s = len(self._turns), self._busy_since_s
        busy_s = 0.0 if since_s is None else self._clock.now_s() - since_s
        return {"queue": queue, "busy_s": busy_s, **self._booth.status()}

    async def serve(self, caller: Link) -> None:
        """Answer one room until it leaves."""
        hello, _ = await caller.receive()
        try:
            room, spec = str(hello["hello"]), spec_from_plain(hello["voice"])
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError("a caller did not say who it is", retryable=False) from error
        await caller.send({"welcome": room})
        self._put(room, 0, _Job(caller, None, spec))
        try:
            while True:
                order, _ = await caller.receive()
                if "drop" in order:
                    number = order["drop"]
                    self._drop(lambda job, n=number: job.caller is caller and job.id == n)
                elif "say" in order:
                    job = _Job(caller, order["say"], spec, order["text"], order["language"])
                    self._put(room, int(order.get("priority", 1)), job)
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError(f"nonsense from {room}", retryable=False) from error
        finally:
            self._drop(lambda job: job.caller is caller)

    def _put(self, room: str, priority: int, job: _Job) -> None:
        with self._changed:
            self._turns.put(room, priority, job)
            self._changed.notify()

    def _drop(self, unwanted: Any) -> None:
        with self._changed:
            self._turns.drop(unwanted)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy_since_s = None
                while (job := self._turns.take()) is None:
                    self._changed.wait()
                self._busy_since_s = self._clock.now_s()
            header, body = self._do(job)
            if header:
                self._loop.call_soon_threadsafe(self._answer, job.caller, header, body)

    def _do(self, job: _Job) -> tuple[dict[str, Any], bytes]:
        ladder, _ = self._booth.ladder(job.spec)
        if job.id is None:
            ladder.warm()
            return {}, b""
        try:
            speech = self._booth.say(job.spec, job.text, job.language)
        except NightmarketError as error:
            failed = {"failed": job.id, "message": error.message, "retryable": error.retryable}
            return failed, b""
        except Exception as error:
            _log.exception("a line could not be spoken")
            return {"failed": job.id, "message": f"{error}", "retryable": True}, b""
        header, body = to_message(speech)
        return {
            **header,
            "said": job.id,
            "cached": speech.cached,
            "status": {**self.status(), **ladder.status},
        }, body

    def _answer(self, caller: Link, header: dict[str, Any], body: bytes) -> None:
        async def send() -> None:
            with suppress(LinkError):  # the room may have left meanwhile
                await caller.send(header, body)

        task = self._loop.create_task(send())
        _answers.add(task)
        task.add_done_callback(_answers.discard)


_answers: set[asyncio.Task[None]] = set()


def main() -> None:
    """``python -m avatars.speech``: settings come by the link to the parent."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="speech: %(message)s")
    sock = link.parent_socket(at_once=True)
    asyncio.run(_run(sock))


async def _run(sock: Any) -> None:
    parent = await Link.over(sock)
    try:
        settings, _ = await parent.receive()
        os.nice(int(settings.get("nice", 10)))
        clock = SystemClock()
        cache = SpeechCache(Path(settings["cache"]), int(settings.get("most_bytes", MOST_BYTES)))
        booth = Booth(cache, clock, int(settings.get("threads", 2)))
        process = SpeechProcess(booth, clock)
        await link.listen(Path(settings["socket"]), process.serve)
        await parent.send({"ready": True})
        while True:
            ping, _ = await parent.receive()
            await parent.send({"pong": ping.get("ping"), **process.status()})
    except LinkError:
        pass
    finally:
        os._exit(0)  # the booth's thread may be deep in the model: nobody needs its line any more


__all__ = ["Booth", "SpeechProcess", "VoiceError", "main", "spec_from_plain", "spec_to_plain"]
