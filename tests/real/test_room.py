"""``nightmarket run`` as a user starts it: both rooms on air once, for a few minutes, and everything that may
happen to them meanwhile. The tests follow each other on the same run, in the order of the file.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest
import pytest_asyncio
import yaml

from engine import models
from tests.real import browser, studio
from tests.real.conftest import RtmpServer, missing, need
from tests.real.test_rtmp import pull

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ROOMS = ("home-en", "tea-zh")
PATIENCE_S = 150.0
"""For things that must happen, on a machine that does much else; nothing is said about how soon."""

BELOW = (slice(300, 1280), slice(0, 720))
"""Rows and columns of a picture below the name plate."""

SPY = """
const Peer = window.RTCPeerConnection;
window.peers = [];
window.RTCPeerConnection = class extends Peer { constructor(...how) { super(...how); window.peers.push(this); } };
window.received = async () => {
  const facts = { peers: window.peers.length };
  for (const one of (await window.peers.at(-1)?.getStats())?.values() ?? [])
    if (one.type === "inbound-rtp") facts[one.kind] = one;
  return facts;
};
window.visible = (what) => [...document.querySelectorAll(what)].find((node) => node.offsetParent !== null);
"""


@dataclass
class Evening:
    """The program on air, what it printed, and every event of its rooms."""

    folder: Path
    process: subprocess.Popen[bytes]
    nginx: RtmpServer
    chromium: browser.Chromium
    pages: dict[str, browser.Page] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def printed(self) -> str:
        return (self.folder / "out.txt").read_text("utf-8")

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def state_folder(self) -> Path:
        return self.folder / "state"

    @property
    def address(self) -> str:
        return next(row.split()[-1] for row in self.printed.splitlines() if row.startswith("Room page"))

    async def ctl(self, room: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = ("ctl", room, *words, "--json", "--config", self.config)
        return await asyncio.to_thread(studio.nightmarket, *command, cwd=self.folder)

    async def told(self, room: str, *words: str) -> dict[str, Any]:
        """What a command that succeeds answers."""
        done = await self.ctl(room, *words)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def of(self, room: str, kind: str, since: int = 0) -> list[dict[str, Any]]:
        return [event for event in self.events[since:] if (event["room"], event["event"]) == (room, kind)]

    async def page(self, room: str) -> browser.Page:
        if room not in self.pages:
            language = "zh-CN" if room == "tea-zh" else "en-US"
            url = f"{self.address}/rooms/{room}"
            self.pages[room] = await self.chromium.open(url, language=language, before=SPY)
        return self.pages[room]

    async def output(self, room: str, kind: str) -> dict[str, Any]:
        return next(output for output in (await self.told(room, "state"))["outputs"] if output["kind"] == kind)


async def until(happened: Callable[[], Awaitable[Any]] | Callable[[], Any], what: str) -> Any:
    """Ask until the answer is true; a refused question (the room is away) is asked again."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = happened()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return answer
        await asyncio.sleep(0.2)
    raise AssertionError(f"never happened: {what}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evening]:
    browser.require()
    need("ffmpeg")
    need("ffprobe")
    if not all(models.has(name) for name, model in models.table().items() if model.group == "voice"):
        missing("no voice here: nightmarket models pull voice")
    folder = tmp_path_factory.mktemp("evening")
    (folder / "nginx").mkdir()
    nginx = RtmpServer(folder / "nginx")
    nginx.start()
    try:
        async with browser.launch() as chromium, _on_air(folder, nginx, chromium) as evening:
            yield evening
    finally:
        nginx.kill()


@asynccontextmanager
async def _on_air(folder: Path, nginx: RtmpServer, chromium: browser.Chromium) -> AsyncIterator[Evening]:
    (folder / "config.yaml").write_text(_config(folder, nginx.url), "utf-8")
    keys = {f"KEY_{number}": f"sesame-{room}" for number, room in enumerate(ROOMS)}
    process = _start(folder, keys)
    evening = Evening(folder, process, nginx, chromium)
    listening: asyncio.Task[None] | None = None
    try:
        await until(lambda: "Operator " in evening.printed or process.poll() is not None, "the program starts")
        assert process.poll() is None, (folder / "log.txt").read_text()
        listening = asyncio.create_task(_listen(evening))
        await until(lambda: all(f"Room {room} is on air" in evening.printed for room in ROOMS), "both rooms on air")
        yield evening
    finally:
        if listening is not None:
            listening.cancel()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        print("".join((folder / "log.txt").read_text("utf-8").splitlines(keepends=True)[-60:]))


def _start(folder: Path, keys: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "out.txt").open("wb") as out, (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "engine", "run", str(folder / "config.yaml")], cwd=folder, stdout=out, stderr=log,
            env={**os.environ, "PYTHONPATH": str(studio.ROOT), **keys},
        )  # fmt: skip


