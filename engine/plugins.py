"""A name in the config becomes a module: the folder is the registry.

``ls avatars/voices`` are the words allowed after ``voice:``; a new plug-in is one new file there with a
function ``create``. Names are written with ``-`` where a file has ``_``. What starts with ``_`` is private
to its folder.
"""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from types import ModuleType

from engine import yamlfile
from engine.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent

PORTS = {
    "voice": "avatars/voices",
    "face": "avatars/faces",
    "host": "avatars/hosts",
    "theme": "avatars/stage/themes",
    "publisher": "streaming/publishers",
    "chat": "streaming/chat",
}
"""Each port's folder. Voices, faces, publishers and chat sources are modules; a host is a folder of art
and settings; a theme is a YAML file."""


def names(port: str, *, root: Path = ROOT) -> tuple[str, ...]:
    """The names that a port's folder offers, sorted; empty where the folder is missing.

    Raises:
        KeyError: no such port.
    """
    folder = root / PORTS[port]
    if not folder.is_dir():
        return ()
    found = {
        entry.stem.replace("_", "-")
        for entry in folder.iterdir()
        if not entry.name.startswith((".", "_")) and _is_offered(port, entry)
    }
    return tuple(sorted(found))


def load(port: str, name: str) -> ModuleType:
    """The module of a plug-in.

    Raises:
        ConfigError: the folder holds no such name (the sentence says which it holds), or the module needs
            something that is not installed.
        KeyError: no such port.
    """
    require(port, name)
    package = PORTS[port].replace("/", ".")
    try:
        return importlib.import_module(f"{package}.{name.replace('-', '_')}")
    except ImportError as error:
        raise ConfigError(f"the {port} {name!r} cannot be loaded: {error}", fix="nightmarket doctor") from error


def require(port: str, name: str) -> None:
    """Check a name without importing anything.

    Raises:
        ConfigError: the folder holds no such name.
    """
    allowed = names(port)
    if name not in allowed:
        raise ConfigError(f"no {port} is called {name!r}", fix=suggestion(name, allowed))


def languages_of(host: str, *, root: Path = ROOT) -> frozenset[str]:
    """The languages that a host speaks, as ``host.yaml`` in its folder says; empty where it says nothing."""
    file = root / PORTS["host"] / host / "host.yaml"
    try:
        told = yamlfile.parse(file.read_text(encoding="utf-8"), str(file)).data
    except (OSError, UnicodeDecodeError):
        return frozenset()
    languages = (told.get("languages") or told.get("language") or ()) if isinstance(told, dict) else ()
    return frozenset([languages] if isinstance(languages, str) else map(str, languages))


def closest(word: str, allowed: tuple[str, ...]) -> str | None:
    """The allowed word that was probably meant, or None."""
    return next(iter(difflib.get_close_matches(word, allowed, n=1, cutoff=0.6)), None)


def suggestion(word: str, allowed: tuple[str, ...]) -> str:
    """``did you mean …`` where a word is close, else the words allowed."""
    meant = closest(word, allowed)
    if meant is not None:
        return f"did you mean {meant!r}?"
    return f"allowed: {', '.join(allowed)}" if allowed else "there is none installed"


def _is_offered(port: str, entry: Path) -> bool:
    if port == "host":
        return entry.is_dir()
    if port == "theme":
        return entry.suffix == ".yaml"
    module = entry / "__init__.py" if entry.is_dir() else entry
    # Code that plug-ins of a folder share may lie beside them; only what can be created is offered.
    return module.suffix == ".py" and module.is_file() and "create" in module.read_text(encoding="utf-8")
