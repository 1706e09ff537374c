"""An answer from facts, or an honest "I do not know": never a promise, never the viewer's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.media import ChatMessage, Language
from engine.script.catalog import Catalog, Product
from engine.script.segment import FactUse, Line, Segment, SegmentKind
from engine.script.writer import AnswerPlan, TemplateWriter, WriterContext
from engine.show import words
from engine.show.names import safe_name
from engine.show.planner import substitute
from engine.show.triage import Heard, Intent, plain

FAQ_NEAR = 0.55
"""How alike a question and one of the merchant's questions must be (0…1) to be answered by it."""
FAQ_SAME = 0.7
"""From here on, with three words in common, the merchant's answer goes before price, stock or spec."""
TEXT_CHARS = 160
"""The page's answer is no longer than this, when it can be cut at a line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host says and what the page shows. No lines: nothing is to be said."""

    lines: tuple[Line, ...]
    text: str
    facts: tuple[FactUse, ...] = ()
    known: bool = True
    """False when the catalog does not hold the answer, and the host says so."""
    asked: tuple[str, str] | None = None
    """(product, path of the fact) for the recap, such as ``("flask", "specs.Capacity")``."""


def compose(
    heard: Heard, message: ChatMessage, catalog: Catalog, context: WriterContext, writer: TemplateWriter,
    say_names: bool = True,
) -> Answer:
    """Answer one message; spam gets nothing."""
    plan, product, other = _plan(heard, message, catalog)
    if plan is None:
        return Answer((), "", known=heard.intent is not Intent.OTHER)
    name = safe_name(message.user, heard.language) if say_names else None
    segment = Segment(f"a-{message.id}", SegmentKind.ANSWER, f"a viewer asked ({heard.intent})", product, other,
        message.id)
    script = writer.write(segment, catalog, replace(context, answer=replace(plan, name=name)))
    if not script.lines and plan.topic not in ("unknown", "abuse"):
        script = writer.write(segment, catalog, replace(context, answer=AnswerPlan("unknown", name)))
        plan = AnswerPlan("unknown")
    asked = None
    if plan.facts:
        owner, _, path = plan.facts[0].partition(".")
        asked = (owner, path) if owner != "shop" and catalog.get(owner) else None
    facts = tuple(dict.fromkeys(use for line in script.lines for use in line.facts))
    return Answer(script.lines, _text(script.lines, heard.language), facts, plan.topic not in ("unknown", "which"),
        asked)


_Plan = tuple[AnswerPlan | None, str | None, str | None]


def _plan(heard: Heard, message: ChatMessage, catalog: Catalog) -> _Plan:
    """Topic of ``answer.j2``, the facts for it, and the products it speaks about."""
    product = catalog.get(heard.products[0]) if heard.products else None
    here = product.id if product else None
    match heard.intent:
        case Intent.SPAM:
            return None, None, None
        case Intent.ABUSE | Intent.AI | Intent.GREETING | Intent.PRAISE:
            return AnswerPlan(heard.intent.value), here, None
        case Intent.OTHER if not heard.question:
            return None, None, None
    if product is None:
        return _of_the_shop(heard, message, catalog), None, None
    if heard.intent is Intent.COMPARE and len(heard.products) < 2 and (address := _faq(message, product)):
        return AnswerPlan("faq", facts=(address,)), here, None
    if heard.intent is Intent.COMPARE:
        second = catalog.get(heard.products[1]) if len(heard.products) > 1 else substitute(product, catalog)
        if second is None:
            return AnswerPlan("unknown"), here, None
        return AnswerPlan("compare"), here, second.id
    return _of_product(heard, message, product, catalog), here, None


def _of_the_shop(heard: Heard, message: ChatMessage, catalog: Catalog) -> AnswerPlan:
    """No product is meant: the shop's own facts, or the question which one."""
    topic = heard.intent.value
    if catalog.fact(f"shop.{topic}"):
        return AnswerPlan(topic, facts=(f"shop.{topic}",))
    if address := _shop_fact(message, catalog):
        return AnswerPlan("faq", facts=(address,))
    return AnswerPlan("unknown" if heard.intent is Intent.OTHER else "which")


