"""The inbox of a room: normalised, without doubles, bounded, fair. Time is passed in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

from engine.media import ChatMessage
from engine.show.triage import ABOUT_GOODS, Heard, Intent, plain

MAX_CHARS = 200
SAME_TEXT_S = 30.0
GROUP_S = 20.0
_SPACES = re.compile(r"\s+")
_CLUSTER = 4
"""Combining marks kept on one character; more is only meant to spill over the page."""


def normalise(text: str) -> str:
    """NFKC, no control, direction or zero-width characters, single spaces, at most 200 characters."""
    folded = unicodedata.normalize("NFKC", text[: MAX_CHARS * 4])
    out: list[str] = []
    marks = 0
    for char in folded:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if char.isspace():
            out.append(" ")
        elif kind not in ("Cc", "Cf", "Cs", "Co", "Cn") and marks <= _CLUSTER:
            out.append(char)
    return _SPACES.sub(" ", "".join(out)).strip()[:MAX_CHARS].rstrip()


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of a message. ``why``: empty, empty message, rate, double, grouped, not for an answer."""

    accepted: bool
    why: str = ""


@dataclass(slots=True)
class Asked:
    """One question, by one viewer or several: it gets one answer."""

    heard: Heard
    messages: list[ChatMessage]
    first_s: float

    @property
    def message(self) -> ChatMessage:
        return self.messages[0]


@dataclass(slots=True)
class Inbox:
    """Messages that wait for an answer, most useful first."""

    capacity: int = 50
    per_user: int = 5
    """Messages a user may send in ``window_s`` seconds."""
    window_s: float = 30.0
    dropped: Counter[str] = field(default_factory=Counter)
    """How many messages went unanswered, by reason."""
    _waiting: OrderedDict[str, Asked] = field(default_factory=OrderedDict)
    _answered: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _sent: OrderedDict[str, deque[tuple[float, str]]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: ChatMessage, heard: Heard, now_s: float) -> Reception:
        """Take a message in. A refused message may be shown but will not be answered."""
        if not message.text:
            return self._refuse("empty message")
        if why := self._user_fault(message, now_s):
            return self._refuse(why)
        if heard.intent is Intent.SPAM:
            return self._refuse("spam")
        key = _key(message, heard)
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.messages.append(message)
            return Reception(True, "grouped")
        if now_s - self._answered.get(key, -GROUP_S) < GROUP_S:
            return Reception(True, "grouped")
        if len(self._waiting) >= self.capacity and not self._make_room(heard):
            return self._refuse("full")
        self._waiting[key] = Asked(heard, [message], now_s)
        return Reception(True)

    def take(self, now_s: float) -> Asked | None:
        """The next to answer: questions asked by more viewers first, then the oldest; then the rest."""
        if not self._waiting:
            return None
        key = min(self._waiting, key=lambda k: (_rank(self._waiting[k]), self._waiting[k].first_s))
        asked = self._waiting.pop(key)
        self._answered[key] = asked.first_s
        while self._answered and (len(self._answered) > 500 or now_s - next(iter(self._answered.values())) > GROUP_S):
            self._answered.popitem(last=False)
        return asked

    def _refuse(self, why: str) -> Reception:
        self.dropped[why] += 1
        return Reception(False, why)

    def _user_fault(self, message: ChatMessage, now_s: float) -> str:
        sent = self._sent.setdefault(message.user, deque())
        self._sent.move_to_end(message.user)
        if len(self._sent) > 5000:
            self._sent.popitem(last=False)
        while sent and now_s - sent[0][0] >= max(self.window_s, SAME_TEXT_S):
            sent.popleft()
        folded = plain(message.text)
        if any(text == folded and now_s - at < SAME_TEXT_S for at, text in sent):
            return "double"
        if sum(now_s - at < self.window_s for at, _ in sent) >= self.per_user:
            return "rate"
        sent.append((now_s, folded))
        return ""

    def _make_room(self, newcomer: Heard) -> bool:
        """Drop the oldest that asks nothing, else the oldest; a newcomer that asks nothing gives way."""
        idle = next((k for k, a in self._waiting.items() if not a.heard.question), None)
        if idle is None and not newcomer.question:
            return False
        key = idle if idle is not None else next(iter(self._waiting))
        self.dropped["full"] += len(self._waiting.pop(key).messages)
        return True


def _key(message: ChatMessage, heard: Heard) -> str:
    if heard.intent in ABOUT_GOODS or heard.intent is Intent.AI:
        about = "" if heard.intent is Intent.AI else "/".join(heard.products)
        detail = heard.spec or (plain(message.text) if heard.intent in (Intent.SPEC, Intent.USE, Intent.CARE) else "")
        return f"{heard.intent}|{about}|{detail}"
    if heard.intent in (Intent.GREETING, Intent.PRAISE, Intent.ABUSE):
        return f"{heard.intent}|{message.user}"
    return f"{heard.intent}|{plain(message.text)}"


def _rank(asked: Asked) -> tuple[int, int]:
    about_goods = asked.heard.intent in ABOUT_GOODS or asked.heard.intent is Intent.AI
    return (0 if about_goods else 1 if asked.heard.question else 2, -min(len(asked.messages), 10))
