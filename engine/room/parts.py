"""Puts a room together from its config: every name becomes a plug-in, every part gets what it needs.

This is the only place where the engine meets ``avatars`` and ``streaming``; it finds them by name.
"""

from __future__ import annotations

import importlib
import logging
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import config, plugins
from engine.clock import Clock
from engine.errors import PictureError
from engine.hosts import Host, read_host
from engine.media import Packet, StreamInfo, VideoFormat, VoiceSpec
from engine.playout.mixer import Mixer
from engine.playout.music import bed
from engine.playout.playout import Playout
from engine.ports import Encoder, Face, LipSync, Manners, Output, Speaker, Stage
from engine.show.director import Director
from engine.show.show import Show

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """A room, put together and not yet on air."""

    name: str
    room: config.Room
    format: VideoFormat
    host: Host
    show: Show
    director: Director
    stage: Stage
    encoder: Encoder
    playout: Playout
    info: StreamInfo


def voice_of(room: config.Room, host: Host) -> VoiceSpec:
    """The room's voice: what the config says, else the host's own."""
    chosen = room.voice
    own = host.voice
    return VoiceSpec(
        engine=chosen.engine or own.engine,
        name=chosen.name or (own.name if not chosen.engine or chosen.engine == own.engine else ""),
        speed=chosen.speed * own.speed,
        options=dict(chosen.options),
    )


def format_of(room: config.Room) -> VideoFormat:
    """The room's video format."""
    width, height = (int(side) for side in room.picture.size.split("x"))
    return VideoFormat(width, height, room.picture.fps, room.picture.bitrate_kbps, room.picture.preset)


def cache_folder() -> Path:
    """Where what can be made again is kept (``NIGHTMARKET_CACHE``)."""
    return Path(os.environ.get("NIGHTMARKET_CACHE", "~/.cache/nightmarket")).expanduser()


def speech_cache() -> Path:
    """Where spoken lines are kept, for every room of the machine."""
    return cache_folder() / "speech"


def make_director(
    room: config.Room, show: Show, speaker: Speaker, clock: Clock, *, patient: bool = False
) -> Director:
    """The director alone: lines can get their voice while the stage is being set."""
    lipsync: LipSync = importlib.import_module("avatars.lipsync").track
    return Director(show, speaker, lipsync, clock, room.picture.fps, patient=patient)


def assemble(
    name: str,
    room: config.Room,
    show: Show,
    director: Director,
    *,
    emit: Callable[[dict[str, Any]], None],
    feed: Callable[[Packet], None],
    seed: int,
) -> Parts:
    """Build every part of one room; takes seconds.

    Raises:
        ConfigError: a name in the config has no plug-in.
        PictureError: the host's art cannot be drawn.
    """
    format = format_of(room)
    host = read_host(room.host)
    stage = _stage(format, room, host)
    encoder: Encoder = importlib.import_module("streaming.encoder").create(format)
    manners: Manners = importlib.import_module("avatars.manners").create(format.fps, seed, host.manner)
    mixer = Mixer(format.samples_per_tick, bed(room.theme, cache_folder() / "music"), room.show.music)
    playout = Playout(format, director, show, stage, manners, encoder, mixer, emit=emit, feed=feed)
    info = StreamInfo(name, format, encoder.aac_config, f"{room.shop.name} · {room.title}", aigc_label(room.shop.name))
    return Parts(name, room, format, host, show, director, stage, encoder, playout, info)


def _stage(format: VideoFormat, room: config.Room, host: Host) -> Stage:
    try:
        face: Face = plugins.load("face", host.face).create(host.folder)
    except OSError as error:
        raise PictureError(f"the host {host.id!r} cannot be drawn: {error}") from error
    create = importlib.import_module("avatars.stage").create
    stage: Stage = create(format, room.theme, room.language, face, cache_folder() / "stage")
    return stage


def aigc_label(producer: str) -> dict[str, str]:
    """The hidden label of GB 45438-2025: JSON keys as the standard names them; Label 1 = AI-generated."""
    produced = uuid.uuid4().hex
    return {
        "Label": "1",
        "ContentProducer": f"nightmarket:{producer}",
        "ProduceID": produced,
        "ReservedCode1": "",
        "ContentPropagator": f"nightmarket:{producer}",
        "PropagateID": produced,
        "ReservedCode2": "",
    }


def open_outputs(parts: Parts, state: Path, clock: Clock, *, on_key_wanted: Callable[[], None]) -> list[Output]:
    """Make (not start) the outputs that the config names, each with its own process."""
    create = importlib.import_module("streaming.outlet").create
    outputs: list[Output] = []
    counts: dict[str, int] = {}
    for entry in parts.room.outputs:
        for kind, settings in entry.items():
            plugins.require("publisher", kind)
            counts[kind] = counts.get(kind, 0) + 1
            name = kind if counts[kind] == 1 else f"{kind}-{counts[kind]}"
            ready = dict(settings)
            if kind == "recording":
                # Beside the room's other state unless the merchant says where.
                ready.setdefault("folder", str(state / "recordings" / parts.name))
            outputs.append(create(name, kind, ready, parts.info, clock, on_key_wanted))
    return outputs
