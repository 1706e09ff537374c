"""What every voice promises: right loudness, whole times, words that point at the written text."""

from __future__ import annotations

import io
import json
import threading
import wave
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import avatars.voices
from avatars.voices import kokoro, openai, pyttsx3, silent
from avatars.voices.parts import sound
from engine import models
from engine.errors import VoiceError
from engine.media import RATE_HZ, Language, Speech, VoiceSpec
from engine.ports import Voice
from tests.fakes import voice as fake

LINES: dict[Language, list[str]] = {
    "zh": ["大家好！", "这款保温杯只要¥268，容量 220 毫升，3–5 天到货。", "X200 支持 Wi-Fi6 🎉"],
    "en": [
        "Hello!",
        "Only $24.00 today: 220 ml, and it ships in 3–5 days.",
        "The X200 has Wi-Fi 6 🎉",
    ],
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A speech endpoint as OpenAI describes it, that hums."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/audio/speech"
            seconds = np.arange(int(24_000 * (0.5 + 0.06 * len(asked["input"])))) / 24_000
            hum = 0.2 * np.sin(2 * np.pi * 200 * seconds) * (np.sin(2 * np.pi * 3 * seconds) > -0.5)
            out = io.BytesIO()
            with wave.open(out, "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(24_000)
                file.writeframes((hum * 32767).astype("<i2").tobytes())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(out.getvalue())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def _kokoro(_: str) -> Voice:
    if not all(models.has(n) for n in (kokoro.MODEL, "zf_xiaoxiao.bin", "af_heart.bin")):
        pytest.skip("no model here: nightmarket models pull voice")
    return kokoro.create(VoiceSpec())


def _pyttsx3(_: str) -> Voice:
    try:
        return pyttsx3.create(VoiceSpec("pyttsx3"))
    except VoiceError as error:
        pytest.skip(f"no system voice here: {error}")


VOICES: dict[str, Callable[[str], Voice]] = {
    "fake": lambda _: fake.create(VoiceSpec("fake")),
    "silent": lambda _: silent.create(VoiceSpec("silent")),
    "openai": lambda url: openai.create(VoiceSpec("openai", options={"base_url": url})),
    "pyttsx3": _pyttsx3,
    "kokoro": _kokoro,
}


def test_every_voice_of_the_folder_is_under_contract() -> None:
    folder = Path(avatars.voices.__file__).parent
    plugins = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert plugins == set(VOICES) - {"fake"}


@pytest.fixture(scope="module", params=list(VOICES))
def speeches(request: pytest.FixtureRequest, endpoint: str) -> list[Speech]:
    voice = VOICES[request.param](endpoint)
    return [voice.say(line, language) for language in voice.languages() for line in LINES[language]]


def test_sound_is_mono_float_at_the_bus_rate(speeches: list[Speech]) -> None:
    for speech in speeches:
        assert speech.samples.dtype == np.float32
        assert speech.samples.ndim == 1
        assert 0.2 < speech.duration_s < 20.0
        assert np.isfinite(speech.samples).all()


def test_sound_is_levelled_without_clicks_at_the_ends(speeches: list[Speech]) -> None:
    for speech in speeches:
        if speech.voice == "silent":
            assert not speech.samples.any()
            continue
        assert sound.loudness_lufs(speech.samples) == pytest.approx(sound.TARGET_LUFS, abs=1.0)
        assert sound.true_peak(speech.samples).max() <= 10 ** (-1.0 / 20) + 1e-3
        assert abs(speech.samples[0]) < 1e-3
        assert abs(speech.samples[-1]) < 1e-3


def test_phones_cover_the_line_without_gaps(speeches: list[Speech]) -> None:
    for speech in speeches:
        assert speech.phones[0].start_s == pytest.approx(0.0, abs=1e-6)
        assert speech.phones[-1].end_s == pytest.approx(speech.duration_s, abs=0.005)
        for before, after in pairwise(speech.phones):
            assert before.end_s == pytest.approx(after.start_s, abs=1e-6)
            assert before.start_s < before.end_s
            assert before.symbol or after.symbol, "silence beside silence is one"
        assert any(phone.symbol for phone in speech.phones) != (speech.voice == "silent")


def test_words_point_at_the_written_text_in_order(speeches: list[Speech]) -> None:
    for speech in speeches:
        assert speech.words
        for word in speech.words:
            assert word.text == speech.text[word.char_start : word.char_end]
            assert word.text.strip() == word.text != ""
            assert 0.0 <= word.start_s <= word.end_s <= speech.duration_s + 1e-6
        for before, after in pairwise(speech.words):
            assert before.char_end <= after.char_start
            assert before.end_s <= after.start_s + 1e-6


def test_a_price_is_one_word_of_the_caption(speeches: list[Speech]) -> None:
    for speech in speeches:
        for price in ("¥268", "$24.00"):
            if price in speech.text:
                assert price in [word.text for word in speech.words]


def test_the_speech_says_what_it_is(speeches: list[Speech]) -> None:
    for speech in speeches:
        assert speech.voice
        assert not speech.cached
        assert speech.text in LINES[speech.language]


@pytest.mark.parametrize("name", list(VOICES))
def test_a_line_without_words_is_refused_for_good_or_silent(name: str, endpoint: str) -> None:
    voice = VOICES[name](endpoint)
    language: Language = "en"
    if name == "silent":
        assert voice.say("…🎉", language).duration_s < 1.0
        return
    with pytest.raises(VoiceError) as refused:
        voice.say("…🎉", language)
    assert not refused.value.retryable


def test_a_silent_endpoint_is_an_error_worth_another_try() -> None:
    voice = openai.create(
        VoiceSpec("openai", options={"base_url": "http://127.0.0.1:9", "timeout_s": 1})
    )
    with pytest.raises(VoiceError) as failed:
        voice.say("Hello", "en")
    assert failed.value.retryable


def test_a_missing_key_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_VOICE_KEY", raising=False)
    with pytest.raises(VoiceError, match="SHOP_VOICE_KEY"):
        openai.create(VoiceSpec("openai", options={"key_env": "SHOP_VOICE_KEY"}))
    with pytest.raises(VoiceError, match="base_url"):
        openai.create(VoiceSpec("openai", options={"base_url": "file:///etc/passwd"}))


def test_samples_last_as_long_as_their_phones_say() -> None:
    speech = silent.create(VoiceSpec("silent")).say("一二三四五", "zh")
    assert len(speech.samples) == round(speech.phones[-1].end_s * RATE_HZ)
