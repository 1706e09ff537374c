"""The merchant's goods as facts with addresses.

A fact's address is ``<product>.<path>``: ``flask.price``, ``flask.specs.capacity``,
``flask.variants[Forest].stock``; the shop's own facts are ``shop.<path>``. What has no address cannot
be said. Readers of the several formats live in ``engine.script.importing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

LOW_STOCK = 5
"""At and below this many pieces, low stock is a fact worth saying."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to buy a product; what it leaves out is the product's own."""

    name: str
    price: Decimal | None = None
    compare_at: Decimal | None = None
    stock: int | None = None
    specs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the merchant wrote it. ``stock`` None means not counted (always sellable)."""

    id: str
    number: int
    """Its link number in the room, from 1."""
    name: str
    price: Decimal
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    compare_at: Decimal | None = None
    stock: int | None = None
    picture: Path | None = None
    summary: str = ""
    description: str = ""
    category: str = ""
    vendor: str = ""
    specs: Mapping[str, str] = field(default_factory=dict)
    points: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    shipping: str = ""
    returns: str = ""
    warranty: str = ""
    care: str = ""
    uses: tuple[str, ...] = ()
    faq: tuple[tuple[str, str], ...] = ()
    url: str = ""

    @property
    def said_name(self) -> str:
        """The name as a host says it."""
        return self.short_name or self.name

    @property
    def sellable(self) -> bool:
        return self.stock is None or self.stock > 0


@dataclass(frozen=True, slots=True)
class Catalog:
    """All products of a room, in the merchant's order. ``version`` grows with every change."""

    currency: str
    products: tuple[Product, ...]
    shop: Mapping[str, str] = field(default_factory=dict)
    """Facts that hold for every product: shipping, returns, payment, hours, …"""
    version: int = 0

    def get(self, product: str) -> Product | None:
        return next((p for p in self.products if p.id == product), None)

    def fact(self, address: str) -> str | None:
        """The fact's value as plain text (prices as ``24.00``), or None where there is none.

        Two facts are worked out from others: ``saving`` (compare-at price less price) and
        ``percent_off`` (rounded down, such as ``25%``).
        """
        owner, _, path = address.partition(".")
        if owner == "shop":
            return self.shop.get(path)
        product = self.get(owner)
        return None if product is None else (_facts_of(product) | _derived_of(product)).get(path)

    def facts(self, product: str) -> dict[str, str]:
        """Every fact of one product, address to value."""
        found = self.get(product)
        if found is None:
            return {}
        return {f"{product}.{path}": value for path, value in _facts_of(found).items()}

    def with_product(self, product: Product) -> Catalog:
        """The same catalog with one product replaced and a new version."""
        goods = tuple(product if p.id == product.id else p for p in self.products)
        return replace(self, products=goods, version=self.version + 1)

    def with_price(self, product: str, price: Decimal) -> Catalog:
        """The catalog after a price change; a compare-at price that is no longer higher is dropped.

        Raises:
            KeyError: no such product.
        """
        old = self._require(product)
        compare = old.compare_at if old.compare_at is not None and old.compare_at > price else None
        return self.with_product(replace(old, price=price, compare_at=compare))

    def with_stock(self, product: str, stock: int | None) -> Catalog:
        """The catalog after a stock change.

        Raises:
            KeyError: no such product.
        """
        return self.with_product(replace(self._require(product), stock=stock))

    def _require(self, product: str) -> Product:
        found = self.get(product)
        if found is None:
            raise KeyError(product)
        return found


def _facts_of(product: Product) -> dict[str, str]:
    facts: dict[str, str] = {
        "name": product.name,
        "number": str(product.number),
        "price": f"{product.price:.2f}",
    }
    if product.compare_at is not None:
        facts["compare_at"] = f"{product.compare_at:.2f}"
    if product.stock is not None:
        facts["stock"] = str(product.stock)
    for key in (
        "short_name",
        "summary",
        "description",
        "category",
        "vendor",
        "shipping",
        "returns",
        "warranty",
        "care",
    ):
        if value := getattr(product, key):
            facts[key] = value
    facts.update({f"specs.{label}": text for label, text in product.specs.items()})
    facts.update({f"points[{i}]": text for i, text in enumerate(product.points)})
    facts.update({f"uses[{i}]": text for i, text in enumerate(product.uses)})
    facts.update({f"faq[{i}]": answer for i, (_, answer) in enumerate(product.faq)})
    for variant in product.variants:
        base = f"variants[{variant.name}]"
        facts[f"{base}.name"] = variant.name
        if variant.price is not None:
            facts[f"{base}.price"] = f"{variant.price:.2f}"
        if variant.compare_at is not None:
            facts[f"{base}.compare_at"] = f"{variant.compare_at:.2f}"
        if variant.stock is not None:
            facts[f"{base}.stock"] = str(variant.stock)
        facts.update({f"{base}.specs.{label}": text for label, text in variant.specs.items()})
    return facts


def _derived_of(product: Product) -> dict[str, str]:
    if product.compare_at is None or product.compare_at <= product.price:
        return {}
    saving = product.compare_at - product.price
    return {
        "saving": f"{saving:.2f}",
        "percent_off": f"{int(saving * 100 / product.compare_at)}%",
    }
