"""Every number a sentence claims, in digits or in words: pure.

A number is compared with the facts together with its unit, so that "24 hours" is not proven by a price
of 24. Units have one canonical name; money (``money$``, ``money¥``) and ``%`` are units. Whatever looks like
a number and is not understood has the value None, which no fact proves.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

COUNT = "count"
"""Pieces of something: 6 cups, 两件."""
LEFT = "left"
"""Pieces in stock: 3 left, 还有3件. Only a stock proves it."""
KINDS = "kinds"
"""Products on the list: 9 products, 9款, 这两件."""
MONEY = "money"
PERCENT = "%"
LINK = "link"
"""The product's number in the room: no. 3, 3号."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a text: where it stands, its value (None: not understood) and its unit."""

    start: int
    end: int
    value: Decimal | None
    unit: str
    raw: str


_UNITS: dict[str, str] = {}
for _canonical, _names in {
    "money¥": "元 块钱 块 圆 人民币 yuan rmb cny",
    "money$": "美元 美金 dollar dollars buck bucks usd",
    "money€": "欧元 euro euros eur",
    "money£": "英镑 pound pounds quid gbp",
    PERCENT: "% ％ percent 个点",
    "ml": "毫升 ml millilitre millilitres milliliter milliliters",
    "l": "升 l litre litres liter liters",
    "oz": "盎司 oz ounce ounces",
    "g": "克 g gram grams",
    "kg": "公斤 千克 kg kilo kilos kilogram kilograms",
    "斤": "斤",
    "lb": "磅 lb lbs",
    "mm": "毫米 mm millimetre millimetres millimeter millimeters",
    "cm": "厘米 公分 cm centimetre centimetres centimeter centimeters",
    "m": "米 m metre metres meter meters",
    "in": "英寸 寸 inch inches",
    "ft": "ft feet foot",
    "h": "小时 钟头 个小时 h hr hrs hour hours",
    "min": "分钟 min mins minute minutes",
    "s": "秒 秒钟 sec secs second seconds",
    "day": "天 day days",
    "week": "周 星期 个星期 week weeks",
    "month": "个月 month months",
    "year": "年 year years yr yrs",
    "°": "度 ℃ ° °c °f degrees degree 摄氏度",
    "w": "瓦 w watt watts",
    "v": "伏 v volt volts",
    "mah": "毫安 毫安时 mah",
    "lm": "流明 lm lumens",
    "x": "倍 times 倍数",
    "折": "折",
    "成": "成",
    "层": "层 layer layers",
    LINK: "号 号链接",
    COUNT: "件 个 只 把 套 盒 包 罐 袋 片 枚 支 张 条 位 次 杯 对 piece pieces pcs unit units",
    KINDS: "款 种 样 products product items item options colours colors",
    LEFT: "left remaining available",
}.items():
    for _name in _names.split():
        _UNITS[_name] = _canonical
_WEAK = frozenset("件个只把套盒包罐袋片枚支张条款种样位次杯对") | {"号"}
_CJK_UNITS = sorted((u for u in _UNITS if not u.isascii()), key=len, reverse=True)
_CJK_FUNCTION = frozenset("的和到是也就吧了呢啊至或与、，。！？；：~ 都起整多")
_WORD_FUNCTION = frozenset(
    ["and", "or", "of", "for", "in", "on", "at", "to", "the", "is", "are", "was", "a", "an", "with", "by", "if", "so",
        "when", "from", "per", "each", "it", "that", "than", "but", "as", "you", "we"]
)
_SIGNS = r"(?:HK\$|NT\$|US\$|A\$|C\$|S\$|[$¥￥€£₩₹฿])"
_DIGITS = re.compile(rf"(?P<sign>{_SIGNS}\s?)?(?P<num>\d+(?:[,，]\d{{3}})*(?:\.\d+)?)(?P<mag>[万千](?![一-龥]?瓦)"
                     rf"|[kK](?![A-Za-z]))?")
_LEFT_BEFORE = re.compile(r"(?:还有|还剩|只剩|仅剩|剩下?|余|库存(?:还有|只有|是|剩)?|现货|只有|仅有|stock (?:is|of"
                          r"|stands at)|down to)\s*$", re.IGNORECASE)
