"""The system's voice through pyttsx3 (espeak-ng on Linux): a last resort that needs no model file.

English is understood; espeak-ng's Mandarin is not (a speech recogniser gets nothing from it), so it
is below every other voice for Chinese. Times are estimated from the text and the sound's energy.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import wave
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from avatars.voices.parts import espeak, estimate, reading, sound
from engine.errors import VoiceError
from engine.media import Language, Samples, Speech, VoiceSpec

_WORDS_PER_MINUTE = 170
_VOICES: dict[Language, str] = {"zh": "cmn", "en": "en-us"}


def create(spec: VoiceSpec) -> Pyttsx3:
    """Start the driver.

    Raises:
        VoiceError: pyttsx3 or the system's voice is missing.
    """
    if sys.platform == "linux":
        espeak.library()  # pyttsx3 then finds the wheel's library, without apt
    try:
        engine = import_module("pyttsx3").init()
    except Exception as error:  # drivers raise what their system gives them
        raise VoiceError(f"pyttsx3 does not start: {error}", retryable=False) from error
    return Pyttsx3(spec, engine)


class Pyttsx3:
    """See ``engine.ports.Voice``."""

    def __init__(self, spec: VoiceSpec, engine: Any) -> None:
        self._spec = spec
        self._engine = engine

    def languages(self) -> frozenset[Language]:
        return frozenset(("en",))

    def say(self, text: str, language: Language) -> Speech:
        """See ``engine.ports.Voice``."""
        said = reading.spoken(text, language)
        if not any(not piece.pause for piece in reading.read(text, language)):
            raise VoiceError(f"there is nothing to say in {text!r}", retryable=False)
        raw, rate_hz = self._sound(said, language)
        first, last = sound.trim(raw, rate_hz)
        samples = sound.level(sound.resample(raw[first:last], rate_hz))
        if not samples.any():
            raise VoiceError("the system's voice gave no sound")
        phones, words = estimate.fitted(text, language, samples)
        name = self._spec.name or _VOICES[language]
        return Speech(text, language, samples, phones, words, voice=f"pyttsx3:{name}")

    def _sound(self, said: str, language: Language) -> tuple[Samples, int]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "line.wav"
            try:
                with contextlib.redirect_stdout(io.StringIO()):  # its driver reports on stdout
                    with contextlib.suppress(ValueError, KeyError):
                        self._engine.setProperty("voice", self._spec.name or _VOICES[language])
                    self._engine.setProperty("rate", round(_WORDS_PER_MINUTE * self._spec.speed))
                    self._engine.save_to_file(said, str(path))
                    self._engine.runAndWait()
                return _read(path)
            except (OSError, RuntimeError, wave.Error, EOFError) as error:
                raise VoiceError(f"the system's voice failed: {error}") from error


def _read(path: Path) -> tuple[Samples, int]:
    """A 16-bit WAV file as mono samples and their rate."""
    with wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        mono = raw.reshape(-1, file.getnchannels()).mean(axis=1) / 32768.0
        return mono.astype(np.float32), file.getframerate()


__all__ = ["Pyttsx3", "create"]
