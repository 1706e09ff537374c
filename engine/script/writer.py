"""From a segment to words: the template writer, and what every writer must know.

    write(segment) ─► phrasings that render ─► lines ─► claims.check ─► Script
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from engine.errors import TemplateError
from engine.media import Language
from engine.script import compliance, templates
from engine.script.catalog import Catalog, Product
from engine.script.claims import CheckContext, Verdict, check, names_of
from engine.script.money import money
from engine.script.quote import Quotes, clean, cut
from engine.script.segment import FactUse, Line, Script, Segment, SegmentKind
from engine.script.templates import Cue, Part, ScriptTemplate
from engine.script.vocabulary import FACTS, VARIABLES, Moment, facts_for, spec_label, variables

log = logging.getLogger(__name__)

SPOKEN = tuple(kind for kind in SegmentKind if kind is not SegmentKind.INTERLUDE)
MAX_ROWS = 5
"""Rows of a comparison's board."""


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """What an answer is made of (see ``engine.show.answers``); the product is the segment's."""

    topic: str
    name: str | None = None
    """The viewer's name, already safe to say."""
    label: str = ""
    """The spec that was asked about, as the catalog labels it."""
    facts: tuple[str, ...] = ()
    """Addresses of the facts that answer."""


@dataclass(frozen=True, slots=True)
class WriterContext:
    """The moment a script is written for. ``said_recently`` goes from old to new."""

    host: str = ""
    shop: str = ""
    show: str = ""
    local_hour: int = 20
    said_recently: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    """What viewers asked about: (product, path of the fact), such as ``("flask", "specs.Capacity")``."""
    shown: tuple[str, ...] = ()
    """Products already shown in this show, oldest first."""
    seed: int = 0
    answer: AnswerPlan | None = None
    notice_due: bool = False
    next_product: str | None = None
    on_air_min: float = 0.0


class TemplateWriter:
    """Writes from ``<folder>/<language>/<kind>.j2``.

    Raises:
        TemplateError: a kind has no usable template.
        ConfigError: the rules of the air cannot be read.
    """

    def __init__(self, folder: Path, language: Language) -> None:
        self.language = language
        self._templates: dict[SegmentKind, ScriptTemplate] = {}
        self._reported: set[str] = set()
        for kind in SPOKEN:
            template = templates.read(folder / language / f"{kind.value}.j2", VARIABLES, FACTS)
            self._templates[kind] = template
        compliance.rules(language)  # a rule file that cannot be read is a mistake at start, not on air
        self._notice = templates.read(folder / language / "notice.j2", VARIABLES, FACTS)
        for problem in self.problems:
            self._report(problem)

    @property
    def problems(self) -> tuple[TemplateError, ...]:
        """Phrasings that do not parse, for ``validate``."""
        return tuple(p for t in (*self._templates.values(), self._notice) for p in t.problems)

    def write(self, segment: Segment, catalog: Catalog, context: WriterContext) -> Script:
        """Write a segment; never fails. A segment of which nothing may be said has no lines."""
        template = self._templates.get(segment.kind)
        if template is None:
            return Script(segment, ())
        desk = _Desk(self.language, segment, catalog, context)
        written: list[Line] = []
        dropped: list[tuple[str, str]] = []
        for part in self._parts(segment, template, context.notice_due):
            lines, lost = self._part(part, desk)
            written.extend(lines)
            dropped.extend(lost)
        return Script(segment, tuple(written), "template", tuple(dropped), desk.board)

    def notice(self, segment: Segment, catalog: Catalog, context: WriterContext) -> tuple[Line, ...]:
        """Only the spoken notice that the host is AI-generated."""
        desk = _Desk(self.language, segment, catalog, context)
        return tuple(line for part in self._notice.parts for line in self._part(part, desk)[0])

    def _parts(self, segment: Segment, template: ScriptTemplate, notice_due: bool) -> tuple[Part, ...]:
        """The segment's parts; a notice that is due stands first, in an answer last (who asks comes first)."""
        if not notice_due or any(part.name == "notice" for part in template.parts):
            return template.parts
        if segment.kind is SegmentKind.ANSWER:
            return (*template.parts, *self._notice.parts)
        return (*self._notice.parts, *template.parts)

    def every_phrasing(self, segment: Segment, catalog: Catalog, context: WriterContext) -> list[tuple[str, Verdict]]:
        """Each phrasing of the segment's template that renders, with the verdict on each of its lines."""
        found: list[tuple[str, Verdict]] = []
        for part in self._templates[segment.kind].parts:
            desk = _Desk(self.language, segment, catalog, context)
            if not desk.wants(part):
                continue
            for phrasing in part.phrasings:
                desk.takes.reset(dict.fromkeys(desk.takes.mark(), 0))
                if (cues := phrasing.render(desk.variables)) is not None:
                    found += [(phrasing.where, desk.judge(line)) for line in desk.lines(cues)]
        return found

    def _part(self, part: Part, desk: _Desk) -> tuple[list[Line], list[tuple[str, str]]]:
        """The best phrasing of a part: seeded, least heard, nothing dropped if possible."""
        if not desk.wants(part):
            return [], []
        best: tuple[float, list[Line], list[tuple[str, str]], dict[str, int]] | None = None
        before = desk.takes.mark()
        for phrasing in desk.rng.sample(part.phrasings, len(part.phrasings)):
            desk.takes.reset(before)
            try:
                cues = phrasing.render(desk.variables)
            except TemplateError as error:
                self._report(error)
                continue
            if cues is None:
                continue
            lines, lost = desk.checked(desk.lines(cues))
            if not lines and not lost:
                continue
            cost = 1000.0 * len(lost) + sum(desk.heard(line) for line in lines)
            if best is None or cost < best[0]:
                best = (cost, lines, lost, desk.takes.mark())
            if cost == 0:
                break
        if best is None or (part.optional and any(desk.repeats(line) for line in best[1])):
            desk.takes.reset(before)
            return [], best[2] if best else []
        _, lines, lost, taken = best
        desk.takes.reset(taken)
        desk.spoken(lines)
        return lines, lost

    def _report(self, error: TemplateError) -> None:
        if str(error) not in self._reported:
            self._reported.add(str(error))
            log.warning("%s", error)


