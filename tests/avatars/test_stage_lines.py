"""Lines break between words, numbers keep their units, pages turn at punctuation, nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatars.stage.lines import block, break_lines, pages


def em(text: str) -> float:
    """A simple measure: Latin letters half as wide as Chinese characters."""
    return sum(0.5 if char.isascii() else 1.0 for char in text)


def shown(text: str, width: float) -> list[list[str]]:
    return [[text[a:b] for a, b in page] for page in pages(text, width, em)]


def test_two_lines_break_after_the_comma() -> None:
    text = "这把壶的容量是220毫升，一个人慢慢喝，刚刚好。"
    assert shown(text, 13.5) == [["这把壶的容量是220毫升，", "一个人慢慢喝，刚刚好。"]]


def test_short_line_stays_alone() -> None:
    assert shown("您好，欢迎。", 13.5) == [["您好，欢迎。"]]


def test_name_breaks_between_words() -> None:
    assert block("西施紫砂壶礼盒装", 5.0, em, 2) == ["西施紫砂壶", "礼盒装"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("一个人慢慢喝的时候容量220毫升正好够用", "220毫升"),
        ("今天在直播间里下单满200减30真的很划算", "满200减30"),
        ("适合放在书房（净重310克）和茶室里面使用", "（净重310克）"),
        ("支持Type-C快充的小台灯放床头", "Type-C"),
        ("这只杯子高度是7.2 cm可以放进车里的杯架", "7.2 cm"),
    ],
)
@pytest.mark.parametrize("width", [9.0, 10.0, 11.0, 12.0, 13.5])
def test_what_belongs_together_stays_on_one_line(text: str, whole: str, width: float) -> None:
    assert any(whole in line for page in shown(text, width) for line in page)


def test_english_number_keeps_its_unit() -> None:
    lines = [line for page in shown("so it easily fits a 7.5 cm holder in most cars", 12.0) for line in page]
    assert [line for line in lines if "7.5" in line] == [line for line in lines if "7.5 cm" in line]


def test_article_goes_to_the_next_line() -> None:
    lines = break_lines("Back in a moment", 5.5, em)
    assert lines is not None
    assert ["Back in a moment"[a:b] for a, b in lines] == ["Back in", "a moment"]


def test_long_text_turns_the_page_at_punctuation() -> None:
    text = "今天这款青瓷对杯，满200减30，再送一个礼盒，喜欢的朋友可以点三号链接看看，卖完就恢复原价268元。"
    assert [page[-1][-1] for page in shown(text, 13.5)] == ["，", "。"]


@given(st.text("这把壶的容量是一个人慢慢喝刚好，。！、（）“”¥%220毫升abc ·-", max_size=120), st.floats(4, 20))
def test_no_line_starts_with_a_closing_mark_and_nothing_is_lost(text: str, width: float) -> None:
    text = " ".join(text.split())
    spans = [line for page in pages(text, width, em) for line in page]
    joined = "".join(text[a:b] for a, b in spans)
    assert joined.replace(" ", "") == text.replace(" ", "")
    assert all(len(page) <= 2 for page in pages(text, width, em))


@given(st.text(max_size=200), st.floats(3, 20), st.integers(1, 5))
def test_block_is_never_wider_or_longer_than_asked(text: str, width: float, most: int) -> None:
    lines = block(" ".join(text.split()), width, em, most)
    assert len(lines) <= max(most, 1)
    # The last mark may hang over the edge by half its width.
    assert all(em(line) <= width + 0.5 for line in lines if len(line) > 1)
