"""Whole shows in virtual time, each told by a YAML file beside this one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.fakes.studio import Studio

FOLDER = Path(__file__).parent
SHOWS = sorted(FOLDER.glob("*.yaml"))


def answered(studio: Studio, wanted: list[dict[str, Any]], ids: list[str]) -> None:
    """Each question (by its order) was answered aloud with these words, within so many seconds."""
    spoken = {event["chat"]: event for event in studio.of("answer") if event["status"] == "speaking"}
    for want in wanted:
        chat = ids[want["chat"]]
        assert chat in spoken, f"question {want['chat']} was not answered aloud"
        said = " ".join(e["text"] for e in studio.of("line") if e["chat"] == chat)
        for words in want["says"]:
            assert words in said, f"{words!r} is not in {said!r}"
        assert spoken[chat]["t"] - spoken[chat]["question_at"] <= want.get("within_s", 12)


def never_says(studio: Studio, words: list[str], ids: list[str]) -> None:
    """None of these words was ever said."""
    for text in studio.texts():
        assert not [w for w in words if w in text], text


def says(studio: Studio, words: list[str], ids: list[str]) -> None:
    """Each of these words was said at least once."""
    everything = "\n".join(studio.texts())
    assert not [w for w in words if w not in everything]


def kinds(studio: Studio, wanted: list[str], ids: list[str]) -> None:
    """Segments of each of these kinds were on air."""
    assert set(wanted) <= {event["kind"] for event in studio.of("segment")}


def first(studio: Studio, kind: str, ids: list[str]) -> None:
    """The first segment is of this kind."""
    assert studio.of("segment")[0]["kind"] == kind


def not_pitched_after(studio: Studio, want: dict[str, Any], ids: list[str]) -> None:
    """A product (sold out at ``at``) is not pitched any more, with one segment's grace."""
    late = [e for e in studio.of("segment") if e["t"] > want["at"] and e["product"] == want["product"]]
    assert late == []


def nothing_twice_in_a_row(studio: Studio, _: bool, ids: list[str]) -> None:
    """No product is pitched twice in a row."""
    pitched = [e["product"] for e in studio.of("segment") if e["kind"] == "pitch"]
    assert not [a for a, b in pairwise(pitched) if a == b]


def every_product_within_minutes(studio: Studio, minutes: float, ids: list[str]) -> None:
    """Every sellable product was shown in the first so many minutes."""
    shown = {e["product"] for e in studio.of("segment") if e["t"] <= minutes * 60}
    assert {p.id for p in studio.show.catalog.products if p.sellable} <= shown


def notice_every_s(studio: Studio, seconds: float, ids: list[str]) -> None:
    """The spoken notice comes at the start and then at least this often."""
    at = [0.0, *(e["t"] for e in studio.of("line") if e["notice"]), studio.playout.now_s]
    assert max(b - a for a, b in pairwise(at)) <= seconds


def repeated_lines_at_most(studio: Studio, share: float, ids: list[str]) -> None:
    """Share of lines that were said before in this show (names of products alone do not count)."""
    texts = [t for t in studio.texts() if len(t) > 12]
    repeated = 1 - len(set(texts)) / len(texts)
    assert repeated <= share, f"{repeated:.0%} of {len(texts)} lines are repeats"


def no_standby(studio: Studio, _: bool, ids: list[str]) -> None:
    """The air never waited for a line."""
    assert studio.of("standby") == []


def every_line_proven(studio: Studio, _: bool, ids: list[str]) -> None:
    """Every fact that was used had that value in the catalog when the show ended (nothing changed it)."""
    for event in studio.of("line"):
        for address, value in event["facts"].items():
            assert studio.show.catalog.fact(address) == value


CHECKS = {check.__name__: check for check in (
    answered, never_says, says, kinds, first, not_pitched_after, nothing_twice_in_a_row,
    every_product_within_minutes, notice_every_s, repeated_lines_at_most, no_standby, every_line_proven,
)}


@pytest.mark.parametrize("file", SHOWS, ids=lambda path: path.stem)
async def test_show(file: Path) -> None:
    told = YAML(typ="safe").load(file.read_text("utf-8"))
    studio = Studio(told["room"], told.get("seed", 1))
    ids: list[str] = []
    for step in told.get("happens", []):
        await studio.play(step["at"] - studio.playout.now_s)
        if "chat" in step:
            ids.append(await studio.hear(step["chat"], step.get("user", "Lily")))
        else:
            studio.operate(*[str(word) for word in step["operator"]])
    await studio.play(told["minutes"] * 60 - studio.playout.now_s)
    for word, want in told["then"].items():
        CHECKS[word](studio, want, ids)


def test_there_are_shows() -> None:
    assert len(SHOWS) >= 6
