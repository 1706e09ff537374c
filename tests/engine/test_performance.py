"""A line with a voice becomes mouth, captions and emphasis per picture."""

from hypothesis import given
from hypothesis import strategies as st

from engine.media import Word
from engine.performance import merge_facts, perform
from engine.script.segment import FactUse, Line, Segment, SegmentKind
from tests.fakes.performers import open_mouth, speech_of

SEGMENT = Segment("s1", SegmentKind.PITCH, "first", "pot")


def test_a_whole_fact_lights_at_once() -> None:
    text = "容量220毫升"
    words = tuple(Word(c, i * 0.2, (i + 1) * 0.2, i, i + 1) for i, c in enumerate(text))
    merged = merge_facts(words, (FactUse("pot.specs.容量", "220 毫升", 2, 7),), text)
    assert [w.text for w in merged] == ["容", "量", "220毫升"]
    assert (round(merged[-1].start_s, 1), round(merged[-1].end_s, 1)) == (0.4, 1.4)


def test_a_caption_lights_the_word_that_sounds() -> None:
    line = Line("One two three.", "en")
    performed = perform(line, SEGMENT, speech_of(line.text), id="l", fps=25, lipsync=open_mouth)
    assert [performed.caption_at(t).lit_start for t in (0, 8, 16)] == [0, 4, 8]


def test_after_the_last_word_the_whole_caption_is_said() -> None:
    line = Line("One two.", "en")
    performed = perform(line, SEGMENT, speech_of(line.text), id="l", fps=25, lipsync=open_mouth)
    assert performed.caption_at(performed.ticks - 1).lit_start == len(line.text)


def test_a_sentence_is_followed_by_a_longer_pause_than_a_clause() -> None:
    def pause(text: str) -> int:
        performed = perform(Line(text, "en"), SEGMENT, speech_of(text), id="l", fps=25, lipsync=open_mouth)
        return performed.ticks - performed.speech_ticks

    assert pause("One two.") > pause("One two,")


def test_a_price_is_stressed() -> None:
    line = Line("Now only it costs $24 today", "en", (FactUse("p.price", "24.00", 18, 21),))
    performed = perform(line, SEGMENT, speech_of(line.text), id="l", fps=25, lipsync=open_mouth)
    assert max(performed.emphasis) == max(performed.emphasis[30:38]) > 0.9


@given(st.text(alphabet="abc 12.,", min_size=1, max_size=60), st.integers(0, 50), st.integers(1, 10))
def test_merged_words_keep_order_and_stay_inside_the_text(text: str, start: int, length: int) -> None:
    words = speech_of(text).words
    merged = merge_facts(words, (FactUse("a.b", "x", start, min(start + length, len(text))),), text)
    assert all(0 <= w.char_start <= w.char_end <= len(text) for w in merged)
    assert [w.start_s for w in merged] == sorted(w.start_s for w in merged)
