"""The same show without an audience: rendered to a file in virtual time, or only written down.

The air waits for the desk here, so the machine's speed changes nothing: same seed, same show.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from engine import config, configfile, plugins
from engine.clock import SystemClock, VirtualClock
from engine.errors import ConfigError, NightmarketError
from engine.hosts import read_host
from engine.media import I420, Packet, Samples
from engine.performance import Performed
from engine.ports import Encoder, Publisher, Speaker
from engine.room.parts import Parts, assemble, make_director, speech_cache, voice_of
from engine.script.segment import Script
from engine.show.show import Show

log = logging.getLogger(__name__)

Event = dict[str, Any]
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line of a ``--chat`` file."""

    at_s: float
    user: str
    text: str


def find_room(settings: config.Config, name: str) -> config.Room:
    """The config of one room.

    Raises:
        ConfigError: no such room.
    """
    if name not in settings.rooms:
        raise ConfigError(f"no room is called {name!r}", fix=plugins.suggestion(name, tuple(settings.rooms)))
    return settings.rooms[name]


def render(config: Path, room: str, out: Path, seconds: float, chat: Path | None, trace: Path | None,
           seed: int | None, as_json: bool) -> int:
    """Render ``seconds`` of a room to an MP4; returns the exit code.

    Raises:
        NightmarketError: the room cannot be built, or the file cannot be written.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    report = render_file(config, room, out, seconds, read_chat(chat) if chat else [], trace, seed)
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(f"{out}: {seconds:.0f} s in {report['took_s']} s ({report['speed']} × real time), "
              f"{report['lines']} lines, {report['answers']} answers, voice {report['voice']}")
    return 0


def render_file(config: Path, room: str, out: Path, seconds: float, messages: list[ChatLine], trace: Path | None,
                seed: int | None) -> dict[str, Any]:
    """Render to ``out`` and tell how it went (lines, answers, voice, seconds taken, speed).

    Raises:
        NightmarketError: the room cannot be built, or the file cannot be written.
    """
    began = time.monotonic()
    report = asyncio.run(_render(config, room, out, seconds, messages, trace, seed))
    took_s = time.monotonic() - began
    return report | {"out": str(out), "seconds": seconds, "took_s": round(took_s, 2),
                     "speed": round(seconds / max(took_s, 1e-6), 2)}


def read_chat(path: Path) -> list[ChatLine]:
    """Read a ``--chat`` file: ``{"at": seconds, "user": …, "text": …}`` a line; broken lines are reported
    and left out.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        rows = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the chat file cannot be read: {error}", where=str(path)) from error
    lines = []
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        try:
            said = json.loads(row)
            lines.append(ChatLine(float(said["at"]), str(said.get("user", "")), str(said["text"])))
        except (ValueError, KeyError, TypeError):
            print(f"{path}:{number}: not a chat line (want at, user, text); left out", file=sys.stderr)
    return sorted(lines, key=lambda line: line.at_s)


