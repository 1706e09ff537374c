"""What every chat source promises, run over every file in ``streaming/chat``."""

from __future__ import annotations

import asyncio
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ConfigError
from engine.ports import ChatSource

pytestmark = pytest.mark.asyncio

FOLDER = Path(__file__).resolve().parents[2] / "streaming" / "chat"
NAMES = sorted(one.stem for one in FOLDER.glob("*.py") if one.stem != "__init__")


def settings_for(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The least that each source needs. A new source adds its line here."""
    if name == "jsonl":
        (folder / "chat.jsonl").write_text(json.dumps({"at": 0, "user": "Lily", "text": "hello"}) + "\n")
        return {"path": str(folder / "chat.jsonl"), "follow": True}
    if name == "webhook":
        monkeypatch.setenv("TEST_WEBHOOK_SECRET", "0123456789abcdef")
        return {"secret_env": "TEST_WEBHOOK_SECRET"}
    return {}


def make(name: str, settings: dict[str, Any]) -> ChatSource:
    source: ChatSource = importlib.import_module(f"streaming.chat.{name}").create(settings)
    return source


@pytest.mark.parametrize("name", NAMES)
async def test_it_runs_until_it_is_cancelled(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(user: str, text: str) -> None:
        assert isinstance(user, str)
        assert isinstance(text, str)

    running = asyncio.create_task(make(name, settings_for(name, tmp_path, monkeypatch)).run(put))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("name", NAMES)
async def test_a_setting_that_does_not_exist_is_a_mistake(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="passwort"):
        make(name, {**settings_for(name, tmp_path, monkeypatch), "passwort": "x"})


@pytest.mark.parametrize("name", NAMES)
async def test_creating_it_listens_to_nothing_yet(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asyncio.all_tasks()
    make(name, settings_for(name, tmp_path, monkeypatch))
    assert asyncio.all_tasks() == before
