"""No voice at all: silence of the right length with words in time, so that captions carry the show.

The last rung of the ladder; it always works. Lengths are those of unhurried reading.
"""

from __future__ import annotations

import re

import numpy as np

from avatars.voices.parts import estimate
from engine.media import RATE_HZ, Language, Phone, Speech, VoiceSpec


def create(spec: VoiceSpec) -> Silent:
    return Silent(spec)


class Silent:
    """See ``engine.ports.Voice``."""

    def __init__(self, spec: VoiceSpec) -> None:
        self._speed = spec.speed

    def languages(self) -> frozenset[Language]:
        return frozenset(("zh", "en"))

    def say(self, text: str, language: Language) -> Speech:
        """Silence; the mouth stays closed. Never raises: an empty line is a short pause."""
        _, words, duration_s = estimate.times(text, language, 1.0 / self._speed)
        if not re.search(r"\w", text):
            words, duration_s = (), 0.5
        samples = np.zeros(round(duration_s * RATE_HZ), dtype=np.float32)
        whole = (Phone("", 0.0, duration_s),)
        return Speech(text, language, samples, whole, words, voice="silent")


__all__ = ["Silent", "create"]
