"""Each publisher's own promises (what all of them promise is in ``tests/contract/test_publisher.py``)."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.clock import VirtualClock
from engine.errors import PublishError
from engine.media import Packet
from streaming.label import labelled, sei
from streaming.publishers import recording, rtmp
from streaming.publishers.recording import Recording
from streaming.splice import Splice
from tests.streaming.stream import SMALL, a_second, brightness, decoded, flashes, info, onsets

# --- recording -----------------------------------------------------------------------------------


def record(folder: Path, packets: Iterator[Packet], **settings: Any) -> list[Path]:
    """Record ``packets`` as an output process does; the files, oldest first."""
    publisher = recording.create({"folder": str(folder), "min_free_mb": 1, **settings}, VirtualClock())
    publisher.open(info())
    splice = Splice()
    for packet in packets:
        for taken in splice.take(packet):
            publisher.write(taken)
    publisher.close()
    return sorted(folder.rglob("*.mp4"))


def look(path: Path) -> tuple[list[float], list[float], dict[str, float]]:
    """Times of flashes and of beeps, and each stream's length, in seconds."""
    with av.open(str(path)) as file:
        flash_s = [f.time for f in file.decode(video=0) if brightness(f) > 128]
        lengths = {s.type: float(s.duration * s.time_base) for s in file.streams if s.duration}
    with av.open(str(path)) as file:
        beep_s = onsets(list(file.decode(audio=0)), 0)
    return flash_s, beep_s, lengths


@pytest.mark.slow
def test_sound_and_picture_of_a_long_recording_are_together(tmp_path: Path) -> None:
    (path,) = record(tmp_path, flashes(SMALL, 600 * 25, every=60 * 25, first=9 * 25))
    flash_s, beep_s, lengths = look(path)
    assert len(flash_s) == len(beep_s) == 10
    assert np.abs(np.array(flash_s) - np.array(beep_s)).max() < 0.020
    assert abs(lengths["video"] - lengths["audio"]) <= 1 / 25
    assert abs(lengths["video"] - 600) <= 1 / 25


def test_files_change_at_a_key_frame_and_every_one_is_in_sync(tmp_path: Path) -> None:
    paths = record(tmp_path, flashes(SMALL, 25 * 25, every=50, first=20), rotate_min=0.1)
    assert len(paths) == 5  # 6 s each: the key frames are 2 s apart
    assert [p.name for p in paths[1:3]] != [paths[0].name] * 2
    total = 0.0
    for path in paths:
        flash_s, beep_s, lengths = look(path)
        assert np.abs(np.array(flash_s) - np.array(beep_s)).max() < 0.020
        assert flash_s[0] == pytest.approx(0.8)
        total += lengths["video"]
    assert total == pytest.approx(25, abs=0.05)


def test_the_hidden_label_is_in_the_file(tmp_path: Path) -> None:
    (path,) = record(tmp_path, iter(a_second()))
    with av.open(str(path)) as file:
        assert json.loads(file.metadata["AIGC"]) == {"Label": "1", "ContentProducer": "夜市"}


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_finds_the_label_too(tmp_path: Path) -> None:
    (path,) = record(tmp_path, iter(a_second()))
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_format", "-of", "json", str(path)],
        capture_output=True,
        check=True,
    )
    assert "夜市" in json.loads(said.stdout)["format"]["tags"]["AIGC"]


KILLED = """
import os, signal, sys
from pathlib import Path
from streaming.publishers import recording
from tests.streaming.stream import SMALL, flashes, info
publisher = recording.create({"folder": sys.argv[1], "min_free_mb": 1})
publisher.open(info())
for packet in flashes(SMALL, 11 * 25, every=25, first=5):
    if packet.pts >= 0:
        publisher.write(packet)
    if packet.codec == "h264" and packet.pts == 9 * 90_000:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_recording_plays_up_to_the_last_key_frame(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    (path,) = tmp_path.glob("*.mp4")
    flash_s, beep_s, _ = look(path)
    assert flash_s == pytest.approx([0.2 + n for n in range(8)])
    assert np.abs(np.array(flash_s) - np.array(beep_s)).max() < 0.020
    with av.open(str(path)) as file:
        assert "AIGC" in file.metadata


def test_names_are_never_reused(tmp_path: Path) -> None:
    for _ in range(3):
        record(tmp_path, iter(a_second()), pattern="a:b/{room}")
    assert sorted(p.name for p in (tmp_path / "a:b").iterdir()) == ["test-2.mp4", "test-3.mp4", "test.mp4"]


@pytest.mark.parametrize("pattern", ["../x", "/x", "{nobody}", "{0}"])
def test_a_pattern_stays_in_its_folder(pattern: str) -> None:
    with pytest.raises(PublishError) as error:
        recording.create({"pattern": pattern})
    assert not error.value.retryable


def test_a_nearly_full_disk_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="disk full") as error:
        record(tmp_path, iter(a_second()), min_free_mb=1 << 40)
    assert error.value.retryable


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux")
def test_a_full_disk_is_an_error_that_may_pass(tmp_path: Path) -> None:
    class Full(Recording):
        def _free_path(self) -> Path:
            return Path("/dev/full")

    publisher = Full(tmp_path, "x", 3600, 1, VirtualClock())
    publisher.open(info())
    with pytest.raises(PublishError, match="No space left") as error:  # noqa: PT012
        for packet in a_second(5):
            if packet.pts >= 0:
                publisher.write(packet)
    assert error.value.retryable


# --- RTMP ----------------------------------------------------------------------------------------


@contextmanager
def server(context: ssl.SSLContext) -> Iterator[int]:
    """A port on which somebody shakes hands and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            try:
                peer = context.wrap_socket(peer, server_side=True)
            except OSError:
                pass
            finally:
                peer.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_nobody_there_may_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(PublishError, match="cannot reach") as error:
        rtmp.create({"url": f"rtmp://127.0.0.1:{port}/live"}).open(info())
    assert error.value.retryable