_LEFT_AFTER = re.compile(r"\s*(?:[a-z]+ )?(?:in stock|left|remaining|to go|available)\b", re.IGNORECASE)
_THESE = re.compile(r"(?:这|那|these|those)\s*$", re.IGNORECASE)
_LINK_BEFORE = re.compile(r"(?:\bno\.?|\bnumber|\blink|\bitem|#|链接|编号)\s*$", re.IGNORECASE)
_ASCII_UNIT = re.compile(r"\s?(%|°[CFcf]?|[A-Za-z]+)|-([A-Za-z]+)")

_CN_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CN_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_CN = re.compile(r"百分之(?P<pct>[零〇一二两三四五六七八九十百点]+)|(?P<vague>[上数几好][十百千万亿]+)|半(?=价|小时"
                 r"|个小时|年|个月|斤)"
                 r"|[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?")
_CN_IDIOMS = re.compile(
    r"十分(?!钟|之)|千万(?=别|不|要|记)|万一|百搭|十足|万能|万分|五颜六色|四季|三三两两|一年四季|四面八方|千家万户"
    r"|一五一十|两全其美"
    r"|七七八八|三心二意|乱七八糟|成千上万|一一|万无一失|百闻不如一见|一块儿?(?!钱|五)|两边|两头|两手|三餐|三五"
    r"|一成不变|五官|八成(?=新)?"
    r"|一天天|一天到晚|有一天|五星|四方|百姓|二手|一心一意|一分钱一分货|一号店|第[一二三四五六七八九十]+[步点个次]"
)

_EN_SMALL = {w: i for i, w in enumerate(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"])}
_EN_TENS = {w: 10 * i for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty",
    "ninety"], start=2)}
_EN_SCALE = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_EN_WORD = "|".join([*_EN_SMALL, *_EN_TENS, *_EN_SCALE])
_EN = re.compile(rf"\b(?:an?\s+(?=hundred|thousand|million|dozen))?(?:{_EN_WORD})(?:(?:\s+and\s+"
                 rf"|[\s-]+)(?:{_EN_WORD}))*\b", re.IGNORECASE)
_EN_VAGUE = re.compile(r"\b(?:hundreds|thousands|millions|dozens|tens of)\b", re.IGNORECASE)
_EN_HALF = re.compile(r"\bhalf(?=[\s-]+(?:price|off|the price|an hour|a year|a day))", re.IGNORECASE)


def amounts(text: str) -> list[Amount]:
    """Every number the text claims, in order of place. Both languages are read in any text."""
    plain = "".join(_plain(c) for c in text)
    found = [*_digits(plain), *_odd_digits(plain), *_chinese(plain), *_english(plain)]
    return sorted(found, key=lambda a: (a.start, a.end))


