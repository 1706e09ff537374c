"""Facts inside text: marked while a line is being made, measured when it is done.

While a template renders, a quoted fact stands between two private-use characters: one that names the
fact (``FIRST`` + its index) and ``END``. ``Quotes.read`` takes the marks out again and knows every
span. Catalog text is cleaned of such characters before it is marked, so it cannot forge a mark.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from engine.media import Language
from engine.script.catalog import Catalog
from engine.script.money import money
from engine.script.segment import FactUse

END = "\ue000"
FIRST = 0xE100
LAST = 0xF8FF

_STOPS = "。！？.!?；;"
_UNSAID = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ue000-\uf8ff\ufeff]+")
_BARS = re.compile(r"\s*[·•|]\s*|\s+[/／]\s+")
_CJK = re.compile(r"[一-鿿]")
_SPACES = re.compile(r"\s+")
LINE_LIMIT: dict[Language, int] = {"zh": 30, "en": 95}
"""Characters after which a line is cut at its next clause."""

MONEY_PATHS = frozenset({"price", "compare_at", "saving"})


def clean(text: str) -> str:
    """Text as data: one line, no control, direction, zero-width or private-use characters."""
    return _SPACES.sub(" ", _UNSAID.sub(" ", text)).strip()


def shown(address: str, value: str, currency: str) -> str:
    """A fact's value as it is written in a line (prices with their sign)."""
    if address.rpartition(".")[2] in MONEY_PATHS:
        return money(Decimal(value), currency)
    return _spoken(value)


def _spoken(value: str) -> str:
    """Catalog text for the ear: the dots and bars between its parts become commas."""
    text = clean(value)
    return _BARS.sub("，" if _CJK.search(text) else ", ", text)


class Quotes:
    """The facts one segment may quote."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._uses: list[FactUse] = []

    def mark(self, address: str, text: str | None = None) -> str:
        """The fact's text between marks; ``text`` is the part of its value that is quoted.

        Raises:
            KeyError: the catalog has no such fact.
        """
        value = self._catalog.fact(address)
        if value is None:
            raise KeyError(address)
        if FIRST + len(self._uses) > LAST:
            raise KeyError(f"{address}: too many facts in one segment")
        self._uses.append(FactUse(address, value))
        quoted = shown(address, value, self._catalog.currency) if text is None else _spoken(text)
        return f"{chr(FIRST + len(self._uses) - 1)}{quoted}{END}"

    def read(self, marked: str) -> tuple[str, tuple[FactUse, ...]]:
        """The text without marks, and where each fact stands in it.

        A stop after a stop is left out: facts often bring their own.
        """
        out: list[str] = []
        uses: list[FactUse] = []
        open_use: FactUse | None = None
        for char in _SPACES.sub(" ", marked).strip():
            code = ord(char)
            if FIRST <= code < FIRST + len(self._uses):
                open_use = replace(self._uses[code - FIRST], start=len(out))
            elif char == END:
                if open_use is not None:
                    uses.append(replace(open_use, end=len(out)))
                open_use = None
            elif not (open_use is None and char in "。.，,；;" and out and out[-1] in _STOPS):
                if char in "。.！!" and out and out[-1] in "，,、；;：:":
                    out.pop()
                    if uses and uses[-1].end > len(out):
                        uses[-1] = replace(uses[-1], end=len(out))
                out.append(char)
        return "".join(out), tuple(u for u in uses if u.start < u.end)


def cut(text: str, uses: tuple[FactUse, ...], language: Language) -> list[tuple[str, tuple[FactUse, ...]]]:
    """Cut a long line at its clauses; every piece keeps the spans that stand in it.

    Sentences are always cut apart and begin with a capital, clauses are cut only where the line is longer
    than ``LINE_LIMIT``.
    """
    pieces: list[tuple[int, int]] = []
    for start, end in _sentences(text):
        text = text[:start] + (text[start].upper() if text[start].isascii() else text[start]) + text[start + 1:]
        pieces.extend(_clauses(text, start, end, LINE_LIMIT[language]))
    return [(text[a:b], _within(uses, a, b)) for a, b in pieces]


_SENTENCE_END = re.compile(r"[。！？!?；][”’」』）)]*|(?<!\b[Nn]o)\.(?=\s+\S)[”’)]*")
_CLAUSE_END = re.compile(r"[，；：]|[,;:—–](?=\s)")


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [m.end() for m in _SENTENCE_END.finditer(text)]
    return _trimmed(text, [0, *ends, len(text)])


def _clauses(text: str, start: int, end: int, limit: int) -> list[tuple[int, int]]:
    if end - start <= limit:
        return [(start, end)]
    places = [m.end() for m in _CLAUSE_END.finditer(text, start, end - 1)]
    places = [p for p in places if p - start >= 6 and end - p >= 4]
    if not places:
        return [(start, end)]
    fitting = [p for p in places if p - start <= limit]
    place = fitting[-1] if fitting else places[0]
    return [*_trimmed(text, [start, place]), *_clauses(text, *_trimmed(text, [place, end])[0], limit)]


def _trimmed(text: str, bounds: list[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for a, b in pairwise(bounds):
        while a < b and text[a].isspace():
            a += 1
        while b > a and text[b - 1].isspace():
            b -= 1
        if a < b:
            spans.append((a, b))
    return spans


def _within(uses: tuple[FactUse, ...], a: int, b: int) -> tuple[FactUse, ...]:
    return tuple(
        replace(use, start=max(use.start, a) - a, end=min(use.end, b) - a)
        for use in uses
        if use.start < b and use.end > a
    )
