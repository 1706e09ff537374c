"""What the template writer writes, in both languages, from a full product and from next to nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from engine.media import Language
from engine.script.catalog import Catalog
from engine.script.segment import Line, Script, Segment, SegmentKind
from engine.script.writer import SPOKEN, AnswerPlan, TemplateWriter, WriterContext
from engine.show.planner import Aired, ShowView, next_segment
from tests.engine.script.goods import bare, full, pair, shelf

TEMPLATES = Path(__file__).parents[3] / "scripts_templates"
TOPICS = (
    "price", "stock", "in-stock", "sold-out", "spec", "specs", "faq", "shipping", "returns", "warranty", "care", "use",
    "compare", "coupon", "greeting", "praise", "ai", "unknown", "which", "abuse", "summary", "variants",
    "variant-stock",
    "variant-out", "use-yes",
)


@cache
def writer(language: Language) -> TemplateWriter:
    return TemplateWriter(TEMPLATES, language)


def moment(language: Language, **changes: object) -> WriterContext:
    base = WriterContext(
        host="小满" if language == "zh" else "Lin", shop="静山茶社" if language == "zh" else "Juniper & Oak",
        show="春茶夜话" if language == "zh" else "Evening edit",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def write(kind: SegmentKind, language: Language, catalog: Catalog | None = None, **changes: object) -> Script:
    segment = Segment("s0007", kind, "test", full(language).id, bare(language).id)
    return writer(language).write(segment, catalog or pair(language), moment(language, **changes))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", [k for k in SPOKEN if k is not SegmentKind.ANSWER])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("low", [False, True])
def test_every_phrasing_of_every_template_may_be_said(
    language: Language, kind: SegmentKind, turned: bool, low: bool
) -> None:
    catalog = pair(language)
    if low:
        catalog = catalog.with_stock(full(language).id, 3)
    product, other = (bare(language), full(language)) if turned else (full(language), bare(language))
    context = moment(
        language, notice_due=True, next_product=other.id, shown=(product.id, other.id),
        asked=((full(language).id, "price"), (full(language).id, f"specs.{next(iter(full(language).specs))}")),
    )
    judged = writer(language).every_phrasing(Segment("s1", kind, "", product.id, other.id), catalog, context)
    assert judged
    assert [(where, v.reasons) for where, v in judged if v.outcome != "said"] == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("topic", TOPICS)
def test_every_phrasing_of_every_answer_may_be_said(language: Language, topic: str) -> None:
    product = full(language)
    label = next(iter(product.specs))
    facts: dict[str, tuple[str, ...]] = {
        "spec": (f"specs.{label}",), "specs": tuple(f"specs.{x}" for x in product.specs), "faq": ("faq[0]",),
        "use": ("uses[0]", "uses[1]"), "use-yes": ("uses[0]",),
        "variant-stock": (f"variants[{product.variants[1].name}].name", f"variants[{product.variants[1].name}].stock"),
        "variant-out": (f"variants[{product.variants[0].name}].name",),
    }
    plan = AnswerPlan(topic, "小鹿" if language == "zh" else "Lily", label,
                      tuple(f"{product.id}.{p}" for p in facts.get(topic, (topic,))))
    segment = Segment("a1", SegmentKind.ANSWER, "", product.id, bare(language).id)
    judged = writer(language).every_phrasing(segment, pair(language), moment(language, answer=plan))
    assert len(judged) >= 4
    assert [(where, v.reasons) for where, v in judged if v.outcome != "said"] == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", [k for k in SPOKEN if k is not SegmentKind.ANSWER])
@pytest.mark.parametrize("seed", range(5))
def test_every_kind_has_words_for_a_product_with_a_name_and_a_price(
    language: Language, kind: SegmentKind, seed: int
) -> None:
    only = Catalog(pair(language).currency, (bare(language),))
    segment = Segment("s0007", kind, "", bare(language).id)
    script = writer(language).write(segment, only, moment(language, seed=seed))
    assert script.lines
    assert script.dropped == ()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("seed", range(8))
def test_lines_are_short_and_hold_their_facts_word_for_word(language: Language, seed: int) -> None:
    for kind in (SegmentKind.OPENING, SegmentKind.PITCH, SegmentKind.DEEP_DIVE, SegmentKind.OFFER):
        for line in write(kind, language, seed=seed).lines:
            assert len(line.text) <= (45 if language == "zh" else 120), line.text
            assert "\ue000" not in line.text
            assert not any(0xE100 <= ord(c) <= 0xF8FF for c in line.text)
            for use in line.facts:
                assert line.text[use.start:use.end].strip()


@pytest.mark.parametrize(("language", "price", "was"), [("zh", "¥268", "¥328"), ("en", "$24", "$32")])
def test_an_offer_quotes_the_price_as_a_fact(language: Language, price: str, was: str) -> None:
    quoted = {
        (use.address.partition(".")[2], line.text[use.start:use.end])
        for seed in range(12)
        for line in write(SegmentKind.OFFER, language, seed=seed).lines
        for use in line.facts
    }
    assert ("price", price) in quoted
    assert ("compare_at", was) in quoted


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("seed", range(6))
def test_an_opening_says_in_its_first_lines_that_the_host_is_synthetic(language: Language, seed: int) -> None:
    lines = write(SegmentKind.OPENING, language, seed=seed).lines
    assert any(line.notice and "AI" in line.text for line in lines[:2])
    assert lines[0].gesture == "welcome"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_notice_that_is_due_stands_first_but_after_an_answer(language: Language) -> None:
    assert write(SegmentKind.PITCH, language, notice_due=True).lines[0].notice
    answer = write(SegmentKind.ANSWER, language, notice_due=True, answer=AnswerPlan("price")).lines
    assert not answer[0].notice
    assert answer[-1].notice


def test_the_same_moment_gives_the_same_script() -> None:
    assert write(SegmentKind.PITCH, "zh", seed=4) == write(SegmentKind.PITCH, "zh", seed=4)


def test_what_was_just_said_is_put_another_way() -> None:
    first = write(SegmentKind.PITCH, "en")
    second = write(SegmentKind.PITCH, "en", said_recently=tuple(line.text for line in first.lines))
    assert not {line.text for line in first.lines} & {line.text for line in second.lines}


def test_low_stock_is_said_only_when_it_is_low() -> None:
    def stock_lines(catalog: Catalog) -> list[Line]:
        return [x for seed in range(9) for x in write(SegmentKind.OFFER, "zh", catalog, seed=seed).lines
                if any(u.address == "pot.stock" for u in x.facts)]

    assert not any("剩" in line.text for line in stock_lines(pair("zh")))
    assert all("3" in line.text for line in stock_lines(pair("zh").with_stock("pot", 3)))


def test_a_merchant_s_forbidden_words_lose_their_voice_but_not_the_pitch() -> None:
    catalog = pair("zh")
    loud = replace(catalog.products[0], points=("全网最好的壶", "壶嘴出水利落"))
    script = write(SegmentKind.PITCH, "zh", catalog.with_product(loud))
    said = "".join(line.text for line in script.lines)
    assert "最好" not in said
    assert "壶嘴出水利落" in said


def test_a_comparison_has_a_board_and_says_which_row_it_talks_about() -> None:
    catalog = shelf("zh")
    script = writer("zh").write(Segment("s9", SegmentKind.COMPARISON, "", "p1", "p4"), catalog, moment("zh"))
    assert script.board[0] == ("价格", "¥18", "¥39")
    assert script.board[1] == ("容量", "120毫升", "225毫升")
    assert {line.row for line in script.lines} >= {0, 1, 2}


def hour(language: Language, segments: int = 60) -> tuple[int, int]:
    """Lines of a show and how many of them had been said within the 15 minutes before."""
    catalog, history, said = shelf(language), tuple[Aired, ...](), list[tuple[str, float]]()
    now_s, repeated = 0.0, 0
    for index in range(segments):
        segment = next_segment(ShowView(now_s, catalog, history, seed=5))
        history = (*history, Aired(segment.kind, segment.product, now_s, segment.other))
        coming = next_segment(ShowView(now_s, catalog, history, seed=5)).product
        recent = tuple(text for text, at_s in said if now_s - at_s < 900)
        script = writer(language).write(segment, catalog, moment(
            language, said_recently=recent, seed=5, next_product=coming, notice_due=index % 10 == 9,
            shown=tuple(dict.fromkeys(a.product for a in history if a.product)),
        ))
        for line in script.lines:
            repeated += line.text in recent
            said.append((line.text, now_s))
            now_s += 0.5 + len(line.text) / (4.5 if language == "zh" else 14.0)
    return len(said), repeated


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_hour_with_nine_products_repeats_no_line_within_fifteen_minutes(language: Language) -> None:
    lines, repeated = hour(language)
    assert lines > 400
    assert repeated == 0
