"""Phones to mouth: dominance-blended co-articulation. Pure.

After M. M. Cohen and D. W. Massaro, "Modeling coarticulation in synthetic visual speech" (1993):
every phone pulls every part of the mouth towards its target with a dominance that decays with the
distance in time, and the mouth is where the pulls balance::

    D(τ) = α · exp(−θ · |τ|)        F(t) = Σ D·T / Σ D

so that rounding spreads over the consonants around an /u/ and a /k/ keeps its vowel's lips. What
must be seen is then made sure of: lips meet for m, b, p; the lower lip tucks for f, v; silence
closes the mouth.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from engine.media import Mouth, Phone

LEAD_S = 0.040
"""The mouth is this much ahead of its sound, as lips are."""

_CLOSE_S = 0.080
_ANTICIPATE_S = 0.080
_PARTS = ("open", "spread", "round", "press", "tuck", "tongue")
_OPEN, _SPREAD, _ROUND, _PRESS, _TUCK, _TONGUE = range(6)
_LIP_CLOSERS = frozenset("mbp")
_LIP_TUCKERS = frozenset("fvʋ")
_BOTH = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "əʊ", "W": "aʊ", "Y": "ɔɪ"}
_CRISP = 1.4
"""Speed of all fading: presenters articulate; lower mumbles."""
_FIRST_SHARE = 0.6
"""How much of a diphthong is its first vowel."""

# shape: targets (open, spread, round, press, tuck, tongue), pulls α for the same parts, θ in 1/s
# (how quickly the pull fades: vowels reach far, closures are short).
_SHAPES: dict[str, tuple[tuple[float, ...], tuple[float, ...], float]] = {
    "rest": ((0.00, 0.10, 0.00, 0.10, 0.00, 0.00), (1.0, 0.6, 0.6, 0.6, 0.6, 0.6), 22.0),
    "A": ((0.90, 0.15, 0.00, 0.00, 0.00, 0.10), (1.0, 0.6, 0.6, 1.0, 1.0, 0.6), 15.0),
    "AE": ((0.72, 0.50, 0.00, 0.00, 0.00, 0.10), (1.0, 0.8, 0.6, 1.0, 1.0, 0.6), 15.0),
    "E": ((0.48, 0.55, 0.00, 0.00, 0.00, 0.15), (0.9, 0.9, 0.7, 1.0, 1.0, 0.6), 16.0),
    "I": ((0.22, 0.85, 0.00, 0.00, 0.00, 0.15), (0.8, 1.0, 0.9, 1.0, 1.0, 0.6), 16.0),
    "schwa": ((0.38, 0.20, 0.10, 0.00, 0.00, 0.10), (0.6, 0.4, 0.4, 1.0, 1.0, 0.4), 18.0),
    "ER": ((0.34, 0.10, 0.40, 0.00, 0.00, 0.20), (0.7, 0.5, 0.8, 1.0, 1.0, 0.6), 16.0),
    "O": ((0.55, 0.00, 0.75, 0.00, 0.00, 0.00), (0.9, 0.9, 1.4, 1.0, 1.0, 0.6), 14.0),
    "U": ((0.24, 0.00, 0.95, 0.00, 0.00, 0.00), (0.9, 1.0, 1.8, 1.0, 1.0, 0.6), 13.0),
    "Y": ((0.20, 0.10, 0.90, 0.00, 0.00, 0.10), (0.9, 0.8, 1.8, 1.0, 1.0, 0.6), 13.0),
    "M": ((0.00, 0.10, 0.10, 1.00, 0.00, 0.00), (3.0, 0.2, 0.2, 4.0, 1.0, 0.6), 30.0),
    "F": ((0.10, 0.25, 0.00, 0.00, 1.00, 0.00), (2.0, 0.4, 0.6, 1.0, 4.0, 0.6), 30.0),
    "TH": ((0.24, 0.25, 0.00, 0.00, 0.00, 0.90), (1.0, 0.4, 0.4, 1.0, 1.0, 2.5), 26.0),
    "L": ((0.30, 0.25, 0.00, 0.00, 0.00, 0.85), (0.7, 0.3, 0.3, 1.0, 1.0, 2.0), 25.0),
    "T": ((0.18, 0.30, 0.00, 0.00, 0.00, 0.60), (0.8, 0.3, 0.3, 1.0, 1.0, 1.6), 28.0),
    "S": ((0.12, 0.50, 0.00, 0.00, 0.00, 0.20), (1.1, 0.6, 0.4, 1.0, 1.0, 1.0), 24.0),
    "SH": ((0.20, 0.05, 0.50, 0.00, 0.00, 0.10), (1.0, 0.5, 0.9, 1.0, 1.0, 0.8), 22.0),
    "R": ((0.25, 0.05, 0.42, 0.00, 0.00, 0.20), (0.7, 0.4, 0.9, 1.0, 1.0, 0.8), 20.0),
    "K": ((0.30, 0.20, 0.00, 0.00, 0.00, 0.00), (0.4, 0.1, 0.1, 1.0, 1.0, 0.6), 26.0),
}
_PHONES = {
    symbol: shape
    for shape, symbols in (
        ("A", "aɑɐ"),
        ("AE", "æ"),
        ("E", "eɛœø"),
        ("I", "iɪjᵻɯ"),
        ("schwa", "əʌɜɤᵊɨ"),
        ("ER", "ɚɝ"),
        ("O", "oɔɒ"),
        ("U", "uʊwɰ"),
        ("Y", "yɥ"),
        ("M", "mbpβɸ"),
        ("F", "fvʋ"),
        ("TH", "θð"),
        ("L", "lɫɭʎ"),
        ("T", "tdnɾTɲɳɴʈɖ"),
        ("S", "szʦʣɕʨʥ"),
        ("SH", "ʃʒʧʤʂʐꭧɟ"),
        ("R", "ɹɻrʁɽ"),
        ("K", "kɡgŋhxqcçʔɣχʝ"),
    )
    for symbol in symbols
}
_NAMED = tuple(_SHAPES)
_TARGETS = np.array([row[0] for row in _SHAPES.values()])

Beat = tuple[str, float, float]
"""One shape from a start to an end in seconds."""


def track(phones: tuple[Phone, ...], duration_s: float, fps: int) -> tuple[Mouth, ...]:
    """One Mouth per picture of a line of ``duration_s``, the last one closed.

    Picture ``n`` shows the mouth of ``n / fps + LEAD_S``. Unknown symbols are a neutral vowel.
    """
    count = max(1, ceil(duration_s * fps - 1e-6))
    beats = _beats(phones, duration_s)
    times_s = np.arange(count) / fps + LEAD_S
    if all(shape == "rest" for shape, _, _ in beats):
        return (Mouth(),) * count
    values = _blend(beats, times_s)
    values *= _voiced(beats, times_s)[:, None]
    _make_sure(values, phones, times_s, fps)
    values[-1] = 0.0
    values = np.clip(values, 0.0, 1.0)
    return tuple(_mouth(row) for row in values)


def _beats(phones: tuple[Phone, ...], duration_s: float) -> list[Beat]:
    """Shapes that cover the line: diphthongs in two, gaps and ends as silence."""
    beats: list[Beat] = [("rest", -1.0, 0.0)]
    for phone in sorted(phones, key=lambda phone: phone.start_s):
        start_s = max(phone.start_s, beats[-1][2])
        if phone.end_s <= start_s:
            continue
        if start_s > beats[-1][2]:
            _rest(beats, start_s)
        if not phone.symbol.strip():
            _rest(beats, phone.end_s)
            continue
        symbols = _BOTH.get(phone.symbol, phone.symbol[:1])
        middle_s = start_s + (phone.end_s - start_s) * (_FIRST_SHARE if len(symbols) > 1 else 1.0)
        beats.append((_shape(symbols[:1]), start_s, middle_s))
        if len(symbols) > 1:
            beats.append((_shape(symbols[1]), middle_s, phone.end_s))
    _rest(beats, max(duration_s, beats[-1][2]) + 1.0)
    return beats


def _rest(beats: list[Beat], end_s: float) -> None:
    """Go on in silence up to ``end_s``; silence beside silence is one."""
    if beats[-1][0] == "rest":
        beats[-1] = ("rest", beats[-1][1], end_s)
    else:
        beats.append(("rest", beats[-1][2], end_s))


def _shape(symbol: str) -> str:
    return _PHONES.get(symbol, "schwa")


def _blend(beats: list[Beat], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen and Massaro's blend, shape (pictures, 6). Inside a phone the pull does not fade."""
    starts, ends = (np.array([beat[i] for beat in beats]) for i in (1, 2))
    targets = np.array([_SHAPES[shape][0] for shape, _, _ in beats])
    pulls = np.array([_SHAPES[shape][1] for shape, _, _ in beats])
    fade = _CRISP * np.array([_SHAPES[shape][2] for shape, _, _ in beats])
    # A short phone does not reach its full pull: lips are mass.
    effort = np.clip((ends - starts) / 0.06, 0.35, 1.0)
    middle, half = (starts + ends) / 2, (ends - starts) / 2
    away = np.maximum(0.0, np.abs(times_s[:, None] - middle) - 0.5 * half)
    dominance = (effort * np.exp(-fade * away))[:, :, None] * pulls
    return np.asarray((dominance * targets).sum(axis=1) / dominance.sum(axis=1))


