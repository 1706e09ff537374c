"""A Shopify product export as it comes, old columns and new.

One product is several rows: the first has its title and description, each further row of the same
handle a variant, a picture, or both. What Shopify would not sell (unpublished, draft, archived) and gift
cards are left out. Without an inventory tracker Shopify does not count stock; neither do we.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.media import Language
from engine.script.importing import numbers, tables
from engine.script.importing.shelf import Shelf
from engine.script.importing.text import clean, plain

# Our word for a column, then Shopify's words for it, the old export's first.
_COLUMNS = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "body": ("body (html)", "description"),
    "vendor": ("vendor",),
    "type": ("type", "product category", "standard product type"),
    "tags": ("tags",),
    "published": ("published", "published on online store"),
    "status": ("status",),
    "sku": ("variant sku", "sku"),
    "tracker": ("variant inventory tracker", "inventory tracker"),
    "quantity": ("variant inventory qty", "inventory quantity"),
    "policy": ("variant inventory policy", "continue selling when out of stock"),
    "price": ("variant price", "price"),
    "compare_at": ("variant compare at price", "compare-at price"),
    "picture": ("image src", "product image url"),
    "position": ("image position",),
    "gift_card": ("gift card",),
}
_SPEC_LINE = re.compile(r"^([^:：.!?。！？]{2,30})[:：]\s*(.{1,120})$")
SUMMARY_CHARS = 64


@dataclass
class _Item:
    """A product's rows so far."""

    line: int
    first: dict[str, str]
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    pictures: list[tuple[float, str]] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


def is_export(columns: tuple[str, ...]) -> bool:
    """True when these column names are those of a Shopify product export."""
    names = set(columns)
    signs: list[set[str]] = [{"handle", "variant price"}, {"handle", "body (html)"}, {"url handle", "price"}]
    return "title" in names and any(sign <= names for sign in signs)


def read(text: str, shelf: Shelf) -> None:
    """Put an export's products on the shelf."""
    items: dict[str, _Item] = {}
    for row in tables.rows(text):
        if isinstance(row, tables.Torn):
            shelf.note(row.line, f"left out: {row.why}")
            continue
        cells = _ours(row.cells)
        handle = cells["handle"].strip()
        if not handle:
            shelf.note(row.line, "left out: the handle is missing")
            continue
        if handle not in items:
            if not cells["title"].strip():
                shelf.note(row.line, f"left out: {handle[:60]!r} has no title")
                continue
            options = [row.cells.get(f"option{n} name", "").strip() for n in (1, 2, 3)]
            items[handle] = _Item(row.line, cells, options=options)
        item = items[handle]
        if cells["picture"].strip():
            item.pictures.append((_position(cells["position"]), cells["picture"].strip()))
        if cells["price"].strip() or row.line == item.line:
            item.rows.append((row.line, cells))
    for handle, item in items.items():
        why = _not_for_sale(item.first)
        if why:
            shelf.note(item.line, f"left out: {clean(item.first['title'])[:60]!r} {why}")
        else:
            _put(handle, item, shelf)


def _ours(cells: Mapping[str, str]) -> dict[str, str]:
    found = {key: _first(cells, names) for key, names in _COLUMNS.items()}
    return {**found, **{f"option{n}": cells.get(f"option{n} value", "").strip() for n in (1, 2, 3)}}