def _config(folder: Path, rtmp: str) -> str:
    """The repository's own config, on other ground: its state, a free port, three outputs."""
    settings = yaml.safe_load((studio.ROOT / "config.yaml").read_text("utf-8"))
    settings["state"] = str(folder / "state")
    settings["web"]["port"] = 0
    for number, name in enumerate(ROOMS):
        room = settings["rooms"][name]
        room["enabled"] = True
        room["catalog"] = str(studio.ROOT / room["catalog"])
        room["shop"]["mark"] = str(studio.ROOT / room["shop"]["mark"])
        room["outputs"] = [{"webrtc": {}}, {"recording": {}}, {"rtmp": {"url": rtmp, "key_env": f"KEY_{number}"}}]
    return str(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False))


async def _listen(evening: Evening) -> None:
    """Keep every server-sent event."""
    connector = aiohttp.UnixConnector(str(evening.state_folder / "control.sock"))
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        session.get("http://nightmarket/v1/events") as response,
    ):
        assert response.content_type == "text/event-stream"
        async for row in response.content:
            if row.startswith(b"data: "):
                evening.events.append(json.loads(row[6:]))


# --- on air --------------------------------------------------------------------------------------


async def test_it_says_where_its_page_and_its_operator_are(evening: Evening) -> None:
    assert evening.address.startswith("http://127.0.0.1:")
    socket = evening.state_folder / "control.sock"
    assert str(socket) in evening.printed
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600


async def test_a_second_start_on_the_same_state_is_refused_in_one_sentence(evening: Evening) -> None:
    second = await asyncio.to_thread(studio.nightmarket, "run", evening.config, cwd=evening.folder)
    assert second.returncode == 3
    assert len(second.stderr.strip().splitlines()) == 1
    assert "another Nightmarket already runs" in second.stderr
    assert evening.process.poll() is None


@pytest.mark.parametrize("room", ROOMS)
async def test_the_host_speaks_and_events_tell_of_it(evening: Evening, room: str) -> None:
    await until(lambda: [line for line in evening.of(room, "line") if line["spoken"]], f"{room} speaks")
    segment = evening.of(room, "segment")[0]
    assert segment["reason"]
    line = evening.of(room, "line")[0]
    assert {"t", "id", "text", "language", "segment", "product", "words", "facts"} <= set(line)


@pytest.mark.parametrize("room", ROOMS)
async def test_a_browser_sees_the_room_move(evening: Evening, room: str) -> None:
    page = await evening.page(room)

    async def pictures() -> int:
        return int((await page.eval("received()")).get("video", {}).get("framesDecoded", 0))

    await until(pictures, f"{room} is seen")
    first = await pictures()

    async def more() -> bool:
        return await pictures() > first + 50

    await until(more, f"{room} moves")
    size = await page.eval("[document.querySelector('video').videoWidth, document.querySelector('video').videoHeight]")
    assert size == [720, 1280]


@pytest.mark.parametrize("room", ROOMS)
async def test_one_click_on_the_sound_button_and_the_host_is_heard(evening: Evening, room: str) -> None:
    page = await evening.page(room)
    assert await page.eval("document.querySelector('video').muted") is True
    await page.eval("visible('[data-do=sound]').id = 'the-sound-button'")
    await page.click("#the-sound-button")
    assert await page.eval("document.querySelector('video').muted") is False

    async def heard() -> bool:
        return (await page.eval("received()"))["audio"].get("totalAudioEnergy", 0) > 0.001

    await until(heard, f"{room} is heard")


