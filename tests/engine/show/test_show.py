"""The show's mind: what counts as aired, what the operator may do, what is told of products."""

import pytest

from engine.errors import ControlError
from tests.fakes.studio import Studio


async def test_a_segment_that_an_answer_interrupts_counts_once() -> None:
    studio = Studio()
    await studio.play(3)
    await studio.hear("How much is the lamp?")
    await studio.play(40)
    told = [event["id"] for event in studio.of("segment")]
    assert len(told) > len(set(told))  # it is told again when it goes on …
    kinds = [aired.kind for aired in studio.show._view().history]
    assert kinds.count(kinds[0]) == 1  # … and the opening is in the history once


def test_a_price_that_is_none_is_refused_with_what_to_write() -> None:
    with pytest.raises(ControlError, match=r"no price.*write a number"):
        Studio().show.set_price("flask", "cheap")


def test_an_unknown_product_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ControlError, match=r"did you mean 'flask'"):
        Studio().show.set_price("flaks", "19")


def test_a_price_change_reaches_the_card_and_drops_a_compare_at_that_is_no_longer_higher() -> None:
    show = Studio().show
    show.set_price("flask", "35")
    card = show.card("flask")
    assert card is not None
    assert (card.price, card.compare_at) == ("$35", None)


def test_the_operators_words_are_checked_sentence_by_sentence() -> None:
    script = Studio().show.operator_script("Welcome back everyone. The flask costs $24. The lamp is only $3!")
    assert [line.text for line in script.lines] == ["Welcome back everyone. The flask costs $24."]
    assert [text for text, _ in script.dropped] == ["The lamp is only $3!"]


def test_a_room_hears_only_the_sources_of_its_config() -> None:
    taken = Studio().show.hear("Lily", "hello", "twitch", 0.0)
    assert (taken.accepted, taken.why) == (False, "this room does not listen to twitch")


def test_a_muted_room_shows_chat_and_answers_none() -> None:
    show = Studio().show
    show.audience.muted = True
    taken = show.hear("Lily", "How much is the flask?", "web", 0.0)
    assert taken.events[0]["text"] == "How much is the flask?"
    assert show.next_reply(0.0) is None
