"""The air: every tick one picture and its samples, whatever happens elsewhere.

One tick is shown in five steps: choose the line, set the scene, pose the host, mix the sound, encode.
There is always something to show: a line, an interlude, the host in standby, the safe slate; and when
even composing fails, the last good picture.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from engine.media import I420, Acting, Board, Card, Layout, Mouth, Packet, Plate, Samples, Scene, Upcoming, VideoFormat
from engine.performance import Performed
from engine.playout.mixer import Mixer
from engine.ports import Encoder, Manners, Stage
from engine.script.segment import SegmentKind

log = logging.getLogger(__name__)

AirState = Literal["on-air", "paused", "panic"]

_FADE_TICKS = 3
_STANDBY_EVENT_TICKS = 25
_LAYOUTS: dict[SegmentKind, Layout] = {
    SegmentKind.DEEP_DIVE: "closeup",
    SegmentKind.INTERLUDE: "closeup",
    SegmentKind.COMPARISON: "compare",
    SegmentKind.OFFER: "offer",
}


class Lines(Protocol):
    """Where the next line comes from (the director)."""

    def next_line(self) -> Performed | None: ...


class Desk(Protocol):
    """What the air must know about the room at this very moment. Called every tick: cheap, never blocks."""

    @property
    def air_state(self) -> AirState: ...

    @property
    def plate(self) -> Plate: ...

    def card(self, product: str) -> Card | None: ...

    def upcoming(self, current: str | None) -> Upcoming | None: ...

    def slate(self) -> tuple[str, str]:
        """Title and subtitle of the safe picture."""
        ...


Event = dict[str, Any]


@dataclass(slots=True)
class Counters:
    """What the air has done so far."""

    tick: int = 0
    late: int = 0
    standby: int = 0
    failed: int = 0


class Playout:
    """Turns lines into encoded packets, one tick per call of :meth:`tick`.

    Args:
        emit: receives events (``engine.ports.RoomPort.events``), on the calling thread.
        feed: receives every packet, in order.
    """

    def __init__(
        self, format: VideoFormat, lines: Lines, desk: Desk, stage: Stage, manners: Manners, encoder: Encoder,
        mixer: Mixer, *, emit: Callable[[Event], None], feed: Callable[[Packet], None],
    ) -> None:
        self._format = format
        self._lines = lines
        self._desk = desk
        self._stage = stage
        self._manners = manners
        self._encoder = encoder
        self._mixer = mixer
        self._emit = emit
        self._feed = feed
        self.counters = Counters()
        self.layouts: frozenset[Layout] = frozenset({"talk", "closeup", "compare", "offer", "slate"})
        """Layouts whose sets stand; a line that asks for another is shown as talk."""
        self._current: Performed | None = None
        self._position = 0
        self._fade = 0
        self._scene = Scene(plate=desk.plate)
        self._segment = ""
        self._idle = 0
        self._product: str | None = None
        self._last: I420 | None = None
        self._mouth = Mouth()
        self.trace_mouth = False
        """Tell the mouth of every picture (event ``mouth``): for whoever traces the show."""

    @property
    def on_air(self) -> Performed | None:
        """The line in the air, for the operator's view."""
        return self._current

    @property
    def now_s(self) -> float:
        """Seconds since the room went on air."""
        return self.counters.tick / self._format.fps

    def warm_up(self) -> None:
        """Draw the first picture once without showing it: what is made on first use is then made."""
        self._scene = self.scene(None, 0)
        self._stage.picture(self._scene, self._manners.step(Acting()))

    def encode_with(self, encoder: Encoder) -> None:
        """Send pictures and sound through another encoder from the next tick on."""
        self._encoder = encoder

    @property
    def last_picture(self) -> I420 | None:
        """The picture shown last. It may be overwritten while it is read: for previews only."""
        return self._last

    def cut(self) -> None:
        """Fade the running line out over three pictures and go on with the next."""
        if self._current is not None and self._fade == 0:
            self._fade = _FADE_TICKS

    def tick(self, *, hold: bool = False) -> None:
        """Show one tick. ``hold``: the picture is late, so the last one is shown again."""
        state = self._desk.air_state
        if state == "panic":
            self._current, self._fade = None, 0
        elif self._current is None:
            self._begin_line(state)
        if hold:
            self.counters.late += 1
            self._emit({"event": "late", "t": round(self.now_s, 3), "count": self.counters.late})
        samples = self._sound(state)
        self._send(self._encoder.picture(self.counters.tick, self._picture(state, hold)))
        self._send(self._encoder.sound(self.counters.tick, samples))
        self._advance()

    # --- the line ----------------------------------------------------------------------------

    def _begin_line(self, state: AirState) -> None:
        line = self._lines.next_line() if state == "on-air" else None
        if line is None:
            if self._idle % _STANDBY_EVENT_TICKS == 0:
                self.counters.standby += 1
                self._emit({"event": "standby", "t": round(self.now_s, 3), "state": state})
            self._idle += 1
            return
        self._idle = 0
        self._current, self._position = line, 0
        if line.segment.id != self._segment:
            self._segment = line.segment.id
            segment = line.segment
            self._emit({"event": "segment", "t": round(self.now_s, 3), "id": segment.id, "kind": str(segment.kind),
                        "product": segment.product, "other": segment.other, "reason": segment.reason})
        self._emit(self._line_event(line))

    def _line_event(self, line: Performed) -> Event:
        return {
            "event": "line", "t": round(self.now_s, 3), "id": line.id, "text": line.line.text,
            "language": line.line.language, "product": line.line.product or line.segment.product,
            "segment": line.segment.id, "kind": str(line.segment.kind), "chat": line.chat, "voice": line.voice,
            "duration_s": round((line.speech_ticks or line.ticks) / self._format.fps, 3),
            "spoken": line.speech_ticks > 0,
            "notice": line.line.notice,
            "facts": {use.address: use.value for use in line.line.facts},
            "words": [[round(w.start_s, 3), round(w.end_s, 3), w.char_start, w.char_end] for w in line.words],
        }

    def _advance(self) -> None:
        self.counters.tick += 1
        if self._current is None:
            return
        self._position += 1
        if self._fade > 0:
            self._fade -= 1
            if self._fade == 0:
                self._current = None
        elif self._position >= self._current.ticks:
            self._current = None

    # --- the sound ---------------------------------------------------------------------------

    def _sound(self, state: AirState) -> Samples:
        line = self._current
        if line is None:
            return self._mixer.mix(None, featured=state == "on-air" and self._idle > 12, mute=state == "panic")
        speech = line.samples_at(self._position, self._format.samples_per_tick)
        if speech is not None and self._fade > 0:
            ramp = np.linspace(self._fade, self._fade - 1, len(speech), dtype=np.float32) / _FADE_TICKS
            speech = (speech * ramp).astype(np.float32)
        return self._mixer.mix(speech, featured=line.featured_music)

    # --- the picture -------------------------------------------------------------------------

    def _picture(self, state: AirState, hold: bool) -> I420:
        line = self._current
        self._mouth = line.mouth_at(self._position) if line else Mouth()
        if self.trace_mouth:
            self._emit({"event": "mouth", "t": round(self.now_s, 3), "open": self._mouth.open,
                        "shape": self._mouth.shape})
        if hold and self._last is not None:
            return self._last
        try:
            self._scene = self.scene(line, self._position, state)
            pose = self._manners.step(self._acting(line))
            self._last = self._stage.picture(self._scene, pose)
        except Exception:
            # The air must go on with whatever was there; the cause is logged once a second.
            self.counters.failed += 1
            if self.counters.failed % self._format.fps == 1:
                log.exception("a picture could not be composed; the last one is shown again")
            if self._last is None:
                self._last = _grey(self._format)
        return self._last

    def scene(self, line: Performed | None, position: int, state: AirState = "on-air") -> Scene:
        """The scene for a line at a tick of it; without a line, what stood there last without its words."""
        desk = self._desk
        if state == "panic":
            title, subtitle = desk.slate()
            return Scene(plate=desk.plate, layout="slate", title=title, subtitle=subtitle)
        if line is None:
            card = desk.card(self._product) if self._product else None
            return replace(self._scene, plate=desk.plate, caption=None, question=None, card=card,
                           layout="talk" if self._scene.layout == "slate" else self._scene.layout,
                           board=self._live_board(self._scene.board))
        product = line.line.product or line.segment.product
        if position == 0 and product:
            self._product = product
        card = desk.card(product) if product else None
        layout = _LAYOUTS.get(line.segment.kind, "talk")
        board = self._board(line) if layout == "compare" else None
        if (layout == "compare" and board is None) or (layout in ("closeup", "offer") and card is None):
            layout = "talk"
        layout, board = (layout, board) if layout in self.layouts else ("talk", None)
        return Scene(
            plate=desk.plate, layout=layout, card=card, caption=line.caption_at(position), question=line.question,
            upcoming=desk.upcoming(product) if layout == "talk" else None, board=board,
        )

    def _board(self, line: Performed) -> Board | None:
        left, right = (self._desk.card(p) if p else None for p in (line.segment.product, line.segment.other))
        if left is None or right is None or not line.board:
            return None
        return Board(left, right, line.board, line.line.row)

    def _live_board(self, board: Board | None) -> Board | None:
        if board is None:
            return None
        left, right = self._desk.card(board.left.product), self._desk.card(board.right.product)
        return replace(board, left=left or board.left, right=right or board.right, lit_row=None)

    def _acting(self, line: Performed | None) -> Acting:
        if line is None:
            return Acting(mood="warm")
        speaking = line.speaking_at(self._position) and self._fade == 0
        return Acting(
            mouth=self._mouth if self._fade == 0 else Mouth(), speaking=speaking,
            emphasis=line.emphasis_at(self._position), look=line.line.look if speaking else "camera",
            gesture=line.line.gesture if speaking else "rest", mood=line.line.mood,
        )

    def _send(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            self._feed(packet)


def _grey(format: VideoFormat) -> I420:
    picture = np.full((format.height_px * 3 // 2, format.width_px), 128, np.uint8)
    picture[: format.height_px] = 60
    return picture
