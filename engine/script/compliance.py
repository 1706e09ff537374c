"""What may not be said even when no number is wrong: rules as data, by language.

``rules/<language>.yaml`` is a list of rules that a merchant can read and correct::

    - name: absolute-terms
      because: Advertising Law of China, art. 9
      find: [最好, 第一]          regular expressions; case does not matter
      spare: [第一步]             places that match these are no hits
      repair: ""                 put this instead of the hit (without it the line is dropped)
      unless: low-stock          the line proves it: low-stock (a stock fact of 5 or less),
                                 in-facts (the words stand in a fact of the product or the shop)

Names of products are spared: a brand may be called what it is called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from engine.errors import ConfigError
from engine.media import Language
from engine.script.catalog import LOW_STOCK, Catalog
from engine.script.segment import Line

RULES = Path(__file__).parent / "rules"
_KEYS = frozenset({"name", "because", "find", "spare", "repair", "unless"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the air."""

    name: str
    because: str
    find: re.Pattern[str]
    spare: re.Pattern[str] | None = None
    repair: str | None = None
    unless: Literal["", "low-stock", "in-facts"] = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """``line`` None: it may not be said. ``reasons`` name the rules that were hit."""

    line: Line | None
    reasons: tuple[str, ...] = ()


def judge(line: Line, catalog: Catalog) -> Judgement:
    """Apply the rules of both languages (a line may mix them), those of its own first."""
    reasons: list[str] = []
    others: tuple[Language, ...] = ("zh", "en") if line.language == "zh" else ("en", "zh")
    for rule in [r for language in others for r in rules(language)]:
        for start, end in reversed(_hits(rule, line, catalog)):
            reasons.append(f"{rule.name}: {line.text[start:end]!r}")
            if rule.repair is None:
                return Judgement(None, tuple(reasons))
            line = trimmed(line, start, end, rule.repair)
    return Judgement(line if re.search(r"\w", line.text) else None, tuple(reasons))


def _hits(rule: Rule, line: Line, catalog: Catalog) -> list[tuple[int, int]]:
    if rule.unless == "low-stock" and _proves_low_stock(line):
        return []
    spared = [m.span() for m in rule.spare.finditer(line.text)] if rule.spare else []
    spared += [
        (u.start, u.end)
        for u in line.facts
        if u.address.rpartition(".")[2] in ("name", "short_name", "vendor")
    ]
    hits = [
        m.span()
        for m in rule.find.finditer(line.text)
        if m.start() < m.end() and not any(a <= m.start() and m.end() <= b for a, b in spared)
    ]
    if rule.unless == "in-facts" and hits:
        known = _fact_text(line, catalog)
        hits = [(a, b) for a, b in hits if line.text[a:b].lower() not in known]
    return hits


def _proves_low_stock(line: Line) -> bool:
    return any(
        u.address.rpartition(".")[2] == "stock" and u.value.isdigit() and 0 < int(u.value) <= LOW_STOCK
        for u in line.facts
    )


def _fact_text(line: Line, catalog: Catalog) -> str:
    products = {line.product, *(u.address.partition(".")[0] for u in line.facts)}
    values = [v for p in products if p for v in catalog.facts(p).values()]
    return " ".join([*values, *catalog.shop.values()]).lower()


def trimmed(line: Line, start: int, end: int, put: str) -> Line:
    """The line with ``start…end`` replaced by ``put``; spans move along, a span that is hit is lost."""
    shift = len(put) - (end - start)
    moved = []
    for use in line.facts:
        if use.end <= start:
            moved.append(use)
        elif use.start >= end:
            moved.append(replace(use, start=use.start + shift, end=use.end + shift))
        else:
            moved.append(replace(use, start=-1, end=-1))
    return replace(line, text=line.text[:start] + put + line.text[end:], facts=tuple(moved))


@cache
def rules(language: Language, folder: Path = RULES) -> tuple[Rule, ...]:
    """The rules of a language (read once).

    Raises:
        ConfigError: the file cannot be read, or a rule in it is not a rule.
    """
    path = folder / f"{language}.yaml"
    try:
        entries = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise ConfigError(f"cannot read the rules: {error}", where=str(path)) from error
    return tuple(_rule(entry, f"{path} rule {i + 1}") for i, entry in enumerate(entries or []))


def _rule(entry: Mapping[str, Any], where: str) -> Rule:
    if not isinstance(entry, dict) or not entry.get("name") or not entry.get("find"):
        raise ConfigError("a rule needs a name and find", where=where)
    if unknown := set(entry) - _KEYS:
        raise ConfigError(f"unknown key {sorted(unknown)[0]!r}", where=where, fix=f"known are "
            f"{', '.join(sorted(_KEYS))}")
    unless = entry.get("unless", "")
    if unless not in ("", "low-stock", "in-facts"):
        raise ConfigError(f"unless {unless!r} is unknown", where=where, fix="use low-stock or in-facts")
    try:
        find = re.compile("|".join(entry["find"]), re.IGNORECASE)
        spare = re.compile("|".join(entry["spare"]), re.IGNORECASE) if entry.get("spare") else None
    except (re.error, TypeError) as error:
        raise ConfigError(f"not a regular expression: {error}", where=where) from error
    return Rule(str(entry["name"]), str(entry.get("because", "")), find, spare, entry.get("repair"), unless)
