"""What viewers mean, in two languages, with and without care for spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.media import ChatMessage, Language
from engine.script.catalog import Catalog
from engine.show.triage import Heard, triage
from tests.engine.script.goods import CUP, FLASK, MUG, POT, shelf

EN = Catalog("USD", (FLASK, MUG))
ZH = Catalog("CNY", (POT, CUP))


def hear(text: str, language: Language = "en", on_card: str | None = "") -> Heard:
    catalog = EN if language == "en" else ZH
    card = catalog.products[0].id if on_card == "" else on_card
    return triage(ChatMessage("1", "lily", text, 0.0, "web"), catalog, card, language)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("how much is it?", "price"), ("price pls", "price"), ("what does it cost", "price"), ("is it in stock",
            "stock"),
        ("any left?", "stock"), ("how heavy is it", "spec"), ("dimensions?", "spec"), ("how much does it weigh",
            "spec"),
        ("how much does it hold", "spec"), ("when will it arrive", "shipping"), ("do you ship to Spain", "shipping"),
        ("can I send it back", "returns"), ("refund policy", "returns"), ("is there a warranty", "warranty"),
        ("how do I use it", "use"), ("is it a good gift", "use"), ("how do I wash it", "care"), ("dishwasher safe?",
            "care"),
        ("which one is better", "compare"), ("flask or mug?", "compare"), ("any discount codes?", "coupon"),
        ("hello there", "greeting"), ("so pretty", "praise"), ("are you real?", "ai"), ("is this an AI", "ai"),
        ("ur a bot right", "ai"), ("you idiot", "abuse"), ("visit www.spam.example", "spam"), ("call 555123456789",
            "spam"),
        ("aaaaaaaaaaaaaaaa", "spam"), ("is it bpa free", "other"), ("lol", "other"),
    ],
)
def test_an_english_message_is_understood(text: str, intent: str) -> None:
    assert hear(text).intent == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("多少钱", "price"), ("怎么卖", "price"), ("多少錢", "price"), ("还有货吗", "stock"), ("剩几件", "stock"),
        ("多大", "spec"),
        ("什么材质的", "spec"), ("多重啊", "spec"), ("几天能到", "shipping"), ("包邮吗", "shipping"), ("發什麼快遞",
            "shipping"),
        ("不喜欢可以退吗", "returns"), ("支持换货吗", "returns"), ("保修多久", "warranty"), ("怎么用", "use"),
        ("适合送长辈吗", "use"),
        ("怎么保养", "care"), ("能放洗碗机吗", "care"), ("哪个好", "compare"), ("这两个有什么区别", "compare"),
        ("有优惠券吗", "coupon"),
        ("能便宜点吗", "coupon"), ("主播好", "greeting"), ("好看", "praise"), ("你是真人吗", "ai"), ("是机器人吧",
            "ai"),
        ("你是AI吗", "ai"), ("傻逼", "abuse"), ("加我微信", "spam"), ("能开发票吗", "other"), ("哈哈哈", "other"),
    ],
)
def test_a_chinese_message_is_understood(text: str, intent: str) -> None:
    assert hear(text, "zh").intent == intent


@pytest.mark.parametrize(
    ("text", "language", "products", "named"),
    [
        ("how much", "en", ("flask",), False), ("no. 4 price", "en", ("mug",), True), ("number 4?", "en", ("mug",),
            True),
        ("#4", "en", ("mug",), True), ("4", "en", ("mug",), True), ("4号多少钱", "en", ("mug",), True),
        ("Stone Mug price", "en", ("mug",), True), ("stone mugs", "en", ("mug",), True), ("the stne mug?", "en",
            ("mug",), True),
        ("thermos weight", "en", ("flask",), True), ("juniper flsk", "en", ("flask",), True),
        ("drinkware?", "en", ("flask",), True), ("flask or mug", "en", ("flask", "mug"), True), ("no. 9", "en",
            ("flask",), False),
        ("4号链接多少钱", "zh", ("cup",), True), ("四号链接", "zh", ("cup",), True), ("链接4", "zh", ("cup",), True),
        ("青瓷对杯怎么样", "zh", ("cup",), True), ("西施胡多少钱", "zh", ("pot",), True), ("茶壶多重", "zh", ("pot",),
            True),
        ("青瓷杯和西施壶哪个好", "zh", ("pot", "cup"), True), ("how much is number 4", "zh", ("cup",), True),
        ("24小时发货吗", "zh", ("pot",), False),
    ],
)
def test_the_product_is_found_by_number_name_or_the_card(
    text: str, language: Language, products: tuple[str, ...], named: bool
) -> None:
    heard = hear(text, language)
    assert (heard.products, heard.named) == (products, named)


def test_without_a_card_an_unnamed_product_is_nobody() -> None:
    assert hear("how much", on_card=None).products == ()


@pytest.mark.parametrize(
    ("text", "language", "spec"),
    [
        ("capacity?", "en", "Capacity"), ("how much does it hold", "en", "Capacity"), ("how heavy", "en", "Weight"),
        ("how wide is it", "en", "Base"), ("how long does it stay hot", "en", "Keeps hot"), ("容量", "en", "Capacity"),
        ("what colour", "en", None), ("容量多大", "zh", "容量"), ("能装多少毫升", "zh", "容量"), ("多重", "zh", "重量"),
        ("什么做的", "zh", "材质"), ("how heavy", "zh", "重量"), ("出水孔是几孔的，什么规格", "zh", "出水孔"),
    ],
)
def test_the_spec_is_found_by_its_label_or_by_what_people_call_it(text: str, language: Language,
    spec: str | None) -> None:
    assert hear(text, language).spec == spec


def test_the_answer_is_in_the_room_s_language_whatever_the_viewer_writes() -> None:
    assert hear("多少钱", "en").language == "en"
    assert hear("how much", "zh").language == "zh"


@given(st.text(max_size=200), st.sampled_from(["zh", "en"]))
def test_any_text_is_understood_somehow(text: str, language: Language) -> None:
    message = ChatMessage("1", "x", text, 0.0, "web")
    heard = triage(message, shelf(language), "p1", language)
    assert heard == triage(message, shelf(language), "p1", language)
    assert set(heard.products) <= {p.id for p in shelf(language).products}
    assert len(heard.products) <= 3
