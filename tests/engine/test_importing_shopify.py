"""Shopify's product export, as merchants download it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engine.script.catalog import Product
from engine.script.importing import Loaded, read

HEAD = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,"
    "Variant Compare At Price,Image Src,Image Position,Gift Card,Status\n"
)
REAL = Path("/work/shared/data/shopify-apparel.csv")


def export(tmp_path: Path, rows: str, head: str = HEAD) -> Loaded:
    path = tmp_path / "products_export.csv"
    path.write_text(head + rows, encoding="utf-8")
    return read(path, language="en")


def only(loaded: Loaded) -> Product:
    (product,) = loaded.catalog.products
    return product


def test_a_product_on_several_rows_is_one_product_with_variants(tmp_path: Path) -> None:
    loaded = export(
        tmp_path,
        'wool-hat,Wool Hat,"<p>Warm &amp; soft.</p><ul><li>Material: merino</li><li>Folds flat</li></ul>",'
        'Northwind,Hats,winter,true,Size,Small,Color,Red,shopify,3,deny,"1,019.90",1200,'
        "//cdn.example/b.jpg,2,false,active\n"
        "wool-hat,,,,,,,,Large,,Red,shopify,-1,deny,1099.90,0.00,//cdn.example/a.jpg,1,,\n"
        "wool-hat,,,,,,,,,,,,,,,,//cdn.example/c.jpg,3,,\n",
    )
    assert loaded.problems == ()
    hat = only(loaded)
    assert (hat.id, hat.name, hat.vendor, hat.category) == ("wool-hat", "Wool Hat", "Northwind", "Hats")
    assert (hat.price, hat.compare_at, hat.stock) == (Decimal("1019.90"), Decimal("1200.00"), 3)
    assert hat.description == "Warm & soft.\n\nMaterial: merino\n\nFolds flat"
    assert hat.points == ("Folds flat",)
    assert hat.specs == {"Material": "merino", "Size": "Small, Large", "Color": "Red"}
    assert hat.summary == "Sizes: Small, Large · Color: Red"
    assert [(v.name, v.price, v.stock) for v in hat.variants] == [
        ("Small / Red", None, 3),
        ("Large / Red", Decimal("1099.90"), 0),
    ]
    assert loaded.picture_urls == {"wool-hat": "https://cdn.example/a.jpg"}


@pytest.mark.parametrize(
    ("tracker", "quantity", "policy", "stock"),
    [
        ("", "1", "deny", None),
        ("shopify", "5", "deny", 5),
        ("shopify", "5", "continue", None),
        ("shopify", "", "deny", None),
    ],
)
def test_stock_is_counted_only_where_shopify_counts_it(
    tmp_path: Path, tracker: str, quantity: str, policy: str, stock: int | None
) -> None:
    row = f"a,A,,,,,true,Title,Default Title,,,{tracker},{quantity},{policy},9,,,,false,\n"
    product = only(export(tmp_path, row))
    assert product.stock == stock
    assert product.variants == ()


@pytest.mark.parametrize(
    ("published", "gift", "status", "why"),
    [
        ("false", "false", "active", "is not published"),
        ("true", "true", "active", "is a gift card"),
        ("true", "false", "draft", "is draft"),
    ],
)
def test_what_shopify_does_not_sell_is_left_out_with_a_note(
    tmp_path: Path, published: str, gift: str, status: str, why: str
) -> None:
    rows = (
        f"a,Hidden,,,,,{published},Title,Default Title,,,,1,deny,9,,,,{gift},{status}\n"
        "b,Shown,,,,,true,Title,Default Title,,,,1,deny,9,,,,false,active\n"
    )
    loaded = export(tmp_path, rows)
    assert [(p.line, p.message) for p in loaded.problems] == [(2, f"left out: 'Hidden' {why}")]
    assert [(p.id, p.number) for p in loaded.catalog.products] == [("b", 1)]


def test_a_variant_without_a_price_leaves_the_others(tmp_path: Path) -> None:
    rows = "a,A,,,,,true,Size,S,,,,1,deny,9,,,,false,\na,,,,,,,,M,,,,1,deny,nine,,,,,\na,,,,,,,,L,,,,1,deny,11,,,,,\n"
    loaded = export(tmp_path, rows)
    assert [(p.line, p.message) for p in loaded.problems] == [(3, "left out 'A': 'nine' is not a price")]
    assert [v.name for v in only(loaded).variants] == ["S", "L"]


def test_the_columns_of_the_new_export_are_known(tmp_path: Path) -> None:
    head = "Title,URL handle,Description,Vendor,Type,Published on online store,Status,Option1 name,Option1 value,"
    head += "Price,Compare-at price,Inventory tracker,Inventory quantity,Product image URL\n"
    row = "Mug,mug,<p>A mug.</p>,V,Kitchen,TRUE,Active,Title,Default Title,18,22,shopify,4,https://c.example/m.png\n"
    product = only(export(tmp_path, row, head))
    assert (product.id, product.price, product.compare_at, product.stock) == ("mug", Decimal("18.00"), Decimal(22), 4)
    assert product.summary == "A mug"


def test_prices_with_a_sign_tell_the_currency(tmp_path: Path) -> None:
    loaded = export(tmp_path, 'a,A,,,,,true,Title,Default Title,,,,1,deny,"€19,90",,,,false,\n')
    assert loaded.catalog.currency == "EUR"
    assert only(loaded).price == Decimal("19.90")


def test_a_chinese_room_gets_a_chinese_summary(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        HEAD + "a,围巾,,,,,true,颜色,红,,,,1,deny,99,,,,false,\na,,,,,,,,蓝,,,,1,deny,99,,,,,\n", encoding="utf-8"
    )
    loaded = read(path, language="zh")
    assert loaded.catalog.currency == "CNY"
    assert only(loaded).summary == "颜色：红、蓝"


@pytest.mark.skipif(not REAL.exists(), reason="Shopify's sample export is not on this machine")
def test_shopifys_own_sample_export_is_read_without_a_problem() -> None:
    loaded = read(REAL, language="en")
    assert loaded.problems == ()
    assert len(loaded.catalog.products) == 20
    assert len(loaded.picture_urls) == 20
    assert loaded.catalog.currency == "USD"
    top = loaded.catalog.get("classic-varsity-top")
    assert top is not None
    assert (top.number, top.price, top.stock) == (2, Decimal("60.00"), None)
    assert top.summary == "Sizes: Small, Medium, Large"
    assert [v.name for v in top.variants] == ["Small", "Medium", "Large"]
    assert all(product.summary for product in loaded.catalog.products)
