"""What a script template may say: the variables, made from the catalog and the moment.

Every value that comes from the catalog is already marked as a fact (see ``engine.script.quote``), so a
template that prints it has quoted it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import UndefinedError

from engine.media import Language
from engine.script.catalog import LOW_STOCK, Catalog, Product
from engine.script.quote import Quotes, clean
from engine.script.segment import Segment

TITLE_CHARS: dict[Language, int] = {"zh": 10, "en": 28}
"""A name longer than this is introduced by its short name."""

FACTS = frozenset({
    "name", "full_name", "number", "price", "compare_at", "saving", "percent_off", "stock", "low", "sold_out",
    "summary", "category", "vendor", "shipping", "returns", "warranty", "care", "variants", "uses", "title", "pointed",
})
VARIABLES = frozenset({
    "product", "other", "next", "host", "shop", "show", "greeting", "count", "notice_due", "point", "spec", "use",
    "sentence", "faq", "rows", "shown", "asked", "answer", "payment",
})

_SENTENCE = re.compile(r"[^。！？!?.]+(?:[。！？!?]|\.(?=\s|$)|\.)?(?:(?<=\.)[^\s。！？!?.]+\.?)*")


@dataclass(frozen=True, slots=True)
class Moment:
    """What a writer must know beside the catalog (see ``WriterContext``), as the vocabulary needs it."""

    language: Language
    host: str
    shop: str
    show: str
    local_hour: int
    said: str
    """Everything said recently, joined: what is in it is offered last."""


class Takes:
    """Lists that are read one by one: each call gives the next thing that was not said yet."""

    def __init__(self, lists: Mapping[str, list[Any]]) -> None:
        self._lists = lists
        self._taken = dict.fromkeys(lists, 0)

    def take(self, name: str) -> Any:
        at = self._taken[name]
        if at >= len(self._lists[name]):
            raise UndefinedError(f"no {name} left")
        self._taken[name] = at + 1
        return self._lists[name][at]

    def mark(self) -> dict[str, int]:
        """Where the lists stand, to come back to with ``reset``."""
        return dict(self._taken)

    def reset(self, taken: Mapping[str, int]) -> None:
        self._taken = dict(taken)


def greeting(hour: int, language: Language) -> str:
    """The greeting of the hour (0…23, local)."""
    names: tuple[tuple[int, str], ...]
    if language == "zh":
        names = ((5, "夜里好"), (11, "早上好"), (13, "中午好"), (18, "下午好"), (24, "晚上好"))
    else:
        names = ((5, "Hello"), (12, "Good morning"), (18, "Good afternoon"), (24, "Good evening"))
    return next(name for until, name in names if hour < until)


def facts_for(product: Product, catalog: Catalog, quotes: Quotes, language: Language) -> dict[str, Any]:
    """What stands behind ``product.…`` in a template; a fact that does not exist is missing."""
    def mark(path: str) -> str:
        return quotes.mark(f"{product.id}.{path}")

    facts: dict[str, Any] = {
        "name": mark("short_name" if product.short_name else "name"),
        "title": mark("short_name" if product.short_name and len(product.name) > TITLE_CHARS[language] else "name"),
        "full_name": mark("name"),
        "number": mark("number"),
        "price": mark("price"),
        "pointed": bool(product.points),
        "low": product.stock is not None and 0 < product.stock <= LOW_STOCK,
        "sold_out": not product.sellable,
    }
    for path in ("compare_at", "saving", "percent_off", "stock", "summary", "category", "vendor"):
        if catalog.fact(f"{product.id}.{path}") is not None:
            facts[path] = mark(path)
    if product.description.startswith(product.summary.rstrip(" .…。") or "\n"):
        facts.pop("summary", None)  # the description says the same and more
    for path in ("shipping", "returns", "warranty", "care"):
        if catalog.fact(f"{product.id}.{path}") is not None:
            facts[path] = mark(path)
        elif catalog.fact(f"shop.{path}"):
            facts[path] = quotes.mark(f"shop.{path}")
    if product.uses:
        facts["uses"] = _listed([mark(f"uses[{i}]") for i in range(min(4, len(product.uses)))], language)
    if product.variants:
        facts["variants"] = _listed([mark(f"variants[{v.name}].name") for v in product.variants], language)
    return facts


def variables(
    segment: Segment, catalog: Catalog, quotes: Quotes, moment: Moment, next_product: str | None
) -> tuple[dict[str, Any], Takes]:
    """Every variable of :data:`VARIABLES` that a catalog and a moment can give, and the lists to take from."""
    found: dict[str, Any] = {
        "host": clean(moment.host),
        "shop": clean(moment.shop),
        "show": clean(moment.show),
        "greeting": greeting(moment.local_hour, moment.language),
    }
    sellable = [p for p in catalog.products if p.sellable]
    if len(sellable) > 1:
        found["count"] = len(sellable)
    if catalog.fact("shop.payment"):
        found["payment"] = quotes.mark("shop.payment")
    for name, wanted in (("product", segment.product), ("other", segment.other), ("next", next_product)):
        product = catalog.get(wanted) if wanted else None
        if product is not None:
            found[name] = facts_for(product, catalog, quotes, moment.language)
    subject = catalog.get(segment.product) if segment.product else None
    takes = Takes(_lists(subject, quotes, moment) if subject else {n: [] for n in _TAKEN})
    for name in _TAKEN:
        found[name] = _taker(takes, name)
    return found, takes


_TAKEN = ("point", "spec", "use", "sentence", "faq")


def _taker(takes: Takes, name: str) -> Callable[[], Any]:
    return lambda: takes.take(name)


def _lists(product: Product, quotes: Quotes, moment: Moment) -> dict[str, list[Any]]:
    def mark(path: str, text: str | None = None) -> str:
        return quotes.mark(f"{product.id}.{path}", text)

    said = moment.said
    return {
        "point": [
            _going_on_from_it(product.points[i], mark(f"points[{i}]"), moment.language)
            for i in _unsaid_first(product.points, said)
        ],
        "spec": [
            _spec(label, mark(f"specs.{label}"), moment.language) for label in _unsaid_keys(product.specs, said)
        ],
        "use": [mark(f"uses[{i}]") for i in _unsaid_first(product.uses, said)],
        "sentence": [
            mark("description", s) for s in _unsaid_texts(sentences(product.description), said)
        ],
        "faq": [
            {"question": clean(product.faq[i][0]), "answer": mark(f"faq[{i}]")}
            for i in _unsaid_first([answer for _, answer in product.faq], said)
        ],
    }


def sentences(text: str) -> list[str]:
    """The sentences of a merchant's free text that are short enough to be spoken."""
    found = [s.strip() for s in _SENTENCE.findall(clean(text))]
    return [s for s in found if 4 <= len(s) <= 160]


