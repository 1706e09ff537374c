"""Small real machines for the ports that a room performs through: a speaker, a stage, an encoder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.errors import VoiceError
from engine.media import (
    I420,
    RATE_HZ,
    Acting,
    Language,
    Mouth,
    Packet,
    Phone,
    Pose,
    Samples,
    Scene,
    Speech,
    VideoFormat,
    Word,
)


def speech_of(text: str, language: Language = "en", seconds_per_word: float = 0.3) -> Speech:
    """A tone as long as the text has words (characters in Chinese), with exact times."""
    spans: list[tuple[int, int]] = []
    if language == "zh":
        spans = [(i, i + 1) for i, c in enumerate(text) if c.isalnum()]
    else:
        at = 0
        for word in text.split():
            start = text.index(word, at)
            at = start + len(word)
            spans.append((start, at))
    words = tuple(
        Word(text[a:b], i * seconds_per_word, (i + 1) * seconds_per_word, a, b) for i, (a, b) in enumerate(spans)
    )
    n = int(max(1, len(words)) * seconds_per_word * RATE_HZ)
    samples = (0.2 * np.sin(2 * np.pi * 220 * np.arange(n) / RATE_HZ)).astype(np.float32)
    phones = tuple(Phone("a", w.start_s, w.end_s) for w in words)
    return Speech(text, language, samples, phones, words, "fake")


def open_mouth(phones: tuple[Phone, ...], duration_s: float, fps: int) -> tuple[Mouth, ...]:
    """Lip-sync: open while any phone sounds."""
    ticks = -(-int(duration_s * fps * 1000) // 1000)
    return tuple(
        Mouth(open=0.5, shape="A") if any(p.start_s <= t / fps < p.end_s for p in phones) else Mouth()
        for t in range(ticks)
    )


@dataclass
class FakeSpeaker:
    """Speaks at once; ``trouble`` holds texts that cannot be spoken, ``gate`` holds it up until set."""

    trouble: set[str] = field(default_factory=set)
    said: list[tuple[str, int]] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def say(self, text: str, language: Language, priority: int) -> Speech:
        self.said.append((text, priority))
        if self.gate is not None:
            await self.gate.wait()
        if text in self.trouble:
            raise VoiceError(f"cannot say {text!r}")
        return speech_of(text, language)

    async def cached(self, text: str, language: Language) -> bool:
        return any(text == before for before, _ in self.said)


@dataclass
class FakeStage:
    """Paints every scene as one grey; ``broken`` makes it fail."""

    format: VideoFormat
    scenes: list[Scene] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    broken: bool = False

    def prepare(self, scene: Scene) -> None:
        return None

    def picture(self, scene: Scene, pose: Pose) -> I420:
        if self.broken:
            raise RuntimeError("the stage has fallen in")
        self.scenes.append(scene)
        self.poses.append(pose)
        return np.full((self.format.height_px * 3 // 2, self.format.width_px), 90, np.uint8)


class FakeManners:
    """Passes the mouth on."""

    def step(self, acting: Acting) -> Pose:
        return Pose(mouth=acting.mouth, gesture=acting.gesture)


@dataclass
class FakeEncoder:
    """Counts; insists on ticks in order."""

    pictures: list[int] = field(default_factory=list)
    sounds: list[Samples] = field(default_factory=list)
    on_picture: Callable[[int], None] = lambda tick: None
    aac_config: bytes = b""

    def picture(self, tick: int, i420: I420) -> list[Packet]:
        assert tick == len(self.pictures), "ticks come in order, none twice"
        self.pictures.append(tick)
        self.on_picture(tick)
        return [Packet("h264", b"\0" * 8, tick * 3600, tick * 3600, 3600, 90_000, tick % 50 == 0)]

    def sound(self, tick: int, samples: Samples) -> list[Packet]:
        self.sounds.append(samples)
        return []

    def force_key(self) -> None:
        return None

    def close(self) -> list[Packet]:
        return []