class _Desk:
    """Everything on the desk while one segment is written."""

    def __init__(self, language: Language, segment: Segment, catalog: Catalog, context: WriterContext) -> None:
        self._language = language
        self._segment = segment
        self._catalog = catalog
        self._quotes = Quotes(catalog)
        self.rng = Random(f"{context.seed}/{segment.id}/{segment.kind}")
        self._said = {text: i + 1 for i, text in enumerate(context.said_recently)}
        self._now = len(context.said_recently) + 1
        moment = Moment(
            language, context.host, context.shop, context.show, context.local_hour, "\n".join(context.said_recently)
        )
        self.variables, self.takes = variables(segment, catalog, self._quotes, moment, context.next_product)
        self.board = board_of(segment, catalog, language)
        self._add(context)
        self._check = CheckContext(
            tuple(p for p in (segment.product, segment.other, context.next_product) if p),
            names_of(context.host, context.shop, context.show),
        )

    def _add(self, context: WriterContext) -> None:
        self.variables["notice_due"] = context.notice_due
        self.variables["rows"] = self._rows()
        goods = [p for i in dict.fromkeys(context.shown) if (p := self._catalog.get(i)) and p.sellable]
        self.variables["shown"] = [self._facts(p) for p in goods]
        self.variables["asked"] = [a for pair in dict.fromkeys(context.asked) if (a := self._asked(*pair))]
        if context.answer is not None:
            self.variables["answer"] = self._answer(context.answer)

    def _facts(self, product: Product) -> dict[str, Any]:
        return facts_for(product, self._catalog, self._quotes, self._language)

    def _asked(self, product: str, path: str) -> dict[str, Any] | None:
        found = self._catalog.get(product)
        if found is None or self._catalog.fact(f"{product}.{path}") is None:
            return None
        owner, _, label = path.partition(".")
        return {
            "product": self._facts(found),
            "topic": owner,
            "label": clean(label),
            "value": self._quotes.mark(f"{product}.{path}"),
        }

    def _answer(self, plan: AnswerPlan) -> dict[str, Any]:
        facts = [
            {"label": spec_label(a.partition(".specs.")[2], self._language), "value": self._quotes.mark(a)}
            for a in plan.facts
            if self._catalog.fact(a) is not None
        ]
        found: dict[str, Any] = {"topic": plan.topic, "facts": facts}
        if plan.name:
            found["name"] = clean(plan.name)
        if plan.label:
            found["label"] = spec_label(plan.label, self._language)
        if facts:
            found["value"] = facts[0]["value"]
        return found

    def _rows(self) -> list[dict[str, Any]]:
        left, right = self._segment.product, self._segment.other
        rows: list[dict[str, Any]] = []
        for index, (path, label) in enumerate(_row_paths(self._segment, self._catalog, self._language)):
            rows.append({
                "index": index,
                "label": label,
                "path": path,
                "left": self._quotes.mark(f"{left}.{path}"),
                "right": self._quotes.mark(f"{right}.{path}"),
                "same": self._catalog.fact(f"{left}.{path}") == self._catalog.fact(f"{right}.{path}"),
            })
        return rows

    def wants(self, part: Part) -> bool:
        if part.wanted is None:
            return True
        try:
            return bool(part.wanted(**self.variables))
        except Exception:  # a condition on a fact that is missing is not fulfilled
            return False

    def lines(self, cues: tuple[Cue, ...]) -> list[Line]:
        """Cues as lines: unmarked, cut at their clauses."""
        made: list[Line] = []
        for cue in cues:
            text, uses = self._quotes.read(cue.marked)
            for piece, spans in cut(text, uses, self._language):
                made.append(self._line(piece, spans, cue.acting))
        return made

    def _line(self, text: str, spans: tuple[FactUse, ...], acting: Mapping[str, Any]) -> Line:
        return Line(text, self._language, spans, self._product_of(spans), **acting)

    def _product_of(self, spans: tuple[FactUse, ...]) -> str | None:
        if self._segment.product:
            return self._segment.product
        return next((o for u in spans if (o := u.address.partition(".")[0]) != "shop"), None)

    def judge(self, line: Line) -> Verdict:
        return check(line, self._catalog, self._check)

    def checked(self, lines: list[Line]) -> tuple[list[Line], list[tuple[str, str]]]:
        kept: list[Line] = []
        lost: list[tuple[str, str]] = []
        for line in lines:
            verdict = self.judge(line)
            if verdict.line is not None:
                kept.append(verdict.line)
            else:
                lost.append((line.text, "; ".join(verdict.reasons)))
        return kept, lost

    def repeats(self, line: Line) -> bool:
        return line.text in self._said

    def heard(self, line: Line) -> float:
        """How much a line would repeat: 10…20 for the same words, 0…1 for the same turn of phrase."""
        if at := self._said.get(line.text):
            return 10.0 + 10.0 * at / self._now
        turn = _turn_of_phrase(line)
        if len(turn) < (4 if self._language == "zh" else 10):
            return 0.0
        return max((at / self._now for text, at in self._said.items() if turn in text), default=0.0)

    def spoken(self, lines: list[Line]) -> None:
        for line in lines:
            self._said[line.text] = self._now


