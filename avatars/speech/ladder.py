"""A voice that always speaks: the wanted one, else a lesser one, else silence with captions."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from avatars.voices.parts import reading
from avatars.voices.silent import Silent
from engine.clock import Clock, SystemClock
from engine.errors import VoiceError
from engine.media import Language, Speech, VoiceSpec
from engine.ports import Voice

RUNGS = ("kokoro", "pyttsx3", "silent")
REST_S = 30.0
"""A rung that failed at speaking is not tried again for so long."""

_log = logging.getLogger(__name__)


def create_voice(spec: VoiceSpec) -> Voice:
    """The voice ``spec`` asks for, from ``avatars/voices/<engine>.py``.

    Raises:
        VoiceError: there is no such voice, or it cannot start here.
    """
    if not spec.engine.isidentifier():
        raise VoiceError(f"no voice is called {spec.engine!r}", retryable=False)
    try:
        plugin = import_module(f"avatars.voices.{spec.engine}")
        voice: Voice = plugin.create(spec)
        return voice
    except VoiceError:
        raise
    except (ImportError, AttributeError) as error:
        raise VoiceError(
            f"the voice {spec.engine} is not here: {error}", retryable=False
        ) from error
    except Exception as error:  # a plug-in's libraries raise what they like
        raise VoiceError(f"the voice {spec.engine} does not start: {error}") from error


def create_ladder(spec: VoiceSpec, clock: Clock | None = None) -> Ladder:
    """The wanted voice on top of the ladder; never raises."""
    return Ladder(spec, clock or SystemClock())


class Ladder:
    """See ``engine.ports.Voice``; ``status`` says which rung speaks and why."""

    def __init__(self, spec: VoiceSpec, clock: Clock) -> None:
        lesser = [name for name in RUNGS if name != spec.engine]
        self._specs = [spec, *(VoiceSpec(engine=name, speed=spec.speed) for name in lesser)]
        self._clock = clock
        self._voices: dict[str, Voice] = {}
        self._missing: dict[str, str] = {}
        self._resting: dict[str, tuple[float, str]] = {}
        self._speaking = ""

    @property
    def wanted(self) -> str:
        """The engine on top of the ladder."""
        return self._specs[0].engine

    @property
    def status(self) -> Mapping[str, Any]:
        """``voice``: the rung that spoke last (or would); ``why``: why not the ones above it."""
        reasons = {**self._missing, **{name: why for name, (_, why) in self._resting.items()}}
        return {
            "voice": self._speaking or self.wanted,
            "wanted": self.wanted,
            "why": "; ".join(f"{name}: {why}" for name, why in reasons.items()),
        }

    def warm(self) -> None:
        """Load the wanted voice before the first line asks for it."""
        self._voice(self._specs[0])

    def languages(self) -> frozenset[Language]:
        return frozenset(("zh", "en"))

    def say(self, text: str, language: Language) -> Speech:
        """Speak with the highest rung that can; a line without words is a short silence."""
        if all(piece.pause for piece in reading.read(text, language)):
            return Silent(self._specs[0]).say(text, language)
        last = VoiceError(f"no voice can say {text!r}", retryable=False)
        for spec in self._row(language):
            voice = self._voice(spec)
            if voice is None:
                continue
            try:
                speech = voice.say(text, language)
            except VoiceError as error:
                last = error
                if error.retryable:
                    self._rest(spec.engine, error.message)
                continue
            except Exception as error:  # a broken library must not take the room's voice away
                last = VoiceError(f"{spec.engine} failed: {error}")
                self._rest(spec.engine, str(error))
                continue
            self._resting.pop(spec.engine, None)
            self._speaking = spec.engine
            return speech
        raise last

    def _row(self, language: Language) -> list[VoiceSpec]:
        """Rungs from the top: those that speak the language well, then the others."""
        awake = [spec for spec in self._specs if not self._rests(spec.engine)]

        def poor(spec: VoiceSpec) -> int:
            voice = self._voices.get(spec.engine)
            silent = spec.engine == "silent"
            return 2 * silent + (voice is not None and language not in voice.languages())

        return sorted(awake, key=poor)

    def _voice(self, spec: VoiceSpec) -> Voice | None:
        name = spec.engine
        if name in self._voices:
            return self._voices[name]
        if name in self._missing:
            return None
        try:
            self._voices[name] = create_voice(spec)
        except VoiceError as error:
            _log.warning("voice %s is not available: %s", name, error)
            self._missing[name] = error.message
            return None
        return self._voices[name]

    def _rest(self, name: str, why: str) -> None:
        _log.warning("voice %s failed, rests for %d s: %s", name, REST_S, why)
        if name != "silent":
            self._resting[name] = (self._clock.now_s() + REST_S, why)

    def _rests(self, name: str) -> bool:
        until_s, _ = self._resting.get(name, (0.0, ""))
        if name in self._resting and self._clock.now_s() >= until_s:
            del self._resting[name]
        return name in self._resting


__all__ = ["REST_S", "RUNGS", "Ladder", "create_ladder", "create_voice"]
