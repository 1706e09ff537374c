"""What the planner chooses, what the writer writes: segments, lines and the facts they use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from engine.media import Language


class SegmentKind(StrEnum):
    """The kinds of segment; each has templates ``scripts_templates/<language>/<kind>.j2``."""

    OPENING = "opening"
    PITCH = "pitch"
    DEEP_DIVE = "deep-dive"
    COMPARISON = "comparison"
    OFFER = "offer"
    ANSWER = "answer"
    RECAP = "recap"
    INTERACTION = "interaction"
    FILLER = "filler"
    FAREWELL = "farewell"
    INTERLUDE = "interlude"
    """Pictures, captions and music without speech: what plays while the voice catches up."""


@dataclass(frozen=True, slots=True)
class FactUse:
    """One fact inside a line: its address, its value when the line was written, and where it stands
    in the line's text (``start`` = ``end`` = −1 when the line uses it without quoting it)."""

    address: str
    value: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of the show, with the reason in words for which it was chosen."""

    id: str
    kind: SegmentKind
    reason: str
    product: str | None = None
    other: str | None = None
    """The second product of a comparison."""
    question: str | None = None
    """The id of the chat message that an answer answers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One phrase or sentence as it will be spoken, proven from facts.

    ``gesture``/``look``/``mood`` are as in ``engine.media.Acting``; ``row`` is the board row that a
    comparison line talks about.
    """

    text: str
    language: Language
    facts: tuple[FactUse, ...] = ()
    product: str | None = None
    gesture: str = "rest"
    look: Literal["camera", "product", "chat"] = "camera"
    mood: Literal["neutral", "warm", "excited", "thinking", "sorry"] = "warm"
    row: int | None = None
    notice: bool = False
    """True for the spoken notice that the host is synthetic: never dropped, never interrupted away."""


@dataclass(frozen=True, slots=True)
class Script:
    """A segment in words. ``dropped`` tells which lines did not get a voice, and why."""

    segment: Segment
    lines: tuple[Line, ...]
    writer: str = "template"
    dropped: tuple[tuple[str, str], ...] = ()
    board: tuple[tuple[str, str, str], ...] = ()
    """A comparison's rows: label, first product's value, second product's value."""


def to_json(part: Segment | Line | FactUse | Script) -> dict[str, Any]:
    """The part as plain JSON objects, for the page, the evidence log and tests."""
    return asdict(part)
