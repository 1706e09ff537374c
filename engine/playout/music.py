"""The room's music bed: a quiet loop made from plucked and struck tones, drawn up here so that no
recording and no licence is needed. Two beds: ``warm`` (a plucked pentatonic, for a tea room) and
``clean`` (soft chords, for a bright shop)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.media import RATE_HZ, Samples

Loop = NDArray[np.float64]
"""``(n, 2)`` while it is being mixed."""

_BEAT_S = {"warm": 0.75, "clean": 0.66}
_LEVEL = 0.095
"""RMS of the loop: about −18 LUFS (measured with ebur128), a little under speech."""

# Chords as MIDI notes; a bar each. The warm bed walks a D pentatonic, the clean one four jazz chords.
_BARS = {
    "warm": ((50, 57, 62, 66), (47, 54, 62, 64), (45, 52, 57, 64), (43, 50, 59, 66),
             (50, 57, 64, 69), (47, 54, 59, 66), (52, 59, 62, 64), (45, 52, 57, 62)),
    "clean": ((48, 55, 64, 71), (45, 55, 60, 67), (50, 57, 65, 72), (43, 53, 59, 69),
              (48, 55, 64, 67), (52, 55, 62, 71), (53, 57, 64, 72), (43, 53, 62, 69)),
}


def bed(theme: str, cache: Path | None = None) -> Samples:
    """A seamless loop of about 24 s, shape ``(n, 2)`` float32 at 48 kHz.

    ``cache`` is a folder that keeps it between starts; an unreadable file there is made again.
    """
    name = theme if theme in _BARS else "clean"
    file = cache / f"bed-{name}-1.npy" if cache else None
    if file and file.exists():
        try:
            return np.asarray(np.load(file, allow_pickle=False) / 32767.0, np.float32)
        except (ValueError, OSError, EOFError):
            pass
    loop = _compose(name)
    if file:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part.npy")
            np.save(part, (loop * 32767).astype(np.int16))
            part.replace(file)
        except OSError:
            pass  # a full disk costs the next start a second, nothing else
    return loop


def _compose(name: str) -> Samples:
    beat_s = _BEAT_S[name]
    bars = _BARS[name]
    length = int(len(bars) * 4 * beat_s * RATE_HZ)
    loop = np.zeros((length, 2), np.float64)
    random = np.random.default_rng(7)
    for number, notes in enumerate(bars):
        bar_s = number * 4 * beat_s
        for voice, note in enumerate(notes[1:]):
            _add(loop, bar_s, _pad(note, 4.6 * beat_s), 0.20, (voice - 1) * 0.35)
        _add(loop, bar_s, _pluck(notes[0], 3.5), 0.55, 0.0)
        pattern = (1, 2, 3, 2, 1, 3) if name == "warm" else (1, 3, 2, 3)
        for step, pick in enumerate(pattern):
            if random.random() < 0.24:
                continue
            at_s = bar_s + (step + 1) * 4 * beat_s / (len(pattern) + 1) + random.normal(0, 0.012)
            octave = 12 if random.random() < 0.55 else 0
            tone = _pluck(notes[pick] + octave, 2.4) if name == "warm" else _bell(notes[pick] + octave, 2.2)
            _add(loop, at_s, tone, random.uniform(0.22, 0.42), random.uniform(-0.6, 0.6))
    loop = 0.72 * loop + 0.28 * _room(loop)
    loop *= _LEVEL / np.sqrt(np.mean(loop**2))
    return np.clip(loop, -0.9, 0.9).astype(np.float32)


def _hz(note: int) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _partials(note: int, seconds: float, weights: list[float], decay: float) -> Samples:
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hz = _hz(note)
    tone = np.zeros_like(t)
    for k, weight in enumerate(weights, 1):
        if hz * k < 9000:
            # Higher partials of a string die sooner; the slight stretch keeps it from sounding electric.
            stretched = hz * k * (1 + 0.00022 * k * k)
            tone += weight * np.sin(2 * np.pi * stretched * t) * np.exp(-t * decay * (0.6 + 0.55 * k))
    attack = int(0.004 * RATE_HZ)
    tone[:attack] *= np.linspace(0, 1, attack)
    release = int(0.08 * RATE_HZ)
    tone[-release:] *= np.linspace(1, 0, release)
    return tone.astype(np.float32)


def _pluck(note: int, seconds: float) -> Samples:
    return _partials(note, seconds, [1.0, 0.62, 0.40, 0.22, 0.16, 0.09, 0.06], 1.3)


def _bell(note: int, seconds: float) -> Samples:
    return _partials(note, seconds, [1.0, 0.28, 0.05, 0.10], 1.6)


def _pad(note: int, seconds: float) -> Samples:
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hz = _hz(note)
    tone = sum(
        weight * np.sin(2 * np.pi * hz * (k + detune) * t)
        for k, weight in ((1, 1.0), (2, 0.18))
        for detune in (-0.0012, 0.0014)
    )
    envelope = np.sin(np.pi * np.clip(t / seconds, 0, 1)) ** 1.2
    return np.asarray(0.35 * tone * envelope, np.float32)


def _add(loop: Loop, at_s: float, tone: Samples, gain: float, pan: float) -> None:
    """Mix a tone in, wrapping at the end so that the loop has no seam; ``pan`` −1…1."""
    places = (int(at_s * RATE_HZ) + np.arange(len(tone))) % len(loop)
    loop[places, 0] += tone * gain * np.sqrt((1 - pan) / 2)
    loop[places, 1] += tone * gain * np.sqrt((1 + pan) / 2)


def _room(loop: Loop) -> Loop:
    """A circular reverb: the loop's spectrum times that of decaying noise, so the tail wraps too."""
    random = np.random.default_rng(11)
    n = int(1.6 * RATE_HZ)
    tail = random.normal(size=(n, 2)) * np.exp(-np.arange(n) / (0.35 * RATE_HZ))[:, None]
    kernel = np.zeros_like(loop)
    kernel[:n] = tail / np.sqrt(np.sum(tail**2, axis=0))
    wet = np.fft.irfft(np.fft.rfft(loop, axis=0) * np.fft.rfft(kernel, axis=0), n=len(loop), axis=0)
    return np.asarray(wet)
