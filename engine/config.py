"""The shape of ``config.yaml``: what a merchant may write, with its limits and its defaults.

Reading the file, with the place of every mistake, is ``engine.configfile``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from engine.media import Language

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class Part(BaseModel):
    """A section of the config: unknown keys are mistakes, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shop(Part):
    """Whose room it is. ``facts`` hold for every product (shipping, returns, payment, …)."""

    name: Text
    mark: Path | None = None
    url: str = ""
    facts: dict[str, str] = {}


class VoiceChoice(Part):
    """Who speaks. Empty values are the host's own voice."""

    engine: str = ""
    name: str = ""
    speed: float = Field(1.0, ge=0.6, le=1.6)
    options: dict[str, Any] = {}


def _encodable(size: str) -> str:
    sides = [int(side) for side in size.split("x")]
    if any(side % 2 for side in sides):
        raise ValueError("width and height must be even")
    if min(sides) < 240 or max(sides) > 1920:
        raise ValueError("width and height must be 240 to 1920")
    return size


class PictureChoice(Part):
    """The one encode of the room."""

    size: Annotated[str, StringConstraints(pattern=r"^\d{3,4}x\d{3,4}$"), AfterValidator(_encodable)] = "720x1280"
    fps: Literal[20, 24, 25, 30] = 25
    bitrate_kbps: int = Field(2500, ge=300, le=12000)
    preset: Literal["ultrafast", "superfast", "veryfast", "faster"] = "veryfast"


class WriterChoice(Part):
    """Who writes. ``llm`` needs ``base_url`` and ``model``; templates stand behind it."""

    kind: Literal["template", "llm"] = "template"
    base_url: str = ""
    model: str = ""
    api_key_env: str = ""
    timeout_s: float = Field(20.0, gt=0, le=120)


class ShowChoice(Part):
    """How the show runs."""

    notice_every_min: int = Field(10, ge=1, le=60)
    """Minutes between spoken notices that the host is AI-generated."""
    music: float = Field(0.5, ge=0, le=1)
    """How loud the music bed is, 0 for none."""
    say_names: bool = True
    """Whether viewers' names may be spoken (unsafe names never are)."""
    timezone: str = "UTC"
    seed: int | None = None


class Room(Part):
    """One room on air."""

    enabled: bool = True
    title: Text
    language: Language
    shop: Shop
    catalog: Path
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    """For catalogs that name none (Shopify's); default: the sign of the first price, else by language."""
    host: str
    voice: VoiceChoice = VoiceChoice()
    theme: str = "clean"
    picture: PictureChoice = PictureChoice()
    writer: WriterChoice = WriterChoice()
    show: ShowChoice = ShowChoice()
    outputs: list[dict[str, dict[str, Any]]] = [{"webrtc": {}}]
    """One mapping per output: ``- rtmp: {url: …}``; the word is a file in ``streaming/publishers``."""
    chat: list[dict[str, dict[str, Any]]] = [{"web": {}}]
    """One mapping per source; the word is a file in ``streaming/chat``."""
    allow_private_pictures: bool = False
    """Let picture addresses point into the private network (never on a shared machine)."""


class Web(Part):
    """Where the room page listens."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)


class Control(Part):
    """The operator's socket; ``tcp`` opens the same API on a port and then needs a token."""

    socket: Path | None = None
    """Default: ``control.sock`` in the state directory."""
    tcp: Annotated[str, StringConstraints(pattern=r"^[^:]+:\d+$")] | None = None
    token_env: str = "NIGHTMARKET_TOKEN"


class SpeechChoice(Part):
    """The machine's one speech process."""

    threads: int = Field(2, ge=1, le=16)
    cache_mb: int = Field(1024, ge=16)


class Config(Part):
    """The whole file."""

    version: Literal[1] = 1
    state: Path = Path(".nightmarket")
    web: Web = Web()
    control: Control = Control()
    speech: SpeechChoice = SpeechChoice()
    rooms: dict[Name, Room] = Field(min_length=1)
