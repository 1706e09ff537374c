"""What flows between the parts: frozen, typed, with units in the names.

Pictures are I420 ``uint8`` arrays of shape ``(height * 3 // 2, width)``; sound is ``float32`` in
−1…1. The tick number is the clock: picture ``n`` is shown at ``n / fps`` seconds and its samples
start at ``n * rate_hz / fps``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Language = Literal["zh", "en"]
Samples = NDArray[np.float32]
"""Mono ``(n,)`` from a voice, stereo ``(n, 2)`` on the bus."""
I420 = NDArray[np.uint8]
BGR = NDArray[np.uint8]

RATE_HZ = 48_000
"""Sample rate of the bus and of every output."""


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """Size, rate and bit rate of a room's one encode."""

    width_px: int = 720
    height_px: int = 1280
    fps: int = 25
    bitrate_kbps: int = 2500
    preset: str = "veryfast"

    @property
    def samples_per_tick(self) -> int:
        """Samples that belong to one picture (exact: fps divides the rate)."""
        return RATE_HZ // self.fps

    @property
    def is_portrait(self) -> bool:
        return self.height_px >= self.width_px


# --- voice ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Phone:
    """One speech sound with its time from the start of the line.

    ``symbol`` is an IPA symbol as the voice's own model names it; a Mandarin voice writes initials
    and finals in the same alphabet. An empty symbol is silence.
    """

    symbol: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Word:
    """One written word of the line, with its place in the text and its time in the sound."""

    text: str
    start_s: float
    end_s: float
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Speech:
    """A line with a voice: mono samples at ``RATE_HZ``, levelled to −16 LUFS."""

    text: str
    language: Language
    samples: Samples
    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    voice: str
    cached: bool = False

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    """Which voice speaks: the plug-in, its voice name and its speed (1.0 = as trained)."""

    engine: str = "kokoro"
    name: str = ""
    speed: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)


# --- face ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mouth:
    """What the mouth does in one picture. Every number is 0…1.

    ``open``: jaw; ``spread``: corners pulled apart (E, I); ``round``: lips rounded (O, U);
    ``press``: lips pressed (M, B, P); ``tuck``: lower lip under the upper teeth (F, V);
    ``tongue``: tongue visible (L, D, T, N). ``shape`` names the nearest viseme, for traces and sheets.
    """

    open: float = 0.0
    spread: float = 0.0
    round: float = 0.0
    press: float = 0.0
    tuck: float = 0.0
    tongue: float = 0.0
    shape: str = "rest"


@dataclass(frozen=True, slots=True)
class Acting:
    """What the performance asks of the host in one picture (see ``avatars.manners``)."""

    mouth: Mouth = Mouth()
    speaking: bool = False
    emphasis: float = 0.0
    """0…1, peaks on stressed words."""
    look: Literal["camera", "product", "chat"] = "camera"
    gesture: str = "rest"
    """``rest``, ``present`` (towards the product), ``welcome``, ``thumb``; unknown names rest."""
    mood: Literal["neutral", "warm", "excited", "thinking", "sorry"] = "warm"


@dataclass(frozen=True, slots=True)
class Pose:
    """Where every movable part of the host is in one picture.

    Angles in degrees (positive: towards the viewer's right, down, clockwise), the rest −1…1 or 0…1.
    """

    mouth: Mouth = Mouth()
    eyes_open: float = 1.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    brow: float = 0.0
    smile: float = 0.6
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    nod: float = 0.0
    """Downward bob of the head in thousandths of the head's height, may be negative."""
    lean_deg: float = 0.0
    breath: float = 0.0
    gesture: str = "rest"
    gesture_amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the host stands on a picture, in px: middle of the figure, top of the hair, table edge.

    The figure is scaled so that hair top to table edge is ``bottom_px - top_px``.
    """

    center_px: float
    top_px: float
    bottom_px: float


# --- stage ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A product as the stage and the page show it; texts are final, in the room's language.

    ``version`` changes with every change of price, stock or picture.
    """

    product: str
    number: int
    name: str
    summary: str
    price: str
    """As displayed, with the currency sign: ``¥268``, ``$24.00``."""
    compare_at: str | None = None
    stock: int | None = None
    stock_full: int | None = None
    """Stock when the room started: the full length of the stock bar."""
    picture: Path | None = None
    version: int = 0

    @property
    def sold_out(self) -> bool:
        return self.stock is not None and self.stock <= 0


@dataclass(frozen=True, slots=True)
class Caption:
    """The line in the air. Characters before ``lit_start`` are said, those up to ``lit_end`` are
    being said (a whole word or a whole fact), the rest is to come."""

    text: str
    language: Language
    lit_start: int = 0
    lit_end: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """The viewer's question that is being answered; ``user`` is already safe to show, or empty."""

    user: str
    text: str


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next product, for the side slot; ``when`` is a clock time such as ``21:24`` or empty."""

    card: Card
    when: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """Two products side by side: rows of (label, left, right); ``lit_row`` is being spoken."""

    left: Card
    right: Card
    rows: tuple[tuple[str, str, str], ...]
    lit_row: int | None = None


@dataclass(frozen=True, slots=True)
class Plate:
    """The name plate with the AI label: shop and show above, the label below, never absent."""

    shop: str
    show: str
    label: str
    mark: Path | None = None


Layout = Literal["talk", "closeup", "compare", "offer", "slate"]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the stage shows in one picture besides the host's pose.

    ``layout``: ``talk`` (host and card), ``closeup`` (the product large, the host small beside it;
    also the product interlude), ``compare`` (host between two products, ``board`` set), ``offer``
    (the large price card), ``slate`` (no host: ``title`` and ``subtitle``; the safe picture).
    """

    plate: Plate
    layout: Layout = "talk"
    card: Card | None = None
    caption: Caption | None = None
    question: Question | None = None
    upcoming: Upcoming | None = None
    board: Board | None = None
    title: str = ""
    subtitle: str = ""


# --- wire ----------------------------------------------------------------------------------------

Codec = Literal["h264", "aac", "opus"]


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded access unit. Times are in units of ``1 / time_base`` seconds from the room's start:
    video 90 000, sound 48 000. H.264 is Annex B with SPS and PPS in band at every key frame."""

    codec: Codec
    data: bytes
    pts: int
    dts: int
    duration: int
    time_base: int
    key: bool = False


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What an output must know before the first packet. ``aac_config`` is the AudioSpecificConfig."""

    room: str
    video: VideoFormat
    aac_config: bytes
    title: str = ""
    aigc: Mapping[str, str] = field(default_factory=dict)
    """The hidden label of GB 45438-2025 (Label, ContentProducer, ProduceID, …)."""


@dataclass(frozen=True, slots=True)
class OutputStatus:
    """How one output is doing. ``state``: starting, live, reconnecting, failed, stopped."""

    name: str
    kind: str
    state: str
    detail: str = ""
    viewers: int = 0
    sent_bytes: int = 0
    dropped_packets: int = 0
    reconnects: int = 0


# --- chat ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What a viewer wrote: untrusted text, already normalised and bounded.

    ``at_s`` is room time (seconds since the room went on air).
    """

    id: str
    user: str
    text: str
    at_s: float
    source: str