@pytest.mark.parametrize(("room", "han"), [("home-en", False), ("tea-zh", True)])
async def test_captions_are_in_the_rooms_language(evening: Evening, room: str, han: bool) -> None:
    page = await evening.page(room)

    async def captions() -> list[str]:
        return list(await page.eval("[...document.querySelectorAll('.lines li')].map((li) => li.textContent)"))

    rows = await until(captions, f"{room} has captions")
    assert any("\u4e00" <= character <= "\u9fff" for character in "".join(rows)) is han


@pytest.mark.parametrize(
    ("room", "question", "number"),
    [("home-en", "How much is the lamp?", "$48"), ("tea-zh", "盖碗多少钱？", "¥158")],
)
async def test_a_question_typed_in_the_page_is_answered_there_and_aloud(
    evening: Evening, room: str, question: str, number: str
) -> None:
    await _ask(evening, room, question, number)


async def _ask(evening: Evening, room: str, question: str, number: str) -> None:
    page, since = await evening.page(room), len(evening.events)
    await page.click("#say")
    await page.type(question)
    await page.press("Enter")

    async def answered() -> bool:
        spoken = "[...document.querySelectorAll('.answer.speaking, .answer.spoken')].map((box) => box.innerText)"
        return any(number in text for text in await page.eval(spoken))

    await until(answered, f"{question} is answered with {number} in the page")
    assert any(number in line["text"] and line["chat"] for line in evening.of(room, "line", since))


# --- the operator --------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS)
async def test_state_tells_what_is_on_air(evening: Evening, room: str) -> None:
    state = await evening.told(room, "state")
    print(f"{room}: {state['late_pictures']} late pictures in {state['on_air_s']:.0f} s, voice {state['voice']}")
    assert (state["room"], state["state"], state["viewers"]) == (room, "on-air", 1)
    assert state["on_air_s"] > 0
    assert {output["kind"]: output["state"] for output in state["outputs"]} == {
        "webrtc": "live", "recording": "live", "rtmp": "live",
    }  # fmt: skip
    assert state["segment"]["reason"]
    assert {"late_pictures", "rundown", "cache", "products", "pinned", "line"} <= set(state)


async def test_the_operators_words_are_said(evening: Evening) -> None:
    since = len(evening.events)
    await evening.told("home-en", "say", "Thank you all for being here tonight.")
    await until(
        lambda: "Thank you all for being here tonight." in [e["text"] for e in evening.of("home-en", "line", since)],
        "the operator's words are said",
    )


async def test_the_operators_wrong_price_is_not_said(evening: Evening) -> None:
    refused = await evening.ctl("home-en", "say", "The lamp is only $7 tonight.")
    assert refused.returncode == 1
    assert refused.stderr.strip()


async def test_a_new_price_reaches_the_page_and_every_later_word(evening: Evening) -> None:
    page = await evening.page("home-en")
    since = len(evening.events)
    await evening.told("home-en", "price", "lamp", "39")

    async def shown() -> bool:
        prices = "[...document.querySelectorAll('.price, .row-price')].map((price) => price.textContent)"
        return "$39" in await page.eval(prices)

    await until(shown, "the page shows $39")
    await _ask(evening, "home-en", "What does the lamp cost now?", "$39")
    for line in evening.of("home-en", "line", since):
        assert line["facts"].get("lamp.price") in (None, "39.00"), line
        assert not ("$48" in line["text"] and "lamp" in line["text"]), line


async def test_a_sold_out_product_is_gone_from_the_page(evening: Evening) -> None:
    page = await evening.page("home-en")
    await evening.told("home-en", "stock", "candle", "0")

    async def gone() -> bool:
        sold_out = "[...document.querySelectorAll('.rows .gone, .pinned.gone')].map((row) => row.innerText)"
        return any("Cedar Candle" in text for text in await page.eval(sold_out))

    await until(gone, "the candle is sold out in the page")


