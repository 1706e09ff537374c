"""Sound work every voice needs: rate, loudness, peaks, silence at the ends. Mono float32, numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.media import RATE_HZ, Samples

TARGET_LUFS = -16.0
CEILING_DBTP = -1.0
EDGE_SILENCE_S = 0.06
FADE_S = 0.008

_BLOCK_S = 0.4
_HOP_S = 0.1
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_QUIET_BELOW_PEAK_DB = -46.0
_PADDING_S = 0.25
# K-weighting at 48 kHz, ITU-R BS.1770-4, tables 1 and 2: (b, a) of the shelf and of the high-pass.
_K_WEIGHTING = (
    (
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
    ),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def resample(samples: Samples, from_hz: int, to_hz: int = RATE_HZ) -> Samples:
    """Band-limited change of rate by FFT; the ends are padded so that they do not wrap around."""
    if from_hz == to_hz or not len(samples):
        return np.asarray(samples, dtype=np.float32)
    pad = int(_PADDING_S * from_hz)
    step = from_hz // np.gcd(from_hz, to_hz)
    size = -(-(len(samples) + 2 * pad) // step) * step  # so that both lengths are whole
    spectrum = np.fft.rfft(np.pad(samples, (pad, size - len(samples) - pad)))
    new_size = size * to_hz // from_hz
    out = np.fft.irfft(spectrum[: new_size // 2 + 1], new_size) * (new_size / size)
    start = round(pad * to_hz / from_hz)
    kept = out[start : start + round(len(samples) * to_hz / from_hz)]
    return np.asarray(kept, dtype=np.float32)


def loudness_lufs(samples: Samples) -> float:
    """Integrated loudness of mono sound at 48 kHz (ITU-R BS.1770-4, gated); −inf for silence.

    Less than one block (0.4 s) is measured as one block.
    """
    weighted = _k_weighted(samples)
    block, hop = int(_BLOCK_S * RATE_HZ), int(_HOP_S * RATE_HZ)
    if len(weighted) < block:
        powers = np.array([np.mean(weighted**2)]) if len(weighted) else np.zeros(1)
    else:
        total = np.concatenate(([0.0], np.cumsum(weighted**2)))
        starts = np.arange(0, len(weighted) - block + 1, hop)
        powers = (total[starts + block] - total[starts]) / block
    powers = powers[_lufs(powers) > _ABSOLUTE_GATE_LUFS]
    if not len(powers):
        return float("-inf")
    gate = _lufs(powers.mean()) + _RELATIVE_GATE_LU
    return float(_lufs(powers[_lufs(powers) > gate].mean()))


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(-0.691 + 10.0 * np.log10(np.maximum(power, 1e-12)))


def _k_weighted(samples: Samples) -> NDArray[np.float64]:
    """K-weighted sound: both biquads as one multiplication of the spectrum."""
    size = len(samples) + RATE_HZ // 2  # the high-pass (38 Hz) has died away in half a second
    spectrum = np.fft.rfft(samples, size)
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    for b, a in _K_WEIGHTING:
        spectrum *= (b[0] + b[1] * delay + b[2] * delay**2) / (
            a[0] + a[1] * delay + a[2] * delay**2
        )
    return np.asarray(np.fft.irfft(spectrum, size)[: len(samples)])


def true_peak(samples: Samples) -> NDArray[np.float32]:
    """Peak magnitude around each sample, between the samples too (four times oversampled)."""
    if not len(samples):
        return np.zeros(0, dtype=np.float32)
    fine = np.abs(resample(samples, RATE_HZ, 4 * RATE_HZ))
    return np.asarray(fine.reshape(len(samples), 4).max(axis=1))


def trim(samples: Samples, rate_hz: int) -> tuple[int, int]:
    """First and last+1 sample to keep: the sound with about 60 ms of silence at each end."""
    step = max(1, rate_hz // 200)
    count = len(samples) // step
    if not count:
        return 0, len(samples)
    level = np.sqrt(np.mean(samples[: count * step].reshape(count, step) ** 2, axis=1))
    loud = np.flatnonzero(level > level.max() * 10 ** (_QUIET_BELOW_PEAK_DB / 20))
    if not len(loud) or level.max() == 0.0:
        return 0, len(samples)
    edge = int(EDGE_SILENCE_S * rate_hz)
    return max(0, loud[0] * step - edge), min(len(samples), (loud[-1] + 1) * step + edge)


def level(samples: Samples) -> Samples:
    """Sound at −16 LUFS with no true peak above −1 dBTP and 8 ms fades; silence stays silence."""
    measured = loudness_lufs(samples)
    if measured == float("-inf"):
        return np.zeros_like(samples)
    out = samples.astype(np.float64)
    for _ in range(3):  # holding peaks down costs a little loudness: give it back
        out = _limited(out * 10 ** ((TARGET_LUFS - measured) / 20))
        measured = loudness_lufs(out.astype(np.float32))
        if abs(measured - TARGET_LUFS) < 0.2:
            break
    done = out.astype(np.float32)
    fade = min(int(FADE_S * RATE_HZ), len(done) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(fade) / max(1, fade))).astype(np.float32)
    done[:fade] *= ramp
    done[len(done) - fade :] *= ramp[::-1]
    return done


def _limited(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """A look-ahead limiter: the gain goes down before the peak and comes back after, in 3 ms."""
    ceiling = 10 ** ((CEILING_DBTP - 0.2) / 20)
    peaks = true_peak(samples.astype(np.float32))
    if not len(peaks) or peaks.max() <= ceiling:
        return samples
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    reach = int(0.003 * RATE_HZ)
    held = np.lib.stride_tricks.sliding_window_view(
        np.pad(wanted, reach, constant_values=1.0), 2 * reach + 1
    ).min(axis=1)
    window = np.hanning(2 * reach + 1)
    smooth = np.convolve(np.pad(held, reach, mode="edge"), window / window.sum(), mode="valid")
    return np.asarray(samples * smooth)


__all__ = ["level", "loudness_lufs", "resample", "trim", "true_peak"]
