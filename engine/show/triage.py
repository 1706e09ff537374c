"""What a viewer means: intent, products, spec. Pure, and equally at home in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from engine.media import ChatMessage, Language
from engine.script.catalog import Catalog, Product
from engine.show import words


class Intent(StrEnum):
    """What a message is about."""

    PRICE = "price"
    STOCK = "stock"
    SPEC = "spec"
    SHIPPING = "shipping"
    RETURNS = "returns"
    WARRANTY = "warranty"
    USE = "use"
    CARE = "care"
    COMPARE = "compare"
    COUPON = "coupon"
    GREETING = "greeting"
    PRAISE = "praise"
    AI = "ai"
    """Are you real? Are you an AI?"""
    OTHER = "other"
    ABUSE = "abuse"
    SPAM = "spam"


ABOUT_GOODS = frozenset({
    Intent.PRICE, Intent.STOCK, Intent.SPEC, Intent.SHIPPING, Intent.RETURNS, Intent.WARRANTY, Intent.USE, Intent.CARE,
    Intent.COMPARE, Intent.COUPON,
})


@dataclass(frozen=True, slots=True)
class Heard:
    """A message understood. ``language`` is the one the room answers in."""

    intent: Intent
    products: tuple[str, ...]
    spec: str | None
    """The label of the spec that is asked about, as the first product has it."""
    language: Language
    named: bool = False
    """True when the viewer named the product; otherwise it is the one on the card."""
    question: bool = False
    """True when an answer is expected."""


def triage(message: ChatMessage, catalog: Catalog, on_card: str | None, language: Language) -> Heard:
    """Understand one message of a room that speaks ``language`` while ``on_card`` is shown."""
    text = plain(message.text)
    if words.SPAM.search(text):
        return Heard(Intent.SPAM, (), None, language)
    if words.ABUSE.search(text):
        return Heard(Intent.ABUSE, (), None, language)
    named = _named_products(text, catalog)
    products = named or ((on_card,) if on_card and catalog.get(on_card) else ())
    if words.AI.search(text):
        return Heard(Intent.AI, products, None, language, bool(named), True)
    first = catalog.get(products[0]) if products else None
    label = _spec_label(text, first) if first else None
    intent = _intent(text, label, len(named))
    question = intent in ABOUT_GOODS or bool(words.QUESTION.search(text)) or (intent is Intent.OTHER and bool(named))
    if intent in (Intent.GREETING, Intent.PRAISE):
        question = False
    return Heard(intent, products, label if intent is Intent.SPEC else None, language, bool(named), question)


def plain(text: str) -> str:
    """Text for matching: NFKC, lower case, simplified characters, single spaces."""
    folded = unicodedata.normalize("NFKC", text).lower().translate(words.TO_SIMPLIFIED)
    return " ".join(folded.replace("’", "'").split())


def _intent(text: str, label: str | None, named: int) -> Intent:
    found = [Intent(name) for name, pattern in words.INTENTS if pattern.search(text)]
    if Intent.COMPARE in found or (named >= 2 and (label or re.search(r"还是|\bor\b|和|跟", text)) and not found):
        return Intent.COMPARE
    asks_spec = words.SPEC_QUESTION.search(text) is not None
    if label and plain(label) in text and set(found) <= {Intent.CARE, Intent.USE}:
        return Intent.SPEC
    if asks_spec and Intent.PRICE not in found and not ({Intent.CARE, Intent.SHIPPING, Intent.RETURNS,
        Intent.STOCK} & set(found)):
        return Intent.SPEC
    if found:
        return found[0]
    if label:
        return Intent.SPEC
    if words.GREETING.search(text):
        return Intent.GREETING
    if words.PRAISE.search(text) and not words.QUESTION.search(text):
        return Intent.PRAISE
    return Intent.OTHER


# --- products ------------------------------------------------------------------------------------

_NUMBERS = (
    re.compile(r"(?<!\d)(\d{1,3})\s*号"),
    re.compile(r"(?:\bno\.?|\bnumber|\bitem|\blink|\bproduct|#|链接|编号)\s*(\d{1,3})(?!\d)"),
    re.compile(r"^\s*(\d{1,3})\s*[!！?？。.~]*$"),
)
_CN_NUMBER = re.compile(r"([一二三四五六七八九十]{1,3})号")
_CN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}


def _named_products(text: str, catalog: Catalog) -> tuple[str, ...]:
    """Products the text names, in order of mention; at most three."""
    numbers = {p.number: p.id for p in catalog.products}
    found: dict[str, int] = {}
    for pattern in _NUMBERS:
        for match in pattern.finditer(text):
            if (product := numbers.get(int(match[1]))) is not None:
                found.setdefault(product, match.start())
    for match in _CN_NUMBER.finditer(text):
        if (product := numbers.get(_cn_number(match[1]))) is not None:
            found.setdefault(product, match.start())
    if not found:
        found = _by_name(text, catalog)
    if _SEVERAL.search(text) and len(found) < 2:
        found |= {p: at for p, at in _all_near(text, catalog).items() if p not in found}
    if not found:
        found = _by_category(text, catalog)
    return tuple(sorted(found, key=lambda p: found[p])[:3])


_SEVERAL = re.compile(r"哪|还是|和|跟|对比|区别|\bor\b|\bvs\b|\band\b|\bwhich\b|\bcompare|\bdifference\b|\bbetter\b")


def _cn_number(digits: str) -> int:
    tens, ten, ones = digits.rpartition("十")
    if not ten:
        return _CN_DIGITS.get(digits, 0) if len(digits) == 1 else 0
    return 10 * _CN_DIGITS.get(tens, 1) + _CN_DIGITS.get(ones, 0)


def _names(product: Product) -> list[str]:
    return [plain(n) for n in (product.short_name, product.name, *product.aliases) if n.strip()]


def _by_name(text: str, catalog: Catalog) -> dict[str, int]:
    """Whole names first; else the products whose names the text comes near enough to."""
    whole: dict[str, tuple[int, int]] = {}
    for product in catalog.products:
        for name in _names(product):
            at = _find(text, name)
            if at >= 0 and len(name) > whole.get(product.id, (0, 0))[1]:
                whole[product.id] = (at, len(name))
    if whole:
        # "茶壶" inside "西施紫砂茶壶" names the longer one only
        return {
            p: at for p, (at, size) in whole.items()
            if not any(o != p and a <= at and at + size <= a + s and s > size for o, (a, s) in whole.items())
        }
    scored = {p.id: max((_nearness(text, n) for n in _names(p)), default=0.0) for p in catalog.products}
    top = max(scored.values(), default=0.0)
    if top < 0.5:
        return {}
    nearest = [p for p, score in scored.items() if score == top]
    return {nearest[0]: 0} if len(nearest) == 1 else {}


def _all_near(text: str, catalog: Catalog) -> dict[str, int]:
    """Every product the text comes near to, nearest first (for comparisons)."""
    scored = [(max((_nearness(text, n) for n in _names(p)), default=0.0), p) for p in catalog.products]
    near = sorted((item for item in scored if item[0] >= 0.5), key=lambda item: (-item[0], item[1].number))
    return {p.id: len(text) + i for i, (_, p) in enumerate(near)}


def _find(text: str, name: str) -> int:
    """Where a name stands in the text; Latin names as whole words (a plural is fine)."""
    if name.isascii():
        match = re.search(rf"\b{re.escape(name)}(?:s|es)?\b", text)
        return match.start() if match else -1
    return text.find(name)


def _nearness(text: str, name: str) -> float:
    """0…1: how much of a name the text holds, typos allowed."""
    if not name.isascii():
        size = SequenceMatcher(None, text, name, autojunk=False).find_longest_match().size
        return size / len(name) if size >= 2 else 0.0
    said = [w for w in re.findall(r"[a-z0-9]+", text) if w not in words.STOP_WORDS]
    wanted = re.findall(r"[a-z0-9]+", name)
    hits = sum(any(_alike(word, w) for w in said) * len(word) for word in wanted)
    last = any(_alike(wanted[-1], w) for w in said) if wanted else False
    share = hits / max(1, sum(len(w) for w in wanted))
    return max(share, 0.55) if last else share


def _alike(a: str, b: str) -> bool:
    if a == b or a + "s" == b or a == b + "s":
        return True
    long = len(a) >= 4 and len(b) >= 4 and a[0] == b[0]  # "right" is no typo of "light"
    return long and SequenceMatcher(None, a, b, autojunk=False).ratio() >= 0.8


def _by_category(text: str, catalog: Catalog) -> dict[str, int]:
    found: dict[str, int] = {}
    for product in catalog.products:
        category = plain(product.category)
        if category and (at := _find(text, category)) >= 0:
            found[product.id] = at
    return found


# --- specs ---------------------------------------------------------------------------------------


def _spec_label(text: str, product: Product) -> str | None:
    """The spec the text asks for: by its label, or by what people call it."""
    for label in sorted(product.specs, key=len, reverse=True):
        name = plain(label)
        if name and (_find(text, name) >= 0 or (name.isascii() and len(name) >= 5 and _near_word(text, name))):
            return label
    for question, label_pattern in words.SPEC_GROUPS:
        if question.search(text):
            ranked = [
                (match.start(), label)
                for label in product.specs
                if (match := label_pattern.search(plain(label))) is not None
            ]
            return _first_by_pattern(product, label_pattern) if ranked else None
    return None


def _first_by_pattern(product: Product, pattern: re.Pattern[str]) -> str | None:
    """The label that matches the earliest alternative of the pattern."""
    for alternative in pattern.pattern.split("|"):
        for label in product.specs:
            if re.search(alternative, plain(label)):
                return label
    return None


def _near_word(text: str, name: str) -> bool:
    return any(_alike(name, word) for word in re.findall(r"[a-z0-9]+", text))
