"""Puts products on the shelf one by one: each is checked, what is broken is reported and left out.

Every format's reader turns its rows into the same plain mapping (the keys of our own YAML, see
``engine.script.importing``) and hands it to :meth:`Shelf.put`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from engine.media import Language
from engine.plugins import closest
from engine.problem import Problem, shown
from engine.script.catalog import Product, Variant
from engine.script.importing import numbers
from engine.script.importing.text import clean, is_formula, slug

KEYS = (
    "id", "name", "short_name", "aliases", "price", "compare_at", "stock", "picture", "summary",
    "description", "category", "vendor", "specs", "points", "variants", "shipping", "returns", "warranty",
    "care", "uses", "faq", "url",
)  # fmt: skip
VARIANT_KEYS = ("name", "price", "compare_at", "stock", "specs")
LONG_CHARS = 20_000
SHORT_CHARS = 600
NAME_CHARS = 200
MAX_ITEMS = 100

Where = Callable[[str], tuple[int, int]]
"""The line and column of one key of a product (of the product itself for an empty key)."""


class Broken(ValueError):
    """A product (or a variant) that cannot be sold as written; ``key`` is what is wrong with it."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class Shelf:
    """The products read so far, with what was wrong on the way."""

    def __init__(
        self, file: str, lines: list[str], folder: Path, language: Language, currency: str | None
    ) -> None:
        self.products: list[Product] = []
        self.picture_urls: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.currency = currency
        self.language = language
        self._file = file
        self._lines = lines
        self._folder = folder.resolve()
        self._line_of: dict[str, int] = {}
        self._again: dict[str, int] = {}

    def note(
        self,
        line: int,
        message: str,
        *,
        column: int = 1,
        severity: Literal["error", "warning"] = "warning",
        meant: str | None = None,
    ) -> None:
        """Report something about a line; what is left out or dropped is a warning: the rest still sells."""
        text = shown(self._lines[line - 1]) if 0 < line <= len(self._lines) else ""
        self.problems.append(Problem(self._file, line, column, message, text, meant=meant, severity=severity))

    def put(self, fields: Mapping[str, Any], where: Where) -> None:
        """Check one product and keep it, or report it and leave it out."""
        try:
            product = _Reading(self, fields, where).product()
        except Broken as broken:
            line, column = where(broken.key)
            name = fields.get("name") or fields.get("id")
            named = f" {_short(name)}" if name and isinstance(name, (str, int)) else ""
            self.note(line, f"left out{named}: {broken}", column=column)
            return
        self._line_of[product.id] = where("")[0]
        self.products.append(product)

    def free_id(self, wanted: str, name: str) -> str:
        """The id a product gets: its own, or one made of its name.

        Raises:
            Broken: another product has this id.
        """
        made = slug(wanted) if wanted else slug(name)
        made = made or f"product-{len(self.products) + 1}"
        if made not in self._line_of:
            return made
        if wanted and slug(wanted):
            raise Broken(f"the id {made!r} belongs to the product in line {self._line_of[made]}", "id")
        again = self._again.get(made, 1) + 1
        while f"{made}-{again}" in self._line_of:
            again += 1
        self._again[made] = again  # fifty thousand mugs are counted once, not from 2 every time
        return f"{made}-{again}"

    def amount(self, value: object, key: str) -> Decimal:
        """A price in the catalog's currency; the first sign read decides where nothing is written.

        Raises:
            Broken: no price, or one in another currency.
        """
        try:
            read = numbers.price(value)
        except ValueError as error:
            raise Broken(str(error), key) from error
        if read.currencies and self.currency is None:
            usual = {"zh": "CNY", "en": "USD"}[self.language]
            self.currency = usual if usual in read.currencies else read.currencies[0]
        if read.currencies and self.currency not in read.currencies:
            raise Broken(f"the price {_short(value)} is not in {self.currency}", key)
        return read.amount

    def picture(self, product: str, value: str) -> Path | None:
        """A picture beside the catalog, or None where it is an address (fetched later) or unusable.

        Raises:
            Broken: it cannot be used; the product is sold without it.
        """
        if value.startswith("//"):
            value = f"https:{value}"
        if re.match(r"https?://", value, re.IGNORECASE):
            self.picture_urls[product] = value
            return None
        if re.match(r"[a-z][a-z0-9+.-]+:", value, re.IGNORECASE):
            raise Broken(f"the picture {_short(value)} is neither a file nor an http address", "picture")
        try:
            path = (self._folder / value).resolve()
            exists = path.is_file()
        except (OSError, ValueError) as error:
            raise Broken(f"the picture {_short(value)} is not a file name", "picture") from error
        if not path.is_relative_to(self._folder):
            raise Broken(f"the picture {_short(value)} is outside the catalog's folder", "picture")
        if not exists:
            raise Broken(f"the picture {_short(value)} is not there", "picture")
        return path


