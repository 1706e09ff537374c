"""The director keeps performed lines ahead and hands out only true ones."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from engine.clock import VirtualClock
from engine.media import Question
from engine.performance import Performed
from engine.script.segment import FactUse, Line, Script, Segment, SegmentKind
from engine.show.director import Director
from tests.fakes.performers import FakeSpeaker, open_mouth


def script(name: str, *texts: str, kind: SegmentKind = SegmentKind.PITCH, facts: tuple[FactUse, ...] = ()) -> Script:
    return Script(Segment(name, kind, "because", name), tuple(Line(t, "en", facts, name) for t in texts))


@dataclass
class FakeShow:
    """Scripts in a row, and facts that can change."""

    waiting: deque[Script]
    facts: dict[str, str] = field(default_factory=dict)
    said_before: Script | None = None
    stale: list[str] = field(default_factory=list)
    interludes: int = 0

    async def next_script(self) -> Script | None:
        return self.waiting.popleft() if self.waiting else None

    def interlude(self) -> Script:
        self.interludes += 1
        return script(f"interlude {self.interludes}", "500 ml", kind=SegmentKind.INTERLUDE)

    def recall(self) -> Script | None:
        return self.said_before

    def fresh(self, line: Line) -> bool:
        return all(self.facts.get(f.address) == f.value for f in line.facts)

    def dropped_stale(self, performed: Performed) -> None:
        self.stale.append(performed.line.text)


def direct(show: FakeShow, speaker: FakeSpeaker | None = None, **how: bool) -> Director:
    return Director(show, speaker or FakeSpeaker(), open_mouth, VirtualClock(), 25, **how)


def texts(director: Director, n: int) -> list[str | None]:
    lines = [director.next_line() for _ in range(n)]
    return [line.line.text if line else None for line in lines]


async def test_one_whole_segment_is_performed_before_fill_returns() -> None:
    director = direct(FakeShow(deque([script("a", "A1.", "A2."), script("b", "B1.")])))
    await director.fill(seconds=0)
    assert director.whole_ahead() == 1
    assert texts(director, 2) == ["A1.", "A2."]


async def test_an_answer_goes_between_the_lines_of_a_segment() -> None:
    director = direct(FakeShow(deque([script("a", "A1.", "A2.")])))
    await director.fill(seconds=0)
    assert texts(director, 1) == ["A1."]
    await director.insert(script("q", "Yes.", "It is $24."), question=Question("Lily", "Really?"), chat="c1")
    assert texts(director, 3) == ["Yes.", "It is $24.", "A2."]


async def test_an_answers_lines_carry_the_question_and_its_id() -> None:
    director = direct(FakeShow(deque()))
    await director.insert(script("q", "Yes."), question=Question("Lily", "Really?"), chat="c1")
    line = director.next_line()
    assert line is not None
    assert (line.question, line.chat) == (Question("Lily", "Really?"), "c1")


async def test_urgent_words_go_before_waiting_answers() -> None:
    director = direct(FakeShow(deque()))
    await director.insert(script("q", "An answer."))
    await director.insert(script("o", "Fire drill."), urgent=True)
    assert texts(director, 2) == ["Fire drill.", "An answer."]


def after_the_opening(director: Director) -> Director:
    """A director whose show has begun: the wait for the first words is over."""
    while (line := director.next_line()) is None or line.segment.kind is not SegmentKind.INTERLUDE:
        pass
    return director


async def test_a_new_room_stands_by_for_its_first_words_twelve_seconds_at_most() -> None:
    director = direct(FakeShow(deque()))
    assert [director.next_line() for _ in range(300)] == [None] * 300
    assert director.next_line() is not None


async def test_the_air_gets_an_interlude_while_nothing_is_ready() -> None:
    line = after_the_opening(direct(FakeShow(deque()))).next_line()
    assert line is not None
    assert line.segment.kind is SegmentKind.INTERLUDE
    assert line.featured_music


async def test_a_patient_air_gets_nothing_instead() -> None:
    assert direct(FakeShow(deque()), patient=True).next_line() is None


async def test_a_line_whose_price_changed_is_never_handed_out() -> None:
    show = FakeShow(deque([script("a", "It is $24.", facts=(FactUse("a.price", "24.00"),)), script("b", "Hello.")]))
    show.facts["a.price"] = "24.00"
    director = direct(show)
    await director.fill(whole=2, seconds=0)
    show.facts["a.price"] = "19.00"
    assert texts(director, 1) == ["Hello."]
    assert show.stale == ["It is $24."]


async def test_drop_stale_removes_prepared_segments_at_once_and_counts_their_lines() -> None:
    show = FakeShow(deque([script("a", "It is $24.", "Only $24.", facts=(FactUse("a.price", "24.00"),))]))
    show.facts["a.price"] = "24.00"
    director = direct(show)
    await director.fill(seconds=0)
    show.facts["a.price"] = "19.00"
    assert director.drop_stale() == 2
    assert director.whole_ahead() == 0


async def test_a_segment_starts_only_when_the_voice_will_keep_up() -> None:
    speaker = FakeSpeaker(gate=asyncio.Event())
    director = direct(FakeShow(deque([script("a", "One two three.", "Four five six.", "Seven eight nine.")])), speaker)
    after_the_opening(director)
    filling = asyncio.create_task(director.fill(seconds=0))
    await asyncio.sleep(0)
    assert director.next_line().segment.kind is SegmentKind.INTERLUDE  # type: ignore[union-attr]
    assert speaker.gate is not None
    speaker.gate.set()
    await filling
    assert texts(director, 1) == ["One two three."]


async def test_the_opening_starts_with_its_first_line() -> None:
    speaker = FakeSpeaker()
    director = direct(FakeShow(deque([script("o", "Good evening.", "Welcome.", kind=SegmentKind.OPENING)])), speaker)
    filling = asyncio.create_task(director.fill(seconds=0))
    while len(speaker.said) < 2:
        await asyncio.sleep(0)
    assert texts(director, 1) == ["Good evening."]
    await filling


async def test_a_line_that_cannot_be_spoken_goes_on_air_as_a_caption() -> None:
    director = direct(FakeShow(deque([script("a", "Good.", "Bad.")])), FakeSpeaker(trouble={"Bad."}))
    await director.fill(seconds=0)
    lines = [director.next_line(), director.next_line()]
    assert [line.speech_ticks > 0 for line in lines if line] == [True, False]


async def test_after_two_interludes_what_was_said_before_is_said_again() -> None:
    show = FakeShow(deque([script("new", "New.")]), said_before=script("old", "Old."))
    director = after_the_opening(direct(show))
    director.next_line()
    await director.fill(seconds=0)
    assert texts(director, 1) == ["Old."]


async def test_what_was_said_before_goes_ahead_of_a_segment_that_is_not_ready() -> None:
    speaker = FakeSpeaker(gate=asyncio.Event())
    show = FakeShow(deque([script("new", "New one.", "New two.")]))
    director = after_the_opening(direct(show, speaker))
    filling = asyncio.create_task(director.fill(seconds=0))
    await asyncio.sleep(0)
    director.next_line()
    show.said_before = script("old", "Old.")
    assert speaker.gate is not None
    speaker.gate.set()
    await filling
    show.said_before = None
    assert texts(director, 3) == ["Old.", "New one.", "New two."]


async def test_skip_drops_the_rest_of_the_running_segment_only() -> None:
    director = direct(FakeShow(deque([script("a", "A1.", "A2."), script("b", "B1.")])))
    await director.fill(whole=2, seconds=0)
    assert texts(director, 1) == ["A1."]
    director.skip()
    assert texts(director, 1) == ["B1."]


async def test_answers_ask_the_voice_before_the_show_does() -> None:
    speaker = FakeSpeaker()
    director = direct(FakeShow(deque([script("a", "A1."), script("b", "B1.")])), speaker)
    await director.fill(whole=2, seconds=0)
    await director.insert(script("q", "Yes."))
    assert speaker.said == [("A1.", 1), ("B1.", 2), ("Yes.", 0)]
