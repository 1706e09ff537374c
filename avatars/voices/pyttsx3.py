"""The system's voice through pyttsx3 (espeak-ng on Linux): a last resort that needs no model file.

English is understood; espeak-ng's Mandarin is not (a speech recogniser gets nothing from it), so it
is below every other voice for Chinese. Times are estimated from the text and the sound's energy.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import wave
from importlib import import_module
from pathlib import Path

import numpy as np

from avatars.voices.parts import espeak, estimate, reading, sound
from engine.errors import VoiceError
from engine.media import Language, Samples, Speech, VoiceSpec

_WORDS_PER_MINUTE = 170
_TIMEOUT_S = 8.0
_TRIES = 3
_VOICES: dict[Language, str] = {"zh": "cmn", "en": "en-us"}
_ROOT = Path(__file__).resolve().parents[2]


def create(spec: VoiceSpec) -> Pyttsx3:
    """Look whether it can speak here.

    Raises:
        VoiceError: pyttsx3 or the system's voice is missing.
    """
    if importlib.util.find_spec("pyttsx3") is None:
        raise VoiceError("pyttsx3 is not installed", retryable=False)
    voice = Pyttsx3(spec)
    voice.say("ready", "en")
    return voice


class Pyttsx3:
    """See ``engine.ports.Voice``. Every line is spoken by a process of its own: espeak-ng has one
    state per process and has been seen to hang, which then costs one line and not the voice."""

    def __init__(self, spec: VoiceSpec) -> None:
        self._spec = spec

    def languages(self) -> frozenset[Language]:
        return frozenset(("en",))

    def say(self, text: str, language: Language) -> Speech:
        """See ``engine.ports.Voice``."""
        if all(piece.pause for piece in reading.read(text, language)):
            raise VoiceError(f"there is nothing to say in {text!r}", retryable=False)
        name = self._spec.name or _VOICES[language]
        raw, rate_hz = self._sound(reading.spoken(text, language), name)
        first, last = sound.trim(raw, rate_hz)
        samples = sound.level(sound.resample(raw[first:last], rate_hz))
        if not samples.any():
            raise VoiceError("the system's voice gave no sound")
        phones, words = estimate.fitted(text, language, samples)
        return Speech(text, language, samples, phones, words, voice=f"pyttsx3:{name}")

    def _sound(self, said: str, name: str) -> tuple[Samples, int]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "line.wav"
            order = {
                "text": said,
                "voice": name,
                "rate": round(_WORDS_PER_MINUTE * self._spec.speed),
                "path": str(path),
            }
            trouble: Exception | None = None
            for _ in range(_TRIES):
                try:
                    subprocess.run(
                        [sys.executable, "-P", "-m", "avatars.voices.pyttsx3"],
                        input=json.dumps(order).encode(),
                        capture_output=True,
                        timeout=_TIMEOUT_S,
                        check=True,
                        env={**os.environ, "PYTHONPATH": str(_ROOT)},
                    )
                    return _read(path)
                except (OSError, subprocess.SubprocessError, wave.Error, EOFError) as error:
                    trouble = error  # it hangs or crashes now and then, and speaks the next time
            reason = type(trouble).__name__
            raise VoiceError(f"the system's voice failed: {reason}") from trouble


def _read(path: Path) -> tuple[Samples, int]:
    """A 16-bit WAV file as mono samples and their rate."""
    with wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        mono = raw.reshape(-1, file.getnchannels()).mean(axis=1) / 32768.0
        return mono.astype(np.float32), file.getframerate()


def main() -> None:
    """Speak the order on standard input into its file, and end."""
    order = json.load(sys.stdin)
    if sys.platform == "linux":
        espeak.load()  # pyttsx3 then finds the wheel's library, without apt
    engine = import_module("pyttsx3").init()
    engine.setProperty("voice", order["voice"])
    engine.setProperty("rate", order["rate"])
    engine.save_to_file(order["text"], order["path"])
    engine.runAndWait()


if __name__ == "__main__":
    main()
