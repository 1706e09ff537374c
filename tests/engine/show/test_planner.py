"""What the show does next, and why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.script.catalog import Catalog, Product
from engine.script.segment import Segment, SegmentKind
from engine.show.planner import Aired, ShowView, next_segment, rundown, substitute
from tests.engine.script.goods import shelf

NINE = ShowView(0.0, shelf("en"))


def steps(*aired: tuple[SegmentKind, str | None]) -> tuple[Aired, ...]:
    return tuple(Aired(kind, product, 45.0 * i) for i, (kind, product) in enumerate(aired))


OPENED = steps((SegmentKind.OPENING, None))


def test_a_show_opens_then_pitches_the_merchant_s_first_product() -> None:
    first, second = rundown(NINE, 2)
    assert (first.id, first.kind, first.reason) == ("s0001", SegmentKind.OPENING, "the show begins")
    assert (second.id, second.kind, second.product) == ("s0002", SegmentKind.PITCH, "p1")


def test_a_show_that_is_ending_says_farewell_and_stops() -> None:
    plan = rundown(replace(NINE, history=OPENED, ending=True), 5)
    assert [s.kind for s in plan] == [SegmentKind.FAREWELL]


def test_a_product_that_viewers_ask_about_comes_sooner_and_says_why() -> None:
    segment = next_segment(replace(NINE, history=OPENED, demand={"p5": 3.0}, asked={"p5": 3}))
    assert (segment.kind, segment.product) == (SegmentKind.PITCH, "p5")
    assert segment.reason == "viewers asked about it 3 times in the last 5 minutes"


def test_a_demand_that_a_planned_pitch_meets_is_not_met_twice() -> None:
    plan = rundown(replace(NINE, history=OPENED, demand={"p5": 3.0}), 12)
    assert [s.product for s in plan if s.kind is SegmentKind.PITCH].count("p5") == 1


def test_a_sold_out_product_is_replaced_by_the_nearest_in_stock() -> None:
    catalog = shelf("en").with_stock("p5", 0)
    segment = next_segment(replace(NINE, catalog=catalog, history=OPENED, demand={"p5": 2.0}, asked={"p5": 2}))
    assert segment.product == "p8"
    assert segment.reason == (
        "viewers asked about it 2 times in the last 5 minutes, but no. 5 is sold out; no. 8 is the nearest in stock"
    )


def test_a_pinned_product_comes_next_and_keeps_coming_back() -> None:
    plan = rundown(replace(NINE, history=OPENED, pinned="p7"), 24)
    pitched = [s.product for s in plan if s.kind is SegmentKind.PITCH]
    assert pitched[0] == "p7"
    assert pitched.count("p7") >= 3
    assert plan[0].reason == "an operator pinned it"


def test_a_pitch_is_followed_by_details_or_the_price() -> None:
    plan = rundown(replace(NINE, history=OPENED), 40)
    for step, after in pairwise(plan):
        if step.kind is SegmentKind.PITCH:
            assert after.kind in (SegmentKind.DEEP_DIVE, SegmentKind.OFFER)
            assert after.product == step.product
    assert {SegmentKind.DEEP_DIVE, SegmentKind.OFFER} <= {s.kind for s in plan}


def test_two_products_that_are_alike_are_compared_after_both_were_shown() -> None:
    plan = rundown(replace(NINE, history=OPENED), 40)
    comparison = next(s for s in plan if s.kind is SegmentKind.COMPARISON)
    before = {s.product for s in plan[: plan.index(comparison)] if s.kind is SegmentKind.PITCH}
    assert {comparison.product, comparison.other} <= before


def test_recap_and_interaction_come_every_so_often() -> None:
    kinds = [s.kind for s in rundown(replace(NINE, history=OPENED), 60)]
    assert kinds.count(SegmentKind.RECAP) >= 3
    assert kinds.count(SegmentKind.INTERACTION) >= 3


def test_nothing_to_sell_is_filled_calmly() -> None:
    empty = Catalog("USD", tuple(replace(p, stock=0) for p in shelf("en").products))
    assert next_segment(replace(NINE, catalog=empty, history=OPENED)).kind is SegmentKind.FILLER


def test_while_the_voice_is_late_something_said_before_is_said_again() -> None:
    history = steps((SegmentKind.OPENING, None), (SegmentKind.PITCH, "p1"), (SegmentKind.OFFER, "p1"),
                    (SegmentKind.PITCH, "p2"), (SegmentKind.OFFER, "p2"), (SegmentKind.PITCH, "p3"),
                    (SegmentKind.OFFER, "p3"))
    late = replace(NINE, history=history, voice_lag_s=6.0)
    again = next_segment(replace(late, cached=frozenset({(SegmentKind.PITCH, "p1"), (SegmentKind.PITCH, "p3")})))
    assert (again.kind, again.product) == (SegmentKind.PITCH, "p1")
    assert again.reason == "the voice is 6 s behind, and this one can be spoken at once"
    bridge = next_segment(late)
    assert (bridge.kind, bridge.product) == (SegmentKind.INTERLUDE, "p4")


def test_a_number_is_never_given_twice() -> None:
    assert next_segment(replace(NINE, history=OPENED, numbered=41)).id == "s0042"


def test_a_history_that_was_cut_short_does_not_open_the_show_again() -> None:
    history = steps((SegmentKind.PITCH, "p1"), (SegmentKind.OFFER, "p1"))
    assert next_segment(replace(NINE, history=history)).kind is not SegmentKind.OPENING


def test_the_nearest_product_shares_category_then_specs_then_price() -> None:
    def product(id: str, category: str, price: int, **specs: str) -> Product:
        return Product(id, 1, id, Decimal(price), category=category, specs=specs, stock=5)

    pot = product("pot", "tea", 100, size="1", weight="1")
    goods = (pot, product("far", "lamp", 100, size="1", weight="1"), product("dear", "tea", 300, size="1", weight="1"),
             product("near", "tea", 110, size="1", weight="1"), product("other", "tea", 100, colour="1"))
    catalog = Catalog("USD", goods)
    assert substitute(pot, catalog) == goods[3]
    assert substitute(pot, catalog, frozenset({"near"})) == goods[2]
    assert substitute(pot, Catalog("USD", (pot,))) is None


# --- for every view ------------------------------------------------------------------------------

stocks = st.lists(st.sampled_from([None, 0, 0, 2, 30]), min_size=1, max_size=8)


@st.composite
def views(draw: st.DrawFn) -> ShowView:
    goods = tuple(
        Product(f"p{i}", i, f"Thing {i}", Decimal(10 * i), stock=stock, category="AB"[i % 2],
                specs={"size": "1 cm", "weight": "2 g", "kind": "x"} if i % 3 else {})
        for i, stock in enumerate(draw(stocks), start=1)
    )
    ids = st.sampled_from([p.id for p in goods])
    return ShowView(
        0.0, Catalog("USD", goods),
        demand=draw(st.dictionaries(ids, st.floats(0, 9, allow_nan=False), max_size=4)),
        pinned=draw(st.none() | ids), seed=draw(st.integers(0, 99)),
        cached=frozenset(draw(st.lists(st.tuples(st.sampled_from(list(SegmentKind)), ids), max_size=5))),
    )


@given(views(), st.floats(0, 30))
def test_the_same_view_gives_the_same_segment(view: ShowView, lag_s: float) -> None:
    view = replace(view, voice_lag_s=lag_s)
    assert next_segment(view) == next_segment(view)


@settings(max_examples=60, deadline=None)
@given(views())
def test_no_product_is_pitched_twice_in_a_row_while_there_is_another(view: ShowView) -> None:
    pitched = [s.product for s in rundown(view, 40) if s.kind is SegmentKind.PITCH]
    if sum(p.sellable for p in view.catalog.products) > 1:
        assert all(a != b for a, b in pairwise(pitched))


@settings(max_examples=60, deadline=None)
@given(views(), st.data())
def test_a_sold_out_product_is_never_shown(view: ShowView, data: st.DataObject) -> None:
    history: tuple[Aired, ...] = ()
    for turn in range(25):
        lag_s = data.draw(st.sampled_from([0.0, 0.0, 5.0]))
        segment = next_segment(replace(view, history=history, voice_lag_s=lag_s))
        shown = [view.catalog.get(p) for p in (segment.product, segment.other) if p]
        assert all(p is not None and p.sellable for p in shown)
        history = (*history, Aired(segment.kind, segment.product, turn * 45.0, segment.other))
        if turn == 12 and view.catalog.products:
            view = replace(view, catalog=view.catalog.with_stock(view.catalog.products[0].id, 0))


@settings(max_examples=40, deadline=None)
@given(views())
def test_every_product_in_stock_is_pitched_before_long(view: ShowView) -> None:
    goods = {p.id for p in view.catalog.products if p.sellable}
    plan = rundown(view, 14 * len(goods) + 6)
    assert goods <= {s.product for s in plan if s.kind is SegmentKind.PITCH}


@settings(max_examples=60, deadline=None)
@given(views())
def test_the_next_segment_never_repeats_the_last_one(view: ShowView) -> None:
    plan = rundown(view, 30)
    for a, b in pairwise(plan):
        assert a.kind is SegmentKind.FILLER or (a.kind, a.product) != (b.kind, b.product)


def test_ids_are_in_order_and_reasons_in_words() -> None:
    plan = rundown(NINE, 30)
    assert [s.id for s in plan] == [f"s{i:04d}" for i in range(1, 31)]
    assert all(isinstance(s, Segment) and s.reason.strip() for s in plan)
