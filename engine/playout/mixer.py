"""Speech, music and room tone to one stereo bus, a tick at a time."""

from __future__ import annotations

import numpy as np

from engine.media import Samples

CEILING = 0.89
"""−1 dBFS: nothing louder leaves the bus."""
_UNDER_SPEECH = 0.10
"""Music gain while somebody speaks: about 20 dB under the voice."""
_BETWEEN_LINES = 0.22
_MONO = 0.7071
"""A mono voice on both channels measures 3 dB louder (BS.1770 adds the channels up)."""
_TONE = 0.0004
"""Room tone, −68 dBFS: a room is never digitally silent."""
_ATTACK_TICKS = 6
_RELEASE_TICKS = 14


class Mixer:
    """Mixes one tick after another; gains glide so that nothing clicks.

    Args:
        samples_per_tick: length of a tick.
        music: the loop, ``(n, 2)``; ``level`` 0…1 is the merchant's setting (0: no music).
    """

    def __init__(self, samples_per_tick: int, music: Samples, level: float = 0.5) -> None:
        self._n = samples_per_tick
        self._music = music
        self._level = level
        self._gain = 0.0
        self._limit = 1.0
        self._at = 0
        self._tone = np.random.default_rng(3).normal(scale=_TONE, size=(samples_per_tick * 25, 2)).astype(np.float32)
        self._tone_at = 0

    def mix(self, speech: Samples | None, *, featured: bool = False, mute: bool = False) -> Samples:
        """One tick of sound, ``(samples_per_tick, 2)``.

        Args:
            speech: mono samples of this tick (shorter is padded), None between lines.
            featured: music plays in front (interludes, standby).
            mute: silence but for the room tone (the safe slate).
        """
        if featured:
            target = 2.0 * self._level
        else:
            target = 2.0 * self._level * (_BETWEEN_LINES if speech is None else _UNDER_SPEECH)
        bus = self._next_tone()
        if mute:
            self._gain = 0.0
            return bus
        steps = _ATTACK_TICKS if target < self._gain else _RELEASE_TICKS
        after = self._gain + (target - self._gain) / steps
        bus += self._next_music() * np.linspace(self._gain, after, self._n, dtype=np.float32)[:, None]
        self._gain = after
        if speech is not None and len(speech):
            bus[: len(speech)] += _MONO * speech[: self._n, None]
        return self._limited(bus)

    def _next_music(self) -> Samples:
        end = self._at + self._n
        if end <= len(self._music):
            part = self._music[self._at : end]
        else:
            part = np.concatenate([self._music[self._at :], self._music[: end - len(self._music)]])
        self._at = end % len(self._music)
        return part

    def _next_tone(self) -> Samples:
        part = self._tone[self._tone_at : self._tone_at + self._n].copy()
        self._tone_at = (self._tone_at + self._n) % len(self._tone)
        return part

    def _limited(self, bus: Samples) -> Samples:
        """Hold peaks under the ceiling: gain falls at once and recovers over ticks."""
        peak = float(np.max(np.abs(bus)))
        need = min(1.0, CEILING / peak) if peak > 0 else 1.0
        before, self._limit = self._limit, min(need, self._limit + 0.1)
        if before == self._limit == 1.0:
            return bus
        ramp = np.full(self._n, self._limit, np.float32)
        if before > self._limit:
            ramp[:96] = np.linspace(before, self._limit, 96, dtype=np.float32)
        elif before < self._limit:
            ramp[:] = np.linspace(before, self._limit, self._n, dtype=np.float32)
        return np.asarray(np.clip(bus * ramp[:, None], -CEILING, CEILING), np.float32)
