"""The room's memory in SQLite (WAL), written by its own thread: the air never waits for the disk."""

from __future__ import annotations

import json
import logging
import queue
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

QUEUE_MAX = 10_000
"""Records that may wait for the disk; further ones are counted as lost and the loss is logged."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shows   (id INTEGER PRIMARY KEY, room TEXT NOT NULL, began TEXT NOT NULL,
                                    version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS segments(show INTEGER, wall TEXT, t REAL, id TEXT, kind TEXT, product TEXT, reason TEXT);
CREATE TABLE IF NOT EXISTS lines   (show INTEGER, wall TEXT, t REAL, id TEXT, segment TEXT, kind TEXT, product TEXT,
                                    language TEXT, text TEXT, facts TEXT, voice TEXT, duration_s REAL, spoken INTEGER);
CREATE TABLE IF NOT EXISTS dropped (show INTEGER, wall TEXT, t REAL, segment TEXT, text TEXT, reason TEXT);
CREATE TABLE IF NOT EXISTS chat    (show INTEGER, wall TEXT, t REAL, id TEXT, user TEXT, source TEXT, text TEXT);
CREATE TABLE IF NOT EXISTS answers (show INTEGER, wall TEXT, t REAL, chat TEXT, status TEXT, text TEXT, facts TEXT);
CREATE TABLE IF NOT EXISTS commands(show INTEGER, wall TEXT, t REAL, command TEXT, arguments TEXT, by TEXT,
                                    result TEXT);
CREATE TABLE IF NOT EXISTS notes   (show INTEGER, wall TEXT, t REAL, kind TEXT, detail TEXT);
CREATE INDEX IF NOT EXISTS lines_by_time ON lines(show, t);
"""

_TABLES: dict[str, tuple[str, ...]] = {
    "segment": ("id", "kind", "product", "reason"),
    "line": ("id", "segment", "kind", "product", "language", "text", "facts", "voice", "duration_s", "spoken"),
    "dropped": ("segment", "text", "reason"),
    "chat": ("id", "user", "source", "text"),
    "answer": ("chat", "status", "text", "facts"),
    "control": ("command", "arguments", "by", "result"),
}
_NAMES = {"segment": "segments", "line": "lines", "dropped": "dropped", "chat": "chat", "answer": "answers",
          "control": "commands"}
_NOTES = frozenset({"late", "standby", "state", "output", "note"})


class Store:
    """Appends a room's events to ``path``.

    A disk that is full or broken is logged once a minute at most and never reaches the caller. Opening is
    done by the writing thread too; :meth:`close` writes what is queued.
    """

    def __init__(self, path: Path, room: str, version: str, began: str) -> None:
        self._path = path
        self._first = (room, began, version)
        self._queue: queue.Queue[tuple[str, dict[str, Any]] | None] = queue.Queue(QUEUE_MAX)
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name=f"store-{room}", daemon=True)
        self._thread.start()

    def keep(self, event: dict[str, Any], wall: str) -> None:
        """Queue one event (``event``, ``t`` and its fields); kinds that are not kept are ignored."""
        kind = str(event.get("event", ""))
        if kind not in _TABLES and kind not in _NOTES:
            return
        try:
            self._queue.put_nowait((wall, event))
        except queue.Full:
            self.lost += 1
            if self.lost % 1000 == 1:
                log.error("the disk cannot keep up: %d records lost so far", self.lost)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, then stop."""
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            return
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            base, show = self._open()
        except (sqlite3.Error, OSError) as error:
            log.error("nothing is kept: %s cannot be opened: %s", self._path, error)
            while self._queue.get() is not None:
                self.lost += 1
            return
        stop = False
        while not stop:
            batch, stop = self._batch()
            try:
                with base:
                    for wall, event in batch:
                        _insert(base, show, wall, event)
            except (sqlite3.Error, ValueError, TypeError) as error:
                self.lost += len(batch)
                log.error("%d records could not be kept: %s", len(batch), error)
        base.close()

    def _open(self) -> tuple[sqlite3.Connection, int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(self._path, timeout=10)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=NORMAL")
        base.executescript(_SCHEMA)
        with base:
            cursor = base.execute("INSERT INTO shows(room, began, version) VALUES (?, ?, ?)", self._first)
        return base, int(cursor.lastrowid or 0)

    def _batch(self) -> tuple[list[tuple[str, dict[str, Any]]], bool]:
        first = self._queue.get()
        batch = [first] if first is not None else []
        stop = first is None
        while not stop and len(batch) < 200:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                stop = True
            else:
                batch.append(following)
        return batch, stop


def _insert(base: sqlite3.Connection, show: int, wall: str, event: dict[str, Any]) -> None:
    kind = event["event"]
    if kind in _NOTES:
        detail = json.dumps({k: v for k, v in event.items() if k not in ("event", "t")}, ensure_ascii=False)
        _row(base, "notes", ("kind", "detail"), (show, wall, event.get("t"), kind, detail))
        return
    fields = _TABLES[kind]
    _row(base, _NAMES[kind], fields, (show, wall, event.get("t"), *(_plain(event.get(f)) for f in fields)))


def _row(base: sqlite3.Connection, table: str, fields: Iterable[str], values: tuple[Any, ...]) -> None:
    names = ", ".join(("show", "wall", "t", *fields))
    base.execute(f"INSERT INTO {table}({names}) VALUES ({', '.join('?' * len(values))})", values)


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else value
