"""The mouth says what is heard: lips meet, tuck, round and open when they must, then close."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatars.lipsync import LEAD_S, track
from engine.media import Mouth, Phone

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FPS = 25
SYMBOLS = [*"aæɑɐeɛiɪjuʊwyɥoɔəɚɤɨmbpfvθðltdnsʦɕʨʃʧꭧʂɹɻkɡŋhx", "", *"AIOWY☃"]


@st.composite
def lines(draw: st.DrawFn) -> tuple[tuple[Phone, ...], float]:
    """Phones one after another, of 25 to 400 ms, and the length of their line."""
    now_s, phones = 0.0, []
    for symbol in draw(st.lists(st.sampled_from(SYMBOLS), max_size=40)):
        end_s = now_s + draw(st.integers(1, 16)) * 0.025
        phones.append(Phone(symbol, now_s, end_s))
        now_s = end_s
    return tuple(phones), now_s + draw(st.sampled_from([0.0, 0.013, 0.06, 0.5]))


def at(mouths: tuple[Mouth, ...], phone: Phone, fps: int = FPS) -> list[Mouth]:
    """The pictures around a phone, with the lead taken off."""
    first = int((phone.start_s - LEAD_S) * fps) - 1
    last = ceil((phone.end_s - LEAD_S) * fps) + 1
    return list(mouths[max(0, first) : max(1, last + 1)])


def word(
    *symbols: str, each_s: float = 0.1, edge_s: float = 0.2
) -> tuple[tuple[Phone, ...], float]:
    """Phones of equal length between two silences."""
    phones = [Phone("", 0.0, edge_s)]
    for symbol in symbols:
        phones.append(Phone(symbol, phones[-1].end_s, phones[-1].end_s + each_s))
    phones.append(Phone("", phones[-1].end_s, phones[-1].end_s + edge_s))
    return tuple(phones), phones[-1].end_s


@RELAXED
@given(lines(), st.sampled_from([10, 25, 30, 50]))
def test_one_mouth_per_picture_all_in_range_ending_closed(
    line: tuple[tuple[Phone, ...], float], fps: int
) -> None:
    phones, duration_s = line
    mouths = track(phones, duration_s, fps)
    assert len(mouths) == max(1, ceil(duration_s * fps - 1e-6))
    for mouth in mouths:
        parts = (mouth.open, mouth.spread, mouth.round, mouth.press, mouth.tuck, mouth.tongue)
        assert all(0.0 <= value <= 1.0 for value in parts)
        assert mouth.shape
    assert mouths[-1].open == 0.0
    assert mouths[-1].shape == "rest"


@RELAXED
@given(lines())
def test_lips_meet_in_a_picture_of_every_m_b_p(line: tuple[tuple[Phone, ...], float]) -> None:
    phones, duration_s = line
    mouths = track(phones, duration_s, FPS)
    for phone in phones:
        if phone.symbol in ("m", "b", "p") and len(mouths) > 2:
            around = at(mouths, phone)
            assert any(mouth.press == 1.0 and mouth.open <= 0.02 for mouth in around)


@RELAXED
@given(lines())
def test_silence_closes_within_120_ms(line: tuple[tuple[Phone, ...], float]) -> None:
    phones, duration_s = line
    mouths = track(phones, duration_s, FPS)
    silences = [phone for phone in phones if not phone.symbol]
    for before, after in pairwise(phones):
        if not before.symbol and not after.symbol:
            silences.append(Phone("", before.start_s, after.end_s))
    for silence in silences:
        for index, mouth in enumerate(mouths):
            time_s = index / FPS + LEAD_S
            if silence.start_s + 0.120 <= time_s <= silence.end_s - 0.120:
                assert mouth.open <= 0.02


@RELAXED
@given(lines())
def test_the_same_phones_give_the_same_mouths(line: tuple[tuple[Phone, ...], float]) -> None:
    assert track(*line, FPS) == track(*line, FPS)


def test_silence_is_a_closed_mouth() -> None:
    assert set(track((), 1.0, FPS)) == {Mouth()}
    assert set(track((Phone("", 0.0, 1.0),), 1.0, FPS)) == {Mouth()}


@pytest.mark.parametrize(
    ("symbol", "part", "least"),
    [
        ("a", "open", 0.6),
        ("ɑ", "open", 0.6),
        ("i", "spread", 0.5),
        ("u", "round", 0.6),
        ("y", "round", 0.6),
        ("o", "round", 0.5),
        ("f", "tuck", 1.0),
        ("v", "tuck", 1.0),
        ("l", "tongue", 0.4),
        ("θ", "tongue", 0.4),
    ],
)
def test_a_sound_is_seen(symbol: str, part: str, least: float) -> None:
    phones, duration_s = word("k", symbol, "k")
    mouths = track(phones, duration_s, FPS)
    assert max(getattr(mouth, part) for mouth in mouths) >= least


def test_rounding_begins_before_its_vowel() -> None:
    rounded, plain = (track(*word("s", "t", vowel), FPS) for vowel in ("u", "i"))
    consonants = slice(5, 8)
    assert sum(m.round for m in rounded[consonants]) > 2 * sum(m.round for m in plain[consonants])


def test_a_velar_keeps_the_lips_of_its_vowel() -> None:
    beside_u, beside_i = (track(*word(vowel, "k", vowel), FPS) for vowel in ("u", "i"))
    middle = round((0.2 + 0.15 - LEAD_S) * FPS)
    assert beside_u[middle].round > 0.5
    assert beside_i[middle].spread > 0.5


def test_the_mouth_leads_the_sound() -> None:
    phones, duration_s = word("a", edge_s=0.5, each_s=0.4)
    mouths = track(phones, duration_s, 100)
    half = max(m.open for m in mouths) / 2
    opens_s = next(i for i, m in enumerate(mouths) if m.open > half) / 100
    assert 0.03 <= 0.5 - opens_s <= 0.09


def test_a_diphthong_moves() -> None:
    phones, duration_s = word("W", each_s=0.3)
    mouths = track(phones, duration_s, FPS)
    widest = max(range(len(mouths)), key=lambda i: mouths[i].open)
    roundest = max(range(len(mouths)), key=lambda i: mouths[i].round)
    assert widest < roundest


def test_a_pause_inside_a_line_is_seen() -> None:
    phones = (Phone("a", 0.0, 0.3), Phone("", 0.3, 0.7), Phone("a", 0.7, 1.0))
    mouths = track(phones, 1.0, FPS)
    assert min(m.open for m in mouths[8:16]) == 0.0
    assert mouths[20].open > 0.4


def test_mandarin_and_english_symbols_are_all_known() -> None:
    from avatars.lipsync import _PHONES
    from avatars.voices import kokoro

    sounds = [s for s in kokoro._TOKENS if s not in kokoro._PAUSES | kokoro._AFTER | kokoro._BEFORE]
    unknown = [s for s in sounds if s not in _PHONES and s not in "AIOQWYS"]
    assert unknown == []
