"""Kokoro is understood: Whisper writes down what it hears, prices and units too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import pytest

from avatars.voices import kokoro
from avatars.voices.parts.reading import spoken
from engine import models
from engine.media import Language, Speech, VoiceSpec
from tests import ear

pytestmark = [
    pytest.mark.skipif(
        not all(models.has(name) for name in (kokoro.MODEL, "zf_xiaoxiao.bin", "af_heart.bin")),
        reason="no voice model here: nightmarket models pull voice",
    ),
    pytest.mark.skipif(
        not ear.present(), reason="no ear here: nightmarket models pull test (Whisper base)"
    ),
]

ZH = [
    "大家好，欢迎来到我们的直播间，今天给大家带来一款保温杯。",
    "这款水杯的容量是三百毫升，可以保温十二个小时。",
    "喜欢的朋友可以点击下方的购物车，现在下单还有优惠。",
]
EN = [
    "Welcome everyone, today I want to show you our new travel mug.",
    "It keeps your coffee hot for twelve hours, and it never leaks in your bag.",
    "If you have any questions, just type them in the chat and I will answer.",
]


@pytest.fixture(scope="module")
def voice() -> kokoro.Kokoro:
    return kokoro.create(VoiceSpec())


def hear(speech: Speech) -> str:
    return ear.transcribe(speech.samples, language=speech.language)


def plain(text: str, language: Language) -> str:
    """Text without punctuation and case, numbers as they are spoken."""
    read = spoken(unicodedata.normalize("NFKC", text), language)
    read = read.replace("两", "二")
    return re.sub(r"[^\w\s]|_", " " if language == "en" else "", read.lower()).strip()


def error_rate(wanted: Sequence[str], heard: Sequence[str]) -> float:
    """Levenshtein distance per wanted item."""
    row = list(range(len(heard) + 1))
    for i, item in enumerate(wanted, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (item != other))
    return row[-1] / max(1, len(wanted))


def test_chinese_is_understood(voice: kokoro.Kokoro) -> None:
    wanted = "".join(plain(line, "zh") for line in ZH)
    heard = "".join(plain(hear(voice.say(line, "zh")), "zh") for line in ZH)
    assert error_rate(wanted, heard) <= 0.15, heard


def test_english_is_understood(voice: kokoro.Kokoro) -> None:
    wanted = " ".join(plain(line, "en") for line in EN).split()
    heard = " ".join(plain(hear(voice.say(line, "en")), "en") for line in EN).split()
    assert error_rate(wanted, heard) <= 0.12, heard


@pytest.mark.parametrize(
    ("line", "language", "number"),
    [
        ("这款保温杯今天只要¥268。", "zh", "268"),
        ("它的容量是 220 毫升。", "zh", "220"),
        ("我们会在 3–5 天内发货。", "zh", "3到5天"),
        ("全场商品优惠百分之五十。", "zh", "50%"),
        ("This kettle is only $24.00 today.", "en", "24"),
        ("The bottle holds 220 ml of water.", "en", "220"),
        ("Your order will arrive in 3–5 days.", "en", "3 to 5 days"),
        ("Everything in the shop is 50% off.", "en", "50%"),
    ],
)
def test_prices_and_units_are_heard_right(
    voice: kokoro.Kokoro, line: str, language: Language, number: str
) -> None:
    heard = plain(hear(voice.say(line, language)), language)
    assert plain(number, language) in heard


def test_words_are_where_they_are_heard(voice: kokoro.Kokoro) -> None:
    speech = voice.say("Only twenty-four dollars today, and it ships tomorrow.", "en")
    by_text = {word.text: word for word in speech.words}
    word = by_text["dollars"]
    first, last = (round(t * 48_000) for t in (word.start_s - 0.12, word.end_s + 0.12))
    heard = ear.transcribe(speech.samples[max(0, first) : last], language="en")
    assert "dollar" in heard.lower()


def test_the_same_line_sounds_the_same(voice: kokoro.Kokoro) -> None:
    first, second = voice.say(ZH[0], "zh"), voice.say(ZH[0], "zh")
    assert first.phones == second.phones
    assert first.words == second.words


def test_speed_changes_the_length_and_not_the_words() -> None:
    slow, fast = (kokoro.create(VoiceSpec(speed=speed)) for speed in (0.9, 1.2))
    one, two = slow.say(ZH[0], "zh"), fast.say(ZH[0], "zh")
    assert two.duration_s < 0.9 * one.duration_s
    assert [word.text for word in one.words] == [word.text for word in two.words]
