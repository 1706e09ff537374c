"""How a written line is read aloud: prices, units, ranges, dates, model names. Pure.

The result is a row of pieces that knows which characters of the line each piece reads, so that a
caption can light ``¥268`` while 二百六十八元 is heard.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from avatars.voices.parts import numerals
from engine.media import Language


@dataclass(frozen=True, slots=True)
class Piece:
    """``text`` is to be spoken in ``language`` for the characters ``start`` to ``end`` of the line.

    ``literal``: text is those characters themselves, so words inside it have places of their own.
    ``pause``: text is one of ``, . ! ? : ; — …``, nothing is spoken.
    """

    text: str
    start: int
    end: int
    language: Language
    literal: bool = False
    pause: bool = False


def read(line: str, language: Language) -> tuple[Piece, ...]:
    """The pieces of ``line``, in order. What cannot be read aloud (emoji, bullets) has none."""
    pieces: list[Piece] = []
    for match in _PATTERN.finditer(line):
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind == "pause":
            if pieces and not pieces[-1].pause:
                pieces.append(Piece(_PAUSES[match.group()[0]], start, end, language, pause=True))
        elif kind == "han":
            pieces.append(Piece(match.group(), start, end, "zh", literal=True))
        elif kind == "latin":
            pieces.append(Piece(match.group(), start, end, "en", literal=True))
        else:
            said = _SAY[language][kind](match)
            spoken = [(text, lang) for text, lang in said if text]
            pieces.extend(Piece(text, start, end, lang) for text, lang in spoken)
    return tuple(pieces)


def spoken(line: str, language: Language) -> str:
    """The line as it is spoken, for traces and for voices that take text."""
    out = ""
    for piece in read(line, language):
        if piece.pause:
            out += _ZH_PAUSES.get(piece.text, piece.text) if language == "zh" else piece.text
        else:
            out += " " * (bool(out) and not (language == "zh" == piece.language)) + piece.text
    return out.strip()


# --- words of the tables -------------------------------------------------------------------------

_PAUSES = {
    **dict.fromkeys("，、,", ","),
    **dict.fromkeys("。.\n", "."),
    **dict.fromkeys("！!", "!"),
    **dict.fromkeys("？?", "?"),
    **dict.fromkeys("：:", ":"),
    **dict.fromkeys("；;", ";"),
    **dict.fromkeys("—–|·•", "—"),
    "…": "…",
}
_ZH_PAUSES = dict(zip(",.!?:;", "，。！？：；", strict=True))

# written: (Chinese, English for one, English for several)
_UNITS = {
    "mAh": ("毫安时", "milliamp hour", "milliamp hours"),
    "kWh": ("千瓦时", "kilowatt hour", "kilowatt hours"),
    "km/h": ("公里每小时", "kilometre per hour", "kilometres per hour"),
    "ml": ("毫升", "millilitre", "millilitres"),
    "mL": ("毫升", "millilitre", "millilitres"),
    "cl": ("厘升", "centilitre", "centilitres"),
    "L": ("升", "litre", "litres"),
    "l": ("升", "litre", "litres"),
    "μm": ("微米", "micrometre", "micrometres"),
    "mm": ("毫米", "millimetre", "millimetres"),
    "cm": ("厘米", "centimetre", "centimetres"),
    "km": ("公里", "kilometre", "kilometres"),
    "m": ("米", "metre", "metres"),
    "m²": ("平方米", "square metre", "square metres"),
    "㎡": ("平方米", "square metre", "square metres"),
    "cm²": ("平方厘米", "square centimetre", "square centimetres"),
    "cm³": ("立方厘米", "cubic centimetre", "cubic centimetres"),
    "mg": ("毫克", "milligram", "milligrams"),
    "kg": ("公斤", "kilogram", "kilograms"),
    "KG": ("公斤", "kilogram", "kilograms"),
    "g": ("克", "gram", "grams"),
    "t": ("吨", "tonne", "tonnes"),
    "oz": ("盎司", "ounce", "ounces"),
    "lb": ("磅", "pound", "pounds"),
    "lbs": ("磅", "pound", "pounds"),
    "ft": ("英尺", "foot", "feet"),
    "inch": ("英寸", "inch", "inches"),
    "inches": ("英寸", "inch", "inches"),
    "in": ("英寸", "inch", "inches"),
    "″": ("英寸", "inch", "inches"),
    "W": ("瓦", "watt", "watts"),
    "kW": ("千瓦", "kilowatt", "kilowatts"),
    "V": ("伏", "volt", "volts"),
    "mA": ("毫安", "milliamp", "milliamps"),
    "A": ("安", "amp", "amps"),
    "Hz": ("赫兹", "hertz", "hertz"),
    "kHz": ("千赫", "kilohertz", "kilohertz"),
    "MHz": ("兆赫", "megahertz", "megahertz"),
    "GHz": ("吉赫", "gigahertz", "gigahertz"),
    "dB": ("分贝", "decibel", "decibels"),
    "lm": ("流明", "lumen", "lumens"),
    "K": ("开", "kelvin", "kelvin"),
    "kB": ("K B", "kilobyte", "kilobytes"),
    "MB": ("兆", "megabyte", "megabytes"),
    "GB": ("G B", "gigabyte", "gigabytes"),
    "TB": ("T B", "terabyte", "terabytes"),
    "px": ("像素", "pixel", "pixels"),
    "kcal": ("千卡", "kilocalorie", "kilocalories"),
    "kJ": ("千焦", "kilojoule", "kilojoules"),
    "ms": ("毫秒", "millisecond", "milliseconds"),
    "s": ("秒", "second", "seconds"),
    "min": ("分钟", "minute", "minutes"),
    "h": ("小时", "hour", "hours"),
    "hr": ("小时", "hour", "hours"),
    "hrs": ("小时", "hour", "hours"),
    "°C": ("摄氏度", "degree Celsius", "degrees Celsius"),
    "℃": ("摄氏度", "degree Celsius", "degrees Celsius"),
    "°F": ("华氏度", "degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("度", "degree", "degrees"),
    "pcs": ("件", "piece", "pieces"),
    "pc": ("件", "piece", "pieces"),
    "x": ("倍", "times", "times"),
    "元": ("元", "yuan", "yuan"),
    "CNY": ("元", "yuan", "yuan"),
    "RMB": ("元", "yuan", "yuan"),
    "USD": ("美元", "dollar", "dollars"),
    "EUR": ("欧元", "euro", "euros"),
    "GBP": ("英镑", "pound", "pounds"),
}
# sign: (Chinese, English for one, for several, English for one hundredth, for several)
_CURRENCIES = {
    "¥": ("元", "yuan", "yuan", "fen", "fen"),
    "￥": ("元", "yuan", "yuan", "fen", "fen"),
    "$": ("美元", "dollar", "dollars", "cent", "cents"),
    "€": ("欧元", "euro", "euros", "cent", "cents"),
    "£": ("英镑", "pound", "pounds", "penny", "pence"),
}
_MEASURES = "个件条双只支瓶盒包袋杯款套台张块元角分天周年位人次层片颗枚份斤克升米两小种样对根把家秒"
"""After these, a lone 2 is 两."""

_SIGNS = {
    "&": ("和", "and"),
    "+": ("加", "plus"),
    "=": ("等于", "equals"),
    "@": ("", "at"),
    "≈": ("约", "about"),
    "≥": ("大于等于", "at least"),
    "≤": ("小于等于", "at most"),
    ">": ("大于", "more than"),
    "<": ("小于", "less than"),
    "×": ("乘", "by"),
    "%": ("", "percent"),
}

# --- patterns ------------------------------------------------------------------------------------

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MONEY = "[" + "".join(_CURRENCIES) + "]"
_UNIT_WORDS = "|".join(
    re.escape(unit)
    for unit in sorted(_UNITS, key=len, reverse=True)
    if unit not in ("in", "s", "x")
)
_UNIT = (
    rf"(?:\s?(?:{_UNIT_WORDS})(?![A-Za-z\d/])|\s?(?:％|%)|(?<=\s)s(?![A-Za-z\d])"
    r"|\s?in(?=\s*(?:[×x*,.;)]|$))|x(?=\s|$))"
)
_QUANTITY = rf"(?:{_MONEY}\s?)?{_NUMBER}{_UNIT}?"
_JOIN = r"\s?(?:[–—~～\-−]|[×xX*]|至|到|to)\s?"
_PATTERN = re.compile(
    rf"""
    (?P<date>(?<![\d.])\d{{4}}[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])(?![\d.]))
    |(?P<clock>(?<![\d:])(?:2[0-4]|1\d|0?\d)[:：][0-5]\d(?![\d:])(?:\s?[ap]\.?m\b)?)
    |(?P<year>(?<!\d)(?:19|20)\d\d(?=\s?年))
    |(?P<discount>(?<!\d)\d(?:\.\d)?(?=\s?折))
    |(?P<phone>(?<!\d)(?:\d{{3,4}}-\d{{3,4}}-\d{{4}}|0\d{{2,3}}-\d{{7,8}}|1\d{{10}})(?!\d))
    |(?P<steel>(?<![A-Za-z\d.])(?:\d{{3}}L?(?=\s?(?:不锈钢|[Ss]tainless))|(?:304|316)L\b))
    |(?P<ordinal>(?<!\d)\d+(?:st|nd|rd|th)\b)
    |(?P<always>24\s?/\s?7)
    |(?P<fraction>(?<![\d./])\d+/\d+(?![\d/]))
    |(?P<counted>\#(?=\d)|(?:No\.|№)\s?(?=\d))
    |(?P<amount>(?<![A-Za-z\d])(?:[-−+](?=\d|{_MONEY}))?{_QUANTITY}(?:{_JOIN}{_QUANTITY})*(?![A-Za-z\d]))
    |(?P<model>(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]+)
    |(?P<latin>[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)*)
    |(?P<han>[\u3400-\u9fff\U00020000-\U0003ffff々〇]+)
    |(?P<pause>[，、,。.\n！!？?：:；;—–|·•…](?:[\s，、,。.！!？?：:；;—–|·•…]*[，、,。.\n！!？?：:；;—–|·•…])?)
    |(?P<per>(?<=[元块\d])/(?=[a-z\u4e00-\u9fff]))
    |(?P<sign>[&+=@≈≥≤><×%])
    |(?P<digit>\d)
    """,
    re.VERBOSE,
)
_PART = re.compile(rf"(?:(?P<money>{_MONEY})\s?)?(?P<number>{_NUMBER})(?P<unit>{_UNIT})?")

Said = list[tuple[str, Language]]

# --- Chinese -------------------------------------------------------------------------------------


def _zh_date(match: re.Match[str]) -> Said:
    year, month, day = re.split(r"[-/.]", match.group())
    return [
        (f"{numerals.zh_digits(year)}年{numerals.zh(month)}月{numerals.zh(day)}日", "zh"),
    ]


def _zh_clock(match: re.Match[str]) -> Said:
    hours, minutes = re.split(r"[:：]", re.sub(r"[^\d:：]", "", match.group()))
    hour = "两" if int(hours) == 2 else numerals.zh(str(int(hours)))
    if re.search("[ap]", match.group()):
        hour = ("上午" if "a" in match.group() else "下午") + hour
    if minutes == "00":
        return [(f"{hour}点", "zh")]
    if minutes == "30":
        return [(f"{hour}点半", "zh")]
    return [
        (f"{hour}点{'零' if minutes[0] == '0' else ''}{numerals.zh(str(int(minutes)))}分", "zh")
    ]


def _zh_fraction(match: re.Match[str]) -> Said:
    top, bottom = match.group().split("/")
    return [(f"{numerals.zh(bottom)}分之{numerals.zh(top)}", "zh")]


def _zh_amount(match: re.Match[str]) -> Said:
    text = match.group()
    parts = list(_PART.finditer(text))
    after = match.string[match.end() :].lstrip()[:1]
    said: Said = []
    if text[0] in "-−":
        said.append(("零下" if "C" in text or "℃" in text else "负", "zh"))
    percent_before = False
    for index, part in enumerate(parts):
        if index:
            between = text[parts[index - 1].end() : part.start()]
            said.append(("乘" if re.search(r"[×xX*]", between) else "到", "zh"))
        money = part["money"] or (parts[index - 1]["money"] if index else None)
        unit = (part["unit"] or "").strip()
        last = index == len(parts) - 1
        own = _zh_quantity(part["number"], money, unit, after if last else "")
        # "10–20%": the sign belongs to both ends and is said once, in front.
        later = any((p["unit"] or "").strip() in ("%", "％") for p in parts[index + 1 :])
        if not unit and later and not percent_before:
            own, percent_before = [("百分之", "zh"), *own], True
        elif unit in ("%", "％") and not percent_before:
            own = [("百分之", "zh"), *own]
        if money and not last and not parts[index + 1]["unit"]:
            own = [(text, lang) for text, lang in own if text not in _MONEY_WORDS]
        said.extend(own)
    return _joined(said)


def _zh_quantity(number: str, money: str | None, unit: str, after: str) -> Said:
    if money in ("¥", "￥"):
        return [(_zh_yuan(number), "zh"), ("" if _has_coins(number) else "元", "zh")]
    if money:
        return [(_zh_count(number, "元"), "zh"), (_CURRENCIES[money][0], "zh")]
    if unit in ("%", "％"):
        return [(numerals.zh(number), "zh")]
    if unit:
        name = _UNITS[unit][0]
        latin = name.isascii()
        count = _zh_count(number, "" if latin else name[0])
        return [(count, "zh"), (name, "en" if latin else "zh")]
    if len(number) > 1 and number[0] == "0" and "." not in number:
        return [(numerals.zh_digits(number), "zh")]
    return [(_zh_count(number, after), "zh")]


def _zh_count(number: str, after: str) -> str:
    """两 for a lone 2 before a measure word."""
    return (
        "两"
        if number == "2" and after and after in _MEASURES + "毫厘公平千"
        else numerals.zh(number)
    )


def _has_coins(number: str) -> bool:
    return bool(number.partition(".")[2].strip("0"))


def _zh_yuan(number: str) -> str:
    """``19.90`` → 十九块九, ``19.95`` → 十九块九毛五, ``0.5`` → 五毛; whole sums without 元."""
    whole, _, coins = number.partition(".")
    said = _zh_count(whole, "元")
    coins = (coins + "00")[:2]
    if coins == "00":
        return said
    ten, one = coins[0], coins[1]
    if not int(whole.replace(",", "")):
        said = ""
    elif one == "0":
        return f"{said}块{numerals.zh_digits(ten)}"
    else:
        said += "块"
    if ten != "0":
        said += numerals.zh_digits(ten) + "毛"
    elif said:
        said += "零"
    return said + (
        numerals.zh_digits(one) + ("" if said and ten != "0" else "分") if one != "0" else ""
    )


# --- English -------------------------------------------------------------------------------------


def _en_date(match: re.Match[str]) -> Said:
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
    year, month, day = (int(part) for part in re.split(r"[-/.]", match.group()))
    words = f"{months[month - 1]} {numerals.en_ordinal(day)}, {numerals.en_year(year)}"
    return [(words.replace(",", ""), "en")]


def _en_clock(match: re.Match[str]) -> Said:
    numbers = re.findall(r"\d+", match.group())
    hours, minutes = int(numbers[0]), int(numbers[1])
    half = re.search(r"[ap]", match.group())
    tail = f" {half.group()} m" if half else ""
    if minutes == 0:
        whole = "o'clock" if hours <= 12 else "hundred"
        return [(numerals.en(str(hours)) + (tail or f" {whole}"), "en")]
    low = ("oh " if minutes < 10 else "") + numerals.en(str(minutes))
    return [(f"{numerals.en(str(hours))} {low}{tail}", "en")]


def _en_fraction(match: re.Match[str]) -> Said:
    top, bottom = (int(part) for part in match.group().split("/"))
    names = {2: ("half", "halves"), 4: ("quarter", "quarters")}
    if bottom not in names and not 3 <= bottom <= 20:
        return [(f"{numerals.en(str(top))} over {numerals.en(str(bottom))}", "en")]
    name = numerals.en_ordinal(bottom)
    one, several = names.get(bottom, (name, f"{name}s"))
    return [(f"{numerals.en(str(top))} {one if top == 1 else several}", "en")]


def _en_amount(match: re.Match[str]) -> Said:
    text = match.group()
    parts = list(_PART.finditer(text))
    words: list[str] = []
    if text[0] in "-−":
        words.append("minus")
    for index, part in enumerate(parts):
        if index:
            between = text[parts[index - 1].end() : part.start()]
            words.append("by" if re.search(r"[×xX*]", between) else "to")
        last = index == len(parts) - 1
        money = part["money"] or (parts[index - 1]["money"] if index else None)
        shared = money is not None and not last
        words.append(_en_quantity(part["number"], None if shared else money, part["unit"], last))
    return [(" ".join(words), "en")]


def _en_quantity(number: str, money: str | None, unit: str | None, alone: bool) -> str:
    unit = (unit or "").strip()
    one = number.replace(",", "") in ("1", "1.0", "1.00")
    if money:
        return _en_money(number, money)
    if unit in ("%", "％"):
        return f"{numerals.en(number)} percent"
    if unit:
        return f"{numerals.en(number)} {_UNITS[unit][1 if one else 2]}"
    if alone and re.fullmatch(r"(?:19|20)\d\d", number):
        return numerals.en_year(int(number))
    if len(number) > 1 and number[0] == "0" and "." not in number:
        return numerals.en_digits(number)
    return numerals.en(number)


def _en_money(number: str, sign: str) -> str:
    _, one, several, coin, coins = _CURRENCIES[sign]
    whole, _, rest = number.replace(",", "").partition(".")
    cents = int((rest + "00")[:2])
    if sign in "¥￥" and cents:
        return f"{numerals.en(number.rstrip('0'))} yuan"
    said = f"{numerals.en(whole)} {one if whole == '1' else several}"
    small = f"{numerals.en(str(cents))} {coin if cents == 1 else coins}"
    if not cents:
        return said
    return f"{said} and {small}" if int(whole) else small


# --- both ----------------------------------------------------------------------------------------


def _model(text: str, language: Language) -> Said:
    """``X200``, ``316L``: letters in English; up to two digits as a number, more one by one."""
    said: Said = []
    for run in re.findall(r"[A-Za-z]+|\d+", text):
        if not run.isdigit():
            spell = len(run) == 1 or (run.isupper() and len(run) <= 4)
            said.append((" ".join(run.upper()) if spell else run, "en"))
        elif language == "zh":
            said.append((numerals.zh(run) if len(run) < 3 else numerals.zh_digits(run), "zh"))
        else:
            short = len(run) < 3 or run.endswith("00")
            said.append((numerals.en(run) if short else numerals.en_digits(run), "en"))
    return said


def _joined(said: Said) -> Said:
    """Neighbours of one language as one text."""
    out: Said = []
    for text, language in said:
        if out and out[-1][1] == language:
            out[-1] = (out[-1][0] + text, language)
        elif text:
            out.append((text, language))
    return out


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match.group())


_MONEY_WORDS = {row[0] for row in _CURRENCIES.values()}
_SAY: dict[Language, dict[str, Callable[[re.Match[str]], Said]]] = {
    "zh": {
        "date": _zh_date,
        "clock": _zh_clock,
        "year": lambda m: [(numerals.zh_digits(m.group()), "zh")],
        "discount": lambda m: [(numerals.zh_digits(m.group()), "zh")],
        "phone": lambda m: [(numerals.zh_digits(m.group()), "zh")],
        "steel": lambda m: _model(m.group(), "zh"),
        "ordinal": lambda m: [("第" + numerals.zh(_digits(m)), "zh")],
        "always": lambda m: [("全天候", "zh")],
        "fraction": _zh_fraction,
        "counted": lambda m: [("第", "zh")],
        "amount": _zh_amount,
        "model": lambda m: _model(m.group(), "zh"),
        "per": lambda m: [("每", "zh")],
        "sign": lambda m: [(_SIGNS[m.group()][0], "zh")],
        "digit": lambda m: [(numerals.zh_digits(m.group()), "zh")],
    },
    "en": {
        "date": _en_date,
        "clock": _en_clock,
        "year": lambda m: [(numerals.en_year(int(m.group())), "en")],
        "discount": lambda m: [(numerals.en(m.group()), "en")],
        "phone": lambda m: [(numerals.en_digits(m.group()), "en")],
        "steel": lambda m: _model(m.group(), "en"),
        "ordinal": lambda m: [(numerals.en_ordinal(int(_digits(m))), "en")],
        "always": lambda m: [("twenty-four seven", "en")],
        "fraction": _en_fraction,
        "counted": lambda m: [("number", "en")],
        "amount": _en_amount,
        "model": lambda m: _model(m.group(), "en"),
        "per": lambda m: [("per", "en")],
        "sign": lambda m: [(_SIGNS[m.group()][1], "en")],
        "digit": lambda m: [(numerals.en(m.group()), "en")],
    },
}

__all__ = ["Piece", "read", "spoken"]
