"""Names that are said, and names that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.media import Language
from engine.show.names import safe_name


@pytest.mark.parametrize(
    ("user", "language", "said"),
    [
        ("小鹿", "zh", "小鹿"), ("Lily", "zh", "Lily"), ("lily88", "en", "Lily"), ("tom_hanks", "en", "Tom Hanks"),
        ("✨小鹿✨", "zh", "小鹿"), ("静静的湖", "zh", "静静的湖"), ("O'Brien", "en", "O'Brien"), ("José", "en",
            "José"),
        ("MARIA", "en", "Maria"), ("Anna-Lena", "en", "Anna-Lena"), ("老王", "zh", "老王"), ("一米阳光", "zh",
            "一米阳光"),
    ],
)
def test_a_plain_name_is_said(user: str, language: Language, said: str) -> None:
    assert safe_name(user, language) == said


@pytest.mark.parametrize(
    ("user", "language"),
    [
        ("小鹿", "en"), ("user8374629", "en"), ("13812345678", "zh"), ("加微信abc", "zh"), ("buy.example.com", "en"),
        ("傻逼", "zh"), ("fuck you", "en"), ("官方客服", "zh"), ("Official Support", "en"), ("admin", "en"), ("主播",
            "zh"),
        ("抖音小助手", "zh"), ("xkcdqwrt", "en"), ("小明Tony", "zh"), ("Аnna", "en"), ("a" * 30, "en"), ("", "en"),
        ("   ", "zh"),
        ("全场五折", "zh"), ("买一送一", "zh"), ("最好的店", "zh"), ("cheap bags", "en"), ("@lily", "en"),
        ("只要九块九", "zh"),
        ("ｆｕｃｋ", "en"), ("f.u.c.k", "en"), ("我是真人", "zh"), ("li\u202ely", "en"), ("<b>Lily", "zh"),
        ("Best Seller", "en"),
        ("Twenty Dollars", "en"), ("x", "en"), ("习大大", "zh"), ("这是一个非常非常长的名字", "zh"),
    ],
)
def test_a_name_that_cannot_be_read_or_trusted_is_not_said(user: str, language: Language) -> None:
    assert safe_name(user, language) is None


@given(st.text(max_size=60), st.sampled_from(["zh", "en"]))
def test_whatever_is_said_is_short_and_made_of_letters(user: str, language: Language) -> None:
    said = safe_name(user, language)
    if said is not None:
        assert 1 <= len(said) <= 16
        assert all(c.isalpha() or c in " '-" for c in said)