class Trace:
    """Writes the show's events as JSON lines; does nothing without a path."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None
        self.lines = 0
        self.answers = 0

    def __enter__(self) -> Trace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 place: TracebackType | None) -> None:
        if self._file:
            self._file.close()

    def took(self, event: Event) -> None:
        """One event of the room (``RoomPort.events``) as lines of the trace."""
        kind = event["event"]
        if kind == "line":
            self._line(event)
        elif kind == "segment":
            self._write(kind, event["t"], id=event["id"], segment_kind=event["kind"], product=event["product"],
                        reason=event["reason"])
        elif kind == "answer":
            if event["status"] == "speaking":
                self.answers += 1
                self._write(kind, event["t"], chat=event["chat"], question_at=event["question_at"],
                            text=event["text"], facts=event.get("facts", {}))
        elif kind in ("mouth", "late", "standby", "control", "chat", "dropped"):
            self._write(kind, event["t"], **{k: v for k, v in event.items() if k not in ("event", "t")})

    def _line(self, event: Event) -> None:
        start = event["t"]
        if event["spoken"]:
            self.lines += 1
        self._write("line", start, end=round(start + event["duration_s"], 3), text=event["text"],
                    language=event["language"], segment=event["segment"], product=event["product"],
                    facts=event["facts"], spoken=event["spoken"], chat=event["chat"])
        for start_s, end_s, first, last in event["words"]:
            self._write("word", round(start + start_s, 3), end=round(start + end_s, 3),
                        text=event["text"][first:last])

    def _write(self, kind: str, t: float, **fields: Any) -> None:
        if self._file:
            self._file.write(json.dumps({"kind": kind, "t": t, **fields}, ensure_ascii=False) + "\n")


class EncodeBehind:
    """An encoder on its own thread, a few pictures behind the stage: two cores render faster than one.

    The queue is bounded; the stage waits when it is full.
    """

    def __init__(self, encoder: Encoder, feed: Callable[[Packet], None]) -> None:
        self._encoder = encoder
        self._feed = feed
        self._queue: queue.Queue[tuple[int, I420 | None, Samples | None] | None] = queue.Queue(12)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="encode", daemon=True)
        self._thread.start()

    @property
    def aac_config(self) -> bytes:
        return self._encoder.aac_config

    def picture(self, tick: int, i420: I420) -> list[Packet]:
        self._put((tick, i420.copy(), None))
        return []

    def sound(self, tick: int, samples: Samples) -> list[Packet]:
        self._put((tick, None, samples))
        return []

    def force_key(self) -> None:
        self._encoder.force_key()

    def close(self) -> list[Packet]:
        self._queue.put(None)
        self._thread.join()
        self._check()
        return []

    def _put(self, work: tuple[int, I420 | None, Samples | None]) -> None:
        self._check()
        self._queue.put(work)

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            if self._error is not None:
                continue
            try:
                tick, picture, samples = work
                packets = self._encoder.picture(tick, picture) if picture is not None else []
                packets += self._encoder.sound(tick, samples) if samples is not None else []
                for packet in packets:
                    self._feed(packet)
            except BaseException as error:  # handed to the rendering thread
                self._error = error
        with suppress(Exception):
            for packet in self._encoder.close():
                self._feed(packet)


async def _render(path: Path, name: str, out: Path, seconds: float, messages: list[ChatLine],
                  trace: Path | None, seed: int | None) -> dict[str, Any]:
    settings = configfile.read(path)
    room = find_room(settings, name)
    speaker = speaker_for(room)
    work = Path(tempfile.mkdtemp(prefix=".nightmarket-", dir=out.parent))
    publisher: Publisher = plugins.load("publisher", "recording").create(
        {"folder": str(work), "pattern": "render", "rotate_min": 60 * 24 * 365, "min_free_mb": 50})
    show_seed = seed if seed is not None else DEFAULT_SEED
    with Trace(trace) as notes:
        offline = OfflineRoom(name, room, speaker, show_seed, feed=publisher.write, on_event=notes.took)
        publisher.open(offline.parts.info)
        try:
            await offline.play(seconds, messages)
        finally:
            offline.close()
            publisher.close()
            for made in work.glob("*.mp4"):
                made.replace(out)
            shutil.rmtree(work, ignore_errors=True)
        return {"lines": notes.lines, "answers": notes.answers, "voice": offline.voice,
                "standby": offline.parts.playout.counters.standby, "ticks": offline.parts.playout.counters.tick}


def speaker_for(room: config.Room) -> Speaker:
    """A voice in this process, with the machine's cache."""
    spec = voice_of(room, read_host(room.host))
    speaker: Speaker = importlib.import_module("avatars.speech.client").in_process(spec, speech_cache())
    return speaker


