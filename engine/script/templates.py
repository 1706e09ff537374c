"""Script templates: files of parts, each part with several phrasings.

    {# comment: which variables there are #}
    == hook                                 a part; one of its phrasings is spoken
    [present] 来看{{ product.number }}号链接。     one line of speech; words in brackets are its acting
    --                                      the next phrasing
    [present warm] 接下来是{{ product.name }}。
    == price? if product.compare_at is defined
    …                                       ``?``: left out rather than repeated; ``if``: a condition

Words in brackets: a gesture (present, welcome, thumb), a look (product, chat), a mood (neutral,
excited, thinking, sorry), ``notice``, or ``row=0`` (the board row the line talks about).

A phrasing that needs a fact the product does not have is not chosen: no template has to ask first.
A phrasing that does not parse is reported with file and line, and the others go on without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import TemplateError

_PART = re.compile(r"^==\s*([a-z][a-z0-9-]*)(\?)?(?:\s+if\s+(.+?))?\s*$")
_TAG = re.compile(r"^\[([a-z0-9= ]+)\]\s*")
_ROW = re.compile(r"^row=(\d{1,2})$")
GESTURES = frozenset({"rest", "present", "welcome", "thumb"})
LOOKS = frozenset({"camera", "product", "chat"})
MOODS = frozenset({"neutral", "warm", "excited", "thinking", "sorry"})

_environment = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True, slots=True)
class Cue:
    """One rendered line: how it is acted, and its text with the marks of ``engine.script.quote``."""

    marked: str
    acting: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way to say a part."""

    where: str
    template: Template

    def render(self, variables: Mapping[str, Any]) -> tuple[Cue, ...] | None:
        """The lines, or None where a fact it needs does not exist.

        Raises:
            TemplateError: it cannot be rendered at all.
        """
        try:
            text = self.template.render(variables)
        except UndefinedError:
            return None
        except (JinjaError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise TemplateError(f"cannot be rendered: {error}", where=self.where) from error
        return tuple(_cue(line, self.where) for line in text.splitlines() if line.strip())


@dataclass(frozen=True, slots=True)
class Part:
    """A step of a segment."""

    name: str
    optional: bool
    wanted: Callable[..., Any] | None
    phrasings: tuple[Phrasing, ...]


@dataclass(frozen=True, slots=True)
class ScriptTemplate:
    """One file, read. ``problems`` are the phrasings that were left out."""

    path: Path
    parts: tuple[Part, ...]
    problems: tuple[TemplateError, ...]


def read(path: Path, known: frozenset[str], known_facts: frozenset[str]) -> ScriptTemplate:
    """Read a template file.

    ``known`` are the variables there are, ``known_facts`` the words after ``product.`` and the like.

    Raises:
        TemplateError: the file cannot be read, or no phrasing in it is usable.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"cannot read the template: {error}", where=str(path)) from error
    problems: list[TemplateError] = []
    parts: list[Part] = []
    for name, optional, condition, line, blocks in _parts_of(text, path, problems):
        try:
            wanted = _condition(condition, known, f"{path}:{line}") if condition else None
        except TemplateError as error:
            problems.append(error)
            continue
        phrasings: list[Phrasing] = []
        for first, source in blocks:
            try:
                phrasings.append(_phrasing(source, path, first, known, known_facts))
            except TemplateError as error:
                problems.append(error)
        if phrasings:
            parts.append(Part(name, optional, wanted, tuple(phrasings)))
    if not parts:
        raise problems[0] if problems else TemplateError(
            "holds no phrasing", where=str(path), fix="write '== part' and a line of speech under it"
        )
    return ScriptTemplate(path, tuple(parts), tuple(problems))


_Block = tuple[int, str]


def _parts_of(
    text: str, path: Path, problems: list[TemplateError]
) -> list[tuple[str, bool, str, int, list[_Block]]]:
    parts: list[tuple[str, bool, str, int, list[_Block]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("=="):
            match = _PART.match(line)
            if match is None:
                problems.append(TemplateError(
                    "not a part", where=f"{path}:{number}", fix="write '== name', '== name?' or '== name if condition'"
                ))
                continue
            parts.append((match[1], bool(match[2]), match[3] or "", number, [(number + 1, "")]))
        elif parts and line.strip() == "--":
            parts[-1][4].append((number + 1, ""))
        elif parts:
            first, source = parts[-1][4][-1]
            parts[-1][4][-1] = (first, f"{source}{line}\n")
    return [(n, o, c, at, [b for b in blocks if b[1].strip()]) for n, o, c, at, blocks in parts]


def _condition(source: str, known: frozenset[str], where: str) -> Callable[..., Any]:
    try:
        _check_names(_environment.parse(f"{{{{ {source} }}}}"), known, where)
        return _environment.compile_expression(source)
    except TemplateSyntaxError as error:
        raise TemplateError(f"condition does not parse: {error.message}", where=where) from error


def _phrasing(
    source: str, path: Path, first: int, known: frozenset[str], known_facts: frozenset[str]
) -> Phrasing:
    padded = "\n" * (first - 1) + source  # so that Jinja counts lines as the file does
    try:
        tree = _environment.parse(padded, filename=str(path))
        _check_names(tree, known, f"{path}:{first}")
        _check_facts(tree, known_facts, path)
        template = _environment.from_string(padded)
    except TemplateSyntaxError as error:
        raise TemplateError(f"does not parse: {error.message}", where=f"{path}:{error.lineno}") from error
    for offset, line in enumerate(source.splitlines()):
        if not line.lstrip().startswith(("{%", "{{")):
            _cue(line, f"{path}:{first + offset}")
    return Phrasing(f"{path}:{first}", template)


def _check_names(tree: nodes.Template, known: frozenset[str], where: str) -> None:
    unknown = sorted(meta.find_undeclared_variables(tree) - known)
    if unknown:
        raise TemplateError(
            f"there is no variable {unknown[0]!r}", where=where, fix=f"known are {', '.join(sorted(known))}"
        )


def _check_facts(tree: nodes.Template, known_facts: frozenset[str], path: Path) -> None:
    """A misspelt fact would only ever look like a product that lacks it: say so at once."""
    for attribute in tree.find_all(nodes.Getattr):
        owner = attribute.node
        if isinstance(owner, nodes.Name) and owner.name in ("product", "other", "next") and (
            attribute.attr not in known_facts
        ):
            raise TemplateError(
                f"there is no fact {owner.name}.{attribute.attr}",
                where=f"{path}:{attribute.lineno}",
                fix=f"known are {', '.join(sorted(known_facts))}",
            )


def _cue(line: str, where: str) -> Cue:
    match = _TAG.match(line.strip())
    if match is None:
        return Cue(line.strip(), {})
    acting: dict[str, Any] = {}
    for word in match[1].split():
        if word in GESTURES:
            acting["gesture"] = word
        elif word in LOOKS:
            acting["look"] = word
        elif word in MOODS:
            acting["mood"] = word
        elif word == "notice":
            acting["notice"] = True
        elif row := _ROW.match(word):
            acting["row"] = int(row[1])
        else:
            raise TemplateError(
                f"{word!r} is no gesture, look or mood",
                where=where,
                fix=f"use {', '.join(sorted((GESTURES | LOOKS | MOODS) - {'rest', 'camera', 'warm'}))}, notice or "
                    f"row=0",
            )
    return Cue(line.strip()[match.end():], acting)