HANGS_UP = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    listener.accept()[0].close()
"""


def test_a_server_that_hangs_up_costs_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "open-sesame-123?sign=abcdef0123456789")
    # In a process of its own: PyAV holds the GIL while it connects, a thread here would never answer.
    with subprocess.Popen([sys.executable, "-c", HANGS_UP], stdout=subprocess.PIPE, text=True) as peer:
        assert peer.stdout is not None
        port = int(peer.stdout.readline())
        publisher = rtmp.create({"url": f"rtmp://127.0.0.1:{port}/live", "key_env": "KEY"})
        publisher.open(info())
        with pytest.raises(PublishError) as error:  # noqa: PT012
            for packet in a_second():
                publisher.write(packet)
        publisher.close()
        peer.kill()
    assert error.value.retryable
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    assert "sesame" not in str(error.value)
    assert "abcdef" not in str(error.value)


def test_a_certificate_that_proves_nothing_is_refused(tmp_path: Path) -> None:
    with server(self_signed(tmp_path)) as port:
        url = f"rtmps://localhost:{port}/live"
        with pytest.raises(PublishError, match="does not prove who it is"):
            rtmp.create({"url": url}).open(info())
        rtmp.create({"url": url, "verify": False}).open(info())


@pytest.mark.parametrize("url", ["", "http://a/b", "rtmp://", "rtmp:///live", "rtmp://a:99999/b", "live"])
def test_what_is_no_address_is_said_at_once(url: str) -> None:
    with pytest.raises(PublishError, match="no RTMP address") as error:
        rtmp.create({"url": url})
    assert not error.value.retryable


def test_the_key_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIGHT_KEY", raising=False)
    with pytest.raises(PublishError, match="NIGHT_KEY is empty"):
        rtmp.create({"url": "rtmp://a/b", "key_env": "NIGHT_KEY"})
    with pytest.raises(PublishError, match="holds no stream key"):
        rtmp.create({"url": "rtmp://a/b", "key_file": str(tmp_path / "none")})
    (tmp_path / "key").write_text("abc123\n")
    assert rtmp.create({"url": "rtmp://a/b", "key_file": str(tmp_path / "key")}).status() == {"sent_bytes": 0}


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS context that no system trusts."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


# --- splice --------------------------------------------------------------------------------------


def test_a_splice_starts_at_a_key_frame_with_the_sound_of_that_moment() -> None:
    packets = [p for p in flashes(SMALL, 75) if p.pts >= 90_000 or p.codec != "h264"]
    splice = Splice()
    taken = [t for p in packets for t in splice.take(p)]
    assert (taken[0].codec, taken[0].pts, taken[0].key) == ("h264", 0, True)
    assert all(t.pts >= 0 for t in taken)
    for codec in ("aac", "opus"):
        assert min(t.pts for t in taken if t.codec == codec) < 1024
    times = [t.pts for t in taken if t.codec == "h264"]
    assert times == [3600 * n for n in range(25)]


def test_time_stamps_of_a_week_are_exact() -> None:
    week = 7 * 24 * 3600
    key = next(p for p in a_second() if p.key and p.codec == "h264")
    sound = next(p for p in a_second() if p.codec == "opus")
    splice = Splice()
    splice.take(replace(key, pts=week * 90_000))
    (taken,) = splice.take(replace(sound, pts=week * 48_000 + 7))
    assert taken.pts == 7


# --- label ---------------------------------------------------------------------------------------


def test_the_label_is_in_every_key_picture_and_the_picture_is_the_same() -> None:
    aigc = {"Label": "1", "ContentProducer": "夜市" * 100}
    message = sei(aigc)
    pictures = [p for p in flashes(SMALL, 60, every=10) if p.codec == "h264"]
    marked = [replace(p, data=labelled(p.data, message)) if p.key else p for p in pictures]
    plain, seen = decoded("h264", pictures), decoded("h264", marked)
    assert all(np.array_equal(a.to_ndarray(), b.to_ndarray()) for a, b in zip(plain, seen, strict=True))
    texts = [bytes(d) for d in seen[0].side_data if d.type.name == "SEI_UNREGISTERED"]
    assert any(json.loads(text[16:]) == {"AIGC": aigc} for text in texts if b"AIGC" in text)


def test_no_label_changes_nothing() -> None:
    assert labelled(b"\x00\x00\x01\x65x", sei({})) == b"\x00\x00\x01\x65x"
    assert labelled(b"no picture", sei({"Label": "1"})) == b"no picture"
