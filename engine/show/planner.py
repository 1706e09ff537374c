"""What comes next in the show: one pure function of what has been and what is asked for.

    ending? ─► farewell        nothing yet? ─► opening        nothing to sell? ─► filler
    voice late? ─► something said before, or an interlude
    recap and interaction every so often
    pitch ─► deep-dive or offer ─► (comparison) ─► the next pitch

Every segment carries the reason in words for which it was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from engine.script.catalog import LOW_STOCK, Catalog, Product
from engine.script.segment import Segment, SegmentKind
from engine.script.vocabulary import sentences

INTERACTION_EVERY = 6
RECAP_EVERY = 11
COMPARISON_EVERY = 8
"""Segments between two of a kind."""
DEMAND_COUNTS = 1.0
"""From this score on, demand moves a product forward."""
VOICE_LATE_S = 1.0
"""From this lag on, a fresh segment would leave silence."""
SEGMENT_S = 45.0
"""A segment's usual length, for looking ahead."""

_NEVER = -1
_QUIET = frozenset({SegmentKind.ANSWER, SegmentKind.INTERLUDE, SegmentKind.FILLER})
_ONCE = frozenset({SegmentKind.OPENING, SegmentKind.FAREWELL, SegmentKind.ANSWER, SegmentKind.INTERLUDE})


@dataclass(frozen=True, slots=True)
class Aired:
    """A segment that was on air; ``at_s`` is when it began, in room seconds."""

    kind: SegmentKind
    product: str | None
    at_s: float
    other: str | None = None


@dataclass(frozen=True, slots=True)
class ShowView:
    """Everything the planner looks at."""

    now_s: float
    catalog: Catalog
    history: tuple[Aired, ...] = ()
    planned: tuple[Segment, ...] = ()
    """Segments already chosen and not yet on air, in order."""
    demand: Mapping[str, float] = field(default_factory=dict)
    """Product to score: questions and likes, decayed by whoever counts them."""
    asked: Mapping[str, int] = field(default_factory=dict)
    """Product to questions in the last five minutes, for the reason in words."""
    pinned: str | None = None
    """The product an operator wants shown: it comes next and keeps coming back."""
    voice_lag_s: float = 0.0
    """How many seconds late the speech of a fresh segment would be (0: in time)."""
    cached: frozenset[tuple[SegmentKind, str | None]] = frozenset()
    """Kinds and products whose speech exists already."""
    ending: bool = False
    seed: int = 0
    numbered: int = 0
    """The highest segment number ever given (so that a discarded plan's number is not given twice)."""


@dataclass(frozen=True, slots=True)
class _Step:
    kind: SegmentKind
    product: str | None
    other: str | None = None


def next_segment(view: ShowView) -> Segment:
    """Choose the segment that follows everything aired and planned."""
    steps = _steps(view)
    view = replace(view, demand=_unanswered(view, steps))
    number = max(view.numbered, len(steps)) + 1
    kind, product, other, reason = _choice(view, steps)
    return Segment(f"s{number:04d}", kind, reason, product, other)


def rundown(view: ShowView, n: int) -> tuple[Segment, ...]:
    """The next ``n`` segments, if nothing changes; it stops after a farewell."""
    found: list[Segment] = []
    for _ in range(n):
        segment = next_segment(view)
        found.append(segment)
        if segment.kind is SegmentKind.FAREWELL:
            break
        view = replace(view, planned=(*view.planned, segment), now_s=view.now_s + SEGMENT_S, voice_lag_s=0.0)
    return tuple(found)


def substitute(product: Product, catalog: Catalog, without: frozenset[str] = frozenset()) -> Product | None:
    """The product in stock that is nearest: same category, then shared spec labels, then price."""
    goods = [p for p in catalog.products if p.sellable and p.id != product.id and p.id not in without]
    return min(goods, key=lambda p: (_distance(product, p), p.number), default=None)