def _turn_of_phrase(line: Line) -> str:
    """The longest run of a line's own words, between its facts."""
    edges = [0, *(e for u in sorted(line.facts, key=lambda u: u.start) if u.start >= 0 for e in (u.start, u.end)),
        len(line.text)]
    runs = [line.text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return max(runs, key=len, default="")


def _row_paths(segment: Segment, catalog: Catalog, language: Language) -> list[tuple[str, str]]:
    """What two products are compared by: the price, then the specs both have."""
    left = catalog.get(segment.product or "")
    right = catalog.get(segment.other or "")
    if left is None or right is None:
        return []
    shared = [label for label in left.specs if label in right.specs]
    rows = [("price", "价格" if language == "zh" else "Price"), *((f"specs.{label}", clean(label)) for label in shared)]
    return rows[:MAX_ROWS]


def board_of(segment: Segment, catalog: Catalog, language: Language) -> tuple[tuple[str, str, str], ...]:
    """The rows that the stage shows during a comparison: label, left value, right value."""
    def cell(product: str | None, path: str) -> str:
        value = catalog.fact(f"{product}.{path}") or ""
        return money(Decimal(value), catalog.currency) if path == "price" else clean(value)

    return tuple(
        (label, cell(segment.product, path), cell(segment.other, path))
        for path, label in _row_paths(segment, catalog, language)
    )
