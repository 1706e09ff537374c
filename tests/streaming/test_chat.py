"""The chat sources that come with the program."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from engine.clock import VirtualClock
from engine.errors import ConfigError
from streaming.chat import jsonl, webhook

pytestmark = pytest.mark.asyncio


class Ear:
    """Remembers what was put, and when."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.heard: list[tuple[float, str, str]] = []

    async def put(self, user: str, text: str) -> None:
        self.heard.append((self._clock.now_s(), user, text))


async def listen(path: Path, content: bytes) -> list[tuple[float, str, str]]:
    path.write_bytes(content)
    clock = VirtualClock()
    ear = Ear(clock)
    await jsonl.create({"path": str(path)}, clock).run(ear.put)
    return ear.heard


async def test_lines_are_said_at_their_time_and_the_source_ends(tmp_path: Path) -> None:
    heard = await listen(
        tmp_path / "chat",
        '{"at": 2, "user": "Lily", "text": "hello"}\n\n{"at": 12.5, "user": "小鹿", "text": "多大？"}\n'.encode(),
    )
    assert heard == [(2.0, "Lily", "hello"), (12.5, "小鹿", "多大？")]


async def test_a_line_whose_time_has_passed_is_said_at_once(tmp_path: Path) -> None:
    heard = await listen(tmp_path / "chat", b'{"at": 5, "text": "a"}\n{"at": 1, "text": "b"}\n{"text": "c"}')
    assert heard == [(5.0, "", "a"), (5.0, "", "b"), (5.0, "", "c")]


BROKEN = [
    (b"not json", "Expecting value"),
    (b"[1]", "not an object"),
    (b'{"text": ""}', '"text" is missing or empty'),
    (b'{"text": 5}', '"text" is missing or empty'),
    (b'{"text": "a", "user": 5}', '"user" is not a string'),
    (b'{"text": "a", "at": "soon"}', '"at" is not a number of seconds'),
    (b'{"text": "a", "at": -1}', '"at" is not a number of seconds'),
    (b'{"text": "a", "at": NaN}', '"at" is not a number of seconds'),
    (b'{"text": "a", "at": true}', '"at" is not a number of seconds'),
    (b'{"text": "\xff"}', "can't decode"),
    (b"[" * 60_000, "nested too deeply"),
    (b"x" * 70_000, "longer than 65536 bytes"),
]


@pytest.mark.parametrize(("broken", "why"), BROKEN)
async def test_a_broken_line_is_logged_and_skipped(
    broken: bytes, why: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "chat"
    heard = await listen(path, b'{"text": "before"}\n' + broken + b'\n{"text": "after"}\n')
    assert [text for _, _, text in heard] == ["before", "after"]
    assert f"{path}:2: skipped, " in caplog.text
    assert why in caplog.text


async def test_a_followed_file_may_appear_late_and_grow(tmp_path: Path) -> None:
    path = tmp_path / "late"
    said: asyncio.Queue[str] = asyncio.Queue()

    async def put(user: str, text: str) -> None:
        await said.put(text)

    running = asyncio.create_task(jsonl.create({"path": str(path), "follow": True}, VirtualClock()).run(put))
    path.write_text('{"text": "one"}\n{"text": "tw')
    assert await asyncio.wait_for(said.get(), 10) == "one"
    with path.open("a") as file:
        file.write('o"}\n')
    assert await asyncio.wait_for(said.get(), 10) == "two"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


READER = """
import asyncio
from streaming.chat import jsonl
async def put(user, text): print(user, text, flush=True)
asyncio.run(jsonl.create({"path": "-"}).run(put))
"""


async def test_standard_input_may_be_a_pipe_or_a_file(tmp_path: Path) -> None:
    lines = (
        json.dumps({"user": "a", "text": "one"}) + "\nbroken\n" + json.dumps({"text": "two"}) + "\n"
    ).encode()
    (tmp_path / "chat").write_bytes(lines)
    root = Path(__file__).resolve().parents[2]

    async def read(stdin: int, given: bytes | None) -> bytes:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", READER, cwd=root, stdin=stdin,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await child.communicate(given)
        return out

    assert await read(asyncio.subprocess.PIPE, lines) == b"a one\n two\n"
    with (tmp_path / "chat").open("rb") as file:
        assert await read(file.fileno(), None) == b"a one\n two\n"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "needs a path"),
        ({"path": ""}, "needs a path"),
        ({"path": "/nowhere/chat.jsonl"}, "there is no file"),
        ({"path": "-", "follow": "yes"}, "true or false"),
    ],
)
async def test_jsonl_settings_that_cannot_work(settings: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        jsonl.create(settings)


async def test_a_webhook_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_HOOK", "0123456789abcdef")
    assert webhook.secret({"secret_env": "SHOP_HOOK"}) == "0123456789abcdef"
    monkeypatch.setenv("SHOP_HOOK", "short")
    with pytest.raises(ConfigError, match="SHOP_HOOK holds no secret of at least 16 characters"):
        webhook.create({"secret_env": "SHOP_HOOK"})
    with pytest.raises(ConfigError, match="needs secret_env"):
        webhook.create({})
