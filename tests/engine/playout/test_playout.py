"""The air: there is always a picture and its samples."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.media import Card, Plate, Upcoming, VideoFormat
from engine.performance import Performed, perform, silent
from engine.playout.mixer import Mixer
from engine.playout.playout import AirState, Playout
from engine.script.segment import FactUse, Line, Segment, SegmentKind
from tests.fakes.performers import FakeEncoder, FakeManners, FakeStage, open_mouth, speech_of

FORMAT = VideoFormat(72, 128, 25)
SEGMENT = Segment("s1", SegmentKind.PITCH, "first on the list", "flask")


@dataclass
class Desk:
    air_state: AirState = "on-air"
    plate: Plate = field(default_factory=lambda: Plate("Shop", "Show", "AI-generated host"))

    def card(self, product: str) -> Card | None:
        return Card(product, 1, "Flask", "500 ml", "$24")

    def upcoming(self, current: str | None) -> Upcoming | None:
        return None

    def slate(self) -> tuple[str, str]:
        return "Back in a moment", ""


@dataclass
class Lines:
    waiting: deque[Performed] = field(default_factory=deque)

    def next_line(self) -> Performed | None:
        return self.waiting.popleft() if self.waiting else None


def spoken(text: str = "Good evening everyone.", kind: SegmentKind = SegmentKind.PITCH) -> Performed:
    segment = Segment("s1", kind, "first on the list", "flask")
    return perform(Line(text, "en"), segment, speech_of(text), id="l1", fps=25, lipsync=open_mouth)


class Air:
    def __init__(self, *lines: Performed) -> None:
        self.events: list[dict[str, Any]] = []
        self.desk, self.stage, self.encoder = Desk(), FakeStage(FORMAT), FakeEncoder()
        self.playout = Playout(
            FORMAT, Lines(deque(lines)), self.desk, self.stage, FakeManners(), self.encoder,
            Mixer(1920, np.full((4800, 2), 0.1, np.float32)), emit=self.events.append, feed=lambda packet: None,
        )

    def ticks(self, n: int, **how: bool) -> None:
        for _ in range(n):
            self.playout.tick(**how)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["event"] == kind]


def test_every_tick_gives_one_picture_and_its_samples() -> None:
    air = Air(spoken())
    air.ticks(100)
    assert air.encoder.pictures == list(range(100))
    assert [s.shape for s in air.encoder.sounds] == [(1920, 2)] * 100


def test_without_a_line_the_host_stands_by_and_it_is_told_once_a_second() -> None:
    air = Air()
    air.ticks(50)
    assert len(air.stage.scenes) == 50
    assert [e["t"] for e in air.of("standby")] == [0.0, 1.0]


def test_a_line_is_told_when_it_starts_with_its_words_and_facts() -> None:
    line = Line("It costs $24.", "en", (FactUse("flask.price", "24.00", 9, 12),), "flask")
    air = Air(perform(line, SEGMENT, speech_of(line.text), id="l7", fps=25, lipsync=open_mouth))
    air.ticks(1)
    told = air.of("line")[0]
    assert (told["id"], told["text"], told["facts"]) == ("l7", "It costs $24.", {"flask.price": "24.00"})
    assert told["words"][-1] == [0.6, 0.9, 9, 13]
    assert air.of("segment")[0]["reason"] == "first on the list"


def test_sound_and_mouth_of_a_line_end_together() -> None:
    air = Air(spoken("One two three."))
    air.ticks(60)
    loud = [np.abs(s).max() > 0.1 for s in air.encoder.sounds]
    moving = [pose.mouth.open > 0 for pose in air.stage.poses]
    assert sum(loud) == 23  # 0.9 s of speech, rounded up to whole pictures
    assert moving[:22] == loud[:22]


def test_panic_cuts_to_the_slate_within_one_picture_and_silences_the_line() -> None:
    air = Air(spoken())
    air.ticks(5)
    air.desk.air_state = "panic"
    air.ticks(1)
    assert air.stage.scenes[-1].layout == "slate"
    assert air.stage.scenes[-1].plate.label == "AI-generated host"
    assert np.abs(air.encoder.sounds[-1]).max() < 0.01


def test_a_paused_room_finishes_its_line_and_takes_no_other() -> None:
    air = Air(spoken("One two."), spoken("Never said."))
    air.ticks(2)
    air.desk.air_state = "paused"
    air.ticks(60)
    assert [e["text"] for e in air.of("line")] == ["One two."]


def test_a_cut_line_fades_over_three_pictures() -> None:
    air = Air(spoken("One two three four five."))
    air.ticks(5)
    air.playout.cut()
    air.ticks(4)
    peaks = [float(np.abs(s).max()) for s in air.encoder.sounds[4:9]]
    assert peaks[0] > peaks[1] > peaks[3] > peaks[4] * 0.9
    assert air.playout.on_air is None


def test_a_late_picture_is_held_and_its_sound_is_not() -> None:
    air = Air(spoken())
    air.ticks(3)
    air.ticks(1, hold=True)
    assert len(air.stage.scenes) == 3
    assert len(air.encoder.pictures) == len(air.encoder.sounds) == 4
    assert air.of("late")[0]["count"] == 1


def test_a_stage_that_fails_keeps_the_last_picture_on_air() -> None:
    air = Air(spoken())
    air.ticks(3)
    air.stage.broken = True
    air.ticks(10)
    assert len(air.encoder.pictures) == 13
    assert air.playout.counters.failed == 10


def test_an_interlude_shows_the_product_large_with_its_caption_said() -> None:
    interlude = silent(Line("500 ml", "en"), Segment("i1", SegmentKind.INTERLUDE, "catching up", "flask"),
                       id="i", ticks=50)
    air = Air(interlude)
    air.ticks(2)
    scene = air.stage.scenes[-1]
    assert (scene.layout, scene.caption and scene.caption.lit_start) == ("closeup", 6)


def test_a_comparison_without_a_board_is_shown_as_talk() -> None:
    air = Air(spoken(kind=SegmentKind.COMPARISON))
    air.ticks(1)
    assert air.stage.scenes[-1].layout == "talk"
