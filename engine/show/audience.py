"""The room's ear: takes messages in, counts what viewers want, and answers from facts.

What viewers write is never spoken, and a name only when it is safe.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import config
from engine.media import ChatMessage, Question
from engine.script.catalog import Catalog
from engine.script.segment import Script, Segment, SegmentKind
from engine.script.writer import TemplateWriter, WriterContext
from engine.show import answers
from engine.show.chat import Asked, Inbox, normalise
from engine.show.names import safe_name
from engine.show.triage import Intent, triage

Event = dict[str, Any]

SPOKEN_MAX = 4
"""Answers that may wait for the air; further questions stay in the inbox."""
DEMAND_HALF_LIFE_S = 240.0
ASKED_WINDOW_S = 300.0
_NAME_CHARS = 40


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a viewer's message. ``events`` are to be told."""

    id: str
    accepted: bool
    why: str = ""
    intent: str = ""
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer for the air: ``script`` (no lines where it is only written), and what to tell."""

    chat: str
    script: Script
    question: Question
    text: str
    intent: str
    facts: Mapping[str, str]
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class _Awaited:
    """An answer on its way to the air; ``chats`` asked the same and share it."""

    chats: tuple[tuple[str, float], ...]
    text: str
    facts: Mapping[str, str]


class Audience:
    """Viewers' messages of one room. Time is passed in.

    Attributes:
        muted: True while chat is shown but not answered.
        recap: what was asked about, oldest first: (product, path of the fact).
    """

    def __init__(self, room: config.Room, templates: TemplateWriter) -> None:
        self._language = room.language
        self._say_names = room.show.say_names
        # "operator" asks through the command line, "file" is a show that is rendered.
        self._sources = {kind for entry in room.chat for kind in entry} | {"operator", "file"}
        self._templates = templates
        self._inbox = Inbox()
        self._heard = 0
        self._demand: dict[str, tuple[float, float]] = {}
        self._asked_at: deque[tuple[str, float]] = deque(maxlen=500)
        self._awaited: dict[str, _Awaited] = {}
        self.muted = False
        self.recap: deque[tuple[str, str]] = deque(maxlen=12)

    def hear(
        self, user: str, text: str, source: str, now_s: float, catalog: Catalog, on_card: str | None
    ) -> Taken:
        """Take in one message: normalised, without doubles, bounded."""
        if source not in self._sources:
            return Taken("", accepted=False, why=f"this room does not listen to {source}")
        self._heard += 1
        message = ChatMessage(f"c{self._heard:05d}", normalise(user)[:_NAME_CHARS], normalise(text), now_s, source)
        if not message.text:
            return Taken("", accepted=False, why="empty message")
        heard = triage(message, catalog, on_card, self._language)
        intent = str(heard.intent)
        chat = {"event": "chat", "t": round(now_s, 3), "id": message.id, "user": message.user,
                "text": message.text, "source": source, "intent": intent}
        if self.muted:
            return Taken(message.id, True, "chat is muted", intent, (chat,))
        reception = self._inbox.put(message, heard, now_s)
        if heard.intent is Intent.SPAM:
            return Taken(message.id, False, reception.why, intent)  # not even shown
        if reception.accepted:
            for product in heard.products:
                self._demand[product] = (self._demand_of(product, now_s) + 1.0, now_s)
                self._asked_at.append((product, now_s))
        return Taken(message.id, reception.accepted, reception.why, intent, (chat,))

    def next_reply(self, now_s: float, catalog: Catalog, context: WriterContext) -> Reply | None:
        """The next question answered; None while enough answers wait for the air, or nobody asks."""
        while len(self._awaited) < SPOKEN_MAX and (asked := self._inbox.take(now_s)) is not None:
            answer = answers.compose(asked.heard, asked.message, catalog, context, self._templates, self._say_names)
            if answer.lines or answer.text:
                return self._reply(asked, answer, now_s)
        return None

    def _reply(self, asked: Asked, answer: answers.Answer, now_s: float) -> Reply:
        message, intent = asked.message, str(asked.heard.intent)
        facts = {use.address: use.value for use in answer.facts}
        product = next((line.product for line in answer.lines if line.product), None)
        segment = Segment(f"a{message.id}", SegmentKind.ANSWER, f"a viewer asked ({intent})", product,
                          question=message.id)
        status = "queued" if answer.lines else "written"
        events = tuple({"event": "answer", "t": round(now_s, 3), "chat": m.id, "text": answer.text, "status": status,
                        "facts": facts} for m in asked.messages)
        if answer.lines:
            self._awaited[message.id] = _Awaited(tuple((m.id, m.at_s) for m in asked.messages), answer.text, facts)
        if answer.asked is not None and answer.asked not in self.recap:
            self.recap.append(answer.asked)
        name = safe_name(message.user, self._language) or ""
        return Reply(message.id, Script(segment, answer.lines), Question(name, message.text), answer.text, intent,
                     facts, events)

    def started(self, chat: str) -> tuple[Event, ...]:
        """The first line of an answer is in the air: what to tell about its questions, once."""
        awaited = self._awaited.pop(chat, None)
        if awaited is None:
            return ()
        return tuple({"event": "answer", "status": "speaking", "chat": id, "question_at": round(at_s, 3),
                      "text": awaited.text, "facts": dict(awaited.facts)} for id, at_s in awaited.chats)

    def forget_waiting(self) -> None:
        """The operator skipped: answers that waited will not be spoken."""
        self._awaited.clear()

    def demand(self, now_s: float) -> dict[str, float]:
        """Product to score: a question counts 1 and halves every four minutes."""
        return {product: self._demand_of(product, now_s) for product in self._demand}

    def asked_lately(self, now_s: float) -> Counter[str]:
        """Product to questions in the last five minutes."""
        return Counter(product for product, at_s in self._asked_at if now_s - at_s < ASKED_WINDOW_S)

    def _demand_of(self, product: str, now_s: float) -> float:
        score, at_s = self._demand.get(product, (0.0, 0.0))
        return float(score * 0.5 ** ((now_s - at_s) / DEMAND_HALF_LIFE_S))
