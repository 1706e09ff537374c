"""espeak-ng from its wheel, by ctypes: phones of words that no dictionary has, and a library for
pyttsx3. GPL-3.0, so it lives in the speech process only; everything but this file works without.
"""

from __future__ import annotations

import ctypes
import os
import threading
from functools import cache
from importlib import import_module
from typing import Any

from engine.errors import VoiceError

_SYNCHRONOUS = 2
_NO_EXIT = 0x8000
_UTF8 = 1
_IPA_TIED = ord("^") << 8 | 0x80 | 0x02
_lock = threading.Lock()  # the library has one global state


def load() -> Any:
    """The library as it comes, visible to whoever loads ``libespeak-ng.so.1`` after us (pyttsx3).

    Raises:
        VoiceError: espeak-ng is not installed.
    """
    try:
        loader = import_module("espeakng_loader")
        os.environ["ESPEAK_DATA_PATH"] = loader.get_data_path()
        return ctypes.CDLL(loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    except (ImportError, OSError) as error:
        raise VoiceError(f"espeak-ng is not here: {error}", retryable=False) from error


@cache
def library() -> Any:
    """The library, ready for :func:`ipa`.

    Raises:
        VoiceError: espeak-ng is not installed.
    """
    loaded = load()
    data = os.environ["ESPEAK_DATA_PATH"].encode()
    loaded.espeak_TextToPhonemes.restype = ctypes.c_char_p
    if loaded.espeak_Initialize(_SYNCHRONOUS, 0, data, _NO_EXIT) < 0:
        raise VoiceError("espeak-ng does not start", retryable=False)
    return loaded


def ipa(text: str, voice: str = "en-us") -> str:
    """IPA of ``text``; ``^`` ties the letters of one sound.

    Raises:
        VoiceError: espeak-ng is not installed.
    """
    loaded = library()
    with _lock:
        loaded.espeak_SetVoiceByName(voice.encode())
        held = ctypes.create_string_buffer(text.encode("utf-8"))
        rest = ctypes.c_void_p(ctypes.addressof(held))
        out: list[str] = []
        while rest.value:
            said = loaded.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA_TIED)
            out.append((said or b"").decode("utf-8"))
    return " ".join(filter(None, out))


__all__ = ["ipa", "library", "load"]