async def test_a_pinned_product_comes_to_the_table(evening: Evening) -> None:
    page = await evening.page("tea-zh")
    assert (await evening.told("tea-zh", "pin", "tea-jar"))["pinned"] == "tea-jar"

    async def on_the_table() -> bool:
        return await page.eval("document.querySelector('.pinned .product-name').textContent") == "陶瓷茶叶罐"

    await until(on_the_table, "the tea jar is pinned in the page")
    await evening.told("tea-zh", "pin", "")


async def test_skip_goes_on_with_another_segment(evening: Evening) -> None:
    since = len(evening.events)
    skipped = (await evening.told("home-en", "skip"))["skipped"]

    def went_on() -> bool:
        return any(line["segment"] != skipped for line in evening.of("home-en", "line", since))

    await until(went_on, "another segment comes")


async def test_a_muted_chat_is_not_answered(evening: Evening) -> None:
    assert await evening.told("tea-zh", "mute-chat", "on") == {"muted": True}
    assert (await evening.told("tea-zh", "state"))["chat_muted"] is True
    assert await evening.told("tea-zh", "mute-chat", "off") == {"muted": False}


async def test_pause_holds_the_show_and_resume_goes_on(evening: Evening) -> None:
    assert (await evening.told("home-en", "pause"))["state"] == "paused"
    await until(lambda: [e for e in evening.of("home-en", "standby") if e["state"] == "paused"], "the host stands by")
    since = len(evening.events)
    await asyncio.sleep(5)
    assert evening.of("home-en", "line", since) == []
    assert (await evening.told("home-en", "resume"))["state"] == "on-air"
    await until(lambda: evening.of("home-en", "line", since), "the show goes on")


async def test_panic_shows_the_slate_with_the_label_and_is_silent(evening: Evening) -> None:
    talking = await _seen(evening, "home-en", "talking")
    await evening.told("home-en", "panic")

    async def still() -> list[Any]:
        """A second without movement: what was on the wire before the command has been shown."""
        seen = await _seen(evening, "home-en", "slate")
        return seen if np.abs(seen[-1][BELOW].astype(int) - seen[-25][BELOW]).mean() < 3 else []

    slate = await until(still, "the slate stands")
    assert studio.label_ink_px(talking[0]) >= 36
    assert studio.label_ink_px(slate[-25]) >= 36
    assert studio.label_ink_px(slate[-1]) >= 36
    assert np.abs(slate[-1][BELOW].astype(int) - talking[-1][BELOW]).mean() > 8, "the host is still there"
    quiet = studio.level_db(studio.listen(evening.folder / "slate.flv").samples)
    assert np.median(quiet[-25:]) < -55
    state = await evening.told("home-en", "state")
    assert (state["state"], state["outputs"][0]["state"]) == ("panic", "live")
    since = len(evening.events)
    await evening.told("home-en", "resume")
    await until(lambda: evening.of("home-en", "line", since), "the show goes on after panic")


