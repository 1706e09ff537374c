"""Loudness as the standard measures it, peaks below the ceiling, pitch kept at any rate."""

from __future__ import annotations

import av
import av.filter
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatars.voices import kokoro
from avatars.voices.parts import estimate, sound
from engine.media import RATE_HZ, Samples

RELAXED = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def tone(hz: float, seconds: float, level: float, rate_hz: int = RATE_HZ) -> Samples:
    instants = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * instants)).astype(np.float32)


def ebur128_lufs(samples: Samples) -> float:
    """What FFmpeg's ebur128 filter measures."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE_HZ, format="flt", layout="mono")
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
    frame.sample_rate = RATE_HZ
    source.push(frame)
    source.push(None)
    measured = float("-inf")
    while True:
        try:
            out = sink.pull()
        except (av.EOFError, av.BlockingIOError):
            return measured
        measured = float(out.metadata.get("lavfi.r128.I", measured))


def speechlike(seconds: float, level: float) -> Samples:
    noise = np.random.default_rng(1).normal(size=round(seconds * RATE_HZ))
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * np.arange(len(noise)) / RATE_HZ)
    return (level * noise * swell).astype(np.float32)


def test_a_reference_tone_has_the_loudness_of_the_standard() -> None:
    # BS.1770-4: a full-scale 997 Hz sine in one channel reads −3.01 LUFS.
    assert sound.loudness_lufs(tone(997, 5, 1.0)) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("level", [0.3, 0.02])
def test_loudness_is_what_ffmpeg_measures(level: float) -> None:
    samples = np.concatenate([speechlike(3, level), np.zeros(RATE_HZ), speechlike(2, level / 3)])
    samples = samples.astype(np.float32)
    assert sound.loudness_lufs(samples) == pytest.approx(ebur128_lufs(samples), abs=0.2)


def test_silence_has_no_loudness_and_stays_silence() -> None:
    nothing = np.zeros(RATE_HZ, dtype=np.float32)
    assert sound.loudness_lufs(nothing) == float("-inf")
    assert not sound.level(nothing).any()
    assert len(sound.level(nothing[:0])) == 0


@RELAXED
@given(st.floats(0.003, 0.9), st.floats(0.2, 3.0))
def test_any_line_comes_out_at_the_same_loudness(level: float, seconds: float) -> None:
    out = sound.level(speechlike(seconds, level))
    assert sound.loudness_lufs(out) == pytest.approx(sound.TARGET_LUFS, abs=1.0)
    assert sound.true_peak(out).max() <= 10 ** (-1.0 / 20) + 1e-3


@pytest.mark.parametrize("from_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_pitch_length_and_level_survive_a_change_of_rate(from_hz: int) -> None:
    out = sound.resample(tone(440, 1.0, 0.5, from_hz), from_hz)
    assert len(out) == RATE_HZ
    spectrum = np.abs(np.fft.rfft(out))
    assert int(np.argmax(spectrum)) == 440
    middle = slice(4000, -4000)
    assert np.abs(out[middle] - tone(440, 1.0, 0.5)[middle]).max() < 0.01


def test_silence_at_the_ends_is_cut_to_60_ms() -> None:
    quiet = np.zeros(RATE_HZ // 2, dtype=np.float32)
    first, last = sound.trim(np.concatenate([quiet, tone(300, 1, 0.3), quiet]), RATE_HZ)
    assert (RATE_HZ // 2 - first) / RATE_HZ == pytest.approx(0.06, abs=0.01)
    assert (last - RATE_HZ * 3 // 2) / RATE_HZ == pytest.approx(0.06, abs=0.01)


def test_estimated_words_rest_where_the_voice_rests() -> None:
    samples = np.concatenate([tone(200, 1, 0.3), np.zeros(RATE_HZ), tone(200, 1, 0.3)])
    phones, words = estimate.fitted("大家好大家好", "zh", samples.astype(np.float32))
    silence = [phone for phone in phones if not phone.symbol]
    assert any(p.start_s <= 1.1 and p.end_s >= 1.9 for p in silence)
    assert words[0].start_s < 0.1
    assert words[-1].end_s == pytest.approx(3.0, abs=0.1)


def test_kokoro_alphabet_is_complete() -> None:
    numbers = list(kokoro._TOKENS.values())
    assert len(numbers) == len(set(numbers)) == 114
    assert (kokoro._TOKENS[";"], kokoro._TOKENS[" "], kokoro._TOKENS["ᵻ"]) == (1, 16, 177)


def test_an_onnx_file_with_one_more_output_only_grows_at_its_end() -> None:
    assert kokoro._with_output(b"model", "/x") == b"model\x3a\x06\x62\x04\x0a\x02/x"


def test_long_lines_are_cut_at_pauses() -> None:
    tokens = kokoro._tokens("这款杯子很好看，" * 80, "zh")
    phrases = list(kokoro._phrases(tokens))
    assert len(phrases) > 2
    assert all(len(phrase) <= kokoro._MOST_TOKENS for phrase in phrases)
    assert all(phrase[-1].symbol == "," for phrase in phrases)
    assert [t for p in phrases for t in p if t.symbol != " "] == [
        t for t in tokens if t.symbol != " "
    ]
