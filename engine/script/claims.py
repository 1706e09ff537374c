"""No number, price, percentage or date gets a voice that the catalog does not have: pure.

``check`` is asked about every line of every writer: templates, language models, operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from engine.script import compliance
from engine.script.catalog import Catalog, Product
from engine.script.money import sign
from engine.script.numbers import COUNT, KINDS, LEFT, LINK, MONEY, PERCENT, Amount, amounts
from engine.script.quote import MONEY_PATHS, clean, shown
from engine.script.segment import FactUse, Line


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a line may lean on beside its own facts."""

    products: tuple[str, ...] = ()
    """Products the line may speak about beside its own."""
    names: tuple[str, ...] = ()
    """Names that may hold numbers: the shop's, the show's, the host's."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``line`` is what may be said: as it was, repaired, or None when it was dropped."""

    outcome: Literal["said", "repaired", "dropped"]
    line: Line | None
    reasons: tuple[str, ...] = ()


def check(line: Line, catalog: Catalog, context: CheckContext = CheckContext()) -> Verdict:
    """Judge one line by the catalog as it is now and by the rules of its language."""
    reasons = [r for use in line.facts if (r := _use_fault(line, use, catalog))]
    reasons += _unproven(line, catalog, context)
    if reasons:
        return Verdict("dropped", None, tuple(reasons))
    allowed = compliance.judge(line, catalog)
    if allowed.line is None:
        return Verdict("dropped", None, allowed.reasons)
    if allowed.line.text != line.text:
        if again := _unproven(allowed.line, catalog, context):
            return Verdict("dropped", None, (*allowed.reasons, *again))
        return Verdict("repaired", allowed.line, allowed.reasons)
    return Verdict("said", line)


def is_current(line: Line, catalog: Catalog) -> bool:
    """True while every fact the line uses still has the value it was written with."""
    return all(catalog.fact(use.address) == use.value for use in line.facts)


def _use_fault(line: Line, use: FactUse, catalog: Catalog) -> str | None:
    now = catalog.fact(use.address)
    if now is None:
        return f"there is no fact {use.address}"
    if now != use.value:
        return f"{use.address} is now {now}, not {use.value}"
    if use.start < 0:
        return None
    if not 0 <= use.start < use.end <= len(line.text):
        return f"{use.address} is quoted outside the line"
    quoted = line.text[use.start:use.end].strip().lower()
    whole = shown(use.address, now, catalog.currency).lower()
    if not quoted or quoted not in whole:
        return f"{quoted!r} is not {use.address}"
    return None if _whole_numbers(quoted, whole) else f"{quoted!r} is only a part of {use.address}"


def _whole_numbers(quoted: str, whole: str) -> bool:
    """A piece of a fact must not cut a number in two: ``12`` is not a quote of ``120 ml``."""
    at = whole.find(quoted)
    while at >= 0:
        before, after = whole[:at], whole[at + len(quoted):]
        cut_left = quoted[0].isdigit() and re.search(r"\d[.,]?$", before) is not None
        cut_right = quoted[-1].isdigit() and re.match(r"[.,]?\d", after) is not None
        if not cut_left and not cut_right:
            return True
        at = whole.find(quoted, at + 1)
    return False


def _unproven(line: Line, catalog: Catalog, context: CheckContext) -> list[str]:
    claimed = amounts(line.text)
    if not claimed:
        return []
    free = [(u.start, u.end) for u in line.facts if u.start >= 0] + _places(line.text, context.names)
    open_claims = [a for a in claimed if not any(s <= a.start and _digits_end(a) <= e for s, e in free)]
    if not open_claims:
        return []
    products = _in_question(line, catalog, context)
    known = known_amounts(products, catalog)
    texts = " ".join(v for p in products for v in catalog.facts(p.id).values()).lower()
    return [
        f"no fact says {a.raw.strip()!r}"
        for a in open_claims
        if not (_proven(a, known) or (a.value is None and a.raw.lower() in texts))
    ]


def _digits_end(amount: Amount) -> int:
    """Where the number itself ends: its unit may stand outside the quote (23件)."""
    raw = amount.raw
    length = len(raw)
    while length > 1 and not (raw[length - 1].isdigit() or raw[length - 1] in "零一二两三四五六七八九十百千万亿%"):
        length -= 1
    return amount.start + length


def _places(text: str, names: Iterable[str]) -> list[tuple[int, int]]:
    found = []
    for name in names:
        at = text.find(name) if len(name) > 1 else -1
        while at >= 0:
            found.append((at, at + len(name)))
            at = text.find(name, at + 1)
    return found


def _in_question(line: Line, catalog: Catalog, context: CheckContext) -> list[Product]:
    """The products a line speaks about: those it names, when it belongs to none and names some."""
    named = [p for p in catalog.products if p.name in line.text or (p.short_name and p.short_name in line.text)]
    if named and line.product is None and not line.facts:
        return named
    wanted = {line.product, *context.products, *(u.address.partition(".")[0] for u in line.facts)}
    return [p for p in catalog.products if p.id in wanted or p in named]


def known_amounts(products: Iterable[Product], catalog: Catalog) -> set[tuple[Decimal, str]]:
    """Every number with its unit that may be said of these products (and of the shop)."""
    goods = list(products)
    known: set[tuple[Decimal, str]] = set()
    money = MONEY + sign(catalog.currency).strip()[-1]
    for product in goods:
        known.add((Decimal(product.number), LINK))
        if product.stock is not None:
            known.add((Decimal(product.stock), LEFT))
        for path in ("saving", "percent_off"):
            if (value := catalog.fact(f"{product.id}.{path}")) is not None:
                known.add((Decimal(value.rstrip("%")), PERCENT if value.endswith("%") else money))
        for address, value in catalog.facts(product.id).items():
            last = address.rpartition(".")[2]
            if last in MONEY_PATHS:
                known.add((Decimal(value), money))
            elif last == "stock":
                known.add((Decimal(value), LEFT))
            elif last != "number":
                known |= _read(value)
        for text in (*product.specs, *(question for question, _ in product.faq)):
            known |= _read(text)
        known.add((Decimal(len(product.variants)), KINDS))
    for text in catalog.shop.values():
        known |= _read(text)
    known.add((Decimal(len(goods)), KINDS))
    known.add((Decimal(sum(p.sellable for p in catalog.products)), KINDS))
    return known


def _read(text: str) -> set[tuple[Decimal, str]]:
    return {(a.value, a.unit) for a in amounts(clean(text)) if a.value is not None}


def _proven(amount: Amount, known: set[tuple[Decimal, str]]) -> bool:
    value = amount.value
    if value is None:
        return False
    if (value, amount.unit) in known:
        return True
    if amount.unit == "":
        return (value, COUNT) in known
    return amount.unit == COUNT and ((value, "") in known or (value, LEFT) in known)


def names_of(*texts: str) -> tuple[str, ...]:
    """Names as ``CheckContext`` wants them."""
    return tuple(c for t in texts if (c := clean(t)))

