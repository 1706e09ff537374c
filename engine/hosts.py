"""A host as its folder describes it: ``avatars/hosts/<name>/host.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import plugins, yamlfile
from engine.errors import ConfigError
from engine.media import VoiceSpec


@dataclass(frozen=True, slots=True)
class Host:
    """A host = a voice + a face + manners."""

    id: str
    names: Mapping[str, str]
    voice: VoiceSpec
    face: str
    manner: Mapping[str, Any]
    folder: Path

    def name(self, language: str) -> str:
        """The name in this language, else in any."""
        return self.names.get(language) or next(iter(self.names.values()), self.id)


def read_host(name: str) -> Host:
    """Read a host's folder.

    Raises:
        ConfigError: no such host, or its file is broken.
    """
    plugins.require("host", name)
    folder = plugins.ROOT / plugins.PORTS["host"] / name
    file = folder / "host.yaml"
    try:
        told: Any = yamlfile.parse(file.read_text("utf-8"), str(file)).data
        voice = told["voice"]
        names = told["name"] if isinstance(told["name"], dict) else {"en": str(told["name"])}
        return Host(
            id=name,
            names={str(language): str(text) for language, text in names.items()},
            voice=VoiceSpec(str(voice["engine"]), str(voice["name"]), float(voice.get("speed", 1.0))),
            face=str(told.get("face", "illustrated")),
            manner=dict(told.get("manner") or {}),
            folder=folder,
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"the host {name!r} cannot be read: {error!r}", where=str(file)) from error