class OfflineRoom:
    """A room in virtual time: every tick waits until its line is ready.

    Args:
        feed: receives packets, on the encoder's thread.
        on_event: receives every event of the room.
        behind: encode on a thread of its own.
    """

    def __init__(self, name: str, room: config.Room, speaker: Speaker, seed: int, *,
                 feed: Callable[[Packet], None], on_event: Callable[[Event], None], behind: bool = True) -> None:
        self._clock = VirtualClock()
        self._on_event = on_event
        self.voice = ""
        self._show = Show.open(name, room, self._clock, seed=seed)
        director = make_director(room, self._show, speaker, self._clock, patient=True)
        self.parts: Parts = assemble(name, room, self._show, director, emit=self._took, feed=feed, seed=seed)
        self._behind: Encoder = self.parts.encoder
        if behind:
            self._behind = EncodeBehind(self.parts.encoder, feed)
            self.parts.playout.encode_with(self._behind)
        self.parts.director.rehearse = self._rehearse
        self._show.on_dropped = lambda event: self._took({"t": self.parts.playout.now_s, **event})

    async def play(self, seconds: float, messages: list[ChatLine]) -> None:
        """Play the show from here for ``seconds``."""
        playout, director, fps = self.parts.playout, self.parts.director, self.parts.format.fps
        waiting = list(messages)
        for _ in range(round(seconds * fps)):
            while waiting and waiting[0].at_s <= playout.now_s:
                await self._hear(waiting.pop(0))
            if playout.on_air is None:
                await self._reply()
                await director.fill(seconds=0.0)
            playout.tick()
            self._clock.advance(1 / fps)

    def close(self) -> None:
        """Encode what waits."""
        self._behind.close()

    async def _hear(self, message: ChatLine) -> None:
        for event in self._show.hear(message.user, message.text, "file", self.parts.playout.now_s).events:
            self._took(event)
        await self._reply()

    async def _reply(self) -> None:
        while (reply := self._show.next_reply(self.parts.playout.now_s)) is not None:
            for event in reply.events:
                self._took(event)
            await self.parts.director.insert(reply.script, question=reply.question, chat=reply.chat)

    async def _rehearse(self, line: Performed) -> None:
        self.voice = line.voice or self.voice
        self.parts.stage.prepare(self.parts.playout.scene(line, 1))

    def _took(self, event: Event) -> None:
        if event["event"] == "line":
            self._show.aired_line(event)
            for answer in self._show.answer_started(event["chat"]) if event["chat"] else ():
                self._on_event({**answer, "t": event["t"]})
        elif event["event"] == "segment":
            self._show.aired_segment(event)
        self._on_event(event)


# --- in words only -------------------------------------------------------------------------------


def script(config: Path, room: str, segments: int, as_json: bool) -> int:
    """Print the next segments as they would be spoken, with reasons and facts."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    settings = configfile.read(config)
    show = Show.open(room, find_room(settings, room), SystemClock(), seed=DEFAULT_SEED)
    written = asyncio.run(_written(show, segments))
    if as_json:
        print(json.dumps({"room": room, "segments": written}, ensure_ascii=False, indent=2))
        return 0
    for number, segment in enumerate(written, 1):
        product = f" · {segment['product']}" if segment["product"] else ""
        print(f"{number}. {segment['kind']}{product}: {segment['reason']}")
        for line in segment["lines"]:
            print(f"   {line['text']}")
        for text, reason in segment["dropped"]:
            print(f"   (dropped: {text!r}: {reason})")
    return 0


async def _written(show: Show, segments: int) -> list[dict[str, Any]]:
    """Plan and write, letting each segment air in turn so that the next is chosen after it."""
    written: list[dict[str, Any]] = []
    t = 0.0
    while len(written) < segments and (planned := await show.next_script()) is not None:
        segment = planned.segment
        show.aired_segment({"event": "segment", "t": t, "id": segment.id, "kind": str(segment.kind),
                            "product": segment.product})
        for line in planned.lines:
            show.aired_line({"event": "line", "t": t, "text": line.text, "segment": segment.id,
                             "notice": line.notice})
            t += 1.0 + len(line.text) * (0.22 if line.language == "zh" else 0.065)
        show.on_time(t)
        written.append(script_json(planned))
    return written


def script_json(planned: Script) -> dict[str, Any]:
    """A script as JSON: reason, lines with facts, what was dropped and why."""
    segment = planned.segment
    return {
        "id": segment.id, "kind": str(segment.kind), "product": segment.product, "other": segment.other,
        "reason": segment.reason, "writer": planned.writer,
        "lines": [{"text": line.text, "language": line.language, "gesture": line.gesture, "notice": line.notice,
                   "facts": {use.address: use.value for use in line.facts}} for line in planned.lines],
        "dropped": [list(dropped) for dropped in planned.dropped],
    }


def ask(config: Path, room: str, text: str, as_json: bool) -> int:
    """Print what the host would answer now, and from which facts."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    settings = configfile.read(config)
    show = Show.open(room, find_room(settings, room), SystemClock(), seed=DEFAULT_SEED)
    taken = show.hear("", text, "operator", 0.0)
    reply = show.next_reply(0.0)
    answer: dict[str, Any] = {
        "question": text, "accepted": taken.accepted, "why": taken.why, "intent": taken.intent,
        "answered": reply is not None, "text": reply.text if reply else "",
        "lines": [line.text for line in reply.script.lines] if reply else [],
        "facts": dict(reply.facts) if reply else {},
    }
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(answer["lines"]) or f"(no answer: {taken.why or taken.intent})")
        for address, value in answer["facts"].items():
            print(f"  {address} = {value}")
    return 0


__all__ = ["NightmarketError", "OfflineRoom", "ask", "find_room", "read_chat", "render", "script", "script_json"]