class _Reading:
    """One product on its way to the shelf."""

    def __init__(self, shelf: Shelf, fields: Mapping[str, Any], where: Where) -> None:
        self._shelf = shelf
        self._fields = fields
        self._where = where

    def product(self) -> Product:
        for key in self._fields:
            if key not in KEYS:
                self._note(f"{_short(key)} is no property of a product", key, meant=closest(str(key), KEYS))
        name = self._text("name", NAME_CHARS)
        if not name:
            raise Broken("the name is missing", "name")
        amount = self._shelf.amount(self._fields.get("price"), "price")
        product_id = self._shelf.free_id(self._text("id", NAME_CHARS), name)
        details = {key: self._text(key, SHORT_CHARS) for key in ("shipping", "returns", "warranty", "care")}
        return Product(
            id=product_id,
            number=len(self._shelf.products) + 1,
            name=name,
            price=amount,
            short_name=self._text("short_name", NAME_CHARS),
            aliases=self._texts("aliases", split="|;；、\n"),
            compare_at=self._compare_at(self._fields, amount, ""),
            stock=self._stock(self._fields),
            summary=self._text("summary", SHORT_CHARS),
            description=self._text("description", LONG_CHARS, lines=True),
            category=self._text("category", NAME_CHARS),
            vendor=self._text("vendor", NAME_CHARS),
            specs=self._specs(self._fields.get("specs"), "specs"),
            points=self._texts("points"),
            variants=self._variants(amount),
            uses=self._texts("uses"),
            faq=self._faq(),
            url=self._url(),
            picture=self._picture(product_id),
            **details,
        )

    def _note(self, message: str, key: str, meant: str | None = None) -> None:
        line, column = self._where(key)
        self._shelf.note(line, message, column=column, meant=meant)

    def _text(self, key: str, most: int, *, lines: bool = False) -> str:
        return self._as_text(self._fields.get(key), key, most, lines=lines)

    def _as_text(self, value: object, key: str, most: int, *, lines: bool = False) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
            raise Broken(f"{key} is not text", key)
        # Only so much is looked at: a description may be as long as a book.
        raw = str(value)
        text = clean(raw[: most * 4], lines=lines)
        if is_formula(text):
            raise Broken(f"{key} holds a spreadsheet formula", key)
        if len(text) > most or len(raw) > most * 4:
            self._note(f"{key} is cut to {most} characters", key)
            text = text[:most].rstrip()
        return text

    def _texts(self, key: str, split: str = "|\n") -> tuple[str, ...]:
        value = self._fields.get(key)
        if value is None or value == "":
            return ()
        parts: Iterable[object] = re.split(f"[{split}]", value) if isinstance(value, str) else [value]
        if isinstance(value, list):
            parts = value
        texts = [self._as_text(part, key, SHORT_CHARS) for part in parts]
        if len(texts) > MAX_ITEMS:
            self._note(f"{key} is cut to {MAX_ITEMS} entries", key)
        return tuple(dict.fromkeys(text for text in texts[:MAX_ITEMS] if text))

    def _specs(self, value: object, key: str) -> dict[str, str]:
        if value is None or value == "":
            return {}
        if isinstance(value, str):
            parts = [part for part in re.split(r"[|;；\n]", value) if part.strip()]
            pairs = [re.split(r"[:：]", part, maxsplit=1) for part in parts]
            if any(len(pair) != 2 for pair in pairs):
                raise Broken(f"{key} is written like 'capacity: 500 ml; material: steel'", key)
            value = {label.strip(): text for label, text in pairs}
        if not isinstance(value, Mapping):
            raise Broken(f"{key} is not a list of 'label: text'", key)
        specs: dict[str, str] = {}
        for label, written in list(value.items())[:MAX_ITEMS]:
            text = self._as_text(written, key, SHORT_CHARS)
            if text and (said := clean(str(label))[:NAME_CHARS]):
                specs[said] = text
        return specs

    def _compare_at(self, fields: Mapping[str, Any], amount: Decimal, key: str) -> Decimal | None:
        value = fields.get("compare_at")
        if value is None or value == "":
            return None
        key = key or "compare_at"
        try:
            compare = self._shelf.amount(value, key)
        except Broken as broken:
            if str(broken) != "the price is 0":  # how shops write "none"
                self._note(f"compare_at is dropped: {broken}", key)
            return None
        if compare <= amount:
            if compare < amount:
                self._note(f"compare_at is dropped: {compare} is not above the price {amount}", key)
            return None
        return compare

    def _stock(self, fields: Mapping[str, Any]) -> int | None:
        try:
            stock = numbers.count(fields.get("stock"))
        except ValueError as error:
            raise Broken(str(error), "stock") from error
        if stock is not None and stock < 0:
            self._note(f"the stock {stock} counts as 0", "stock")
            return 0
        return stock

    def _variants(self, amount: Decimal) -> tuple[Variant, ...]:
        value = self._fields.get("variants")
        if value is None or value == "":
            return ()
        if not isinstance(value, list):
            raise Broken("variants is not a list", "variants")
        found: dict[str, Variant] = {}
        for item in value[:MAX_ITEMS]:
            try:
                variant = self._variant({"name": item} if isinstance(item, str) else item, amount)
                if variant.name in found:
                    raise Broken(f"the variant {_short(variant.name)} is there twice")
                found[variant.name] = variant
            except Broken as broken:
                self._note(f"a variant is left out: {broken}", "variants")
        if len(value) > MAX_ITEMS:
            self._note(f"variants is cut to {MAX_ITEMS} entries", "variants")
        if value and not found:
            raise Broken("none of its variants can be sold", "variants")
        return tuple(found.values())

    def _variant(self, item: object, amount: Decimal) -> Variant:
        if not isinstance(item, Mapping):
            raise Broken("it is not a mapping with a name")
        for key in item:
            if key not in VARIANT_KEYS:
                meant = closest(str(key), VARIANT_KEYS)
                self._note(f"{_short(key)} is no property of a variant", "variants", meant)
        # A name stands inside an address: variants[Forest].stock.
        name = self._as_text(item.get("name"), "variants", NAME_CHARS).translate(str.maketrans("[]", "()"))
        if not name:
            raise Broken("its name is missing")
        own = item.get("price")
        price = None if own is None or own == "" else self._shelf.amount(own, "variants")
        return Variant(
            name=name,
            price=price,
            compare_at=self._compare_at(item, amount if price is None else price, "variants"),
            stock=self._stock(item),
            specs=self._specs(item.get("specs"), "variants"),
        )

    def _faq(self) -> tuple[tuple[str, str], ...]:
        value = self._fields.get("faq")
        if value is None or value == "":
            return ()
        items = list(value.items()) if isinstance(value, Mapping) else _listed(value)
        pairs = [_pair(item) for item in items[:MAX_ITEMS]]
        asked = [tuple(self._as_text(text, "faq", SHORT_CHARS) for text in pair) for pair in pairs]
        return tuple((question, answer) for question, answer in asked if question and answer)

    def _url(self) -> str:
        url = self._text("url", SHORT_CHARS)
        if url and not re.match(r"https?://[^\s]+$", url, re.IGNORECASE):
            self._note(f"url is dropped: {_short(url)} is not an http address", "url")
            return ""
        return url

    def _picture(self, product: str) -> Path | None:
        value = self._text("picture", 2000)
        try:
            return self._shelf.picture(product, value) if value else None
        except Broken as broken:
            self._note(f"no picture: {broken}", "picture")
            return None


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Broken("faq is not a list of questions and answers", "faq")
    return value


def _pair(item: object) -> tuple[object, object]:
    if isinstance(item, Mapping):
        if {"question", "answer"} <= item.keys():
            return item["question"], item["answer"]
        if {"q", "a"} <= item.keys():
            return item["q"], item["a"]
        if len(item) == 1:
            return next(iter(item.items()))
    if isinstance(item, (list, tuple)) and len(item) == 2:
        return item[0], item[1]
    raise Broken("a faq entry is written as {question: …, answer: …}", "faq")


def _short(value: object) -> str:
    text = clean(str(value)[:200])
    return repr(text if len(text) <= 60 else text[:59] + "…")