def _of_product(heard: Heard, message: ChatMessage, product: Product, catalog: Catalog) -> AnswerPlan:
    own = _OWN.get(heard.intent)
    certain = heard.intent in (Intent.PRICE, Intent.STOCK, Intent.COUPON) or (
        heard.spec is not None and plain(heard.spec) in plain(message.text)
    )
    if address := _faq(message, product, surely=certain):
        return AnswerPlan("faq", facts=(address,))
    plan = own(heard, message, product, catalog) if own else None
    if plan is not None:
        return plan
    if address := _faq(message, product) or _shop_fact(message, catalog):
        return AnswerPlan("faq", facts=(address,))
    if heard.intent is Intent.OTHER and heard.named and _only_names(message, product):
        return AnswerPlan("summary", facts=(f"{product.id}.price",))
    return AnswerPlan("unknown")


def _price(heard: Heard, message: ChatMessage, product: Product, catalog: Catalog) -> AnswerPlan | None:
    if not product.sellable:
        return AnswerPlan("sold-out")
    return AnswerPlan("price", facts=(f"{product.id}.price",))


def _stock(heard: Heard, message: ChatMessage, product: Product, catalog: Catalog) -> AnswerPlan | None:
    variant = next((v for v in product.variants if plain(v.name) in plain(message.text)), None)
    if variant is not None and variant.stock is not None:
        base = f"{product.id}.variants[{variant.name}]"
        if variant.stock <= 0:
            return AnswerPlan("variant-out", facts=(f"{base}.name",))
        return AnswerPlan("variant-stock", facts=(f"{base}.name", f"{base}.stock"))
    if not product.sellable:
        return AnswerPlan("sold-out")
    if product.stock is None:
        return AnswerPlan("in-stock")
    return AnswerPlan("stock", facts=(f"{product.id}.stock",))


def _spec(heard: Heard, message: ChatMessage, product: Product, catalog: Catalog) -> AnswerPlan | None:
    if heard.spec is not None:
        return AnswerPlan("spec", label=heard.spec, facts=(f"{product.id}.specs.{heard.spec}",))
    text = plain(message.text)
    if any(question.search(text) for question, _ in words.SPEC_GROUPS):
        if product.variants and re.search(r"颜色|款式|colou?r|size|尺码|option", text):
            return AnswerPlan("variants")
        return None  # asked for something definite that is not listed
    listed = tuple(f"{product.id}.specs.{label}" for label in list(product.specs)[:3])
    return AnswerPlan("specs", facts=listed) if listed else None


def _from(path: str) -> Callable[[Heard, ChatMessage, Product, Catalog], AnswerPlan | None]:
    def plan(heard: Heard, message: ChatMessage, product: Product, catalog: Catalog) -> AnswerPlan | None:
        for address in (f"{product.id}.{path}", f"shop.{path}"):
            if (note := catalog.fact(address)) and _speaks_of(note, message.text):
                return AnswerPlan(path, facts=(address,))
        return None

    return plan


def _speaks_of(note: str, question: str) -> bool:
    """Whether a note can answer: a question about the microwave wants a note about the microwave."""
    things = {m[0] for m in words.SPECIFIC.finditer(plain(question))}
    return not things or any(thing in plain(note) for thing in things)


def _use(heard: Heard, message: ChatMessage, product: Product, catalog: Catalog) -> AnswerPlan | None:
    """An open question gets the list, a closed one only the use it names: "can I put soda in it?" gets neither."""
    text = plain(message.text)
    named = [i for i, use in enumerate(product.uses) if plain(use) in text]
    if named:
        return AnswerPlan("use-yes", facts=(f"{product.id}.uses[{named[0]}]",))
    if not product.uses or not re.search(r"怎么|如何|什么|哪|\bhow\b|\bwhat\b", text):
        return None
    return AnswerPlan("use", facts=tuple(f"{product.id}.uses[{i}]" for i in range(min(2, len(product.uses)))))


