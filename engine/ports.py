"""The seams: what the engine asks of voices, faces, stages, publishers and chat sources.

A plug-in is a module ``<folder>/<name>.py`` with a function ``create(...)``; the folder is the
registry (see ``engine.plugins``). Every plug-in of a port passes the port's contract test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from engine.media import (
    BGR,
    I420,
    Acting,
    Language,
    Mouth,
    OutputStatus,
    Packet,
    Phone,
    Placement,
    Pose,
    Samples,
    Scene,
    Speech,
    StreamInfo,
    VoiceSpec,
)


class Voice(Protocol):
    """Turns text into sound, with times. Lives in the speech process; calls may take seconds.

    ``avatars/voices/<name>.py`` offers ``create(spec: VoiceSpec) -> Voice``.
    """

    def languages(self) -> frozenset[Language]:
        """The languages this voice speaks understandably."""
        ...

    def say(self, text: str, language: Language) -> Speech:
        """Speak one phrase or sentence.

        Raises:
            VoiceError: nothing could be spoken (``retryable`` tells whether to ask again).
        """
        ...


class Speaker(Protocol):
    """A room's side of the speech process: asks for lines, gets them in order of priority."""

    async def say(self, text: str, language: Language, priority: int) -> Speech:
        """Speak ``text``. Priority 0 (an answer) goes before 1 (the next line) before 2 (look-ahead).

        Raises:
            VoiceError: no voice could speak it.
        """
        ...

    async def cached(self, text: str, language: Language) -> bool:
        """True when saying this costs nothing (it is in the cache)."""
        ...


class LipSync(Protocol):
    """Phones to mouth: pure. ``avatars.lipsync`` offers ``track(phones, fps) -> tuple[Mouth, ...]``,
    one Mouth per picture from the start of the line, ending closed."""

    def __call__(self, phones: tuple[Phone, ...], duration_s: float, fps: int) -> tuple[Mouth, ...]: ...


class Manners(Protocol):
    """A host's body language: steps once per picture, never freezes, never jumps.

    ``avatars.manners`` offers ``create(fps: int, seed: int, manner: Mapping) -> Manners``.
    """

    def step(self, acting: Acting) -> Pose: ...


class Figure(Protocol):
    """A face standing at one place of one background."""

    def draw(self, canvas: BGR, pose: Pose) -> None:
        """Draw the host onto ``canvas`` (height, width, 3), which holds the background of the place
        (or an older picture of this figure on it: the figure restores what it covers)."""
        ...

    @property
    def box_px(self) -> tuple[int, int, int, int]:
        """``(x, y, width, height)`` of everything ``draw`` may ever touch."""
        ...


class Face(Protocol):
    """Pose to pixels. ``avatars/faces/<kind>.py`` offers ``create(host: Path) -> Face``."""

    def stand(self, background: BGR, place: Placement, light: Mapping[str, Any]) -> Figure:
        """Prepare to be drawn on ``background`` (may take a second; cached sprites make it quick).

        ``light``: ``dark`` (bool: dark room) and ``tint`` (three multipliers, BGR order).
        """
        ...


class Stage(Protocol):
    """Scene and pose to a finished picture. ``avatars.stage`` offers ``create(...) -> Stage``."""

    def prepare(self, scene: Scene) -> None:
        """Make the textures this scene needs (pictures, cards), off the playout thread."""
        ...

    def picture(self, scene: Scene, pose: Pose) -> I420:
        """Compose one picture, shape ``(height * 3 // 2, width)``; the array is reused by the next call."""
        ...


class Encoder(Protocol):
    """One encode per room. ``streaming.encoder`` offers ``create(VideoFormat) -> Encoder``."""

    @property
    def aac_config(self) -> bytes: ...

    def picture(self, tick: int, i420: I420) -> list[Packet]: ...

    def sound(self, tick: int, samples: Samples) -> list[Packet]:
        """Encode the ``(samples_per_tick, 2)`` samples of this tick as AAC and Opus."""
        ...

    def force_key(self) -> None:
        """Make the next picture a key frame (rate-limited to one in half a second)."""
        ...

    def close(self) -> list[Packet]: ...


