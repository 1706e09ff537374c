"""Mandarin text to phones, in the alphabet Kokoro was trained on (that of misaki's first version).

Words by jieba's dictionary, pinyin by pypinyin's, and a table from pinyin to IPA after Duanmu,
*The Phonology of Standard Chinese* (2007), and Lin, *The Sounds of Chinese* (2007). Tones are
arrows after the vowel: → ↗ ↓ ↘; the neutral tone has none. Tone sandhi is left to the model, as
in training.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module

_INITIALS = {
    "zh": "ꭧ",
    "ch": "ꭧʰ",
    "sh": "ʂ",
    "b": "p",
    "p": "pʰ",
    "m": "m",
    "f": "f",
    "d": "t",
    "t": "tʰ",
    "n": "n",
    "l": "l",
    "g": "k",
    "k": "kʰ",
    "h": "x",
    "j": "ʨ",
    "q": "ʨʰ",
    "x": "ɕ",
    "r": "ɻ",
    "z": "ʦ",
    "c": "ʦʰ",
    "s": "s",
}
_FINALS = {  # "0": where the tone is written
    "a": "a0",
    "ai": "ai0",
    "an": "a0n",
    "ang": "a0ŋ",
    "ao": "au0",
    "e": "ɤ0",
    "ê": "ɛ0",
    "ei": "ei0",
    "en": "ə0n",
    "eng": "ə0ŋ",
    "er": "ɚ0",
    "i": "i0",
    "ia": "ja0",
    "ian": "jɛ0n",
    "iang": "ja0ŋ",
    "iao": "jau0",
    "ie": "je0",
    "in": "i0n",
    "iou": "jou0",
    "ing": "i0ŋ",
    "iong": "jʊ0ŋ",
    "io": "jɔ0",
    "ong": "ʊ0ŋ",
    "ou": "ou0",
    "u": "u0",
    "uei": "wei0",
    "ua": "wa0",
    "uai": "wai0",
    "uan": "wa0n",
    "uen": "wə0n",
    "uang": "wa0ŋ",
    "ueng": "wə0ŋ",
    "uo": "wo0",
    "o": "wo0",
    "oh": "ɔ0",  # 哦, written o as well
    "v": "y0",
    "ve": "ɥe0",
    "van": "ɥɛ0n",
    "vn": "y0n",
    "m": "m0",
    "n": "n0",
    "ng": "ŋ0",
    "hm": "hm0",
    "hng": "hŋ0",
}
_TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_WORDS = {  # readings of the shop that the dictionaries miss
    "还": "hai2",
    "只": "zhi3",
    "得": "de5",
    "地": "de5",
    "着": "zhe5",
    "长": "chang2",
    "都": "dou1",
    "为": "wei4",
    "种": "zhong3",
    "重": "zhong4",
    "满减": "man3 jian3",
    "包邮": "bao1 you2",
    "下单": "xia4 dan1",
    "直降": "zhi2 jiang4",
    "血橙": "xue4 cheng2",
    "一只": "yi1 zhi1",
    "长按": "chang2 an4",
    "拉满": "la1 man3",
}
_COUNTED = re.compile(r"[一二三四五六七八九十百千万两几每这那零半]$")


def words(text: str) -> list[tuple[str, int]]:
    """The words of a run of Han characters with their places in it."""
    cut = import_module("rjieba").cut  # its dictionary takes a moment: not for an English room
    out, place = [], 0
    for word in cut(text):
        out.append((word, place))
        place += len(word)
    return out


@lru_cache(maxsize=50_000)
def phones(word: str, before: str = "") -> str:
    """The phones of one word; ``before`` is the word before it (a counter is read after numbers).

    Characters that no dictionary knows are left out.
    """
    known = _WORDS.get(word)
    if word == "只" and _COUNTED.search(before):
        known = "zhi1"
    if known:
        syllables = known.split()
    else:
        pypinyin = import_module("pypinyin")
        syllables = pypinyin.lazy_pinyin(
            word,
            style=pypinyin.Style.TONE3,
            neutral_tone_with_five=True,
            errors="ignore",
        )
    return "".join(syllable_phones(syllable) for syllable in syllables)


def syllable_phones(pinyin: str) -> str:
    """``hao3`` → ``xau↓``. An unknown syllable is silent."""
    plain, tone = (pinyin[:-1], pinyin[-1]) if pinyin[-1:].isdigit() else (pinyin, "5")
    initial, final = _split(plain.replace("ü", "v"))
    if initial in ("zh", "ch", "sh", "r", "z", "c", "s") and final == "i":
        said = "ɨ0"
    else:
        said = _FINALS.get(final, "")
    return _INITIALS.get(initial, "") + said.replace("0", _TONES.get(tone, ""))


def _split(plain: str) -> tuple[str, str]:
    """Initial and full final: ``jiu`` → (j, iou), ``yuan`` → ("", van), ``wo`` → ("", uo)."""
    if plain == "o":
        return "", "oh"
    if plain in _FINALS and plain[0] not in "iuv":
        return "", plain
    if plain[0] == "y":
        final = plain[1:] if plain[1:2] == "i" else "i" + plain[1:]
        if plain[1:2] == "u":
            final = "v" + plain[2:]
        return "", _full({"iong": "iong", "iou": "iou", "ie": "ie"}.get(final, final))
    if plain[0] == "w":
        return "", _full(plain[1:] if plain[1:] == "u" else "u" + plain[1:])
    initial = next((i for i in _INITIALS if plain.startswith(i)), "")
    final = plain[len(initial) :]
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    return initial, _full(final)


def _full(final: str) -> str:
    return {"iu": "iou", "ui": "uei", "un": "uen", "ue": "ve"}.get(final, final)


__all__ = ["phones", "syllable_phones", "words"]
