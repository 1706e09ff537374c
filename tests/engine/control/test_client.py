"""``nightmarket ctl``: words to a command, an answer to a row of text and an exit code."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.control.client import EXIT_AWAY, EXIT_OK, EXIT_REFUSED, EXIT_USAGE, ctl, read_words
from engine.control.models import COMMANDS
from engine.errors import ConfigError, ControlError
from tests.engine.control.desk import ToldRoom, desk

CONFIG = """
version: 1
state: state
rooms:
  home-en:
    title: Evening edit
    language: en
    shop: {name: Juniper & Oak}
    catalog: catalog.yaml
    host: owen
  tea-zh:
    title: 春茶夜话
    language: zh
    shop: {name: 静山茶社}
    catalog: catalog.yaml
    host: mei
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, "utf-8")
    return path


async def told(
    config: Path, room: ToldRoom, *words: str, name: str = "home-en", now: bool = False, as_json: bool = False
) -> int:
    """Run ``nightmarket ctl`` against a desk with one room; its exit code."""
    async with desk(config.parent / "state", room):
        return await asyncio.to_thread(ctl, config, name, list(words), now, as_json)


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "command", "body"),
    [
        (["state"], "state", {}),
        (["events"], "events", {}),
        (["pause"], "pause", {}),
        (["say", "Good", "evening."], "say", {"text": "Good evening.", "now": False}),
        (["pin", "mug"], "pin", {"product": "mug"}),
        (["pin"], "pin", {}),
        (["price", "flask", "19.90"], "price", {"product": "flask", "value": "19.90"}),
        (["stock", "flask", "5"], "stock", {"product": "flask", "value": "5"}),
        (["mute-chat", "off"], "mute-chat", {"value": "off"}),
        (["mute-chat"], "mute-chat", {}),
    ],
)
def test_words_become_a_command_and_its_body(words: list[str], command: str, body: dict[str, Any]) -> None:
    assert read_words(words, False) == (command, body)


def test_now_goes_with_say() -> None:
    assert read_words(["say", "Stop!"], True) == ("say", {"text": "Stop!", "now": True})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pauze"], "no command 'pauze' (did you mean 'pause'?)"),
        ([], f"no command '' (allowed: state, events, {', '.join(COMMANDS)})"),
        (["price", "flask"], "price takes PRODUCT VALUE"),
        (["price", "flask", "1", "2"], "price takes PRODUCT VALUE"),
        (["pause", "now"], "pause takes no arguments"),
        (["state", "all"], "state takes no arguments"),
        (["say"], "say takes TEXT"),
    ],
)
def test_words_that_are_no_command_say_what_is(words: list[str], said: str) -> None:
    with pytest.raises(ControlError) as refused:
        read_words(words, False)
    assert str(refused.value) == said


