"""No number gets a voice that no fact has; no rule of the air is broken."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.media import Language
from engine.script.claims import CheckContext, check, is_current
from engine.script.numbers import amounts
from engine.script.segment import FactUse, Line
from tests.engine.script.goods import FLASK, full, pair


def verdict_on(text: str, language: Language, *facts: FactUse, product: str | None = "") -> str:
    own = full(language).id if product == "" else product
    return check(Line(text, language, facts, own), pair(language)).outcome


@pytest.mark.parametrize(
    "text",
    [
        "It's $24.", "That's $24.00.", "It was $32.", "You keep $8.", "That's 25% off.", "It's 25 percent off.",
        "Twenty-four dollars for the flask.", "It holds 500 ml.", "It holds five hundred millilitres.",
        "It keeps hot for 12 hours.", "It keeps hot for twelve hours.", "23 left.", "There are 23 in stock.",
        "That's no. 3.", "It's number 3 in the list.", "Link three.", "It comes in 2 products.", "The base is 7.2 cm.",
        "It fits a 7.5 cm holder.", "Ships within two working days.", "One more thing.", "Let me show you one.",
        "Two of you can share it.", "18/8 stainless steel.",
    ],
)
def test_an_english_number_that_the_facts_have_is_said(text: str) -> None:
    assert verdict_on(text, "en") == "said"


@pytest.mark.parametrize(
    "text",
    [
        "It's $23.", "It's $24.50.", "It's $2400.", "It's 24 pounds of steel.", "It keeps hot for 24 hours.",
        "It keeps hot for thirteen hours.", "Nineteen dollars.", "It's 30% off.", "It's half price.", "Half off.",
        "500 people bought it.", "Thousands of people use these flasks.", "Only 3 left.", "8 left.", "Only two left.",
        "That's no. 7.",
        "Offer until 24 December.", "It's 12 cm wide.", "It weighs 500 g.", "Starts at 8 pm.", "Save ten dollars.",
        "A dozen for $24.", "Now ２３ dollars.", "Now ② dollars.", "Five stars.", "It's 5x stronger.", "€24 only.",
    ],
)
def test_an_english_number_that_no_fact_has_is_dropped(text: str) -> None:
    assert verdict_on(text, "en") == "dropped"


@pytest.mark.parametrize(
    "text",
    [
        "现在¥268。", "现在268元。", "二百六十八块。", "两百六十八元。", "划线价¥328，省¥60。", "省了六十块钱。",
        "容量220毫升。",
        "容量二百二十毫升。", "库存23件。", "还有二十三件。", "3号链接。", "三号链接。", "48小时内发货。",
        "四十八小时内发货。",
        "7天内可以退换。", "七天内可以退换。", "来，咱们一起看一下。", "十分好用。", "一个人喝刚好。",
        "我一件一件讲。", "七孔出水。",
        "便宜了百分之十八。", "万一不合适，可以退。",
    ],
)
def test_a_chinese_number_that_the_facts_have_is_said(text: str) -> None:
    assert verdict_on(text, "zh") == "said"


@pytest.mark.parametrize(
    "text",
    [
        "现在¥199。", "现在一百九十九元。", "只要九块九。", "打八折。", "打8折。", "便宜一半，半价。", "省一百块。",
        "容量三百毫升。",
        "还有三十件。", "五号链接。", "二十四小时内发货。", "三天内到货。", "卖了上千件。", "好几百人在用。",
        "便宜百分之五十。",
        "两百二。", "满三百减五十。", "8点开抢。", "12月31日截止。", "还有2件。", "剩两件。", "保修三年。",
        "重二百二十克。", "第２名。",
        "２６７元。", "一年保修。", "268毫升。",
    ],
)
def test_a_chinese_number_that_no_fact_has_is_dropped(text: str) -> None:
    assert verdict_on(text, "zh") == "dropped"


@pytest.mark.parametrize(
    ("text", "language", "rule"),
    [
        ("这是最好的壶。", "zh", "absolute-terms"), ("全网第一的壶。", "zh", "absolute-terms"),
        ("国家级工艺。", "zh", "absolute-terms"), ("喝了能降血压。", "zh", "medical-effect"),
        ("我自己也在用。", "zh", "first-person-experience"), ("我每天都喝。", "zh", "first-person-experience"),
        ("亲测好用。", "zh", "first-person-experience"), ("手慢无，赶紧下单。", "zh", "false-urgency"),
        ("今天买一送一。", "zh", "unproven-promise"), ("我是真人主播。", "zh", "denies-being-synthetic"),
        ("This is the best flask.", "en", "absolute-terms"), ("Guaranteed to last.", "en", "absolute-terms"),
        ("I use it every day.", "en", "first-person-experience"), ("My favourite flask.", "en",
            "first-person-experience"),
        ("It relieves stress.", "en", "medical-effect"), ("Hurry, it's selling fast.", "en", "false-urgency"),
        ("Today only.", "en", "false-urgency"), ("Free shipping for you.", "en", "unproven-promise"),
        ("I'm a real person.", "en", "denies-being-synthetic"), ("Customers love it.", "en", "sales-claims"),
    ],
)
def test_a_line_that_breaks_a_rule_is_dropped_by_the_rule_s_name(text: str, language: Language, rule: str) -> None:
    verdict = check(Line(text, language, (), full(language).id), pair(language))
    assert (verdict.outcome, verdict.reasons[0].split(":")[0]) == ("dropped", rule)


def test_a_strong_word_is_taken_out_and_the_facts_move_along() -> None:
    use = FactUse("flask.price", "24.00", 21, 24)
    verdict = check(Line("It's absolutely just $24.", "en", (use,), "flask"), pair("en"))
    assert verdict.outcome == "repaired"
    assert verdict.line is not None
    assert verdict.line.text == "It's just $24."
    assert verdict.line.facts == (FactUse("flask.price", "24.00", 10, 13),)


def test_low_stock_may_be_urgent_only_with_the_fact() -> None:
    catalog = pair("en").with_stock("flask", 3)
    fact = FactUse("flask.stock", "3", 5, 6)
    assert check(Line("Only 3 left.", "en", (fact,), "flask"), catalog).outcome == "said"
    assert check(Line("Only a few left, hurry.", "en", (), "flask"), catalog).outcome == "dropped"


def test_a_line_written_before_a_price_change_is_not_said_after_it() -> None:
    line = Line("It's $24.", "en", (FactUse("flask.price", "24.00", 5, 8),), "flask")
    catalog = pair("en")
    later = catalog.with_price("flask", Decimal("26"))
    assert is_current(line, catalog)
    assert not is_current(line, later)
    assert check(line, later).reasons == ("flask.price is now 26.00, not 24.00",)


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("It's $99.", FactUse("flask.price", "24.00", 5, 8)),
        ("It holds 50 ml.", FactUse("flask.specs.Capacity", "500 ml", 9, 11)),
        ("It's $24.", FactUse("flask.colour", "24.00", 5, 8)),
        ("It's $24.", FactUse("flask.price", "24.00", 5, 80)),
    ],
)
def test_a_quote_that_is_not_the_fact_is_dropped(text: str, use: FactUse) -> None:
    assert verdict_on(text, "en", use) == "dropped"


def test_another_product_s_price_does_not_prove_this_one_s() -> None:
    assert verdict_on("It's $18.50.", "en") == "dropped"
    assert check(Line("The Juniper flask is $18.50.", "en"), pair("en"), CheckContext(("flask",
        "mug"))).outcome == "dropped"
    assert check(Line("The Stone Mug is $18.50.", "en"), pair("en"), CheckContext(("flask", "mug"))).outcome == "said"


def test_a_number_in_a_name_is_no_claim() -> None:
    line = Line("Welcome to Studio 54.", "en")
    assert check(line, pair("en")).outcome == "dropped"
    assert check(line, pair("en"), CheckContext(names=("Studio 54",))).outcome == "said"


@given(st.integers(0, 9999), st.sampled_from(["${} for it.", "It costs {} dollars.", "现在¥{}。", "只要{}元。",
    "{}块钱。"]))
def test_only_prices_of_the_catalog_are_ever_said(price: int, phrase: str) -> None:
    language: Language = "en" if phrase.isascii() else "zh"
    known = {"en": {24, 32, 8}, "zh": {268, 328, 60}}[language]
    assert (verdict_on(phrase.format(price), language) == "said") == (price in known)


@given(st.text(max_size=80), st.sampled_from(["en", "zh"]))
def test_any_text_is_judged_without_failing(text: str, language: Language) -> None:
    verdict = check(Line(text, language, (), FLASK.id), pair("en"))
    assert verdict.outcome in ("said", "repaired", "dropped")


@given(st.integers(1, 9999))
def test_chinese_numerals_are_read_as_written(value: int) -> None:
    words = _in_chinese(value)
    found = [a.value for a in amounts(f"{words}元")]
    assert found == [Decimal(value)]


def _in_chinese(value: int) -> str:
    digits, scales = "零一二三四五六七八九", ["", "十", "百", "千"]
    out, gap = "", False
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if digit:
            out += ("零" if gap and out else "") + digits[digit] + scales[place]
            gap = False
        else:
            gap = True
    return out.removeprefix("一") if 10 <= value <= 19 else out
