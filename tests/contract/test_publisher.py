"""What every publisher promises, run over the fake and over every file in ``streaming/publishers``.

A new publisher joins by being in the folder; if it cannot open without a peer, it gets its settings
(and its peer) in ``settings``.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import PublishError
from engine.ports import Publisher
from tests.streaming.stream import a_second, info

FOLDER = Path(__file__).resolve().parents[2] / "streaming" / "publishers"
NAMES = sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))
MODULES = ["tests.fakes.publisher", *(f"streaming.publishers.{name}" for name in NAMES)]
# A server that swallows everything, in a process of its own: a publisher may hold the GIL.
SINK = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    listener.accept()
"""


@pytest.fixture
def sink() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


@pytest.fixture(params=MODULES)
def publisher(request: pytest.FixtureRequest, tmp_path: Path, sink: int) -> Publisher:
    settings: dict[str, Any] = {
        "folder": str(tmp_path / "files"),
        "min_free_mb": 1,
        "url": f"rtmp://127.0.0.1:{sink}/live",
    }
    made: Publisher = importlib.import_module(request.param).create(settings)
    return made


def test_it_opens_and_closes_without_a_packet(publisher: Publisher) -> None:
    publisher.open(info())
    publisher.close()


def test_it_ignores_pictures_before_the_first_key_frame(publisher: Publisher) -> None:
    publisher.open(info())
    for packet in a_second():
        if packet.codec == "h264" and not packet.key:
            publisher.write(packet)
    publisher.close()


def test_its_status_is_json_and_counts_bytes(publisher: Publisher) -> None:
    publisher.open(info())
    status = publisher.status()
    assert json.loads(json.dumps(dict(status))) == dict(status)
    assert status["sent_bytes"] == 0
    publisher.close()


def test_a_request_it_does_not_know_is_refused(publisher: Publisher) -> None:
    publisher.open(info())
    with pytest.raises(PublishError) as error:
        publisher.request({"op": "dance"})
    assert not error.value.retryable
    publisher.close()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "rtmp"])
def test_a_second_of_the_room_goes_through(name: str, tmp_path: Path) -> None:
    settings = {"folder": str(tmp_path), "min_free_mb": 1}
    publisher: Publisher = importlib.import_module(f"streaming.publishers.{name}").create(settings)
    publisher.open(info())
    for packet in a_second(3):
        if packet.pts >= 0:
            publisher.write(packet)
    publisher.close()
    publisher.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_codecs_that_exist(name: str) -> None:
    codecs = getattr(importlib.import_module(f"streaming.publishers.{name}"), "CODECS", ())
    assert set(codecs) <= {"h264", "aac", "opus"}