class Publisher(Protocol):
    """Carries packets to one place. Lives in its own process (``python -m streaming.output``), so
    blocking is allowed there: it can be killed.

    ``streaming/publishers/<name>.py`` offers ``create(settings: Mapping[str, Any]) -> Publisher``.
    """

    def open(self, info: StreamInfo) -> None:
        """Connect.

        Raises:
            PublishError: refused; ``retryable`` tells whether to try again.
        """
        ...

    def write(self, packet: Packet) -> None: ...

    def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer a request from the front door (WebRTC signalling); others raise PublishError."""
        ...

    def status(self) -> Mapping[str, Any]: ...

    def close(self) -> None: ...


class Output(Protocol):
    """The room's side of one output process: never blocks, never raises, restarts what died.

    ``streaming.outlet`` offers ``create(name, kind, settings, info, clock, on_key_wanted) -> Output``.
    """

    def start(self) -> None: ...

    def feed(self, packet: Packet) -> None:
        """Queue a packet (from any thread). When the queue holds too many seconds, whole groups of
        pictures are dropped at a key frame; sound is kept, and the drop is counted."""
        ...

    async def request(self, request: Mapping[str, Any]) -> Mapping[str, Any]: ...

    def status(self) -> OutputStatus: ...

    async def close(self, timeout_s: float = 5.0) -> None: ...


class ChatSource(Protocol):
    """Where viewers' words come from. ``streaming/chat/<name>.py`` offers
    ``create(settings: Mapping[str, Any]) -> ChatSource``."""

    async def run(self, put: Callable[[str, str], Awaitable[None]]) -> None:
        """Call ``put(user, text)`` for every message until cancelled; end only when the source is dry."""
        ...


class RoomPort(Protocol):
    """A room as the front door and the control socket see it (the room is another process).

    ``state()`` is a JSON snapshot::

        {"room", "title", "language", "theme", "size": [w, h], "state": "starting|on-air|paused|panic|stopping",
         "shop": {"name", "url"}, "host": {"name", "label"}, "on_air_s": 12.3, "viewers": 3,
         "late_pictures": 0, "segment": {"id", "kind", "product", "reason"} | null,
         "rundown": [{"id", "kind", "product", "reason", "ready": bool}],
         "line": <the last line event> | null, "pinned": "flask" | null,
         "products": [{"id", "number", "name", "summary", "price", "compare_at", "stock", "sold_out",
                       "picture": "flask" | null, "url"}],
         "outputs": [<OutputStatus as dict>], "voice": {"name", "reason"},
         "cache": {"hits", "misses"}, "chat": [<the last 50 chat and answer events>]}

    ``events()`` yields JSON objects with ``event`` and ``t`` (room seconds) as they happen:
    ``line`` (id, text, language, product, segment, duration_s, words: [[start_s, end_s, char_start,
    char_end]], facts), ``segment`` (id, kind, product, reason), ``product`` (one product as above),
    ``chat`` (id, user, text, wall), ``answer`` (chat, text, status: queued | speaking | written |
    refused, wall), ``state`` (state, viewers), ``output`` (an OutputStatus), ``late``, ``standby``,
    ``control`` (command, by).
    """

    @property
    def name(self) -> str: ...

    async def state(self) -> dict[str, Any]:
        """The snapshot above.

        Raises:
            LinkError: the room process is away (it is being restarted).
        """
        ...

    async def command(self, command: str, arguments: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Carry out an operator's command.

        Raises:
            ControlError: unknown command, product or value; the sentence says what is allowed.
            LinkError: the room process is away.
        """
        ...

    async def output_request(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the room's first output of this kind (WHEP: ``{"op": "offer", "sdp": …}``).

        Raises:
            PublishError, LinkError
        """
        ...

    async def hear(self, user: str, text: str, source: str) -> dict[str, Any]:
        """Give the room a viewer's message; returns ``{"id", "accepted": bool, "why"}``."""
        ...

    async def picture(self, product: str) -> bytes | None:
        """A product's picture as PNG of at most 640 px, or None."""
        ...

    def events(self) -> AsyncIterator[dict[str, Any]]:
        """Events from now on; a subscriber that is 500 events behind loses the oldest."""
        ...


def art_folder(host: str) -> Path:
    """The folder of a host's art, ``avatars/hosts/<host>``."""
    return Path(__file__).resolve().parent.parent / "avatars" / "hosts" / host


__all__ = [
    "ChatSource",
    "Encoder",
    "Face",
    "Figure",
    "LipSync",
    "Manners",
    "Output",
    "Publisher",
    "RoomPort",
    "Speaker",
    "Stage",
    "Voice",
    "VoiceSpec",
    "art_folder",
]
