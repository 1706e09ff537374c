"""What is written, and what is heard: prices, units, ranges, dates and names in both languages."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatars.voices.parts import english, mandarin, numerals
from avatars.voices.parts.reading import read, spoken
from engine.media import Language

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("只要¥268", "只要二百六十八元"),
        ("￥1,299.00", "一千二百九十九元"),
        ("¥ 99", "九十九元"),
        ("¥19.90", "十九块九"),
        ("¥19.95", "十九块九毛五"),
        ("¥0.5", "五毛"),
        ("¥2", "两元"),
        ("268元", "二百六十八元"),
        ("¥99–¥199", "九十九到一百九十九元"),
        ("39元/盒", "三十九元每盒"),
        ("$24.00", "二十四美元"),
        ("€9.5", "九点五欧元"),
        ("220 毫升", "二百二十毫升"),
        ("220ml", "二百二十毫升"),
        ("7.2 cm", "七点二厘米"),
        ("12 h", "十二小时"),
        ("2 kg", "两公斤"),
        ("2个", "两个"),
        ("2 毫升", "两毫升"),
        ("22件", "二十二件"),
        ("2000", "两千"),
        ("3–5 天", "三到五天"),
        ("3~5天", "三到五天"),
        ("50%", "百分之五十"),
        ("10–20%", "百分之十到二十"),
        ("-10℃", "零下十摄氏度"),
        ("7.2×3.1 cm", "七点二乘三点一厘米"),
        ("10 x 20 x 30 mm", "十乘二十乘三十毫米"),
        ("8折", "八折"),
        ("8.5折", "八五折"),
        ("满300减50", "满三百减五十"),
        ("304不锈钢", "三零四不锈钢"),
        ("20:30", "二十点半"),
        ("8:05", "八点零五分"),
        ("2:00", "两点"),
        ("2026年11月22日", "二零二六年十一月二十二日"),
        ("2026-11-22", "二零二六年十一月二十二日"),
        ("1/2", "二分之一"),
        ("第3款", "第三款"),
        ("400-800-1234", "四零零八零零一二三四"),
        ("13800138000", "一三八零零一三八零零零"),
        ("5000mAh", "五千毫安时"),
        ("买2送1🎉", "买二送一"),
        ("你好，世界！", "你好，世界！"),
    ],
)
def test_chinese(written: str, heard: str) -> None:
    assert spoken(written, "zh") == heard


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("$24.00", "twenty-four dollars"),
        ("$24.50", "twenty-four dollars and fifty cents"),
        ("$1", "one dollar"),
        ("$0.99", "ninety-nine cents"),
        ("$1,299", "one thousand two hundred ninety-nine dollars"),
        ("$99–$199", "ninety-nine to one hundred ninety-nine dollars"),
        ("¥268", "two hundred sixty-eight yuan"),
        ("£1", "one pound"),
        ("$5/month", "five dollars per month"),
        ("220 ml", "two hundred twenty millilitres"),
        ("1 kg", "one kilogram"),
        ("7.2 cm", "seven point two centimetres"),
        ("12 h", "twelve hours"),
        ("3–5 days", "three to five days"),
        ("50%", "fifty percent"),
        ("10-20%", "ten to twenty percent"),
        ("5 in stock", "five in stock"),
        ("5 in", "five inches"),
        ("10 x 20 mm", "ten by twenty millimetres"),
        ("-5 °C", "minus five degrees Celsius"),
        ("2x faster", "two times faster"),
        ("8:30 pm", "eight thirty p m"),
        ("8:00", "eight o'clock"),
        ("2026-11-22", "November twenty-second twenty twenty-six"),
        ("in 2026", "in twenty twenty-six"),
        ("1st and 22nd", "first and twenty-second"),
        ("1/2 cup", "one half cup"),
        ("3/4", "three quarters"),
        ("24/7", "twenty-four seven"),
        ("#3", "number three"),
        ("A & B", "A and B"),
        ("X200", "X two hundred"),
        ("316L", "three one six L"),
        ("304 stainless steel", "three zero four stainless steel"),
        ("1,000,000", "one million"),
        ("don't miss it!", "don't miss it!"),
    ],
)
def test_english(written: str, heard: str) -> None:
    assert spoken(written, "en") == heard


def test_latin_names_inside_chinese_are_read_in_english() -> None:
    pieces = read("iPhone 15 Pro，支持USB-C", "zh")
    said = [(piece.text, piece.language) for piece in pieces if not piece.pause]
    assert said == [
        ("iPhone", "en"),
        ("十五", "zh"),
        ("Pro", "en"),
        ("支持", "zh"),
        ("USB", "en"),
        ("C", "en"),
    ]


def test_a_piece_knows_the_characters_it_reads() -> None:
    line = "只要¥268，高 7.2 cm"
    places = [(line[p.start : p.end], p.text) for p in read(line, "zh") if not p.pause]
    assert places == [
        ("只要", "只要"),
        ("¥268", "二百六十八元"),
        ("高", "高"),
        ("7.2 cm", "七点二厘米"),
    ]


messy = st.text(
    st.one_of(
        st.sampled_from("¥$€£0123456789.,%–-~×x/: °Cmlkgh元折年只个买二两hello，。！？…🎉\n"),
        st.characters(),
    ),
    max_size=40,
)


@RELAXED
@given(messy, st.sampled_from(["zh", "en"]))
def test_any_text_has_pieces_in_order_without_digits(line: str, language: Language) -> None:
    last = (0, 0)
    for piece in read(line, language):
        assert piece.start >= last[1] or (piece.start, piece.end) == last
        assert piece.start < piece.end <= len(line)
        assert piece.text
        assert not any("0" <= character <= "9" for character in piece.text)
        if piece.literal:
            assert piece.text == line[piece.start : piece.end]
        last = (piece.start, piece.end)
    spoken(line, language)


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        ("0", "零", "zero"),
        ("10", "十", "ten"),
        ("15", "十五", "fifteen"),
        ("105", "一百零五", "one hundred five"),
        ("110", "一百一十", "one hundred ten"),
        ("1010", "一千零一十", "one thousand ten"),
        ("2002", "两千零二", "two thousand two"),
        ("10001", "一万零一", "ten thousand one"),
        ("20000", "两万", "twenty thousand"),
        ("100000000", "一亿", "one hundred million"),
        ("3.14", "三点一四", "three point one four"),
        ("1.50", "一点五", "one point five zero"),
    ],
)
def test_numbers(number: str, zh: str, en: str) -> None:
    assert numerals.zh(number) == zh
    assert numerals.en(number) == en


@RELAXED
@given(st.integers(0, 10**12))
def test_different_numbers_are_said_differently(value: int) -> None:
    assert numerals.zh(str(value)) != numerals.zh(str(value + 1))
    assert numerals.en(str(value)) != numerals.en(str(value + 1))


@pytest.mark.parametrize(
    ("pinyin", "phones"),
    [
        ("hao3", "xau↓"),
        ("zhi1", "ꭧɨ→"),
        ("si4", "sɨ↘"),
        ("jiu3", "ʨjou↓"),
        ("yuan2", "ɥɛ↗n"),
        ("wo3", "wo↓"),
        ("er4", "ɚ↘"),
        ("lv4", "ly↘"),
        ("xu1", "ɕy→"),
        ("dui4", "twei↘"),
        ("de5", "tɤ"),
        ("yi1", "i→"),
        ("wu3", "u↓"),
        ("bo1", "pwo→"),
    ],
)
def test_pinyin(pinyin: str, phones: str) -> None:
    assert mandarin.syllable_phones(pinyin) == phones


def test_a_counter_is_read_after_a_number() -> None:
    assert mandarin.phones("只", "三") == mandarin.syllable_phones("zhi1")
    assert mandarin.phones("只", "我们") == mandarin.syllable_phones("zhi3")


def test_english_words_depend_on_their_neighbours() -> None:
    assert english.phones(["the", "apple"])[0] == "ði"
    assert english.phones(["the", "kettle"])[0] == "ðə"
    assert english.phones(["to", "use"])[1] == "jˈuz"
    assert english.phones(["the", "use"])[1] == "jˈus"


@pytest.mark.parametrize(
    ("word", "phones"),
    [("kettles", "kˈɛɾᵊlz"), ("boxes", "bˈɑksᵻz"), ("heated", "hˈiɾᵻd"), ("USB", "jˌuˌɛsbˈi")],
)
def test_endings_and_abbreviations(word: str, phones: str) -> None:
    assert english.phones([word]) == [phones]
