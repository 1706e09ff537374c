"""Numbers as words, in Chinese and English. Pure; numbers are decimal strings (``1299.50``)."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def zh_digits(digits: str) -> str:
    """Digit by digit: ``304`` → 三零四."""
    return "".join(_DIGITS[int(digit)] for digit in digits if digit.isdigit())


def zh(number: str) -> str:
    """A number as said: ``268`` → 二百六十八, ``7.20`` → 七点二, ``2000`` → 两千."""
    whole, fraction = _parts(number)
    said = _zh_whole(int(whole)) if len(whole) <= 16 else zh_digits(whole)
    return f"{said}点{zh_digits(fraction)}" if fraction else said


def _zh_whole(value: int) -> str:
    if value == 0:
        return "零"
    said = ""
    for scale, name in ((10**12, "兆"), (10**8, "亿"), (10**4, "万"), (1, "")):
        group, value = divmod(value, scale)
        if group:
            gap = said and group < 1000
            text = _zh_thousands(group)
            said += ("零" if gap else "") + ("两" if group == 2 and name else text) + name
    if said.startswith("一十"):
        said = said[1:]
    return said


def _zh_thousands(value: int) -> str:
    said, gap = "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, scale)
        if not digit:
            gap = bool(said)
            continue
        said += "零" if gap else ""
        said += "两" if digit == 2 and scale == 1000 else _DIGITS[digit]
        said += name
        gap = False
    return said


def en_digits(digits: str) -> str:
    """Digit by digit: ``304`` → three zero four."""
    return " ".join(_ONES[int(digit)] for digit in digits if digit.isdigit())


def en(number: str) -> str:
    """A number as said: ``268`` → two hundred sixty-eight, ``7.20`` → seven point two zero."""
    whole, fraction = _parts(number, keep_zeros=True)
    said = _en_whole(int(whole)) if len(whole) <= 15 else en_digits(whole)
    return f"{said} point {en_digits(fraction)}" if fraction else said


def en_year(year: int) -> str:
    """A year: 2026 → twenty twenty-six, 1905 → nineteen oh five, 2004 → two thousand four."""
    high, low = divmod(year, 100)
    if high % 10 == 0 and low < 10:
        return _en_whole(year)
    if low == 0:
        return f"{_en_whole(high)} hundred"
    return f"{_en_whole(high)} {'oh ' if low < 10 else ''}{_en_whole(low)}"


def en_ordinal(value: int) -> str:
    """``21`` → twenty-first."""
    head, dash, last = _en_whole(value).rpartition("-")
    if not dash:
        head, dash, last = _en_whole(value).rpartition(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return head + dash + last


def _en_whole(value: int) -> str:
    if value < 20:
        return _ONES[value]
    if value < 100:
        ten, one = divmod(value, 10)
        return _TENS[ten] + (f"-{_ONES[one]}" if one else "")
    if value < 1000:
        hundred, rest = divmod(value, 100)
        return f"{_ONES[hundred]} hundred" + (f" {_en_whole(rest)}" if rest else "")
    for scale, name in _SCALES:
        if value >= scale:
            high, rest = divmod(value, scale)
            return f"{_en_whole(high)} {name}" + (f" {_en_whole(rest)}" if rest else "")
    raise AssertionError(value)


def _parts(number: str, keep_zeros: bool = False) -> tuple[str, str]:
    whole, _, fraction = number.replace(",", "").replace("，", "").partition(".")
    if not fraction.strip("0"):
        fraction = ""
    return whole or "0", fraction if keep_zeros else fraction.rstrip("0")
