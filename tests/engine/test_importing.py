"""Our own catalog formats: what is read, what is left out, and what is said about it."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import CatalogError
from engine.script.importing import Loaded, load, read
from engine.script.importing.numbers import count, price
from engine.script.importing.text import clean, decode, plain, slug

FLASK = """\
currency: USD
shop: {payment: All major cards}
products:
  - id: flask
    name: Trail Flask, 500 ml
    short_name: flask
    aliases: [bottle, thermos]
    price: 24.00
    compare_at: 30.00
    stock: 18
    picture: flask.svg
    summary: 500 ml
    specs: {capacity: 500 ml, keeps hot: 12 h}
    points: [keeps tea hot for 12 hours]
    variants:
      - {name: Forest, stock: 4, price: 26, specs: {colour: green}}
      - {name: Sand, stock: 14}
    faq:
      - {q: "Does it leak?", a: "No."}
      - {question: "Is it heavy?", answer: "320 g."}
    url: https://shop.example/flask
"""


def written(folder: Path, text: str | bytes, name: str = "catalog.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def said(loaded: Loaded) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in loaded.problems]


def csv_of(tmp_path: Path, text: str | bytes, **more: str) -> Loaded:
    return read(written(tmp_path, text, "catalog.csv"), language="en", **more)  # type: ignore[arg-type]


# --- ours ------------------------------------------------------------------------------------------


def test_a_yaml_catalog_gives_every_fact_its_address(tmp_path: Path) -> None:
    (tmp_path / "flask.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    loaded = load(written(tmp_path, FLASK), language="en", shop={"returns": "30 days"})

    assert loaded.problems == ()
    flask = loaded.catalog.products[0]
    assert (flask.number, flask.price, flask.compare_at, flask.stock) == (1, Decimal("24.00"), Decimal("30.00"), 18)
    assert flask.aliases == ("bottle", "thermos")
    assert flask.picture == (tmp_path / "flask.svg").resolve()
    assert flask.faq == (("Does it leak?", "No."), ("Is it heavy?", "320 g."))
    assert loaded.catalog.currency == "USD"
    assert loaded.catalog.fact("flask.specs.keeps hot") == "12 h"
    assert loaded.catalog.fact("flask.variants[Forest].price") == "26.00"
    assert loaded.catalog.fact("shop.payment") == "All major cards"
    assert loaded.catalog.fact("shop.returns") == "30 days"


def test_json_with_the_same_words_gives_the_same_catalog(tmp_path: Path) -> None:
    (tmp_path / "flask.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    data = {
        "currency": "USD",
        "products": [{"name": "Flask", "price": "24", "specs": {"capacity": "500 ml"}, "stock": 3}],
    }
    by_json = load(written(tmp_path, json.dumps(data, indent="\t"), "c.json"), language="en")
    by_yaml = load(
        written(tmp_path, "currency: USD\nproducts: [{name: Flask, price: '24', specs: {capacity: 500 ml}, stock: 3}]"),
        language="en",
    )
    assert by_json.catalog == by_yaml.catalog


def test_a_broken_product_of_a_json_catalog_is_named_by_its_line(tmp_path: Path) -> None:
    text = '{"products": [\n  {"name": "A", "price": 1},\n  {"name": "B"}\n]}'
    loaded = read(written(tmp_path, text, "c.json"), language="en")
    assert said(loaded) == [(3, "left out 'B': the price is missing")]
    assert [p.id for p in loaded.catalog.products] == ["a"]


def test_a_csv_with_rows_of_variants_is_one_product(tmp_path: Path) -> None:
    loaded = csv_of(
        tmp_path,
        "id,name,price,stock,specs.material,points,variant,currency\n"
        "tote,Canvas Tote,26,10,cotton,holds 12 l|has a pocket,Natural,EUR\n"
        "tote,,28,8,,,Black,\n"
        "mug,Mug,18,,,,,\n",
    )
    assert loaded.problems == ()
    tote, mug = loaded.catalog.products
    assert loaded.catalog.currency == "EUR"
    assert tote.points == ("holds 12 l", "has a pocket")
    assert tote.specs == {"material": "cotton"}
    assert [(v.name, v.price, v.stock) for v in tote.variants] == [
        ("Natural", None, 10),
        ("Black", Decimal("28.00"), 8),
    ]
    assert (mug.number, mug.stock) == (2, None)


def test_each_broken_row_is_reported_with_its_line_and_left_out(tmp_path: Path) -> None:
    loaded = csv_of(
        tmp_path,
        "id,name,price,stock,description\n"
        'one,One,10,1,"two\nlines"\n'
        "two,,10,1,\n"
        "three,Three,-5,1,\n"
        "four,Four,0,1,\n"
        "five,Five,NaN,1,\n"
        "six,Six,99999999999,1,\n"
        "seven,Seven,10,many,\n"
        "one,Again,10,1,\n"
        "nine,=cmd|'/c calc'!A0,10,1,\n"
        "ten,Ten,10,1,,,extra\n"
        "eleven,Eleven,11,1,\n",
    )
    assert said(loaded) == [
        (4, "left out 'two': the name is missing"),
        (5, "left out 'Three': the price '-5' is negative"),
        (6, "left out 'Four': the price is 0"),
        (7, "left out 'Five': 'NaN' is not a price"),
        (8, "left out 'Six': the price '99999999999' is more than 10,000,000"),
        (9, "left out 'Seven': the stock 'many' is not a whole number"),
        (10, "left out 'Again': the id 'one' belongs to the product in line 2"),
        (11, "left out \"=cmd|'/c calc'!A0\": name holds a spreadsheet formula"),
        (12, "left out: 7 cells under 5 columns"),
    ]
    assert [(p.id, p.number) for p in loaded.catalog.products] == [("one", 1), ("eleven", 2)]
    assert loaded.catalog.products[0].description == "two\nlines"


def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    loaded = csv_of(tmp_path, 'name,price\nA,1\n"B,2\nC,3\nD,4\n')
    assert said(loaded) == [(3, "left out: a quotation mark is never closed")]
    assert [p.name for p in loaded.catalog.products] == ["A", "C", "D"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_may_use_any_delimiter_that_spreadsheets_write(tmp_path: Path, delimiter: str) -> None:
    loaded = csv_of(tmp_path, f"name{delimiter}price\nMug{delimiter}18.50\n")
    assert [(p.name, p.price) for p in loaded.catalog.products] == [("Mug", Decimal("18.50"))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_broken_row_has_its_line_whatever_ends_lines(tmp_path: Path, end: str) -> None:
    loaded = csv_of(tmp_path, end.join(["name,price", "A,1", "B,0", ""]))
    assert [(p.line, p.text) for p in loaded.problems] == [(3, "B,0")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_a_chinese_csv_is_read_in_any_encoding_that_excel_writes(tmp_path: Path, encoding: str) -> None:
    text = "name,price,description\n武夷岩茶,128,产自福建武夷山的乌龙茶，炭火焙两道\n茉莉花茶,88,六窨一提\n"
    loaded = read(written(tmp_path, text.encode(encoding), "catalog.csv"), language="zh")
    assert [p.name for p in loaded.catalog.products] == ["武夷岩茶", "茉莉花茶"]
    assert loaded.catalog.currency == "CNY"


def test_a_western_csv_that_is_not_utf8_keeps_its_accents(tmp_path: Path) -> None:
    loaded = csv_of(tmp_path, "name,price\nCafetière élégante,€19\n".encode("cp1252"))
    assert loaded.catalog.products[0].name == "Cafetière élégante"
    assert loaded.catalog.currency == "EUR"
    assert said(loaded) == [(1, "not written in UTF-8: read as Windows-1252")]


def test_a_spreadsheet_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="save it as CSV"):
        load(written(tmp_path, b"PK\x03\x04rest", "catalog.xlsx"), language="en")


def test_what_a_product_may_not_have_is_dropped_with_a_note(tmp_path: Path) -> None:
    loaded = read(
        written(
            tmp_path,
            "products:\n"
            "  - name: Mug\n"
            "    prise: 3\n"
            "    price: 18\n"
            "    compare_at: 12\n"
            "    stock: -2\n"
            "    picture: ../secret.png\n"
            "    url: javascript:alert(1)\n"
            "  - name: Cup\n"
            "    price: 9\n",
        ),
        language="en",
    )
    assert said(loaded) == [
        (3, "'prise' is no property of a product"),
        (5, "compare_at is dropped: 12.00 is not above the price 18.00"),
        (6, "the stock -2 counts as 0"),
        (7, "no picture: the picture '../secret.png' is outside the catalog's folder"),
        (8, "url is dropped: 'javascript:alert(1)' is not an http address"),
    ]
    assert loaded.problems[0].meant == "price"
    mug = loaded.catalog.products[0]
    assert (mug.compare_at, mug.stock, mug.picture, mug.url) == (None, 0, None, "")


def test_a_price_in_another_currency_is_left_out(tmp_path: Path) -> None:
    loaded = csv_of(tmp_path, "name,price\nA,$5\nB,€5\nC,5\n", currency="USD")
    assert said(loaded) == [(3, "left out 'B': the price '€5' is not in USD")]


def test_names_without_latin_letters_still_get_distinct_ids(tmp_path: Path) -> None:
    loaded = read(written(tmp_path, "name,price\n岩茶,1\n花茶,2\nMug,3\nMug,4\n", "c.csv"), language="zh")
    assert [p.id for p in loaded.catalog.products] == ["product-1", "product-2", "mug", "mug-2"]


def test_a_long_description_is_cut(tmp_path: Path) -> None:
    loaded = csv_of(tmp_path, f"name,price,description\nMug,3,{'long ' * 2_000_000}\n")
    assert len(loaded.catalog.products[0].description) <= 20_000
    assert said(loaded) == [(2, "description is cut to 20000 characters")]


def test_invisible_and_control_characters_do_not_reach_the_air(tmp_path: Path) -> None:
    loaded = csv_of(tmp_path, "name,price\nMu\x07g\u202e \u200bred,3\n")
    assert loaded.catalog.products[0].name == "Mug red"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "nothing to sell: no product in it"),
        ("name,price\nA,0\nB,-1\n", "nothing to sell: all 2 rows are left out"),
        ("name,price,stock\nA,3,0\n", "nothing to sell: all 1 products are sold out"),
        ("colour,size\nred,1\n", "the first line names no columns 'name' and 'price'"),
    ],
)
def test_a_catalog_with_nothing_to_sell_stops_with_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load(written(tmp_path, text, "c.csv"), language="en")
    assert caught.value.message == sentence


def test_a_missing_catalog_is_a_catalog_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="not there"):
        load(tmp_path / "nowhere.csv", language="en")


def test_fifty_thousand_rows_are_read(tmp_path: Path) -> None:
    rows = "".join(f"p{n},Product {n},{n}.50,{n}\n" for n in range(1, 50_001))
    loaded = csv_of(tmp_path, "id,name,price,stock\n" + rows)
    assert len(loaded.catalog.products) == 50_000
    assert loaded.catalog.products[-1].price == Decimal("50000.50")


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    loaded = read(written(tmp_path_factory.mktemp("any"), data, "any"), language="en")
    assert loaded.catalog.products or loaded.problems


@given(st.text(alphabet='ab,;"\n\r\t =0123.-€$|:{}[]', max_size=120))
def test_no_csv_makes_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    loaded = read(written(tmp_path_factory.mktemp("any"), "name,price,specs,stock\n" + text, "c.csv"), language="en")
    assert all(product.price > 0 for product in loaded.catalog.products)


# --- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount", "currencies"),
    [
        ("1,299.00", "1299.00", ()),
        ("€19,90", "19.90", ("EUR",)),
        ("¥59.9", "59.90", ("CNY", "JPY")),
        ("￥５９．９", "59.90", ("CNY", "JPY")),
        ("59.9元", "59.90", ("CNY", "TWD", "HKD")),
        ("1.299,00 €", "1299.00", ("EUR",)),
        ("1 299,00", "1299.00", ()),
        ("1'299.00", "1299.00", ()),
        ("1,299", "1299.00", ()),
        ("1.299.000", "1299000.00", ()),
        ("US$24", "24.00", ("USD",)),
        ("HK$ 24", "24.00", ("HKD",)),
        ("RMB 59", "59.00", ("CNY",)),
        (".5", "0.50", ()),
        (268, "268.00", ()),
        (24.1, "24.10", ()),
    ],
)
def test_a_price_is_read_as_it_is_written(text: object, amount: str, currencies: tuple[str, ...]) -> None:
    read_price = price(text)
    assert read_price.amount == Decimal(amount)
    assert read_price.currencies[: len(currencies)] == currencies


@pytest.mark.parametrize(
    "text",
    ["", None, True, "1.299", "0", "-5", "$-5", "(5.00)", "NaN", "inf", "1e5", "5-10", "from $5", "1.5万",
     "12,34,567", "1,2,3.4", "1,29,9", "1,299.50.1", "99999999999", "EUR 5 $", "free", [5], float("nan")],
)  # fmt: skip
def test_what_is_no_price_is_not_guessed(text: object) -> None:
    with pytest.raises(ValueError, match=r"price|decimals|currencies"):
        price(text)


@given(st.decimals(min_value="0.01", max_value="9999999", places=2))
def test_every_amount_survives_both_ways_of_writing_thousands(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert price(f"${english}").amount == price(f"{german} €").amount == amount


@given(st.text(max_size=30))
def test_a_price_is_positive_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert price(text).amount > 0


@pytest.mark.parametrize(
    ("text", "number"), [("", None), (None, None), ("7", 7), ("1,000", 1000), ("5.0", 5), (-3, -3)]
)
def test_a_count_is_read_as_it_is_written(text: object, number: int | None) -> None:
    assert count(text) == number


# --- text ------------------------------------------------------------------------------------------


def test_html_becomes_plain_text_and_its_list_items_stand_apart() -> None:
    html = (
        "<style>p{}</style><p>Soft &amp; warm.<br>Wash at 30&deg;C</p>"
        "<script>alert('buy')</script><ul><li>Material: <b>wool</b></li><li>Made to last</ul>"
    )
    text, items = plain(html)
    assert text == "Soft & warm.\nWash at 30°C\n\nMaterial: wool\n\nMade to last"
    assert items == ("Material: wool", "Made to last")


@given(st.text(alphabet="<>/&;abp =\"'!-script", max_size=200))
def test_plain_text_never_holds_a_script(html: str) -> None:
    text, _ = plain(f"{html}<script>evil()</script>")
    assert "evil" not in text or "<" in html


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=200))
def test_text_survives_utf8_and_utf16(text: str) -> None:
    assert decode(text.encode("utf-8-sig"))[0] == text
    assert decode(text.encode("utf-16"))[0] == text


@given(st.text(max_size=80))
def test_a_slug_is_safe_in_an_address(text: str) -> None:
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in slug(text))
