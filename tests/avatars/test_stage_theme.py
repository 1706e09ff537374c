"""Themes are data: complete, readable, and their brand may be replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from avatars.stage.theme import FOLDER, contrast, load
from engine.errors import ConfigError

THEMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
PAIRS = [
    ("ink", "paper"), ("ink", "paper_low"), ("muted", "paper"), ("muted", "paper_low"), ("sale", "paper"),
    ("sale", "paper_low"), ("audience_ink", "audience"), ("said", "ground"), ("lit", "ground"), ("to_come", "ground"),
    ("plate_title", "plate"), ("plate_title", "plate_low"), ("strip_ink", "strip"), ("strip_ink", "strip_low"),
    ("strip_ink", "sale"), ("ink", "lit_row"), ("brand_ink", "brand"), ("slate_ink", "shade"),
    ("slate_second", "shade"), ("ink", "disc_low"), ("paper", "ink"),
]  # fmt: skip


def test_both_themes_are_there() -> None:
    assert THEMES == ["clean", "warm"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", PAIRS, ids="-on-".join)
def test_token_pair_has_a_contrast_of_four_and_a_half(theme: str, pair: tuple[str, str]) -> None:
    tokens = load(theme)
    assert contrast(tokens[pair[0]], tokens[pair[1]]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["plate", "plate_low"])
def test_label_token_has_a_contrast_of_fifteen(theme: str, ground: str) -> None:
    assert contrast(load(theme)["plate_ink"], load(theme)[ground]) >= 15


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


def test_brand_colour_may_be_replaced() -> None:
    assert load("warm", brand="#102030")["brand"] == (0x30, 0x20, 0x10)


def test_unknown_theme_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="clean, warm"):
        load("festival")


def test_theme_with_a_missing_colour_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "warm.yaml").read_text("utf-8").replace("  sale:", "  sail:")
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="sale"):
        load(str(tmp_path / "mine.yaml"))


def test_a_shop_may_bring_a_theme_of_its_own(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "clean.yaml", tmp_path / "mine.yaml")
    assert load(str(tmp_path / "mine.yaml")).folder == tmp_path / "mine"
