"""Any speech endpoint that speaks OpenAI's ``POST {base_url}/audio/speech``, cloud or local.

Options: ``base_url``, ``model`` (``tts-1``), ``key_env`` (the name of the environment variable that
holds the key; the key itself is never in a file), ``timeout_s`` (20), ``format`` (``wav``, or
``pcm`` at 24 kHz), ``verbatim`` (send the text as written instead of as read aloud). Times are
estimated from the text and the sound's energy.
"""

from __future__ import annotations

import io
import json
import os
import urllib.error
import urllib.request
import wave
from typing import Any

import numpy as np

from avatars.voices.parts import estimate, reading, sound
from engine.errors import VoiceError
from engine.media import Language, Samples, Speech, VoiceSpec

BASE_URL = "https://api.openai.com/v1"
KEY_ENV = "OPENAI_API_KEY"

_PCM_RATE_HZ = 24_000
_MOST_BYTES = 64 << 20
_RETRY_CODES = frozenset((408, 409, 425, 429, 500, 502, 503, 504))


def create(spec: VoiceSpec) -> OpenAI:
    """Check the settings; nothing is sent yet.

    Raises:
        VoiceError: the address is not http(s), or the variable with the key is not set.
    """
    return OpenAI(spec)


def fingerprint(spec: VoiceSpec) -> str:
    """Another endpoint or model sounds different."""
    return f"{spec.options.get('base_url', BASE_URL)} {spec.options.get('model', 'tts-1')}"


class OpenAI:
    """See ``engine.ports.Voice``."""

    def __init__(self, spec: VoiceSpec) -> None:
        options = spec.options
        base = str(options.get("base_url", BASE_URL)).rstrip("/")
        if not base.startswith(("https://", "http://")):
            raise VoiceError("voice option base_url is not an http(s) address", retryable=False)
        self._url = f"{base}/audio/speech"
        self._name = spec.name or "alloy"
        self._speed = spec.speed
        self._model = str(options.get("model", "tts-1"))
        self._format = str(options.get("format", "wav"))
        self._timeout_s = float(options.get("timeout_s", 20.0))
        self._verbatim = bool(options.get("verbatim", False))
        variable = str(options.get("key_env", KEY_ENV if base == BASE_URL else ""))
        self._key = os.environ.get(variable, "") if variable else ""
        if variable and not self._key:
            raise VoiceError(f"{variable} is not set in the environment", retryable=False)

    def languages(self) -> frozenset[Language]:
        return frozenset(("zh", "en"))

    def say(self, text: str, language: Language) -> Speech:
        """See ``engine.ports.Voice``."""
        if not any(not piece.pause for piece in reading.read(text, language)):
            raise VoiceError(f"there is nothing to say in {text!r}", retryable=False)
        said = text if self._verbatim else reading.spoken(text, language)
        raw, rate_hz = self._sound(said)
        if not raw.any():
            raise VoiceError("the speech endpoint sent silence")
        first, last = sound.trim(raw, rate_hz)
        samples = sound.level(sound.resample(raw[first:last], rate_hz))
        phones, words = estimate.fitted(text, language, samples)
        return Speech(text, language, samples, phones, words, voice=f"openai:{self._name}")

    def _sound(self, said: str) -> tuple[Samples, int]:
        asked = {
            "model": self._model,
            "input": said,
            "voice": self._name,
            "response_format": self._format,
            "speed": self._speed,
        }
        headers = {"Content-Type": "application/json", "User-Agent": "nightmarket"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._url, json.dumps(asked).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:
                content = answer.read(_MOST_BYTES)
        except urllib.error.HTTPError as error:
            # The body may repeat the request's headers: only the number is told.
            raise VoiceError(
                f"the speech endpoint answered {error.code}", retryable=error.code in _RETRY_CODES
            ) from None
        except OSError as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            raise VoiceError(f"the speech endpoint cannot be reached: {reason}") from None
        return self._decoded(content)

    def _decoded(self, content: bytes) -> tuple[Samples, int]:
        if self._format == "pcm":
            whole = content[: len(content) // 2 * 2]
            return (np.frombuffer(whole, "<i2") / 32768.0).astype(np.float32), _PCM_RATE_HZ
        try:
            with wave.open(io.BytesIO(content)) as file:
                if file.getsampwidth() != 2:
                    raise VoiceError("the speech endpoint sent a WAV file that is not 16 bit")
                frames: Any = np.frombuffer(file.readframes(file.getnframes()), "<i2")
                channels = file.getnchannels()
                mono = frames[: len(frames) // channels * channels].reshape(-1, channels)
                return (mono.mean(axis=1) / 32768.0).astype(np.float32), file.getframerate()
        except (wave.Error, EOFError) as error:
            raise VoiceError(f"the speech endpoint did not send a WAV file: {error}") from error


__all__ = ["OpenAI", "create", "fingerprint"]
