"""Keeps performed lines ahead of the air and hands them out, one line at a time.

Two sides. The *desk* (the event loop) asks the show for scripts, has them spoken and queues them; it
may take seconds. The *air* (the playout thread) calls :meth:`Director.next_line` at each line boundary
and never waits: when nothing fits it gets a product interlude, and between the lines of an answer None,
for which the playout holds the host in standby.

Order at a boundary: the operator's words, then answers to viewers, then the running segment, then the
next one. A line whose facts have changed since it was written is never handed out.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from engine.clock import Clock
from engine.errors import NightmarketError
from engine.media import Question
from engine.performance import Performed, PerformedSegment, perform, silent
from engine.ports import LipSync, Speaker
from engine.script.segment import Line, Script, SegmentKind

log = logging.getLogger(__name__)

PRIORITY_ANSWER, PRIORITY_NEXT, PRIORITY_AHEAD = 0, 1, 2
_OPENING_WAIT_S = 12.0
"""How long a new room waits for its first words before it shows its goods instead."""
_INTERLUDES_BEFORE_RECALL = 2
_WAIT_FOR_ANSWER_TICKS = 100
"""An answer whose next line is not ready is waited for this long before the show goes on."""


async def _no_rehearsal(_: Performed) -> None:
    return None


class Scripts(Protocol):
    """What the director asks of the show."""

    async def next_script(self) -> Script | None:
        """The next segment in words; None while there is nothing to plan (the show has ended)."""
        ...

    def interlude(self) -> Script:
        """A segment of silent captions for now; always available."""
        ...

    def recall(self) -> Script | None:
        """A segment said before whose lines cost the voice nothing, or None."""
        ...

    def fresh(self, line: Line) -> bool:
        """Whether every fact of the line still has the value it was written with."""
        ...

    def dropped_stale(self, performed: Performed) -> None:
        """Told when a prepared line is thrown away because a fact changed."""
        ...


@dataclass(slots=True)
class _Insert:
    """Lines that go between the lines of a segment: an answer, or the operator's words."""

    performed: PerformedSegment
    urgent: bool
    question: Question | None = None
    chat: str | None = None
    waited: int = 0