def _coupon(heard: Heard, message: ChatMessage, product: Product, catalog: Catalog) -> AnswerPlan | None:
    if address := next((f"shop.{k}" for k in ("coupon", "coupons", "discount", "优惠",
        "优惠券") if catalog.shop.get(k)), None):
        return AnswerPlan("faq", facts=(address,))
    return AnswerPlan("coupon", facts=(f"{product.id}.price",))


_OWN: dict[Intent, Callable[[Heard, ChatMessage, Product, Catalog], AnswerPlan | None]] = {
    Intent.PRICE: _price, Intent.STOCK: _stock, Intent.SPEC: _spec, Intent.USE: _use, Intent.COUPON: _coupon,
    Intent.SHIPPING: _from("shipping"), Intent.RETURNS: _from("returns"), Intent.WARRANTY: _from("warranty"),
    Intent.CARE: _from("care"),
}


def _only_names(message: ChatMessage, product: Product) -> bool:
    """A message that is a number or a name and asks nothing else: tell about the product."""
    text = plain(message.text)
    for name in sorted((product.name, product.short_name, *product.aliases, str(product.number)), key=len,
        reverse=True):
        if name:
            text = text.replace(plain(name), " ")
    rest = re.sub(r"[\W_]|号|链接|讲|讲讲|讲一下|看|看看|介绍|一下|说说|再|想|主播|number|no|item|link|show|me|the"
                  r"|please|tell|about|see", "", text)
    return len(rest) <= 2


def _shop_fact(message: ChatMessage, catalog: Catalog) -> str | None:
    """A fact of the shop whose key the message mentions (payment, hours, 营业时间, …)."""
    text = plain(message.text)
    pay = re.search(r"付款|支付|怎么付|花呗|\bpay(ment|ing)?\b|credit card|paypal", text)
    for key in catalog.shop:
        if plain(key) in text or (pay and re.search(r"payment|付款|支付", key.lower())):
            return f"shop.{key}"
    return None


def _faq(message: ChatMessage, product: Product, surely: bool = False) -> str | None:
    """The address of the merchant's answer whose question is nearest, if it is near (or surely the same)."""
    asked = _content(message.text, product)
    best: tuple[float, int, int] = (0.0, 0, 0)
    for index, (question, _) in enumerate(product.faq):
        theirs = _content(question, product)
        common = len(asked & theirs)
        if common:
            best = max(best, (0.7 * common / len(asked) + 0.3 * common / len(theirs), common, -index))
    score, common, index = best
    near = score >= FAQ_SAME and common >= 3 if surely else score >= FAQ_NEAR
    return f"{product.id}.faq[{-index}]" if near else None


_FILLERS = re.compile(
    r"请问|想问|主播|一下|这个|这把|这款|这件|那个|有没有|是不是|可不可以|能不能|会不会|要不要|需不需要|需要|可以|什么"
    r"|怎么|为什么|为啥"
    r"|[吗呢啊吧的了呀哦会要能么嘛]|[^\w]"
)


def _content(text: str, product: Product) -> frozenset[str]:
    """What a question is about: words, or pairs of Chinese characters, without the product's own names."""
    folded = plain(text)
    for name in sorted((product.name, product.short_name, *product.aliases), key=len, reverse=True):
        if len(name) > 1:
            folded = folded.replace(plain(name), " ")
    latin = [w.rstrip("s") for w in re.findall(r"[a-z0-9]+", folded) if w not in words.STOP_WORDS]
    chinese = _FILLERS.sub(" ", re.sub(r"[a-z0-9]+", " ", folded)).split()
    pairs = [run[i:i + 2] for run in chinese for i in range(max(1, len(run) - 1))]
    return frozenset([*latin, *pairs])


def _text(lines: tuple[Line, ...], language: Language) -> str:
    """The answer for the page: as many whole lines as fit."""
    joint = "" if language == "zh" else " "
    text = ""
    for line in lines:
        longer = f"{text}{joint}{line.text}" if text else line.text
        if text and len(longer) > TEXT_CHARS:
            break
        text = longer
    return text
