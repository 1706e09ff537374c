"""Speech on disk, addressed by what was asked for: the second time is free, after a restart too.

One file per line: SHA-256 of the rest, then one message of ``engine.link`` (times as JSON, samples
as int16). A damaged file is no file. The least recently used go when the folder is full.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from engine import link
from engine.errors import LinkError, ModelError, VoiceError
from engine.media import Phone, Speech, VoiceSpec, Word

VERSION = 2
"""Part of every key: raise it when the same text would now sound or be timed differently."""

MOST_BYTES = 1 << 30

_DIGEST_BYTES = 32
_SCALE = 32767.0


def to_message(speech: Speech) -> tuple[dict[str, Any], bytes]:
    """A Speech as header and body (int16, mono)."""
    header = {
        "text": speech.text,
        "language": speech.language,
        "voice": speech.voice,
        "phones": [[p.symbol, p.start_s, p.end_s] for p in speech.phones],
        "words": [[w.start_s, w.end_s, w.char_start, w.char_end] for w in speech.words],
    }
    whole = np.rint(np.clip(speech.samples, -1.0, 1.0) * _SCALE).astype("<i2")
    return header, whole.tobytes()


def from_message(header: Mapping[str, Any], body: bytes, cached: bool = False) -> Speech:
    """The Speech of :func:`to_message`.

    Raises:
        LinkError: it is not one.
    """
    try:
        text = str(header["text"])
        return Speech(
            text=text,
            language=header["language"],
            samples=np.frombuffer(body, dtype="<i2").astype(np.float32) / np.float32(_SCALE),
            phones=tuple(Phone(*row) for row in header["phones"]),
            words=tuple(Word(text[a:b], s, e, a, b) for s, e, a, b in header["words"]),
            voice=str(header["voice"]),
            cached=cached,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LinkError(f"not a line of speech: {error}", retryable=False) from error


def fingerprint(spec: VoiceSpec) -> str:
    """What the voice's sound depends on besides the spec (model hashes), as its plug-in says."""
    try:
        plugin = import_module(f"avatars.voices.{spec.engine}")
    except ImportError:
        return ""
    own = getattr(plugin, "fingerprint", None)
    try:
        return str(own(spec)) if own else ""
    except (ModelError, VoiceError):
        return ""


class SpeechCache:
    """The lines of one folder; safe to use from several threads and processes at once."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._size_bytes: int | None = None

    def key(self, spec: VoiceSpec, print_of_voice: str, text: str, language: str) -> str:
        """The address of a line: everything its sound depends on."""
        parts = [
            VERSION,
            spec.engine,
            print_of_voice,
            spec.name,
            spec.speed,
            {key: value for key, value in spec.options.items() if key != "threads"},
            language,
            text,
        ]
        plain = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(plain.encode("utf-8")).hexdigest()

    def has(self, key: str) -> bool:
        return self._path(key).is_file()

    def get(self, key: str) -> Speech | None:
        """The line, or None; a damaged file is removed."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        digest, frame = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        try:
            if hashlib.sha256(frame).digest() != digest:
                raise LinkError("damaged")
            speech = from_message(*link.unpack(frame), cached=True)
        except LinkError:
            path.unlink(missing_ok=True)
            return None
        with suppress(OSError):
            os.utime(path)  # "used now": access times are not kept on many disks
        return speech

    def put(self, key: str, speech: Speech) -> None:
        """Keep a line; a full or read-only disk costs its place in the cache, nothing else."""
        frame = link.pack(*to_message(speech))
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as out:
                out.write(hashlib.sha256(frame).digest() + frame)
            os.replace(out.name, path)
        except OSError:
            return
        with self._lock:
            if self._size_bytes is not None:
                self._size_bytes += _DIGEST_BYTES + len(frame)
            if self._size_bytes is None or self._size_bytes > self._most_bytes:
                self._make_room()

    def _make_room(self) -> None:
        """Remove the least recently used lines until a tenth of the folder is free."""
        files: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*"):
            with suppress(OSError):
                state = path.stat()
                files.append((state.st_mtime, state.st_size, path))
        size = sum(row[1] for row in files)
        if size > self._most_bytes:
            for _, size_bytes, path in sorted(files):
                if size <= self._most_bytes * 0.9:
                    break
                path.unlink(missing_ok=True)
                size -= size_bytes
        self._size_bytes = size

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.speech"


__all__ = ["MOST_BYTES", "SpeechCache", "fingerprint", "from_message", "to_message"]
