"""The inbox: clean, bounded, fair."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.media import ChatMessage
from engine.show.chat import Inbox, normalise
from engine.show.triage import triage
from tests.engine.script.goods import pair

CATALOG = pair("en")


def put(inbox: Inbox, text: str, user: str = "lily", at_s: float = 0.0) -> tuple[bool, str]:
    message = ChatMessage(f"{user}-{at_s}", user, normalise(text), at_s, "web")
    reception = inbox.put(message, triage(message, CATALOG, "flask", "en"), at_s)
    return reception.accepted, reception.why


def test_text_loses_what_is_not_text() -> None:
    assert normalise("  Ｈｏｗ\u200b much\n\tis\u202e it\x00?  ") == "How much is it?"
    assert normalise("a" * 500) == "a" * 200
    assert normalise("e" + "\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308") != ""
    assert len(normalise("Z" + "\u0336" * 300)) <= 6


@given(st.text(max_size=600))
def test_normalised_text_is_short_and_stays_as_it_is(text: str) -> None:
    once = normalise(text)
    assert len(once) <= 200
    assert normalise(once) == once


def test_the_same_text_of_one_user_counts_once_in_thirty_seconds() -> None:
    inbox = Inbox()
    assert put(inbox, "how much?", at_s=0) == (True, "")
    assert put(inbox, "How  MUCH?", at_s=29) == (False, "double")
    assert put(inbox, "how much?", at_s=31)[0]


def test_one_answer_goes_to_everybody_who_asked_the_same() -> None:
    inbox = Inbox()
    put(inbox, "how much is it?", "lily", 0)
    assert put(inbox, "price of the flask?", "tom", 5) == (True, "grouped")
    asked = inbox.take(6)
    assert asked is not None
    assert [m.user for m in asked.messages] == ["lily", "tom"]
    assert put(inbox, "what does it cost", "ann", 15) == (True, "grouped")
    assert inbox.take(16) is None
    assert put(inbox, "what does it cost", "bob", 25) == (True, "")


def test_a_user_who_floods_is_heard_five_times_in_thirty_seconds() -> None:
    inbox = Inbox()
    heard = [put(inbox, f"question {i} about steel?", "flood", i)[0] for i in range(20)]
    assert heard.count(True) == 5
    assert inbox.dropped["rate"] == 15
    assert put(inbox, "how much?", "lily", 20)[0]


def test_a_full_inbox_gives_up_the_oldest_that_asks_nothing_first() -> None:
    inbox = Inbox(capacity=3)
    put(inbox, "how heavy?", "a", 0)
    put(inbox, "hello", "b", 1)
    put(inbox, "so pretty", "c", 2)
    assert put(inbox, "how much?", "d", 3) == (True, "")
    assert put(inbox, "can i return it?", "e", 4) == (True, "")
    assert put(inbox, "hello", "f", 5) == (False, "full")
    assert put(inbox, "any coupon?", "g", 6) == (True, "")
    said = []
    while (asked := inbox.take(7)) is not None:
        said.append(asked.message.text)
    assert said == ["how much?", "can i return it?", "any coupon?"]
    assert inbox.dropped["full"] == 4


def test_questions_go_first_and_the_most_asked_before_all() -> None:
    inbox = Inbox()
    put(inbox, "hello", "a", 0)
    put(inbox, "how heavy?", "b", 1)
    put(inbox, "how much?", "c", 2)
    put(inbox, "price?", "d", 3)
    said = []
    while (asked := inbox.take(4)) is not None:
        said.append(asked.message.text)
    assert said == ["how much?", "how heavy?", "hello"]


def test_spam_and_empty_messages_are_refused() -> None:
    inbox = Inbox()
    assert put(inbox, "visit www.example.com") == (False, "spam")
    assert put(inbox, "\u200b") == (False, "empty message")


@given(st.lists(st.tuples(st.text(max_size=30), st.sampled_from("abcdef"), st.floats(0, 5)), max_size=120))
def test_the_inbox_never_holds_more_than_it_may(messages: list[tuple[str, str, float]]) -> None:
    inbox, now_s = Inbox(capacity=4), 0.0
    for text, user, gap_s in messages:
        now_s += gap_s
        put(inbox, text, user, now_s)
        assert len(inbox) <= 4
