"""Prices and counts as merchants write them: ``1,299.00``, ``€19,90``, ``¥59.9``, ``59.9元``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

MAX_PRICE = Decimal(10_000_000)
MAX_COUNT = 10_000_000

_SIGNS: dict[str, tuple[str, ...]] = {
    "US$": ("USD",), "HK$": ("HKD",), "NT$": ("TWD",), "CA$": ("CAD",), "C$": ("CAD",), "AU$": ("AUD",),
    "A$": ("AUD",), "S$": ("SGD",), "R$": ("BRL",), "CN¥": ("CNY",), "RMB": ("CNY",), "人民币": ("CNY",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"), "€": ("EUR",), "£": ("GBP",),
    "¥": ("CNY", "JPY"), "元": ("CNY", "TWD", "HKD"), "块": ("CNY",), "円": ("JPY",), "₩": ("KRW",),
    "₹": ("INR",), "₽": ("RUB",), "฿": ("THB",), "₫": ("VND",), "₱": ("PHP",),
}  # fmt: skip
_MARK = "|".join(re.escape(sign) for sign in _SIGNS)
_CURRENCY = rf"{_MARK}|[A-Z]{{3}}"
_PRICE = re.compile(
    rf"^(?P<before>{_CURRENCY})?\s*(?P<number>[0-9][0-9.,' ]*|\.[0-9]+)\s*(?P<after>{_CURRENCY})?$"
)
_GROUPED = re.compile(r"^\d{1,3}([.,' ])\d{3}(\1\d{3})*$")


@dataclass(frozen=True, slots=True)
class Price:
    """An amount above zero with at most two decimals, and what currencies its sign can mean."""

    amount: Decimal
    currencies: tuple[str, ...] = ()


def price(value: object) -> Price:
    """Read a price.

    Raises:
        ValueError: it is not one; the sentence says why.
    """
    if value is None or value == "":
        raise ValueError("the price is missing")
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError(f"{_short(value)} is not a price")
    text = unicodedata.normalize("NFKC", str(value)).replace("￥", "¥").strip()
    if re.match(r"^\W*-\s*\W*\d", text) or re.match(r"^\(.*\)$", text):
        raise ValueError(f"the price {_short(value)} is negative")
    found = _PRICE.match(text.upper())
    if not found:
        raise ValueError(f"{_short(value)} is not a price")
    amount = _amount(found["number"].strip())
    if amount <= 0:
        raise ValueError("the price is 0")
    if amount > MAX_PRICE:
        raise ValueError(f"the price {_short(value)} is more than {MAX_PRICE:,}")
    currencies = _currencies(found["before"])
    after = _currencies(found["after"])
    if currencies and after and not set(currencies) & set(after):
        raise ValueError(f"{_short(value)} names two currencies")
    both = tuple(c for c in currencies if c in after) if currencies and after else currencies or after
    return Price(amount.quantize(Decimal("0.01")), both)


def _amount(number: str) -> Decimal:
    if _GROUPED.match(number) and number.count(".") != 1:
        # 1,299 and 1.299.000 are thousands; a lone 1.299 could be either and is refused below.
        number = re.sub(r"[.,' ]", "", number)
    whole, fraction = number, ""
    if (mark := max(number.rfind("."), number.rfind(","))) >= 0:
        whole, fraction = number[:mark], number[mark + 1 :]
        if number[mark] in whole:
            raise ValueError(f"{number!r} is not a price")
    if not re.fullmatch(r"\d*", whole) and not _GROUPED.match(whole):
        raise ValueError(f"{number!r} is not a price")
    if not re.fullmatch(r"\d*", fraction):
        raise ValueError(f"{number!r} is not a price")
    if len(fraction.rstrip("0")) > 2 or (len(fraction) == 3 and whole):
        raise ValueError(f"{number!r} has more than two decimals")
    return Decimal(f"{re.sub(r'[^0-9]', '', whole) or '0'}.{fraction[:2] or '0'}")


def _currencies(mark: str | None) -> tuple[str, ...]:
    return _SIGNS.get(mark, (mark,)) if mark else ()


def count(value: object) -> int | None:
    """Read a stock count; empty means not counted.

    Raises:
        ValueError: it is not a whole number, or an absurd one.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    text = "" if isinstance(value, bool) else unicodedata.normalize("NFKC", str(value)).strip()
    if not re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+|[+-]?\d{1,12}(\.0+)?", text):
        raise ValueError(f"the stock {_short(value)} is not a whole number")
    number = int(text.replace(",", "").partition(".")[0])
    if number > MAX_COUNT:
        raise ValueError(f"the stock {_short(value)} is more than {MAX_COUNT:,}")
    return number


def _short(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")
