"""The speech process with a voice that sings, and crashes or hangs when the line says so."""

from __future__ import annotations

import os
import sys
import threading
import types

from avatars.speech.process import main
from engine.media import Language, Speech, VoiceSpec
from tests.fakes.voice import FakeVoice


class Moody(FakeVoice):
    def say(self, text: str, language: Language) -> Speech:
        if "crash" in text:
            os._exit(7)
        if "hang" in text:
            threading.Event().wait()
        return super().say(text, language)


def create(spec: VoiceSpec) -> Moody:
    return Moody(spec)


if __name__ == "__main__":
    plugin = types.ModuleType("avatars.voices.fake")
    plugin.create = create  # type: ignore[attr-defined]
    sys.modules["avatars.voices.fake"] = plugin
    main()