async def _seen(evening: Evening, room: str, name: str) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Luma of the pictures that a player gets from nginx now."""
    path = evening.folder / f"{name}.flv"
    await pull(f"{evening.nginx.url}/sesame-{room}", 4, path)
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


# --- when things break ---------------------------------------------------------------------------


async def test_a_dead_rtmp_server_costs_its_own_viewers_only(evening: Evening) -> None:
    page = await evening.page("home-en")
    before = await page.eval("received()")
    evening.nginx.kill()

    async def reconnecting() -> bool:
        return (await evening.output("home-en", "rtmp"))["state"] == "reconnecting"

    await until(reconnecting, "RTMP notices")
    await asyncio.sleep(5)
    evening.nginx.start()

    async def live() -> bool:
        return all([(await evening.output(room, "rtmp"))["state"] == "live" for room in ROOMS])

    await until(live, "RTMP comes back")
    assert await _seen(evening, "home-en", "again")
    after = await page.eval("received()")
    assert after["peers"] == before["peers"], "the viewer had to join again"
    assert after["video"]["framesDecoded"] > before["video"]["framesDecoded"] + 5 * 20
    assert (await evening.output("home-en", "recording"))["dropped_packets"] == 0


async def test_a_killed_room_leaves_a_readable_recording_and_comes_back(evening: Evening) -> None:
    page = await evening.page("tea-zh")
    old = (await evening.told("tea-zh", "state"))["pid"]
    joined = (await page.eval("received()"))["peers"]
    others = (await (await evening.page("home-en")).eval("received()"))["peers"]
    os.kill(old, signal.SIGKILL)
    first = sorted((evening.state_folder / "recordings" / "tea-zh").glob("*.mp4"))[0]

    async def back() -> bool:
        done = await evening.ctl("tea-zh", "state")
        return done.returncode == 0 and json.loads(done.stdout)["pid"] != old

    await until(back, "the room comes back by itself")
    about = studio.probe(first)
    assert {stream["codec_name"] for stream in about["streams"]} == {"h264", "aac"}
    assert json.loads(about["format"]["tags"]["AIGC"])["Label"] == "1"
    assert float(about["format"]["duration"]) > 10
    film = studio.watch(first, last_s=10)
    assert len(film.luma) > 25 * 5
    assert film.luma.min() > 40
    assert film.plate_off.max() < 8

    async def seen_again() -> bool:
        facts = await page.eval("received()")
        return facts["peers"] > joined and facts.get("video", {}).get("framesDecoded", 0) > 25

    await until(seen_again, "the page plays the room again")
    assert (await (await evening.page("home-en")).eval("received()"))["peers"] == others
    since = len(evening.events)
    await until(lambda: evening.of("tea-zh", "line", since), "its events go on")


# --- off air -------------------------------------------------------------------------------------


async def test_sigterm_takes_everything_off_air_within_10_s(evening: Evening) -> None:
    began = time.monotonic()
    evening.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(evening.process.wait, 60)
    took_s = time.monotonic() - began
    print(f"off air after {took_s:.1f} s")
    assert code == 0
    assert took_s < 10.5  # 10 s, and what starting the clock takes
    assert not (evening.state_folder / "control.sock").exists()


@pytest.mark.parametrize("room", ROOMS)
async def test_recordings_are_whole_afterwards(evening: Evening, room: str) -> None:
    assert evening.process.poll() is not None, "still on air"
    last = sorted((evening.state_folder / "recordings" / room).glob("*.mp4"))[-1]
    durations = {s["codec_type"]: float(s["duration"]) for s in studio.probe(last)["streams"]}
    print(f"{room}: {durations}")
    assert abs(durations["video"] - durations["audio"]) <= 0.040
    assert studio.listen(last).broken == ()


@pytest.mark.parametrize("room", ROOMS)
async def test_what_was_said_is_kept_with_its_facts(evening: Evening, room: str) -> None:
    assert evening.process.poll() is not None, "still on air"
    with sqlite3.connect(evening.state_folder / f"{room}.sqlite") as base:
        lines = base.execute("SELECT text, facts, wall, t FROM lines WHERE spoken = 1").fetchall()
        assert {line["text"] for line in evening.of(room, "line") if line["spoken"]} <= {row[0] for row in lines}
        assert any(json.loads(facts) for _, facts, _, _ in lines)
        assert all(wall and t >= 0 for _, _, wall, t in lines)
        assert base.execute("SELECT count(*) FROM segments WHERE reason <> ''").fetchone()[0] > 0
        assert base.execute("SELECT count(*) FROM chat").fetchone()[0] > 0
        assert base.execute("SELECT count(*) FROM answers WHERE status = 'speaking'").fetchone()[0] > 0
        shows = base.execute("SELECT count(*) FROM shows").fetchone()[0]
        assert shows == {"home-en": 1, "tea-zh": 2}[room]  # one room was killed and began again


async def test_the_operators_commands_are_kept(evening: Evening) -> None:
    with sqlite3.connect(evening.state_folder / "home-en.sqlite") as base:
        kept = [row[0] for row in base.execute("SELECT command FROM commands")]
    assert {"say", "price", "stock", "skip", "pause", "resume", "panic"} <= set(kept)
