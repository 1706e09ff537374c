"""American English text to phones, in the alphabet Kokoro was trained on.

Words come from misaki's dictionaries (Apache-2.0, used as data only), regular endings are built as
misaki builds them, unknown words are asked of espeak-ng, abbreviations are spelled. A capital
letter in the alphabet is a diphthong: A (eɪ), I (aɪ), O (oʊ), W (aʊ), Y (ɔɪ).
"""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from avatars.voices.parts import espeak
from engine.errors import VoiceError

Entry = str | Mapping[str, str | None]

_VOWELS = frozenset("AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ")
_TAPPED_AFTER = frozenset("AIOWYiuæɑəɛɪɹʊʌ")
_VERB_AFTER = frozenset(
    ["to", "can", "will", "would", "could", "should", "may", "must", "i", "you", "we", "they", "who", "don't", "won't", "can't", "let's", "please"]
)
_NOUN_AFTER = frozenset(
    ["the", "a", "an", "my", "your", "our", "their", "his", "her", "its", "this", "that", "no", "every", "each", "for", "of"]
)
_OURS: dict[str, str] = {
    "nightmarket": "nˈItmˌɑɹkət",
    "wifi": "wˈIfI",
    "wi": "wˈI",
    "fi": "fˈI",
    "ios": "ˌIˌOˈɛs",
    "iphone": "ˈIfˌOn",
    "ipad": "ˈIpˌæd",
    "app": "ˈæp",
    "yuan": "juˈɑn",
    "type-c": "tˈIpsˈi",
    "usb": "jˌuˌɛsbˈi",
    "pro": "pɹˈO",
    "fen": "fˈɛn",
    "xiaomi": "ʃˌWmˈi",
    "huawei": "hwˌɑwˈA",
    "m": "ˈɛm",
}
# espeak's IPA → Kokoro's alphabet, after misaki's EspeakFallback (Apache-2.0), longest first.
_FROM_ESPEAK = (
    ("ʔˌn\u0329", "ʔn"),
    ("ʔn\u0329", "ʔn"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("o^ʊ", "O"),
    ("ə^l", "ᵊl"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ʲ", ""),
    ("ɚ", "əɹ"),
    ("e", "A"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("\u0303", ""),
    ("ɜːɹ", "ɜɹ"),
    ("ɜː", "ɜɹ"),
    ("ɪə", "iə"),
    ("ː", ""),
    ("o", "ɔ"),
    ("ɾ", "T"),
    ("ʔ", "t"),
    ("^", ""),
)
_SPLIT = re.compile(r"(?<=[a-z])(?=[A-Z])|[-_]")


def phones(words: Sequence[str]) -> list[str]:
    """The phones of each word of a phrase (a word's sound may depend on its neighbours)."""
    out: list[str] = [""] * len(words)
    after = ""
    for index in range(len(words) - 1, -1, -1):
        before = words[index - 1].lower() if index else ""
        out[index] = _word(words[index].replace("’", "'"), before, _starts(after))
        after = out[index] or after
    return out


def _starts(after: str) -> bool | None:
    """Whether what follows starts with a vowel; None at the end of the phrase."""
    for phone in after:
        if phone not in "ˈˌ":
            return phone in _VOWELS
    return None


def _word(word: str, before: str, vowel_next: bool | None) -> str:
    low = word.lower()
    if low == "the":
        return "ði" if vowel_next else "ðə"
    if low == "a" and word != "A":
        return "ɐ"
    if low == "an":
        return "ɐn"
    if low == "to":
        return {None: "tu", False: "tə", True: "tʊ"}[vowel_next]
    if low == "in":
        return "ˈɪn" if vowel_next is None else "ɪn"
    if word == "I":
        return "ˌI"
    tag = "VERB" if before in _VERB_AFTER else "NOUN" if before in _NOUN_AFTER else ""
    return _known(word, tag, vowel_next is None) or _pieces(word)


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> str:
    """A word that is not in the dictionaries: its parts, its letters, or espeak's guess."""
    parts = [part for part in _SPLIT.split(word) if part]
    if len(parts) > 1:
        return " ".join(_word(part, "", False) for part in parts)
    letters = re.sub(r"[^A-Za-z]", "", word)
    spelled = word.isupper() and len(letters) <= 5 and not _speakable(letters)
    if not spelled and len(letters) > 1:
        try:
            return _from_espeak(espeak.ipa(word.lower()))
        except VoiceError:
            pass  # without espeak an unknown word is spelled
    said = [_look_up(letter.upper(), "", False) or "ˈɛm" for letter in letters]
    return "".join(p.replace("ˈ", "ˌ") for p in said[:-1]) + (said[-1] if said else "")


def _speakable(letters: str) -> bool:
    """Capitals that are a word rather than an abbreviation (SALE, but not USB, LED, BPA)."""
    return len(letters) > 3 and bool(re.search(r"[AEIOUY]", letters[1:]))


def _from_espeak(ipa: str) -> str:
    for old, new in _FROM_ESPEAK:
        ipa = ipa.replace(old, new)
    ipa = re.sub(r"(\S)\u0329", r"ᵊ\1", ipa).replace("\u0329", "")
    return ipa.strip().replace(" ", "")


def _known(word: str, tag: str, last: bool) -> str:
    return (
        _look_up(word, tag, last)
        or _with_s(word, tag)
        or _with_ed(word, tag)
        or _with_ing(word, tag)
    )


def _look_up(word: str, tag: str, last: bool) -> str:
    low = word.lower()
    if len(word) > 1 and (own := _OURS.get(low)):
        return own
    if word == "LED":
        return "ˌɛlˌidˈi"
    abbreviation = word.isupper() and 1 < len(word) <= 3
    gold, silver = _dictionaries()
    spellings = (word,) if abbreviation and not gold.get(low, "") else (word, low, low.capitalize())
    for book in (gold, silver):
        for spelling in spellings:
            entry = book.get(spelling)
            if isinstance(entry, str):
                return entry
            if entry:
                chosen = (entry.get("None") if last else None) or entry.get(tag)
                return chosen or entry["DEFAULT"] or ""
    return ""


def _with_s(word: str, tag: str) -> str:
    stems = []
    if word.endswith("s") and not word.endswith("ss"):
        stems.append(word[:-1])
    if word.endswith(("'s", "es")):
        stems.append(word[:-2])
    if word.endswith("ies"):
        stems.append(word[:-3] + "y")
    if word.endswith("s'"):
        stems.append(word[:-1])
    stem = _stem(stems, tag)
    if not stem:
        return ""
    if stem[-1] in "ptkfθ":
        return stem + "s"
    return stem + ("ᵻz" if stem[-1] in "szʃʒʧʤ" else "z")


def _with_ed(word: str, tag: str) -> str:
    if not word.endswith("ed") or len(word) < 4:
        return ""
    stem = _stem([word[:-1], word[:-2], word[:-3]], tag)
    if not stem:
        return ""
    if stem[-1] in "pkfθʃsʧ":
        return stem + "t"
    if stem[-1] == "t" and stem[-2:-1] in _TAPPED_AFTER:
        return stem[:-1] + "ɾᵻd"
    return stem + ("ᵻd" if stem[-1] in "dt" else "d")


def _with_ing(word: str, tag: str) -> str:
    if not word.endswith("ing") or len(word) < 5:
        return ""
    doubled = [word[:-4]] if word[-4:-3] == word[-5:-4] else []
    stem = _stem([word[:-3], word[:-3] + "e", *doubled], tag)
    if not stem:
        return ""
    if stem[-1] == "t" and stem[-2:-1] in _TAPPED_AFTER:
        return stem[:-1] + "ɾɪŋ"
    return stem + "ɪŋ"


def _stem(candidates: list[str], tag: str) -> str:
    for candidate in candidates:
        if len(candidate) > 1 and (said := _look_up(candidate, tag, False)):
            return said
    return ""


@cache
def _dictionaries() -> tuple[Mapping[str, Entry], Mapping[str, Entry]]:
    """misaki's gold and silver words; empty when it is not installed (espeak reads all then)."""
    try:
        data = importlib.resources.files("misaki") / "data"
        gold, silver = (
            json.loads((data / f"us_{kind}.json").read_text(encoding="utf-8"))
            for kind in ("gold", "silver")
        )
    except (ModuleNotFoundError, OSError):
        return {}, {}
    return gold, silver


__all__ = ["phones"]