def _voiced(beats: list[Beat], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 while something is said, down to 0 soon after a silence begins, up before it ends."""
    amount = np.ones(len(times_s))
    for shape, start_s, end_s in beats:
        if shape != "rest":
            continue
        inside = (times_s >= start_s) & (times_s < end_s)
        closing = 1.0 - (times_s - start_s) / _CLOSE_S
        opening = 1.0 - (end_s - times_s) / _ANTICIPATE_S
        amount[inside] = np.clip(np.maximum(closing, opening), 0.0, 1.0)[inside]
    amount[times_s >= beats[-1][2]] = 0.0
    return amount


def _make_sure(
    values: NDArray[np.float64], phones: tuple[Phone, ...], times_s: NDArray[np.float64], fps: int
) -> None:
    """Every closure and every tuck is in at least one picture, however short its sound."""
    last = max(0, len(times_s) - 2)  # the last picture is closed anyhow
    pressed: set[int] = set()
    for phone in phones:
        if phone.symbol[:1] in _LIP_CLOSERS:
            for index in _pictures(phone, times_s, fps, last):
                values[index, _PRESS], values[index, _OPEN] = 1.0, 0.0
                values[index, _TUCK] = values[index, _TONGUE] = 0.0
                pressed.add(index)
    for phone in phones:
        if phone.symbol[:1] in _LIP_TUCKERS:
            wanted = _pictures(phone, times_s, fps, last)
            near = sorted(range(last + 1), key=lambda index: abs(index - wanted[0]))[:5]
            free = [i for i in wanted if i not in pressed] or [i for i in near if i not in pressed]
            for index in free[: len(wanted)]:
                values[index, _TUCK], values[index, _PRESS] = 1.0, 0.0
                values[index, _OPEN] = min(values[index, _OPEN], 0.15)


def _pictures(phone: Phone, times_s: NDArray[np.float64], fps: int, last: int) -> list[int]:
    """The pictures inside a phone, or the one nearest to its middle."""
    inside = np.flatnonzero((times_s >= phone.start_s) & (times_s < phone.end_s))
    kept = [int(i) for i in inside if i <= last]
    middle = round(((phone.start_s + phone.end_s) / 2 - LEAD_S) * fps)
    return kept or [min(max(middle, 0), last)]


def _mouth(row: NDArray[np.float64]) -> Mouth:
    if row[_OPEN] < 0.02 and row[_PRESS] < 0.5:
        name = "rest"
    else:
        name = _NAMED[int(np.argmin(((_TARGETS - row) ** 2).sum(axis=1)))]
    return Mouth(**dict(zip(_PARTS, (round(float(v), 4) for v in row), strict=True)), shape=name)


__all__ = ["LEAD_S", "track"]
