"""The seams: what the engine asks of voices, faces, stages, publishers and chat sources.

A plug-in is a module ``<folder>/<name>.py`` with a function ``create(...)``; the folder is the
registry (see ``engine.plugins``). Every plug-in of a port passes the port's contract test.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from engine.media import (
    BGR,
    I420,
    Acting,
    ChatMessage,
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


class Ear(Protocol):
    """Takes messages into a room: the front door's page chat and webhook call it."""

    async def __call__(self, message: ChatMessage) -> None: ...


def art_folder(host: str) -> Path:
    """The folder of a host's art, ``avatars/hosts/<host>``."""
    return Path(__file__).resolve().parent.parent / "avatars" / "hosts" / host


__all__ = [
    "ChatSource",
    "Ear",
    "Encoder",
    "Face",
    "Figure",
    "LipSync",
    "Manners",
    "Output",
    "Publisher",
    "Speaker",
    "Stage",
    "Voice",
    "VoiceSpec",
    "art_folder",
]
