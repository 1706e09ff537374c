"""A line with a voice becomes a performance: mouth, captions, emphasis, all on the tick.

Pure: the same line and speech give the same performance.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from engine.media import RATE_HZ, Caption, Mouth, Question, Samples, Speech, Word
from engine.ports import LipSync
from engine.script.segment import FactUse, Line, Segment

_PAUSE_SENTENCE_S = 0.42
_PAUSE_CLAUSE_S = 0.16
_EMPHASIS_S = 0.28


@dataclass(frozen=True, slots=True)
class Performed:
    """One line ready for the air. All arrays are per picture except the samples.

    ``id`` is unique in the room; ``samples`` is mono at 48 kHz and may be empty (an interlude).
    """

    id: str
    line: Line
    segment: Segment
    ticks: int
    samples: Samples
    mouths: tuple[Mouth, ...]
    words: tuple[Word, ...]
    lit: tuple[tuple[int, int], ...]
    """Per picture of speech: the characters that are being said (start, end)."""
    emphasis: tuple[float, ...]
    speech_ticks: int
    question: Question | None = None
    board: tuple[tuple[str, str, str], ...] = ()
    voice: str = ""
    featured_music: bool = False
    chat: str | None = None
    """The id of the chat message that this line answers."""

    def mouth_at(self, position: int) -> Mouth:
        return self.mouths[position] if position < len(self.mouths) else Mouth()

    def emphasis_at(self, position: int) -> float:
        return self.emphasis[position] if position < len(self.emphasis) else 0.0

    def speaking_at(self, position: int) -> bool:
        return position < self.speech_ticks

    def samples_at(self, position: int, samples_per_tick: int) -> Samples | None:
        """The mono samples of one tick, None after the end of speech."""
        part = self.samples[position * samples_per_tick : (position + 1) * samples_per_tick]
        return part if len(part) else None

    def caption_at(self, position: int) -> Caption:
        text, language = self.line.text, self.line.language
        if not self.lit:
            return Caption(text, language, len(text), len(text))
        start, end = self.lit[min(position, len(self.lit) - 1)] if position < len(self.lit) else (len(text),) * 2
        return Caption(text, language, start, end)


def perform(
    line: Line,
    segment: Segment,
    speech: Speech,
    *,
    id: str,
    fps: int,
    lipsync: LipSync,
    question: Question | None = None,
    board: tuple[tuple[str, str, str], ...] = (),
    chat: str | None = None,
) -> Performed:
    """Give a spoken line its pictures' worth of mouth, captions and emphasis.

    The performance lasts the speech, rounded up to whole pictures, and a pause that the closing mark asks for.
    """
    per_tick = RATE_HZ // fps
    speech_ticks = -(-len(speech.samples) // per_tick)
    pause_s = _PAUSE_SENTENCE_S if line.text.rstrip("”\"'』」）)").endswith(tuple("。.！!？?…")) else _PAUSE_CLAUSE_S
    words = merge_facts(speech.words, line.facts, line.text)
    return Performed(
        id=id,
        line=line,
        segment=segment,
        ticks=speech_ticks + round(pause_s * fps),
        samples=speech.samples,
        mouths=lipsync(speech.phones, speech.duration_s, fps),
        words=words,
        lit=_lit_per_tick(words, speech_ticks, fps),
        emphasis=_emphasis_per_tick(words, line.facts, speech_ticks, fps),
        speech_ticks=speech_ticks,
        question=question,
        board=board,
        voice=speech.voice,
        chat=chat,
    )


def silent(
    line: Line, segment: Segment, *, id: str, ticks: int, featured_music: bool = True
) -> Performed:
    """A line without speech: its caption stands while music plays (a product interlude)."""
    return Performed(
        id=id, line=line, segment=segment, ticks=ticks, samples=np.zeros(0, np.float32), mouths=(),
        words=(), lit=(), emphasis=(), speech_ticks=0, featured_music=featured_music,
    )


def merge_facts(words: tuple[Word, ...], facts: tuple[FactUse, ...], text: str) -> tuple[Word, ...]:
    """Words with those inside one fact joined, so that a whole fact lights at once (``220毫升``)."""
    spans = sorted((f.start, f.end) for f in facts if 0 <= f.start < f.end and f.end - f.start <= 14)
    merged: list[Word] = []
    open_span: tuple[int, int] | None = None
    for word in words:
        span = next((s for s in spans if word.char_start < s[1] and word.char_end > s[0]), None)
        if span is not None and span == open_span:
            last = merged[-1]
            end = max(last.char_end, word.char_end)
            merged[-1] = replace(last, end_s=word.end_s, char_end=end, text=text[last.char_start : end])
        elif span is not None:
            start, end = min(span[0], word.char_start), max(span[1], word.char_end)
            merged.append(replace(word, char_start=start, char_end=end, text=text[start:end]))
        else:
            merged.append(word)
        open_span = span
    return tuple(merged)


def _lit_per_tick(words: tuple[Word, ...], ticks: int, fps: int) -> tuple[tuple[int, int], ...]:
    lit: list[tuple[int, int]] = []
    current = 0
    for tick in range(ticks):
        while current + 1 < len(words) and words[current + 1].start_s <= (tick + 0.5) / fps:
            current += 1
        if not words or (tick + 1) / fps < words[current].start_s:
            lit.append((0, 0))
        else:
            lit.append((words[current].char_start, words[current].char_end))
    return tuple(lit)


def _emphasis_per_tick(
    words: tuple[Word, ...], facts: tuple[FactUse, ...], ticks: int, fps: int
) -> tuple[float, ...]:
    """A short hill at the start of every fact; a smaller one at the first word of the line."""
    track = np.zeros(ticks)
    at = np.arange(ticks) / fps
    peaks = [(words[0].start_s, 0.5)] if words else []
    for word in words:
        if any(f.start >= 0 and word.char_start < f.end and word.char_end > f.start for f in facts):
            peaks.append((word.start_s, 1.0))
    for peak_s, height in peaks:
        track = np.maximum(track, height * np.exp(-(((at - peak_s - 0.12) / _EMPHASIS_S) ** 2) * 3))
    return tuple(round(float(value), 3) for value in track)


@dataclass(slots=True)
class PerformedSegment:
    """A segment on its way to the air: lines become ready one after another."""

    segment: Segment
    lines: tuple[Line, ...]
    writer: str
    dropped: tuple[tuple[str, str], ...] = ()
    board: tuple[tuple[str, str, str], ...] = ()
    ready: list[Performed] = field(default_factory=list)
    aired: int = 0
    """Lines handed to the air so far."""

    @property
    def complete(self) -> bool:
        return len(self.ready) == len(self.lines)

    @property
    def finished(self) -> bool:
        return self.complete and self.aired >= len(self.ready)

    @property
    def started(self) -> bool:
        return self.aired > 0

    def ready_ticks(self) -> int:
        """Ticks of performance that are ready and not yet aired."""
        return sum(p.ticks for p in self.ready[self.aired :])