def _unsaid_first(texts: Iterable[str], said: str) -> list[int]:
    numbered = list(enumerate(clean(t).rstrip("。.!！") for t in texts))
    return [i for i, t in numbered if t not in said] + [i for i, t in numbered if t in said]


def _unsaid_texts(texts: list[str], said: str) -> list[str]:
    return [texts[i] for i in _unsaid_first(texts, said)]


def _unsaid_keys(specs: Mapping[str, str], said: str) -> list[str]:
    labels = list(specs)
    return [labels[i] for i in _unsaid_first(specs.values(), said)]


_VERB = re.compile(r"(?:[a-z]+[^s\W]s|is|has|does|goes) ")
_VERB_LABEL = re.compile(
    r"(?:keeps|burns|holds|fits|lasts|weighs|charges|runs|takes|stands|serves|dims|measures|opens|covers|folds)\b"
)
_NO_NOUN = re.compile(r"(?:[^s]s|\b(?:to|for|with|in|of))$")


def _going_on_from_it(point: str, marked: str, language: Language) -> str:
    """English points go on from "it" (``holds 350 ml``) or stand alone (``Steel inside and out``)."""
    return f"it {marked}" if language == "en" and _VERB.match(clean(point)) else marked


def _spec(label: str, marked: str, language: Language) -> dict[str, str]:
    """A spec by its parts, and as a clause: ``the weight is 310 g``, ``it burns 45 h``."""
    text = spec_label(label, language)
    if language == "zh":
        clause = f"{text}是{marked}"
    elif _VERB_LABEL.match(text):
        clause = f"it {text} {marked}"
    elif _NO_NOUN.search(text):
        clause = f"{text}: {marked}"
    else:
        clause = f"the {text} is {marked}"
    return {"label": text, "value": marked, "clause": clause}


def _listed(parts: list[str], language: Language) -> str:
    if language == "zh" or len(parts) < 2:
        return "、".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def spec_label(label: str, language: Language) -> str:
    """A spec's label inside a sentence: ``Capacity`` → ``capacity``, ``USB port`` stays."""
    text = clean(label)
    plain = language == "en" and len(text) > 1 and text[0].isupper() and text[1].islower()
    return text[0].lower() + text[1:] if plain else text