def _plain(char: str) -> str:
    """Full-width and other digits as ASCII, one character for one."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return {"．": ".", "％": "%", "＄": "$", "￥": "¥"}.get(char, char)


def _digits(text: str) -> list[Amount]:
    found = []
    for match in _DIGITS.finditer(text):
        value = _decimal(match["num"].replace(",", "").replace("，", ""))
        if value is not None and match["mag"]:
            value *= 10_000 if match["mag"] == "万" else 1000
        end = match.end()
        if match["sign"]:
            unit = MONEY + match["sign"].strip()[-1]
        elif _LINK_BEFORE.search(text, 0, match.start()):
            unit = LINK
        else:
            unit, end = _unit_after(text, end)
        found.append(Amount(match.start(), end, value, _sort(text, match.start(), end, unit), text[match.start():end]))
    return found


def _sort(text: str, start: int, end: int, unit: str) -> str:
    """What kind of count a count is, by the words around it."""
    if unit not in ("", COUNT, KINDS):
        return unit
    if _LEFT_BEFORE.search(text, 0, start) or _LEFT_AFTER.match(text, end):
        return LEFT
    return KINDS if _THESE.search(text, 0, start) else unit


def _unit_after(text: str, at: int) -> tuple[str, int]:
    """The unit that follows a number and where it ends; an unknown word is its own unit."""
    start = at + 1 if text[at:at + 1] == " " else at
    for unit in _CJK_UNITS:
        if text.startswith(unit, start):
            return _UNITS[unit], start + len(unit)
    if match := _ASCII_UNIT.match(text, at):
        word = (match[1] or match[2]).lower()
        if word in _WORD_FUNCTION:
            return "", at
        return _UNITS.get(word, word), match.end()
    char = text[start:start + 1]
    if char and "一" <= char <= "鿿" and char not in _CJK_FUNCTION:
        return char, start
    return "", at


def _odd_digits(text: str) -> list[Amount]:
    """Circled, raised and fraction digits: numbers too."""
    return [
        Amount(i, i + 1, _decimal(str(unicodedata.numeric(c))), _unit_after(text, i + 1)[0], c)
        for i, c in enumerate(text)
        if unicodedata.category(c) in ("No", "Nl") and c not in "〇"
    ]


def _chinese(text: str) -> list[Amount]:
    idioms = [m.span() for m in _CN_IDIOMS.finditer(text)]
    found = []
    for match in _CN.finditer(text):
        start, end = match.span()
        if any(a <= start and end <= b for a, b in idioms):
            continue
        if match["pct"]:
            found.append(Amount(start, end, _cn_value(match["pct"]), PERCENT, match[0]))
            continue
        if match["vague"]:
            if end - start > 1 and match[0] not in ("好十", "上十"):
                found.append(Amount(start, end, None, "", match[0]))
            continue
        unit, unit_end = _unit_after(text, end)
        value = Decimal("0.5") if match[0] == "半" else _cn_value(match[0])
        if match[0] == "半" and text.startswith("价", end):
            found.append(Amount(start, end + 1, Decimal(50), PERCENT, "半价"))
        elif _cn_claims(match[0], value, text[end:unit_end].strip(), unit):
            found.append(Amount(start, unit_end, value, _sort(text, start, unit_end, unit), text[start:unit_end]))
    return found


def _cn_claims(word: str, value: Decimal | None, unit_text: str, unit: str) -> bool:
    """Whether a Chinese numeral counts something: 一下 and 一个 do not, 两件 and 二十 do."""
    if value is None or (value >= 10 and len(word) > 1):
        return True
    if unit_text in _UNITS and (unit_text not in _WEAK or unit == LINK):
        return not (value == 1 and unit_text in ("块", "天", "度", "层", "倍", "成", "次"))
    return unit_text in _WEAK and value > 1


def _cn_value(word: str) -> Decimal | None:
    whole, _, part = word.partition("点")
    if not any(c in _CN_SCALE for c in whole):
        digits = "".join(str(_CN_DIGIT[c]) for c in whole)
        return _decimal(digits + ("." + "".join(str(_CN_DIGIT[c]) for c in part) if part else ""))
    total = section = digit = 0
    for char in whole:
        if char in _CN_DIGIT:
            digit = _CN_DIGIT[char]
        elif (scale := _CN_SCALE[char]) >= 10_000:
            total, section, digit = (total + section + digit or 1) * scale, 0, 0
        else:
            section, digit = section + (digit or 1) * scale, 0
    last = whole[-2:-1]
    if digit and last in ("百", "千"):
        digit *= _CN_SCALE[last] // 10  # 一百二 is 120
    value = Decimal(total + section + digit)
    return value if not part else _decimal(f"{value}." + "".join(str(_CN_DIGIT[c]) for c in part))


def _english(text: str) -> list[Amount]:
    found = [Amount(m.start(), m.end(), None, "", m[0]) for m in _EN_VAGUE.finditer(text)]
    for match in _EN_HALF.finditer(text):
        percent = "price" in text[match.end():match.end() + 11] or "off" in text[match.end():match.end() + 5]
        found.append(Amount(*match.span(), Decimal(50) if percent else Decimal("0.5"), PERCENT if percent else "h",
            match[0]))
    for match in _EN.finditer(text):
        unit, end = _unit_after(text, match.end())
        value = _en_value(match[0])
        link = bool(_LINK_BEFORE.search(text, 0, match.start()))
        named = unit in _UNITS.values()
        if link:
            found.append(Amount(*match.span(), value, LINK, match[0]))
        elif value >= 13 or "dozen" in match[0].lower() or (named and not (unit in (COUNT, KINDS) and value == 1)):
            unit = _sort(text, match.start(), end, unit)
            found.append(Amount(match.start(), end, value, unit, text[match.start():end]))
    return found


def _en_value(words: str) -> Decimal:
    total = current = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _EN_SMALL:
            current += _EN_SMALL[word]
        elif word in _EN_TENS:
            current += _EN_TENS[word]
        elif word in _EN_SCALE:
            scale = _EN_SCALE[word]
            current = (current or 1) * scale
            if scale >= 1000:
                total, current = total + current, 0
    return Decimal(total + current)


def _decimal(digits: str) -> Decimal | None:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None
