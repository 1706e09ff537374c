"""An ear for tests: Whisper base says what it hears (about 4 s for 10 s of speech)."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from engine import models
from engine.media import RATE_HZ, Language, Samples

_EAR_RATE_HZ = 16_000


def present() -> bool:
    """True when the test-only model is here (``models.pull(["test"])``)."""
    return all(models.has(model.name) for model in models.table().values() if model.group == "test")


def transcribe(samples: Samples, rate_hz: int = RATE_HZ, language: Language = "zh", knows: str = "") -> str:
    """What Whisper hears in mono ``samples``; simplified characters, its own punctuation.

    ``knows``: a sentence with the names that a viewer has before them (shop, host, goods), to spell them right.

    Raises:
        ModelError: the model is not on this machine.
    """
    prompt = knows or ("以下是普通话的句子。" if language == "zh" else None)
    segments, _ = _whisper().transcribe(
        _resample(samples, rate_hz),
        language=language,
        beam_size=5,
        temperature=0.0,
        condition_on_previous_text=False,
        initial_prompt=prompt,
    )
    return "".join(segment.text for segment in segments).strip()


@cache
def _whisper() -> Any:
    whisper = import_module("faster_whisper")  # takes a second: only when something is heard
    folder = models.find("whisper-base/model.bin").parent
    return whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)


def _resample(samples: Samples, rate_hz: int) -> Samples:
    """Good enough for an ear: av's resampler to 16 kHz."""
    import av

    if rate_hz == _EAR_RATE_HZ:
        return samples
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples, dtype=np.float32)[None, :], format="flt", layout="mono"
    )
    frame.rate = rate_hz
    resampler = av.AudioResampler(format="flt", layout="mono", rate=_EAR_RATE_HZ)
    parts = [f.to_ndarray()[0] for f in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts).astype(np.float32)
