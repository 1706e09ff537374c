"""Breaking text into lines and pages the way a careful typesetter would.

Words stay whole (rjieba), a number stays with its unit, brackets with what they hold; no line starts
with a closing mark or a particle; a break goes after a comma if it can; a long text turns pages at its
punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import rjieba

Span = tuple[int, int]
"""Start and end of a line in the text, spaces at both ends left out."""
Measure = Callable[[str], float]

_CLOSING: Final = frozenset("，。！？、；：）】》〉」』”’…%％℃°,.!?;:)]}·")
_PARTICLES: Final = frozenset("的了吗呢吧啊呀哦着过们")
_OPENING: Final = frozenset("（【《〈「『“‘([{¥$€£#")
_FULL_STOP: Final = frozenset("。！？；!?;.\n")
_COMMA: Final = frozenset("，：,:—")
_PAUSE: Final = frozenset("、·/|")
_HANGING: Final = frozenset("，。、；：！？）】》」』”")
"""Full-width marks whose right half is empty: it may hang over the edge."""

_KEEP: Final = re.compile(
    r"满\s?\d+(?:\.\d+)?元?减\s?\d+(?:\.\d+)?元?"
    r"|（[^（）]{1,10}）|\([^()]{1,14}\)|【[^【】]{1,10}】|《[^《》]{1,10}》|「[^「」]{1,10}」|“[^“”]{1,10}”"
    r"|[A-Za-z0-9À-ɏ'’_&+.@/-]*[A-Za-zÀ-ɏ][A-Za-z0-9À-ɏ'’_&+.@/-]*"
)
_NUMBER: Final = re.compile(r"[¥$€£]?\d[\d.,:：/×x*~–-]*\d|[¥$€£]?\d")
_UNIT: Final = re.compile(r"\s?(?:[A-Za-zµ℃°%％″′\"]{1,8}|[\u4e00-\u9fff]{1,2})")
_UNITS: Final = frozenset(
    "毫升 升 克 千克 公斤 斤 两 厘米 毫米 米 元 块 角 分 件 只 个 把 套 盒 瓶 袋 包 片 支 条 张 双 对 款 种 "  # noqa: SIM905
    "年 月 日 号 点 点半 分钟 小时 秒 天 周 人 位 次 倍 度 折 成 瓦 伏 寸 英寸 平方 口 杯 泡 级 层 色 码 "
    "链接 号链接 万 千 百 亿 岁 代".split()
)


@lru_cache(maxsize=256)
def words(text: str) -> tuple[Span, ...]:
    """The pieces of ``text`` that are not broken, in order, without the spaces between them."""
    spans: list[Span] = []
    at = 0
    for found in _protected(text):
        spans += _cut(text, at, found[0])
        spans.append(found)
        at = found[1]
    spans += _cut(text, at, len(text))
    return tuple(_attach(text, spans))


def _protected(text: str) -> list[Span]:
    """What must stay together: bracketed words, Latin words, numbers with their units."""
    found: list[Span] = []
    at = 0
    while at < len(text):
        keep, number = _KEEP.match(text, at), _NUMBER.match(text, at)
        end = keep.end() if keep else 0
        if number and number.end() >= end:
            end = number.end()
            unit = _UNIT.match(text, end)
            if unit:
                mark = unit.group().strip()
                if mark[0].isascii() or mark in _UNITS:
                    end = unit.end()
                elif mark[0] in _UNITS:
                    end = unit.end() - len(mark) + 1
        if end > at:
            found.append((at, end))
            at = end
        else:
            at += 1
    return found


def _cut(text: str, start: int, end: int) -> list[Span]:
    """Words of a stretch of plain text."""
    spans: list[Span] = []
    at = start
    for word in rjieba.cut(text[start:end]) if end > start else ():
        stop = min(end, at + len(word))
        if text[at:stop].strip():
            spans.append((at, stop))
        at = stop
    return spans


def _attach(text: str, spans: list[Span]) -> list[Span]:
    """Glue closing marks and particles to the word before, opening marks to the word after."""
    out: list[Span] = []
    for start, end in spans:
        first, before = text[start], text[out[-1][1] - 1] if out else ""
        touching = bool(out) and out[-1][1] == start
        glue = touching and (
            first in _CLOSING
            or (end - start == 1 and first in _PARTICLES and before not in _CLOSING)
            or before in _OPENING
        )
        if glue:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def break_lines(text: str, width: float, measure: Measure, most: int = 2) -> list[Span] | None:
    """``text`` on at most ``most`` lines (1 or 2) no wider than ``width``; None when it does not fit."""
    pieces = words(text)
    if not pieces:
        return []
    whole = (pieces[0][0], pieces[-1][1])
    if _hung(text[slice(*whole)], measure) <= width:
        return [whole]
    if most < 2:
        return None
    best: tuple[float, list[Span]] | None = None
    for i in range(1, len(pieces)):
        first, second = (whole[0], pieces[i - 1][1]), (pieces[i][0], whole[1])
        a, b = _hung(text[slice(*first)], measure), _hung(text[slice(*second)], measure)
        if a > width or b > width:
            continue
        cost = _cost_after(text[first[0] : first[1]]) + 10 * abs(a - b) / width + (2 if a < b else 0)
        if best is None or cost < best[0]:
            best = cost, [first, second]
    return best[1] if best else None


_ARTICLES: Final = frozenset({"a", "an", "the", "our", "your"})
_LEADING: Final = frozenset({"of", "to", "in", "on", "at", "for", "and", "or", "with", "is", "by"})
"""Short English words that belong to what follows; articles most of all."""


def _cost_after(text: str) -> float:
    """How bad a break after ``text`` is."""
    char = text[-1]
    last = text.rsplit(" ", 1)[-1].lower()
    if last in _ARTICLES:
        return 12.0
    if last in _LEADING:
        return 7.0
    if char in _FULL_STOP or char in _COMMA:
        return 0.0
    return 2.5 if char in _PAUSE else 5.0


def _hung(text: str, measure: Measure) -> float:
    """Width of a line whose last mark may hang over the edge by half."""
    width = measure(text)
    if text and text[-1] in _HANGING:
        width -= measure(text[-1]) / 2
    return width


def pages(text: str, width: float, measure: Measure, most: int = 2) -> list[list[Span]]:
    """``text`` as pages of at most ``most`` lines, turned at punctuation; nothing is left out."""
    pieces = _narrow(text, list(words(text)), width, measure)
    out: list[list[Span]] = []
    at = 0
    while at < len(pieces):
        lines, at = _page(text, pieces, at, width, measure, most)
        out.append(lines)
    return out


def _page(
    text: str, pieces: list[Span], at: int, width: float, measure: Measure, most: int
) -> tuple[list[Span], int]:
    """The lines of the page that starts at piece ``at``, and the first piece of the next page."""
    rest = _fit(text, pieces[at:], width, measure, most)
    if rest is not None:
        return rest, len(pieces)
    fitting: list[tuple[float, int, list[Span]]] = []
    for stop in range(at + 1, len(pieces)):
        lines = _fit(text, pieces[at:stop], width, measure, most)
        if lines is None:
            break
        filled = sum(measure(text[slice(*line)]) for line in lines) / (most * width)
        end = text[pieces[stop - 1][1] - 1]
        gain = filled + (1.2 if end in _FULL_STOP else 0.8 if end in _COMMA else 0.4 if end in _PAUSE else 0)
        fitting.append((gain if filled > 0.3 else filled, stop, lines))
    if not fitting:
        return [pieces[at]], at + 1
    _, stop, lines = max(fitting, key=lambda page: (page[0], page[1]))
    return lines, stop


def _fit(
    text: str, pieces: list[Span], width: float, measure: Measure, most: int
) -> list[Span] | None:
    start, end = pieces[0][0], pieces[-1][1]
    lines = break_lines(text[start:end], width, measure, most)
    if lines is None and most > 1:
        # Words re-cut inside a page may differ, and an over-long word has been cut by hand.
        lines = _greedy(text[start:end], [(a - start, b - start) for a, b in pieces], width, measure, most)
    return None if lines is None else [(a + start, b + start) for a, b in lines]


def _greedy(
    text: str, pieces: list[Span], width: float, measure: Measure, most: int
) -> list[Span] | None:
    lines: list[Span] = []
    for piece in pieces:
        if lines and _hung(text[lines[-1][0] : piece[1]], measure) <= width:
            lines[-1] = (lines[-1][0], piece[1])
        elif len(lines) < most:
            lines.append(piece)
        else:
            return None
    return lines


def _narrow(text: str, pieces: list[Span], width: float, measure: Measure) -> list[Span]:
    """Cut what is wider than a line between any two characters."""
    out: list[Span] = []
    for start, end in pieces:
        while _hung(text[start:end], measure) > width and end - start > 1:
            low, high = start + 1, end - 1
            while low < high:
                middle = (low + high + 1) // 2
                if measure(text[start:middle]) <= width:
                    low = middle
                else:
                    high = middle - 1
            out.append((start, low))
            start = low
        out.append((start, end))
    return out


def block(text: str, width: float, measure: Measure, most: int) -> list[str]:
    """Whole lines of ``text`` for a fixed place: at most ``most``, the last cut with an ellipsis."""
    pieces = _narrow(text, list(words(text)), width, measure)
    if not pieces:
        return []
    fitting = break_lines(text, width, measure, min(most, 2))
    if fitting is not None:
        return [text[slice(*line)] for line in fitting]
    lines: list[Span] = []
    for piece in pieces:
        if lines and _hung(text[lines[-1][0] : piece[1]], measure) <= width:
            lines[-1] = (lines[-1][0], piece[1])
        else:
            lines.append(piece)
    out = [text[slice(*line)] for line in lines[:most]]
    if len(lines) > most:
        last = text[lines[most - 1][0] :][:200]
        while last and measure(last.rstrip() + "…") > width:
            last = last[:-1]
        out[-1] = last.rstrip(" ，。、,.·") + "…"
    return out
