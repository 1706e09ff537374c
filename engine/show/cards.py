"""Products as the stage and the page show them: the catalog's facts, set for the eye."""

from __future__ import annotations

from engine.media import Card
from engine.script.catalog import Catalog, Product
from engine.script.money import money


class Cards:
    """Makes cards from the current catalog; the stock bar's full length is remembered per product."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._full: dict[str, int] = {}
        self._made: dict[str, tuple[int, Card]] = {}

    def card(self, catalog: Catalog, product: str) -> Card | None:
        """The product's card at this version of the catalog; None for an unknown product."""
        made = self._made.get(product)
        if made is not None and made[0] == catalog.version:
            return made[1]
        found = catalog.get(product)
        if found is None:
            return None
        card = self._make(found, catalog.version)
        self._made[product] = (catalog.version, card)
        return card

    def _make(self, product: Product, version: int) -> Card:
        if product.stock is not None:
            self._full[product.id] = max(self._full.get(product.id, 0), product.stock)
        return Card(
            product=product.id,
            number=product.number,
            name=product.name,
            summary=product.summary,
            price=money(product.price, self._currency),
            compare_at=None if product.compare_at is None else money(product.compare_at, self._currency),
            stock=product.stock,
            stock_full=self._full.get(product.id),
            picture=product.picture,
            version=version,
        )