_Choice = tuple[SegmentKind, str | None, str | None, str]


def _steps(view: ShowView) -> list[_Step]:
    aired = [_Step(a.kind, a.product, a.other) for a in view.history]
    return aired + [_Step(s.kind, s.product, s.other) for s in view.planned]


def _unanswered(view: ShowView, steps: list[_Step]) -> dict[str, float]:
    """Demand that no pitch has met yet: what is planned, or was pitched just now, has had its turn."""
    pitches = [s.product for s in steps if s.kind is SegmentKind.PITCH]
    met = {s.product for s in view.planned if s.kind is SegmentKind.PITCH} | set(pitches[-4:-1])
    return {p: score for p, score in view.demand.items() if p not in met}


def _choice(view: ShowView, steps: list[_Step]) -> _Choice:
    if view.ending:
        return SegmentKind.FAREWELL, None, None, "the show is ending"
    if not steps:
        return SegmentKind.OPENING, None, None, "the show begins"
    goods = [p for p in view.catalog.products if p.sellable]
    if not goods:
        return SegmentKind.FILLER, None, None, "nothing in the catalog can be sold right now"
    if view.voice_lag_s > VOICE_LATE_S:
        return _while_voice_is_late(view, steps, goods)
    return _interval(view, steps) or _follow_up(view, steps) or _comparison(steps, goods) or _pitch(view, steps, goods)


def _while_voice_is_late(view: ShowView, steps: list[_Step], goods: list[Product]) -> _Choice:
    """Something that was performed before and not just now; else pictures and music."""
    late = f"the voice is {view.voice_lag_s:.0f} s behind"
    sellable = {p.id for p in goods}
    last_pitch = _last_pitch(steps)
    recent = {(s.kind, s.product) for s in steps[-4:]}
    ready = [
        (kind, product)
        for kind, product in view.cached
        if kind not in _ONCE
        and (product is None or product in sellable)
        and (kind, product) not in recent
        and not (kind is SegmentKind.PITCH and product == last_pitch)
        and kind is not SegmentKind.COMPARISON
    ]
    if ready:
        def rank(item: tuple[SegmentKind, str | None]) -> tuple[int, str, str]:
            return (_last_at(steps, item[0], item[1]), item[0].value, item[1] or "")

        kind, product = min(ready, key=rank)
        return kind, product, None, f"{late}, and this one can be spoken at once"
    shown = _next_product(view, steps, goods)[0]
    return SegmentKind.INTERLUDE, shown.id, None, f"{late}, so pictures and music bridge the wait"


def _interval(view: ShowView, steps: list[_Step]) -> _Choice | None:
    """Recap and interaction, every so often, and never in place of a follow-up."""
    loud = [s for s in steps if s.kind not in _QUIET]
    if not loud or loud[-1].kind is SegmentKind.PITCH:
        return None
    pitched = {s.product for s in loud if s.kind is SegmentKind.PITCH}
    sellable = {p.id for p in view.catalog.products if p.sellable}
    sway = Random(f"{view.seed}/{len(loud) - _since(loud, SegmentKind.RECAP)}").randrange(3)  # not like clockwork
    if len(pitched & sellable) >= 3 and (waited := _since(loud, SegmentKind.RECAP)) >= RECAP_EVERY + sway:
        return SegmentKind.RECAP, None, None, f"{waited} segments without a recap"
    waited = min(_since(loud, SegmentKind.INTERACTION), _since(loud, SegmentKind.RECAP))
    if waited >= INTERACTION_EVERY + sway:
        about = loud[-1].product if loud[-1].product in sellable else None
        return SegmentKind.INTERACTION, about, None, f"{waited} segments without a word to the chat"
    return None


