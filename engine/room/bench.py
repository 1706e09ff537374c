"""``nightmarket bench``: what a room costs on this machine, each figure beside its reference in one run."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from engine import config, configfile
from engine.errors import ControlError
from engine.media import I420, StreamInfo
from engine.room.offline import OfflineRoom, render_file, speaker_for
from engine.room.parts import format_of

log = logging.getLogger(__name__)

PICTURES = 250
SETTLE_S = 80.0
VIEWERS = 8
LIVE_S = 60.0
RENDER_S = 60.0
SEED = 5
WARM_S = 110.0
"""How much of the show is rendered first, to fill the speech cache."""


@dataclass
class Figures:
    """What was measured; keys as printed by ``--json``."""

    values: dict[str, Any] = field(default_factory=dict)

    def add(self, key: str, value: float | int | None, text: str) -> None:
        self.values[key] = value
        print(f"  {key:<20} {'–' if value is None else value:<10} {text}", file=sys.stderr, flush=True)


def bench(config: Path, as_json: bool) -> int:
    """Measure and print; returns 0. Figures go to standard output, progress to standard error.

    Raises:
        NightmarketError: a room of the config cannot be built.
    """
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    settings = configfile.read(config)
    names = list(settings.rooms)[:2]
    figures = Figures()
    print(f"Measuring rooms {', '.join(names)} on {os.cpu_count()} cores; about four minutes.", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="nightmarket-bench-") as folder:
        work = Path(folder)
        for name in names:  # fills the speech cache, so that what follows measures cached speech
            render_file(config, name, work / f"warm-{name}.mp4", WARM_S, [], None, SEED)
        pictures = room_cost(settings, names[0], figures)
        viewer_cost(settings, names[0], pictures, figures)
        speed(config, names[0], work, figures)
        live(config, names, work, figures)
    if as_json:
        print(json.dumps(figures.values))
    else:
        for key, value in figures.values.items():
            print(f"{key}: {value}")
    return 0


def room_cost(settings: config.Config, name: str, figures: Figures) -> list[I420]:
    """CPU per picture of a whole room against the bare x264 encode of the same pictures, which are returned."""
    room = settings.rooms[name]

    def play(keep: list[I420] | None) -> float:
        """Milliseconds of CPU per picture, after a while in which every scene has been set."""
        offline = OfflineRoom(name, room, speaker_for(room), SEED, feed=_ignore, on_event=_ignore, behind=False)
        asyncio.run(offline.play(SETTLE_S, []))
        if keep is not None:
            stage, compose = offline.parts.stage, offline.parts.stage.picture

            def kept(scene: Any, pose: Any) -> I420:
                keep.append(compose(scene, pose).copy())
                return keep[-1]

            stage.picture = kept  # type: ignore[method-assign]
        began = time.process_time()
        asyncio.run(offline.play(PICTURES / offline.parts.format.fps, []))
        return (time.process_time() - began) * 1000 / PICTURES

    pictures: list[I420] = []
    room_ms = play(None)
    play(pictures)
    encode_ms, _ = importlib.import_module("streaming.measure").encode_ms(format_of(room), pictures)
    figures.values["room_ms"], figures.values["encode_ms"] = round(room_ms, 2), round(encode_ms, 2)
    figures.add("room_over_encode", round(room_ms / encode_ms, 2),
                f"whole room {room_ms:.1f} ms CPU a picture, bare encode {encode_ms:.1f} ms")
    return pictures


def viewer_cost(settings: config.Config, name: str, pictures: list[I420], figures: Figures) -> None:
    """CPU per extra WebRTC viewer against one encode of the same pictures."""
    measure = importlib.import_module("streaming.measure")
    format = format_of(settings.rooms[name])
    encode_ms, packets = measure.encode_ms(format, pictures)
    cost = asyncio.run(measure.viewer_cost(StreamInfo(name, format, b""), packets, VIEWERS))
    figures.add("viewer_over_encode", round(cost.viewer_ms / encode_ms, 3),
                f"each of {VIEWERS} viewers {cost.viewer_ms:.2f} ms CPU a picture, "
                f"{cost.received:.0%} of the packets arrived")


def speed(path: Path, name: str, work: Path, figures: Figures) -> None:
    """Speed of ``render`` against real time, speech cached."""
    began = time.monotonic()
    render_file(path, name, work / "speed.mp4", RENDER_S, [], None, SEED)
    took_s = time.monotonic() - began
    figures.add("render_speed", round(RENDER_S / took_s, 2), f"{RENDER_S:.0f} s of show in {took_s:.1f} s")


def live(path: Path, names: list[str], work: Path, figures: Figures) -> None:
    """Both rooms on air for a minute: late pictures and peak memory."""
    with _on_air(path, names, work) as (process, socket):
        _wait_for_air(socket, names)
        time.sleep(20.0)  # by then every scene is set
        before = {name: _ask(socket, name) for name in names}
        time.sleep(LIVE_S)
        after = {name: _ask(socket, name) for name in names}
        late = sum(int(after[n]["late_pictures"]) - int(before[n]["late_pictures"]) for n in names)
        rooms_mb, speech_mb = _memory(process.pid)
    figures.add("late_pictures", late, f"in {LIVE_S:.0f} s with {len(names)} rooms on air")
    figures.add("room_mb", round(max(rooms_mb, default=0)), "peak memory of the larger room's process")
    figures.add("speech_mb", round(speech_mb), "peak memory of the speech process")


@contextmanager
def _on_air(path: Path, names: list[str], work: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """``nightmarket run`` on a copy of the config with its own state, ports and seed."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    told = yaml.load(path.read_text("utf-8"))
    settings = configfile.read(path)
    told["state"] = str(work / "state")
    told["web"] = {"host": "127.0.0.1", "port": 0}
    told.pop("control", None)
    for name in names:
        room = told["rooms"][name]
        room["show"] = {**room.get("show", {}), "seed": SEED}
        room["catalog"] = str(settings.rooms[name].catalog)
        if settings.rooms[name].shop.mark:
            room["shop"]["mark"] = str(settings.rooms[name].shop.mark)
        room["outputs"] = [{"webrtc": {}}, {"null": {}}]
    copy = work / "config.yaml"
    yaml.dump(told, copy)
    command = [sys.executable, "-m", "engine", "run", str(copy), *(f"--room={name}" for name in names)]
    with (work / "run.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=Path(__file__).resolve().parents[2])
        try:
            yield process, work / "state" / "control.sock"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for_air(socket: Path, names: list[str]) -> None:
    for _ in range(240):
        time.sleep(0.5)
        try:
            if all(_ask(socket, name)["state"] == "on-air" for name in names):
                return
        except (OSError, ControlError, KeyError):
            continue
    raise ControlError("the rooms did not come on air within two minutes")


def _ask(socket: Path, name: str) -> dict[str, Any]:
    from engine.control.client import ask

    status, answer = asyncio.run(ask(socket, name, "state", {}))
    if status != 200:
        raise ControlError(str(answer.get("error")))
    return answer


def _memory(supervisor: int) -> tuple[list[float], float]:
    """Peak resident MB of the room processes, and of the speech process."""
    rooms: list[float] = []
    speech = 0.0
    for child in psutil.Process(supervisor).children(recursive=True):
        try:
            words, peak = child.cmdline(), _peak_mb(child)
        except (psutil.Error, OSError):
            continue
        if "engine.room.process" in words:
            rooms.append(peak)
        elif "avatars.speech" in words:
            speech = max(speech, peak)
    return rooms, speech


def _peak_mb(process: psutil.Process) -> float:
    """``VmHWM`` where the kernel tells it, else what is resident now."""
    try:
        for row in Path(f"/proc/{process.pid}/status").read_text("ascii").splitlines():
            if row.startswith("VmHWM:"):
                return int(row.split()[1]) / 1024
    except OSError:
        pass
    return float(process.memory_info().rss) / 1e6


def _ignore(_: Any) -> None:
    return None
