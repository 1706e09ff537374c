"""A whole room in virtual time: the real show, director and playout, with fake voice, stage and encoder.

A night of show runs in seconds. ``operate`` is the operator's hand, ``hear`` a viewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine import configfile
from engine.clock import VirtualClock
from engine.media import VideoFormat
from engine.playout.mixer import Mixer
from engine.playout.playout import Playout
from engine.show.director import Director
from engine.show.show import Show
from tests.fakes.performers import FakeEncoder, FakeManners, FakeSpeaker, FakeStage, open_mouth

ROOT = Path(__file__).resolve().parents[2]
FORMAT = VideoFormat(72, 128, 25)


@dataclass
class Studio:
    """One room of ``config.yaml``. ``events`` is everything it told, mouths left out."""

    room: str = "home-en"
    seed: int = 1
    config: Path = ROOT / "config.yaml"
    changes: Mapping[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = configfile.read(self.config)
        room = settings.rooms[self.room].model_copy(update=dict(self.changes))
        self.clock, self.speaker, self.stage = VirtualClock(), FakeSpeaker(), FakeStage(FORMAT)
        self.show = Show.open(self.room, room, self.clock, seed=self.seed)
        self.show.on_dropped = lambda event: self.events.append({"t": self.playout.now_s, **event})
        self.director = Director(self.show, self.speaker, open_mouth, self.clock, FORMAT.fps, patient=True)
        mixer = Mixer(FORMAT.samples_per_tick, np.full((4800, 2), 0.1, np.float32))
        self.encoder = FakeEncoder()
        self.playout = Playout(FORMAT, self.director, self.show, self.stage, FakeManners(), self.encoder, mixer,
                               emit=self._took, feed=lambda packet: None)

    def _took(self, event: dict[str, Any]) -> None:
        if event["event"] == "mouth":
            return
        if event["event"] == "line":
            self.show.aired_line(event)
            self.events.append(event)
            self.events.extend({**answer, "t": event["t"]} for answer in self.show.answer_started(event["chat"]))
            return
        elif event["event"] == "segment":
            self.show.aired_segment(event)
        self.events.append(event)

    async def play(self, seconds: float) -> None:
        """Let the show run."""
        for _ in range(round(seconds * FORMAT.fps)):
            if self.playout.on_air is None:
                await self._reply()
                await self.director.fill(seconds=0.0)
            self.playout.tick()
            self.encoder.sounds.clear()
            self.stage.scenes[:-3], self.stage.poses[:-3] = [], []
            self.clock.advance(1 / FORMAT.fps)

    async def hear(self, text: str, user: str = "Lily") -> str:
        """A viewer writes; returns the message's id."""
        taken = self.show.hear(user, text, "file", self.playout.now_s)
        self.events.extend(taken.events)
        await self._reply()
        return taken.id

    async def _reply(self) -> None:
        while (reply := self.show.next_reply(self.playout.now_s)) is not None:
            self.events.extend(reply.events)
            await self.director.insert(reply.script, question=reply.question, chat=reply.chat)

    def operate(self, command: str, *arguments: str) -> None:
        """An operator's price, stock or pin, as the live room carries it out."""
        match command:
            case "price":
                self.show.set_price(*arguments)
            case "stock":
                self.show.set_stock(*arguments)
            case "pin":
                self.show.pin(arguments[0])
                self.director.replan()
            case "pause":
                self.show.air_state = "paused"
            case "resume":
                self.show.air_state = "on-air"
            case "panic":
                self.show.air_state = "panic"
                self.director.skip()
            case _:
                raise ValueError(command)
        if command in ("price", "stock"):
            self.director.drop_stale()
            on_air = self.playout.on_air
            if on_air is not None and not self.show.fresh(on_air.line):
                self.playout.cut()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    def texts(self) -> list[str]:
        """What was said, in order."""
        return [event["text"] for event in self.of("line")]