def _follow_up(view: ShowView, steps: list[_Step]) -> _Choice | None:
    """After a pitch: details or the price, in turn; both when viewers ask."""
    loud = [s for s in steps if s.kind not in _QUIET]
    if not loud or loud[-1].product is None:
        return None
    last = loud[-1]
    product = view.catalog.get(last.product or "")
    if product is None or not product.sellable or _someone_waits(view, product.id):
        return None
    if last.kind is SegmentKind.PITCH:
        if _is_rich(product) and _turn(loud, product.id) is SegmentKind.DEEP_DIVE:
            return SegmentKind.DEEP_DIVE, product.id, None, f"its details follow the pitch of no. {product.number}"
        if _has_an_offer(product, view.catalog):
            return SegmentKind.OFFER, product.id, None, f"its price follows the pitch of no. {product.number}"
    if last.kind is SegmentKind.DEEP_DIVE and view.demand.get(product.id, 0.0) >= DEMAND_COUNTS:
        return SegmentKind.OFFER, product.id, None, _asked_reason(view, product.id)
    return None


def _turn(loud: list[_Step], product: str) -> SegmentKind:
    """Deep-dive or offer: the other one than this product had last, else than the show had last."""
    both = [s for s in loud if s.kind in (SegmentKind.DEEP_DIVE, SegmentKind.OFFER)]
    mine = [s for s in both if s.product == product]
    last = (mine or both)[-1:]
    return SegmentKind.OFFER if last and last[0].kind is SegmentKind.DEEP_DIVE else SegmentKind.DEEP_DIVE


def _someone_waits(view: ShowView, product: str) -> bool:
    """True when another product is asked about clearly more: it should not wait for a follow-up."""
    here = view.demand.get(product, 0.0)
    return any(
        score >= max(2 * DEMAND_COUNTS, 2 * here) and p != product
        and (found := view.catalog.get(p)) is not None and found.sellable
        for p, score in view.demand.items()
    )


def _comparison(steps: list[_Step], goods: list[Product]) -> _Choice | None:
    loud = [s for s in steps if s.kind not in _QUIET]
    last = loud[-1] if loud else None
    if last is None or last.kind not in (SegmentKind.DEEP_DIVE, SegmentKind.OFFER):
        return None
    if _since(loud, SegmentKind.COMPARISON) < COMPARISON_EVERY:
        return None
    left = next((p for p in goods if p.id == last.product), None)
    if left is None:
        return None
    pitched = {s.product for s in loud if s.kind is SegmentKind.PITCH}
    done = [frozenset((s.product, s.other)) for s in loud if s.kind is SegmentKind.COMPARISON]
    for right in sorted(goods, key=lambda p: (_distance(left, p), p.number)):
        pair = frozenset((left.id, right.id))
        if right.id != left.id and right.id in pitched and _comparable(left, right) and pair not in done[-6:]:
            return (
                SegmentKind.COMPARISON, left.id, right.id,
                f"no. {left.number} and no. {right.number} are alike and were both shown",
            )
    return None


def _pitch(view: ShowView, steps: list[_Step], goods: list[Product]) -> _Choice:
    product, reason = _next_product(view, steps, goods)
    loud = [s for s in steps if s.kind not in _QUIET]
    follows_itself = loud and loud[-1].product == product.id and loud[-1].kind is not SegmentKind.INTERACTION
    if len(goods) == 1 and follows_itself:
        return SegmentKind.INTERACTION, product.id, None, "only one product can be sold, so the chat gets a turn"
    return SegmentKind.PITCH, product.id, None, reason