def test_words_that_are_no_command_exit_2(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl(config, "home-en", ["pauze"], False, False) == EXIT_USAGE == 2
    assert capsys.readouterr() == ("", "no command 'pauze' (did you mean 'pause'?)\n")


def test_now_with_another_command_is_refused() -> None:
    with pytest.raises(ControlError, match="--now belongs to say"):
        read_words(["pause"], True)


# --- commands ----------------------------------------------------------------------------------


async def test_a_command_that_is_done_exits_0(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = ToldRoom()
    room.answer_with = {"product": "flask", "lines_dropped": 2}
    assert await told(config, room, "price", "flask", "19.90") == EXIT_OK == 0
    assert room.told == [("price", {"product": "flask", "value": "19.90"})]
    assert capsys.readouterr().out == "product: flask, lines dropped: 2\n"


async def test_an_answer_without_news_is_done(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = ToldRoom()
    room.answer_with = {"skipped": None}
    assert await told(config, room, "skip") == 0
    assert capsys.readouterr().out == "done\n"


async def test_what_will_be_said_and_what_not_is_told_without_brackets(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = ToldRoom()
    room.answer_with = {"said": ["Good evening.", "Welcome."], "dropped": [["It is $5.", "no fact says 5"]]}
    await told(config, room, "say", "Good evening. Welcome. It is $5.")
    assert capsys.readouterr().out == "said: Good evening.; Welcome., dropped: It is $5.; no fact says 5\n"


async def test_json_is_the_rooms_answer(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = ToldRoom()
    room.answer_with = {"state": "已暂停"}
    await told(config, room, "pause", as_json=True)
    assert capsys.readouterr().out == '{\n  "state": "已暂停"\n}\n'


async def test_a_command_that_is_refused_exits_1_and_says_why(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await told(config, ToldRoom(), "pin", "flusk") == EXIT_REFUSED == 1
    assert capsys.readouterr() == ("", "no product 'flusk' (did you mean 'flask'?)\n")


async def test_a_refusal_as_json_is_on_standard_output(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await told(config, ToldRoom(), "pin", "flusk", as_json=True) == 1
    assert json.loads(capsys.readouterr().out) == {
        "error": "no product 'flusk'",
        "fix": "did you mean 'flask'?",
        "retryable": False,
    }


@pytest.mark.parametrize("word", ["state", "pause", "events"])
async def test_a_room_that_is_not_among_those_on_air_exits_1(
    config: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert await told(config, ToldRoom(), word, name="tea-zh") == 1
    assert capsys.readouterr() == ("", "no room 'tea-zh' is on air here (allowed: home-en)\n")


@pytest.mark.parametrize("word", ["state", "pause"])
async def test_a_room_that_is_away_exits_3(
    config: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    room = ToldRoom()
    room.go_away()
    assert await told(config, room, word) == EXIT_AWAY == 3
    assert capsys.readouterr() == ("", "room home-en is away\n")


@pytest.mark.parametrize("words", [["state"], ["pause"], ["events"]])
def test_nobody_on_air_exits_3(config: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert ctl(config, "home-en", words, False, False) == 3
    socket = config.parent / "state" / "control.sock"
    assert capsys.readouterr() == ("", f"nobody answers on {socket}: is the room on air? (nightmarket run)\n")


def test_a_room_that_the_config_does_not_name_is_a_mistake(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"no room is called 'home-em' \(did you mean 'home-en'\?\)"):
        ctl(config, "home-em", ["state"], False, False)


@pytest.fixture
def config_with_socket(config: Path) -> Path:
    config.write_text(CONFIG + "control: {socket: elsewhere/control.sock}\n", "utf-8")
    return config


async def test_the_configs_own_socket_is_used(config_with_socket: Path, tmp_path: Path) -> None:
    async with desk(tmp_path / "elsewhere", ToldRoom()):
        assert await asyncio.to_thread(ctl, config_with_socket, "home-en", ["pause"], False, False) == 0


# --- state -------------------------------------------------------------------------------------


async def test_the_state_is_a_few_rows(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await told(config, ToldRoom(), "state") == 0
    assert capsys.readouterr().out == (
        "home-en: on-air, 0 s on air, 128 viewers, 0 late pictures, 0 s ready ahead\n"
        "  now   answers flask: asked 3 times in 4 min\n"
        "  next  first-look mug: promised (ready)\n"
        "  out   tv: live rtmp://example/***\n"
    )


class QuietRoom(ToldRoom):
    """Has just started: no segment yet, one without a product in the making."""

    async def state(self) -> dict[str, Any]:
        first = {"id": "s1", "kind": "opening", "product": None, "reason": "the show begins", "ready": False}
        return {**await super().state(), "segment": None, "rundown": [first], "outputs": []}


async def test_a_room_before_its_first_line_has_a_state_too(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await told(config, QuietRoom(), "state")
    assert capsys.readouterr().out.splitlines()[1:] == ["  next  opening: the show begins (in the making)"]


async def test_the_state_as_json_is_the_whole_snapshot(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = ToldRoom()
    await told(config, room, "state", as_json=True)
    assert json.loads(capsys.readouterr().out) == await room.state()


# --- events ------------------------------------------------------------------------------------


class ThreeEvents(ToldRoom):
    """Three events, then quiet; ``over`` is set when they were taken."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        for number in range(3):
            yield {"event": "late", "t": number, "text": "茶"}
        self.over.set()
        await asyncio.Event().wait()


async def test_events_are_rows_of_json_until_the_rooms_go_off_air(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = ThreeEvents()
    async with desk(config.parent / "state", room) as at:
        following = asyncio.create_task(asyncio.to_thread(ctl, config, "home-en", ["events"], False, False))
        await room.over.wait()
        await at.control.close()
        assert await following == 0
    assert [json.loads(row)["t"] for row in capsys.readouterr().out.splitlines()] == [0, 1, 2]


async def test_events_end_quietly_when_their_reader_has_had_enough(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read, write = os.pipe()
    os.close(read)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(os.fdopen(write, "wb"), encoding="utf-8"))
    assert await told(config, ThreeEvents(), "events") == 0
    assert capsys.readouterr().err == ""
