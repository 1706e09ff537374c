"""A merchant's catalog file to a :class:`~engine.script.catalog.Catalog`, whatever program wrote it.

Our own format, as YAML or JSON (or CSV with the same words as columns)::

    currency: USD               # else the room's, else the sign of the first price
    shop: {returns: 30 days}    # facts that hold for every product (optional)
    products:
      - id: flask               # optional: made of the name
        name: Trail flask, 500 ml
        short_name: trail flask # how the host says it
        aliases: [bottle]       # how viewers say it
        price: 24.00
        compare_at: 30.00       # only above the price
        stock: 18               # left out: not counted
        picture: pictures/flask.svg    # a file beside the catalog, or an http address
        summary: one line for the card
        description: …
        category: Kitchen
        specs: {capacity: 500 ml, material: stainless steel}
        points: [Keeps tea hot for 12 hours]
        variants: [{name: Forest, stock: 4, price: 26.00, specs: {colour: green}}]
        shipping: … ; returns: … ; warranty: … ; care: …     # texts
        uses: [hiking]
        faq: [{question: …, answer: …}]
        url: https://…

Which format a file is in is seen in its content, not in its name. A row that cannot be sold is reported
with its line and left out; the others sell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import CatalogError
from engine.media import Language
from engine.problem import Problem, in_order
from engine.script.catalog import Catalog
from engine.script.importing import ours, shopify, tables
from engine.script.importing.shelf import Shelf
from engine.script.importing.text import decode

MAX_BYTES = 64 << 20
MAX_YAML_BYTES = 4 << 20
"""YAML is read with places, which is slow: a longer catalog is better written as CSV or JSON."""

_USUAL_CURRENCY = {"zh": "CNY", "en": "USD"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A catalog as it was read, with everything that was wrong with it.

    ``picture_urls``: product id to address, for ``engine.script.pictures.fetch``.
    """

    catalog: Catalog
    problems: tuple[Problem, ...] = ()
    picture_urls: Mapping[str, str] = field(default_factory=dict)


def load(
    path: Path, *, language: Language, currency: str | None = None, shop: Mapping[str, str] | None = None
) -> Loaded:
    """Read a catalog that a room can go on air with.

    ``currency`` and ``shop`` (facts) are the room's; the file's own currency goes before, and the file's
    shop facts give way to the room's.

    Raises:
        CatalogError: the file cannot be read, or holds nothing to sell.
    """
    loaded = read(path, language=language, currency=currency, shop=shop)
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    if errors:
        raise CatalogError(errors[0].message, where=errors[0].where, fix=errors[0].fix)
    return loaded


def read(
    path: Path, *, language: Language, currency: str | None = None, shop: Mapping[str, str] | None = None
) -> Loaded:
    """The same without raising: what keeps the catalog off the air is a problem of severity ``error``."""
    file = str(path)
    try:
        if not path.is_file():
            return _unreadable(file, "the catalog is not there")
        if path.stat().st_size > MAX_BYTES:
            return _unreadable(file, f"the catalog is larger than {MAX_BYTES >> 20} MB")
        text, encoding = decode(path.read_bytes())
    except OSError as error:
        return _unreadable(file, f"the catalog cannot be read: {error.strerror}")
    except ValueError as error:
        return _unreadable(file, f"the catalog cannot be read: {error}")

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    shelf = Shelf(file, text.split("\n"), path.parent, language, currency)
    if encoding not in ("UTF-8", "UTF-16"):
        shelf.note(1, f"not written in UTF-8: read as {encoding}")
    facts = _read_text(text, file, shelf)
    if not any(p.severity == "error" for p in shelf.problems) and not any(p.sellable for p in shelf.products):
        shelf.problems.append(Problem(file, 0, 0, _nothing_to_sell(shelf)))
    catalog = Catalog(
        currency=shelf.currency or _USUAL_CURRENCY[language],
        products=tuple(shelf.products),
        shop={**facts, **(shop or {})},
    )
    return Loaded(catalog, tuple(in_order(shelf.problems)), shelf.picture_urls)


def _read_text(text: str, file: str, shelf: Shelf) -> Mapping[str, str]:
    start = text.lstrip()[:1]
    if not start:
        return {}
    if start in "{[":
        return ours.read_json(text, shelf)
    columns = tables.columns(text)
    if shopify.is_export(columns):
        shopify.read(text, shelf)
        return {}
    if {"name", "price"} <= set(columns) or file.lower().endswith((".csv", ".tsv", ".txt")):
        if not {"name", "price"} <= set(columns):
            shelf.note(1, "the first line names no columns 'name' and 'price'", severity="error")
            return {}
        ours.read_csv(text, shelf)
        return {}
    if len(text) > MAX_YAML_BYTES:
        most = f"a YAML catalog is at most {MAX_YAML_BYTES >> 20} MB"
        shelf.note(1, f"{most}: write it as CSV or JSON", severity="error")
        return {}
    return ours.read_yaml(text, file, shelf)


def _nothing_to_sell(shelf: Shelf) -> str:
    if shelf.products:
        return f"nothing to sell: all {len(shelf.products)} products are sold out"
    broken = sum("left out" in problem.message for problem in shelf.problems)
    return f"nothing to sell: {f'all {broken} rows are left out' if broken else 'no product in it'}"


def _unreadable(file: str, message: str) -> Loaded:
    return Loaded(Catalog("", ()), (Problem(file, 0, 0, message),))


__all__ = ["Loaded", "load", "read"]
