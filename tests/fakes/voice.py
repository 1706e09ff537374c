"""A voice that sings: one tone per sound, at once, always the same, with exact times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avatars.voices.parts import estimate, reading, sound
from engine.errors import VoiceError
from engine.media import RATE_HZ, Language, Speech, VoiceSpec


def create(spec: VoiceSpec) -> FakeVoice:
    return FakeVoice(spec)


class FakeVoice:
    """See ``engine.ports.Voice``. ``said`` is what it was asked for; ``fails`` are errors to raise
    for the next lines, one each."""

    def __init__(self, spec: VoiceSpec | None = None, fails: Sequence[Exception] = ()) -> None:
        self._spec = spec or VoiceSpec("fake")
        self.said: list[str] = []
        self.fails = list(fails)

    def languages(self) -> frozenset[Language]:
        return frozenset(("zh", "en"))

    def say(self, text: str, language: Language) -> Speech:
        """See ``engine.ports.Voice``."""
        self.said.append(text)
        if self.fails:
            raise self.fails.pop(0)
        if all(piece.pause for piece in reading.read(text, language)):
            raise VoiceError(f"there is nothing to say in {text!r}", retryable=False)
        phones, words, duration_s = estimate.times(text, language, 1.0 / self._spec.speed)
        samples = np.zeros(round(duration_s * RATE_HZ), dtype=np.float32)
        for phone in phones:
            first, last = round(phone.start_s * RATE_HZ), round(phone.end_s * RATE_HZ)
            if phone.symbol:
                pitch_hz = 220.0 * 2 ** (ord(phone.symbol[0]) % 24 / 12)
                seconds = np.arange(last - first) / RATE_HZ
                samples[first:last] = 0.3 * np.sin(2 * np.pi * pitch_hz * seconds)
        return Speech(text, language, sound.level(samples), phones, words, voice="fake:tone")
