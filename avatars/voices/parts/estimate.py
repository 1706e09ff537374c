"""Times of phones and words for voices that give none: spread over the loud parts of the sound."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np

from avatars.voices.parts import english, mandarin, reading
from engine.media import RATE_HZ, Language, Phone, Samples, Word

_PHONE_S = {"zh": 0.085, "en": 0.075}
_PAUSE_S = {",": 0.18, ";": 0.25, ":": 0.25, "—": 0.2, "…": 0.3, ".": 0.35, "!": 0.35, "?": 0.35}
_EDGE_S = 0.06
_MODIFIERS = frozenset("ʰʲː→↗↓↘ᵝˈˌ\u0303 ")
_LONG = frozenset("aɑɐæeɛiɪuʊoɔəʌɜɤɨyɚAIOWYQ")
_QUIET_BELOW_PEAK_DB = -30.0
_STOP_S = 0.1

Sounds = tuple[tuple[Phone, ...], tuple[Word, ...], float]


def times(text: str, language: Language, stretch: float = 1.0) -> Sounds:
    """Phones, words and seconds of a line that is read at an unhurried pace."""
    phones: list[Phone] = [Phone("", 0.0, _EDGE_S)]
    words: list[Word] = []
    for piece in reading.read(text, language):
        if piece.pause:
            _rest(phones, _PAUSE_S.get(piece.text, 0.2) * stretch)
            continue
        for said, start, end in _words(piece):
            begin_s = phones[-1].end_s
            for symbol in said:
                if symbol in _MODIFIERS:
                    continue
                weight = 1.35 if symbol in _LONG else 0.8
                length_s = _PHONE_S[piece.language] * weight * stretch
                phones.append(Phone(symbol, phones[-1].end_s, phones[-1].end_s + length_s))
            end_s = phones[-1].end_s
            if words and (words[-1].char_start, words[-1].char_end) == (start, end):
                begin_s = words.pop().start_s
            if end_s > begin_s:
                words.append(Word(text[start:end], begin_s, end_s, start, end))
    if phones[-1].symbol:
        _rest(phones, _EDGE_S)
    return tuple(phones), tuple(words), phones[-1].end_s


def _rest(phones: list[Phone], length_s: float) -> None:
    """Some silence at the end of ``phones``; silence beside silence is one."""
    last = phones[-1]
    if last.symbol:
        phones.append(Phone("", last.end_s, last.end_s + length_s))
    else:
        phones[-1] = Phone("", last.start_s, last.end_s + length_s)


def fitted(
    text: str, language: Language, samples: Samples
) -> tuple[tuple[Phone, ...], tuple[Word, ...]]:
    """Phones and words of a line that sounds like ``samples`` (48 kHz).

    Estimated times are laid over the loud parts only, so the mouth rests where the voice pauses.
    """
    phones, words, _ = times(text, language)
    loud = _loud(samples)
    total_s = len(samples) / RATE_HZ
    instants, said = [0.0], [0.0]
    for phone in phones:
        instants.append(phone.end_s)
        said.append(said[-1] + (phone.end_s - phone.start_s if phone.symbol else 0.0))
    heard = [0.0]
    for start_s, end_s in loud:
        heard.append(heard[-1] + end_s - start_s)
    if not loud or not said[-1]:
        return (Phone("", 0.0, total_s),), ()

    def clock(estimated_s: float, starts: bool) -> float:
        """When the sound is where the estimate is; a start after a pause is after the pause."""
        share = float(np.interp(estimated_s, instants, said)) / said[-1] * heard[-1]
        index = (
            bisect_right(heard, share + 1e-9) if starts else bisect_left(heard, share - 1e-9)
        ) - 1
        start_s, end_s = loud[min(max(index, 0), len(loud) - 1)]
        return min(max(start_s + share - heard[min(max(index, 0), len(loud) - 1)], start_s), end_s)

    placed: list[Phone] = []
    now_s = 0.0
    for phone in phones:
        if not phone.symbol:
            continue
        start_s = max(clock(phone.start_s, True), now_s)
        end_s = max(clock(phone.end_s, False), start_s)
        if start_s > now_s + 1e-3:
            placed.append(Phone("", now_s, start_s))
        if end_s > start_s:
            placed.append(Phone(phone.symbol, start_s, end_s))
            now_s = end_s
    if now_s < total_s:
        placed.append(Phone("", now_s, total_s))
    timed, now_s = [], 0.0
    for word in words:
        start_s = max(clock(word.start_s, True), now_s)
        now_s = max(clock(word.end_s, False), start_s)
        timed.append(Word(word.text, start_s, now_s, word.char_start, word.char_end))
    return tuple(placed), tuple(timed)


def _words(piece: reading.Piece) -> list[tuple[str, int, int]]:
    if piece.language == "zh":
        out = []
        for word, place in mandarin.words(piece.text):
            start = piece.start + place if piece.literal else piece.start
            end = start + len(word) if piece.literal else piece.end
            out.append((mandarin.phones(word), start, end))
        return out
    said = english.phones(piece.text.replace("-", " ").split())
    return [(phones, piece.start, piece.end) for phones in said]


def _loud(samples: Samples) -> list[tuple[float, float]]:
    """Starts and ends in seconds of what is not silence; stops inside words do not count."""
    step = RATE_HZ // 100
    frames = len(samples) // step
    if not frames:
        return []
    level = np.sqrt(np.mean(samples[: frames * step].reshape(frames, step) ** 2, axis=1))
    heard = level > max(float(level.max()) * 10 ** (_QUIET_BELOW_PEAK_DB / 20), 1e-5)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], heard.astype(np.int8), [0]))))
    joined: list[tuple[float, float]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if joined and start / 100 - joined[-1][1] < _STOP_S:
            joined[-1] = (joined[-1][0], end / 100)
        else:
            joined.append((start / 100, end / 100))
    return joined


__all__ = ["fitted", "times"]