class Director:
    """See the module.

    Args:
        show: where scripts come from.
        speaker: the room's side of the speech process.
        fps: pictures per second; ``interlude_s`` how long one interlude caption stands.
        patient: True offline, where the air waits for the desk: no interludes are needed.
    """

    def __init__(
        self, show: Scripts, speaker: Speaker, lipsync: LipSync, clock: Clock, fps: int, *,
        interlude_s: float = 4.0, patient: bool = False,
    ) -> None:
        self._clock = clock
        self._show = show
        self._speaker = speaker
        self._lipsync = lipsync
        self._fps = fps
        self._interlude_ticks = round(interlude_s * fps)
        self._patient = patient
        self._lock = threading.RLock()
        self._segments: deque[PerformedSegment] = deque()
        self._inserts: deque[_Insert] = deque()
        self._interlude: deque[Performed] = deque()
        self._ids = 0
        self._interludes = 0
        self._interlude_id = ""
        self._begun = False
        self._first_waits = 0
        self._speech_s = 0.0
        self._made_in_s = 0.0
        self._drop: set[str] = set()
        self.closing = False
        self.rehearse: Callable[[Performed], Awaitable[None]] = _no_rehearsal
        """Called with each line when it has its voice, before the air may take it."""

    # --- the air's side ----------------------------------------------------------------------

    def next_line(self) -> Performed | None:
        """The next line for the air, None to stand by for a moment."""
        with self._lock:
            line, wait = self._next_insert()
            return line if line is not None or wait else self._next_of_show()

    def _next_insert(self) -> tuple[Performed | None, bool]:
        """A line of the operator or of an answer, and whether to wait for it where it is not ready."""
        while self._inserts:
            insert = self._inserts[0]
            part = insert.performed
            if part.finished:
                self._inserts.popleft()
                continue
            line = self._take(part)
            if line is not None:
                insert.waited = 0
                return replace(line, question=insert.question, chat=insert.chat), False
            if part.finished:
                continue
            if not part.started:
                return self._insert_behind(), False
            insert.waited += 1
            return None, insert.waited < _WAIT_FOR_ANSWER_TICKS
        return None, False

    def _insert_behind(self) -> Performed | None:
        """The first insert has no voice yet: a later one that is ready may go first."""
        for insert in list(self._inserts)[1:]:
            if insert.performed.complete and (line := self._take(insert.performed)) is not None:
                return replace(line, question=insert.question, chat=insert.chat)
        return None

    def _next_of_show(self) -> Performed | None:
        while self._segments:
            head = self._segments[0]
            if head.finished:
                self._segments.popleft()
                continue
            if not head.started and not self._startable(head):
                break
            line = self._take(head)
            if line is not None:
                self._interludes = 0
                self._begun = True
                return line
            if head.finished:
                continue
            break
        if self._patient or self.closing:
            return None
        if not self._begun and self._first_waits < _OPENING_WAIT_S * self._fps:
            self._first_waits += 1  # the host stands by with music until the first words are there
            return None
        return self._next_interlude()

    def _take(self, part: PerformedSegment) -> Performed | None:
        """The part's next ready line that is still true; stale ones are dropped on the way."""
        while part.aired < len(part.ready):
            line = part.ready[part.aired]
            part.aired += 1
            if line.id in self._drop:
                continue
            if self._show.fresh(line.line):
                return line
            self._show.dropped_stale(line)
            self._abandon_rest(part)
        return None

    def _abandon_rest(self, part: PerformedSegment) -> None:
        """After a stale line the rest of the segment makes no sense: only notices stay."""
        keep = [line for line in part.ready[part.aired :] if line.line.notice]
        part.ready = part.ready[: part.aired] + keep
        part.lines = tuple(p.line for p in part.ready)

    def _startable(self, part: PerformedSegment) -> bool:
        """Whole, or so far ahead that the voice will not fall behind (the opening starts at once)."""
        if part.complete:
            return True
        if not part.ready:
            return False
        if part.segment.kind is SegmentKind.OPENING:
            return True
        ready_s = part.ready_ticks() / self._fps
        done = len(part.ready)
        left_s = ready_s / done * (len(part.lines) - done)
        return ready_s >= left_s * max(0.0, 1 / self.voice_speed() - 1) + left_s * 0.4 + 1.0

    def _next_interlude(self) -> Performed | None:
        while self._interlude and not self._show.fresh(self._interlude[0].line):
            self._interlude.clear()
        if not self._interlude:
            self._interlude.extend(self._new_interlude())
        line = self._interlude.popleft() if self._interlude else None
        if line is not None and line.segment.id != self._interlude_id:
            self._interlude_id = line.segment.id
            self._interludes += 1
        return line

    def _new_interlude(self) -> list[Performed]:
        script = self._show.interlude()
        return [silent(line, script.segment, id=self._new_id(), ticks=self._interlude_ticks) for line in script.lines]

    # --- the desk's side ---------------------------------------------------------------------

    def voice_speed(self) -> float:
        """Seconds of speech made per second of waiting lately (1.0 before the first measure)."""
        return self._speech_s / self._made_in_s if self._made_in_s > 1.0 else 1.0

    def ahead_s(self) -> float:
        """Seconds of performance that are ready and not yet aired."""
        with self._lock:
            return sum(s.ready_ticks() for s in self._segments) / self._fps

    def whole_ahead(self) -> int:
        """Whole performed segments that wait for the air."""
        with self._lock:
            return sum(1 for s in self._segments if s.complete and not s.started)

    def rundown(self) -> list[PerformedSegment]:
        with self._lock:
            return list(self._segments)

    async def prepare_interlude(self) -> None:
        """Have an interlude rehearsed, so that the air finds one whenever it needs one."""
        with self._lock:
            if self._interlude:
                return
            lines = self._new_interlude()
        for line in lines:
            await self.rehearse(line)
        with self._lock:
            if not self._interlude:
                self._interlude.extend(lines)

    async def fill(self, *, whole: int = 1, seconds: float = 20.0) -> bool:
        """Prepare until ``whole`` segments and ``seconds`` are ahead.

        Returns False when the show has nothing more to plan.
        """
        while True:
            self._bridge()
            part = self._unfinished()
            if part is None:
                if self.whole_ahead() >= whole and self.ahead_s() >= seconds:
                    return True
                script = await self._show.next_script()
                if script is None:
                    return False
                part = self._begin(script)
                if not part.lines:
                    await asyncio.sleep(0)
                    continue
            await self._prepare(part, PRIORITY_NEXT if part is self._head() else PRIORITY_AHEAD)

    def _bridge(self) -> None:
        """While the voice lags, put what was said before (its speech costs nothing) ahead of what is new."""
        if self._interludes < _INTERLUDES_BEFORE_RECALL or self._patient:
            return
        if (again := self._show.recall()) is not None:
            self._interludes = 0
            self.put_next(again)

    def _begin(self, script: Script) -> PerformedSegment:
        part = PerformedSegment(script.segment, script.lines, script.writer, script.dropped, script.board)
        if part.lines:
            with self._lock:
                self._segments.append(part)
        return part

    async def _prepare(self, part: PerformedSegment, priority: int, chat: str | None = None,
                       question: Question | None = None) -> None:
        """Give the part's next line its voice."""
        line = part.lines[len(part.ready)]
        performed = await self._perform(line, part, priority, chat, question)
        await self.rehearse(performed)
        with self._lock:
            if len(part.ready) < len(part.lines) and part.lines[len(part.ready)] is line:
                part.ready.append(performed)

    async def _perform(self, line: Line, part: PerformedSegment, priority: int, chat: str | None,
                       question: Question | None) -> Performed:
        started = self._clock.now_s()
        try:
            speech = await self._speaker.say(line.text, line.language, priority)
        except NightmarketError as error:
            log.warning("a line goes on air as a caption only: %s", error)
            ticks = max(2, round(len(line.text) * (0.22 if line.language == "zh" else 0.07))) * self._fps
            return silent(line, part.segment, id=self._new_id(), ticks=ticks)
        if not speech.cached:
            took = max(1e-3, self._clock.now_s() - started)
            self._speech_s, self._made_in_s = self._speech_s * 0.9 + speech.duration_s, self._made_in_s * 0.9 + took
        return perform(line, part.segment, speech, id=self._new_id(), fps=self._fps, lipsync=self._lipsync,
                       question=question, board=part.board, chat=chat)

    async def insert(self, script: Script, *, urgent: bool = False, question: Question | None = None,
                     chat: str | None = None) -> None:
        """Speak a script at the next line boundary; returns when all of it has a voice."""
        if not script.lines:
            return
        part = PerformedSegment(script.segment, script.lines, script.writer, script.dropped, script.board)
        insert = _Insert(part, urgent, question, chat)
        with self._lock:
            if urgent:
                started = 1 if self._inserts and self._inserts[0].performed.started else 0
                self._inserts.insert(0 if not started else 1, insert)
            else:
                self._inserts.append(insert)
        while not part.complete:
            await self._prepare(part, PRIORITY_ANSWER, chat, question)

    def put_next(self, script: Script) -> None:
        """Queue a script as the next segment, before those that are prepared but not started."""
        part = PerformedSegment(script.segment, script.lines, script.writer, script.dropped, script.board)
        with self._lock:
            place = 1 if self._segments and self._segments[0].started else 0
            self._segments.insert(place, part)

    def skip(self) -> None:
        """Drop what is left of the running segment and of the answers."""
        with self._lock:
            self._inserts.clear()
            if self._segments and self._segments[0].started:
                self._segments.popleft()

    def replan(self) -> None:
        """Forget prepared segments that have not started: the plan has new reasons."""
        with self._lock:
            self._segments = deque(s for s in self._segments if s.started)

    def drop_stale(self) -> int:
        """Throw away what a changed fact made untrue; returns how many lines went."""
        gone = 0
        with self._lock:
            for part in list(self._segments):
                stale = [p for p in part.ready[part.aired :] if not self._show.fresh(p.line)]
                unwritten = [x for x in part.lines[len(part.ready) :] if not self._show.fresh(x)]
                if not stale and not unwritten:
                    continue
                gone += len(stale) + len(unwritten)
                for line in stale:
                    self._show.dropped_stale(line)
                if part.started:
                    self._abandon_rest(part)
                else:
                    self._segments.remove(part)
        return gone

    def _unfinished(self) -> PerformedSegment | None:
        with self._lock:
            return next((s for s in self._segments if not s.complete), None)

    def _head(self) -> PerformedSegment | None:
        with self._lock:
            return self._segments[0] if self._segments else None

    def _new_id(self) -> str:
        with self._lock:
            self._ids += 1
            return f"l{self._ids:05d}"