def _first(cells: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((cells[name] for name in names if cells.get(name, "").strip()), "")


def _position(written: str) -> float:
    return float(written) if written.strip().isdigit() else 1e9


def _not_for_sale(cells: Mapping[str, str]) -> str:
    if cells["gift_card"].strip().lower() == "true":
        return "is a gift card"
    if cells["published"].strip().lower() == "false":
        return "is not published"
    status = cells["status"].strip().lower()
    return f"is {status}" if status in {"draft", "archived"} else ""


def _put(handle: str, item: _Item, shelf: Shelf) -> None:
    variants: list[dict[str, Any]] = []
    for line, cells in item.rows:
        try:
            variants.append(_variant(cells, item.options, shelf))
        except ValueError as error:
            shelf.note(line, f"left out {clean(item.first['title'])[:60]!r}: {error}")
    if not variants:
        return  # each of its rows has been reported
    cheapest = min(variants, key=lambda v: v["amount"])
    stocks = [v["stock"] for v in variants]
    description, listed = plain(item.first["body"])
    specs = _specs(variants)
    category = item.first["type"] or item.first["tags"].partition(",")[0]
    labelled = [found for found in map(_SPEC_LINE.match, listed) if found]
    fields: dict[str, Any] = {
        "id": handle,
        "name": item.first["title"],
        "price": cheapest["price"],
        "compare_at": cheapest["compare_at"],
        "stock": None if None in stocks else sum(stocks),
        "description": description,
        "category": category,
        "vendor": item.first["vendor"],
        "specs": {**{found[1].strip(): found[2] for found in labelled}, **specs},
        "points": [text for text in listed if not _SPEC_LINE.match(text)],
        "summary": summary(specs, description, category, shelf.language),
        "picture": min(item.pictures, default=(0, ""))[1],
    }
    if len(variants) > 1 or variants[0]["specs"]:
        fields["variants"] = [
            {
                "name": v["name"],
                "price": v["price"] if v["amount"] != cheapest["amount"] else None,
                "compare_at": v["compare_at"] if v["amount"] != cheapest["amount"] else None,
                "stock": v["stock"],
                "specs": v["specs"],
            }
            for v in variants
        ]
    shelf.put(fields, lambda _: (item.line, 1))


def _variant(cells: Mapping[str, str], options: list[str], shelf: Shelf) -> dict[str, Any]:
    """One row as a variant.

    Raises:
        ValueError: it cannot be sold.
    """
    chosen = {
        label or f"Option {n}": cells[f"option{n}"]
        for n, label in enumerate(options, 1)
        if cells[f"option{n}"] and cells[f"option{n}"] != "Default Title"
    }
    amount = shelf.amount(cells["price"], "price")
    stock = numbers.count(cells["quantity"])
    counted = cells["tracker"].strip() and cells["policy"].strip().lower() not in {"continue", "true"}
    compare_at = cells["compare_at"].strip()
    return {
        "name": " / ".join(chosen.values()) or "Default",
        "price": cells["price"],
        "amount": amount,
        "compare_at": None if _is_zero(compare_at) else compare_at,
        # Shopify goes below zero for what it sold and does not have.
        "stock": max(0, stock) if counted and stock is not None else None,
        "specs": chosen,
    }


def _is_zero(written: str) -> bool:
    try:
        return not written or Decimal(written) == 0
    except InvalidOperation:
        return False


def _specs(variants: list[dict[str, Any]]) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for variant in variants:
        for label, value in variant["specs"].items():
            if value not in values.setdefault(label, []):
                values[label].append(value)
    return {label: ", ".join(found) for label, found in values.items()}


def summary(specs: Mapping[str, str], description: str, kind: str, language: Language) -> str:
    """One short line for the card, made of facts only: the options, else the description's first
    sentence where it is short, else the type."""
    options = [_option(label, text, language) for label, text in specs.items()]
    while options:
        if len(line := " · ".join(options)) <= SUMMARY_CHARS:
            return line
        options.pop()
    first = re.split(r"(?<=[.!?])\s|(?<=[。！？])|\n", description, maxsplit=1)[0].strip()
    if 0 < len(first) <= SUMMARY_CHARS:
        return first.rstrip(".。,，;；")
    # What stands before "with", or before a Chinese comma, is as true as its sentence and stands alone.
    clause = re.split(r" with |[，；]", first, maxsplit=1)[0].strip()
    if clause != first and 6 <= len(clause) <= SUMMARY_CHARS:
        return clause
    return clean(kind)[:SUMMARY_CHARS]


def _option(label: str, text: str, language: Language) -> str:
    if language == "zh":
        return f"{label}：{text.replace(', ', '、')}"
    several = ", " in text and not label.lower().endswith("s")
    return f"{label}{'s' if several else ''}: {text}"
