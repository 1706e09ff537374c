"""The room's memory: what was said, asked and commanded, on disk."""

import sqlite3
from pathlib import Path

from engine.store import Store

WALL = "2026-11-22T20:00:00+00:00"


def kept(path: Path, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as base:
        return base.execute(f"SELECT * FROM {table}").fetchall()


def test_a_spoken_line_is_kept_with_its_facts_and_air_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "room.sqlite", "home-en", "0.1.0", WALL)
    store.keep({"event": "line", "t": 12.5, "id": "l1", "segment": "s1", "kind": "pitch", "product": "flask",
                "language": "en", "text": "It costs $24.", "facts": {"flask.price": "24.00"}, "voice": "am_michael",
                "duration_s": 1.2, "spoken": True}, WALL)
    store.close()
    assert kept(tmp_path / "room.sqlite", "lines") == [
        (1, WALL, 12.5, "l1", "s1", "pitch", "flask", "en", "It costs $24.", '{"flask.price": "24.00"}',
         "am_michael", 1.2, 1)
    ]


def test_commands_and_chat_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "room.sqlite", "home-en", "0.1.0", WALL)
    store.keep({"event": "control", "t": 1.0, "command": "price", "arguments": {"product": "flask"}, "by": "uid 0",
                "result": {}}, WALL)
    store.keep({"event": "chat", "t": 2.0, "id": "c1", "user": "Lily", "source": "web", "text": "hi"}, WALL)
    store.close()
    assert kept(tmp_path / "room.sqlite", "commands")[0][3:6] == ("price", '{"product": "flask"}', "uid 0")
    assert kept(tmp_path / "room.sqlite", "chat")[0][3:] == ("c1", "Lily", "web", "hi")


def test_mouths_are_not_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "room.sqlite", "home-en", "0.1.0", WALL)
    store.keep({"event": "mouth", "t": 1.0, "open": 0.5}, WALL)
    store.close()
    assert kept(tmp_path / "room.sqlite", "notes") == []


def test_a_second_show_appends_to_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        Store(tmp_path / "room.sqlite", "home-en", "0.1.0", WALL).close()
    assert [row[0] for row in kept(tmp_path / "room.sqlite", "shows")] == [1, 2]


def test_a_folder_that_cannot_be_written_loses_records_and_nothing_else(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    store = Store(blocked / "room.sqlite", "home-en", "0.1.0", WALL)
    store.keep({"event": "chat", "t": 0.0, "id": "c1", "user": "a", "source": "web", "text": "b"}, WALL)
    store.close()
    assert store.lost == 1