def _next_product(view: ShowView, steps: list[_Step], goods: list[Product]) -> tuple[Product, str]:
    """The product to pitch: pinned, then overdue, then asked about, then in turn. Never the last one
    again while there is another."""
    last = _last_pitch(steps)
    pitches = [s.product for s in steps if s.kind is SegmentKind.PITCH]
    free = [p for p in goods if p.id != last] or goods
    recent = frozenset(p for p in pitches[-2:] if p) if len(goods) > 2 else frozenset(p for p in (last,) if p)

    if view.pinned and (found := _wanted(view, view.pinned, free, recent, "an operator pinned it")):
        return found
    overdue = [p for p in free if _waited(pitches, p.id) > 2 * len(goods)]
    if overdue:
        chosen = max(overdue, key=lambda p: (_waited(pitches, p.id), -p.number))
        return chosen, f"it has waited for {_waited(pitches, chosen.id)} pitches"
    for product, score in sorted(view.demand.items(), key=lambda item: (-item[1], item[0])):
        if score < DEMAND_COUNTS:
            break
        if found := _wanted(view, product, free, recent, _asked_reason(view, product)):
            return found
    chosen = max(free, key=lambda p: (_waited(pitches, p.id), -p.number))
    never = chosen.id not in pitches
    if never:
        return chosen, "it has not been shown yet"
    return chosen, f"it is its turn, last shown {_waited(pitches, chosen.id)} pitches ago"


def _wanted(
    view: ShowView, product: str, free: list[Product], recent: frozenset[str], why: str
) -> tuple[Product, str] | None:
    """The product that is wanted, or the nearest one in stock when it is sold out; None if just shown."""
    found = view.catalog.get(product)
    if found is None:
        return None
    if found.sellable:
        return (found, why) if found in free and found.id not in recent else None
    instead = substitute(found, view.catalog)
    if instead is None or instead not in free or instead.id in recent:
        return None
    return instead, f"{why}, but no. {found.number} is sold out; no. {instead.number} is the nearest in stock"


def _asked_reason(view: ShowView, product: str) -> str:
    times = view.asked.get(product, 0)
    if times:
        return f"viewers asked about it {times} time{'s' if times > 1 else ''} in the last 5 minutes"
    return "viewers showed interest in it"


def _last_pitch(steps: list[_Step]) -> str | None:
    return next((s.product for s in reversed(steps) if s.kind is SegmentKind.PITCH), None)


def _waited(pitches: list[str | None], product: str) -> int:
    """Pitches since this product's own; one that was never shown has waited for all of them and more."""
    for back, pitched in enumerate(reversed(pitches)):
        if pitched == product:
            return back
    return len(pitches) + 1


def _since(steps: list[_Step], kind: SegmentKind) -> int:
    return next((back for back, s in enumerate(reversed(steps)) if s.kind is kind), len(steps))


def _last_at(steps: list[_Step], kind: SegmentKind, product: str | None) -> int:
    return max((i for i, s in enumerate(steps) if (s.kind, s.product) == (kind, product)), default=_NEVER)


def _is_rich(product: Product) -> bool:
    """Whether there is more to tell than a pitch holds."""
    told = len(sentences(product.description))
    return len(product.specs) + len(product.faq) + bool(product.care) + told >= 3


def _has_an_offer(product: Product, catalog: Catalog) -> bool:
    """Whether an offer would say more than the price that the pitch has just said."""
    low = product.stock is not None and product.stock <= LOW_STOCK
    known = (product.shipping, product.returns, catalog.shop.get("shipping"), catalog.shop.get("returns"))
    return product.compare_at is not None or low or bool(product.variants) or any(known)


def _comparable(left: Product, right: Product) -> bool:
    shared = set(left.specs) & set(right.specs)
    return bool(shared) and (left.category == right.category or len(shared) >= 3)


def _distance(left: Product, right: Product) -> float:
    """0 for twins: category counts most, then shared spec labels, then the price ratio."""
    labels = set(left.specs) | set(right.specs)
    unshared = 1 - len(set(left.specs) & set(right.specs)) / len(labels) if labels else 0.5
    high, low = max(left.price, right.price), min(left.price, right.price)
    apart = float((high - low) / high) if high else 0.0
    return 2.0 * (left.category != right.category) + unshared + apart


__all__ = ["Aired", "ShowView", "next_segment", "rundown", "substitute"]
